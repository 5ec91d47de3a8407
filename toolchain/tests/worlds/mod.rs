//! Every world in the project, and plugins that are made for each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

/// Makes and builds a plugin with stubs for each world, without a warning. The worlds that were
/// refused, with the first line that says why.
pub fn built(language: &str) -> Vec<(String, String)> {
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{language}-worlds"));
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).unwrap();
    let mut refused = Vec::new();
    for (contract, folder) in contracts() {
        for world in worlds(&folder) {
            let name = format!("of-{contract}-{world}");
            let wit = folder.to_string_lossy();
            let new = [
                "new", &name, "--lang", language, "--wit", &wit, "--world", &world,
            ];
            let made = mortise(&work, &new);
            let said = String::from_utf8_lossy(&made.stderr).into_owned();
            if !made.status.success() {
                let first = said.lines().nth(1).unwrap_or_default().trim();
                refused.push((format!("{contract} {world}"), first.to_string()));
                continue;
            }
            let built = mortise(&work, &["build", &name]);
            let said = String::from_utf8_lossy(&built.stderr);
            assert!(built.status.success(), "{name}: {said}");
            assert!(!said.contains("warning"), "{name}: {said}");
        }
    }
    refused.sort();
    refused
}

pub fn named(worlds: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(world, said): &(&str, &str)| (world.to_string(), said.to_string());
    let mut all: Vec<_> = worlds.iter().map(own).collect();
    all.sort();
    all
}
