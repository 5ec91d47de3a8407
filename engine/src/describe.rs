//! What can be said of a component without running it, for people who have to decide about it.
//!
//! Written down for C++ (`runtime/inspect.cpp` reads it), in the manner of `contract/mod.rs`; sizes are u64:
//! ```text
//! description = wit:text notes:list(text) labels:list(label) tools:list(tool) memories:list(memory)
//!               modules:u32 code:u64 data:u64 debug:u64 custom:u64
//! label       = key:text value:text             ("name", and what registries want to know)
//! tool        = role:text name:text version:text
//! memory      = initial:u64 limited:u8 most:u64                               (in bytes)
//! ```

use crate::compile::{Input, to_binary};
use crate::contract::{Listing, Writer, decode_component, of_world};
use crate::debug_info::is_debug;
use crate::error::{Error, Kind, Result};
use wasmparser::{
    ComponentName, ComponentNameSectionReader, CustomSectionReader, KnownCustom, MemoryType, Name,
    Parser, Payload, Validator, WasmFeatures,
};
use wit_component::WitPrinter;
use wit_parser::{PackageId, Resolve};

/// `contract` is in the form of `contract/mod.rs`.
pub struct Description {
    pub contract: Vec<u8>,
    pub about: Vec<u8>,
}

/// Features that this version does not run are no reason to refuse a component here: the notes
/// name them.
pub fn describe(input: &[u8], kind: Input) -> Result<Description> {
    let binary = to_binary(input, kind)?;
    let (resolve, world) = decode_component(&binary)?;
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&binary)
        .map_err(|e| Error::new(Kind::Component, e.to_string()))?;
    let found = of_world(&resolve, world, Listing::Used)?;
    let package = resolve.worlds[world].package;
    let mut out = Writer::default();
    out.text(&printed(&resolve, package)?);
    out.texts(&found.notes());
    Facts::of(&binary).write(&mut out);
    Ok(Description {
        contract: found.contract,
        about: out.bytes,
    })
}

/// All packages as one text, the given one first.
fn printed(resolve: &Resolve, package: Option<PackageId>) -> Result<String> {
    let unprintable = |why: String| {
        let text = format!("its WIT cannot be printed: {why}");
        Error::new(Kind::Component, text)
    };
    let main = package.ok_or_else(|| unprintable("its world is in no package".into()))?;
    let others: Vec<PackageId> = resolve.packages.iter().map(|(id, _)| id).collect();
    let others: Vec<PackageId> = others.into_iter().filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer
        .print(resolve, main, &others)
        .map_err(|e| unprintable(format!("{e:#}")))?;
    Ok(printer.output.to_string())
}

/// Custom sections whose content is a text (the OCI annotations of wasm-metadata).
const LABELS: [&str; 7] = [
    "version",
    "description",
    "authors",
    "licenses",
    "homepage",
    "source",
    "revision",
];

/// More of each than this is no use to anyone.
const MOST: usize = 1000;

#[derive(Default)]
struct Facts {
    /// The component's own, and that of its first module with one.
    name: Option<String>,
    module_name: Option<String>,
    labels: Vec<(String, String)>,
    tools: Vec<[String; 3]>,
    memories: Vec<MemoryType>,
    modules: u32,
    code: u64,
    data: u64,
    debug: u64,
    custom: u64,
}

impl Facts {
    /// What cannot be read of a custom section is left out: those are nobody's to validate.
    fn of(binary: &[u8]) -> Facts {
        let mut facts = Facts::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(binary) {
            let Ok(payload) = payload else { break };
            match payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ModuleSection { .. } => facts.modules += 1,
                Payload::MemorySection(section) => {
                    let all = section.into_iter().filter_map(std::result::Result::ok);
                    facts.memories.extend(all.take(MOST));
                }
                Payload::CodeSectionStart { size, .. } => facts.code += u64::from(size),
                Payload::DataSection(section) => facts.data += section.range().len() as u64,
                Payload::CustomSection(section) => facts.custom(&section, depth == 1),
                _ => {}
            }
        }
        facts
    }

    /// `outermost`: of the component itself, and of no part of it.
    fn custom(&mut self, section: &CustomSectionReader<'_>, outermost: bool) {
        let size = section.data().len() as u64;
        if is_debug(section.name()) {
            self.debug += size;
        } else {
            self.custom += size;
        }
        match section.as_known() {
            KnownCustom::Producers(producers) => {
                for field in producers.into_iter().filter_map(std::result::Result::ok) {
                    for value in field.values.into_iter().filter_map(std::result::Result::ok) {
                        self.tool([field.name, value.name, value.version].map(str::to_string));
                    }
                }
            }
            KnownCustom::ComponentName(names) if outermost && self.name.is_none() => {
                self.name = component_name(names);
            }
            KnownCustom::Name(mut names) if self.module_name.is_none() => {
                self.module_name = names.find_map(|name| match name {
                    Ok(Name::Module { name, .. }) => Some(name.to_string()),
                    _ => None,
                });
            }
            _ if outermost && LABELS.contains(&section.name()) => {
                if let Ok(value) = std::str::from_utf8(section.data()) {
                    self.labels.push((section.name().into(), value.into()));
                }
            }
            _ => {}
        }
    }

    fn tool(&mut self, tool: [String; 3]) {
        if self.tools.len() < MOST && !self.tools.contains(&tool) {
            self.tools.push(tool);
        }
    }

    fn write(&self, out: &mut Writer) {
        let name = self.name.as_ref().or(self.module_name.as_ref());
        let name = name.map(|name| ("name".to_string(), name.clone()));
        out.number(self.labels.len() + usize::from(name.is_some()));
        for (key, value) in name.iter().chain(&self.labels) {
            out.text(key);
            out.text(value);
        }
        out.number(self.tools.len());
        self.tools.iter().flatten().for_each(|text| out.text(text));
        out.number(self.memories.len());
        for memory in &self.memories {
            let page = 1u64.checked_shl(memory.page_size_log2.unwrap_or(16));
            let bytes = |pages: u64| pages.saturating_mul(page.unwrap_or(u64::MAX));
            out.long(bytes(memory.initial));
            out.bytes.push(memory.maximum.is_some() as u8);
            out.long(bytes(memory.maximum.unwrap_or_default()));
        }
        out.number(self.modules as usize);
        for size in [self.code, self.data, self.debug, self.custom] {
            out.long(size);
        }
    }
}

fn component_name(names: ComponentNameSectionReader<'_>) -> Option<String> {
    names.into_iter().find_map(|name| match name {
        Ok(ComponentName::Component { name, .. }) => Some(name.to_string()),
        _ => None,
    })
}
