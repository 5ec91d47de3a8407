//! The tests of a new plugin that is no sample: that it has what its contract wants, in a host that
//! the author writes.

use std::fmt::Write as _;

use wit_parser::FunctionKind;

use super::names::{Js, Module, class, property, spelled};
use super::types::parameters;
use crate::files::File;
use crate::world;

/// In test/ it would be taken for a test.
const HOST: &str = "testing/host.js";

const HOST_OPENING: &str = "\
// The host, while tests run: write here what it answers. Tests import this file before the plugin.
import { register } from \"node:module\";

";

const HOST_ENDING: &str = r#"
// Imports by these names find what is above.
const hook = `
  const names = ${JSON.stringify(Object.keys(globalThis.host))};
  export const resolve = (name, context, next) => {
    if (!names.includes(name)) return next(name, context);
    const text = "export default globalThis.host[" + JSON.stringify(name) + "];";
    return { url: "data:text/javascript," + encodeURIComponent(text), shortCircuit: true };
  };
`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
"#;

pub fn files(js: &Js) -> Vec<File> {
    let host = host(js);
    let mut all = vec![File::new("test/plugin.test.js", test(js, host.is_some()))];
    all.extend(host.map(|text| File::new(HOST, text)));
    all
}

fn test(js: &Js, has_host: bool) -> String {
    let mut asserts = String::new();
    for module in &js.exports {
        let scope = &module.scope;
        let inside = match scope.interface {
            Some(_) => format!("plugin.{}", property(&scope.name)),
            None => "plugin".to_string(),
        };
        let classes = world::resources(js.resolve, scope).into_iter();
        let classes = classes.map(|id| class(world::name_of(js.resolve, id)));
        let functions = world::free(scope).map(|function| property(&function.name));
        for name in classes.chain(functions) {
            let _ = writeln!(
                asserts,
                "  assert.equal(typeof {inside}.{name}, \"function\");"
            );
        }
    }
    let host = if has_host {
        "import \"../testing/host.js\";\n\n"
    } else {
        ""
    };
    format!(
        "import assert from \"node:assert/strict\";\nimport {{ test }} from \"node:test\";\n\n{host}\
         const plugin = await import(\"../src/plugin.js\");\n\ntest(\"has what the contract wants\", \
         () => {{\n{asserts}}});\n"
    )
}

/// Where the host provides anything.
fn host(js: &Js) -> Option<String> {
    let callable = |module: &&Module| !module.has_nothing_to_call(js.resolve);
    let (mut interfaces, mut globals) = (String::new(), String::new());
    for module in js.imports.iter().filter(callable) {
        match module.scope.interface {
            Some(_) => {
                let members = members(js, module, "    ", ",");
                let _ = writeln!(
                    interfaces,
                    "  \"{}\": {{\n{members}  }},",
                    module.scope.full_name
                );
            }
            None => {
                let _ = write!(
                    globals,
                    "\nObject.assign(globalThis, {{\n{}}});\n",
                    members(js, module, "  ", ",")
                );
            }
        }
    }
    if interfaces.is_empty() && globals.is_empty() {
        return None;
    }
    let start = if interfaces.is_empty() { "" } else { "\n" };
    Some(format!(
        "{HOST_OPENING}globalThis.host = {{{start}{interfaces}}};\n{globals}{HOST_ENDING}"
    ))
}

fn members(js: &Js, module: &Module, indent: &str, end: &str) -> String {
    let scope = &module.scope;
    let mut out = String::new();
    for resource in world::resources(js.resolve, scope) {
        let plain = world::name_of(js.resolve, resource);
        let _ = writeln!(out, "{indent}{}: class {{", class(plain));
        for function in world::of_resource(scope, resource) {
            let prefix = match function.kind {
                FunctionKind::Static(_) => "static ",
                _ => "",
            };
            let inner = format!("{indent}  ");
            let text = answered(
                &inner,
                &format!("{prefix}{}", spelled(function)),
                &parameters(function).join(", "),
                &format!("{plain}.{}", function.item_name()),
            );
            let _ = writeln!(out, "{text}");
        }
        let _ = writeln!(out, "{indent}}}{end}");
    }
    for function in world::free(scope) {
        let name = property(&function.name);
        let list = parameters(function).join(", ");
        let _ = writeln!(
            out,
            "{}{end}",
            answered(indent, &name, &list, &function.name)
        );
    }
    out
}

fn answered(indent: &str, name: &str, list: &str, what: &str) -> String {
    format!(
        "{indent}{name}({list}) {{\n{indent}  throw new Error(\"the host's {what} is not \
         written\");\n{indent}}}"
    )
}
