//! Memory that native code is read into, and runs from. Wasmtime would copy it, page by page that the
//! system first has to find: half of what loading a small plugin costs.

use crate::error::{Error, Kind, Result, guard};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasmtime::CustomCodeMemory;

const PAGE: usize = 4096;

/// `mortise_code_t`: whole pages, which only its owner writes to.
pub struct Code {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: it owns its pages, as a Box would.
unsafe impl Send for Code {}

impl Code {
    fn new(size: usize) -> Result<Code> {
        let refused = |why: &dyn std::fmt::Display| {
            let what = format!("no memory for {size} bytes of native code: {why}");
            Error::new(Kind::System, what)
        };
        let pages = size.max(1).checked_next_multiple_of(PAGE);
        let pages = pages.ok_or_else(|| refused(&"too large"))?;
        // All pages at once, rather than one fault for each.
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
        // SAFETY: new memory, which nothing else refers to.
        let start = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), pages, access, flags, -1, 0)
        };
        match NonNull::new(start.cast::<u8>()) {
            Some(at) if start != libc::MAP_FAILED => Ok(Code { start: at, size }),
            _ => Err(refused(&std::io::Error::last_os_error())),
        }
    }

    fn pages(&self) -> usize {
        self.size.max(1).next_multiple_of(PAGE)
    }

    /// Nobody can write to it any more. Wasmtime's until it gives it back to [`Publisher`].
    pub fn freeze(self) -> Result<Frozen> {
        protect(self.start.as_ptr(), self.pages(), libc::PROT_READ)
            .map_err(|e| Error::new(Kind::System, format!("native code stays writable: {e}")))?;
        let memory = NonNull::slice_from_raw_parts(self.start, self.size);
        let mut frozen = frozen();
        frozen.count += 1;
        let number = frozen.count;
        frozen.all.insert(self.start.addr().get(), (number, self));
        Ok(Frozen { memory, number })
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: its own pages, which nobody uses any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.pages()) };
    }
}

/// What Wasmtime gets, and a number that no other has.
pub struct Frozen {
    pub memory: NonNull<[u8]>,
    number: u64,
}

impl Frozen {
    /// Where Wasmtime did not take it, and may have given it back or not.
    pub fn drop_if_left(self) {
        let start = self.memory.cast::<u8>().addr().get();
        let mut frozen = frozen();
        if frozen
            .all
            .get(&start)
            .is_some_and(|(number, _)| *number == self.number)
        {
            frozen.all.remove(&start);
        }
    }
}

/// All that Wasmtime has, by their addresses.
struct All {
    all: BTreeMap<usize, (u64, Code)>,
    count: u64,
}

static FROZEN: Mutex<All> = Mutex::new(All {
    all: BTreeMap::new(),
    count: 0,
});

fn frozen() -> MutexGuard<'static, All> {
    FROZEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn protect(start: *const u8, size: usize, access: i32) -> std::io::Result<()> {
    // SAFETY: changes what may be done with memory that holds native code alone, and that its owner
    // does not write to.
    let done = unsafe { libc::mprotect(start.cast_mut().cast(), size, access) };
    match done {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// Makes code executable, and learns when Wasmtime needs it no more: what it does not own itself, it
/// neither protects nor frees.
pub struct Publisher;

impl CustomCodeMemory for Publisher {
    fn required_alignment(&self) -> usize {
        PAGE
    }

    fn publish_executable(&self, ptr: *const u8, len: usize) -> wasmtime::Result<()> {
        Ok(protect(ptr, len, libc::PROT_READ | libc::PROT_EXEC)?)
    }

    /// The last that Wasmtime does with it. Of memory of its own, it frees that next.
    fn unpublish_executable(&self, ptr: *const u8, _: usize) -> wasmtime::Result<()> {
        let mut frozen = frozen();
        let before = frozen.all.range(..=ptr.addr()).next_back();
        let within = before.filter(|(start, (_, code))| ptr.addr() - **start < code.pages());
        if let Some(start) = within.map(|(start, _)| *start) {
            frozen.all.remove(&start);
        }
        Ok(())
    }
}

/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_code_new(size: usize, out: *mut *mut Code) -> *mut Error {
    guard(|| {
        let code = Box::new(Code::new(size)?);
        // SAFETY: the caller's promise.
        unsafe { out.write(Box::into_raw(code)) };
        Ok(())
    })
}

/// # Safety
/// `code` came from `mortise_code_new` and is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_code_delete(code: *mut Code) {
    if !code.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(code) });
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_code_data(code: &mut Code) -> *mut u8 {
    code.start.as_ptr()
}
