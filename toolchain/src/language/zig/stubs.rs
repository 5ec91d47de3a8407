//! Stubs of a world: src/plugin.zig, with `world.notImplemented()` where something is to be written.

use super::bindings::head;
use super::names::declared;
use super::types::{At, Speller, doc_lines, docs};
use super::world::{Callable, Resource, Side, Space, World};

/// From here on parameters stand below each other.
const WIDTH: usize = 100;

const HEAD: &str = "
const std = @import(\"std\");
const world = @import(\"world\");
const Allocator = std.mem.Allocator;
";

const TEST: &str = "
test {
    // `zig build test` runs the tests on this machine. They call what is written above, with an arena
    // of std.testing.allocator. There is no host: its functions panic.
    _ = world;
}
";

pub fn of(world: &World) -> String {
    let mut out = format!("//! A plugin for the world `{}`.\n{HEAD}", world.name);
    out += &imports(world);
    for space in &world.exports {
        out += &exports(world, space);
    }
    out + TEST
}

/// What could be called.
fn imports(world: &World) -> String {
    let lines: String = world
        .imports
        .iter()
        .map(|space| provided(world, space))
        .collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n// What the host provides:\n//\n{lines}"),
    }
}

fn provided(world: &World, space: &Space) -> String {
    let path = space.path();
    let speller = Speller {
        world,
        side: Side::Import,
        at: At::Listing(&path),
    };
    let mut lines = Vec::new();
    for function in &space.functions {
        lines.push(head(&speller, function));
    }
    for resource in &space.resources {
        for function in &resource.functions {
            lines.push(format!("{}.{}", resource.name, head(&speller, function)));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let lines: String = lines
        .iter()
        .map(|line| format!("//         {line}\n"))
        .collect();
    format!("//     world.{path}\n{lines}")
}

fn exports(world: &World, space: &Space) -> String {
    let is_world = space.name.is_empty();
    let path = space.path();
    let stubs = Stubs {
        speller: Speller {
            world,
            side: if is_world { Side::Import } else { Side::Export },
            at: At::Plugin(&path),
        },
        space,
        indent: if is_world { 0 } else { 4 },
    };
    let functions = space.functions.iter();
    let mut parts: Vec<String> = functions
        .map(|f| stubs.function(f, None, stubs.indent))
        .collect();
    parts.extend(
        space
            .resources
            .iter()
            .map(|resource| stubs.resource(resource)),
    );
    match parts.is_empty() {
        true => String::new(),
        false if is_world => format!("\n{}", parts.join("\n")),
        false => format!(
            "\n{}pub const {} = struct {{\n{}}};\n",
            doc_lines(space.docs, 0),
            declared(&space.name),
            parts.join("\n")
        ),
    }
}

struct Stubs<'a> {
    speller: Speller<'a>,
    space: &'a Space<'a>,
    indent: usize,
}

impl Stubs<'_> {
    fn resource(&self, resource: &Resource) -> String {
        let margin = " ".repeat(self.indent);
        let name = &resource.name;
        let handle = format!("world.{}.{name}", self.space.path());
        let mut parts: Vec<String> = resource
            .functions
            .iter()
            .map(|function| self.function(function, Some(name), self.indent + 4))
            .collect();
        parts.push(format!(
            "{margin}    /// The last handle is dropped.\n\
             {margin}    pub fn deinit(self: *{name}) void {{\n\
             {margin}        _ = self;\n{margin}    }}\n"
        ));
        format!(
            "{}{margin}/// What is behind handles: `{handle}.new(.{{}})` makes one, `.get()` gives this.\n\
             {margin}pub const {name} = struct {{\n{}{margin}}};\n",
            doc_lines(resource.docs, self.indent),
            parts.join("\n")
        )
    }

    fn function(&self, callable: &Callable, resource: Option<&String>, indent: usize) -> String {
        let margin = " ".repeat(indent);
        let first = usize::from(callable.is_method());
        let mut names: Vec<&str> = Vec::new();
        let mut parameters = Vec::new();
        for (i, (name, ty)) in callable.parameters.iter().enumerate() {
            names.push(name);
            parameters.push(match (i < first, resource) {
                (true, Some(resource)) => format!("self: *{resource}"),
                _ => format!("{name}: {}", self.speller.ty(ty)),
            });
        }
        names.insert(first, "arena");
        parameters.insert(first, "arena: Allocator".to_string());
        let result = self.speller.result(&callable.function.result);
        let head = format!("{margin}pub fn {}", declared(&callable.name));
        let line = format!("{head}({}) !{result} {{\n", parameters.join(", "));
        let head = match line.trim_end().len() <= WIDTH {
            true => line,
            false => {
                let lines = parameters.iter();
                let lines: String = lines.map(|p| format!("{margin}    {p},\n")).collect();
                format!("{head}(\n{lines}{margin}) !{result} {{\n")
            }
        };
        let unused = match names.as_slice() {
            [name] => (*name).to_string(),
            _ => format!(".{{ {} }}", names.join(", ")),
        };
        format!(
            "{}{head}{margin}    _ = {unused};\n{margin}    world.notImplemented();\n{margin}}}\n",
            docs(&callable.function.docs, indent)
        )
    }
}
