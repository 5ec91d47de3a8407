//! Why a command failed, and how it ends.

use std::fmt::Display;

pub const REFUSED: u8 = 1;
pub const USAGE: u8 = 2;
pub const UNREADABLE: u8 = 3;

/// `text` is all that a person needs to know, and safe to print.
#[derive(Debug)]
pub struct Failure {
    pub exit: u8,
    pub text: String,
}

pub type Result<T> = std::result::Result<T, Failure>;

/// Something cannot be read, written or found, or is not what it should be.
pub fn unreadable(text: impl Display) -> Failure {
    Failure {
        exit: UNREADABLE,
        text: text.to_string(),
    }
}

/// The command line is wrong.
pub fn usage(text: impl Display) -> Failure {
    Failure {
        exit: USAGE,
        text: text.to_string(),
    }
}

/// A compiler does not take the plugin; it has said why.
pub fn refused(text: impl Display) -> Failure {
    Failure {
        exit: REFUSED,
        text: text.to_string(),
    }
}
