//! From a core module to a component; `mortise component` does only that.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Context;
use wasm_metadata::AddMetadata;
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, DecodedWasm, StringEncoding, embed_component_metadata};
use wit_parser::WorldItem;

use crate::command_line::parser;
use crate::contract::Contract;
use crate::failure::{Failure, Result, unreadable, usage};
use crate::files;
use crate::manifest::Wasi;
use crate::strip::{Keep, append_custom, strip};

/// What libraries of languages import that were made for WASI 0.1.
const PREVIEW1: &str = "wasi_snapshot_preview1";

/// Answers preview 1 from within the component.
const STUB: &str = include_str!("stub-wasi.wat");

pub struct Options<'a> {
    /// For modules that do not carry the types of their world themselves.
    pub contract: Option<&'a Contract>,
    pub wasi: Wasi,
    pub keep: Keep,
    /// What is said of it in the component; empty: nothing.
    pub name: &'a str,
    pub version: &'a str,
    /// Its language, where the compiler does not say.
    pub language: &'a str,
}

/// A component comes back stripped and named.
pub fn make(wasm: &[u8], options: &Options) -> anyhow::Result<Vec<u8>> {
    let stripped = strip(wasm, options.keep).context("it is not WebAssembly")?;
    if Parser::is_component(&stripped) {
        // What is said in it is of the engine that its language runs in.
        return label(stripped, options, false);
    }
    let says_language = says_language(&stripped, options.language)?;
    label(encode(stripped, options)?, options, says_language)
}

/// Whether its compiler says that it is written in this language, as "Go go1.26" or "C11".
fn says_language(wasm: &[u8], language: &str) -> anyhow::Result<bool> {
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CustomSection(section) = payload?
            && let wasmparser::KnownCustom::Producers(fields) = section.as_known()
        {
            let languages = fields
                .into_iter()
                .flatten()
                .filter(|field| field.name == "language");
            let mut named = languages.flat_map(|field| field.values.into_iter().flatten());
            if named.any(|value| value.name.starts_with(language)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn encode(mut module: Vec<u8>, options: &Options) -> anyhow::Result<Vec<u8>> {
    let found = look_at(&module)?;
    match options.contract {
        _ if found.has_types => {}
        Some(contract) => {
            let encoding = StringEncoding::UTF8;
            embed_component_metadata(&mut module, &contract.resolve, contract.id, encoding)?;
        }
        // The encoder would make an empty component of it.
        None => anyhow::bail!(
            "no `component-type` section says which WIT world it implements: name the world with \
             --wit and --world"
        ),
    }
    let mut encoder = ComponentEncoder::default().validate(true).module(&module)?;
    if found.has_preview1 {
        let adapter = match options.wasi {
            Wasi::None => wat::parse_str(STUB)?,
            Wasi::P2 => {
                wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER
                    .to_vec()
            }
        };
        // The real adapter allocates before the runtime of Go, say, is up: it takes pages of its own.
        encoder = encoder
            .adapter(PREVIEW1, &adapter)?
            .realloc_via_memory_grow(true);
    }
    encoder.encode()
}

#[derive(Default)]
struct Module {
    has_types: bool,
    has_preview1: bool,
}

fn look_at(module: &[u8]) -> anyhow::Result<Module> {
    let mut found = Module::default();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::CustomSection(section) => {
                found.has_types |= section.name().starts_with("component-type");
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    found.has_preview1 |= import?.module == PREVIEW1;
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

fn label(component: Vec<u8>, options: &Options, says_language: bool) -> anyhow::Result<Vec<u8>> {
    if options.name.is_empty() || options.keep == Keep::Nothing {
        return Ok(component);
    }
    let mut metadata = AddMetadata::default();
    metadata.name = wasm_metadata::AddMetadataField::Set(options.name.to_string());
    if !options.language.is_empty() && !says_language {
        metadata.language = vec![(options.language.to_string(), String::new())];
    }
    metadata.processed_by = vec![("mortise".to_string(), env!("CARGO_PKG_VERSION").to_string())];
    let mut labelled = metadata.to_wasm(&component)?;
    append_custom(&mut labelled, "version", options.version.as_bytes());
    Ok(labelled)
}

/// What a component imports, by name, types alone left out.
pub fn imports(component: &[u8]) -> anyhow::Result<Vec<String>> {
    let DecodedWasm::Component(resolve, id) = wit_component::decode(component)? else {
        anyhow::bail!("it is a WIT package and no component");
    };
    let world = &resolve.worlds[id];
    Ok(world
        .imports
        .iter()
        .filter(|(_, item)| match item {
            WorldItem::Interface { id, .. } => !resolve.interfaces[*id].functions.is_empty(),
            WorldItem::Function(_) => true,
            WorldItem::Type { .. } => false,
        })
        .map(|(key, _)| resolve.name_world_key(key))
        .collect())
}

const HELP: &str = "\
usage: mortise component CORE.wasm -o OUT.wasm [OPTION]..

Makes a component of a core module that any compiler made for a WIT world. `mortise build` does this
itself.

  -o, --output FILE    where to
  --wit WIT            the contract, a file or a folder, of a module that does not carry its types
  --world WORLD        which world of it, where there are several
  --wasi none|p2       what WASI 0.1 in the module becomes: none (the default) answers from within
                       the component; p2 makes it imports of WASI 0.2
  --debug              keep debug information
  --strip-all          keep no names either
  --help
";

pub fn run(_: &str, arguments: Vec<OsString>) -> Result<String> {
    use lexopt::prelude::*;

    let (mut input, mut output, mut wit, mut world) = (None, None, None, None);
    let mut wasi = Wasi::None;
    let mut keep = Keep::Names;
    let mut parser = parser(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(path) if input.is_none() => input = Some(PathBuf::from(path)),
            Short('o') | Long("output") => output = Some(PathBuf::from(parser.value()?)),
            Long("wit") => wit = Some(PathBuf::from(parser.value()?)),
            Long("world") => world = Some(parser.value()?.string()?),
            Long("wasi") => wasi = wasi_named(&parser.value()?.string()?)?,
            Long("debug") => keep = Keep::Debug,
            Long("strip-all") => keep = Keep::Nothing,
            Short('h') | Long("help") => return Ok(HELP.to_string()),
            other => return Err(other.unexpected().into()),
        }
    }
    let input = input.ok_or_else(|| usage("which core module?"))?;
    let output = output.ok_or_else(|| usage("where to? Name a file with -o"))?;
    let contract = wit
        .map(|path| Contract::read(&path, world.as_deref()))
        .transpose()?;
    let options = Options {
        contract: contract.as_ref(),
        wasi,
        keep,
        name: "",
        version: "",
        language: "",
    };
    let component = make(&files::read(&input)?, &options)
        .map_err(|error| unreadable(format!("{}: {error:#}", input.display())))?;
    files::write(&output, &component)?;
    Ok(String::new())
}

fn wasi_named(name: &str) -> std::result::Result<Wasi, Failure> {
    match name {
        "none" => Ok(Wasi::None),
        "p2" => Ok(Wasi::P2),
        _ => Err(usage(format!(
            "--wasi is none or p2, not `{}`",
            name.escape_debug()
        ))),
    }
}
