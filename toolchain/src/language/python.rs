//! Python, by componentize-py: CPython, with the plugin's modules in it.

mod names;
mod stubs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Build, Found, Language, New, Tool};
use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::files::{self, File};
use crate::manifest::Wasi;
use crate::process;
use crate::template;
use crate::world::{self, Feature};
use names::Python as World;

pub struct Python;

const SOURCE: &str = "app.py";
/// Others have other names for things, and other types.
const VERSION: &str = "0.25";
const COMPILER: &str = "componentize-py 0.25";
const UNKNOWN: [Feature; 8] = [
    Feature::Async,
    Feature::Stream,
    Feature::Future,
    Feature::ErrorContext,
    Feature::FixedLengthList,
    Feature::Map,
    Feature::WorldResource,
    Feature::InlineInterface,
];

/// In build/obj, and no name that a plugin has.
const ENTRY: &str = "mortise_entry";

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn title(&self) -> &'static str {
        "Python"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let world = known(new.contract)?;
        let values = [("name", new.name)];
        let mut all = template::files!(
            "python",
            &values,
            [
                "gitignore",
                "README.md",
                "pyproject.toml",
                "tests/__init__.py"
            ]
        );
        if new.is_sample {
            all.extend(template::files!(
                "python",
                &values,
                ["app.py", "tests/test_app.py"]
            ));
        } else {
            all.push(File::new(SOURCE, stubs::source(&world)));
            all.push(File::new("tests/test_app.py", stubs::test(&world)));
        }
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        self.tools_in(Path::new("."))
    }

    fn tools_in(&self, root: &Path) -> Vec<Tool> {
        // The virtual environment of the project, of the shell, or what is installed for all.
        let own = root.join(".venv/bin/componentize-py");
        let module = "import componentize_py, sys; sys.exit(componentize_py.script())";
        let ways = [
            vec![own.to_string_lossy().into_owned()],
            vec!["componentize-py".to_string()],
            ["python3", "-c", module].map(str::to_string).to_vec(),
        ];
        let found = ways.into_iter().find_map(|command| {
            let mut asked = Command::new(&command[0]);
            asked.args(&command[1..]).arg("--version");
            let said = process::output(&mut asked)?;
            let version = process::version_in(&said)?.to_string();
            version
                .starts_with(VERSION)
                .then_some(Found { command, version })
        });
        vec![Tool {
            what: COMPILER.to_string(),
            found,
            how: "python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1",
        }]
    }

    /// componentize-py writes them, when it runs.
    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        known(contract).map(|_| Vec::new())
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let tool = super::required_in(self, build.root())?.remove(0);
        let world = known(build.contract)?;
        write_bindings(build, &tool)?;
        let is_silent = build.project.manifest.build.wasi == Wasi::None;
        let entry = build.objects().join(format!("{ENTRY}.py"));
        files::write(&entry, stubs::entry(&world, is_silent).as_bytes())?;
        let component = "build/obj/plugin.wasm";
        let mut command = asked(build, &tool)?;
        command.args(["componentize", "-p", ".", "-p", "build/obj"]);
        if is_silent {
            command.arg("--stub-wasi");
        }
        process::run(command.args([ENTRY, "-o", component]))?;
        Ok(build.root().join(component))
    }

    fn is_incremental(&self) -> bool {
        false
    }
}

fn known(contract: &Contract) -> Result<World<'_>> {
    world::refuse(contract, COMPILER, &UNKNOWN)?;
    World::new(contract)
}

/// The compiler, in the plugin's folder, with its contract.
fn asked(build: &Build, tool: &Found) -> Result<Command> {
    let contract = &build.project.manifest.contract;
    let mut command = Command::new(&tool.command[0]);
    // A program that is named by a path would be looked for in the folder where it starts.
    if tool.command[0].contains('/') {
        let path = std::path::absolute(&tool.command[0]);
        command = Command::new(path.map_err(unreadable)?);
    }
    command
        .args(&tool.command[1..])
        .current_dir(build.root())
        // Its own calls are nobody's business but its authors'.
        .env("RUST_BACKTRACE", "0")
        .arg("-q")
        .arg("-d")
        .arg(&contract.wit)
        .args(["-w", &contract.world]);
    Ok(command)
}

