//! What a plugin has to write for a contract of its own: each function without its body.

use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Docs, Function, FunctionKind, Resolve, TypeDefKind, WorldItem, WorldKey};

use super::bindings::Made;
use super::names::{self, WORLD, package_name};
use super::source::requalify;
use super::{New, gofmt};
use crate::failure::Result;

pub const TEST: &str = "\
package main

import \"testing\"

func TestPlugin(t *testing.T) {
\tt.Skip(\"{{name}} has no test yet: call the functions of plugin.go here\")
}
";

/// plugin.go.
pub fn source(new: &New, made: &Made) -> Result<String> {
    gofmt::format(&text(new.name, made))
}

fn text(name: &str, made: &Made) -> String {
    let resolve = &made.contract.resolve;
    let world = made.contract.world();
    let mut code = String::new();
    for (key, item) in &world.exports {
        match item {
            WorldItem::Function(function) => code += &stub(made, None, function),
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                for id in interface.types.values() {
                    let ty = &resolve.types[*id];
                    if matches!(ty.kind, TypeDefKind::Resource) {
                        let name = ty.name.as_deref().unwrap_or_default();
                        code += &resource(made, key, name, &ty.docs);
                    }
                }
                for function in interface.functions.values() {
                    code += &stub(made, Some(key), function);
                }
            }
            WorldItem::Type { .. } => {}
        }
    }
    let mut imports = made.imports.clone();
    let mut hosts = String::new();
    for (package, short) in shortened(made) {
        code = requalify(&code, &package, &format!("{short}."));
        let line = match short == package {
            true => format!("\"bindings/{package}\""),
            false => format!("{short} \"bindings/{package}\""),
        };
        imports.add(&line);
        if imported(made).contains(&package) {
            hosts += &format!("//\t{line}\n");
        }
    }
    if !hosts.is_empty() {
        hosts = format!("//\n// What the host provides is in these packages:\n//\n{hosts}");
    }
    let used = imports.used_by(&code);
    let world = &world.name;
    format!(
        "// {name} is a plugin for the world {world}. What the world exports are the functions of\n\
         // this file, which are to be written.\n{hosts}package main\n\n{used}\
         // A plugin begins with its exports: this is not called, but Go wants it.\n\
         func main() {{}}\n{code}"
    )
}

/// A function of Go's and the contract's words for it.
fn stub(made: &Made, key: Option<&WorldKey>, function: &Function) -> String {
    let resolve = &made.contract.resolve;
    let (receiver, go) = declaration(resolve, function);
    let start = match &receiver {
        Some(resource) => format!("func (self *{resource}) {go}("),
        None => format!("func {go}("),
    };
    let rest = made
        .functions
        .iter()
        .find_map(|head| head.strip_prefix(&start))
        .unwrap_or_default();
    // The generator names parameters so that Go does not miss their use.
    let rest = match rest.strip_prefix('_') {
        Some(rest) => rest.replace(", _", ", "),
        None => rest.to_string(),
    };
    let opening = match receiver {
        Some(resource) => {
            let name = receiver_name(&resource, function);
            format!("func ({name} *{resource}) {go}(")
        }
        None => start,
    };
    let rest = rest.replace(")  {", ") {");
    let wit = wit_name(made, key, &function.name);
    let what = match function.kind {
        FunctionKind::Constructor(_) => format!("makes the resource {wit}"),
        _ => format!("is {wit}"),
    };
    let comment = comment(&format!("{go} {what}."), &function.docs);
    format!("\n{comment}{opening}{rest}\n\tpanic(\"not implemented: {wit}\")\n}}\n")
}

fn resource(made: &Made, key: &WorldKey, name: &str, docs: &Docs) -> String {
    let go = name.to_upper_camel_case();
    let wit = wit_name(made, Some(key), &format!("[resource]{name}"));
    let comment = comment(
        &format!("{go} is the resource {wit}. What it needs goes into fields."),
        docs,
    );
    format!("\n{comment}type {go} struct {{\n\twitRuntime.Resource\n}}\n")
}

/// What a function is a method of, and its name, in Go.
fn declaration(resolve: &Resolve, function: &Function) -> (Option<String>, String) {
    let own = function.item_name().to_upper_camel_case();
    let resource = function
        .kind
        .resource()
        .and_then(|id| resolve.types[id].name.as_deref())
        .unwrap_or_default()
        .to_upper_camel_case();
    match function.kind {
        FunctionKind::Constructor(_) => (None, format!("Make{resource}")),
        FunctionKind::Method(_) => (Some(resource), own),
        FunctionKind::Static(_) => (None, format!("{resource}{own}")),
        _ => (None, own),
    }
}

/// Short, as Go has them, where no parameter is called so.
fn receiver_name(resource: &str, function: &Function) -> String {
    let short = resource[..1].to_lowercase();
    match function.params.iter().any(|param| param.name == short) {
        true => "self".to_string(),
        false => short,
    }
}

