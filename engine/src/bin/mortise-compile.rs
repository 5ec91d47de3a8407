//! Reads what strangers wrote in a process of its own, because nothing else bounds what a few
//! kilobytes can make a parser or a compiler do: recurse until the stack is gone, ask for gigabytes,
//! run for minutes. Here each of these ends this process, and the parent says which limit it was.
//!
//! `mortise-compile MEMORY CPU TASK`: the most that may be allocated in bytes, seconds of CPU time, and
//! one of
//! ```text
//! compile INPUT MODE TYPES STACK   the settings of engine.h: mode and types as numbers, the guest
//!                                  stack in bytes
//! describe INPUT                   see describe.rs
//! wit PATH WORLD FEATURES          WIT in a file or a folder (wit.rs): `=NAME`, `one` or `all`; names
//!                                  with commas between them, or `*`
//! ```
//! INPUT is its kind in engine.h; that comes on standard input, to its end. The answer goes to
//! standard output:
//! ```text
//! answer = magic "MORTISE2" tag:u8 footprint:u64 first:u64 second:u64 bytes(first) bytes(second)
//! tag 'A': done: the contract, and the native code or what describe.rs and wit.rs write
//! tag 'E': an error: its kind as one byte, its message
//! tag 'M', 'R', 'C': a limit was crossed: memory, recursion, CPU time; nothing follows
//! ```
//! The parent is `runtime/detail/helper.cpp`.

use mortise_engine::compile::{Artifact, Input, compile, refusing_panics};
use mortise_engine::describe::describe;
use mortise_engine::engine::{Engine, Mode, Settings};
use mortise_engine::error::{Error, Kind, Result, silence_panics};
use mortise_engine::wit::{self, Features, World};
use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const EXIT_USAGE: i32 = 2;

/// Deep enough for any real component, and small beside the memory limit.
const COMPILER_STACK: usize = 64 << 20;

/// What a stranger's component may have of debug information, in bytes.
const DEBUG_INFO: usize = 2 << 20;

/// Counts what is allocated, and ends the process past the limit: an allocation that fails
/// would abort it anyway, without saying why.
struct Counted;

static USED: AtomicUsize = AtomicUsize::new(0);
static ALLOWED: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Says which limit was crossed, as an answer without content, and ends the process at once. Safe
/// in a signal handler and where nothing can be allocated. Nothing was answered before: that
/// happens once, after all else.
fn end(tag: u8) -> ! {
    let mut answer = [0u8; 8 + 1 + 3 * 8];
    answer[..8].copy_from_slice(b"MORTISE2");
    answer[8] = tag;
    // SAFETY: writes initialised bytes; async-signal-safe calls only.
    unsafe {
        libc::write(libc::STDOUT_FILENO, answer.as_ptr().cast(), answer.len());
        libc::_exit(1)
    }
}

fn take(bytes: usize) {
    if USED.fetch_add(bytes, Relaxed).saturating_add(bytes) > ALLOWED.load(Relaxed) {
        end(b'M')
    }
}

fn checked(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        end(b'M')
    }
    block
}

// SAFETY: each call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's promise.
        checked(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's promise.
        checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        checked(unsafe { System.realloc(block, layout, size) })
    }
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

enum Task {
    Compile(Settings, Input),
    Describe(Input),
    Wit(PathBuf, World, Features),
}

struct Arguments {
    memory: usize,
    cpu: u64,
    task: Task,
}

fn arguments() -> Option<Arguments> {
    let all: Vec<OsString> = std::env::args_os().skip(1).collect();
    // A path alone need not be UTF-8.
    let text: Vec<&str> = all.iter().map(|a| a.to_str().unwrap_or_default()).collect();
    let [memory, cpu, task @ ..] = text.as_slice() else {
        return None;
    };
    Some(Arguments {
        memory: memory.parse().ok()?,
        cpu: cpu.parse().ok()?,
        task: match task {
            ["compile", input, mode, types, stack] => {
                Task::Compile(settings(mode, types, stack)?, kind_of(input)?)
            }
            ["describe", input] => Task::Describe(kind_of(input)?),
            ["wit", _, world, features] => {
                Task::Wit(PathBuf::from(&all[3]), asked(world)?, gates(features))
            }
            _ => return None,
        },
    })
}

fn settings(mode: &str, types: &str, stack: &str) -> Option<Settings> {
    Some(Settings {
        mode: match mode {
            "0" => Mode::Trusted,
            "1" => Mode::Limited,
            "2" => Mode::Metered,
            _ => return None,
        },
        experimental_types: match types {
            "0" => false,
            "1" => true,
            _ => return None,
        },
        stack: stack.parse().ok()?,
    })
}

