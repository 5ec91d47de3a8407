//! What stands between the plugin's JavaScript and componentize-qjs 0.4.5, which passes numbers of
//! 32 and 64 bits as signed ones, cuts those that it is given, and knows no constructor that may fail.

use std::collections::HashMap;
use std::fmt::Write as _;

use wit_parser::{Function, FunctionKind, Handle, Type, TypeDefKind, TypeId};

use super::names::{Js, Module, class, property, spelled};
use super::types::{header, is_option, types_of_parameters};
use crate::files::File;
use crate::world::{self, Side};

const CONVERT: &str = include_str!("convert.js");

/// What is imported by plugins: bindings/imports/*.js, and what all of it uses.
pub fn imports(js: &Js) -> Vec<File> {
    let text = header("Numbers and errors as componentize-qjs has them.") + CONVERT;
    let mut files = vec![File::new("bindings/convert.js", text)];
    for module in &js.imports {
        let scope = &module.scope;
        if module.has_nothing_to_call(js.resolve) {
            continue;
        }
        let convert = super::types::relative(&module.path, "convert");
        let mut glue = Glue::new(js, Side::Import);
        let body = glue.imported(module);
        let from = match scope.interface {
            Some(_) => format!("import raw from \"{}\";\n", scope.full_name),
            None => "const raw = globalThis;\n".to_string(),
        };
        let what = format!("{}, which the host provides.", scope.full_name);
        let text = format!(
            "{}import * as wit from \"{convert}\";\n{from}\n{}{body}",
            header(&what),
            glue.definitions
        );
        files.push(File::new(format!("bindings/{}.js", module.path), text));
    }
    files
}

/// The module that is made a component.
pub fn entry(js: &Js, source: &str) -> String {
    let mut glue = Glue::new(js, Side::Export);
    let mut body = String::new();
    let mut exported = Vec::new();
    let mut checks = String::new();
    for module in &js.exports {
        for resource in world::resources(js.resolve, &module.scope) {
            body += &glue.handle(module, resource);
        }
    }
    for module in &js.exports {
        let scope = &module.scope;
        if module.has_nothing_to_call(js.resolve) {
            continue;
        }
        if scope.interface.is_some() {
            let name = property(&scope.name);
            checks += &check(&name, "object", "");
            let text = glue.interface(module, &mut checks);
            let _ = writeln!(body, "const e{} = {{\n{text}}};", exported.len());
            exported.push(name);
            continue;
        }
        for function in world::free(scope) {
            let name = property(&function.name);
            checks += &check(&name, "function", "");
            let text = glue.called(function, &format!("plugin.{name}"));
            let _ = writeln!(body, "const e{} = {text};", exported.len());
            exported.push(name);
        }
    }
    let names = exported.iter().enumerate();
    let names: Vec<String> = names.map(|(at, name)| format!("e{at} as {name}")).collect();
    format!(
        "{}import * as plugin from \"../../{source}\";\nimport * as wit from \
         \"../../bindings/convert.js\";\n\nwit.check(\"{source}\", [\n{checks}]);\n\n{}{body}\nexport \
         {{ {} }};\n",
        header("How a component reaches the plugin."),
        glue.definitions,
        names.join(", ")
    )
}

fn check(name: &str, kind: &str, inside: &str) -> String {
    let path = if inside.is_empty() {
        format!("plugin.{name}")
    } else {
        format!("plugin.{inside}?.{name}")
    };
    let shown = path.trim_start_matches("plugin.").replace('?', "");
    format!("  [\"{shown}\", \"{kind}\", {path}],\n")
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    /// To JavaScript.
    In,
    Out,
}

struct Glue<'a, 'b> {
    js: &'b Js<'a>,
    side: Side,
    definitions: String,
    count: usize,
    /// What converts a type; None: nothing needs to.
    known: HashMap<(TypeId, Way), Option<String>>,
    handles: HashMap<TypeId, String>,
}

