//! Files that are read and written.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::failure::{Result, unreadable};

/// A file to be written: its path in the plugin's folder, with / between its parts.
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
}

impl File {
    pub fn new(path: impl Into<String>, text: impl Into<Vec<u8>>) -> File {
        File {
            path: path.into(),
            bytes: text.into(),
        }
    }
}

/// More than any source or module has.
const LARGEST: u64 = 256 << 20;

pub fn read(path: &Path) -> Result<Vec<u8>> {
    let wrong = |why: String| unreadable(format!("{} cannot be read: {why}", path.display()));
    let file = fs::File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(format!("it has more than {} MiB", LARGEST >> 20)));
    }
    Ok(bytes)
}

pub fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|_| {
        unreadable(format!(
            "{} cannot be read: it is not UTF-8",
            path.display()
        ))
    })
}

/// Readers see the old file or the whole new one, never a part. A file that has these bytes already
/// keeps its time stamp, so that nothing after it is built again. Whether it was written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<bool> {
    let is_regular = fs::symlink_metadata(path).is_ok_and(|m| m.is_file());
    if is_regular && fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    let wrong = |error| unreadable(format!("{} cannot be written: {error}", path.display()));
    let Some(folder) = path.parent() else {
        return Err(unreadable(format!("{} names no file", path.display())));
    };
    fs::create_dir_all(folder).map_err(wrong)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| drop(fs::remove_file(&temporary)))
        .map_err(wrong)?;
    Ok(true)
}

pub fn write_all(root: &Path, files: &[File]) -> Result<()> {
    for file in files {
        write(&root.join(&file.path), &file.bytes)?;
    }
    Ok(())
}

/// The sources below a folder, sorted: not what tools make there, nor what begins with a dot.
pub fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    const MADE: [&str; 5] = ["build", "target", "node_modules", "zig-out", "__pycache__"];
    let wrong =
        |error: std::io::Error| unreadable(format!("{} cannot be read: {error}", root.display()));
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            // Tools and people make and remove folders meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound && folder != root => continue,
            Err(error) => return Err(wrong(error)),
        };
        for entry in entries {
            let entry = entry.map_err(wrong)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if name.starts_with('.') || (kind.is_dir() && MADE.contains(&name.as_str())) {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
