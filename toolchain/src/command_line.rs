//! What commands share of reading their arguments.

use std::ffi::OsString;

use crate::failure::{Failure, usage};

/// A command was run, or only its help was asked for.
pub enum Asked<T> {
    Done(T),
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
