//! The contract in TypeScript's types, which editors read: a .d.ts for each interface of a side.

use std::fmt::Write as _;

use wit_parser::{Docs, Function, FunctionKind, Handle, Type, TypeDefKind, TypeId};

use super::names::{Js, Module, class, is_word, property, spelled};
use crate::files::File;
use crate::world::{self, Names, Side};

/// What all of them share.
pub const SHARED: &str = r#"/** none is null; undefined does as well. */
export type Option<T> = T | null | undefined;
/** An option of an option. */
export type Nested<T> = { tag: "some"; val: T } | { tag: "none" };
/** A result that is a value. What a function answers is its ok: it throws the error. */
export type Result<T, E> = Case<"ok", T> | Case<"err", E>;
type Case<Tag, T> = [T] extends [void] ? { tag: Tag; val?: undefined } : { tag: Tag; val: T };
"#;

pub fn declarations(js: &Js) -> Vec<File> {
    let mut files = vec![File::new(
        "bindings/wit.d.ts",
        format!("{}{SHARED}", header("What WIT has and JavaScript has not.")),
    )];
    for module in js.modules() {
        let here = module.path.as_str();
        let text = Declarations { js, module, here }.text();
        let path = format!("bindings/{}.d.ts", module.path);
        files.push(File::new(path, text));
    }
    files
}

pub fn header(what: &str) -> String {
    format!("// {what} Written by `mortise build`: do not edit.\n\n")
}

/// Types as one file of the plugin has to spell them.
pub struct Declarations<'a, 'b> {
    js: &'b Js<'a>,
    /// Whose types they are.
    module: &'b Module<'a>,
    /// The file: a module's path, or `SOURCE`.
    here: &'b str,
}

/// The plugin's own file, seen from bindings/.
const SOURCE: &str = "../src/plugin";

impl<'a, 'b> Declarations<'a, 'b> {
    /// As the plugin's file spells them.
    pub fn of_source(js: &'b Js<'a>, module: &'b Module<'a>) -> Declarations<'a, 'b> {
        let here = SOURCE;
        Declarations { js, module, here }
    }

    fn text(&self) -> String {
        let scope = &self.module.scope;
        let mut out = header(&match (scope.side, scope.interface) {
            (Side::Import, Some(_)) => format!("{}, which the host provides.", scope.full_name),
            (Side::Import, None) => {
                format!("What the world {} itself has and imports.", scope.full_name)
            }
            (Side::Export, Some(_)) => format!("{}, which the plugin provides.", scope.full_name),
            (Side::Export, None) => format!("What the world {} itself exports.", scope.full_name),
        });
        for id in &scope.types {
            out += &self.declared(*id);
        }
        match scope.side {
            Side::Import => out += &self.functions(),
            Side::Export => out += &self.exports(),
        }
        // Without an export or import, it would be no module.
        out + "export {};\n"
    }

