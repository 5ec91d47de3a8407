//! What is written for worlds, and that Zig's compiler takes it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_parser::abi::{FlatTypes, WasmType};
use wit_parser::{SizeAlign, Type, WorldItem};

use super::types::{At, Speller};
use super::world::{Side, World};
use super::{Zig, bindings, stubs, tool};
use crate::component;
use crate::contract::Contract;
use crate::files;
use crate::language::{Found, Language, New};
use crate::manifest::Wasi;
use crate::strip::Keep;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A folder of a test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mortise-zig-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

fn contract(name: &str, wit: &str) -> Contract {
    let folder = folder(name);
    let file = folder.join("contract.wit");
    fs::write(&file, wit).expect("it can be written");
    let contract = Contract::read(&file, None).unwrap_or_else(|failure| panic!("{}", failure.text));
    fs::remove_dir_all(folder).expect("it can be removed");
    contract
}

const SHOP: &str = r#"
package acme:shop@1.0.0;

/// What there is.
interface stock {
    /// One of a kind.
    record item { name: string, error: bool }
    enum level { low, high }
    flags wanted { cheap, near, %u8 }
    variant query { name(string), ids(list<u64>), all }
    resource shelf {
        constructor(name: string);
        /// Takes it off.
        take: func(name: string) -> option<item>;
        count: static func() -> u32;
    }
    find: func(query: query, wanted: wanted) -> list<item>;
    reset: func(find: level) -> result;
}

interface carts {
    use stock.{item, shelf};
    resource cart {
        constructor(of: borrow<shelf>);
        add: func(item: item, arena: u8) -> result<u32, string>;
    }
    pay: func(cart: borrow<cart>, by: list<tuple<u32, f64>>) -> option<cart>;
}

world shop {
    import stock;
    import log: func(text: string);
    export carts;
    export run: func();
}
"#;

const BINDINGS: &str = r#"
pub const imports = struct {
    pub fn log(text: []const u8) void {
        return canon.call("$root", "log", void, null, .{text});
    }

    /// What there is.
    pub const stock = struct {
        /// One of a kind.
        pub const Item = struct {
            name: []const u8,
            @"error": bool,
        };

        pub const Level = enum(u8) {
            low,
            high,
        };

        pub const Wanted = packed struct(u8) {
            cheap: bool = false,
            near: bool = false,
            u8: bool = false,
            _: u5 = 0,
        };

        pub const Query = union(enum) {
            name: []const u8,
            ids: []const u64,
            all,
        };

        pub const Shelf = struct {
            handle: u32,

            pub fn init(name: []const u8) imports.stock.Shelf {
                return canon.call("acme:shop/stock@1.0.0", "[constructor]shelf", imports.stock.Shelf, null, .{name});
            }

            /// Takes it off.
            pub fn take(self: imports.stock.Shelf, allocator: Allocator, name: []const u8) ?imports.stock.Item {
                return canon.call("acme:shop/stock@1.0.0", "[method]shelf.take", ?imports.stock.Item, allocator, .{ self, name });
            }

            pub fn count() u32 {
                return canon.call("acme:shop/stock@1.0.0", "[static]shelf.count", u32, null, .{});
            }

            pub fn borrow(self: imports.stock.Shelf) canon.Borrow(imports.stock.Shelf) {
                return .{ .value = self };
            }

            pub fn drop(self: imports.stock.Shelf) void {
                canon.call("acme:shop/stock@1.0.0", "[resource-drop]shelf", void, null, .{self});
            }
        };

        pub fn find(allocator: Allocator, query: imports.stock.Query, wanted: imports.stock.Wanted) []const imports.stock.Item {
            return canon.call("acme:shop/stock@1.0.0", "find", []const imports.stock.Item, allocator, .{ query, wanted });
        }

        pub fn reset(find_: imports.stock.Level) canon.Result(void, void) {
            return canon.call("acme:shop/stock@1.0.0", "reset", canon.Result(void, void), null, .{find_});
        }
    };
};

pub const exports = struct {
    pub const carts = struct {
        pub const Item = imports.stock.Item;

        pub const Shelf = imports.stock.Shelf;

        pub const Cart = canon.Own("[export]acme:shop/carts@1.0.0", "cart", plugin.carts.Cart);
    };
};

