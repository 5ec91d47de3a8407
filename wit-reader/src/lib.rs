//! WIT that strangers wrote, read in bounds, and all that is wrong with it.

mod errors;
mod escape;
mod files;
mod repair;
mod statement;

pub use escape::escape_lines;

use std::path::Path;
use wit_parser::{PackageId, Resolve};

use files::Sources;

/// Which `@unstable` parts of the WIT are there.
#[derive(Clone)]
pub enum Features {
    Some(Vec<String>),
    All,
}

impl Features {
    /// Without packages.
    fn resolve(&self) -> Resolve {
        let mut resolve = Resolve::new();
        match self {
            Features::Some(names) => resolve.features.extend(names.iter().cloned()),
            Features::All => resolve.all_features = true,
        }
        resolve
    }
}

/// The contract in `path`, a file or a folder, and the package that is there. An error is a text
/// with all that a person needs, the places in the WIT included; it quotes the WIT as it is.
pub fn read(path: &Path, features: &Features) -> Result<(Resolve, PackageId), String> {
    match files::read(path)? {
        Sources::Wit(wit) => errors::resolve(wit, features),
        Sources::Encoded(encoded, package) => {
            let mut resolve = features.resolve();
            let merged = resolve.merge(*encoded);
            let merged = merged.map_err(|error| format!("{}: {error:#}", path.display()))?;
            Ok((resolve, merged.packages[package.index()]))
        }
    }
}
