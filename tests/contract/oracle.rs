//! `contract-oracle FOLDER`: what wit-component says of pairs of worlds, NAME.old.wit and NAME.new.wit,
//! each the only world of a package `test:pair` under another version. A line for each pair:
//!
//! ```text
//! NAME<TAB>PLUGINS<TAB>HOSTS
//! ```
//!
//! PLUGINS is `semver_check`'s verdict: can plugins of the old world run where the new one is
//! expected? HOSTS is that of `targets`: does a component of the new world fit the old one? Each is
//! `fits` or `breaks`.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result};
use wit_component::{
    ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata, semver_check, targets,
};
use wit_parser::{ManglingAndAbi, Resolve, WorldId};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else {
        eprintln!("usage: contract-oracle FOLDER");
        return ExitCode::from(2);
    };
    match run(Path::new(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("contract-oracle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(folder: &Path) -> Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        names.extend(name.strip_suffix(".old.wit").map(str::to_string));
    }
    names.sort();
    for name in names {
        let (plugins, hosts) = pair(folder, &name).with_context(|| name.clone())?;
        println!("{name}\t{plugins}\t{hosts}");
    }
    Ok(())
}

fn pair(folder: &Path, name: &str) -> Result<(&'static str, &'static str)> {
    let mut resolve = Resolve::new();
    let mut worlds = Vec::new();
    for side in ["old", "new"] {
        let (package, _) = resolve.push_path(folder.join(format!("{name}.{side}.wit")))?;
        worlds.push(resolve.packages[package].worlds[0]);
    }
    let (old, new) = (worlds[0], worlds[1]);
    let word = |fits: bool| if fits { "fits" } else { "breaks" };
    let plugins = semver_check(resolve.clone(), old, new).is_ok();
    // As semver_check does: the versions are there to tell the two packages apart.
    for (_, package) in resolve.packages.iter_mut() {
        package.name.version = None;
    }
    let hosts = targets(&resolve, old, &component(&resolve, new)?).is_ok();
    Ok((word(plugins), word(hosts)))
}

/// One that imports and exports all of a world.
fn component(resolve: &Resolve, world: WorldId) -> Result<Vec<u8>> {
    let mut module = dummy_module(resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default().module(&module)?.encode()
}
