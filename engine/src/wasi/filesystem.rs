//! wasi:filesystem: no folder was opened beforehand, so there is no file.

use super::{Define, Linker, Store, is_method_of, resource, unreachable_method};
use wasmtime::component::{Resource, Val};

struct Descriptor;
struct DirectoryEntryStream;

const RESOURCES: [&str; 2] = ["descriptor", "directory-entry-stream"];

pub fn find(interface: &str, item: &str) -> Option<Define> {
    let define: Define = match (interface, item) {
        ("preopens", "get-directories") => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |_: Store<'_>, (): ()| {
                Ok((Vec::<(Resource<Descriptor>, String)>::new(),))
            })
        },
        ("types", "descriptor") => resource::<Descriptor>,
        ("types", "directory-entry-stream") => resource::<DirectoryEntryStream>,
        // Of an error of a stream, and there is none that came from a file.
        ("types", "filesystem-error-code") => |into, name| {
            into.func_new(name, |_, _, _, results| {
                results.fill(Val::Option(None));
                Ok(())
            })
        },
        ("types", method) if is_method_of(method, &RESOURCES) => unreachable_method,
        _ => return None,
    };
    Some(define)
}
