//! `mortise build`: from a plugin's folder to its component.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::command_line::{Asked, parser};
use crate::component;
use crate::contract::Contract;
use crate::failure::{Failure, Result, unreadable, usage};
use crate::files;
use crate::language::{Build, required_in};
use crate::manifest::Project;
use crate::output;
use crate::strip::Keep;
use crate::watch;

const HELP: &str = "\
usage: mortise build [DIR] [OPTION]..

Builds the plugin in DIR, or in this folder, into build/NAME.wasm there. mortise.toml says what it is.

  --debug        keep debug information: backtraces have source lines
  --strip-all    keep no names either: backtraces have numbers
  --watch        build again whenever a source changes, until it is interrupted
  --json         say what was built as JSON
  --help

Ends with 0; 1 where the compiler refuses the plugin; 2 for a wrong command line; 3 where a tool is
missing, or something cannot be read.
";

struct Arguments {
    folder: PathBuf,
    keep: Keep,
    watch: bool,
    as_json: bool,
}

pub fn run(name: &str, arguments: Vec<OsString>) -> Result<String> {
    let arguments = match parse(arguments)? {
        Asked::For(arguments) => arguments,
        Asked::Help(text) => return Ok(text),
    };
    if arguments.watch {
        return forever(name, &arguments);
    }
    build(&arguments)
}

fn parse(arguments: Vec<OsString>) -> Result<Asked<Arguments>> {
    use lexopt::prelude::*;

    let mut folder = None;
    let mut keep = Keep::Names;
    let (mut watch, mut as_json) = (false, false);
    let mut parser = parser(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(path) if folder.is_none() => folder = Some(PathBuf::from(path)),
            Long("debug") if keep == Keep::Nothing => return Err(contradiction()),
            Long("strip-all") if keep == Keep::Debug => return Err(contradiction()),
            Long("debug") => keep = Keep::Debug,
            Long("strip-all") => keep = Keep::Nothing,
            Long("watch") => watch = true,
            Long("json") => as_json = true,
            Short('h') | Long("help") => return Ok(Asked::Help(HELP.to_string())),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(Asked::For(Arguments {
        folder: folder.unwrap_or_else(|| PathBuf::from(".")),
        keep,
        watch,
        as_json,
    }))
}

fn contradiction() -> Failure {
    usage("--debug keeps what --strip-all drops: choose one of them")
}

/// What cannot be built now may be when the next change is saved.
fn forever(name: &str, arguments: &Arguments) -> Result<String> {
    Project::read(&arguments.folder)?;
    let mut seen = watch::look(&arguments.folder)?;
    loop {
        match build(arguments) {
            Ok(text) => output::print(&text)?,
            Err(failure) => output::say(name, &failure.text),
        }
        eprintln!("waiting for a change");
        seen = watch::wait(&arguments.folder, &seen)?;
    }
}

/// What it says of what it has built.
fn build(arguments: &Arguments) -> Result<String> {
    let began = Instant::now();
    let project = Project::read(&arguments.folder)?;
    let contract = read_contract(&project)?;
    let build = Build {
        project: &project,
        contract: &contract,
        keep: arguments.keep,
    };
    let up_to_date = !project.language.is_incremental() && is_up_to_date(&build)?;
    if !up_to_date {
        compile(&build)?;
    }
    report(&project, arguments.as_json, up_to_date, began)
}

/// The contract that mortise.toml names.
fn read_contract(project: &Project) -> Result<Contract> {
    let asked = &project.manifest.contract;
    Contract::read(&project.root.join(&asked.wit), Some(&asked.world)).map_err(|failure| {
        let note = "the contract is what mortise.toml names, as contract.wit and contract.world";
        unreadable(format!("{}\n{note}", failure.text.trim_end()))
    })
}

fn compile(build: &Build) -> Result<()> {
    let Build {
        project,
        contract,
        keep,
    } = *build;
    required_in(project.language, &project.root)?;
    files::write_all(&project.root, &project.language.bindings(contract)?)?;
    std::fs::create_dir_all(build.objects()).map_err(|error| {
        unreadable(format!(
            "{} cannot be made: {error}",
            build.objects().display()
        ))
    })?;
    let made = project.language.compile(build)?;
    let options = component::Options {
        contract: Some(contract),
        wasi: project.manifest.build.wasi,
        keep,
        name: project.name(),
        version: &project.manifest.plugin.version,
        language: project.language.title(),
    };
    let component = component::make(&files::read(&made)?, &options)
        .map_err(|error| unreadable(format!("{} makes no component: {error:#}", made.display())))?;
    files::write(&project.component(), &component)?;
    files::write(&stamp(build), settings(build).as_bytes())?;
    Ok(())
}

fn stamp(build: &Build) -> PathBuf {
    build.objects().join("settings")
}

/// What a component depends on besides its sources.
fn settings(build: &Build) -> String {
    let wasi = build.project.manifest.build.wasi;
    format!(
        "mortise {} {:?} {wasi:?}\n",
        env!("CARGO_PKG_VERSION"),
        build.keep
    )
}

fn is_up_to_date(build: &Build) -> Result<bool> {
    let made = std::fs::metadata(build.project.component()).and_then(|m| m.modified());
    let same = std::fs::read(stamp(build)).is_ok_and(|old| old == settings(build).as_bytes());
    let newest = watch::newest(&watch::look(build.root())?);
    Ok(same && made.is_ok_and(|made| newest.is_some_and(|newest| newest < made)))
}

fn report(project: &Project, as_json: bool, up_to_date: bool, began: Instant) -> Result<String> {
    let path = project.component();
    let component = files::read(&path)?;
    let imports = component::imports(&component)
        .map_err(|error| unreadable(format!("{}: {error:#}", path.display())))?;
    let seconds = began.elapsed().as_secs_f64();
    if as_json {
        let json = serde_json::json!({
            "component": path,
            "size": component.len(),
            "imports": imports,
            "up_to_date": up_to_date,
            "seconds": seconds,
        });
        return Ok(format!("{json}\n"));
    }
    let state = if up_to_date { ", was up to date" } else { "" };
    let imports = match imports.is_empty() {
        true => "nothing".to_string(),
        false => imports.join(", "),
    };
    Ok(format!(
        "{}{state}\n  size     {}\n  imports  {imports}\n  time     {seconds:.1} s\n",
        shown(&path),
        size_text(component.len())
    ))
}

/// Without the "./" of this folder.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).display().to_string()
}

fn size_text(bytes: usize) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1024.0 / 1024.0),
    }
}