/// "example:shop/orders.cart.add", as the contract has it.
fn wit_name(made: &Made, key: Option<&WorldKey>, name: &str) -> String {
    let module = key.map_or(String::new(), |key| {
        made.contract.resolve.name_world_key(key)
    });
    let (module, name) = made.renamed.item(&module, name);
    let own = name.split_once(']').map_or(name.as_str(), |(_, own)| own);
    match module.is_empty() {
        true => own.to_string(),
        false => format!("{module}.{own}"),
    }
}

fn comment(first: &str, docs: &Docs) -> String {
    let mut out = format!("// {first}\n");
    if let Some(text) = &docs.contents {
        out += "//\n";
        for line in text.trim().lines() {
            out += format!("// {line}").trim_end();
            out.push('\n');
        }
    }
    out
}

/// The packages of what the host provides.
fn imported(made: &Made) -> Vec<String> {
    let resolve = &made.contract.resolve;
    let has_functions = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => !resolve.interfaces[*id].functions.is_empty(),
        WorldItem::Function(_) => true,
        WorldItem::Type { .. } => false,
    };
    let imports = &made.contract.world().imports;
    let mut all: Vec<String> = imports
        .iter()
        .filter(|(_, item)| has_functions(item))
        .map(|(key, item)| match item {
            WorldItem::Interface { .. } => package_name(resolve, Some(key)),
            _ => WORLD.to_string(),
        })
        .collect();
    all.dedup();
    all
}

/// Packages and what the plugin calls them: "orders" is better than "example_shop_orders", where it
/// is one and nothing else.
fn shortened(made: &Made) -> Vec<(String, String)> {
    let resolve = &made.contract.resolve;
    let world = made.contract.world();
    let mut all: Vec<(String, String)> = Vec::new();
    for (key, item) in world.imports.iter().chain(&world.exports) {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let package = package_name(resolve, Some(key));
        if !made.packages.contains(&package) || all.iter().any(|(seen, _)| *seen == package) {
            continue;
        }
        let name = match key {
            WorldKey::Name(name) => name,
            WorldKey::Interface(_) => resolve.interfaces[*id].name.as_ref().unwrap_or(&package),
        };
        let short = name.to_snake_case().replace('_', "");
        let is_parameter = made
            .functions
            .iter()
            .any(|head| head.contains(&format!("_{short} ")));
        let is_taken = all.iter().any(|(_, taken)| *taken == short)
            || made
                .packages
                .iter()
                .any(|other| *other == short && short != package);
        let plain = is_parameter || is_taken || names::is_reserved(&short);
        all.push((package.clone(), if plain { package } else { short }));
    }
    if made.packages.iter().any(|package| package == WORLD) {
        all.push((WORLD.to_string(), WORLD.to_string()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::go::bindings::make;
    use crate::language::go::tests::contract;

    #[test]
    fn a_world_has_all_that_is_to_be_written() {
        let contract = contract(
            "package example:shop@1.0.0;
            interface stock {
                record item { name: string, price: u32 }
                resource shelf { take: func() -> option<item>; }
                find: func(name: string) -> result<shelf, string>;
            }
            interface orders {
                use stock.{item, shelf};
                /// What a customer takes along.
                resource cart {
                    constructor(owner: string);
                    add: func(item: item, %type: u8);
                    merge: static func(a: cart, b: borrow<cart>) -> cart;
                }
                variant outcome { paid(cart), refused(string), nothing }
                /// The bill.
                ///
                /// Its parts in order.
                bill: func(carts: list<cart>, %from: borrow<shelf>) -> tuple<u32, string>;
                end: func(cart: cart) -> outcome;
            }
            interface audit { bill: func() -> u64; }
            world shop {
                import stock;
                import tell: func(what: string);
                export orders;
                export audit;
                export run: func(range: u32) -> bool;
            }",
        );
        let made = make(&contract).unwrap();
        let text = text("my-shop", &made);
        assert_eq!(text, include_str!("stubs_of_shop.go.txt"));
        assert_eq!(gofmt::format(&text).unwrap(), text);
        let types = made.files.iter().find(|file| file.path == "wit_types.go");
        let types = String::from_utf8_lossy(&types.unwrap().bytes).into_owned();
        assert!(types.contains("type Outcome struct {"), "{types}");
    }

    #[test]
    fn packages_that_would_be_called_the_same_keep_their_names() {
        let contract = contract(
            "package t:t;
            interface hu { record a { x: u8 } }
            interface ra { record b { x: u8 } f: func(b: b); }
            world w {
                export hu: interface { use hu.{a}; record c { x: u8 } f: func(a: a, c: c); }
                export ra;
            }",
        );
        let text = text("p", &make(&contract).unwrap());
        let imports =
            "import (\n\t\"bindings/hu\"\n\t\"bindings/t_t_hu\"\n\tra \"bindings/t_t_ra\"\n)";
        assert!(text.contains(imports), "{text}");
        assert!(text.contains("func F(a t_t_hu.A, c hu.C) {"), "{text}");
    }
}
