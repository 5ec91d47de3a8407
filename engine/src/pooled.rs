//! Memory for instances that serve one caller: Wasmtime's pooling allocator, in an engine of its own.
//!
//! It maps memories and tables once, in slots, and puts them back into their first state after each
//! instance, which costs a fraction of mapping them anew. It has only so many slots, all of one size.
//! Whoever finds none, or does not fit, has memory mapped as other instances have, so that nobody sees
//! a bound here. See docs/decisions/10-pooling.md.

use crate::instance::Data;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use wasmtime::component::Component;
use wasmtime::{Config, Enabled, PoolingAllocationConfig, Store};

/// A memory reserves 4 GiB and its guard.
const MEMORIES: u32 = 1000;
/// Most components have a memory and one table or two.
const TABLES: u32 = 2000;
/// Address space of each table. A limit on memory that is no larger is one that no table can outgrow:
/// within it a table may be as large as it likes, as everywhere.
const TABLE: usize = 1 << 30;
pub const TABLE_ELEMENTS: usize = TABLE / size_of::<usize>();
/// How many such pools a process has at most. Each takes six terabytes of the 128 that there are, and
/// all other memory has to find room too.
const POOLS: usize = 5;
/// What a free slot keeps of a memory, where that is known to be put back: most calls write less.
const KEPT_OF_MEMORY: usize = 256 << 10;
/// What it keeps of a table. Up to a page is overwritten without asking the system anything.
const KEPT_OF_TABLE: usize = 4 << 10;

static ALIVE: AtomicUsize = AtomicUsize::new(0);

pub struct Pool {
    pub wasmtime: wasmtime::Engine,
    /// Memories in use in the upper half, tables in the lower: Wasmtime would notice in the middle of
    /// an instantiation that there are no more, when the guest may have called the host already.
    used: AtomicU64,
    /// Slots keep memory.
    keeps: bool,
    /// When it was last seen that there is no swap: see `now`.
    looked: AtomicU64,
    /// What is in its slots cannot be trusted any more.
    closed: AtomicBool,
}

impl Pool {
    /// With code that is compatible with `config`'s. None: the system has no room for it.
    pub fn new(mut config: Config, keep: bool) -> Option<Arc<Pool>> {
        if ALIVE.fetch_add(1, Relaxed) >= POOLS {
            ALIVE.fetch_sub(1, Relaxed);
            return None;
        }
        let keeps = keep && PoolingAllocationConfig::is_pagemap_scan_available() && !swaps();
        config.allocation_strategy(slots(keeps));
        let Ok(wasmtime) = wasmtime::Engine::new(&config) else {
            ALIVE.fetch_sub(1, Relaxed);
            return None;
        };
        Some(Arc::new(Pool {
            wasmtime,
            used: AtomicU64::new(0),
            keeps,
            looked: AtomicU64::new(now()),
            closed: AtomicBool::new(false),
        }))
    }

    fn take(&self, slots: u64) -> bool {
        let before = self.used.fetch_add(slots, Acquire);
        let (memories, tables) = halves(before + slots);
        if memories <= MEMORIES && tables <= TABLES {
            return true;
        }
        self.used.fetch_sub(slots, Release);
        false
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Relaxed);
    }
}

fn slots(keeps: bool) -> PoolingAllocationConfig {
    // Larger than any: what instances cost besides memories and tables is bounded by the limiter.
    const ANY: usize = 1 << 40;
    let mut slots = PoolingAllocationConfig::new();
    slots
        .total_memories(MEMORIES)
        .total_tables(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(4 << 30)
        // Only counted, and the limiter does that.
        .total_core_instances(u32::MAX)
        .total_component_instances(u32::MAX)
        .max_core_instance_size(ANY)
        .max_component_instance_size(ANY)
        .max_memories_per_module(MEMORIES)
        .max_tables_per_module(TABLES);
    if keeps {
        slots
            .pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEPT_OF_MEMORY)
            .table_keep_resident(KEPT_OF_TABLE);
    } else {
        slots.pagemap_scan(Enabled::No);
    }
    slots
}

