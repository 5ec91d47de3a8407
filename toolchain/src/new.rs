//! `mortise new`: a plugin's folder, ready to be built.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use confine::{LastWords, Limits};

use crate::command_line::{Asked, parser};
use crate::contract::Contract;
use crate::failure::{Result, UNREADABLE, unreadable, usage};
use crate::files::{self, File};
use crate::language::{self, ALL, Language, New};
use crate::manifest;
use crate::names;
use crate::template::fill;

/// The contract of plugins that are not made for one of their own.
const PROCESSOR: &str = include_str!("../../wit/plugin-world.wit");
const PROCESSOR_WORLD: &str = "plugin-world";
const PROCESSOR_CALL: &str =
    r#"mortise call 'process-data("hi", {name: "n", version: "1", priority: 1})'"#;

const MANIFEST: &str = r#"[plugin]
name = "{{name}}"
version = "0.1.0"
language = "{{language}}"

[contract]
wit = "wit"
world = "{{world}}"

[build]
# "none": the component imports no WASI, and what its language's library asks of it is answered from
# within, without time, output or files. "p2": it imports WASI 0.2, and its host decides.
wasi = "none"
"#;

fn help() -> String {
    let languages: Vec<&str> = ALL.iter().map(|l| l.name()).collect();
    format!(
        "\
usage: mortise new NAME --lang LANGUAGE [OPTION]..

Makes the folder NAME with a plugin that `mortise build` builds as it is. Without --wit it is one for
the processor contract, which answers text with text; with it, one to be filled in.

  --lang LANGUAGE    {}
  --wit WIT          the contract, a file or a folder with what it needs in its deps/
  --world WORLD      which world of it, where there are several
  --help
",
        languages.join(", ")
    )
}

struct Arguments {
    folder: PathBuf,
    name: String,
    language: &'static dyn Language,
    wit: Option<PathBuf>,
    world: Option<String>,
}

/// Strangers' contracts are read within limits, which hold to the end of the process.
pub fn run_confined(name: &str, arguments: Vec<OsString>) -> Result<String> {
    const MEMORY_GIB: usize = 2;
    const SECONDS: u64 = 60;
    let limits = Limits {
        memory: MEMORY_GIB << 30,
        cpu: SECONDS,
        threads: 1,
        writes_files: true,
    };
    let words = |what: String| format!("{name}: the contract {what}\n").into_bytes();
    let more = |what| words(format!("needs more than the {what} that reading it may"));
    let last_words = LastWords {
        to: 2,
        memory: more(format!("{MEMORY_GIB} GiB of memory")),
        depth: words("is nested too deeply to be read".to_string()),
        time: more(format!("{SECONDS} s of processor time")),
        status: UNREADABLE.into(),
    };
    confine::run(&limits, last_words, move || run(arguments))
        .map_err(|error| unreadable(format!("no thread can be started: {error}")))?
}

fn run(arguments: Vec<OsString>) -> Result<String> {
    let arguments = match parse(arguments)? {
        Asked::For(arguments) => arguments,
        Asked::Help(text) => return Ok(text),
    };
    let contract_files = match &arguments.wit {
        Some(wit) => copied(wit)?,
        None => vec![File::new("wit/plugin-world.wit", PROCESSOR)],
    };
    // In a folder beside, which becomes the plugin's when all is there.
    refuse_taken(&arguments.folder)?;
    let staging = staging_for(&arguments.folder);
    let made = write(&arguments, &staging, &contract_files).and_then(|world| {
        fs::rename(&staging, &arguments.folder).map_err(|error| {
            unreadable(format!(
                "{} cannot be made: {error}",
                arguments.folder.display()
            ))
        })?;
        Ok(world)
    });
    let world = made.inspect_err(|_| drop(fs::remove_dir_all(&staging)))?;
    Ok(said(&arguments, &world))
}

