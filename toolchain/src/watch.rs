//! Waits for a plugin's sources to change.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::failure::Result;
use crate::files;

/// What the sources are, as far as their dates and sizes tell.
#[derive(PartialEq, Eq, Clone)]
pub struct Seen(Vec<(std::path::PathBuf, u64, Option<SystemTime>)>);

pub fn look(root: &Path) -> Result<Seen> {
    let sources = files::sources(root)?;
    // What this very process is writing to is no source: a log in the folder would change for ever.
    let outputs = ["/dev/stdout", "/dev/stderr"].map(identity);
    let seen = sources.into_iter().filter_map(|path| {
        let metadata = std::fs::metadata(&path).ok()?;
        if outputs.contains(&Some((metadata.dev(), metadata.ino()))) {
            return None;
        }
        Some((path, metadata.len(), metadata.modified().ok()))
    });
    Ok(Seen(seen.collect()))
}

/// Which file it is, whatever it is called.
fn identity(path: &str) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Comes back when something is other than it was, and for a moment has not changed any more:
/// editors write several files.
pub fn wait(root: &Path, before: &Seen) -> Result<Seen> {
    const PAUSE: Duration = Duration::from_millis(150);
    loop {
        std::thread::sleep(PAUSE);
        let mut now = look(root)?;
        if now == *before {
            continue;
        }
        loop {
            std::thread::sleep(PAUSE);
            let later = look(root)?;
            if later == now {
                return Ok(now);
            }
            now = later;
        }
    }
}

/// The newest date among the sources.
pub fn newest(seen: &Seen) -> Option<SystemTime> {
    seen.0.iter().filter_map(|(_, _, modified)| *modified).max()
}