comptime {
    canon.implement(plugin, "run", "run", fn () void);
    canon.implement(plugin, "carts.pay", "acme:shop/carts@1.0.0#pay", fn (*plugin.carts.Cart, []const struct { u32, f64 }) ?exports.carts.Cart);
    canon.implement(plugin, "carts.Cart.init", "acme:shop/carts@1.0.0#[constructor]cart", fn (canon.Borrow(exports.carts.Shelf)) exports.carts.Cart);
    canon.implement(plugin, "carts.Cart.add", "acme:shop/carts@1.0.0#[method]cart.add", fn (*plugin.carts.Cart, exports.carts.Item, u8) canon.Result(u32, []const u8));
    canon.destroy(plugin.carts.Cart, "acme:shop/carts@1.0.0#[dtor]cart");
}
"#;

#[test]
fn bindings_are_types_and_tables_of_functions() {
    let contract = contract("bindings", SHOP);
    let text = bindings::of(&World::new(&contract));
    let (_, text) = text
        .split_once("canon.panic;\n")
        .expect("the same lines are in all");
    assert_eq!(text, BINDINGS);
}

const STUBS: &str = r#"//! A plugin for the world `shop`.

const std = @import("std");
const world = @import("world");
const Allocator = std.mem.Allocator;

// What the host provides:
//
//     world.imports
//         log(text: []const u8) void
//     world.imports.stock
//         find(allocator: Allocator, query: Query, wanted: Wanted) []const Item
//         reset(find_: Level) world.Result(void, void)
//         Shelf.init(name: []const u8) Shelf
//         Shelf.take(self: Shelf, allocator: Allocator, name: []const u8) ?Item
//         Shelf.count() u32

pub fn run(arena: Allocator) !void {
    _ = arena;
    world.notImplemented();
}

pub const carts = struct {
    pub fn pay(
        arena: Allocator,
        cart: *Cart,
        by: []const struct { u32, f64 },
    ) !?world.exports.carts.Cart {
        _ = .{ arena, cart, by };
        world.notImplemented();
    }

    /// What is behind handles: `world.exports.carts.Cart.new(.{})` makes one, `.get()` gives this.
    pub const Cart = struct {
        pub fn init(
            arena: Allocator,
            of: world.Borrow(world.exports.carts.Shelf),
        ) !world.exports.carts.Cart {
            _ = .{ arena, of };
            world.notImplemented();
        }

        pub fn add(
            self: *Cart,
            arena: Allocator,
            item: world.exports.carts.Item,
            arena_: u8,
        ) !world.Result(u32, []const u8) {
            _ = .{ self, arena, item, arena_ };
            world.notImplemented();
        }

        /// The last handle is dropped.
        pub fn deinit(self: *Cart) void {
            _ = self;
        }
    };
};

test {
    // `zig build test` runs the tests on this machine. They call what is written above, with an arena
    // of std.testing.allocator. There is no host: its functions panic.
    _ = world;
}
"#;

#[test]
fn stubs_have_all_that_is_exported_and_list_what_can_be_called() {
    let contract = contract("stubs", SHOP);
    assert_eq!(stubs::of(&World::new(&contract)), STUBS);
}

#[test]
fn interfaces_of_one_name_have_longer_ones() {
    let wit = "
        package a:one@1.0.0;
        package b:one { interface log { f: func(); } interface other { f: func(); } }
        package b:two { interface log { f: func(); } }
        interface log { f: func(); }
        world w { import log; import b:one/log; import b:two/log; import b:one/other; }
    ";
    let contract = contract("interfaces", wit);
    let world = World::new(&contract);
    let names: Vec<&str> = world
        .imports
        .iter()
        .map(|space| space.name.as_str())
        .collect();
    assert_eq!(names, ["", "a_one_log", "b_one_log", "two_log", "other"]);
}

#[test]
fn names_that_would_be_one_are_told_apart() {
    let wit = "
        package a:b;
        interface i {
            record a-1 { x: u8 }
            record a1 { x: u8 }
            f-1: func(imports: a-1, f1: a1, i: u8);
            f1: func();
            std: func(%error: u8, %u8: u8);
        }
        world w { import i; }
    ";
    let contract = contract("names", wit);
    let world = World::new(&contract);
    let speller = Speller {
        world: &world,
        side: Side::Import,
        at: At::Listing("imports.i"),
    };
    let functions = world.imports[1].functions.iter();
    let heads: Vec<String> = functions.map(|f| bindings::head(&speller, f)).collect();
    assert_eq!(
        heads,
        [
            "f1(imports_: A1, f1__: A1_, i_: u8) void",
            "f1_() void",
            "std_(@\"error\": u8, @\"u8\": u8) void"
        ]
    );
}