impl<'a, 'b> Glue<'a, 'b> {
    fn new(js: &'b Js<'a>, side: Side) -> Glue<'a, 'b> {
        let mut handles = HashMap::new();
        for module in &js.exports {
            for resource in world::resources(js.resolve, &module.scope) {
                handles.insert(resource, format!("Handle{}", handles.len()));
            }
        }
        Glue {
            js,
            side,
            definitions: String::new(),
            count: 0,
            known: HashMap::new(),
            handles,
        }
    }

    /// A function that calls `target` and converts what goes in and out.
    fn called(&mut self, function: &Function, target: &str) -> String {
        let names = arguments(function);
        let arguments = self.arguments(function, &names);
        let call = format!("{target}({})", arguments.join(", "));
        let body = self.answered(function, &call);
        format!("({}) => {body}", names.join(", "))
    }

    /// The body of an arrow function.
    fn answered(&mut self, function: &Function, call: &str) -> String {
        let (_, answer) = self.ways();
        let outcome = world::outcome(self.js.resolve, function);
        let ok = outcome.ok.and_then(|ty| self.converter(&ty, answer));
        let error = outcome.error.flatten();
        let error = error.and_then(|ty| self.converter(&ty, answer));
        let value = apply(&ok, call);
        match error {
            None => value,
            Some(convert) => {
                let thrown = match self.side {
                    Side::Import => "received",
                    Side::Export => "thrown",
                };
                format!(
                    "{{\n    try {{\n      return {value};\n    }} catch (error) {{\n      throw \
                     wit.{thrown}(error, {convert});\n    }}\n  }}"
                )
            }
        }
    }

    /// Which way the arguments go, and which way the answer.
    fn ways(&self) -> (Way, Way) {
        match self.side {
            Side::Import => (Way::Out, Way::In),
            Side::Export => (Way::In, Way::Out),
        }
    }

    fn arguments(&mut self, function: &Function, names: &[String]) -> Vec<String> {
        let (way, _) = self.ways();
        let types = types_of_parameters(function);
        let pairs = names.iter().zip(types);
        pairs
            .map(|(name, ty)| apply(&self.converter(&ty, way), name))
            .collect()
    }

    fn interface(&mut self, module: &Module, checks: &mut String) -> String {
        let scope = &module.scope;
        let name = property(&scope.name);
        let mut text = String::new();
        for resource in world::resources(self.js.resolve, scope) {
            let class = class(world::name_of(self.js.resolve, resource));
            *checks += &check(&class, "function", &name);
            let _ = writeln!(text, "  {class}: {},", self.handles[&resource]);
        }
        for function in world::free(scope) {
            let key = property(&function.name);
            *checks += &check(&key, "function", &name);
            let call = self.called(function, &format!("plugin.{name}.{key}"));
            let _ = writeln!(text, "  {key}: {call},");
        }
        text
    }

    /// A class of what componentize-qjs holds for the plugin's objects. Each time that one is handed
    /// out it is another: a handle that was given away is never used again.
    fn handle(&mut self, module: &Module, resource: TypeId) -> String {
        let handle = self.handles[&resource].clone();
        let class = class(world::name_of(self.js.resolve, resource));
        let target = format!("plugin.{}.{class}", property(&module.scope.name));
        let mut body = String::new();
        for function in world::of_resource(&module.scope, resource) {
            let names = arguments(function);
            let arguments = self.arguments(function, &names).join(", ");
            let list = names.join(", ");
            let name = spelled(function);
            let _ = match function.kind {
                FunctionKind::Constructor(_) => {
                    let made = format!("new {target}({arguments})");
                    writeln!(
                        body,
                        "  constructor({list}) {{{}  }}",
                        self.constructed(function, &made)
                    )
                }
                FunctionKind::Static(_) => {
                    let call = self.answered(function, &format!("{target}.{name}({arguments})"));
                    writeln!(body, "  static {name}({list}) {}", block(&call))
                }
                _ => {
                    let call = format!("this[wit.self].{name}({arguments})");
                    let call = self.answered(function, &call);
                    writeln!(body, "  {name}({list}) {}", block(&call))
                }
            };
        }
        format!("class {handle} {{\n{body}}}\n")
    }

