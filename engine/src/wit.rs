//! A contract that is written in WIT: the worlds of a file or a folder.
//!
//! Written down for C++ (`runtime/inspect.cpp` reads it), in the manner of `contract/mod.rs`:
//! ```text
//! worlds = list(world)            world = name:text notes:list(text)
//! ```

use crate::contract::{Listing, Writer, empty, of_world};
use crate::error::{Error, Kind, Result};
use std::path::Path;
use wit_parser::{PackageId, Resolve, WorldId};
use wit_reader::Features;

/// Which world of the package is asked for.
pub enum World {
    /// The only one there is.
    Only,
    Named(String),
    /// Each is looked at, and none is asked for.
    All,
}

/// `contract` is in the form of `contract/mod.rs`; empty where all worlds are asked for.
pub struct Wit {
    pub contract: Vec<u8>,
    pub worlds: Vec<u8>,
}

/// Errors have all that a person needs, the place in the WIT included.
pub fn read(path: &Path, world: &World, features: &Features) -> Result<Wit> {
    let (resolve, package) = wit_reader::read(path, features).map_err(refuse)?;
    let chosen = match world {
        World::All => resolve.packages[package].worlds.values().copied().collect(),
        World::Only => vec![only(&resolve, package)?],
        World::Named(name) => vec![named(&resolve, package, name)?],
    };
    let mut out = Writer::default();
    out.number(chosen.len());
    let mut contract = empty();
    for id in chosen {
        let name = world_name(&resolve, id);
        let found = of_world(&resolve, id, Listing::UsedByFunctions)
            .map_err(|error| refuse(format!("world `{name}`: {}", error.message)))?;
        out.text(&name);
        out.texts(&found.notes());
        contract = found.contract;
    }
    Ok(Wit {
        contract: if matches!(world, World::All) {
            empty()
        } else {
            contract
        },
        worlds: out.bytes,
    })
}

fn refuse(text: impl Into<String>) -> Box<Error> {
    Error::new(Kind::Component, text)
}

/// "acme:shop/storefront@1.0.0"
fn world_name(resolve: &Resolve, id: WorldId) -> String {
    let world = &resolve.worlds[id];
    match world.package {
        Some(package) => resolve.id_of_name(package, &world.name),
        None => world.name.clone(),
    }
}

fn only(resolve: &Resolve, package: PackageId) -> Result<WorldId> {
    let package = &resolve.packages[package];
    match package.worlds.len() {
        1 => Ok(package.worlds[0]),
        0 => Err(refuse(format!("package `{}` has no world", package.name))),
        n => Err(refuse(format!(
            "package `{}` has {n} worlds: choose one with --world{}",
            package.name,
            listed(package.worlds.keys())
        ))),
    }
}

fn named(resolve: &Resolve, package: PackageId, name: &str) -> Result<WorldId> {
    // With its package: one that the WIT depends on will do.
    if name.contains('/') {
        let found = resolve.select_world(&[package], Some(name));
        return found.map_err(|error| refuse(format!("{error:#}")));
    }
    let package = &resolve.packages[package];
    package.worlds.get(name).copied().ok_or_else(|| {
        let list = if package.worlds.is_empty() {
            "\nIt has no world at all".to_string()
        } else {
            format!("\nIt has these:{}", listed(package.worlds.keys()))
        };
        refuse(format!(
            "package `{}` has no world `{name}`{list}",
            package.name
        ))
    })
}

fn listed<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names
        .into_iter()
        .map(|name| format!("\n  {name}"))
        .collect()
}
