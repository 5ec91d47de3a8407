//! What the bindings of contracts have to be, which wit-bindgen alone would not make so.

use std::process::Command;

use super::bindings::{Made, make};
use super::names;
use crate::contract::Contract;
use wit_parser::{Resolve, WorldItem};

pub fn contract(wit: &str) -> Contract {
    let mut resolve = Resolve::new();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let id = *resolve.packages[package].worlds.values().next().unwrap();
    Contract { resolve, id }
}

fn made(wit: &str) -> Made {
    make(&contract(wit)).unwrap()
}

fn file(made: &Made, path: &str) -> String {
    let found = made.files.iter().find(|file| file.path == path);
    String::from_utf8_lossy(&found.expect(path).bytes).into_owned()
}

fn refusal(wit: &str) -> String {
    match make(&contract(wit)) {
        Ok(_) => "nothing".to_string(),
        Err(failure) => failure.text,
    }
}

/// The names of functions as the linker sees them, without what the resource needs.
fn directives(made: &Made, path: &str) -> Vec<String> {
    let text = file(made, path);
    let lines = text.lines().filter(|line| line.starts_with("//go:wasm"));
    lines.map(str::to_string).collect()
}

#[test]
fn what_go_cannot_have_is_refused_by_name() {
    let cases = [
        ("f: async func();", "t:t/i: function `f` is async"),
        (
            "f: func(s: stream<u8>);",
            "t:t/i: function `f` has a stream",
        ),
        (
            "f: func() -> list<future>;",
            "t:t/i: function `f` has a future",
        ),
        (
            "f: func(l: list<list<u8, 257>>);",
            "t:t/i: function `f` has a list of 257 values",
        ),
        (
            "type l = tuple<f64, f64, f64, f64>; f: func(a: l, b: l, c: l, d: l) -> u8;",
            "t:t/i: function `f` takes and gives 136 bytes, and Go exports none with more than 128",
        ),
    ];
    for (function, what) in cases {
        let wit = format!("package t:t; interface i {{ {function} }} world w {{ export i; }}");
        assert_eq!(
            refusal(&wit),
            format!("plugins in Go cannot have this contract yet. {what}")
        );
    }
}

#[test]
fn functions_that_are_imported_may_be_as_wide_as_they_like() {
    let wit = "package t:t; interface i {
        type l = tuple<f64, f64, f64, f64>; f: func(a: l, b: l, c: l, d: l) -> u8;
    } world w { import i; }";
    assert_eq!(refusal(wit), "nothing");
}

#[test]
fn words_of_go_are_no_parameters() {
    let made = made(
        "package t:t; interface i { f: func(%type: u8, len: string, type-value: u8, wit-types: u8, IF: u8); }
         world w { import i; export g: func(%func: u8, pinner: u8); }",
    );
    let text = file(&made, "bindings/t_t_i/wit_bindings.go");
    let signature = "func F(typeArgument uint8, lenValue string, typeValue uint8, \
                     witTypesValue uint8, ifValue uint8) {";
    assert!(text.contains(signature), "{text}");
    assert_eq!(
        made.functions,
        ["func G(_funcValue uint8, _pinnerValue uint8)  {"]
    );
}

#[test]
fn interfaces_called_as_words_of_go_are_packages_called_otherwise() {
    let made = made(
        "package t:t; world w {
            import %type: interface { f: func(); }
            import runtime: interface { f: func(); }
            import config: interface { f: func(); }
            export config: interface { f: func(); }
        }",
    );
    let host = |package: &str| directives(&made, &format!("bindings/{package}/imports_wasip1.go"));
    assert_eq!(host("type_interface"), ["//go:wasmimport type f"]);
    assert_eq!(host("runtime_interface"), ["//go:wasmimport runtime f"]);
    assert_eq!(host("config"), ["//go:wasmimport config f"]);
    assert_eq!(
        directives(&made, "wit_exports.go"),
        ["//go:wasmexport config#f"]
    );
}

#[test]
fn names_that_meet_in_go_are_told_apart() {
    let made = made(
        "package t:t;
        interface a {
            resource thing { drop: func(); handle: func(); name: static func(); }
            thing-name: func();
            variant v { tag(u8), none }
            enum e { a-b }
            type e-a-b = u8;
            f: func(v: v, e: e-a-b);
        }
        interface b { f: func(); resource thing { constructor(); } make-thing: func(); }
        world w { import a; export a; export b; export f: func(); }",
    );
    assert_eq!(
        made.functions,
        [
            "func (self *Thing) DropMethod()  {",
            "func (self *Thing) HandleMethod()  {",
            "func ThingName()  {",
            "func AThingName()  {",
            "func AF(_v t_t_a.V, _e uint8)  {",
            "func BF()  {",
            "func MakeBThing() *BThing {",
            "func BMakeThing()  {",
            "func F()  {",
        ]
    );
    assert_eq!(
        directives(&made, "bindings/t_t_a/imports_wasip1.go"),
        [
            "//go:wasmimport t:t/a [resource-drop]thing",
            "//go:wasmimport t:t/a [method]thing.drop",
            "//go:wasmimport t:t/a [method]thing.handle",
            "//go:wasmimport t:t/a [static]thing.name",
            "//go:wasmimport t:t/a thing-name",
            "//go:wasmimport t:t/a f",
        ]
    );
    let exports = directives(&made, "wit_exports.go");
    for name in [
        "f",
        "t:t/b#make-thing",
        "t:t/b#[constructor]thing",
        "t:t/b#[dtor]thing",
    ] {
        let line = format!("//go:wasmexport {name}");
        assert!(exports.contains(&line), "{line} is not in {exports:#?}");
    }
    let types = file(&made, "bindings/t_t_a/wit_bindings.go");
    assert!(types.contains("func (self V) TagCase() uint8 {"), "{types}");
    assert!(types.contains("type EABType = uint8"), "{types}");
}

