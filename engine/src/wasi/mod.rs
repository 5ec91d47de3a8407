//! WASI 0.2, sealed: a plugin that imports it links, and reaches nothing of the machine.
//!
//! There is no environment, no argument, no file, no socket and no terminal; standard input is at
//! its end, and what is printed becomes lines for the host. Clocks and randomness are what the host
//! chose. Waiting keeps to the deadline of the call.
//!
//! Each file is a package of WASI, and says by `find` what it has: what a component finds under a
//! name, whatever version 0.2.x it asks for. Functions that matter have their types checked by the
//! linker. Methods of resources that no plugin can get (files, sockets) have nothing to do, whatever
//! their types are. They are not listed, so that later versions of WASI may have more of them.

mod absent;
mod cli;
mod clocks;
mod filesystem;
mod io;
mod list;
mod output;
mod random;
mod sockets;

use crate::Bytes;
use crate::component::Name;
use crate::error::{Error, Kind};
use crate::instance::Data;
use clocks::Clock;
use io::Timers;
use output::Output;
use random::Random;
use std::ffi::c_void;
use wasmtime::component::{LinkerInstance, ResourceType};
use wasmtime::{Result, StoreContextMut};

/// `mortise_clock_t`: what clocks show.
#[repr(u8)]
#[derive(Clone, Copy)]
#[expect(dead_code, reason = "C++ makes them")]
pub enum ClockKind {
    PerCall = 0,
    Real = 1,
    Frozen = 2,
}

/// `mortise_line_t`.
#[repr(C)]
pub struct Line {
    stream: u32,
    text: Bytes,
    cut: u64,
    dropped: u64,
}

/// `mortise_wasi_t`: what the host chose.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Wasi {
    clock: ClockKind,
    seeded: bool,
    lines: u32,
    line_bytes: u32,
    frozen_at: u64,
    seed: u64,
    line: Option<unsafe extern "C" fn(*const c_void, &Line)>,
    context: *const c_void,
}

// SAFETY: plain numbers, and an address that is handed back; `line` may be called on any thread.
unsafe impl Send for Wasi {}
// SAFETY: as above.
unsafe impl Sync for Wasi {}

/// What an instance needs that imports some of WASI; the others have none.
pub struct State {
    clock: Clock,
    random: Random,
    timers: Timers,
    output: Output,
}

impl State {
    pub fn new(wasi: &Wasi) -> State {
        State {
            clock: Clock::new(wasi.clock, wasi.frozen_at),
            random: Random::new(wasi.seeded.then_some(wasi.seed)),
            timers: Timers::default(),
            output: Output::new(wasi),
        }
    }

    /// What a call has printed and not ended with a newline is a line too.
    pub fn end_call(&mut self) {
        self.clock.end_call();
        self.output.end_call();
    }

    /// Lines that were printed so far and that nobody got.
    pub fn lines_dropped(&self) -> u64 {
        self.output.dropped()
    }
}

type Store<'a> = StoreContextMut<'a, Data>;
type Linker<'a> = LinkerInstance<'a, Data>;

/// Makes something what a component finds under a name.
pub type Define = fn(&mut Linker<'_>, &str) -> Result<()>;

/// A component with functions of these was given a state.
fn state<'a>(store: &'a mut Store<'_>) -> &'a mut State {
    let state = &mut store.data_mut().wasi;
    state.as_mut().expect("linked with WASI")
}

/// The guest broke a rule of WASI's.
fn trap(message: String) -> wasmtime::Error {
    wasmtime::Error::new(*Error::new(Kind::Trap, message))
}

/// A resource whose objects need no end: `T` is what tells it from others.
fn resource<T: 'static>(into: &mut Linker<'_>, name: &str) -> Result<()> {
    into.resource(name, ResourceType::host::<T>(), |_, _| Ok(()))
}

/// Whether `name` is a method of one of these resources.
fn is_method_of(name: &str, resources: &[&str]) -> bool {
    let method = name.strip_prefix("[method]");
    let resource = method.and_then(|method| Some(method.split_once('.')?.0));
    resource.is_some_and(|resource| resources.contains(&resource))
}

/// What there is of WASI under this name.
pub fn find(interface: &str, item: &str) -> Option<Define> {
    let (package, rest) = interface.strip_prefix("wasi:")?.split_once('/')?;
    let (interface, version) = rest.split_once('@')?;
    let patch = version.strip_prefix("0.2.")?;
    if patch.is_empty() || !patch.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match package {
        "io" => io::find(interface, item),
        "clocks" => clocks::find(interface, item),
        "random" => random::find(interface, item),
        "cli" => cli::find(interface, item),
        "filesystem" => filesystem::find(interface, item),
        "sockets" => sockets::find(interface, item),
        _ => None,
    }
}

/// # Safety
/// The texts of `name` are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_wasi_has(name: Name) -> bool {
    // SAFETY: the caller's promise.
    let (interface, item) = unsafe { name.texts() };
    find(interface, item).is_some()
}
