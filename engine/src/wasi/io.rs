//! wasi:io: waiting, and the standard streams.

use super::list::List;
use super::output::Stream;
use super::{Define, Linker, State, Store, absent, clocks, is_method_of, resource, state, trap};
use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, Lower, Resource, ResourceType, WasmList};

/// The resources: no objects, but what tells their types apart. A stream's representation is a
/// number of `Stream`; a pollable's, of a timer.
pub struct IoError;
pub struct Pollable;
pub struct InputStream;
pub struct OutputStream;

/// What a stream has room for at any time: `check-write` allows so much.
const ROOM: u64 = 64 << 10;
/// What WASI lets the blocking writes take.
const BLOCKING_ROOM: u64 = 4096;
/// The most that one `poll` looks at.
const POLLED: usize = 10_000;

// ---- wasi:io/poll -----------------------------------------------------------------------------

/// When pollables are ready, on the monotonic clock, by their representations. A guest has no more
/// of them than handles.
#[derive(Default)]
pub struct Timers {
    at: Vec<u64>,
    free: Vec<u32>,
}

impl Timers {
    pub fn add(&mut self, at: u64) -> Result<Resource<Pollable>> {
        let number = match self.free.pop() {
            Some(free) => {
                self.at[free as usize] = at;
                free
            }
            None => {
                self.at.push(at);
                u32::try_from(self.at.len() - 1)?
            }
        };
        Ok(Resource::new_own(number))
    }

    /// One of something that never makes anybody wait.
    fn ready(&mut self) -> Result<Resource<Pollable>> {
        self.add(0)
    }

    fn at(&self, pollable: &Resource<Pollable>) -> Result<u64> {
        let at = self.at.get(pollable.rep() as usize).copied();
        at.ok_or_else(|| trap(format!("there is no pollable {}", pollable.rep())))
    }

    fn remove(&mut self, number: u32) {
        self.free.push(number);
    }
}

/// The ones that are ready, after a wait for the first of them.
fn poll(store: &mut Store<'_>, all: &WasmList<Resource<Pollable>>) -> Result<List<u32>> {
    if all.len() == 0 {
        return Err(trap("poll was called with no pollables".into()));
    }
    if all.len() > POLLED {
        let count = all.len();
        let message =
            format!("poll was called with {count} pollables, and looks at {POLLED} at most");
        return Err(trap(message));
    }
    let mut times = Vec::with_capacity(all.len());
    for number in 0..all.len() {
        let Some(pollable) = all.get(&mut *store, number) else {
            break;
        };
        times.push(state(store).timers.at(&pollable?)?);
    }
    let first = times.iter().copied().min().unwrap_or_default();
    if state(store).clock.now() < first {
        clocks::wait_until(store, first)?;
    }
    let now = state(store).clock.now();
    let numbered = (0..).zip(times);
    Ok(numbered
        .filter(|(_, at)| *at <= now)
        .map(|(i, _)| i)
        .collect())
}

fn find_poll(item: &str) -> Option<Define> {
    let define: Define = match item {
        "pollable" => |into: &mut Linker<'_>, name| {
            into.resource(
                name,
                ResourceType::host::<Pollable>(),
                |mut store, number| {
                    state(&mut store).timers.remove(number);
                    Ok(())
                },
            )
        },
        "[method]pollable.ready" => |into, name| {
            into.func_wrap(
                name,
                |mut store: Store<'_>, (one,): (Resource<Pollable>,)| {
                    let state = state(&mut store);
                    Ok((state.timers.at(&one)? <= state.clock.now(),))
                },
            )
        },
        "[method]pollable.block" => |into, name| {
            into.func_wrap(
                name,
                |mut store: Store<'_>, (one,): (Resource<Pollable>,)| {
                    let at = state(&mut store).timers.at(&one)?;
                    clocks::wait_until(&mut store, at)
                },
            )
        },
        "poll" => |into, name| {
            type All = WasmList<Resource<Pollable>>;
            into.func_wrap(name, |mut store: Store<'_>, (all,): (All,)| {
                Ok((poll(&mut store, &all)?,))
            })
        },
        _ => return None,
    };
    Some(define)
}

// ---- wasi:io/streams --------------------------------------------------------------------------

/// `stream-error`.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

type Answer<T> = Result<(std::result::Result<T, StreamError>,)>;

