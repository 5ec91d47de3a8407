//! Stubs of a world: src/lib.rs, with `todo!()` where something is to be written.
//!
//! wit-bindgen writes stubs too, for tests of its own: all in one file, and of one type. Their
//! signatures are taken from there, so that they are those of the bindings; the rest is written as
//! people would.

use std::collections::{BTreeSet, HashMap};

use syn::{Fields, FnArg, Item, ReturnType, Signature, Type};

use super::names::{Names, Path, modules_in};
use super::reading::{Bindings, Import, Stub, inside, twin, types};
use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::language::Language;
use crate::refusal;
use crate::template::fill;

/// rustfmt's.
const WIDTH: usize = 100;

const EXPORTS: &str = "
/// All that the plugin exports.
struct Plugin;
{{impls}}
bindings::export!(Plugin);

#[cfg(test)]
mod tests {
    // `cargo test` runs the tests on this machine. They call what is written above, as in
    //
    //     use super::*;
    //     {{call}}
    //
    // There is no host: its functions panic.
}
";

pub fn of(contract: &Contract) -> Result<String> {
    let options = wit_bindgen_rust::Opts {
        stubs: true,
        ..Default::default()
    };
    let text = super::generate(contract, options)?;
    let mut file = syn::parse_file(&text).map_err(|error| {
        unreadable(format!("the bindings of the contract are no Rust: {error}"))
    })?;
    // wit-bindgen's own: no record is empty.
    file.items
        .retain(|item| !matches!(item, Item::Struct(s) if matches!(s.fields, Fields::Unit)));
    if let Some((name, module)) = twin(&Path::new(), &file.items) {
        let place = inside(&["bindings".to_string()], module.join("::")).join("::");
        let twins = format!("{place} would have two things called `{name}`: rename one in the WIT");
        refusal::refuse(contract, super::Rust.title(), &[twins])?;
    }
    let bindings = Bindings::read(&file.items);
    Ok(Writer::new(&bindings).write(&contract.world().name))
}

struct Writer<'a> {
    bindings: &'a Bindings<'a>,
    names: Names,
    /// The modules that the signatures of the exports name.
    used: BTreeSet<Path>,
    /// The plugin's own type for each resource that it exports, by the trait which that implements.
    resources: HashMap<Path, String>,
}

impl<'a> Writer<'a> {
    fn new(bindings: &'a Bindings<'a>) -> Self {
        let mut used = BTreeSet::new();
        for stub in &bindings.stubs {
            used.insert(stub.module.clone());
            let all = stub.functions.iter().copied().flat_map(types);
            all.for_each(|ty| modules_in(ty, &mut used));
        }
        used.remove(&Path::new());

        let mut names = Names::default();
        let modules = used.iter().chain(bindings.imports.keys());
        modules.for_each(|module| names.add_module(module));

        let mut resources = HashMap::new();
        for stub in bindings.stubs.iter().filter(|stub| !stub.is_of_interface()) {
            let own = &stub.trait_name["Guest".len()..];
            let interface = crate::names::pascal(stub.module.last().map_or("", |name| name));
            resources.insert(stub.path(), names.add_type(own, interface + own));
        }
        Writer {
            bindings,
            names,
            used,
            resources,
        }
    }

    fn write(&self, world: &str) -> String {
        let mut out = format!("//! A plugin for the world `{world}`.\n");
        out += &self.lints();
        out += "\n#[rustfmt::skip]\nmod bindings;\n";
        out += &self.imports();
        if !self.used.is_empty() {
            out += "\n";
            out.extend(self.used.iter().map(|module| self.names.use_of(module)));
        }
        if !self.bindings.has_exports {
            return out;
        }
        let stubs = self.functions_first();
        let impls: String = stubs.iter().map(|stub| self.an_impl(stub)).collect();
        let call = stubs.iter().find_map(|stub| self.call(stub));
        let call = call.unwrap_or_default();
        out + &fill(EXPORTS, &[("impls", &impls), ("call", &call)])
    }

    /// Until all is written; the compiler says when.
    fn lints(&self) -> String {
        let takes_some = |function: &&Signature| {
            let mut inputs = function.inputs.iter();
            inputs.any(|input| matches!(input, FnArg::Typed(_)))
        };
        let mut lints = Vec::new();
        if !self.resources.is_empty() {
            lints.push("dead_code");
        }
        let mut functions = self.bindings.stubs.iter().flat_map(|stub| &stub.functions);
        if functions.any(takes_some) {
            lints.push("unused_variables");
        }
        if lints.is_empty() {
            return String::new();
        }
        let lints = lints.join(", ");
        format!("\n#![expect({lints}, reason = \"until it is written\")]\n")
    }