fn parse(arguments: Vec<OsString>) -> Result<Asked<Arguments>> {
    use lexopt::prelude::*;

    let (mut folder, mut language, mut wit, mut world) = (None, None, None, None);
    let mut parser = parser(arguments);
    while let Some(argument) = parser.next()? {
        match argument {
            Value(path) if folder.is_none() => folder = Some(PathBuf::from(path)),
            Long("lang") => language = Some(parser.value()?.string()?),
            Long("wit") => wit = Some(PathBuf::from(parser.value()?)),
            Long("world") => world = Some(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(Asked::Help(help())),
            other => return Err(other.unexpected().into()),
        }
    }
    let folder =
        folder.ok_or_else(|| usage("what is the plugin called? Name it, as in my-plugin"))?;
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if name.is_empty() {
        return Err(usage(
            "which folder? Name one that is not there yet, as in my-plugin",
        ));
    }
    names::check_plugin(&name).map_err(usage)?;
    let all: Vec<&str> = ALL.iter().map(|l| l.name()).collect();
    let language = language.ok_or_else(|| {
        usage(format!(
            "in which language? --lang is one of {}",
            all.join(", ")
        ))
    })?;
    let language = language::named(&language).map_err(usage)?;
    if world.is_some() && wit.is_none() {
        return Err(usage("--world is a world of --wit, which is missing"));
    }
    Ok(Asked::For(Arguments {
        folder,
        name,
        language,
        wit,
        world,
    }))
}

fn refuse_taken(folder: &Path) -> Result<()> {
    if fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    Err(unreadable(format!(
        "{} is there already: choose another name, or remove it",
        folder.display()
    )))
}

fn staging_for(folder: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(folder.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    folder.with_file_name(name)
}

/// The name of its world.
fn write(arguments: &Arguments, root: &Path, contract_files: &[File]) -> Result<String> {
    files::write_all(root, contract_files)?;
    let wit = root.join("wit");
    // Messages name what was asked for, not the copy.
    let read = arguments.wit.as_deref().unwrap_or(&wit);
    let contract = Contract::read(read, arguments.world.as_deref())?;
    let world = match &arguments.world {
        Some(world) => world.clone(),
        None => contract.world().name.clone(),
    };
    let new = New {
        name: &arguments.name,
        contract: &contract,
        is_sample: arguments.wit.is_none(),
    };
    files::write_all(root, &arguments.language.project(&new)?)?;
    let values = [
        ("name", arguments.name.as_str()),
        ("language", arguments.language.name()),
        ("world", &world),
    ];
    files::write_all(root, &[File::new(manifest::FILE, fill(MANIFEST, &values))])?;
    Ok(world)
}

/// The files of a contract, as they are to lie in wit/.
fn copied(wit: &Path) -> Result<Vec<File>> {
    let wrong = |why: String| unreadable(format!("{} cannot be read: {why}", wit.display()));
    let metadata = fs::metadata(wit).map_err(|error| wrong(error.to_string()))?;
    if !metadata.is_dir() {
        let name = wit.file_name().unwrap_or_default().to_string_lossy();
        return Ok(vec![File::new(format!("wit/{name}"), files::read(wit)?)]);
    }
    let is_wit = |path: &PathBuf| {
        path.extension()
            .is_some_and(|e| e == "wit" || e == "wasm" || e == "wat")
    };
    let mut all = Vec::new();
    for path in files::sources(wit)?.into_iter().filter(is_wit) {
        let inside = path
            .strip_prefix(wit)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        all.push(File::new(format!("wit/{inside}"), files::read(&path)?));
    }
    if all.is_empty() {
        return Err(wrong("there is no WIT in it".to_string()));
    }
    Ok(all)
}

fn said(arguments: &Arguments, world: &str) -> String {
    debug_assert!(arguments.wit.is_some() || world == PROCESSOR_WORLD);
    let folder = arguments.folder.display();
    let title = arguments.language.title();
    let call = match arguments.wit {
        None => PROCESSOR_CALL,
        Some(_) => "mortise call          which functions are there?",
    };
    format!(
        "{folder}: a plugin in {title} for the world {world}\n  cd {folder}\n  mortise build\n  {call}\n"
    )
}
