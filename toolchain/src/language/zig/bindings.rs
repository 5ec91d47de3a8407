//! bindings/world.zig: the types of a world, its imports as functions, and a table of its exports.
//! What is done with them is in guests/zig/canon.

use super::names::declared;
use super::types::{At, Speller, doc_lines, docs, state};
use super::world::{Callable, Resource, Side, Space, World};

const HEAD: &str = "\
const std = @import(\"std\");
const canon = @import(\"canon.zig\");
const plugin = @import(\"plugin\");
const Allocator = std.mem.Allocator;

pub const Borrow = canon.Borrow;
pub const Result = canon.Result;
pub const gpa = canon.gpa;
pub const notImplemented = canon.notImplemented;
pub const panic = canon.panic;
";

pub fn of(world: &World) -> String {
    let mut out = format!(
        "//! The world `{}`, by `mortise build`, which writes it anew.\n\n{HEAD}",
        world.name
    );
    out += &side(world, "imports", &world.imports);
    out += &side(world, "exports", &world.exports);
    let rows: String = world
        .exports
        .iter()
        .map(|space| rows(world, space))
        .collect();
    if !rows.is_empty() {
        out += &format!("\ncomptime {{\n{rows}}}\n");
    }
    out
}

fn side(world: &World, name: &str, spaces: &[Space]) -> String {
    let mut parts = Vec::new();
    for space in spaces {
        let is_world = space.name.is_empty();
        let content = content(world, space, if is_world { 4 } else { 8 });
        match is_world {
            true if content.is_empty() => {}
            true => parts.push(content),
            false => parts.push(format!(
                "{}    pub const {} = {};\n",
                doc_lines(space.docs, 4),
                declared(&space.name),
                braces(&content, 4)
            )),
        }
    }
    format!("\npub const {name} = {};\n", braces(&parts.join("\n"), 0))
}

fn braces(content: &str, indent: usize) -> String {
    match content.is_empty() {
        true => "struct {}".to_string(),
        false => format!("struct {{\n{content}{}}}", " ".repeat(indent)),
    }
}

/// Types, and of imports functions.
fn content(world: &World, space: &Space, indent: usize) -> String {
    let speller = Speller {
        world,
        side: space.side,
        at: At::Bindings,
    };
    let mut parts = Vec::new();
    for (id, name) in &space.types {
        let resource = space.resources.iter().find(|resource| resource.id == *id);
        parts.push(match (resource, space.side) {
            (Some(resource), Side::Import) => imported(&speller, space, resource, indent),
            (Some(resource), Side::Export) => exported(space, resource, indent),
            (None, _) => speller.declaration(*id, name, indent),
        });
    }
    if space.side == Side::Import {
        let functions = space.functions.iter();
        parts.extend(functions.map(|function| call(&speller, space, function, indent)));
    }
    parts.join("\n")
}

/// A handle of the host's.
fn imported(speller: &Speller, space: &Space, resource: &Resource, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let own = speller.named(Side::Import, resource.id);
    let mut parts = vec![format!("{margin}    handle: u32,\n")];
    let functions = resource.functions.iter();
    parts.extend(functions.map(|function| call(speller, space, function, indent + 4)));
    parts.push(format!(
        "{margin}    pub fn borrow(self: {own}) canon.Borrow({own}) {{\n\
         {margin}        return .{{ .value = self }};\n{margin}    }}\n"
    ));
    parts.push(format!(
        "{margin}    pub fn drop(self: {own}) void {{\n\
         {margin}        canon.call(\"{}\", \"[resource-drop]{}\", void, null, .{{self}});\n{margin}    }}\n",
        space.module(),
        resource.wit_name
    ));
    format!(
        "{}{margin}pub const {} = struct {{\n{}{margin}}};\n",
        doc_lines(resource.docs, indent),
        declared(&resource.name),
        parts.join("\n")
    )
}

/// A handle of the plugin's own.
fn exported(space: &Space, resource: &Resource, indent: usize) -> String {
    format!(
        "{}{}pub const {} = canon.Own(\"[export]{}\", \"{}\", {});\n",
        doc_lines(resource.docs, indent),
        " ".repeat(indent),
        declared(&resource.name),
        space.module(),
        resource.wit_name,
        state(&space.path(), &resource.name)
    )
}

/// A function that calls the host.
fn call(speller: &Speller, space: &Space, callable: &Callable, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let head = head(speller, callable);
    let result = speller.result(&callable.function.result);
    let allocator = match takes_allocator(speller.world, callable) {
        true => "allocator",
        false => "null",
    };
    let arguments: Vec<&str> = callable
        .parameters
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let arguments = match arguments.len() {
        0 | 1 => arguments.concat(),
        _ => format!(" {} ", arguments.join(", ")),
    };
    format!(
        "{}{margin}pub fn {head} {{\n\
         {margin}    return canon.call(\"{}\", \"{}\", {result}, {allocator}, .{{{arguments}}});\n\
         {margin}}}\n",
        docs(&callable.function.docs, indent),
        space.module(),
        callable.function.name
    )
}

/// The signature of a function that calls the host: "get(allocator: Allocator, name: []const u8) ?u32"
pub fn head(speller: &Speller, callable: &Callable) -> String {
    let mut parameters: Vec<String> = callable
        .parameters
        .iter()
        .enumerate()
        .map(|(i, (name, ty))| match callable.is_method() && i == 0 {
            true => format!("self: {}", speller.receiver(ty)),
            false => format!("{name}: {}", speller.ty(ty)),
        })
        .collect();
    if takes_allocator(speller.world, callable) {
        let first = usize::from(callable.is_method());
        parameters.insert(first, "allocator: Allocator".to_string());
    }
    format!(
        "{}({}) {}",
        declared(&callable.name),
        parameters.join(", "),
        speller.result(&callable.function.result)
    )
}

/// A function that answers with text or lists is told where to put them.
fn takes_allocator(world: &World, callable: &Callable) -> bool {
    let result = callable.function.result.as_ref();
    result.is_some_and(|result| world.has_memory(result))
}

/// The rows of the table of exports.
fn rows(world: &World, space: &Space) -> String {
    // What the world itself uses is what it imports.
    let side = if space.name.is_empty() {
        Side::Import
    } else {
        Side::Export
    };
    let speller = Speller {
        world,
        side,
        at: At::Bindings,
    };
    let prefix = match space.name.as_str() {
        "" => String::new(),
        name => format!("{name}."),
    };
    let row = |path: String, callable: &Callable| {
        let types: Vec<String> = callable
            .parameters
            .iter()
            .map(|(_, ty)| speller.ty(ty))
            .collect();
        format!(
            "    canon.implement(plugin, \"{path}\", \"{}\", fn ({}) {});\n",
            space.export_name(&callable.function.name),
            types.join(", "),
            speller.result(&callable.function.result)
        )
    };
    let mut out = String::new();
    for callable in &space.functions {
        out += &row(format!("{prefix}{}", callable.name), callable);
    }
    for resource in &space.resources {
        for callable in &resource.functions {
            out += &row(
                format!("{prefix}{}.{}", resource.name, callable.name),
                callable,
            );
        }
        out += &format!(
            "    canon.destroy({}, \"{}\");\n",
            state(&space.path(), &resource.name),
            space.export_name(&format!("[dtor]{}", resource.wit_name))
        );
    }
    out
}