    fn declared(&self, id: TypeId) -> String {
        let ty = &self.js.resolve.types[id];
        let name = &self.module.types[&id];
        let docs = doc(&ty.docs, "", None);
        let text = match &ty.kind {
            TypeDefKind::Record(record) => {
                let mut fields = String::new();
                for field in &record.fields {
                    let optional = if self.is_option(&field.ty) { "?" } else { "" };
                    fields += &doc(&field.docs, "  ", None);
                    let (key, ty) = (property(&field.name), self.ty(&field.ty));
                    let _ = writeln!(fields, "  {key}{optional}: {ty};");
                }
                return format!("{docs}export interface {name} {{\n{fields}}}\n\n");
            }
            TypeDefKind::Flags(flags) => {
                let mut fields = String::new();
                for flag in &flags.flags {
                    fields += &doc(&flag.docs, "  ", None);
                    let _ = writeln!(fields, "  {}?: boolean;", property(&flag.name));
                }
                return format!("{docs}export interface {name} {{\n{fields}}}\n\n");
            }
            TypeDefKind::Resource => return docs + &self.resource(id, name),
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter().map(|case| match &case.ty {
                    None => format!("\n  | {{ tag: \"{}\" }}", case.name),
                    Some(ty) => {
                        format!("\n  | {{ tag: \"{}\"; val: {} }}", case.name, self.ty(ty))
                    }
                });
                cases.collect()
            }
            TypeDefKind::Enum(cases) => {
                let cases = cases
                    .cases
                    .iter()
                    .map(|case| format!("\n  | \"{}\"", case.name));
                cases.collect()
            }
            kind => format!(" {}", self.kind(kind)),
        };
        format!("{docs}export type {name} ={text};\n\n")
    }

    /// The host's is a class that the plugin has. The plugin's is a type: the class is its own.
    fn resource(&self, id: TypeId, name: &str) -> String {
        let imported = self.module.scope.side == Side::Import;
        let mut body = String::new();
        let mut has_constructor = false;
        for function in world::of_resource(&self.module.scope, id) {
            let (prefix, text) = match function.kind {
                FunctionKind::Constructor(_) => {
                    has_constructor = true;
                    ("", format!("constructor({})", self.parameters(function)))
                }
                FunctionKind::Static(_) => ("static ", self.signature(function)),
                _ => ("", self.signature(function)),
            };
            let is_method = matches!(function.kind, FunctionKind::Method(_));
            if imported || is_method {
                body += &doc(&function.docs, "  ", self.thrown(function).as_deref());
                let _ = writeln!(body, "  {prefix}{text};");
            }
        }
        if !imported {
            return format!("export interface {name} {{\n{body}}}\n\n");
        }
        if !has_constructor {
            body += "  private constructor();\n";
        }
        body += "  /** Gives it back. The collector does so too, sooner or later. */\n";
        body += "  [Symbol.dispose](): void;\n";
        format!("export class {name} {{\n{body}}}\n\n")
    }

    fn functions(&self) -> String {
        let mut out = String::new();
        for function in world::free(&self.module.scope) {
            out += &doc(&function.docs, "", self.thrown(function).as_deref());
            let name = property(&function.name);
            let rest = self.call_signature(function);
            if is_word(&name) {
                let _ = writeln!(out, "declare function {name}_{rest};");
                let _ = writeln!(out, "export {{ {name}_ as {name} }};\n");
            } else {
                let _ = writeln!(out, "export function {name}{rest};\n");
            }
        }
        out
    }

    fn exports(&self) -> String {
        let scope = &self.module.scope;
        let mut body = String::new();
        for resource in world::resources(self.js.resolve, scope) {
            body += &self.class_of(resource);
        }
        for function in world::free(scope) {
            body += &doc(&function.docs, "  ", self.thrown(function).as_deref());
            let _ = writeln!(body, "  {};", self.signature(function));
        }
        let docs = scope.docs.map(str::to_string);
        let docs = doc(&Docs { contents: docs }, "", None);
        format!("{docs}export interface Exports {{\n{body}}}\n\n")
    }

    /// Of the plugin's class, what belongs to no object.
    fn class_of(&self, resource: TypeId) -> String {
        let name = &self.module.types[&resource];
        let mut body = format!("    prototype: {name};\n");
        for function in world::of_resource(&self.module.scope, resource) {
            match function.kind {
                FunctionKind::Constructor(_) => {
                    let parameters = self.parameters(function);
                    let _ = writeln!(body, "    new ({parameters}): {name};");
                }
                FunctionKind::Static(_) => {
                    body += &doc(&function.docs, "    ", self.thrown(function).as_deref());
                    let _ = writeln!(body, "    {};", self.signature(function));
                }
                _ => {}
            }
        }
        let key = class(world::name_of(self.js.resolve, resource));
        format!("  {key}: {{\n{body}  }};\n")
    }

    fn signature(&self, function: &Function) -> String {
        let name = match spelled(function) {
            // By itself it would be what makes an object.
            name if name == "new" => "\"new\"".to_string(),
            name => name,
        };
        name + &self.call_signature(function)
    }

    fn call_signature(&self, function: &Function) -> String {
        let answer = world::outcome(self.js.resolve, function).ok;
        let answer = answer.map_or("void".to_string(), |ty| self.ty(&ty));
        format!("({}): {answer}", self.parameters(function))
    }

    fn parameters(&self, function: &Function) -> String {
        let names = parameters(function);
        let types = types_of_parameters(function);
        let all: Vec<String> = names
            .iter()
            .zip(types)
            .map(|(name, ty)| format!("{name}: {}", self.ty(&ty)))
            .collect();
        all.join(", ")
    }

    /// What a function throws, where the contract says that it may.
    fn thrown(&self, function: &Function) -> Option<String> {
        let error = world::outcome(self.js.resolve, function).error?;
        let error = error.map(|ty| self.ty(&ty));
        Some(match (self.module.scope.side, error) {
            (_, None) => "@throws where the contract has an error without a value".to_string(),
            (Side::Import, Some(ty)) => format!("@throws {{Error & {{ payload: {ty} }}}}"),
            (Side::Export, Some(ty)) => format!("@throws {{{ty}}}"),
        })
    }

    pub fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "boolean".to_string(),
            Type::Char | Type::String => "string".to_string(),
            Type::Id(id) => self.named(*id),
            _ => "number".to_string(),
        }
    }

    fn named(&self, id: TypeId) -> String {
        let side = self.module.scope.side;
        let Some(module) = self.js.owner(id, side) else {
            return self.kind(&self.js.resolve.types[id].kind);
        };
        let Some(name) = module.types.get(&id) else {
            return "unknown".to_string();
        };
        if module.path == self.here {
            return name.clone();
        }
        format!("import(\"{}\").{name}", relative(self.here, &module.path))
    }

    fn kind(&self, kind: &TypeDefKind) -> String {
        let shared = |name: &str, of: &[String]| {
            let at = relative(self.here, "wit");
            format!("import(\"{at}\").{name}<{}>", of.join(", "))
        };
        let or_void = |ty: &Option<Type>| ty.map_or("void".to_string(), |ty| self.ty(&ty));
        match kind {
            TypeDefKind::List(Type::U8) => "Uint8Array".to_string(),
            TypeDefKind::List(ty) => format!("{}[]", self.ty(ty)),
            TypeDefKind::Map(key, value) => format!("Map<{}, {}>", self.ty(key), self.ty(value)),
            TypeDefKind::Tuple(tuple) => {
                let all: Vec<String> = tuple.types.iter().map(|ty| self.ty(ty)).collect();
                format!("[{}]", all.join(", "))
            }
            TypeDefKind::Option(ty) if self.is_option(ty) => shared("Nested", &[self.ty(ty)]),
            TypeDefKind::Option(ty) => shared("Option", &[self.ty(ty)]),
            TypeDefKind::Result(result) => {
                shared("Result", &[or_void(&result.ok), or_void(&result.err)])
            }
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.named(*id),
            TypeDefKind::Type(ty) => self.ty(ty),
            _ => "unknown".to_string(),
        }
    }

    fn is_option(&self, ty: &Type) -> bool {
        is_option(self.js.resolve, ty)
    }
}