#[test]
fn what_both_sides_have_is_one_type_unless_the_plugin_owns_a_part_of_it() {
    let wit = "
        package a:b;
        interface i {
            resource r;
            record plain { x: u8 }
            record handles { r: r, plain: plain }
            f: func(plain: plain, handles: handles);
        }
        world w { import i; export i; }
    ";
    let contract = contract("shared", wit);
    let text = bindings::of(&World::new(&contract));
    let exports = text
        .split_once("pub const exports")
        .expect("they are there")
        .1;
    let expected = r#" = struct {
    pub const i = struct {
        pub const R = canon.Own("[export]a:b/i", "r", plugin.i.R);

        pub const Plain = imports.i.Plain;

        pub const Handles = struct {
            r: exports.i.R,
            plain: exports.i.Plain,
        };
    };
};
"#;
    assert!(exports.starts_with(expected), "{exports}");
}

#[test]
fn what_no_component_has_is_refused_by_name() {
    let wit = "
        package a:b;
        interface i { record nothing {} f: func() -> stream<u8>; g: async func(); }
        world w { export i; }
    ";
    let contract = contract("refused", wit);
    let failure = Zig.bindings(&contract).err().expect("it is refused");
    assert_eq!(
        failure.text,
        "there are no bindings in Zig for all of the world `w`:\n  \
         a:b/i.nothing has no fields\n  \
         a:b/i.f has a stream\n  \
         a:b/i.g is async\n\
         leave that out of it, or write the plugin in another language"
    );
}

/// None, with a word, where Zig is not.
fn zig() -> Option<Found> {
    let found = tool().found;
    if found.is_none() {
        eprintln!("NOTE: not tested: there is no Zig here");
    }
    found
}

/// Ends well, or says what Zig said.
fn succeeds(command: &mut Command) {
    let done = command.output().expect("Zig runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}\n{said}");
}

/// What wit-parser says of each type that functions have: rows of Zig.
fn layouts(contract: &Contract) -> String {
    let resolve = &contract.resolve;
    let mut sizes = SizeAlign::default();
    sizes.fill(resolve);
    let world = World::new(contract);
    let speller = Speller {
        world: &world,
        side: Side::Import,
        at: At::Plugin(""),
    };
    let mut out = "const world = @import(\"world.zig\");\n\npub const all = .{\n".to_string();
    let items = contract.world().imports.values();
    for item in items {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = &resolve.interfaces[*id];
        let parameters = interface.functions.values().flat_map(|f| &f.params);
        let types = interface.types.values().map(|id| Type::Id(*id));
        for ty in types.chain(parameters.map(|parameter| parameter.ty)) {
            out += &format!(
                "    .{{ {}, {}, {}, \"{}\" }},\n",
                speller.ty(&ty),
                sizes.size(&ty).size_wasm32(),
                sizes.align(&ty).align_wasm32(),
                core_types(contract, &ty)
            );
        }
    }
    out + "};\n"
}

fn core_types(contract: &Contract, ty: &Type) -> String {
    let mut storage = [WasmType::I32; 1000];
    let mut flat = FlatTypes::new(&mut storage);
    assert!(contract.resolve.push_flat(ty, &mut flat));
    let letter = |core: &WasmType| match core {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => 'i',
        WasmType::I64 | WasmType::PointerOrI64 => 'I',
        WasmType::F32 => 'f',
        WasmType::F64 => 'F',
    };
    flat.to_vec().iter().map(letter).collect()
}

#[test]
fn the_library_lifts_what_it_lowers() {
    let Some(zig) = zig() else { return };
    let wit = root().join("tests/round_trip/wit");
    let mut contract = Contract::read(&wit, None).unwrap_or_else(|f| panic!("{}", f.text));
    // There is no plugin here.
    contract.resolve.worlds[contract.id].exports.clear();
    let folder = folder("library");
    let bindings = Zig
        .bindings(&contract)
        .unwrap_or_else(|f| panic!("{}", f.text));
    files::write_all(&folder, &bindings).expect("they can be written");
    let test = root().join("guests/zig/canon/values_test.zig");
    fs::copy(test, folder.join("bindings/values_test.zig")).expect("it can be copied");
    fs::write(folder.join("bindings/layouts.zig"), layouts(&contract)).expect("it can be written");
    succeeds(zig.command().current_dir(folder.join("bindings")).args([
        "test",
        "values_test.zig",
        "--cache-dir",
        "../cache",
    ]));
    fs::remove_dir_all(folder).expect("it can be removed");
}

