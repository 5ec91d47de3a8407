//! Stubs in Rust of every world in the project: they compile as they are, without a warning.
//!
//! It takes half a minute, and is run by name: cargo test --release --test rust_worlds -- --ignored

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Folders with WIT, and what they are called here.
fn contracts() -> Vec<(String, PathBuf)> {
    let below = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        entries
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let mut all = below("bindgen/golden");
    all.push(root().join("tests/round_trip/wit"));
    all.extend(
        below("tests/matrix")
            .into_iter()
            .map(|case| case.join("wit")),
    );
    all.retain(|folder| folder.is_dir());
    all.sort();
    all.into_iter()
        .map(|folder| {
            let own = folder.strip_prefix(root()).unwrap().to_string_lossy();
            let name = own.trim_end_matches("/wit").rsplit('/').next().unwrap();
            (name.replace('_', "-"), folder.clone())
        })
        .collect()
}

fn worlds(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            let text = fs::read_to_string(path).unwrap();
            let names = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("world "));
            all.extend(names.map(|name| name.trim_end_matches(['{', ' ']).to_string()));
        }
    }
    all
}

fn mortise(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mortise-toolchain"))
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .unwrap()
}

#[test]
#[ignore = "it compiles two dozen plugins"]
fn stubs_compile() {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust-worlds");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).unwrap();
    let mut refused = Vec::new();
    for (contract, folder) in contracts() {
        for world in worlds(&folder) {
            let name = format!("of-{contract}-{world}");
            let wit = folder.to_string_lossy();
            let new = [
                "new", &name, "--lang", "rust", "--wit", &wit, "--world", &world,
            ];
            let made = mortise(&work, &new);
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            if !made.status.success() {
                refused.push((format!("{contract} {world}"), said));
                continue;
            }
            let built = mortise(&work, &["build", &name]);
            let said = String::from_utf8_lossy(&built.stderr);
            assert!(built.status.success(), "{name}: {said}");
            assert!(!said.contains("warning"), "{name}: {said}");
        }
    }
    let first = |said: &String| said.lines().nth(1).unwrap_or_default().trim().to_string();
    let refused: Vec<(String, String)> = refused
        .into_iter()
        .map(|(w, said)| (w, first(&said)))
        .collect();
    let expected = REFUSED.map(|(world, said)| (world.to_string(), said.to_string()));
    assert_eq!(refused, expected);
}
