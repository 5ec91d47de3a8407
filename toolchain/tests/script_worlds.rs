//! Stubs in JavaScript and Python of every world in the project: they build as they are, and their
//! tests pass.
//!
//! It takes minutes, and is run by name: cargo test --release --test script_worlds -- --ignored

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What is refused, and the beginning of what is said then.
const REFUSED_IN_JS: [(&str, &str); 7] = [
    (
        "clashes w",
        "mortise new: in JavaScript, foo:foo/foo and other:foo/foo have one name",
    ),
    (
        "resource-clashes w",
        "mortise new: componentize-qjs knows no method that is called as its resource:",
    ),
    ("skip skipping", QJS),
    ("types all", QJS),
    ("types everything", QJS),
    ("world-functions calc", QJS),
    ("world-resources front", QJS),
];
const QJS: &str = "mortise new: the contract has what componentize-qjs 0.4.5 cannot do:";

const REFUSED_IN_PYTHON: [(&str, &str); 9] = [
    (
        "clashes w",
        "mortise new: in Python, a-1 in foo:foo/foo and a1 in foo:foo/foo have one name",
    ),
    ("includes everything", PY),
    ("inline inlined", PY),
    (
        "resource-clashes w",
        "mortise new: componentize-py exports no resource without a function:",
    ),
    ("skip skipping", PY),
    ("types all", PY),
    ("types everything", PY),
    ("versions app", PY),
    ("world-resources front", PY),
];
const PY: &str = "mortise new: the contract has what componentize-py 0.25 cannot do:";

/// The name of a contract, its world and its folder.
fn worlds() -> Vec<(String, String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bindgen/golden");
    let mut all = Vec::new();
    for folder in fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            if file.extension().is_none_or(|extension| extension != "wit") {
                continue;
            }
            let text = fs::read_to_string(file).unwrap();
            let lines = text.lines();
            for line in lines.filter_map(|line| line.trim().strip_prefix("world ")) {
                let contract = folder.file_name().unwrap().to_string_lossy().into_owned();
                let world = line.trim_end_matches(['{', ' ']).to_string();
                all.push((contract, world, folder.clone()));
            }
        }
    }
    all.sort();
    all
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn sweep(language: &str, test: &[&str], refused: &[(&str, &str)]) {
    let mortise = env!("CARGO_BIN_EXE_mortise-toolchain");
    let work = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{language}-worlds"));
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).unwrap();
    let mut said = Vec::new();
    for (contract, world, folder) in worlds() {
        let name = format!("of-{contract}-{world}");
        let wit = folder.to_string_lossy();
        let new = [
            "new", &name, "--lang", language, "--wit", &wit, "--world", &world,
        ];
        let made = run(&work, mortise, &new);
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr).into_owned();
            said.push((format!("{contract} {world}"), why));
            continue;
        }
        let plugin = work.join(&name);
        for (program, arguments) in [(mortise, &["build"][..]), (test[0], &test[1..])] {
            let done = run(&plugin, program, arguments);
            let why = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{name}: {program}: {why}");
        }
    }
    assert_eq!(said.len(), refused.len(), "{said:?}");
    for ((world, why), (expected, beginning)) in said.iter().zip(refused) {
        assert_eq!(world, expected, "{why}");
        assert!(why.starts_with(beginning), "{world}: {why}");
    }
}

#[test]
#[ignore = "it builds a dozen plugins"]
fn stubs_in_javascript_build() {
    sweep("js", &["node", "--test"], &REFUSED_IN_JS);
}

#[test]
#[ignore = "it builds a dozen plugins, ten seconds each"]
fn stubs_in_python_build() {
    sweep("python", &["python3", "-m", "unittest"], &REFUSED_IN_PYTHON);
}