fn kind_of(input: &str) -> Option<Input> {
    match input {
        "0" => Some(Input::Binary),
        "1" => Some(Input::Text),
        _ => None,
    }
}

fn asked(world: &str) -> Option<World> {
    match world {
        "one" => Some(World::Only),
        "all" => Some(World::All),
        _ => Some(World::Named(world.strip_prefix('=')?.to_string())),
    }
}

fn gates(features: &str) -> Features {
    match features {
        "*" => Features::All,
        some => Features::Some(some.split(',').map(str::to_string).collect()),
    }
}

extern "C" fn on_overflow(_: i32) {
    end(b'R')
}

extern "C" fn on_cpu_limit(_: i32) {
    end(b'C')
}

/// Limits that the process sets itself, before it reads a byte of the input.
fn confine(arguments: &Arguments) {
    let set = |what, soft: u64, hard: u64| {
        let limit = libc::rlimit {
            rlim_cur: soft,
            rlim_max: hard,
        };
        // SAFETY: reads `limit` only. A limit that cannot be set leaves the parent's watch.
        unsafe { libc::setrlimit(what, &limit) };
    };
    set(libc::RLIMIT_CPU, arguments.cpu, arguments.cpu + 1);
    set(libc::RLIMIT_CORE, 0, 0);
    set(libc::RLIMIT_FSIZE, 0, 0);
    // What is mapped past the allocator: stacks, the program itself. A backstop.
    let mapped = (arguments.memory as u64).saturating_add(1 << 30);
    set(libc::RLIMIT_AS, mapped, mapped);
    // SAFETY: plain calls; the handler does nothing but end the process, and runs on the
    // alternative stack that Rust gives each thread.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_overflow as extern "C" fn(i32) as usize;
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut());
        libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut());
        action.sa_sigaction = on_cpu_limit as extern "C" fn(i32) as usize;
        libc::sigaction(libc::SIGXCPU, &action, std::ptr::null_mut());
    }
    ALLOWED.store(arguments.memory, Relaxed);
}

fn input() -> Result<Vec<u8>> {
    let mut input = Vec::new();
    std::io::stdin()
        .read_to_end(&mut input)
        .map_err(|e| Error::new(Kind::System, format!("the component cannot be read: {e}")))?;
    Ok(input)
}

fn run(task: Task) -> Result<Artifact> {
    silence_panics();
    let read = |contract, about| Artifact {
        code: about,
        contract,
        footprint: 0,
    };
    match task {
        Task::Compile(settings, kind) => {
            let component = input()?;
            compile(&Engine::new(settings)?, &component, kind, DEBUG_INFO)
        }
        Task::Describe(kind) => {
            let component = input()?;
            let found = refusing_panics("the parser", || describe(&component, kind))?;
            Ok(read(found.contract, found.about))
        }
        Task::Wit(path, world, features) => {
            let found = refusing_panics("the parser", || wit::read(&path, &world, features))?;
            Ok(read(found.contract, found.worlds))
        }
    }
}

fn answer(result: Result<Artifact>) -> std::io::Result<()> {
    let (tag, footprint, first, second) = match result {
        Ok(artifact) => (b'A', artifact.footprint, artifact.contract, artifact.code),
        Err(error) => (b'E', 0, vec![error.kind as u8], error.message.into_bytes()),
    };
    let mut out = std::io::stdout().lock();
    out.write_all(b"MORTISE2")?;
    out.write_all(&[tag])?;
    out.write_all(&footprint.to_le_bytes())?;
    out.write_all(&(first.len() as u64).to_le_bytes())?;
    out.write_all(&(second.len() as u64).to_le_bytes())?;
    out.write_all(&first)?;
    out.write_all(&second)?;
    out.flush()
}

fn main() {
    let Some(arguments) = arguments() else {
        eprintln!("mortise-compile is started by the Mortise library, not by hand");
        std::process::exit(EXIT_USAGE);
    };
    confine(&arguments);
    let worker = std::thread::Builder::new()
        .stack_size(COMPILER_STACK)
        .spawn(move || answer(run(arguments.task)));
    let done = worker.map(|thread| thread.join());
    // Whoever reads the answer sees that it is cut short.
    let well = matches!(done, Ok(Ok(Ok(()))));
    std::process::exit(if well { 0 } else { 1 });
}
