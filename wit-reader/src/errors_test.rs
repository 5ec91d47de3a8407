//! Which errors are told, of WIT with some.

use super::*;
use std::path::PathBuf;

/// One package of files with these texts: a.wit, b.wit, ..
fn package(place: &str, texts: &[&str]) -> Package {
    let named = |(i, text): (usize, &&str)| Source {
        path: format!("{place}/{}.wit", char::from(b'a' + i as u8)),
        text: text.to_string(),
    };
    Package {
        place: PathBuf::from(place),
        sources: texts.iter().enumerate().map(named).collect(),
    }
}

fn error(main: &[&str], deps: &[&str]) -> String {
    let wit = Wit {
        main: package("wit", main),
        deps: match deps {
            [] => Vec::new(),
            deps => vec![package("wit/deps/d", deps)],
        },
        encoded: Vec::new(),
    };
    match resolve(wit, &Features::Some(Vec::new())) {
        Ok(_) => "no error".into(),
        Err(text) => text,
    }
}

/// "a:3:14 what", for each error in these files, and the last line, where it counts them.
fn errors_with(main: &[&str], deps: &[&str]) -> Vec<String> {
    let text = error(main, deps);
    let mut message = "";
    let mut all = Vec::new();
    for line in text.lines() {
        if let Some(place) = line.strip_prefix("     --> ") {
            let place = place.strip_prefix("wit/").unwrap().replace(".wit", "");
            all.push(format!("{place} {message}"));
        } else if line.contains(" errors") || line == "no error" {
            all.push(line.to_string());
        } else if !line.starts_with(' ') {
            message = line;
        }
    }
    all
}

fn errors(main: &[&str]) -> Vec<String> {
    errors_with(main, &[])
}

#[test]
fn wit_without_errors_has_none() {
    let text = "package a:b;\ninterface c { f: func(); }\nworld d { import c; }\n";
    assert_eq!(errors(&[text]), ["no error"]);
}

#[test]
fn an_error_is_told_with_its_place_and_line() {
    let text = "package a:b;\ninterface c {\n  f: func(x: foo);\n}\n";
    let said = "name `foo` does not exist\n     --> wit/a.wit:3:14\n      |\n    3 |   f: func(x: foo);\n      \
                |              ^--";
    assert_eq!(error(&[text], &[]), said);
}

#[test]
fn several_are_told_in_the_order_of_their_places_and_counted() {
    let text = "package a:b;\ninterface c {\n  f: func(x: foo) -> bar;\n  g: fun();\n}\n";
    let said = "name `foo` does not exist\n     --> wit/a.wit:3:14\n      |\n    3 |   f: func(x: foo) -> bar;\n      \
                |              ^--\n\
                name `bar` does not exist\n     --> wit/a.wit:3:22\n      |\n    3 |   f: func(x: foo) -> bar;\n      \
                |                      ^--\n\
                expected keyword `func`, found an identifier\n     --> wit/a.wit:4:6\n      |\n    4 |   g: fun();\n      \
                |      ^\n\
                3 errors";
    assert_eq!(error(&[text], &[]), said);
}

#[test]
fn each_statement_may_have_its_own() {
    let text = "package a:b;\n\
                interface c {\n\
                record r {\n  x: u32\n  y: u32,\n}\n\
                type t = lst<u8>;\n\
                f: func(x: u32,, y: u32);\n\
                variant v { a(string }\n\
                g: func() -> r;\n\
                }\n\
                world w {\n\
                improt c;\n\
                export d;\n\
                }\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:5:3 expected '}', found an identifier",
            "a:7:13 expected ';', found '<'",
            "a:8:16 expected an identifier or string, found ','",
            "a:9:22 expected ')', found '}'",
            "a:13:1 expected `import`, `export`, `include`, `use`, or type definition, found an identifier",
            "a:14:8 interface or world `d` does not exist",
            "6 errors"
        ]
    );
}

#[test]
fn each_field_may_have_its_own() {
    let text = "package a:b;\ninterface c {\nrecord r { x: foo, y: list<bar> }\n\
                f: func(x: tuple<r, baz>);\n}\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:3:15 type `foo` does not exist",
            "a:3:28 type `bar` does not exist",
            "a:4:21 name `baz` does not exist",
            "3 errors"
        ]
    );
}

#[test]
fn each_file_may_have_its_own() {
    let a = "package a:b;\ninterface c { f: func(x: foo); }\n";
    let b = "interface d { g func(); }\n";
    let dep = "package e:f;\ninterface g { h: func() -> bar; }\n";
    assert_eq!(
        errors_with(&[a, b], &[dep]),
        [
            "a:2:26 name `foo` does not exist",
            "b:1:17 expected ':', found keyword `func`",
            "deps/d/a:2:28 name `bar` does not exist",
            "3 errors"
        ]
    );
}

#[test]
fn what_follows_from_another_is_not_told() {
    let text = "package a:b;\n\
                interface c {\n\
                record r { x: u32; }\n\
                type s = r;\n\
                f: func(x: r, y: s);\n\
                }\n\
                interface d {\n\
                use c.{r, s as t};\n\
                g: func(x: r, y: t);\n\
                }\n\
                interface e {\n\
                f: func(x: r);\n\
                }\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:3:18 expected '}', found ';'",
            "a:12:12 name `r` does not exist",
            "2 errors"
        ]
    );
}

#[test]
fn what_follows_from_one_in_another_package_is_not_told() {
    let main = "package a:b;\ninterface c { use d:e/f.{r}; g: func(x: r, y: q); }\n";
    let dep = "package d:e;\ninterface f { record r { x } }\n";
    assert_eq!(
        errors_with(&[main], &[dep]),
        [
            "a:2:47 name `q` does not exist",
            "deps/d/a:2:28 expected ':', found '}'",
            "2 errors"
        ]
    );
}

