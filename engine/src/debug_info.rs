//! Debug information, which a backtrace is explained with on the host's side: it is unfolded there,
//! to some twenty times its size, when a guest traps. A stranger's component may have so much.

use std::borrow::Cow;
use wasmparser::{BinaryReader, Parser};

/// A component without its debug information, if that is more than `most` bytes.
/// What cannot be parsed is left as it is: the validator says what is wrong with it.
pub fn without_excess(binary: &[u8], most: usize) -> Cow<'_, [u8]> {
    let mut removed = 0;
    match strip(binary, &mut removed) {
        Some(stripped) if removed > most => Cow::Owned(stripped),
        _ => Cow::Borrowed(binary),
    }
}

/// Section ids (Component Model, Binary.md; WebAssembly core, Binary Format).
const CUSTOM: u8 = 0;
const CORE_MODULE: u8 = 1;
const COMPONENT: u8 = 4;
const HEADER: usize = 8;

/// Copies all but the debug sections of core modules, in a module or a component. `removed` counts
/// their bytes. Recursion as deep as components are nested, in the helper process.
fn strip(binary: &[u8], removed: &mut usize) -> Option<Vec<u8>> {
    let is_component = Parser::is_component(binary);
    let mut out = binary.get(..HEADER)?.to_vec();
    let mut reader = BinaryReader::new(&binary[HEADER..], 0);
    while !reader.eof() {
        let id = reader.read_u8().ok()?;
        let content = reader.read_var_u32().ok()? as usize;
        let content = reader.read_bytes(content).ok()?;
        if is_component && matches!(id, CORE_MODULE | COMPONENT) {
            section(&mut out, id, &strip(content, removed)?);
        } else if !is_component && id == CUSTOM && has_debug_name(content) {
            *removed += content.len();
        } else {
            section(&mut out, id, content);
        }
    }
    Some(out)
}

fn has_debug_name(custom: &[u8]) -> bool {
    BinaryReader::new(custom, 0)
        .read_string()
        .is_ok_and(is_debug)
}

/// By the name of a custom section.
pub fn is_debug(name: &str) -> bool {
    name.starts_with(".debug_")
}

fn section(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    // LEB128; the size fits, as that of the original did.
    let mut size = content.len() as u32;
    while size >= 0x80 {
        out.push(size as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
    out.extend_from_slice(content);
}