fn input(item: &str) -> Option<Define> {
    let define: Define = match item {
        "read" | "blocking-read" => |into: &mut Linker<'_>, name| {
            type Params = (Resource<InputStream>, u64);
            into.func_wrap(name, |_: Store<'_>, _: Params| -> Answer<List<u8>> {
                Ok((Err(StreamError::Closed),))
            })
        },
        "skip" | "blocking-skip" => |into, name| {
            type Params = (Resource<InputStream>, u64);
            into.func_wrap(name, |_: Store<'_>, _: Params| -> Answer<u64> {
                Ok((Err(StreamError::Closed),))
            })
        },
        "subscribe" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, _: (Resource<InputStream>,)| {
                Ok((state(&mut store).timers.ready()?,))
            })
        },
        _ => return None,
    };
    Some(define)
}

/// The contract lets a guest write what it was allowed, and no more.
fn check_room(function: &str, bytes: u64, room: u64) -> Result<()> {
    if bytes <= room {
        return Ok(());
    }
    Err(trap(format!(
        "{function} was given {bytes} bytes, and takes {room} at most"
    )))
}

fn write(
    store: &mut Store<'_>,
    to: &Resource<OutputStream>,
    bytes: &WasmList<u8>,
    (function, room): (&str, u64),
) -> Answer<()> {
    check_room(function, bytes.len() as u64, room)?;
    let stream = Stream::of(to.rep());
    // The bytes lie in the store, so what takes them must not.
    let taken: Option<Box<State>> = store.data_mut().wasi.take();
    let mut state = taken.expect("linked with WASI");
    state.output.write(stream, bytes.as_le_slice(&*store));
    store.data_mut().wasi = Some(state);
    Ok((Ok(()),))
}

fn write_zeroes(
    store: &mut Store<'_>,
    to: &Resource<OutputStream>,
    count: u64,
    (function, room): (&str, u64),
) -> Answer<()> {
    check_room(function, count, room)?;
    let zeroes = [0; ROOM as usize];
    let stream = Stream::of(to.rep());
    // `count` is not more than `ROOM`.
    state(store).output.write(stream, &zeroes[..count as usize]);
    Ok((Ok(()),))
}

fn output(item: &str) -> Option<Define> {
    type Out = Resource<OutputStream>;
    let define: Define = match item {
        "check-write" => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |_: Store<'_>, _: (Out,)| -> Answer<u64> {
                Ok((Ok(ROOM),))
            })
        },
        "write" => |into, name| {
            type Params = (Out, WasmList<u8>);
            into.func_wrap(name, |mut store: Store<'_>, (to, bytes): Params| {
                write(&mut store, &to, &bytes, ("write", ROOM))
            })
        },
        "blocking-write-and-flush" => |into, name| {
            type Params = (Out, WasmList<u8>);
            into.func_wrap(name, |mut store: Store<'_>, (to, bytes): Params| {
                let most = ("blocking-write-and-flush", BLOCKING_ROOM);
                write(&mut store, &to, &bytes, most)
            })
        },
        "flush" | "blocking-flush" => |into, name| {
            into.func_wrap(name, |_: Store<'_>, _: (Out,)| -> Answer<()> {
                Ok((Ok(()),))
            })
        },
        "subscribe" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, _: (Out,)| {
                Ok((state(&mut store).timers.ready()?,))
            })
        },
        "write-zeroes" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (to, count): (Out, u64)| {
                write_zeroes(&mut store, &to, count, ("write-zeroes", ROOM))
            })
        },
        "blocking-write-zeroes-and-flush" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (to, count): (Out, u64)| {
                let most = ("blocking-write-zeroes-and-flush", BLOCKING_ROOM);
                write_zeroes(&mut store, &to, count, most)
            })
        },
        // Every input is at its end.
        "splice" | "blocking-splice" => |into, name| {
            type Params = (Out, Resource<InputStream>, u64);
            into.func_wrap(name, |_: Store<'_>, _: Params| -> Answer<u64> {
                Ok((Err(StreamError::Closed),))
            })
        },
        _ => return None,
    };
    Some(define)
}

fn find_streams(item: &str) -> Option<Define> {
    if let Some(method) = item.strip_prefix("[method]input-stream.") {
        return input(method);
    }
    if let Some(method) = item.strip_prefix("[method]output-stream.") {
        return output(method);
    }
    match item {
        "input-stream" => Some(resource::<InputStream>),
        "output-stream" => Some(resource::<OutputStream>),
        _ => None,
    }
}

pub fn find(interface: &str, item: &str) -> Option<Define> {
    match (interface, item) {
        ("error", "error") => Some(resource::<IoError>),
        // No stream ever makes one.
        ("error", method) if is_method_of(method, &["error"]) => Some(absent::function),
        ("poll", item) => find_poll(item),
        ("streams", item) => find_streams(item),
        _ => None,
    }
}