    fn imports(&self) -> String {
        let imports = &self.bindings.imports;
        if imports.is_empty() {
            return String::new();
        }
        let mut out = "\n// What the host provides:\n//\n".to_string();
        for (module, functions) in imports {
            let lines = functions.iter().map(|import| self.import(module, import));
            out.extend(lines);
        }
        for module in imports.keys() {
            if !module.is_empty() && !self.used.contains(module) {
                out += "#[expect(unused_imports, reason = \"until it is called\")]\n";
                out += &self.names.use_of(module);
            }
        }
        out
    }

    fn import(&self, module: &Path, import: &Import) -> String {
        let mut path = module.clone();
        path.extend(import.resource.clone());
        let owner = match import.resource {
            Some(_) => self.names.item(&path),
            None => self.names.module(module),
        };
        let name = &import.signature.ident;
        let (inputs, output) = self.spelled(module, import.signature);
        format!("//     {owner}::{name}({}){output}\n", inputs.join(", "))
    }

    /// The functions of an interface come before its resources.
    fn functions_first(&self) -> Vec<&'a Stub<'a>> {
        let stubs = &self.bindings.stubs;
        let mut all: Vec<_> = stubs.iter().collect();
        all.sort_by_key(|stub| {
            let place = stubs.iter().position(|s| s.module == stub.module);
            (place, !stub.is_of_interface())
        });
        all
    }

    fn an_impl(&self, stub: &Stub) -> String {
        let mut parts = Vec::new();
        let resources = stub.resources.iter().map(|name| {
            let own = &self.resources[&inside(&stub.module, format!("Guest{name}"))];
            format!("    type {name} = {own};\n")
        });
        parts.extend(Some(resources.collect::<String>()).filter(|types| !types.is_empty()));
        for function in &stub.functions {
            let docs = self.bindings.docs(stub, function).iter();
            let docs: String = docs.map(|line| format!("    ///{line}\n")).collect();
            parts.push(format!(
                "{docs}{}        todo!()\n    }}\n",
                self.head(function)
            ));
        }
        let body = match parts.is_empty() {
            true => String::new(),
            false => format!("\n{}", parts.join("\n")),
        };
        let name = self.names.item(&stub.path());
        let Some(own) = self.resources.get(&stub.path()) else {
            return format!("\nimpl {name} for Plugin {{{body}}}\n");
        };
        let resource = name.replacen("::Guest", "::", 1);
        format!(
            "\n/// What is behind a handle of `{resource}`.\nstruct {own};\n\n\
             impl {name} for {own} {{{body}}}\n"
        )
    }

    /// The first lines of a function, laid out as rustfmt does.
    fn head(&self, function: &Signature) -> String {
        let (inputs, output) = self.spelled(&Path::new(), function);
        let name = &function.ident;
        let line = format!("    fn {name}({}){output} {{\n", inputs.join(", "));
        if line.trim_end().len() <= WIDTH {
            return line;
        }
        let inputs: String = inputs
            .iter()
            .map(|input| format!("        {input},\n"))
            .collect();
        format!("    fn {name}(\n{inputs}    ){output} {{\n")
    }

    /// Each parameter, and " -> T" or nothing, of a function in a module of the bindings.
    fn spelled(&self, module: &Path, function: &Signature) -> (Vec<String>, String) {
        let inputs = function.inputs.iter().map(|input| match input {
            FnArg::Receiver(found) if found.reference.is_some() => "&self".to_string(),
            FnArg::Receiver(_) => "self".to_string(),
            FnArg::Typed(found) => {
                let name = &found.pat;
                format!(
                    "{}: {}",
                    quote::quote!(#name),
                    self.names.ty(module, &found.ty)
                )
            }
        });
        let output = match &function.output {
            ReturnType::Type(_, ty) if !is_unit(ty) => {
                format!(" -> {}", self.names.ty(module, ty))
            }
            _ => String::new(),
        };
        (inputs.collect(), output)
    }

    fn call(&self, stub: &Stub) -> Option<String> {
        let function = stub.functions.first()?;
        let own = self.resources.get(&stub.path());
        let own = own.map_or("Plugin", String::as_str);
        let name = self.names.item(&stub.path());
        Some(format!("<{own} as {name}>::{}(..)", function.ident))
    }
}

fn is_unit(ty: &Type) -> bool {
    matches!(ty, Type::Tuple(tuple) if tuple.elems.is_empty())
}

#[cfg(test)]
mod tests {
    use wit_parser::Resolve;

    use super::*;

