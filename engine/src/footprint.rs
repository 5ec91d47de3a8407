//! What an instance of a module costs the host besides its memories and tables, which the limiter
//! counts: globals, imports and function references lie in a block of the host's own, and a module
//! of some kilobytes can declare a million of them.

use wasmparser::{Encoding, Parser, Payload, TypeRef};

/// Upper bounds for Wasmtime's `VMOffsets`, in bytes.
const FUNCTION: u64 = 32; // an import, or a reference to a function
const GLOBAL: u64 = 16;
const OTHER: u64 = 64; // a memory, a table, a tag
const BASE: u64 = 4096;

#[derive(Default)]
struct Module {
    is_core: bool,
    bytes: u64,
}

/// The cost of an instance of the largest core module within a component, in bytes.
/// What cannot be parsed costs nothing: it will not be compiled either.
pub fn largest_module(component: &[u8]) -> u64 {
    let mut largest = 0;
    let mut open: Vec<Module> = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        let Ok(payload) = payload else { break };
        if let Payload::Version { encoding, .. } = payload {
            open.push(Module {
                is_core: encoding == Encoding::Module,
                bytes: BASE,
            });
            continue;
        }
        let Some(module) = open.last_mut() else { break };
        module.bytes = module.bytes.saturating_add(cost(&payload));
        if matches!(payload, Payload::End(_)) {
            let closed = open.pop().unwrap_or_default();
            if closed.is_core {
                largest = largest.max(closed.bytes);
            }
        }
    }
    largest
}

/// What one section of a core module adds. Sections of components are payloads of other kinds.
fn cost(payload: &Payload<'_>) -> u64 {
    match payload {
        Payload::ImportSection(section) => {
            let imports = section.clone().into_imports().filter_map(Result::ok);
            imports.map(|import| import_cost(&import.ty)).sum()
        }
        // A function has a reference only if something takes it; any of these may.
        Payload::FunctionSection(section) => u64::from(section.count()) * FUNCTION,
        Payload::GlobalSection(section) => u64::from(section.count()) * GLOBAL,
        Payload::TableSection(section) => u64::from(section.count()) * OTHER,
        Payload::MemorySection(section) => u64::from(section.count()) * OTHER,
        Payload::TagSection(section) => u64::from(section.count()) * OTHER,
        _ => 0,
    }
}

fn import_cost(ty: &TypeRef) -> u64 {
    match ty {
        TypeRef::Func(_) | TypeRef::FuncExact(_) => FUNCTION,
        TypeRef::Global(_) => GLOBAL,
        TypeRef::Table(_) | TypeRef::Memory(_) | TypeRef::Tag(_) => OTHER,
    }
}
