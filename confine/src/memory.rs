//! The allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::{Limit, end};

/// Counts what is allocated, and ends the process past the limit: an allocation that fails
/// would abort it anyway, without saying why.
pub struct Counted;

static USED: AtomicUsize = AtomicUsize::new(0);
static ALLOWED: AtomicUsize = AtomicUsize::new(usize::MAX);

pub(crate) fn allow(bytes: usize) {
    ALLOWED.store(bytes, Relaxed);
}

fn take(bytes: usize) {
    if USED.fetch_add(bytes, Relaxed).saturating_add(bytes) > ALLOWED.load(Relaxed) {
        end(Limit::Memory)
    }
}

fn checked(block: *mut u8) -> *mut u8 {
    if block.is_null() {
        end(Limit::Memory)
    }
    block
}

// SAFETY: each call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's promise.
        checked(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout.size());
        // SAFETY: the caller's promise.
        checked(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        take(size);
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        checked(unsafe { System.realloc(block, layout, size) })
    }
}