#[test]
fn a_missing_package_is_told_once() {
    let text = "package a:b;\nworld w {\nimport c:d/e;\nimport c:d/f;\nimport g;\n}\n";
    let said = error(&[text], &[]);
    assert!(
        said.starts_with(
            "package 'c:d' not found. known packages:\n    a:b\n     --> wit/a.wit:3:8\n"
        ),
        "{said}"
    );
    assert!(
        said.ends_with(
            "interface or world `g` does not exist\n     --> wit/a.wit:5:8\n      |\n    5 | import g;\n      \
             |        ^\nA file is read alone. Name its folder instead, and the packages in its deps/ are \
             read too\n2 errors"
        ),
        "{said}"
    );
}

#[test]
fn a_bad_header_is_one_error() {
    let text = "package a;\ninterface c { f: func(x: foo); }\nworld w { import a:b/c; }\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:1:10 expected ':', found ';'",
            "a:2:26 name `foo` does not exist",
            "2 errors"
        ]
    );
}

#[test]
fn a_package_without_a_header_is_told() {
    let said = "wit: no `package` header was found in any WIT file for this package";
    assert_eq!(error(&["interface c { }"], &[]), said);
    assert_eq!(error(&[], &[]), said);
}

#[test]
fn a_brace_too_few_is_one_error() {
    let text = "package a:b;\n\
                interface c {\n\
                record r { x: u32,\n\
                interface d {\n\
                f: func();\n\
                }\n";
    assert_eq!(errors(&[text]).len(), 1, "{:?}", errors(&[text]));
    let text = "package a:b;\ninterface c {\nf: func();\n";
    assert_eq!(errors(&[text]).len(), 1, "{:?}", errors(&[text]));
}

#[test]
fn a_brace_too_many_is_one_error() {
    let text = "package a:b;\ninterface c {\n}\nf: func();\n}\nworld w { import d; }\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:4:1 expected `world`, `interface` or `use`, found an identifier",
            "a:6:18 interface or world `d` does not exist",
            "2 errors"
        ]
    );
}

#[test]
fn a_semicolon_too_few_is_one_error() {
    let text = "package a:b;\n\
                interface c {\n\
                type t = u8\n\
                record r { x: t }\n\
                f: func(x: r)\n\
                g: func(x: r);\n\
                h: func()\n\
                }\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:4:1 expected ';', found keyword `record`",
            "a:6:1 expected ';', found an identifier",
            "a:8:1 expected ';', found '}'",
            "3 errors"
        ]
    );
}

#[test]
fn characters_that_are_no_wit_have_their_place_in_every_file() {
    let a = "package a:b;\n";
    let b = "// \u{202e}\ninterface c {\n  f: func(é: u8);\n}\n/* and on\ninterface d { }\n";
    let all = errors(&[a, b]);
    let places: Vec<&str> = all.iter().map(|e| e.split(' ').next().unwrap()).collect();
    assert_eq!(places, ["b:1:4", "b:3:11", "b:5:1", "3"]);
}

#[test]
fn a_handle_to_what_does_not_exist_is_one_error() {
    let text = "package a:b;\ninterface c {\nf: func(x: borrow<foo>);\ng: func(x: bar);\n}\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:3:19 name `foo` does not exist",
            "a:4:12 name `bar` does not exist",
            "2 errors"
        ]
    );
}

#[test]
fn types_that_hold_themselves_are_told() {
    let text = "package a:b;\ninterface c {\ntype t = list<t>;\ntype u = foo;\n}\n";
    assert_eq!(
        errors(&[text]),
        [
            "a:3:15 type `t` depends on itself",
            "a:4:10 type `foo` does not exist",
            "2 errors"
        ]
    );
}

#[test]
fn the_first_of_very_many_are_told() {
    let functions: String = (0..20_000)
        .map(|i| format!("g{i}: func(x: foo);\n"))
        .collect();
    let text = format!("package a:b;\ninterface c {{\n{functions}}}\n");
    let all = errors(&[&text]);
    assert_eq!(all.len(), MOST + 1);
    assert_eq!(all[0], "a:3:13 name `foo` does not exist");
    assert_eq!(all[MOST], "20 errors, and perhaps more behind them");
}

#[test]
fn very_many_that_follow_from_one_are_left() {
    let functions: String = (0..20_000)
        .map(|i| format!("g{i}: func(x: r);\n"))
        .collect();
    let text = format!("package a:b;\ninterface c {{\nrecord r {{ x }}\n{functions}}}\n");
    assert_eq!(errors(&[&text]), ["a:3:14 expected ':', found '}'"]);
}

#[test]
fn wit_that_is_cut_short_anywhere_has_an_error_or_none() {
    let text = "package a:b@1.0.0;\n/// é\ninterface c {\n@since(version = 1.0.0)\nrecord r { x: u32, y: list<string> }\n\
                use d.{t as u};\nf: func(x: r) -> result<u, string>;\nresource s { constructor(x: u8); m: func(); }\n}\n\
                interface d { type t = u8; }\nworld w { import c; export g: interface { use c.{r}; } include v; }\n\
                world v { }\n";
    assert_eq!(errors(&[text]), ["no error"]);
    for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
        errors(&[&text[..at]]);
        errors(&[&text[at..]]);
        errors(&[&format!("{}#{}", &text[..at], &text[at..])]);
        errors(&[&format!("{}}}{}", &text[..at], &text[at..])]);
    }
}
