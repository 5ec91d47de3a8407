//! Gives the shared library the name under which programs ask for it. A release with another
//! interface has another name, so no program starts with one that it was not built with.
//! `engine/CMakeLists.txt` makes the same name.
//!
//! And gives the code cache a number for all that the code of a component depends on here: what was
//! compiled by other sources is not taken for theirs.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// Ours, and the lock file, which names every crate with its version.
const SOURCES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "src", "../wit-reader/src"];

fn add(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder of sources");
        let mut paths: Vec<_> = entries.map(|e| e.expect("a source").path()).collect();
        paths.sort();
        paths.iter().for_each(|path| add(path, hasher));
    } else {
        fs::read(path).expect("a source").hash(hasher);
    }
}

fn main() {
    let soname = concat!(
        "libmortise_engine.so.",
        env!("CARGO_PKG_VERSION_MAJOR"),
        ".",
        env!("CARGO_PKG_VERSION_MINOR")
    );
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{soname}");
    println!("cargo::rerun-if-changed=build.rs");

    let mut hasher = DefaultHasher::new();
    for source in SOURCES {
        add(Path::new(source), &mut hasher);
        println!("cargo::rerun-if-changed={source}");
    }
    println!(
        "cargo::rustc-env=MORTISE_ENGINE_SOURCES={:016x}",
        hasher.finish()
    );
}
