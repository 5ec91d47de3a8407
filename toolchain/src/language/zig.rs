//! Zig; and its compiler, which C and C++ are built with too.
//!
//! No generator of bindings is there for Zig. One would have much to write if it were not for Zig's
//! reflection: a library of ours, guests/zig/canon, follows types by itself, so that bindings are the
//! types and functions of a world and nothing else.

mod bindings;
mod names;
mod stubs;
mod types;
mod world;

use std::path::PathBuf;

use wit_parser::{TypeDefKind, WorldItem, WorldKey};

use super::{Build, Found, Language, New, Tool};
use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::files::File;
use crate::manifest::Wasi;
use crate::process;
use crate::refusal::{self, Part};
use crate::template::{file, files};
use world::World;

/// The version that templates are written for: Zig changes with each minor one.
const VERSION: &str = "0.17";
const HOW: &str = "pip install ziglang==0.17.1\nor https://ziglang.org/download";

const SOURCE: &str = "src/plugin.zig";

/// As a program, or as Python's package.
pub fn tool() -> Tool {
    let python = |name: &str| vec![name.to_string(), "-m".to_string(), "ziglang".to_string()];
    let ways = [vec!["zig".to_string()], python("python3"), python("python")];
    let found = ways.into_iter().find_map(|command| {
        let mut asked = std::process::Command::new(&command[0]);
        asked.args(&command[1..]).arg("version");
        let version = process::output(&mut asked)?;
        version
            .starts_with(VERSION)
            .then_some(Found { command, version })
    });
    Tool {
        what: format!("Zig {VERSION}, with its C and C++ compiler"),
        found,
        how: HOW,
    }
}

pub struct Zig;

impl Language for Zig {
    fn name(&self) -> &'static str {
        "zig"
    }

    fn title(&self) -> &'static str {
        "Zig"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let values = [("name", new.name)];
        let mut all = files!("zig", &values, ["gitignore", "README.md", "build.zig"]);
        all.extend(self.bindings(new.contract)?);
        all.push(if new.is_sample {
            let sample = include_str!("../../../guests/zig/template/src/plugin.zig");
            file(SOURCE, sample, &values)
        } else {
            File::new(SOURCE, stubs::of(&World::new(new.contract)))
        });
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        vec![tool()]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        refusal::check(contract, self.title(), refused)?;
        refuse_renamed(contract)?;
        macro_rules! library {
            ($($name:literal),*) => {
                vec![$(File::new(
                    concat!("bindings/", $name),
                    include_str!(concat!("../../../guests/zig/canon/", $name)),
                )),*]
            };
        }
        let mut all = library!("arity.zig", "canon.zig", "traps.zig", "values.zig");
        let world = bindings::of(&World::new(contract));
        all.push(File::new("bindings/world.zig", world));
        Ok(all)
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let zig = super::required(self)?.remove(0);
        let mut command = zig.command();
        command.current_dir(build.root()).args([
            "build",
            "--error-style",
            "minimal",
            "--summary",
            "none",
            "--prefix",
            "build/obj",
        ]);
        // Optimized code has one trap for several checks, and lines that are nowhere.
        if build.keeps_debug() {
            command.arg("-Doptimize=debug");
        }
        if build.project.manifest.build.wasi == Wasi::P2 {
            command.arg("-Dwasi");
        }
        process::run(&mut command)?;
        Ok(build.objects().join("bin/plugin.wasm"))
    }
}

/// What a component cannot have, and Zig would be asked to.
fn refused(part: &Part) -> Option<String> {
    const MOST_FLAGS: usize = 32;
    let why = match part {
        Part::Type(kind) => match kind {
            TypeDefKind::Record(record) if record.fields.is_empty() => "has no fields".to_string(),
            TypeDefKind::Flags(flags) if flags.flags.is_empty() => "has no flags".to_string(),
            TypeDefKind::Flags(flags) if flags.flags.len() > MOST_FLAGS => {
                format!("has {} flags, more than {MOST_FLAGS}", flags.flags.len())
            }
            _ => return refusal::impossible(part),
        },
        part => return refusal::impossible(part),
    };
    Some(why)
}

/// An interface may be there twice, with resources of its own each time.
fn refuse_renamed(contract: &Contract) -> Result<()> {
    let world = contract.world();
    for (key, item) in world.imports.iter().chain(&world.exports) {
        let (WorldKey::Name(name), WorldItem::Interface { id, .. }) = (key, item) else {
            continue;
        };
        if contract.resolve.interfaces[*id].name.is_some() {
            let own = contract.resolve.id_of(*id).unwrap_or_default();
            return Err(unreadable(format!(
                "there are no bindings in Zig for `{name}`, which is `{own}` under a name of its own"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
