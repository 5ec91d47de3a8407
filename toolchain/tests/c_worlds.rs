//! Stubs in C and C++ of every world in the project: they compile as they are, without a warning.
//!
//! It takes some minutes, and is run by name: cargo test --release --test c_worlds -- --ignored

mod worlds;

/// What there are no bindings for, and the first that is said of it.
const REFUSED_IN_C: [(&str, &str); 5] = [
    (
        "resource-clashes w",
        "exported:clashes/host.bucket.bucket is called as its resource, which components cannot have",
    ),
    ("skip skipping", "acme:skipped/files.source has a stream"),
    (
        "types all",
        "acme:types/values.rare has a list of a fixed length",
    ),
    (
        "types everything",
        "acme:types/values.rare has a list of a fixed length",
    ),
    (
        "round-trip round-trip",
        "test:round-trip/types.rare has a list of a fixed length",
    ),
];

const REFUSED_IN_CPP: [(&str, &str); 3] = [
    ("clashes w", "foo:foo/foo.a-1 and a1 are both A1 in C++"),
    (
        "keywords imports",
        "namespace:default/class.struct has co-await, a word of C++",
    ),
    (
        "world-resources front",
        "shelf is a resource of no interface",
    ),
];

#[test]
#[ignore = "it compiles two dozen plugins"]
fn stubs_in_c_compile() {
    assert_eq!(worlds::built("c"), worlds::named(&REFUSED_IN_C));
}

#[test]
#[ignore = "it compiles two dozen plugins"]
fn stubs_in_cpp_compile() {
    let expected = [REFUSED_IN_C.as_slice(), &REFUSED_IN_CPP].concat();
    assert_eq!(worlds::built("cpp"), worlds::named(&expected));
}
