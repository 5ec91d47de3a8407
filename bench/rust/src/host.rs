//! The engine, and stores with the same limits as mortise::Limits.

use crate::Result;
use crate::measure::Run;
use std::time::Duration;
use wasmtime::component::Component;
use wasmtime::{
    Config, Enabled, Engine, PoolingAllocationConfig, Store, StoreLimits, StoreLimitsBuilder,
};

/// 100 ms.
const DEADLINE_TICKS: u64 = 100;
/// More than any call here needs.
const FUEL: u64 = 1_000_000_000;
const MEMORY: usize = 64 << 20;

/// What a call can be stopped by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    Trusted,
    Limited,
    Metered,
}

pub struct Host {
    pub engine: Engine,
    limits: Limits,
}

/// What engine/src/engine.rs has.
#[cfg(not(feature = "stock"))]
fn config() -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .native_unwind_info(false)
        .max_wasm_stack(512 << 10);
    config
}

/// What one has who sets nothing.
#[cfg(feature = "stock")]
fn config() -> Config {
    Config::new()
}

/// Where instances get their memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// Mapped for each, and unmapped: what Wasmtime does unless told otherwise.
    OnDemand,
    /// From the pooling allocator, which maps it once and gives it back to the system after each.
    Pooled,
    /// And keeps it, where the kernel says which pages were written: the fastest that there is.
    Resident,
}

fn pool(memory: Memory) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    if memory == Memory::Resident && PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(1 << 20)
            .table_keep_resident(64 << 10);
    }
    pool
}

impl Host {
    pub fn new(limits: Limits, memory: Memory) -> Result<Host> {
        let mut config = config();
        if memory != Memory::OnDemand {
            config.allocation_strategy(pool(memory));
        }
        config
            .epoch_interruption(limits != Limits::Trusted)
            .consume_fuel(limits == Limits::Metered);
        let engine = Engine::new(&config)?;
        if limits != Limits::Trusted {
            let clock = engine.clone();
            std::thread::spawn(move || {
                loop {
                    std::thread::sleep(Duration::from_millis(1));
                    clock.increment_epoch();
                }
            });
        }
        Ok(Host { engine, limits })
    }

    pub fn component(&self, run: &Run) -> Result<Component> {
        Ok(Component::new(&self.engine, wat::parse_file(&run.guest)?)?)
    }

    /// Ready to instantiate in.
    pub fn store(&self) -> Result<Store<StoreLimits>> {
        let mut store = Store::new(&self.engine, Host::limits());
        store.limiter(|limits| limits);
        self.arm(&mut store)?;
        Ok(store)
    }

    pub fn limits() -> StoreLimits {
        StoreLimitsBuilder::new().memory_size(MEMORY).build()
    }

    /// Sets what the next call may use.
    #[inline]
    pub fn arm<T>(&self, store: &mut Store<T>) -> Result<()> {
        if self.limits != Limits::Trusted {
            store.set_epoch_deadline(DEADLINE_TICKS);
        }
        if self.limits == Limits::Metered {
            store.set_fuel(FUEL)?;
        }
        Ok(())
    }
}
