//! wasi:random: the machine's randomness, or numbers that a seed makes.

use super::list::List;
use super::{Define, Linker, Store, state, trap};
use crate::error::{Error, Kind};
use wasmtime::Result;

/// The most bytes at once: they are made while nothing looks at the deadline.
const MOST: u64 = 1 << 20;

pub enum Random {
    System,
    /// SplitMix64: the same for every instance, and no secret.
    Seeded(u64),
}

impl Random {
    pub fn new(seed: Option<u64>) -> Random {
        seed.map_or(Random::System, Random::Seeded)
    }

    fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        match self {
            Random::System => fill_from_system(out),
            Random::Seeded(at) => {
                for part in out.chunks_mut(size_of::<u64>()) {
                    part.copy_from_slice(&next(at).to_le_bytes()[..part.len()]);
                }
                Ok(())
            }
        }
    }

    fn bytes(&mut self, function: &str, count: u64) -> Result<List<u8>> {
        if count > MOST {
            return Err(trap(format!(
                "{function} was asked for {count} bytes, and gives {MOST} at most"
            )));
        }
        // It fits: see above.
        let mut out = vec![0; count as usize];
        self.fill(&mut out)?;
        Ok(out.into())
    }

    fn number(&mut self) -> Result<u64> {
        let mut out = [0; 8];
        self.fill(&mut out)?;
        Ok(u64::from_le_bytes(out))
    }
}

fn next(at: &mut u64) -> u64 {
    *at = at.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut out = *at;
    out = (out ^ (out >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    out = (out ^ (out >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    out ^ (out >> 31)
}

fn fill_from_system(mut out: &mut [u8]) -> Result<()> {
    while !out.is_empty() {
        // SAFETY: the block is writable, and as long as is said.
        let got = unsafe { libc::getrandom(out.as_mut_ptr().cast(), out.len(), 0) };
        match usize::try_from(got) {
            Ok(got) => out = &mut out[got..],
            Err(_) => {
                let error = std::io::Error::last_os_error();
                if error.kind() != std::io::ErrorKind::Interrupted {
                    let message = format!("the system has no randomness: {error}");
                    return Err(wasmtime::Error::new(*Error::new(Kind::System, message)));
                }
            }
        }
    }
    Ok(())
}

pub fn find(interface: &str, item: &str) -> Option<Define> {
    let define: Define = match (interface, item) {
        ("random", "get-random-bytes") => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |mut store: Store<'_>, (count,): (u64,)| {
                let random = &mut state(&mut store).random;
                Ok((random.bytes("get-random-bytes", count)?,))
            })
        },
        ("insecure", "get-insecure-random-bytes") => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (count,): (u64,)| {
                let random = &mut state(&mut store).random;
                Ok((random.bytes("get-insecure-random-bytes", count)?,))
            })
        },
        ("random", "get-random-u64") | ("insecure", "get-insecure-random-u64") => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (): ()| {
                Ok((state(&mut store).random.number()?,))
            })
        },
        ("insecure-seed", "insecure-seed") => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (): ()| {
                let random = &mut state(&mut store).random;
                Ok(((random.number()?, random.number()?),))
            })
        },
        _ => return None,
    };
    Some(define)
}
