//! Takes out of a module or component what only tools read.

use wasm_encoder::{ComponentSectionId, Encode, RawSection, SectionId};
use wasmparser::{Encoding, Parser, Payload};

/// What of the custom sections stays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// All, debug information too: backtraces have source lines.
    Debug,
    /// Names: backtraces say which function failed.
    Names,
    /// Nothing that a run does not need.
    Nothing,
}

impl Keep {
    fn keeps(self, section: &str) -> bool {
        let is_debug = section.starts_with(".debug_")
            || section.starts_with("reloc.")
            || section == "linking"
            || section == "sourceMappingURL"
            || section == "external_debug_info";
        let is_needed = section.starts_with("component-type");
        match self {
            Keep::Debug => true,
            Keep::Names => !is_debug,
            Keep::Nothing => is_needed,
        }
    }
}

/// The same module or component, with all that is nested in it, without what is not kept.
pub fn strip(wasm: &[u8], keep: Keep) -> anyhow::Result<Vec<u8>> {
    if keep == Keep::Debug {
        return Ok(wasm.to_vec());
    }
    let mut open: Vec<Vec<u8>> = Vec::new();
    let mut out = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        match payload {
            Payload::Version { encoding, .. } => out.extend_from_slice(match encoding {
                Encoding::Component => &wasm_encoder::Component::HEADER,
                Encoding::Module => &wasm_encoder::Module::HEADER,
            }),
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                open.push(std::mem::take(&mut out));
                continue;
            }
            Payload::End(_) => {
                let Some(mut parent) = open.pop() else { break };
                let id = match Parser::is_component(&out) {
                    true => ComponentSectionId::Component,
                    false => ComponentSectionId::CoreModule,
                };
                parent.push(id as u8);
                out.encode(&mut parent);
                out = parent;
            }
            Payload::CustomSection(ref section) if !keep.keeps(section.name()) => continue,
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            RawSection {
                id,
                data: &wasm[range],
            }
            .append_to(&mut out);
        }
    }
    Ok(out)
}

trait AppendTo {
    fn append_to(&self, out: &mut Vec<u8>);
}

impl AppendTo for RawSection<'_> {
    fn append_to(&self, out: &mut Vec<u8>) {
        out.push(self.id);
        self.data.encode(out);
    }
}

/// Appends a custom section: to the outermost module or component.
pub fn append_custom(wasm: &mut Vec<u8>, name: &str, data: &[u8]) {
    let mut body = Vec::new();
    name.encode(&mut body);
    body.extend_from_slice(data);
    wasm.push(SectionId::Custom as u8);
    body.encode(wasm);
}
