//! The headers of wit-bindgen-cpp 0.60 are made whole. As they are, classes of resources know no other
//! type of their interface, and those of the plugin have nowhere to keep anything and are for it to
//! merge with what it wrote, whenever the contract changes.

use super::scopes::Scopes;
use super::source;
use crate::files::File;

/// Its own wit.h, and what goes with it.
const WIT_H: &str = include_str!("wit.h");
const WIT_CPP: &str = include_str!("wit.cpp");

pub fn repaired(files: Vec<File>) -> Vec<File> {
    let mut out = Vec::new();
    let mut classes = Vec::new();
    let mut header = None;
    for file in files {
        let text = || String::from_utf8_lossy(&file.bytes).into_owned();
        if file.path.ends_with("/wit.h") {
            continue;
        }
        if file.path.ends_with("_cpp.h") {
            header = Some(file);
        } else if file.path.ends_with(".h") {
            // One for each exported resource.
            classes.append(&mut Header::read(&text()).classes);
        } else if file.path.ends_with(".cpp") {
            out.push(File::new(file.path.clone(), source::repaired(&text())));
        } else {
            out.push(file);
        }
    }
    if let Some(file) = header {
        let mut header = Header::read(&String::from_utf8_lossy(&file.bytes));
        header.classes.append(&mut classes);
        out.push(File::new(file.path, laid_out(&header.text())));
    }
    out.push(File::new("bindings/wit.h", WIT_H));
    out.push(File::new("bindings/wit.cpp", WIT_CPP));
    out
}

#[derive(Default)]
struct Header {
    /// Without classes and without indentation.
    lines: Vec<String>,
    classes: Vec<Class>,
}

/// Of a resource.
struct Class {
    /// "exports::acme::shop::carts"
    namespace: String,
    name: String,
    lines: Vec<String>,
}

impl Header {
    fn read(text: &str) -> Header {
        let mut header = Header::default();
        let mut scopes = Scopes::default();
        let mut is_in_class = false;
        for line in text.lines() {
            let code = line.trim();
            if let Some(rest) = code.strip_prefix("class ") {
                is_in_class = true;
                header.classes.push(Class {
                    namespace: scopes.path().unwrap_or_default(),
                    name: rest
                        .split([' ', ':'])
                        .next()
                        .unwrap_or_default()
                        .to_string(),
                    lines: Vec::new(),
                });
            }
            scopes.read(line);
            let code = by_value(&source::held(&owned(code)));
            match header.classes.last_mut() {
                Some(class) if is_in_class => class.lines.push(code),
                _ => header.lines.push(code),
            }
            is_in_class &= line.trim() != "};";
        }
        header
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let mut scopes = Scopes::default();
        let mut opened = Vec::new();
        for line in &self.lines {
            if line.starts_with("#include \"exports-") {
                continue;
            }
            if line == "#include <cstdint>" {
                // Each of them is needed by some class.
                let all = [
                    "array",
                    "expected",
                    "functional",
                    "memory",
                    "optional",
                    "span",
                ];
                for header in all.iter().chain(&["string_view", "tuple", "variant"]) {
                    out += &format!("#include <{header}>\n");
                }
                out += "#include \"wit.h\"\n";
            }
            if line == "#endif" {
                self.classes.iter().for_each(|class| out += &class.bodies());
            }
            out += &format!("{line}\n");
            scopes.read(line);
            let path = scopes.path().unwrap_or_default();
            if line.starts_with("namespace ") && !opened.contains(&path) {
                out += &self.ahead(&path);
                opened.push(path);
            }
        }
        out
    }

    /// What comes first in a namespace: its types by name, and the classes of its resources.
    fn ahead(&self, namespace: &str) -> String {
        let mut out = String::new();
        let mut scopes = Scopes::default();
        for line in &self.lines {
            let is_type = line.starts_with("struct ") || line.starts_with("enum class ");
            if is_type && scopes.path().as_deref() == Some(namespace) {
                let head = line.split('{').next().unwrap_or_default();
                out += &format!("{};\n", head.trim_end());
            }
            scopes.read(line);
        }
        let own = || self.classes.iter().filter(|c| c.namespace == namespace);
        own().for_each(|class| out += &format!("class {};\n", class.name));
        own().for_each(|class| out += &class.declaration());
        out
    }
}

/// Indented, but for namespaces, and with each header once.
fn laid_out(text: &str) -> String {
    let mut out = String::new();
    let mut included = Vec::new();
    let mut scopes = Scopes::default();
    for line in text.lines() {
        if line.starts_with("#include ") {
            if included.contains(&line) {
                continue;
            }
            included.push(line);
        }
        let outside = scopes.depth();
        scopes.read(line);
        let is_label = line == "public:";
        let depth = outside.min(scopes.depth()) - usize::from(is_label && outside > 0);
        let indent = if line.is_empty() {
            0
        } else {
            depth * 2 + usize::from(is_label)
        };
        out += &format!("{:indent$}{line}\n", "");
    }
    out
}

/// The function that makes one for the host.
const NEW: &str = "static Owned New(";

impl Class {
    /// With a place for what an object of the plugin's holds, and without bodies: they need types that
    /// follow.
    fn declaration(&self) -> String {
        let name = &self.name;
        let constructor = format!("{name}(");
        let is_exported = self.namespace.starts_with("exports::");
        let has_constructor = self.lines.iter().any(|line| line.starts_with(&constructor));
        let mut out = String::new();
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            out += match line.split_once('{') {
                Some((head, _)) if line.starts_with(NEW) => head,
                _ => line,
            };
            out += if line.starts_with(NEW) { ";\n" } else { "\n" };
            if line == "public:" && is_exported {
                out += &format!(
                    "// What one holds; the plugin says what that is.\n\
                     struct impl;\n\
                     std::unique_ptr<impl> pimpl;\n\
                     ~{name}();\n"
                );
                if !has_constructor {
                    out += &format!("{name}();\n");
                }
            }
        }
        out
    }

    fn bodies(&self) -> String {
        let line = self.lines.iter().find_map(|line| line.strip_prefix(NEW));
        let Some((parameters, body)) = line.and_then(|line| line.split_once('{')) else {
            return String::new();
        };
        let class = format!("{}::{}", self.namespace, self.name);
        format!("inline auto {class}::New({parameters} -> Owned {{{body}\n")
    }
}

/// "wit::Owned<Cart>" for "Cart::Owned": the handle of a class that is only declared yet.
fn owned(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("::Owned") {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
        let start = before.rfind(|c| !is_name(c)).map_or(0, |at| at + 1);
        let (before, class) = before.split_at(start);
        out += &format!("{before}wit::Owned<{class}>");
        rest = after;
    }
    out + rest
}

/// What a function answers: a reference would be to a local of its own.
fn by_value(line: &str) -> String {
    match line.split_once('(') {
        Some((head, rest)) => format!("{}({rest}", head.replace("&& ", " ")),
        None => line.to_string(),
    }
}
