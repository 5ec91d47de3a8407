//! Finds the world in the WIT.

use wit_parser::{PackageId, Resolve, WorldId};

use crate::near::near;

/// The world called `name`, or the only one there is.
pub fn world(resolve: &Resolve, package: PackageId, name: Option<&str>) -> Result<WorldId, String> {
    let worlds = &resolve.packages[package].worlds;
    let package_name = &resolve.packages[package].name;
    match name {
        None if worlds.is_empty() => Err(format!(
            "package `{package_name}` has no world. A binding is that of a world: write one that \
             exports what plugins provide, and imports what hosts do"
        )),
        None if worlds.len() > 1 => Err(format!(
            "package `{package_name}` has {} worlds: choose one with --world{}",
            worlds.len(),
            listed(worlds.keys().map(String::as_str)),
        )),
        None => Ok(worlds[0]),
        // With its package: one that the WIT depends on will do.
        Some(name) if name.contains('/') => resolve
            .select_world(&[package], Some(name))
            .map_err(|error| format!("{error:#}")),
        Some(name) => worlds.get(name).copied().ok_or_else(|| {
            let all: Vec<&str> = worlds.keys().map(String::as_str).collect();
            let near = near(name, &all);
            let (label, shown) = if near.is_empty() {
                ("It has these:", all)
            } else {
                ("Is it one of these?", near)
            };
            let list = if shown.is_empty() {
                "\nIt has no world at all".to_string()
            } else {
                format!("\n{label}{}", listed(shown))
            };
            format!("package `{package_name}` has no world `{name}`{list}")
        }),
    }
}

fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names
        .into_iter()
        .map(|name| format!("\n  {name}"))
        .collect()
}
