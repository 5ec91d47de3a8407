//! The contract of a plugin: a world, read from WIT.

use std::path::Path;

use wit_bindgen_core::{Files, WorldGenerator};
use wit_parser::{Docs, PackageId, Resolve, TypeDefKind, TypeOwner, World, WorldId, WorldItem};
use wit_reader::Features;

use crate::failure::{Result, unreadable};
use crate::files::File;

pub struct Contract {
    pub resolve: Resolve,
    pub id: WorldId,
}

impl Contract {
    /// The world called `world` of a file or folder, or the only one there is.
    pub fn read(path: &Path, world: Option<&str>) -> Result<Contract> {
        let none = Features::Some(Vec::new());
        let (resolve, package) = wit_reader::read(path, &none).map_err(unreadable)?;
        let id = select(&resolve, package, world)?;
        Ok(Contract { resolve, id })
    }

    pub fn world(&self) -> &World {
        &self.resolve.worlds[self.id]
    }

    /// The same contract as wit-bindgen can have it for C and C++: no type is a named handle, as in
    /// `type mine = own<bucket>`, which is then a handle wherever it is used; and no line of a comment
    /// ends with a backslash, which would make the next line part of it.
    pub fn for_c(&self) -> Contract {
        let mut resolve = self.resolve.clone();
        for (_, interface) in resolve.interfaces.iter_mut() {
            let types = &mut resolve.types;
            interface.types.retain(|_, id| {
                let ty = &mut types[*id];
                let is_handle = matches!(ty.kind, TypeDefKind::Handle(_));
                if is_handle {
                    (ty.name, ty.owner) = (None, TypeOwner::None);
                }
                !is_handle
            });
        }
        without_backslashes(&mut resolve);
        Contract {
            resolve,
            id: self.id,
        }
    }

    /// What a generator of bindings writes for it, in a folder.
    pub fn generate(&self, generator: &mut dyn WorldGenerator, folder: &str) -> Result<Vec<File>> {
        let mut files = Files::default();
        // Generators change what they read.
        let mut resolve = self.resolve.clone();
        generator
            .generate(&mut resolve, self.id, &mut files)
            .map_err(|error| {
                unreadable(format!(
                    "no bindings can be made of the contract: {error:#}"
                ))
            })?;
        let path = |name| format!("{folder}/{name}");
        Ok(files
            .iter()
            .map(|(name, bytes)| File::new(path(name), bytes))
            .collect())
    }
}

/// At the ends of lines of documentation.
fn without_backslashes(resolve: &mut Resolve) {
    let clean = |docs: &mut Docs| {
        let Some(text) = &mut docs.contents else {
            return;
        };
        let lines: Vec<&str> = text
            .lines()
            .map(|l| l.trim_end_matches(['\\', ' ']))
            .collect();
        *text = lines.join("\n");
    };
    for (_, interface) in resolve.interfaces.iter_mut() {
        clean(&mut interface.docs);
        interface
            .functions
            .values_mut()
            .for_each(|f| clean(&mut f.docs));
    }
    for (_, world) in resolve.worlds.iter_mut() {
        for item in world.imports.values_mut().chain(world.exports.values_mut()) {
            if let WorldItem::Function(function) = item {
                clean(&mut function.docs);
            }
        }
    }
    for (_, ty) in resolve.types.iter_mut() {
        clean(&mut ty.docs);
        match &mut ty.kind {
            TypeDefKind::Record(record) => {
                record.fields.iter_mut().for_each(|f| clean(&mut f.docs))
            }
            TypeDefKind::Variant(it) => it.cases.iter_mut().for_each(|c| clean(&mut c.docs)),
            TypeDefKind::Enum(it) => it.cases.iter_mut().for_each(|c| clean(&mut c.docs)),
            TypeDefKind::Flags(it) => it.flags.iter_mut().for_each(|f| clean(&mut f.docs)),
            _ => {}
        }
    }
}

fn select(resolve: &Resolve, package: PackageId, world: Option<&str>) -> Result<WorldId> {
    let name = &resolve.packages[package].name;
    let worlds = &resolve.packages[package].worlds;
    let listed = || {
        worlds
            .keys()
            .map(|w| format!("\n  {w}"))
            .collect::<String>()
    };
    match world {
        Some(world) if world.contains('/') => resolve
            .select_world(&[package], Some(world))
            .map_err(|error| unreadable(format!("{error:#}"))),
        Some(world) => worlds.get(world).copied().ok_or_else(|| {
            unreadable(format!(
                "package `{name}` has no world `{world}`; it has these:{}",
                listed()
            ))
        }),
        None if worlds.len() == 1 => Ok(worlds[0]),
        None if worlds.is_empty() => Err(unreadable(format!(
            "package `{name}` has no world: write one that exports what the plugin provides"
        ))),
        None => Err(unreadable(format!(
            "package `{name}` has {} worlds: choose one with --world{}",
            worlds.len(),
            listed()
        ))),
    }
}
