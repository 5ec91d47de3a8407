//! mortise-bindgen: a C++ host header out of WIT. README.md says what is in it.
//!
//! Ends with 0; 1 where the WIT cannot be bound, or the header not written; 2 for a wrong command.

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
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use load::Features;
use places::Places;
use support::{Refusal, Support};

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
";

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
fn name() -> String {
    let called = std::env::args().next().unwrap_or_default();
    match called.as_str() {
        "mortise bindgen" => called,
        _ => "mortise-bindgen".into(),
    }
}

fn main() -> ExitCode {
    let name = name();
    let command = match parse(std::env::args_os()) {
        Ok(command) => command,
        Err(error) => {
            eprint!("{name}: {error}\n\nusage: {name} {USAGE}");
            return ExitCode::from(2);
        }
    };
    match command {
        Command::Help => {
            print!("usage: {name} {USAGE}");
            ExitCode::SUCCESS
        }
        Command::Version => {
            println!("{name} {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Command::Generate(arguments) => match generate(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{name}: {}", error.trim_end());
                ExitCode::FAILURE
            }
        },
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    use lexopt::prelude::*;

    let mut input = None;
    let mut world = None;
    let mut output = None;
    let mut skip = false;
    let mut features = Features {
        some: Vec::new(),
        all: false,
    };
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
                features.some.extend(names.map(str::to_string));
            }
            Long("all-features") => features.all = true,
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
        features,
    }))
}

fn generate(arguments: Arguments) -> Result<(), String> {
    let (resolve, package) = load::read(&arguments.input, arguments.features)?;
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
        eprintln!("mortise-bindgen: {note}");
    }

    let places = Places::new(&resolve, id);
    let text = world::header(&resolve, id, &places, support);
    match arguments.output {
        None => std::io::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| format!("cannot write to standard output: {error}")),
        // An unchanged header keeps its time, so that nothing is compiled again.
        Some(path) if std::fs::read(&path).is_ok_and(|old| old == text.as_bytes()) => Ok(()),
        Some(path) => std::fs::write(&path, text)
            .map_err(|error| format!("cannot write {}: {error}", path.display())),
    }
}

fn listed(refusals: &[Refusal], show: impl Fn(&Refusal) -> String) -> Vec<String> {
    let mut list: Vec<String> = refusals.iter().take(MOST_SHOWN).map(show).collect();
    if refusals.len() > MOST_SHOWN {
        list.push(format!("and {} more", refusals.len() - MOST_SHOWN));
    }
    list
}