    fn constructed(&mut self, function: &Function, made: &str) -> String {
        match world::outcome(self.js.resolve, function).error {
            None => format!("\n    this[wit.self] = {made};\n"),
            Some(error) => {
                let convert = error.and_then(|ty| self.converter(&ty, Way::Out));
                let is_text = matches!(error, Some(Type::String));
                format!(
                    "\n    return wit.attempted(this, () => {made}, {}, {is_text});\n",
                    convert.unwrap_or("(v) => v".to_string())
                )
            }
        }
    }

    fn imported(&mut self, module: &Module) -> String {
        let mut body = String::new();
        let mut exported = Vec::new();
        for resource in world::resources(self.js.resolve, &module.scope) {
            let name = class(world::name_of(self.js.resolve, resource));
            let text = self.imported_class(module, resource, &name, &mut body);
            let _ = writeln!(body, "const f{} = {text};", exported.len());
            exported.push(name);
        }
        for function in world::free(&module.scope) {
            let name = property(&function.name);
            let text = self.called(function, &format!("raw.{name}"));
            let _ = writeln!(body, "const f{} = {text};", exported.len());
            exported.push(name);
        }
        let names = exported.iter().enumerate();
        let names: Vec<String> = names.map(|(at, name)| format!("f{at} as {name}")).collect();
        format!("{body}\nexport {{ {} }};\n", names.join(", "))
    }

    /// The class of componentize-qjs, with those of its functions replaced that need it.
    fn imported_class(
        &mut self,
        module: &Module,
        resource: TypeId,
        name: &str,
        body: &mut String,
    ) -> String {
        let mut class = format!("raw.{name}");
        for function in world::of_resource(&module.scope, resource) {
            let names = arguments(function);
            let arguments = self.arguments(function, &names).join(", ");
            let list = names.join(", ");
            let spelled = spelled(function);
            let place = match function.kind {
                FunctionKind::Constructor(_) => {
                    let error = world::outcome(self.js.resolve, function).error.flatten();
                    let error = error.and_then(|ty| self.converter(&ty, Way::In));
                    let error = error
                        .map(|convert| format!(", {convert}"))
                        .unwrap_or_default();
                    class =
                        format!("wit.constructed(raw.{name}, ({list}) => [{arguments}]{error})");
                    continue;
                }
                FunctionKind::Static(_) => format!("raw.{name}"),
                _ => format!("raw.{name}.prototype"),
            };
            let separator = if arguments.is_empty() { "" } else { ", " };
            let call = self.answered(function, &format!("old.call(this{separator}{arguments})"));
            let _ = writeln!(
                body,
                "wit.replace({place}, \"{spelled}\", (old) => function ({list}) {});",
                block(&call)
            );
        }
        class
    }

    /// The name of the function that converts a type, or None where nothing is to be done.
    fn converter(&mut self, ty: &Type, way: Way) -> Option<String> {
        let suffix = match way {
            Way::In => "In",
            Way::Out => "Out",
        };
        match ty {
            Type::U32 => Some(format!("wit.u32{suffix}")),
            Type::U64 => Some(format!("wit.u64{suffix}")),
            Type::S64 if way == Way::Out => Some("wit.s64Out".to_string()),
            Type::Id(id) => self.of_type(*id, way),
            _ => None,
        }
    }

    fn of_type(&mut self, id: TypeId, way: Way) -> Option<String> {
        if let Some(known) = self.known.get(&(id, way)) {
            return known.clone();
        }
        let made = self.made(id, way);
        // Some are functions already.
        let name = made.map(|text| {
            let is_name = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
            if is_name {
                return text;
            }
            let name = format!("c{}", self.count);
            self.count += 1;
            let _ = writeln!(self.definitions, "const {name} = {text};");
            name
        });
        self.known.insert((id, way), name.clone());
        name
    }

