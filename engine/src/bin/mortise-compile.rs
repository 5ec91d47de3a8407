//! Reads what strangers wrote in a process of its own, because nothing else bounds what a few
//! kilobytes can make a parser or a compiler do: recurse until the stack is gone, ask for gigabytes,
//! run for minutes. Here each of these ends this process, and the parent says which limit it was.
//!
//! `mortise-compile MEMORY CPU THREADS TASK`: the most that may be allocated in bytes, seconds of CPU
//! time, the threads that compile, and one of
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
//! While it compiles, the standard error stream gets how far it is, for those who listen there: how
//! many functions were begun, and of how many, two u64 at a time.
//!
//! The parent is `runtime/detail/helper.cpp`; the limits are set by `confine/`.

use confine::{LastWords, Limits, STACK};
use mortise_engine::compile::{Artifact, Input, compile, refusing_panics};
use mortise_engine::describe::describe;
use mortise_engine::engine::{Engine, Mode, Settings};
use mortise_engine::error::{Error, Kind, Result, silence_panics};
use mortise_engine::progress::Progress;
use mortise_engine::wit::{self, World};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use wit_reader::Features;

const EXIT_USAGE: i32 = 2;

/// What a stranger's component may have of debug information, in bytes.
const DEBUG_INFO: usize = 2 << 20;

#[global_allocator]
static ALLOCATOR: confine::Counted = confine::Counted;

enum Task {
    Compile(Settings, Input),
    Describe(Input),
    Wit(PathBuf, World, Features),
}

struct Arguments {
    memory: usize,
    cpu: u64,
    threads: usize,
    task: Task,
}

fn arguments() -> Option<Arguments> {
    let all: Vec<OsString> = std::env::args_os().skip(1).collect();
    // A path alone need not be UTF-8.
    let text: Vec<&str> = all.iter().map(|a| a.to_str().unwrap_or_default()).collect();
    let [memory, cpu, threads, task @ ..] = text.as_slice() else {
        return None;
    };
    Some(Arguments {
        memory: memory.parse().ok()?,
        cpu: cpu.parse().ok()?,
        threads: threads.parse().ok()?,
        task: match task {
            ["compile", input, mode, types, stack] => {
                Task::Compile(settings(mode, types, stack)?, kind_of(input)?)
            }
            ["describe", input] => Task::Describe(kind_of(input)?),
            ["wit", _, world, features] => {
                Task::Wit(PathBuf::from(&all[4]), asked(world)?, gates(features))
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

/// What the parent is told of a crossed limit: an answer without content. Nothing was answered
/// before: that happens once, after all else.
fn last_words() -> LastWords {
    let crossed = |tag: u8| [b"MORTISE2".as_slice(), &[tag], &[0; 3 * 8]].concat();
    LastWords {
        to: 1,
        memory: crossed(b'M'),
        depth: crossed(b'R'),
        time: crossed(b'C'),
        status: 1,
    }
}

fn input() -> Result<Vec<u8>> {
    let mut input = Vec::new();
    std::io::stdin()
        .read_to_end(&mut input)
        .map_err(|e| Error::new(Kind::System, format!("the component cannot be read: {e}")))?;
    Ok(input)
}

/// Says how far the compiler is. Nobody need listen: what cannot be written at once is left out.
fn tell(done: u64, total: u64) {
    let said = [done.to_le_bytes(), total.to_le_bytes()].concat();
    // Not by `std`, which would write the rest of what a pipe does not take.
    // SAFETY: writes initialised bytes.
    unsafe { libc::write(2, said.as_ptr().cast(), said.len()) };
}

fn compile_on(threads: usize, settings: Settings, kind: Input) -> Result<Artifact> {
    let component = input()?;
    let engine = match threads {
        1 => Engine::new(settings)?,
        _ => Engine::parallel(settings)?,
    };
    compile(&engine, &component, kind, DEBUG_INFO, |binary| {
        let progress = Progress::new(binary, Box::new(tell));
        progress.watch_this_thread();
        if threads == 1 {
            return Ok(());
        }
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(STACK)
            .start_handler(move |_| progress.watch_this_thread())
            .build_global()
            .map_err(|e| Error::new(Kind::System, format!("no threads to compile on: {e}")))
    })
}

fn run(task: Task, threads: usize) -> Result<Artifact> {
    silence_panics();
    let read = |contract, about| Artifact {
        code: about,
        contract,
        footprint: 0,
    };
    match task {
        Task::Compile(settings, kind) => compile_on(threads, settings, kind),
        Task::Describe(kind) => {
            let component = input()?;
            let found = refusing_panics("the parser", || describe(&component, kind))?;
            Ok(read(found.contract, found.about))
        }
        Task::Wit(path, world, features) => {
            let found = refusing_panics("the parser", || wit::read(&path, &world, &features))?;
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
    confine::end_with_parent();
    let limits = Limits {
        memory: arguments.memory,
        cpu: arguments.cpu,
        threads: arguments.threads,
        writes_files: false,
    };
    let done = confine::run(&limits, last_words(), move || {
        answer(run(arguments.task, arguments.threads))
    });
    // Whoever reads the answer sees that it is cut short.
    let well = matches!(done, Ok(Ok(())));
    std::process::exit(if well { 0 } else { 1 });
}