/// What Zig says of a plugin for the world of `SHOP`, whose stubs are changed: its first line.
fn said_of(zig: &Found, name: &str, from: &str, to: &str) -> String {
    let folder = folder(name);
    let contract = contract(&format!("{name}-wit"), SHOP);
    let bindings = Zig
        .bindings(&contract)
        .unwrap_or_else(|f| panic!("{}", f.text));
    files::write_all(&folder, &bindings).expect("they can be written");
    let source = stubs::of(&World::new(&contract));
    let changed = source.replace(from, to);
    assert_ne!(source, changed);
    fs::write(folder.join("plugin.zig"), changed).expect("it can be written");
    let done = zig
        .command()
        .current_dir(&folder)
        .args(["test", "-fno-emit-bin", "--cache-dir", "cache"])
        .args(["--dep", "world", "-Mroot=plugin.zig"])
        .args(["--dep", "plugin=root", "-Mworld=bindings/world.zig"])
        .output()
        .expect("Zig runs");
    fs::remove_dir_all(folder).expect("it can be removed");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let first = said.lines().next().unwrap_or_default();
    first
        .split_once("error: ")
        .unwrap_or_default()
        .1
        .to_string()
}

#[test]
fn the_compiler_says_what_a_plugin_lacks_and_what_is_other_than_in_the_contract() {
    let Some(zig) = zig() else { return };
    assert_eq!(said_of(&zig, "same", "//! A plugin", "//! The plugin"), "");
    assert_eq!(
        said_of(&zig, "lacks", "pub fn run", "fn run"),
        "plugin has no `pub` called `run`, which the contract exports"
    );
    assert_eq!(
        said_of(&zig, "lacks-method", "pub fn add", "pub fn adds"),
        "plugin.carts.Cart has no `pub` called `add`, which the contract exports"
    );
    assert_eq!(
        said_of(&zig, "parameter", "arena_: u8", "arena_: u16"),
        "`carts.Cart.add`: parameter 4 is other than in the contract, which has u8 and not u16"
    );
    assert_eq!(
        said_of(&zig, "result", "!world.Result(u32, []const u8)", "!u32"),
        "`carts.Cart.add`: the result is other than in the contract, which has \
         canon.Result(u32,[]const u8) and not u32"
    );
    assert_eq!(
        said_of(
            &zig,
            "number",
            "pub fn run(arena: Allocator) !void {\n    _ = arena;",
            "pub fn run() void {"
        ),
        "`run`: the number of its parameters is other than in the contract, which has \
         fn (mem.Allocator) void and not fn () void"
    );
}

/// Builds the stubs of a world, and runs their test.
fn builds(zig: &Found, name: &str, contract: &Contract) {
    let folder = folder(name);
    let new = New {
        name,
        contract,
        is_sample: false,
    };
    let project = Zig
        .project(&new)
        .unwrap_or_else(|f| panic!("{name}: {}", f.text));
    files::write_all(&folder, &project).expect("they can be written");
    let run = |arguments: &[&str]| succeeds(zig.command().current_dir(&folder).args(arguments));
    run(&["fmt", "--check", "."]);
    run(&["build"]);
    run(&["build", "test"]);
    let options = component::Options {
        contract: Some(contract),
        wasi: Wasi::None,
        keep: Keep::Names,
        name,
        version: "0.1.0",
        language: "Zig",
    };
    let module = fs::read(folder.join("zig-out/bin/plugin.wasm")).expect("it is built");
    if let Err(error) = component::make(&module, &options) {
        panic!("{name}: {error:#}");
    }
    fs::remove_dir_all(folder).expect("it can be removed");
}

#[test]
#[ignore = "takes minutes: cargo test zig -- --ignored"]
fn stubs_of_all_golden_worlds_compile() {
    let Some(zig) = zig() else { return };
    builds(&zig, "shop", &contract("compiles", SHOP));
    let read = |path: &Path, world: Option<&str>| {
        Contract::read(path, world).unwrap_or_else(|f| panic!("{}", f.text))
    };
    let golden = fs::read_dir(root().join("bindgen/golden")).expect("it is there");
    for entry in golden {
        let path = entry.expect("it can be read").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match name.as_str() {
            // The one has streams; the other no component can export, because of its names.
            "skip" | "resource-clashes" => {}
            _ if path.is_file() => {}
            "types" => builds(&zig, &name, &read(&path, Some("everything"))),
            _ => builds(&zig, &name, &read(&path, None)),
        }
    }
    let round_trip = root().join("tests/round_trip/wit");
    builds(&zig, "round-trip", &read(&round_trip, None));
}
