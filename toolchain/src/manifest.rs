//! mortise.toml: what a plugin's folder says of it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::failure::{Result, unreadable};
use crate::files;
use crate::language::{self, Language};
use crate::names;

pub const FILE: &str = "mortise.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub plugin: Plugin,
    pub contract: Contract,
    #[serde(default)]
    pub build: Build,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    pub name: String,
    pub version: String,
    pub language: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// A file or a folder, relative to the plugin's.
    pub wit: PathBuf,
    pub world: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Build {
    #[serde(default)]
    pub wasi: Wasi,
}

/// What a plugin gets for the WASI that its language's library was built on.
#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wasi {
    /// Answers from within the component, which then imports none: no time, no output, no files.
    #[default]
    #[serde(rename = "none")]
    None,
    /// The host's WASI 0.2.
    #[serde(rename = "p2")]
    P2,
}

/// A plugin's folder.
pub struct Project {
    pub root: PathBuf,
    pub manifest: Manifest,
    pub language: &'static dyn Language,
}

impl Project {
    pub fn read(root: &Path) -> Result<Project> {
        let path = root.join(FILE);
        if !path.exists() {
            return Err(unreadable(format!(
                "there is no {}: name the folder of a plugin, or make one with `mortise new`",
                path.display()
            )));
        }
        let text = files::read_text(&path)?;
        let wrong = |what: String| unreadable(format!("{}: {what}", path.display()));
        let manifest: Manifest = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        names::check_plugin(&manifest.plugin.name)
            .map_err(|why| wrong(format!("plugin.name: {why}")))?;
        names::check_version(&manifest.plugin.version)
            .map_err(|why| wrong(format!("plugin.version: {why}")))?;
        let language = language::named(&manifest.plugin.language)
            .map_err(|why| wrong(format!("plugin.language: {why}")))?;
        Ok(Project {
            root: root.to_path_buf(),
            manifest,
            language,
        })
    }

    pub fn name(&self) -> &str {
        &self.manifest.plugin.name
    }

    /// Where everything that is built goes.
    pub fn build_folder(&self) -> PathBuf {
        self.root.join("build")
    }

    pub fn component(&self) -> PathBuf {
        self.build_folder().join(format!("{}.wasm", self.name()))
    }
}
