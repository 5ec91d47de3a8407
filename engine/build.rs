//! Gives the shared library the name under which programs ask for it. A release with another
//! interface has another name, so no program starts with one that it was not built with.
//! `engine/CMakeLists.txt` makes the same name.

fn main() {
    let soname = concat!(
        "libmortise_engine.so.",
        env!("CARGO_PKG_VERSION_MAJOR"),
        ".",
        env!("CARGO_PKG_VERSION_MINOR")
    );
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,{soname}");
    println!("cargo::rerun-if-changed=build.rs");
}
