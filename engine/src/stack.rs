//! How much of the calling thread's stack is left.
//!
//! Wasmtime counts a guest's stack down from the stack pointer and never looks at where the
//! thread's stack ends: without this check, endless recursion on a thread with a small stack
//! kills the process.

use crate::error::{Error, Kind, Result};
use std::cell::Cell;

/// What a host call within a guest that has used up its own share may still need: lowering,
/// lifting, and Wasmtime's own frames.
const RESERVE: usize = 64 * 1024;

/// What a function of the host's may use, called from a guest that has used up its own share. There
/// is as much: it was looked for when the guest was entered, which can use no more than its share.
pub const HOST: usize = 256 * 1024;

#[derive(Clone, Copy)]
struct Bounds {
    low: usize,
    size: usize,
}

thread_local! {
    /// Read once a thread: the bounds do not move.
    static BOUNDS: Cell<Bounds> = const { Cell::new(Bounds { low: 0, size: 0 }) };
}

/// What `check` needs for a guest that may use `guest` bytes of stack, and host functions on top
/// of that `host` bytes.
pub fn need(guest: usize, host: usize) -> usize {
    guest.saturating_add(host).saturating_add(RESERVE)
}

/// An error unless `need` bytes are left on this thread.
#[inline]
pub fn check(need: usize) -> Result<()> {
    let here = here();
    let bounds = BOUNDS.get();
    if bounds.left(here) >= need {
        Ok(())
    } else {
        check_anew(here, need)
    }
}

/// Where the stack pointer about is.
#[inline(always)]
fn here() -> usize {
    let mark = 0u8;
    &raw const mark as usize
}

impl Bounds {
    /// A stack pointer outside of the thread's stack (a fiber of the host's) says nothing about
    /// what is left, so there is no room that could be vouched for. Nor before the bounds are read.
    #[inline]
    fn left(self, here: usize) -> usize {
        let left = here.wrapping_sub(self.low);
        if left < self.size { left } else { 0 }
    }
}

#[cold]
fn check_anew(here: usize, need: usize) -> Result<()> {
    if BOUNDS.get().size == 0 {
        BOUNDS.set(read());
    }
    let left = BOUNDS.get().left(here);
    if left >= need {
        Ok(())
    } else {
        Err(too_little(need, left))
    }
}

#[cold]
fn too_little(need: usize, left: usize) -> Box<Error> {
    Error::new(
        Kind::HostStack,
        "the calling thread has too little stack left",
    )
    .with_amounts(need as u64, left as u64)
}

#[cold]
fn read() -> Bounds {
    // SAFETY: plain calls of the C library on this thread, with their out-parameters on the
    // stack; `attr` is initialised by pthread_getattr_np before it is read and destroyed.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) != 0 {
            return Bounds { low: 0, size: 1 };
        }
        let mut low = std::ptr::null_mut();
        let mut size = 0;
        let mut guard = 0;
        libc::pthread_attr_getstack(&attr, &mut low, &mut size);
        libc::pthread_attr_getguardsize(&attr, &mut guard);
        libc::pthread_attr_destroy(&mut attr);
        // glibc counts the guard as part of the stack.
        Bounds {
            low: low as usize + guard,
            size: size.saturating_sub(guard),
        }
    }
}