#[test]
fn names_that_meet_where_the_linker_sees_them_are_told_apart() {
    let made = made(
        "package t:t;
        interface a { b-c: func(); constructor-r: func(); resource r { constructor(); } }
        interface a-b { c: func(); method-r-x: func(); resource r { x: func(); } }
        world w { export a; export a-b; }",
    );
    let text = file(&made, "wit_exports.go");
    let mut functions: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("func wasm_export_"))
        .filter_map(|line| line.split('(').next())
        .collect();
    functions.sort();
    assert_eq!(
        functions,
        [
            "t_t_a_a_constructor_r",
            "t_t_a_b_a_b_c",
            "t_t_a_b_c",
            "t_t_a_b_method_a_b_r_x",
            "t_t_a_b_method_r_x",
            "t_t_a_constructor_r",
        ]
    );
}

#[test]
fn renaming_changes_no_name_that_is_free() {
    let mut contract = contract(
        "package t:t; interface a { record r { x: u8 } f: func(r: r); resource s { m: func(); } }
         world w { import a; export a; export g: func(n: u8); }",
    );
    let world = |contract: &Contract| format!("{:?}", contract.resolve.worlds[contract.id]);
    let before = world(&contract);
    names::rename(&mut contract.resolve, contract.id);
    assert_eq!(world(&contract), before);
    let items = &contract.resolve.worlds[contract.id].imports;
    let WorldItem::Interface { id, .. } = items.values().next().unwrap() else {
        panic!("no interface")
    };
    let functions = &contract.resolve.interfaces[*id].functions;
    let names: Vec<&str> = functions.values().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["f", "[method]s.m"]);
}

#[test]
fn lists_of_a_fixed_length_and_long_tuples_are_tuples_and_records() {
    let made = made(
        "package t:t; world w {
            export f: func(v: list<u8, 3>) -> string;
            export g: func(v: list<u8, 17>);
        }",
    );
    assert_eq!(
        made.functions,
        [
            "func F(_v witTypes.Tuple3[uint8, uint8, uint8]) string {",
            "func G(_v wit_world.Tuple17)  {",
        ]
    );
}

#[test]
fn imports_say_what_holds_their_results_and_let_go_of_it() {
    let made = made(
        "package t:t; interface i { resource r {} f: func() -> string; g: func(r: r); } world w {
            import i; export h: func(r: borrow<i-r>); use i.{r as i-r};
        }",
    );
    let text = file(&made, "bindings/t_t_i/wit_bindings.go");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "witRuntime.BeforeImport(pinner) wasm_import_f(returnArea) witRuntime.AfterImport()",
        "witRuntime.BeforeImport(nil) wasm_import_g((r).TakeHandle()) witRuntime.AfterImport()",
        "witRuntime.Release(resourceDropR, handleValue)",
        "witRuntime.Lend(handle, resourceDropR) return &R{handle}",
    ] {
        assert!(words.contains(part), "{part} is not in {text}");
    }
    let text = file(&made, "wit_exports.go");
    assert!(text.contains("defer witRuntime.AfterExport()"), "{text}");
}

/// All contracts of the tree that Go can have: what is written compiles, and Go's own checks find
/// nothing. Takes minutes: cargo test -- --ignored
#[test]
#[ignore]
fn stubs_of_every_contract_in_the_tree_build() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let work = std::env::temp_dir().join(format!("mortise-go-{}", std::process::id()));
    let golden = std::fs::read_dir(root.join("bindgen/golden")).unwrap();
    let mut folders: Vec<_> = golden.map(|entry| entry.unwrap().path()).collect();
    folders.extend(
        ["types", "host", "faults"].map(|case| root.join("tests/matrix").join(case).join("wit")),
    );
    for wit in folders {
        let mut resolve = Resolve::new();
        let Ok((package, _)) = resolve.push_path(&wit) else {
            continue;
        };
        let worlds: Vec<String> = resolve.packages[package].worlds.keys().cloned().collect();
        for world in worlds {
            check_stubs(&wit, &world, &work);
        }
    }
    std::fs::remove_dir_all(&work).unwrap();
}

fn check_stubs(wit: &std::path::Path, world: &str, work: &std::path::Path) {
    let contract = Contract::read(wit, Some(world)).unwrap();
    // The first is one that no component can have, the second has streams.
    if wit.ends_with("resource-clashes") || wit.ends_with("skip") {
        return;
    }
    let new = super::New {
        name: "stubs",
        contract: &contract,
        is_sample: false,
    };
    let files = super::Language::project(&super::Go, &new).unwrap();
    std::fs::remove_dir_all(work).ok();
    crate::files::write_all(work, &files).unwrap();
    let run = |arguments: &[&str], os: &str, arch: &str| {
        let mut go = Command::new(super::go());
        go.current_dir(work).args(arguments).env("GOWORK", "off");
        if !os.is_empty() {
            go.env("GOOS", os).env("GOARCH", arch);
        }
        let done = go.output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(
            done.status.success(),
            "{} {world}: {arguments:?}\n{said}",
            wit.display()
        );
    };
    run(
        &["build", "-buildmode=c-shared", "-o", "core.wasm", "."],
        "wasip1",
        "wasm",
    );
    run(&["vet", "./..."], "", "");
    run(&["test", "./..."], "", "");
}

#[test]
fn what_all_bindings_need_passes_its_own_tests() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../guests/go/template/bindings"
    );
    let mut go = Command::new(super::go());
    go.current_dir(folder)
        .args(["test", "./..."])
        .env("GOWORK", "off");
    // Without Go, no plugin in it is built either.
    if let Ok(done) = go.output() {
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{said}");
    }
}
