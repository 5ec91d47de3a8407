//! src/plugin.js for any world, with what is to be written, and what its tests need.

use std::fmt::Write as _;

use wit_parser::{Function, FunctionKind, TypeId};

use super::names::{Js, Module, class, is_word, of_module, property, spelled};
use super::types::{Declarations, parameters, types_of_parameters};
use crate::world::{self, Names};

const OPENING: &str = "\
// What the plugin does: write it here, where it says \"not implemented\". The types are those of
// bindings/, which `mortise build` writes anew from wit/.

";

/// The whole file.
pub fn source(js: &Js) -> String {
    Stubs {
        js,
        names: of_module(),
        exports: Vec::new(),
        text: String::new(),
    }
    .source()
}

struct Stubs<'a, 'b> {
    js: &'b Js<'a>,
    names: Names,
    /// Variables that are exported under other names.
    exports: Vec<String>,
    text: String,
}

impl Stubs<'_, '_> {
    fn source(mut self) -> String {
        self.text += OPENING;
        self.imports();
        for module in &self.js.exports {
            if module.has_nothing_to_call(self.js.resolve) {
                continue;
            }
            match module.scope.interface {
                Some(_) => self.interface(module),
                None => self.functions(module),
            }
        }
        if !self.exports.is_empty() {
            let _ = writeln!(self.text, "export {{ {} }};", self.exports.join(", "));
        }
        self.text.trim_end().to_string() + "\n"
    }

    /// They are not used yet: what there is, the types say.
    fn imports(&mut self) {
        let callable = |module: &&Module| !module.has_nothing_to_call(self.js.resolve);
        let mut lines = String::new();
        for module in self.js.imports.iter().filter(callable) {
            let name = match module.scope.interface {
                Some(_) => property(&module.scope.name),
                None => "host".to_string(),
            };
            let name = self.names.take(&name);
            let _ = writeln!(
                lines,
                "import * as {name} from \"../bindings/{}.js\";",
                module.path
            );
        }
        if !lines.is_empty() {
            self.text += &lines;
            self.text += "\n";
        }
    }

    fn interface(&mut self, module: &Module) {
        let wanted = property(&module.scope.name);
        let name = self.names.take(&wanted);
        let mut members = String::new();
        for resource in world::resources(self.js.resolve, &module.scope) {
            let local = self.class(module, resource);
            let key = class(world::name_of(self.js.resolve, resource));
            let _ = match key == local {
                true => writeln!(members, "  {key},"),
                false => writeln!(members, "  {key}: {local},"),
            };
        }
        let functions = world::free(&module.scope).map(|function| {
            let body = not_implemented(&function.name, "    ");
            let list = parameters(function).join(", ");
            format!("  {}({list}) {{\n{body}  }},\n", property(&function.name))
        });
        members += &functions.collect::<Vec<_>>().join("\n");
        let ty = format!("import(\"../bindings/{}.js\").Exports", module.path);
        let _ = writeln!(self.text, "/** @type {{{ty}}} */");
        let export = self.exported(&wanted, &name);
        let _ = writeln!(self.text, "{export}const {name} = {{\n{members}}};\n");
    }

    fn functions(&mut self, module: &Module) {
        for function in world::free(&module.scope) {
            let wanted = property(&function.name);
            let name = self.names.take(&wanted);
            let ty = format!(
                "import(\"../bindings/{}.js\").Exports[\"{wanted}\"]",
                module.path
            );
            let _ = writeln!(self.text, "/** @type {{{ty}}} */");
            let export = self.exported(&wanted, &name);
            let list = parameters(function).join(", ");
            let body = not_implemented(&function.name, "  ");
            let _ = writeln!(self.text, "{export}function {name}({list}) {{\n{body}}}\n");
        }
    }

    /// What stands before a declaration that is exported as `wanted`.
    fn exported(&mut self, wanted: &str, name: &str) -> &'static str {
        if wanted == name && !is_word(name) {
            return "export ";
        }
        self.exports.push(format!("{name} as {wanted}"));
        ""
    }

    /// The name of the class.
    fn class(&mut self, module: &Module, resource: TypeId) -> String {
        let plain = world::name_of(self.js.resolve, resource);
        let name = self.names.take(&class(plain));
        let mut body = Vec::new();
        for function in world::of_resource(&module.scope, resource) {
            body.push(self.method(module, function, resource));
        }
        let _ = writeln!(self.text, "class {name} {{\n{}}}\n", body.join("\n"));
        name
    }

    fn method(&self, module: &Module, function: &Function, resource: TypeId) -> String {
        let types = Declarations::of_source(self.js, module);
        let names = parameters(function);
        let pairs = names.iter().zip(types_of_parameters(function));
        let mut docs: String = pairs
            .map(|(name, ty)| format!("   * @param {{{}}} {name}\n", types.ty(&ty)))
            .collect();
        let is_constructor = matches!(function.kind, FunctionKind::Constructor(_));
        if let (Some(ty), false) = (world::outcome(self.js.resolve, function).ok, is_constructor) {
            docs += &format!("   * @returns {{{}}}\n", types.ty(&ty));
        }
        if !docs.is_empty() {
            docs = format!("  /**\n{docs}   */\n");
        }
        let prefix = match function.kind {
            FunctionKind::Static(_) => "static ",
            _ => "",
        };
        let resource = world::name_of(self.js.resolve, resource);
        let body = not_implemented(&format!("{resource}.{}", function.item_name()), "    ");
        let name = spelled(function);
        format!(
            "{docs}  {prefix}{name}({}) {{\n{body}  }}\n",
            names.join(", ")
        )
    }
}

fn not_implemented(what: &str, indent: &str) -> String {
    format!("{indent}throw new Error(\"not implemented: {what}\");\n")
}
