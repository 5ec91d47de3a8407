//! Runs the compilers.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::{Result, refused, unreadable};

/// Runs a compiler. What it prints goes to the standard error stream as it came: the standard output
/// stream is for results.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let wrong = |error| unreadable(format!("{name} cannot be run: {error}"));
    let own = std::io::stderr()
        .as_fd()
        .try_clone_to_owned()
        .map_err(wrong)?;
    let status = command
        .stdin(Stdio::null())
        .stdout(own)
        .status()
        .map_err(wrong)?;
    ended(&name, status)
}

/// The same for a compiler whose standard output stream is not for people: what it says there.
pub fn run_and_read(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| unreadable(format!("{name} cannot be run: {error}")))?;
    ended(&name, done.status)?;
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

fn ended(name: &str, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    Err(refused(format!(
        "{name} failed ({status}); what it said is above"
    )))
}

/// What a command prints on its standard output stream, where it is there and ends well.
pub fn output(command: &mut Command) -> Option<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
    match done {
        Ok(done) if done.status.success() => {
            Some(String::from_utf8_lossy(&done.stdout).trim().to_string())
        }
        Ok(_) => None,
        Err(error) => {
            debug_assert!(error.kind() != ErrorKind::InvalidInput, "{error}");
            None
        }
    }
}

/// "0.17.1" of "zig 0.17.1 (pip)"
pub fn version_in(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_digit() || c == '.';
    text.split(|c| !is_part(c))
        .map(|word| word.trim_matches('.'))
        .find(|word| word.contains('.'))
}

/// Whether a version is not older than another.
pub fn at_least(version: &str, least: &str) -> bool {
    let numbers =
        |text: &str| -> Vec<u32> { text.split('.').map_while(|n| n.parse().ok()).collect() };
    numbers(version) >= numbers(least)
}
