//! Reads the WIT, and finds the world in it.

use std::path::Path;

use wit_parser::{PackageId, Resolve, ResolveError, ResolveErrorKind, WorldId};

use crate::near::near;

pub struct Features {
    pub some: Vec<String>,
    pub all: bool,
}

/// The contract in `path`, a file or a folder, and the package that is there. Errors have all that
/// a person needs, the place in the WIT included.
pub fn read(path: &Path, features: Features) -> Result<(Resolve, PackageId), String> {
    let mut resolve = Resolve::new();
    resolve.features.extend(features.some);
    resolve.all_features = features.all;
    match resolve.push_path(path) {
        Ok((package, _)) => Ok((resolve, package)),
        Err(error) => {
            let mut text = resolve.render_error(&error);
            let kind = error
                .chain()
                .find_map(|e| e.downcast_ref::<ResolveError>())
                .map(ResolveError::kind);
            if let Some(ResolveErrorKind::PackageNotFound { .. }) = kind {
                text.push_str(&where_packages_are(path));
            }
            Err(text)
        }
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
