//! Go's formatter, where there is one.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::go;
use crate::failure::{Result, unreadable};
use crate::process;

/// The source in Go's usual form. Without gofmt, and where it finds a mistake, as it is.
pub fn format(text: &str) -> Result<String> {
    let Some(program) = &*PROGRAM else {
        return Ok(text.to_string());
    };
    let wrong = |error| unreadable(format!("{} cannot be run: {error}", program.display()));
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(wrong)?;
    let mut stdin = child.stdin.take();
    let input = text.to_string();
    // It reads all before it writes any; a thread, so as not to depend on that.
    let writer =
        std::thread::spawn(move || stdin.as_mut().map(|pipe| pipe.write_all(input.as_bytes())));
    let done = child.wait_with_output().map_err(wrong)?;
    drop(writer.join());
    match String::from_utf8(done.stdout) {
        Ok(formatted) if done.status.success() => Ok(formatted),
        _ => Ok(text.to_string()),
    }
}

/// Beside `go`, which need not be in the path.
static PROGRAM: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let root = process::output(Command::new(go()).args(["env", "GOROOT"]))?;
    let program = PathBuf::from(root).join("bin/gofmt");
    program.exists().then_some(program)
});
