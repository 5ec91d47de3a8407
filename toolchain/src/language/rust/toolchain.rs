//! The compiler, as `guests/rust/toolchain.sh` finds it: one finder for plugins here and elsewhere.

use std::process::{Command, Stdio};

const FINDER: &str = include_str!("../../../../guests/rust/toolchain.sh");

pub struct Toolchain {
    pub rustc: String,
    pub version: String,
    pub cargo: String,
    pub linker: String,
    /// The standard library must be built too.
    pub builds_std: bool,
}

impl Toolchain {
    /// The error is what the script says.
    pub fn find(target: &str) -> Result<Toolchain, String> {
        let run = Command::new("sh")
            .args(["-c", FINDER, "toolchain.sh", target])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("sh cannot be run: {error}"))?;
        if !run.status.success() {
            return Err(String::from_utf8_lossy(&run.stderr).trim().to_string());
        }
        read(&String::from_utf8_lossy(&run.stdout))
            .ok_or_else(|| "toolchain.sh says something else than it should".to_string())
    }
}

/// Reads the script's lines, NAME='VALUE'.
fn read(said: &str) -> Option<Toolchain> {
    let value = |name: &str| {
        let mut values = said.lines().filter_map(|line| line.split_once('='));
        let (_, value) = values.find(|(n, _)| *n == name)?;
        Some(value.trim_matches('\'').to_string())
    };
    Some(Toolchain {
        rustc: value("RUSTC")?,
        version: value("VERSION")?,
        cargo: value("CARGO")?,
        linker: value("LINKER")?,
        builds_std: value("BUILD_STD")? == "yes",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_script_prints_is_read() {
        let said = "RUSTC='/a b/rustc'\nVERSION='1.96.0'\nCARGO='/c=d/cargo'\nLINKER='/lld'\nBUILD_STD=yes\n";
        let found = read(said).unwrap();
        assert_eq!(found.rustc, "/a b/rustc");
        assert_eq!(found.version, "1.96.0");
        assert_eq!(found.cargo, "/c=d/cargo");
        assert_eq!(found.linker, "/lld");
        assert!(found.builds_std);
        assert!(read("RUSTC='/rustc'\n").is_none());
    }

    #[test]
    fn no_compiler_has_a_target_that_is_not_there() {
        let why = Toolchain::find("wasm32-nowhere").err().unwrap();
        assert_eq!(
            why,
            "no Rust compiler (1.95 or newer) has the target wasm32-nowhere"
        );
    }
}
