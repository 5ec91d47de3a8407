//! What the contract itself calls things.

use std::collections::HashMap;

/// What was called differently, to be called as before.
#[derive(Default)]
pub struct Renamed {
    /// "$root", "type", "example:shop/orders@1.0.0"; the new name first.
    pub modules: HashMap<String, String>,
    /// Functions by their module and whole name, "[method]thing.f".
    pub functions: HashMap<(String, String), String>,
    /// Resources by their module and name.
    pub resources: HashMap<(String, String), String>,
}

impl Renamed {
    /// A line that begins with "//go:wasm" as the linker has to see it.
    pub fn directive(&self, line: &str) -> String {
        let mut words = line.split(' ');
        let (kind, first) = (
            words.next().unwrap_or(line),
            words.next().unwrap_or_default(),
        );
        if kind == "//go:wasmimport" {
            let (module, name) = (first, words.next().unwrap_or_default());
            let (export, module) = match module.strip_prefix("[export]") {
                Some(module) => ("[export]", module),
                None => ("", module),
            };
            let (old, name) = self.item(module, name);
            return format!("{kind} {export}{old} {name}");
        }
        let (post, rest) = match first.strip_prefix("cabi_post_") {
            Some(rest) => ("cabi_post_", rest),
            None => ("", first),
        };
        match rest.split_once('#') {
            Some((module, name)) => {
                let (module, name) = self.item(module, name);
                format!("{kind} {post}{module}#{name}")
            }
            None => format!("{kind} {post}{}", self.item("", rest).1),
        }
    }

    /// A function, or what a resource needs, of a module, as the contract has both.
    pub fn item(&self, module: &str, name: &str) -> (String, String) {
        let key = (module.to_string(), name.to_string());
        let name = match self.functions.get(&key) {
            Some(old) => old.clone(),
            None => self.resource(module, name),
        };
        let module = self.modules.get(module).map_or(module, String::as_str);
        (module.to_string(), name)
    }

    /// "[resource-drop]thing", or something that was not renamed.
    fn resource(&self, module: &str, name: &str) -> String {
        let Some((what, resource)) = name.split_once(']') else {
            return name.to_string();
        };
        let key = (module.to_string(), resource.to_string());
        let old = self.resources.get(&key).map_or(resource, String::as_str);
        format!("{what}]{old}")
    }

    pub fn note_function(&mut self, module: &str, new: &str, old: &str) {
        if new != old {
            let key = (module.to_string(), new.to_string());
            self.functions.insert(key, old.to_string());
        }
    }
}
