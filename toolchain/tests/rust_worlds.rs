//! Stubs in Rust of every world in the project: they compile as they are, without a warning.
//!
//! It takes half a minute, and is run by name: cargo test --release --test rust_worlds -- --ignored

mod worlds;

/// What there are no bindings for, and the first that is said of it.
const REFUSED: [(&str, &str); 3] = [
    (
        "clashes w",
        "bindings::foo::foo::foo would have two things called `A1`: rename one in the WIT",
    ),
    (
        "resource-clashes w",
        "exported:clashes/host.bucket.bucket is called as its resource, which components cannot have",
    ),
    ("skip skipping", "acme:skipped/files.source has a stream"),
];

#[test]
#[ignore = "it compiles two dozen plugins"]
fn stubs_compile() {
    assert_eq!(worlds::built("rust"), worlds::named(&REFUSED));
}
