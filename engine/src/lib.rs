//! The only door from Mortise to Wasmtime. Its C interface is `include/mortise/engine.h`, whose
//! conventions hold here: errors are owned objects, a panic becomes one, nothing unwinds across.
//!
//! No policy and no defaults live here: limits arrive as numbers, and what they mean to a user
//! is said in C++ (`runtime/`).

mod call;
mod code;
pub mod compile;
mod component;
mod contract;
mod debug_info;
pub mod describe;
pub mod digest;
pub mod engine;
pub mod error;
mod footprint;
mod host;
mod instance;
mod limiter;
mod pooled;
pub mod progress;
mod resource;
mod stack;
mod ticker;
mod wasi;
pub mod wit;

/// Bytes that somebody else owns: `mortise_bytes_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Bytes {
    data: *const u8,
    size: usize,
}

impl Bytes {
    fn of(bytes: &[u8]) -> Bytes {
        Bytes {
            data: bytes.as_ptr(),
            size: bytes.len(),
        }
    }

    /// # Safety
    /// `data` points to `size` bytes that outlive `'a`, or `size` is 0.
    unsafe fn slice<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            return &[];
        }
        // SAFETY: the caller's promise.
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }

    /// # Safety
    /// As for `slice`.
    unsafe fn text<'a>(self) -> &'a str {
        // SAFETY: the caller's promise.
        std::str::from_utf8(unsafe { self.slice() }).unwrap_or_default()
    }
}

/// The sizes of the C structures, for the test that holds them against the header's.
///
/// # Safety
/// `sizes` has room for `count` values.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_layout(sizes: *mut usize, count: usize) -> usize {
    let all = [
        size_of::<Bytes>(),
        size_of::<error::Frame>(),
        size_of::<engine::Settings>(),
        size_of::<component::Name>(),
        size_of::<wasmtime::ValRaw>(),
        size_of::<call::Memory>(),
        size_of::<component::Callee>(),
        size_of::<host::Calling>(),
        size_of::<host::Host>(),
        size_of::<resource::Resource>(),
        size_of::<resource::Handle>(),
        size_of::<wasi::Line>(),
        size_of::<wasi::Wasi>(),
        size_of::<instance::Budget>(),
    ];
    for (i, size) in all.iter().take(count).enumerate() {
        // SAFETY: `i < count`, the caller's promise.
        unsafe { sizes.add(i).write(*size) };
    }
    all.len()
}
