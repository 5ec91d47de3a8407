//! Memory of one instance: all its linear memories and tables together.

use crate::pooled;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use wasmtime::{ResourceLimiter, Result};

/// A table element takes a pointer.
const TABLE_ELEMENT: usize = size_of::<usize>();

/// Real components have some dozens of core instances at most.
const INSTANCES: usize = 1000;

pub struct Limiter {
    allowed: usize,
    /// The most core instances: each costs the host memory that no growth accounts for.
    instances: usize,
    used: usize,
    shared: Arc<Shared>,
    /// What would have been in use, had a refused growth been granted. A guest that traps
    /// after that has most likely trapped because of it.
    refused: Option<usize>,
}

/// What others may look at while the store is in use.
#[derive(Default)]
pub struct Shared {
    /// Of what is allowed, reserved for others.
    reserved: AtomicU64,
    /// How often a memory was allowed to grow: until it changes, all are as they were.
    pub growths: AtomicU64,
}

impl Limiter {
    pub fn new(allowed: u64, instances: usize) -> Limiter {
        let allowed = usize::try_from(allowed).unwrap_or(usize::MAX);
        Limiter {
            allowed,
            instances: instances.min(INSTANCES),
            used: 0,
            shared: Arc::default(),
            refused: None,
        }
    }

    #[inline]
    pub fn growths(&self) -> u64 {
        self.shared.growths.load(Relaxed)
    }

    pub fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    pub fn used(&self) -> u64 {
        self.used as u64
    }

    pub fn allowed(&self) -> u64 {
        self.allowed as u64
    }

    /// What is neither in use nor reserved.
    pub fn left(&self) -> u64 {
        let taken = self
            .used()
            .saturating_add(self.shared.reserved.load(Relaxed));
        self.allowed().saturating_sub(taken)
    }

    /// On the thread of the instance, as all that counts up.
    pub fn reserve(&self, bytes: u64) -> Option<Reservation> {
        if bytes > self.left() {
            return None;
        }
        self.shared.reserved.fetch_add(bytes, Relaxed);
        Some(Reservation {
            of: self.shared(),
            bytes,
        })
    }

    pub fn refused(&self) -> Option<u64> {
        self.refused.map(|n| n as u64)
    }

    /// What one instance more than the most would have taken, if memory is what bounds them.
    pub fn refused_instances(&self, footprint: u64) -> Option<u64> {
        (self.instances < INSTANCES).then(|| footprint.saturating_mul(self.instances as u64 + 1))
    }

    /// A new call begins: what earlier ones were refused explains nothing any more.
    #[inline]
    pub fn forget_refusal(&mut self) {
        self.refused = None;
    }

    /// What the system then refuses stays counted: that a growth failed says nothing of which, for
    /// Wasmtime also reports growths that it never asked about.
    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let added = desired.saturating_sub(current);
        // No more than is allowed, and that is a usize.
        let reserved = self.shared.reserved.load(Relaxed) as usize;
        let total = self.used.saturating_add(added);
        if total.saturating_add(reserved) > self.allowed {
            self.refused = Some(total.saturating_add(reserved));
            return false;
        }
        self.used = total;
        true
    }
}

/// `mortise_reservation_t`: memory that an instance cannot use as long as this lives.
pub struct Reservation {
    of: Arc<Shared>,
    bytes: u64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.of.reserved.fetch_sub(self.bytes, Relaxed);
    }
}

/// More than its own type allows: Wasmtime would ask, and refuse it itself.
fn past(to: usize, most: Option<usize>) -> bool {
    most.is_some_and(|most| to > most)
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, now: usize, to: usize, most: Option<usize>) -> Result<bool> {
        // One thread at a time counts; others may look.
        self.shared.growths.store(self.growths() + 1, Relaxed);
        Ok(!past(to, most) && self.grow(now, to))
    }

    fn table_growing(&mut self, now: usize, to: usize, most: Option<usize>) -> Result<bool> {
        let bytes = |elements: usize| elements.saturating_mul(TABLE_ELEMENT);
        // The bound of a slot is none of its own.
        let most = most.filter(|most| *most < pooled::TABLE_ELEMENTS);
        Ok(!past(to, most) && self.grow(bytes(now), bytes(to)))
    }

    fn instances(&self) -> usize {
        self.instances
    }

    // Each reserves 4 GiB of address space.
    fn memories(&self) -> usize {
        100
    }

    fn tables(&self) -> usize {
        1000
    }
}
