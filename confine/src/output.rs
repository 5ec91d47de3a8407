//! Standard output that fails where it cannot be written.

use std::ffi::c_int;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether standard output was closed when the program began. By the time of `main` Rust has put
/// /dev/null in its place, and all that is written seems to be.
static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

extern "C" fn look() {
    // SAFETY: a plain call, of numbers. It runs before Rust's own start, and needs nothing of that.
    let flags: c_int = unsafe { libc::fcntl(libc::STDOUT_FILENO, libc::F_GETFD) };
    WAS_CLOSED.store(flags < 0, Relaxed);
}

// SAFETY: what the section is for: pointers to functions that are called once, before `main`.
#[used]
#[unsafe(link_section = ".init_array")]
static LOOK: extern "C" fn() = look;

/// Writes to standard output, and is done when that has it all.
pub fn print(text: &[u8]) -> io::Result<()> {
    if WAS_CLOSED.load(Relaxed) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    let mut out = io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}
