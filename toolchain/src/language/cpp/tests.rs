//! What a small world is in C++, as wit-bindgen-cpp writes it and it is repaired.

use wit_parser::Resolve;

use super::{Cpp, stubs};
use crate::contract::Contract;
use crate::language::Language;

const SHOP: &str = "
package acme:shop;
interface prices {
    resource tag { cents: func() -> u32; }
    record line { name: string, tag: option<string> }
    of: func(lines: list<line>) -> tag;
}
interface carts {
    use prices.{tag};
    record item { name: string, origin: cart }
    resource cart {
        constructor(name: string);
        /// Puts it in.
        add: func(item: item, tag: borrow<tag>) -> result<u32, string>;
    }
    resource lost { find: static func() -> option<lost>; }
    hand-in: func(tag: tag) -> tag;
}
world shop {
    import prices;
    export carts;
    export start: func();
}";

fn contract(wit: &str) -> Contract {
    let mut resolve = Resolve::new();
    let package = resolve.push_str("shop.wit", wit).unwrap();
    let id = resolve.packages[package].worlds[0];
    Contract { resolve, id }
}

fn bindings(name: &str) -> String {
    let all = Cpp.bindings(&contract(SHOP)).unwrap();
    let file = all.into_iter().find(|f| f.path == name).unwrap();
    String::from_utf8(file.bytes).unwrap()
}

