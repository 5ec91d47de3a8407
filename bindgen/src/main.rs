//! mortise-bindgen: a C++ host header out of WIT. README.md says what is in it.
//!
//! WIT is a stranger's: the process bounds itself before it reads any (`../confine`), and what it
//! quotes is escaped. It ends as the commands of `cli/options.h` do.

mod bound;
mod define;
mod emit;
mod interface;
mod load;
mod names;
mod near;
mod places;
mod resource;
mod support;
mod types;
mod wit;
mod world;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use confine::{LastWords, Limits};
use places::Places;
use support::{Refusal, Support};
use wit_reader::{Features, escape_lines};

#[global_allocator]
static ALLOCATOR: confine::Counted = confine::Counted;

const USAGE: &str = "\
FILE-OR-FOLDER [OPTION]..

Writes the C++ header with which a host calls plugins of a WIT world, and implements what they
import. Resources become classes: those imported are the host's to derive from, those exported are
handles. A folder is one package; other packages are in its deps/.

  --world WORLD        which one, where there are several: plugin-world, wasi:cli/command@0.2.0
  -o, --output FILE    where to; otherwise to standard output
  --skip-unsupported   leave out what Mortise cannot bind yet, and say so
  --features A,B       what the WIT marks as unstable with these names is there
  --all-features       all that the WIT marks as unstable is there
  --help, --version

Ends with 0 if all is well, 2 if the command line is wrong, 3 if the WIT cannot be read or bound, or the
header not written.
";

/// How it ends, in `cli/options.h`: kUsage, kUnreadable.
const USAGE_STATUS: u8 = 2;
const UNREADABLE: u8 = 3;

/// Far more than any contract takes.
const MEMORY_GIB: usize = 1;
const SECONDS: u64 = 20;

/// Refusals that are listed before the rest is only counted.
const MOST_SHOWN: usize = 20;

struct Arguments {
    input: PathBuf,
    world: Option<String>,
    output: Option<PathBuf>,
    skip: bool,
    features: Features,
}

enum Command {
    Generate(Arguments),
    Help,
    Version,
}

/// What it was called as: the command `mortise` calls it `mortise bindgen`.
fn name() -> &'static str {
    const COMMAND: &str = "mortise bindgen";
    match std::env::args_os().next() {
        Some(called) if called == COMMAND => COMMAND,
        _ => "mortise-bindgen",
    }
}

fn main() -> ExitCode {
    let name = name();
    match parse(std::env::args_os()) {
        Err(error) => {
            say(name, &format!("{error}\n\nusage: {name} {USAGE}"));
            ExitCode::from(USAGE_STATUS)
        }
        Ok(Command::Help) => print(name, &format!("usage: {name} {USAGE}")),
        Ok(Command::Version) => print(name, &format!("{name} {}\n", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Generate(arguments)) => generate_confined(name, arguments),
    }
}

/// Says what went wrong. It may have strangers' names in it.
fn say(name: &str, what: &str) {
    eprintln!("{}", escape_lines(&format!("{name}: {}", what.trim_end())));
}

fn fail(name: &str, what: &str) -> ExitCode {
    say(name, what);
    ExitCode::from(UNREADABLE)
}

fn print(name: &str, text: &str) -> ExitCode {
    match write_out(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(name, &error),
    }
}

fn write_out(text: &str) -> Result<(), String> {
    confine::print(text.as_bytes())
        .map_err(|error| format!("cannot write to standard output: {error}"))
}

fn generate_confined(name: &'static str, arguments: Arguments) -> ExitCode {
    std::panic::set_hook(Box::new(|info| {
        say(name, &format!("a bug, which this WIT shows: {info}"));
    }));
    let limits = Limits {
        memory: MEMORY_GIB << 30,
        cpu: SECONDS,
        threads: 1,
        writes_files: true,
    };
    let words = last_words(name, &arguments.input);
    // Unwind safety: nothing is used after a panic.
    let work = move || catch_unwind(AssertUnwindSafe(|| generate(name, arguments)));
    match confine::run(&limits, words, work) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        Ok(Ok(Err(error))) => fail(name, &error),
        // The hook has told of it.
        Ok(Err(_)) => ExitCode::from(UNREADABLE),
        Err(error) => fail(name, &format!("cannot start a thread: {error}")),
    }
}

fn last_words(name: &str, input: &Path) -> LastWords {
    let place = input.display();
    let line = |what: String| escape_lines(&format!("{name}: {place} {what}")) + "\n";
    let more = |what| line(format!("needs more than the {what} that reading it may"));
    LastWords {
        to: 2,
        memory: more(format!("{MEMORY_GIB} GiB of memory")).into_bytes(),
        depth: line("is nested too deeply to be read".into()).into_bytes(),
        time: more(format!("{SECONDS} s of processor time")).into_bytes(),
        status: UNREADABLE.into(),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let mut input = None;
    let mut world = None;
    let mut output = None;
    let mut skip = false;
    let mut features = Vec::new();
    let mut all_features = false;
    let mut parser = lexopt::Parser::from_iter(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(path) if input.is_none() => input = Some(PathBuf::from(path)),
            Long("world") => world = Some(parser.value()?.string()?),
            Short('o') | Long("output") => output = Some(PathBuf::from(parser.value()?)),
            Long("skip-unsupported") => skip = true,
            Long("features") => {
                let list = parser.value()?.string()?;
                let names = list.split([',', ' ']).filter(|name| !name.is_empty());
                features.extend(names.map(str::to_string));
            }
            Long("all-features") => all_features = true,
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Generate(Arguments {
        input: input.ok_or("there is no file or folder to read")?,
        world,
        output,
        skip,
        features: match all_features {
            true => Features::All,
            false => Features::Some(features),
        },
    }))
}

fn generate(name: &str, arguments: Arguments) -> Result<(), String> {
    let (resolve, package) = wit_reader::read(&arguments.input, &arguments.features)?;
    let id = load::world(&resolve, package, arguments.world.as_deref())?;
    let world = &resolve.worlds[id];

    let mut support = Support::new(&resolve);
    let refusals = support.refusals(world.imports.iter().chain(&world.exports));
    if !refusals.is_empty() && !arguments.skip {
        let list: Vec<String> = listed(&refusals, |r| r.text(&resolve));
        return Err(format!(
            "world `{}` has what this version of Mortise cannot bind:\n  {}\n\
             Take it out of the contract, or leave it out of the binding with --skip-unsupported",
            world.name,
            list.join("\n  "),
        ));
    }
    for note in listed(&refusals, |r| format!("{}: left out, {}", r.what, r.why)) {
        say(name, &note);
    }

    let places = Places::new(&resolve, id);
    let text = world::header(&resolve, id, &places, support);
    match arguments.output {
        None => write_out(&text),
        // An unchanged header keeps its time, so that nothing is compiled again.
        Some(path) if has_already(&path, &text) => Ok(()),
        Some(path) => std::fs::write(&path, text)
            .map_err(|error| format!("cannot write {}: {error}", path.display())),
    }
}

/// Only a file of that length is read: others may have no end.
fn has_already(path: &Path, text: &str) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() == text.len() as u64)
        && std::fs::read(path).is_ok_and(|old| old == text.as_bytes())
}

fn listed(refusals: &[Refusal], show: impl Fn(&Refusal) -> String) -> Vec<String> {
    let mut list: Vec<String> = refusals.iter().take(MOST_SHOWN).map(show).collect();
    if refusals.len() > MOST_SHOWN {
        list.push(format!("and {} more", refusals.len() - MOST_SHOWN));
    }
    list
}
