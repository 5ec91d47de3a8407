//! wasi:cli: no environment, no arguments, no terminal; the standard streams; and `exit`.

use super::io::{InputStream, OutputStream};
use super::list::{List, NoText};
use super::output::Stream;
use super::{Define, Linker, Store, resource};
use crate::error::{Error, Kind};
use wasmtime::Result;
use wasmtime::component::Resource;

struct TerminalInput;
struct TerminalOutput;

/// Ends the call, as an error that has the status.
fn exit(status: u8) -> Result<()> {
    let error = Error::new(Kind::Exit, "").with_amounts(status.into(), 0);
    Err(wasmtime::Error::new(*error))
}

/// `get-stdout` and the like: a handle of a stream.
macro_rules! stream {
    ($resource:ty, $stream:expr) => {
        |into, name| {
            into.func_wrap(name, |_: Store<'_>, (): ()| {
                Ok((Resource::<$resource>::new_own($stream as u32),))
            })
        }
    };
}

/// `get-terminal-stdout` and the like: there is none.
fn no_terminal<T: 'static>(into: &mut Linker<'_>, name: &str) -> Result<()> {
    into.func_wrap(name, |_: Store<'_>, (): ()| Ok((None::<Resource<T>>,)))
}

pub fn find(interface: &str, item: &str) -> Option<Define> {
    let define: Define = match (interface, item) {
        ("environment", "get-environment") => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |_: Store<'_>, (): ()| {
                Ok((List::<(NoText, NoText)>::empty(),))
            })
        },
        ("environment", "get-arguments") => {
            |into, name| into.func_wrap(name, |_: Store<'_>, (): ()| Ok((List::<NoText>::empty(),)))
        }
        ("environment", "initial-cwd") => {
            |into, name| into.func_wrap(name, |_: Store<'_>, (): ()| Ok((None::<NoText>,)))
        }
        ("exit", "exit") => |into, name| {
            type Status = std::result::Result<(), ()>;
            into.func_wrap(name, |_: Store<'_>, (status,): (Status,)| {
                exit(status.is_err().into())
            })
        },
        ("exit", "exit-with-code") => {
            |into, name| into.func_wrap(name, |_: Store<'_>, (code,): (u8,)| exit(code))
        }
        ("stdin", "get-stdin") => stream!(InputStream, 0),
        ("stdout", "get-stdout") => stream!(OutputStream, Stream::Out),
        ("stderr", "get-stderr") => stream!(OutputStream, Stream::Err),
        ("terminal-input", "terminal-input") => resource::<TerminalInput>,
        ("terminal-output", "terminal-output") => resource::<TerminalOutput>,
        ("terminal-stdin", "get-terminal-stdin") => no_terminal::<TerminalInput>,
        ("terminal-stdout", "get-terminal-stdout") | ("terminal-stderr", "get-terminal-stderr") => {
            no_terminal::<TerminalOutput>
        }
        _ => return None,
    };
    Some(define)
}