#[test]
fn the_bindings_are_these_files() {
    let all = Cpp.bindings(&contract(SHOP)).unwrap();
    let mut paths: Vec<&str> = all.iter().map(|file| file.path.as_str()).collect();
    paths.sort_unstable();
    let expected = [
        "bindings/shop.cpp",
        "bindings/shop_component_type.o",
        "bindings/shop_cpp.h",
        "bindings/wit.cpp",
        "bindings/wit.h",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn classes_come_first_in_their_namespace_and_have_a_place_for_what_they_hold() {
    let header = bindings("bindings/shop_cpp.h");
    let expected = "
namespace carts {
struct Item;
class Cart;
class Lost;
class Cart : public wit::ResourceExportBase<Cart>{
 public:
  // What one holds; the plugin says what that is.
  struct impl;
  std::unique_ptr<impl> pimpl;
  ~Cart();
  static void Dtor(carts::Cart* self){delete self;}
  Cart(wit::string name);
  static Owned New(wit::string name);
  /// Puts it in.
  std::expected<uint32_t, wit::string> Add(carts::Item item, std::reference_wrapper<const ::acme::shop::prices::Tag> tag);
  static int32_t ResourceNew(carts::Cart* self);
  static Cart* ResourceRep(int32_t id);
  static void ResourceDrop(int32_t id);
};
class Lost : public wit::ResourceExportBase<Lost>{
 public:
  // What one holds; the plugin says what that is.
  struct impl;
  std::unique_ptr<impl> pimpl;
  ~Lost();
  Lost();
";
    assert!(header.contains(expected), "{header}");
    let body = "
inline auto exports::acme::shop::carts::Cart::New(wit::string name) -> Owned \
                {return Owned(new Cart(std::move(name)));}
#endif
";
    assert!(header.ends_with(body), "{header}");
}

#[test]
fn what_is_exported_is_there_to_be_written() {
    let all = Cpp.bindings(&contract(SHOP)).unwrap();
    let made = stubs::files(&all);
    let paths: Vec<&str> = made.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["src/plugin.cpp", "test/plugin_test.cpp"]);
    let source = String::from_utf8(made[0].bytes.clone()).unwrap();
    let expected = "\
// The plugin: what it exports. Write each function that is not there yet.
// Types, and what the host provides to call, are in bindings/shop_cpp.h and wit.h.
#include \"shop_cpp.h\"

#include <cstdlib>

namespace {

// Ends the call in a trap, whose backtrace has this name.
[[noreturn, gnu::noinline]] void not_implemented() {
  std::abort();
}

}  // namespace

namespace exports::shop {

void Start() {
  not_implemented();
}

}  // namespace exports::shop

namespace exports::acme::shop::carts {

// What one holds. Who makes one makes that: pimpl = std::make_unique<impl>();
struct Cart::impl {};

Cart::~Cart() = default;

Cart::Cart(wit::string name) {
  not_implemented();
}

std::expected<uint32_t, wit::string> Cart::Add(
    carts::Item item, std::reference_wrapper<const ::acme::shop::prices::Tag> tag) {
  not_implemented();
}

// What one holds. Who makes one makes that: pimpl = std::make_unique<impl>();
struct Lost::impl {};

Lost::~Lost() = default;

// wit::Owned<Lost>(new Lost) is one.
Lost::Lost() : pimpl(std::make_unique<impl>()) {
}

std::optional<wit::Owned<Lost>> Lost::Find() {
  not_implemented();
}

::acme::shop::prices::Tag HandIn(::acme::shop::prices::Tag&& tag) {
  not_implemented();
}

}  // namespace exports::acme::shop::carts
";
    assert_eq!(source, expected);
}

/// What is said of a world's interface `i`, which is imported and exported.
fn refused(interface: &str) -> String {
    let wit = format!(
        "package a:b; interface host {{ resource thing; }}
         interface i {{ {interface} }} world w {{ import i; export i; }}"
    );
    match Cpp.bindings(&contract(&wit)) {
        Ok(_) => String::new(),
        Err(failure) => {
            let lines: Vec<&str> = failure.text.lines().collect();
            lines[1..lines.len() - 1].join("\n")
        }
    }
}

#[test]
fn what_does_not_compile_is_refused_by_name() {
    let refusals = [
        (
            "record a-1 {x: u8} record a1 {x: u8}",
            "  a:b/i.a-1 and a1 are both A1 in C++",
        ),
        (
            "record place-1 {x: u8} place1: func() -> place-1;",
            "  a:b/i.place-1 and place1 are both Place1 in C++",
        ),
        (
            "variant choice {choice(u8), other}",
            "  a:b/i.choice has a case choice, both Choice in C++",
        ),
        (
            "enum level {a-1, a1}",
            "  a:b/i.level.a-1 and a1 are both A1 in C++",
        ),
        (
            "f: func(co-await: u8);",
            "  a:b/i.f has co-await, a word of C++",
        ),
        (
            "record r {char8-t: u8}",
            "  a:b/i.r has char8-t, a word of C++",
        ),
        (
            "resource r { new: static func() -> r; }",
            "  a:b/i.r.new is called New in C++, as what each resource has",
        ),
        (
            "record line {x: u8} resource r { line: func() -> line; }",
            "  a:b/i.r.line is called as a type beside it, both Line in C++",
        ),
        (
            "use host.{thing}; f: func(all: list<borrow<thing>>);",
            "  a:b/i.f has a borrowed handle of the host's within a type",
        ),
        (
            "f: func(all: list<u8, 4>);",
            "  a:b/i.f has a list of a fixed length",
        ),
        (
            "f: func(ret: u8, result1: u8, %result: u8) -> string;",
            "  a:b/i.f has ret, which its code in C++ has too\n  \
             a:b/i.f has result1, which its code in C++ has too",
        ),
        ("f: func(all: map<u8, u8>);", "  a:b/i.f has a map"),
    ];
    for (interface, expected) in refusals {
        assert_eq!(refused(interface), expected, "{interface}");
    }
}

#[test]
fn names_that_only_look_alike_are_fine() {
    let interface = "
        record place {x: u8} places: func() -> place;
        variant choice {choice-of(u8), none}
        flags level {none, all}
        use host.{thing}; one: func(it: borrow<thing>);
        resource r { get: func() -> place; }";
    assert_eq!(refused(interface), "");
}

#[test]
fn resources_and_namespaces_that_have_no_place_are_refused() {
    let of = |wit: &str| match Cpp.bindings(&contract(wit)) {
        Ok(_) => String::new(),
        Err(failure) => failure.text,
    };
    assert_eq!(
        of("package a:b; world w { import thing: interface {} resource r; }"),
        "there are no bindings in C++ for all of the world `w`:\n  \
         r is a resource of no interface\n\
         leave that out of it, or write the plugin in another language"
    );
    assert_eq!(
        of("package a:std; interface i { f: func(); } world w { export i; }"),
        "there are no bindings in C++ for all of the world `w`:\n  \
         a:std/i is a namespace std in C++, which is taken\n\
         leave that out of it, or write the plugin in another language"
    );
}