    fn made(&mut self, id: TypeId, way: Way) -> Option<String> {
        let resolve = self.js.resolve;
        match &resolve.types[id].kind {
            TypeDefKind::Type(ty) => self.converter(ty, way),
            TypeDefKind::List(Type::U32) if way == Way::Out => Some("wit.u32sOut".to_string()),
            TypeDefKind::List(Type::U64) if way == Way::Out => Some("wit.u64sOut".to_string()),
            TypeDefKind::List(Type::S64) if way == Way::Out => Some("wit.s64sOut".to_string()),
            TypeDefKind::List(ty) => {
                let each = self.converter(ty, way)?;
                Some(format!("(v) => Array.from(v, (x) => {each}(x))"))
            }
            TypeDefKind::Option(ty) => {
                let each = self.converter(ty, way)?;
                let nested = is_option(resolve, ty);
                Some(match nested {
                    true => format!("(v) => wit.cased(v, {{ some: {each} }})"),
                    false => format!("(v) => (v === null || v === undefined ? v : {each}(v))"),
                })
            }
            TypeDefKind::Result(result) => {
                let cases = [("ok", result.ok), ("err", result.err)];
                self.cased(cases.into_iter(), way)
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases: Vec<_> = cases.map(|case| (case.name.as_str(), case.ty)).collect();
                self.cased(cases.into_iter(), way)
            }
            TypeDefKind::Tuple(tuple) => {
                let all: Vec<_> = tuple
                    .types
                    .iter()
                    .map(|ty| self.converter(ty, way))
                    .collect();
                all.iter().any(Option::is_some).then_some(())?;
                let each = all.iter().enumerate();
                let each: Vec<_> = each.map(|(at, c)| apply(c, &format!("v[{at}]"))).collect();
                Some(format!("(v) => [{}]", each.join(", ")))
            }
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                let all: Vec<_> = fields
                    .map(|field| (property(&field.name), self.converter(&field.ty, way)))
                    .collect();
                all.iter().any(|(_, c)| c.is_some()).then_some(())?;
                let each = all.iter();
                let each: Vec<_> = each
                    .map(|(key, c)| format!("{key}: {}", apply(c, &format!("v.{key}"))))
                    .collect();
                Some(format!("(v) => ({{ {} }})", each.join(", ")))
            }
            TypeDefKind::Map(key, value) => {
                let (key, value) = (self.converter(key, way), self.converter(value, way));
                (key.is_some() || value.is_some()).then_some(())?;
                let pair = format!("[{}, {}]", apply(&key, "k"), apply(&value, "x"));
                Some(format!("(v) => new Map(Array.from(v, ([k, x]) => {pair}))"))
            }
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.resource(*id, way),
            TypeDefKind::Resource => self.resource(id, way),
            _ => None,
        }
    }

    fn cased<'c>(
        &mut self,
        cases: impl Iterator<Item = (&'c str, Option<Type>)>,
        way: Way,
    ) -> Option<String> {
        let all: Vec<String> = cases
            .filter_map(|(name, ty)| Some((name, self.converter(&ty?, way)?)))
            .map(|(name, convert)| format!("\"{name}\": {convert}"))
            .collect();
        (!all.is_empty()).then(|| format!("(v) => wit.cased(v, {{ {} }})", all.join(", ")))
    }

    /// The host's pass as they are.
    fn resource(&self, id: TypeId, way: Way) -> Option<String> {
        let id = world::dealias(self.js.resolve, id);
        if !self.js.is_exported(id, self.side) {
            return None;
        }
        let handle = &self.handles[&id];
        Some(match way {
            Way::In => "wit.ownIn".to_string(),
            Way::Out => format!("(v) => wit.ownOut(v, {handle})"),
        })
    }
}

/// Unlike the contract's names, these are none of the variables here.
fn arguments(function: &Function) -> Vec<String> {
    let count = types_of_parameters(function).len();
    (0..count).map(|at| format!("a{at}")).collect()
}

fn apply(convert: &Option<String>, value: &str) -> String {
    match convert {
        None => value.to_string(),
        Some(convert) => format!("{convert}({value})"),
    }
}

/// Of the body of an arrow function, that of another.
fn block(body: &str) -> String {
    match body.starts_with('{') {
        true => body.to_string(),
        false => format!("{{\n    return {body};\n  }}"),
    }
}
