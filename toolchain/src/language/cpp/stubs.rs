//! The sources of a plugin that is to be filled in, made of the header that its bindings come with: so
//! they always are as it declares them.

use std::fmt::Write;

use super::scopes::Scopes;
use crate::files::File;
use crate::language::c::wrapped;

const INDENT: &str = "    ";

/// src/plugin.cpp and test/plugin_test.cpp.
pub fn files(bindings: &[File]) -> Vec<File> {
    let header = bindings
        .iter()
        .find(|file| file.path.ends_with("_cpp.h"))
        .expect("wit-bindgen-cpp writes a header");
    let include = header.path.rsplit('/').next().unwrap_or_default();
    let spaces = spaces(&String::from_utf8_lossy(&header.bytes));
    vec![
        File::new("src/plugin.cpp", plugin(include, &spaces)),
        File::new("test/plugin_test.cpp", test(include, &spaces)),
    ]
}

/// A namespace with what the plugin exports in it.
#[derive(Default)]
struct Space {
    /// "exports::acme::shop"
    path: String,
    classes: Vec<Class>,
    functions: Vec<String>,
}

/// Of an exported resource.
#[derive(Default)]
struct Class {
    name: String,
    members: Vec<String>,
}

fn spaces(header: &str) -> Vec<Space> {
    let mut all: Vec<Space> = Vec::new();
    let mut scopes = Scopes::default();
    let mut class = String::new();
    for line in header.lines() {
        let path = scopes.path().unwrap_or_default();
        let code = line.trim();
        scopes.read(line);
        if !path.starts_with("exports::") {
            continue;
        }
        let is_class = code.starts_with("class ") && code.ends_with('{');
        let is_function = code.ends_with(");") && !code.starts_with("//");
        if !is_class && !is_function {
            continue;
        }
        if is_class {
            class = scopes.path().unwrap_or_default();
        }
        let within = if path == class {
            path.rsplit_once("::")
                .map_or("", |(namespace, _)| namespace)
        } else {
            &path
        };
        if all.last().is_none_or(|space| space.path != within) {
            all.push(Space {
                path: within.to_string(),
                ..Space::default()
            });
        }
        let Some(space) = all.last_mut() else {
            continue;
        };
        match space.classes.last_mut() {
            _ if is_class => space.classes.push(Class {
                name: class.rsplit(':').next().unwrap_or_default().to_string(),
                members: Vec::new(),
            }),
            Some(last) if path == class => last.members.push(code.to_string()),
            _ => space.functions.push(code.trim_end_matches(';').to_string()),
        }
    }
    all
}

fn plugin(include: &str, spaces: &[Space]) -> String {
    let mut out = format!(
        "\
// The plugin: what it exports. Write each function that is not there yet.
// Types, and what the host provides to call, are in bindings/{include} and wit.h.
#include \"{include}\"

#include <cstdlib>

namespace {{

// Ends the call in a trap, whose backtrace has this name.
[[noreturn, gnu::noinline]] void not_implemented() {{
  std::abort();
}}

}}  // namespace
"
    );
    for space in spaces {
        let _ = write!(out, "\nnamespace {} {{\n", space.path);
        for class in &space.classes {
            out += &class.definition();
        }
        for function in &space.functions {
            out += &not_implemented(function);
        }
        let _ = write!(out, "\n}}  // namespace {}\n", space.path);
    }
    out
}

fn not_implemented(signature: &str) -> String {
    format!(
        "\n{}\n  not_implemented();\n}}\n",
        wrapped(signature, INDENT)
    )
}

impl Class {
    fn definition(&self) -> String {
        let name = &self.name;
        let constructor = format!("{name}();");
        let is_made_by_host = self
            .members
            .iter()
            .any(|m| m.starts_with("static Owned New("));
        let mut out = format!(
            "\n// What one holds. Who makes one makes that: pimpl = std::make_unique<impl>();\n\
             struct {name}::impl {{}};\n\n{name}::~{name}() = default;\n"
        );
        for member in &self.members {
            if *member == constructor && !is_made_by_host {
                let _ = write!(
                    out,
                    "\n// wit::Owned<{name}>(new {name}) is one.\n\
                     {name}::{name}() : pimpl(std::make_unique<impl>()) {{\n}}\n"
                );
            } else if let Some(signature) = self.signature(member) {
                out += &not_implemented(&signature);
            }
        }
        out
    }

    /// Outside of the class, of what is for the plugin to define.
    fn signature(&self, member: &str) -> Option<String> {
        let member = member.trim_end_matches(';');
        let member = member.strip_prefix("static ").unwrap_or(member);
        let (head, parameters) = member.split_once('(')?;
        let (ty, name) = match head.rsplit_once(' ') {
            Some((ty, name)) => (format!("{ty} "), name),
            None => (String::new(), head),
        };
        let is_defined = name.starts_with('~')
            || matches!(name, "New" | "ResourceNew" | "ResourceRep" | "ResourceDrop");
        (!is_defined).then(|| format!("{ty}{}::{name}({parameters}", self.name))
    }
}

fn test(include: &str, spaces: &[Space]) -> String {
    let mut out = format!(
        "\
// Calls the plugin as its host does, on this machine. What the host provides, and is called on the
// way, is to be defined here.
#undef NDEBUG
#include \"{include}\"

#include <cassert>
#include <cstdio>
"
    );
    let classes: Vec<String> = spaces
        .iter()
        .flat_map(|space| {
            space
                .classes
                .iter()
                .map(|c| format!("{}::{}", space.path, c.name))
        })
        .collect();
    if !classes.is_empty() {
        out += "#include <vector>\n";
    }
    out += "\nnamespace {\n";
    if !classes.is_empty() {
        out +=
            "\n// Handles, which the host has, are places in it.\nstd::vector<void*> resources;\n";
    }
    out += "\nvoid test_there_is_nothing_to_test_yet() {\n  assert(true);\n}\n\n}  // namespace\n";
    for class in classes {
        let new = format!("std::int32_t {class}::ResourceNew({class}* self)");
        let rep = format!("{class}* {class}::ResourceRep(std::int32_t id)");
        let drop = format!("void {class}::ResourceDrop(std::int32_t id)");
        let _ = write!(
            out,
            "
{}
  resources.push_back(self);
  return static_cast<std::int32_t>(resources.size() - 1);
}}

{}
  return static_cast<{class}*>(resources.at(id));
}}

{}
  delete ResourceRep(id);
}}
",
            wrapped(&new, INDENT),
            wrapped(&rep, INDENT),
            wrapped(&drop, INDENT)
        );
    }
    out + "
int main() {
  test_there_is_nothing_to_test_yet();
  std::puts(\"all tests passed\");
}
"
}
