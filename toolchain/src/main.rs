//! mortise-toolchain: `mortise new`, `mortise build` and `mortise component`, from nothing to a
//! component. README.md says how a language takes part.
//!
//! Ends as all commands do (`cli/options.h`): 0; 1 where a compiler refuses the plugin; 2 for a wrong
//! command line; 3 where something cannot be read, written or found.

mod build;
mod command_line;
mod component;
mod contract;
mod failure;
mod files;
mod language;
mod languages;
mod manifest;
mod names;
mod new;
mod output;
mod process;
mod refusal;
mod strip;
mod template;
mod watch;
mod world;

use std::ffi::OsString;
use std::process::ExitCode;

use failure::Result;

#[global_allocator]
static ALLOCATOR: confine::Counted = confine::Counted;

/// What a command prints in the end; `name` is what it was called as.
type Run = fn(name: &str, Vec<OsString>) -> Result<String>;

const COMMANDS: [(&str, Run); 4] = [
    ("new", new::run_confined),
    ("build", build::run),
    ("component", component::run),
    ("languages", languages::run),
];

fn main() -> ExitCode {
    let (name, rest) = called();
    let Some((_, run)) = COMMANDS.iter().find(|(command, _)| name.ends_with(command)) else {
        let all: Vec<&str> = COMMANDS.iter().map(|(command, _)| *command).collect();
        eprintln!("usage: mortise-toolchain {} [ARGUMENT]..", all.join("|"));
        return ExitCode::from(failure::USAGE);
    };
    match run(&name, rest).and_then(|text| output::print(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::say(&name, &failure.text);
            if failure.exit == failure::USAGE {
                eprintln!("`{name} --help` says more.");
            }
            ExitCode::from(failure.exit)
        }
    }
}

/// What it was called as, for its own messages, and its arguments. The command `mortise` calls it
/// `mortise new`; by itself, the first argument is the command.
fn called() -> (String, Vec<OsString>) {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let program = program.to_string_lossy().into_owned();
    if program.starts_with("mortise ") {
        return (program, arguments.collect());
    }
    let command = arguments.next().unwrap_or_default();
    let name = format!("mortise {}", command.to_string_lossy());
    (name, arguments.collect())
}
