//! Calls of passing.wit, in both directions: what ../../passing.cpp is for C++.

use crate::Result;
use crate::host::Host;
use crate::measure::Run;
use wasmtime::component::{HasSelf, Linker, Resource, ResourceTable};
use wasmtime::{Store, StoreLimits};

mod wit {
    wasmtime::component::bindgen!({
        path: "../passing.wit",
        world: "passing",
        with: { "mortise:bench/host.counter": super::Counter },
    });
}

use wit::Passing;
use wit::exports::mortise::bench::guest::Call;
use wit::mortise::bench::host::{self, Item};

pub struct Counter(u64);

struct State {
    limits: StoreLimits,
    table: ResourceTable,
}

fn bytes(size: usize) -> Vec<u8> {
    vec![7; size]
}

fn items(count: usize) -> Vec<Item> {
    let item = |id| Item {
        id,
        weight: 0.5,
        count: 3,
    };
    (0..count as u32).map(item).collect()
}

impl host::HostCounter for State {
    fn new(&mut self) -> Resource<Counter> {
        self.table.push(Counter(0)).expect("there is room")
    }

    fn next(&mut self, counter: Resource<Counter>) -> u64 {
        let counter = self.table.get_mut(&counter).expect("the guest has it");
        counter.0 += 1;
        counter.0
    }

    fn drop(&mut self, counter: Resource<Counter>) -> wasmtime::Result<()> {
        self.table.delete(counter)?;
        Ok(())
    }
}

impl host::Host for State {
    fn nothing(&mut self) {}

    fn add(&mut self, a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn take_bytes(&mut self, bytes: Vec<u8>) -> u32 {
        bytes.len() as u32
    }

    fn give_bytes(&mut self, size: u32) -> Vec<u8> {
        bytes(size as usize)
    }

    fn take_items(&mut self, items: Vec<Item>) -> u32 {
        items.iter().fold(0, |sum, item| sum.wrapping_add(item.id))
    }

    fn give_items(&mut self, count: u32) -> Vec<Item> {
        items(count as usize)
    }
}

/// How often the guest calls the host in one call of its own.
const TIMES: u32 = 100;

pub fn measure(what: &str, run: &Run, host: &Host) -> Result<f64> {
    let component = host.component(run)?;
    let mut linker = Linker::<State>::new(&host.engine);
    Passing::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    let state = State {
        limits: Host::limits(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(&host.engine, state);
    store.limiter(|state| &mut state.limits);
    host.arm(&mut store)?;
    let world = Passing::instantiate(&mut store, &component, &linker)?;
    let guest = world.mortise_bench_guest();

    let count = run.size / size_of::<Item>();
    let ids = (count * count.saturating_sub(1) / 2) as u32;
    let repeated = match what {
        "host.nothing" => Some((Call::Nothing, 0, 0)),
        "host.add" => Some((Call::Add, 0, 42)),
        "host.take_bytes" => Some((Call::TakeBytes, run.size, run.size as u64)),
        "host.give_bytes" => Some((Call::GiveBytes, run.size, run.size as u64)),
        "host.take_items" => Some((Call::TakeItems, count, u64::from(ids))),
        "host.give_items" => Some((Call::GiveItems, count, count as u64)),
        "host.next" => Some((Call::Next, 0, 0)),
        _ => None,
    };
    if let Some((call, size, each)) = repeated {
        let sum = match call {
            Call::Next => u64::from(TIMES) * u64::from(TIMES + 1) / 2,
            _ => each * u64::from(TIMES),
        };
        return run.time_many(TIMES, || {
            host.arm(&mut store)?;
            let answer = guest.call_repeat(&mut store, call, TIMES, size as u32)?;
            if answer == sum { Ok(8) } else { Err("a wrong answer".into()) }
        });
    }
    match what {
        "guest.take_bytes" => {
            let all = bytes(run.size);
            run.time(|| {
                host.arm(&mut store)?;
                Ok(guest.call_take_bytes(&mut store, &all)? as usize)
            })
        }
        "guest.give_bytes" => run.time(|| {
            host.arm(&mut store)?;
            Ok(guest.call_give_bytes(&mut store, run.size as u32)?.len())
        }),
        "guest.take_items" => {
            let all = items(count);
            run.time(|| {
                host.arm(&mut store)?;
                Ok(guest.call_take_items(&mut store, &all)? as usize)
            })
        }
        "guest.give_items" => run.time(|| {
            host.arm(&mut store)?;
            Ok(guest.call_give_items(&mut store, count as u32)?.len())
        }),
        "guest.next" => {
            let carts = guest.cart();
            let cart = carts.call_constructor(&mut store)?;
            run.time(|| {
                host.arm(&mut store)?;
                Ok(carts.call_next(&mut store, cart)? as usize)
            })
        }
        _ => Err("no such case".into()),
    }
}
