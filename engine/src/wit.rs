//! A contract that is written in WIT: the worlds of a file or a folder.
//!
//! Written down for C++ (`runtime/inspect.cpp` reads it), in the manner of `contract.rs`:
//! ```text
//! worlds = list(world)            world = name:text notes:list(text)
//! ```

use crate::contract::{Listing, Writer, empty, of_world};
use crate::error::{Error, Kind, Result};
use std::path::Path;
use wit_parser::{PackageId, ParseError, Resolve, ResolveError, ResolveErrorKind, WorldId};

/// Which world of the package is asked for.
pub enum World {
    /// The only one there is.
    Only,
    Named(String),
    /// Each is looked at, and none is asked for.
    All,
}

/// Which `@unstable` parts of the WIT are there.
pub enum Features {
    Some(Vec<String>),
    All,
}

/// `contract` is in the form of `contract.rs`; empty where all worlds are asked for.
pub struct Wit {
    pub contract: Vec<u8>,
    pub worlds: Vec<u8>,
}

/// Errors have all that a person needs, the place in the WIT included.
pub fn read(path: &Path, world: &World, features: Features) -> Result<Wit> {
    let mut resolve = Resolve::new();
    match features {
        Features::Some(names) => resolve.features.extend(names),
        Features::All => resolve.all_features = true,
    }
    let package = match resolve.push_path(path) {
        Ok((package, _)) => package,
        Err(error) => return Err(refuse(explained(&resolve, path, &error))),
    };
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

fn explained(resolve: &Resolve, path: &Path, error: &anyhow::Error) -> String {
    let rendered = resolve.render_error(error);
    // The layers above the one that knows the place tell which call failed, and nothing more.
    let layers: Vec<_> = error.chain().collect();
    let is_above =
        |e: &&&(dyn std::error::Error + 'static)| !e.is::<ResolveError>() && !e.is::<ParseError>();
    let above = layers.iter().take_while(is_above);
    let above: String = above.map(|e| format!("{e}: ")).collect();
    let mut text = rendered
        .strip_prefix(&above)
        .unwrap_or(&rendered)
        .to_string();
    let kind = error
        .chain()
        .find_map(|e| e.downcast_ref::<ResolveError>())
        .map(ResolveError::kind);
    if let Some(ResolveErrorKind::PackageNotFound { .. }) = kind {
        text.push_str(&where_packages_are(path));
    }
    let place = path.display().to_string();
    if text.contains(&place) {
        text
    } else {
        format!("{place}: {text}")
    }
}

fn where_packages_are(path: &Path) -> String {
    if path.is_dir() {
        let deps = path.join("deps");
        format!(
            "\nOther packages are looked for in {}: fetch them with `wkg wit fetch` or `wit-deps`",
            deps.display()
        )
    } else {
        "\nA file is read alone. Name its folder instead, and the packages in its deps/ are read too"
            .to_string()
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
