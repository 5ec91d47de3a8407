//! What people see.

use wit_reader::escape_lines;

use crate::failure::{Result, unreadable};

/// A result, on the standard output stream.
pub fn print(text: &str) -> Result<()> {
    confine::print(text.as_bytes())
        .map_err(|error| unreadable(format!("the output cannot be written: {error}")))
}

/// What went wrong. It may have strangers' names in it.
pub fn say(name: &str, what: &str) {
    eprintln!("{}", escape_lines(&format!("{name}: {}", what.trim_end())));
}