/// For editors, and for tests: in the component, others take their place.
fn write_bindings(build: &Build, tool: &Found) -> Result<()> {
    let old = build.root().join("bindings").join(names::WORLD);
    match fs::remove_dir_all(&old) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(unreadable(format!(
                "{} cannot be removed: {error}",
                old.display()
            )));
        }
        _ => {}
    }
    process::run(asked(build, tool)?.args(["bindings", "bindings"]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::contract_of;

    /// Words of Python, resources, long lines and a host.
    const SHOP: &str = "package acme:shop@1.2.0;
        interface store {
            enum level { low, very-high }
            record item { count: u32, level: level, note: option<string> }
            put: func(item: item) -> result<u64, string>;
        }
        interface %class {
            use store.{item};
            /// Holds items.
            resource cart {
                constructor(owner: string);
                add: func(item: item, %in: list<u8>) -> option<option<u32>>;
                all: static func() -> list<cart>;
            }
            variant answer { none, cart(cart) }
            %pass: func(cart: borrow<cart>, answer: answer) -> result<list<item>, list<string>>;
            long-one: func(first-of-all: list<string>, second-of-all: list<string>, third-of-all: bool) -> bool;
        }
        world shop {
            import store;
            export %class;
            export %del: func(bytes: list<u8>) -> tuple<bool, char>;
        }";

    #[test]
    fn a_source_has_all_that_is_to_be_written() {
        let contract = contract_of(SHOP);
        assert_eq!(
            stubs::source(&known(&contract).unwrap()),
            r#"# What the plugin does: write it here, where it raises NotImplementedError. The types are those of
# bindings/, which `mortise build` writes anew from wit/.
from __future__ import annotations

from typing import Self

import wit_world
from componentize_py_types import Err, Some
from wit_world import exports
from wit_world.exports import class_
from wit_world.imports import store


class Cart(class_.Cart):
    def __init__(self, owner: str) -> None:
        raise NotImplementedError("cart.constructor")

    def add(self, item: store.Item, in_: bytes) -> Some[int | None] | None:
        raise NotImplementedError("cart.add")

    @classmethod
    def all(cls) -> list[Self]:
        raise NotImplementedError("cart.all")


class Class(exports.Class):
    def pass_(self, cart: class_.Cart, answer: class_.Answer) -> list[store.Item]:
        # May refuse: raise Err(..), of list[str].
        raise NotImplementedError("pass")

    def long_one(
        self, first_of_all: list[str], second_of_all: list[str], third_of_all: bool
    ) -> bool:
        raise NotImplementedError("long-one")


class WitWorld(wit_world.WitWorld):
    def del_(self, bytes: bytes) -> tuple[bool, str]:
        raise NotImplementedError("del")
"#
        );
    }

    #[test]
    fn resources_are_put_where_they_are_looked_for() {
        let contract = contract_of(SHOP);
        let entry = stubs::entry(&known(&contract).unwrap(), true);
        let (_, own) = entry
            .split_once("setattr(module, name, resource)\n")
            .unwrap();
        assert_eq!(
            own,
            "\n\nfrom app import Class, Cart, WitWorld  # noqa: E402\nlend(\"class_\", \"Cart\", Cart)\n\
             silence()\n"
        );
    }

    #[test]
    fn tests_ask_for_what_the_contract_wants() {
        let contract = contract_of(SHOP);
        assert_eq!(
            stubs::test(&known(&contract).unwrap()),
            r#"import unittest

import app


class AppTest(unittest.TestCase):
    def test_has_what_the_contract_wants(self) -> None:
        self.assertTrue(callable(app.Cart))
        self.assertTrue(callable(app.Class().pass_))
        self.assertTrue(callable(app.Class().long_one))
        self.assertTrue(callable(app.WitWorld().del_))


if __name__ == "__main__":
    unittest.main()
"#
        );
    }

    #[test]
    fn modules_are_called_as_componentize_py_does() {
        let text = "package w:w;
            package a:one@1.0.0 { interface log { f: func(); } interface io { f: func(); } }
            package a:one@1.1.0 { interface log { f: func(); } }
            package a:two { interface log { f: func(); } }
            world w {
                import a:one/log@1.0.0;
                import a:one/log@1.1.0;
                import a:two/log;
                import a:one/io@1.0.0;
                export a:one/log@1.0.0;
            }";
        let contract = contract_of(text);
        let world = known(&contract).unwrap();
        let names = |modules: &[names::Module]| -> Vec<String> {
            modules.iter().map(|module| module.name.clone()).collect()
        };
        assert_eq!(
            names(&world.imports),
            [
                "a_one_log_1_0_0",
                "a_one_log_1_1_0",
                "a_two_log",
                "io",
                "wit_world"
            ]
        );
        assert_eq!(names(&world.exports), ["log", "wit_world"]);
    }

    #[test]
    fn classes_that_would_have_one_name_have_two() {
        let text = "package a:b;
            interface cart { resource cart { go: func(); } f: func(); }
            interface shop { resource cart { go: func(); } resource item { go: func(); } }
            world w { export cart; export shop; }";
        let contract = contract_of(text);
        let world = known(&contract).unwrap();
        let classes: Vec<String> = world
            .exports
            .iter()
            .flat_map(|module| {
                let all = world::resources(world.resolve, &module.scope);
                all.into_iter()
                    .map(|id| world.class_of(module, id))
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(classes, ["CartCart", "ShopCart", "Item"]);
    }

    fn refusal(text: &str) -> String {
        match known(&contract_of(text)) {
            Ok(_) => String::new(),
            Err(failure) => failure.text,
        }
    }

    #[test]
    fn what_componentize_py_cannot_do_is_refused() {
        assert_eq!(
            refusal(
                "package a:b; interface i { record a-1 { x: u8 } record a1 { x: u8 } } \
                 world w { import i; }"
            ),
            "in Python, a-1 in a:b/i and a1 in a:b/i have one name, and componentize-py cannot tell \
             them apart: rename one in the contract"
        );
        assert_eq!(
            refusal("package a:b; interface i { resource r; } world w { export i; }"),
            "componentize-py exports no resource without a function: r in a:b/i has none"
        );
        let fallible = "package a:b; interface i { resource r { constructor() -> result<r>; } }";
        assert_eq!(
            refusal(&format!("{fallible} world w {{ import i; }}")),
            "componentize-py calls no constructor of the host that may fail: r in a:b/i"
        );
        assert_eq!(refusal(&format!("{fallible} world w {{ export i; }}")), "");
        assert_eq!(
            refusal("package a:b; world w { import f: func(self: u8); import g: func(x: u8); }"),
            "in Python, a parameter of f in w and a parameter of f in w have one name, and \
             componentize-py cannot tell them apart: rename one in the contract"
        );
    }
}
