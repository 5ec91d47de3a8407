//! Zig; and its compiler, which C and C++ are built with too.

use super::{Found, Tool};
use crate::process;

/// The version that templates are written for: Zig changes with each minor one.
const VERSION: &str = "0.17";
const HOW: &str = "pip install ziglang==0.17.1\nor https://ziglang.org/download";

/// As a program, or as Python's package.
pub fn tool() -> Tool {
    let python = |name: &str| vec![name.to_string(), "-m".to_string(), "ziglang".to_string()];
    let ways = [vec!["zig".to_string()], python("python3"), python("python")];
    let found = ways.into_iter().find_map(|command| {
        let mut asked = std::process::Command::new(&command[0]);
        asked.args(&command[1..]).arg("version");
        let version = process::output(&mut asked)?;
        version
            .starts_with(VERSION)
            .then_some(Found { command, version })
    });
    Tool {
        what: format!("Zig {VERSION}, with its C and C++ compiler"),
        found,
        how: HOW,
    }
}
