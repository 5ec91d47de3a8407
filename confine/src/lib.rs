//! Bounds a program that reads what strangers wrote, because nothing else bounds what a few
//! kilobytes can make a parser or a compiler do: recurse until the stack is gone, ask for
//! gigabytes, run for minutes. Here each of these ends the process, which says first which limit it
//! was.
//!
//! A program has [`Counted`] for its allocator, and does its work in [`run`]. [`print`] is for what
//! it answers.

mod memory;
mod output;

pub use memory::Counted;
pub use output::print;

use std::ffi::c_int;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Of a thread: deep enough for anything real, and small beside any memory limit.
pub const STACK: usize = 64 << 20;

/// What is mapped past the allocator: the program itself, and for each thread its stack and what the
/// system's allocator keeps for it.
const BESIDE: u64 = 1 << 30;
const BESIDE_THREAD: u64 = 256 << 20;

pub struct Limits {
    /// The most that may be allocated at a time, in bytes.
    pub memory: usize,
    /// Processor time, in seconds, of all threads together.
    pub cpu: u64,
    /// How many threads the work may start, each with a stack of [`STACK`].
    pub threads: usize,
    /// Whether the program may write to files. Pipes and terminals are none.
    pub writes_files: bool,
}

#[derive(Clone, Copy)]
pub enum Limit {
    Memory,
    Depth,
    Time,
}

/// What the process says when it ends at a limit, made beforehand: where it ends, nothing can be.
pub struct LastWords {
    /// A file descriptor: 1 or 2.
    pub to: c_int,
    pub memory: Vec<u8>,
    pub depth: Vec<u8>,
    pub time: Vec<u8>,
    /// With which the process ends.
    pub status: c_int,
}

static LAST_WORDS: OnceLock<LastWords> = OnceLock::new();

/// Does the work under limits, on a thread with a large stack, and once in a process: its limits
/// stay. An error means that there is no thread for it; a panic of the work goes on in the caller.
pub fn run<T: Send + 'static>(
    limits: &Limits,
    words: LastWords,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    LAST_WORDS.get_or_init(|| words);
    confine(limits);
    let worker = thread::Builder::new().stack_size(STACK).spawn(work)?;
    match worker.join() {
        Ok(done) => Ok(done),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Ends this process when the one that started it ends.
pub fn end_with_parent() {
    // SAFETY: a plain call, of numbers.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
}

/// Ends the process at once. Safe in a signal handler and where nothing can be allocated: it reads
/// what was written before any limit was set. Of threads that cross limits at the same time, one says
/// which it was.
fn end(limit: Limit) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    // SAFETY: async-signal-safe. No handler of this thread's comes between what follows, so another
    // thread than the first is the one that waits.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, std::ptr::null_mut());
    }
    while ENDING.swap(true, Ordering::Relaxed) {
        // SAFETY: async-signal-safe. The process ends meanwhile.
        unsafe { libc::pause() };
    }
    let mut status = 1;
    if let Some(words) = LAST_WORDS.get() {
        let bytes = match limit {
            Limit::Memory => &words.memory,
            Limit::Depth => &words.depth,
            Limit::Time => &words.time,
        };
        status = words.status;
        // SAFETY: writes initialised bytes, which are never freed.
        unsafe { libc::write(words.to, bytes.as_ptr().cast(), bytes.len()) };
    }
    // SAFETY: async-signal-safe; nothing of this process runs after it.
    unsafe { libc::_exit(status) }
}

extern "C" fn on_overflow(_: c_int) {
    end(Limit::Depth)
}

extern "C" fn on_cpu_limit(_: c_int) {
    end(Limit::Time)
}

fn confine(limits: &Limits) {
    let set = |what, soft: u64, hard: u64| {
        let limit = libc::rlimit {
            rlim_cur: soft,
            rlim_max: hard,
        };
        // SAFETY: reads `limit` only. A limit that cannot be set, since a lower one is, holds anyway.
        unsafe { libc::setrlimit(what, &limit) };
    };
    set(libc::RLIMIT_CPU, limits.cpu, limits.cpu + 1);
    set(libc::RLIMIT_CORE, 0, 0);
    if !limits.writes_files {
        set(libc::RLIMIT_FSIZE, 0, 0);
    }
    // A backstop.
    let beside = (limits.threads as u64)
        .saturating_mul(BESIDE_THREAD)
        .saturating_add(BESIDE);
    let mapped = (limits.memory as u64).saturating_add(beside);
    set(libc::RLIMIT_AS, mapped, mapped);
    handle(libc::SIGSEGV, on_overflow);
    handle(libc::SIGBUS, on_overflow);
    handle(libc::SIGXCPU, on_cpu_limit);
    memory::allow(limits.memory);
}

fn handle(signal: c_int, handler: extern "C" fn(c_int)) {
    // SAFETY: zeroes are an empty mask and no flags; the handler does nothing but end the process,
    // and runs on the alternative stack that Rust gives each thread.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as usize;
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(signal, &action, std::ptr::null_mut());
    }
}
