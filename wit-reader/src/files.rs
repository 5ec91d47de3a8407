//! What of the file system belongs to a package, and how much of it is read.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{PackageId, Resolve};

/// In all files together, in bytes.
const MOST: u64 = 64 << 20;

pub struct Source {
    pub path: String,
    pub text: String,
}

/// The files of one package.
pub struct Package {
    /// The folder, or the file.
    pub place: PathBuf,
    pub sources: Vec<Source>,
}

pub struct Wit {
    pub main: Package,
    pub deps: Vec<Package>,
    /// Packages of `deps/` in binary form, with what they depend on.
    pub encoded: Vec<Resolve>,
}

pub enum Sources {
    Wit(Wit),
    Encoded(Box<Resolve>, PackageId),
}

enum Content {
    Text(Source),
    Encoded(Box<Resolve>, PackageId),
}

pub fn read(path: &Path) -> Result<Sources, String> {
    let mut reader = Reader { path, left: MOST };
    if path.is_dir() {
        return reader.folder(path);
    }
    Ok(match reader.file(path, Pipes::Allowed)? {
        Content::Encoded(resolve, package) => Sources::Encoded(resolve, package),
        Content::Text(source) => Sources::Wit(Wit {
            main: Package {
                place: path.to_path_buf(),
                sources: vec![source],
            },
            deps: Vec::new(),
            encoded: Vec::new(),
        }),
    })
}

/// Whoever names a pipe means it; one that lies in a folder would be waited for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pipes {
    Allowed,
    Refused,
}

struct Reader<'a> {
    /// What is named where there is too much of it.
    path: &'a Path,
    left: u64,
}

impl Reader<'_> {
    fn folder(&mut self, path: &Path) -> Result<Sources, String> {
        let main = self.package(path)?;
        let mut deps = Vec::new();
        let mut encoded = Vec::new();
        let folder = path.join("deps");
        let entries = match folder.exists() {
            true => entries(&folder)?,
            false => Vec::new(),
        };
        for entry in entries {
            if entry.is_dir() {
                deps.push(self.package(&entry)?);
                continue;
            }
            // Other files may be there for other reasons.
            if !matches!(extension(&entry), Some("wit" | "wat" | "wasm")) {
                continue;
            }
            match self.file(&entry, Pipes::Refused)? {
                Content::Encoded(resolve, _) => encoded.push(*resolve),
                Content::Text(source) => deps.push(Package {
                    place: entry,
                    sources: vec![source],
                }),
            }
        }
        Ok(Sources::Wit(Wit {
            main,
            deps,
            encoded,
        }))
    }

    /// The `*.wit` files of a folder, and of no folder in it.
    fn package(&mut self, path: &Path) -> Result<Package, String> {
        let mut sources = Vec::new();
        for entry in entries(path)? {
            if extension(&entry) != Some("wit") || entry.is_dir() {
                continue;
            }
            let text = text(&entry, self.bytes(&entry, Pipes::Refused)?)?;
            sources.push(text);
        }
        Ok(Package {
            place: path.to_path_buf(),
            sources,
        })
    }

    fn file(&mut self, path: &Path, pipes: Pipes) -> Result<Content, String> {
        let bytes = self.bytes(path, pipes)?;
        if !bytes.starts_with(b"\0asm") {
            return text(path, bytes).map(Content::Text);
        }
        match decode(&bytes).map_err(|error| format!("{}: {error:#}", path.display()))? {
            DecodedWasm::WitPackage(resolve, id) => Ok(Content::Encoded(Box::new(resolve), id)),
            DecodedWasm::Component(..) => {
                Err(format!("{} is a component, and no WIT", path.display()))
            }
        }
    }

    fn bytes(&mut self, path: &Path, pipes: Pipes) -> Result<Vec<u8>, String> {
        let unreadable = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        // Before it is opened, since opening a device may do something; and once it is open, since it
        // may be another one by then.
        readable(path, &path.metadata().map_err(unreadable)?, pipes)?;
        let file = File::open(path).map_err(unreadable)?;
        readable(path, &file.metadata().map_err(unreadable)?, pipes)?;
        let mut bytes = Vec::new();
        let mut file = file.take(self.left + 1);
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        match self.left.checked_sub(bytes.len() as u64) {
            Some(left) => self.left = left,
            None => {
                return Err(format!(
                    "{} has more than the {} MiB of WIT that are read",
                    self.path.display(),
                    MOST >> 20
                ));
            }
        }
        Ok(bytes)
    }
}

fn readable(path: &Path, what: &Metadata, pipes: Pipes) -> Result<(), String> {
    use std::os::unix::fs::FileTypeExt;

    let kind = what.file_type();
    if kind.is_file() || (kind.is_fifo() && pipes == Pipes::Allowed) {
        Ok(())
    } else {
        Err(format!("{} is neither a file nor a folder", path.display()))
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<Source, String> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source {
            path: path.display().to_string(),
            text,
        }),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn extension(path: &Path) -> Option<&str> {
    path.extension()?.to_str()
}

/// By name, so that what is read is read in the same order everywhere.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let all = folder.read_dir().and_then(|entries| {
        let paths = entries.map(|entry| entry.map(|e| e.path()));
        paths.collect::<std::io::Result<Vec<PathBuf>>>()
    });
    let mut all = all.map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    all.sort();
    Ok(all)
}