/// Whether pages may be on disk. Wasmtime asks the kernel for pages that were written *and are in
/// memory*: one that was written and swapped out it would leave as it is, for the next instance.
fn swaps() -> bool {
    // SAFETY: a structure of numbers, which the call fills in.
    unsafe {
        let mut info: libc::sysinfo = std::mem::zeroed();
        libc::sysinfo(&mut info) != 0 || info.totalswap != 0
    }
}

/// Which millisecond or so it is: what was in use within it is not swapped out yet. By the counter of
/// the processor, which is at hand, and which runs while the system does. Where cores do not agree on
/// it we look more often.
#[cfg(target_arch = "x86_64")]
fn now() -> u64 {
    // SAFETY: an instruction that reads a number.
    unsafe { core::arch::x86_64::_rdtsc() >> 21 }
}

/// The system's own tick, some milliseconds long, which costs no call of it.
#[cfg(not(target_arch = "x86_64"))]
fn now() -> u64 {
    // SAFETY: a structure of numbers, which the call fills in.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &mut time);
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
}

fn halves(both: u64) -> (u32, u32) {
    ((both >> 32) as u32, both as u32)
}

/// What instances of one component take of a pool.
pub struct Place {
    pool: Arc<Pool>,
    slots: u64,
}

impl Place {
    /// None: no instance of it would ever fit.
    pub fn new(pool: &Arc<Pool>, component: &Component) -> Option<Place> {
        let needs = component.resources_required()?;
        if needs.num_memories > MEMORIES || needs.num_tables > TABLES {
            return None;
        }
        Some(Place {
            pool: Arc::clone(pool),
            slots: u64::from(needs.num_memories) << 32 | u64::from(needs.num_tables),
        })
    }

    /// Room for one instance that may have so many bytes of memories and tables. None: not now, or
    /// not with so much.
    pub fn take(&self, memory: u64) -> Option<Slots> {
        if memory > TABLE as u64 || self.pool.closed.load(Acquire) || !self.pool.take(self.slots) {
            return None;
        }
        Some(Slots {
            pool: Arc::clone(&self.pool),
            slots: self.slots,
        })
    }
}

pub struct Slots {
    pool: Arc<Pool>,
    slots: u64,
}

impl Slots {
    /// Whether what an instance has written there will be undone.
    fn can_be_reused(&self) -> bool {
        let pool = &self.pool;
        let now = now();
        if !pool.keeps || pool.looked.load(Relaxed) == now {
            return !pool.closed.load(Acquire);
        }
        if swaps() {
            pool.closed.store(true, Release);
            return false;
        }
        pool.looked.store(now, Relaxed);
        true
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        self.pool.used.fetch_sub(self.slots, Release);
    }
}

/// A store, and its room in a pool, if it has any there. Given back in this order.
pub struct Housed {
    store: ManuallyDrop<Store<Data>>,
    slots: Option<Slots>,
}

impl Housed {
    pub fn new(store: Store<Data>, slots: Option<Slots>) -> Housed {
        Housed {
            store: ManuallyDrop::new(store),
            slots,
        }
    }
}

impl Deref for Housed {
    type Target = Store<Data>;

    #[inline]
    fn deref(&self) -> &Store<Data> {
        &self.store
    }
}

impl DerefMut for Housed {
    #[inline]
    fn deref_mut(&mut self) -> &mut Store<Data> {
        &mut self.store
    }
}

impl Drop for Housed {
    fn drop(&mut self) {
        if self
            .slots
            .as_ref()
            .is_some_and(|slots| !slots.can_be_reused())
        {
            // Leaked, and with it what cannot be put back. Since the pool is closed by now, that
            // happens to those instances alone that are there at the moment.
            return;
        }
        // SAFETY: once, here, and nobody uses it afterwards.
        unsafe { ManuallyDrop::drop(&mut self.store) };
    }
}
