//! What commands share of reading their arguments.

use std::ffi::OsString;

use crate::failure::{Failure, usage};

/// What a command is to do, or the help that was asked for in its place.
pub enum Asked<T> {
    For(T),
    Help(String),
}

pub fn parser(arguments: Vec<OsString>) -> lexopt::Parser {
    lexopt::Parser::from_args(arguments)
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Failure {
        usage(error)
    }
}
