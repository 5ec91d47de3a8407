//! wasi:filesystem: no folder was opened beforehand, so there is no file.

use super::list::{List, NoText};
use super::{Define, Linker, Store, absent, is_method_of, resource};
use wasmtime::component::Resource;

struct Descriptor;
struct DirectoryEntryStream;

const RESOURCES: [&str; 2] = ["descriptor", "directory-entry-stream"];

pub fn find(interface: &str, item: &str) -> Option<Define> {
    let define: Define = match (interface, item) {
        ("preopens", "get-directories") => |into: &mut Linker<'_>, name| {
            type All = List<(Resource<Descriptor>, NoText)>;
            into.func_wrap(name, |_: Store<'_>, (): ()| Ok((All::empty(),)))
        },
        ("types", "descriptor") => resource::<Descriptor>,
        ("types", "directory-entry-stream") => resource::<DirectoryEntryStream>,
        // Of an error of a stream, and there is none that came from a file.
        ("types", "filesystem-error-code") => absent::function,
        ("types", method) if is_method_of(method, &RESOURCES) => absent::function,
        _ => return None,
    };
    Some(define)
}