    fn stubs(wit: &str) -> std::result::Result<String, String> {
        let mut resolve = Resolve::new();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let id = resolve.select_world(&[package], None).unwrap();
        of(&Contract { resolve, id }).map_err(|failure| failure.text)
    }

    const JUKEBOX: &str = "
        package home:jukebox;
        interface library {
            record song { title: string, seconds: u32 }
            resource shelf { next: func() -> option<song>; }
            open: func(genre: string) -> result<shelf, string>;
        }
        interface dj {
            use library.{song};
            resource playlist {
                /// For no more songs than that.
                constructor(limit: u32);
                add: func(%type: song) -> result<_, string>;
                merge: static func(a: playlist, b: borrow<playlist>) -> playlist;
            }
            %string: func(text: string, songs: list<song>, at-most: option<u32>, %result: result) -> bool;
        }
        world jukebox {
            import library;
            import log: func(text: string);
            export dj;
            export library;
            export stop: func();
        }";

    const STUBS: &str = r#"//! A plugin for the world `jukebox`.

#![expect(dead_code, unused_variables, reason = "until it is written")]

#[rustfmt::skip]
mod bindings;

// What the host provides:
//
//     bindings::log(text: &str)
//     host_library::Shelf::next(&self) -> Option<host_library::Song>
//     host_library::open(genre: &str) -> Result<host_library::Shelf, String>
#[expect(unused_imports, reason = "until it is called")]
use bindings::home::jukebox::library as host_library;

use bindings::exports::home::jukebox::dj;
use bindings::exports::home::jukebox::library;

/// All that the plugin exports.
struct Plugin;

impl bindings::Guest for Plugin {
    fn stop() {
        todo!()
    }
}

impl library::Guest for Plugin {
    type Shelf = Shelf;

    fn open(genre: String) -> Result<library::Shelf, String> {
        todo!()
    }
}

/// What is behind a handle of `library::Shelf`.
struct Shelf;

impl library::GuestShelf for Shelf {
    fn next(&self) -> Option<library::Song> {
        todo!()
    }
}

impl dj::Guest for Plugin {
    type Playlist = Playlist;

    fn string(
        text: String,
        songs: Vec<dj::Song>,
        at_most: Option<u32>,
        result: Result<(), ()>,
    ) -> bool {
        todo!()
    }
}

/// What is behind a handle of `dj::Playlist`.
struct Playlist;

impl dj::GuestPlaylist for Playlist {
    /// For no more songs than that.
    fn new(limit: u32) -> Self {
        todo!()
    }

    fn add(&self, type_: dj::Song) -> Result<(), String> {
        todo!()
    }

    fn merge(a: dj::Playlist, b: dj::PlaylistBorrow<'_>) -> dj::Playlist {
        todo!()
    }
}

bindings::export!(Plugin);

#[cfg(test)]
mod tests {
    // `cargo test` runs the tests on this machine. They call what is written above, as in
    //
    //     use super::*;
    //     <Plugin as bindings::Guest>::stop(..)
    //
    // There is no host: its functions panic.
}
"#;

    #[test]
    fn stubs_are_what_a_person_would_begin_with() {
        assert_eq!(stubs(JUKEBOX).unwrap(), STUBS);
    }

    #[test]
    fn a_world_without_exports_has_nothing_to_implement() {
        let wit = "package a:b; world w { import log: func(text: string); }";
        let expected = "\
//! A plugin for the world `w`.

#[rustfmt::skip]
mod bindings;

// What the host provides:
//
//     bindings::log(text: &str)
";
        assert_eq!(stubs(wit).unwrap(), expected);
    }

    #[test]
    fn names_of_rust_are_left_to_rust() {
        let wit = "package a:b;
            interface %u8 {
                resource %option { constructor(std: string); }
                f: func(%string: %option) -> result<string, u8>;
            }
            interface std { g: func(); }
            world w { export %u8; export std; }";
        let text = stubs(wit).unwrap();
        for line in [
            "use bindings::exports::a::b::std as plugin_std;",
            "struct U8Option;",
            "    type Option = U8Option;",
        ] {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    }

    #[test]
    fn names_that_are_one_in_rust_are_refused() {
        let wit = "package a:b;
            interface i { record a-1 { x: u8 } record a1 { x: u8 } f: func(v: a-1) -> a1; }
            world w { export i; }";
        assert_eq!(
            stubs(wit).unwrap_err(),
            "there are no bindings in Rust for all of the world `w`:\n  \
             bindings::exports::a::b::i would have two things called `A1`: rename one in the WIT\n\
             leave that out of it, or write the plugin in another language"
        );
    }
}
