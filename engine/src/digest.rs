//! BLAKE3, for the code cache (`runtime/detail/cache_*`): keys that name what code was made of, and
//! seals that only the owner of a secret can make.

use crate::Bytes;
use crate::engine::Engine;
use std::hash::{Hash, Hasher};

pub const SIZE: usize = 32;
pub type Digest = [u8; SIZE];

/// The parts, and then the length of each: what is at the end of one is not taken for the next. A
/// long part is the quickest if it comes first.
fn update<'a>(mut hasher: blake3::Hasher, parts: impl Iterator<Item = &'a [u8]>) -> Digest {
    let mut lengths = Vec::new();
    for part in parts {
        hasher.update(part);
        lengths.extend((part.len() as u64).to_le_bytes());
    }
    hasher.update(&lengths);
    hasher.update(&(lengths.len() as u64).to_le_bytes());
    *hasher.finalize().as_bytes()
}

/// Feeds BLAKE3 what types write that can be hashed.
struct Feed(blake3::Hasher);

impl Hasher for Feed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finish(&self) -> u64 {
        unreachable!("the digest is taken from what was fed")
    }
}

/// The same for two engines where code of one runs in the other, and is what the other would have
/// compiled: this library's sources, Wasmtime's version and settings, and what it uses of the
/// processor.
pub fn identity(engine: &Engine) -> Digest {
    let mut feed = Feed(blake3::Hasher::new());
    env!("MORTISE_ENGINE_SOURCES").hash(&mut feed);
    engine
        .wasmtime
        .precompile_compatibility_hash()
        .hash(&mut feed);
    (engine.mode as u8, engine.stack, engine.experimental_types).hash(&mut feed);
    *feed.0.finalize().as_bytes()
}

/// # Safety
/// `parts` points to `count` of them that are readable; `key`, if it is not null, and `out` to 32
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_digest(
    key: Option<&Digest>,
    parts: *const Bytes,
    count: usize,
    out: &mut Digest,
) {
    let hasher = match key {
        Some(key) => blake3::Hasher::new_keyed(key),
        None => blake3::Hasher::new(),
    };
    let parts = match count {
        0 => &[],
        // SAFETY: the caller's promise.
        _ => unsafe { std::slice::from_raw_parts(parts, count) },
    };
    // SAFETY: the caller's promise.
    *out = update(hasher, parts.iter().map(|part| unsafe { part.slice() }));
}

/// In a time that says nothing of where they differ.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_digest_equal(a: &Digest, b: &Digest) -> bool {
    blake3::Hash::from_bytes(*a) == blake3::Hash::from_bytes(*b)
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_engine_identity(engine: &Engine, out: &mut Digest) {
    *out = identity(engine);
}
