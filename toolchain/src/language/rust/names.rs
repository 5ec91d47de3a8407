//! What the types of the bindings are called in a plugin's source: `exports::home::jukebox::dj::Taste`
//! is `dj::Taste` there, after a `use` of `dj`.

use std::collections::{BTreeMap, BTreeSet};

use syn::{GenericArgument, PathArguments, Type};

/// The names from the root of the bindings down.
pub type Path = Vec<String>;

/// Names that mean something to every source, and are not taken for anything else.
const KNOWN: [&str; 26] = [
    "Plugin", "Self", "Box", "Clone", "Copy", "Drop", "Eq", "Err", "Fn", "From", "Into",
    "Iterator", "None", "Ok", "Option", "Ord", "Result", "Some", "String", "ToString", "Vec",
    // Modules and crates.
    "alloc", "bindings", "core", "std", "tests",
];
const PRIMITIVE: [&str; 17] = [
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64",
    "i128", "isize", "f32", "f64",
];

/// The crate that bindings are written for.
const RUNTIME: &str = "wit_bindgen";

/// A type's path as written in `module`, from the root of the bindings. None: it is Rust's own.
pub fn absolute(module: &Path, written: &syn::Path) -> Option<Path> {
    let mut names = segments(written);
    let first = names[0].as_str();
    if first == RUNTIME || names.contains(&"_rt".to_string()) {
        return None;
    }
    if names.len() == 1 && ["Option", "Result", "Self"].contains(&first)
        || PRIMITIVE.contains(&first)
    {
        return None;
    }
    let ups = names.iter().take_while(|name| *name == "super").count();
    let mut path = match (ups, names.len()) {
        (0, 1) => module.clone(),
        // Without a `super` they are written so in the root alone.
        (0, _) => Path::new(),
        _ => module[..module.len().saturating_sub(ups)].to_vec(),
    };
    path.extend(names.drain(ups..));
    Some(path)
}

pub fn segments(path: &syn::Path) -> Path {
    path.segments.iter().map(|s| s.ident.to_string()).collect()
}

pub fn last(path: &[String]) -> String {
    path.last().cloned().unwrap_or_default()
}

/// The types in a type, and it itself.
fn each_path<'a>(ty: &'a Type, seen: &mut dyn FnMut(&'a syn::Path)) {
    match ty {
        Type::Path(found) => {
            seen(&found.path);
            for segment in &found.path.segments {
                let PathArguments::AngleBracketed(list) = &segment.arguments else {
                    continue;
                };
                for argument in &list.args {
                    if let GenericArgument::Type(inner) = argument {
                        each_path(inner, seen);
                    }
                }
            }
        }
        Type::Reference(found) => each_path(&found.elem, seen),
        Type::Slice(found) => each_path(&found.elem, seen),
        Type::Array(found) => each_path(&found.elem, seen),
        Type::Tuple(found) => found.elems.iter().for_each(|inner| each_path(inner, seen)),
        _ => {}
    }
}

/// The modules whose types are in a type that is written in the root of the bindings.
pub fn modules_in(ty: &Type, modules: &mut BTreeSet<Path>) {
    each_path(ty, &mut |path| {
        if let Some(mut path) = absolute(&Path::new(), path) {
            path.pop();
            if !path.is_empty() {
                modules.insert(path);
            }
        }
    });
}

/// What a source calls modules of the bindings, and its own types.
#[derive(Default)]
pub struct Names {
    modules: BTreeMap<Path, String>,
    taken: BTreeSet<String>,
}

impl Names {
    /// Gives a module its own name if that is free; else one that says more.
    pub fn add_module(&mut self, module: &Path) {
        if module.is_empty() || self.modules.contains_key(module) {
            return;
        }
        let own = last(module);
        let side = match module[0].as_str() {
            "exports" => "plugin",
            _ => "host",
        };
        let longer = format!("{side}_{own}");
        let chosen = self.take(&[own, longer, module.join("_")]);
        self.modules.insert(module.clone(), chosen);
    }

    /// The name of a type of the plugin's own.
    pub fn add_type(&mut self, name: &str, longer: String) -> String {
        self.take(&[name.to_string(), longer])
    }

    fn take(&mut self, wanted: &[String]) -> String {
        let longest = last(wanted);
        let numbered = (2..).map(|n| format!("{longest}{n}"));
        let mut names = wanted.iter().cloned().chain(numbered);
        let is_free = |name: &String| {
            !KNOWN.contains(&name.as_str())
                && !PRIMITIVE.contains(&name.as_str())
                && !self.taken.contains(name)
        };
        let chosen = names.find(is_free).unwrap_or_default();
        self.taken.insert(chosen.clone());
        chosen
    }

    /// "dj", where `use bindings::exports::home::jukebox::dj` is said.
    pub fn module(&self, module: &[String]) -> String {
        match self.modules.get(module) {
            Some(name) => name.clone(),
            None if module.is_empty() => "bindings".to_string(),
            None => format!("bindings::{}", module.join("::")),
        }
    }

    /// "use bindings::exports::home::jukebox::dj;"
    pub fn use_of(&self, module: &Path) -> String {
        let name = self.module(module);
        let renamed = if name == last(module) {
            String::new()
        } else {
            format!(" as {name}")
        };
        format!("use bindings::{}{renamed};\n", module.join("::"))
    }

    /// Something of a module's.
    pub fn item(&self, path: &[String]) -> String {
        let (name, module) = path.split_last().expect("a path has a name");
        format!("{}::{name}", self.module(module))
    }

    /// A type as the source spells it that is written in `module` of the bindings.
    pub fn ty(&self, module: &Path, ty: &Type) -> String {
        let all = |types: Vec<String>| types.join(", ");
        match ty {
            Type::Path(found) => {
                let name = match absolute(module, &found.path) {
                    Some(path) => self.item(&path),
                    None => {
                        let path = segments(&found.path);
                        match path[0] == RUNTIME {
                            true => path.join("::"),
                            false => last(&path),
                        }
                    }
                };
                let arguments = found.path.segments.last().map(|s| &s.arguments);
                let Some(PathArguments::AngleBracketed(list)) = arguments else {
                    return name;
                };
                let list = list.args.iter().filter_map(|argument| match argument {
                    GenericArgument::Type(inner) => Some(self.ty(module, inner)),
                    GenericArgument::Lifetime(lifetime) => Some(lifetime.to_string()),
                    _ => None,
                });
                format!("{name}<{}>", all(list.collect()))
            }
            Type::Reference(found) => {
                let lifetime = found
                    .lifetime
                    .as_ref()
                    .map(|l| format!("{l} "))
                    .unwrap_or_default();
                format!("&{lifetime}{}", self.ty(module, &found.elem))
            }
            Type::Slice(found) => format!("[{}]", self.ty(module, &found.elem)),
            Type::Array(found) => {
                format!("[{}; {}]", self.ty(module, &found.elem), tokens(&found.len))
            }
            Type::Tuple(found) if found.elems.len() == 1 => {
                format!("({},)", self.ty(module, &found.elems[0]))
            }
            Type::Tuple(found) => {
                format!(
                    "({})",
                    all(found
                        .elems
                        .iter()
                        .map(|inner| self.ty(module, inner))
                        .collect())
                )
            }
            other => tokens(other),
        }
    }
}

/// What is not named anew.
fn tokens(part: &impl quote::ToTokens) -> String {
    part.to_token_stream().to_string()
}