pub fn is_option(resolve: &wit_parser::Resolve, ty: &Type) -> bool {
    let Type::Id(id) = ty else { return false };
    let id = world::dealias(resolve, *id);
    matches!(resolve.types[id].kind, TypeDefKind::Option(_))
}

/// Their names, as variables. A method's first is `this`.
pub fn parameters(function: &Function) -> Vec<String> {
    let mut names = Names::new([]);
    let skipped = types_skipped(function);
    let rest = function.params.iter().skip(skipped);
    rest.map(|parameter| {
        let name = property(&parameter.name);
        names.take(&if is_word(&name) { name + "_" } else { name })
    })
    .collect()
}

pub fn types_of_parameters(function: &Function) -> Vec<Type> {
    let rest = function.params.iter().skip(types_skipped(function));
    rest.map(|parameter| parameter.ty).collect()
}

fn types_skipped(function: &Function) -> usize {
    usize::from(matches!(function.kind, FunctionKind::Method(_)))
}

/// From one file below bindings/ to another.
pub fn relative(from: &str, to: &str) -> String {
    if from == SOURCE {
        return format!("../bindings/{to}.js");
    }
    match (from.split_once('/'), to.split_once('/')) {
        (None, _) => format!("./{to}.js"),
        (Some((here, _)), Some((there, name))) if here == there => format!("./{name}.js"),
        (Some(_), _) => format!("../{to}.js"),
    }
}

/// A comment before a declaration.
fn doc(docs: &Docs, indent: &str, thrown: Option<&str>) -> String {
    let text = docs.contents.as_deref().unwrap_or_default().trim();
    let lines: Vec<String> = text
        .lines()
        .chain(thrown)
        .map(|line| line.trim_end().replace("*/", "*\\/"))
        .collect();
    match lines.as_slice() {
        [] => String::new(),
        [one] => format!("{indent}/** {one} */\n"),
        _ => {
            let all = lines.iter().map(|line| {
                let space = if line.is_empty() { "" } else { " " };
                format!("{indent} *{space}{line}\n")
            });
            format!("{indent}/**\n{}{indent} */\n", all.collect::<String>())
        }
    }
}
