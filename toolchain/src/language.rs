//! What a guest language has to know. Each is a file in language/, and its template is in
//! guests/LANGUAGE/template.

mod c;
mod cpp;
mod go;
mod js;
mod python;
mod rust;
mod zig;

use std::path::{Path, PathBuf};

use crate::contract::Contract;
use crate::failure::Result;
use crate::files::File;
use crate::manifest::Project;
use crate::strip::Keep;

pub trait Language: Sync {
    /// As `--lang` and mortise.toml spell it.
    fn name(&self) -> &'static str;
    /// As people do.
    fn title(&self) -> &'static str;

    /// The one file to edit, in the plugin's folder.
    fn source(&self) -> &'static str;

    /// The files of a new plugin but mortise.toml, wit/ and .gitignore: build file, settings of the
    /// formatter, README, sources, a test. Of the processor contract the sample, of any other world
    /// stubs.
    fn project(&self, new: &New) -> Result<Vec<File>>;

    /// The tools that a build needs, found or not.
    fn tools(&self) -> Vec<Tool>;

    /// The same for the plugin in a folder, which may have tools of its own.
    fn tools_in(&self, _root: &Path) -> Vec<Tool> {
        self.tools()
    }

    /// What is written into the plugin's folder before each build: bindings of its contract.
    fn bindings(&self, contract: &Contract) -> Result<Vec<File>>;

    /// Runs the compiler. What comes back is a core module, or a component; with debug information
    /// if it is to be kept, and in any case with names.
    fn compile(&self, build: &Build) -> Result<PathBuf>;

    /// Whether the compiler itself knows what is up to date. Where it does not, nothing is compiled
    /// while no source has changed.
    fn is_incremental(&self) -> bool {
        true
    }
}

/// A plugin that is to be made.
pub struct New<'a> {
    pub name: &'a str,
    pub contract: &'a Contract,
    /// The world is that of the processor, for which there is a sample.
    pub is_sample: bool,
}

/// A build that is under way.
pub struct Build<'a> {
    pub project: &'a Project,
    pub contract: &'a Contract,
    pub keep: Keep,
}

impl Build<'_> {
    /// What the compilers make on the way: below build/, where nobody looks.
    pub fn objects(&self) -> PathBuf {
        self.project.build_folder().join("obj")
    }

    pub fn root(&self) -> &Path {
        &self.project.root
    }

    pub fn keeps_debug(&self) -> bool {
        self.keep == Keep::Debug
    }
}

/// A program that a language needs.
pub struct Tool {
    /// "zig 0.17.1"
    pub what: String,
    /// How to start it, and the version that is there. None: it is missing, or too old.
    pub found: Option<Found>,
    /// How to get it, a command or more.
    pub how: &'static str,
}

pub struct Found {
    pub command: Vec<String>,
    pub version: String,
}

impl Found {
    pub fn command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        command
    }
}

pub const ALL: [&dyn Language; 7] = [
    &rust::Rust,
    &c::C,
    &cpp::Cpp,
    &zig::Zig,
    &go::Go,
    &js::JavaScript,
    &python::Python,
];

/// Errors name the languages there are.
pub fn named(name: &str) -> std::result::Result<&'static dyn Language, String> {
    ALL.into_iter().find(|l| l.name() == name).ok_or_else(|| {
        let all: Vec<&str> = ALL.iter().map(|l| l.name()).collect();
        format!(
            "there is no language `{}`; there are {}",
            name.escape_debug(),
            all.join(", ")
        )
    })
}

/// The tools of a language, all of them there; else what is missing and how to get it.
pub fn required(language: &dyn Language) -> Result<Vec<Found>> {
    required_in(language, Path::new("."))
}

/// Those of the plugin in a folder.
pub fn required_in(language: &dyn Language, root: &Path) -> Result<Vec<Found>> {
    let (found, missing): (Vec<_>, Vec<_>) = language
        .tools_in(root)
        .into_iter()
        .partition(|tool| tool.found.is_some());
    if missing.is_empty() {
        return Ok(found.into_iter().filter_map(|tool| tool.found).collect());
    }
    let list: String = missing
        .iter()
        .map(|tool| {
            format!(
                "\n  {}\n    {}",
                tool.what,
                tool.how.replace('\n', "\n    ")
            )
        })
        .collect();
    Err(crate::failure::unreadable(format!(
        "plugins in {} cannot be built here. This is missing, and how to get it:{list}",
        language.title()
    )))
}
