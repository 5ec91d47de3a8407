//! Takes what the benchmarks pass, gives it, and calls the host with it.

wit_bindgen::generate!({
    path: "../../../bench/passing.wit",
    world: "passing",
});

use exports::mortise::bench::guest::{Call, Guest, GuestCart};
use mortise::bench::host::{self, Counter, Item};
use std::cell::Cell;

struct Passing;

struct Cart(Cell<u64>);

impl GuestCart for Cart {
    fn new() -> Cart {
        Cart(Cell::new(0))
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

fn bytes(size: u32) -> Vec<u8> {
    vec![7; size as usize]
}

fn items(count: u32) -> Vec<Item> {
    let item = |id| Item {
        id,
        weight: 0.5,
        count: 3,
    };
    (0..count).map(item).collect()
}

impl Guest for Passing {
    type Cart = Cart;

    fn take_bytes(bytes: Vec<u8>) -> u32 {
        bytes.len() as u32
    }

    fn give_bytes(size: u32) -> Vec<u8> {
        bytes(size)
    }

    fn take_items(items: Vec<Item>) -> u32 {
        items.len() as u32
    }

    fn give_items(count: u32) -> Vec<Item> {
        items(count)
    }

    fn repeat(call: Call, times: u32, size: u32) -> u64 {
        let all = |mut one: Box<dyn FnMut() -> u64>| (0..times).map(|_| one()).sum();
        match call {
            Call::Nothing => {
                (0..times).for_each(|_| host::nothing());
                0
            }
            Call::Add => all(Box::new(|| host::add(40, 2).into())),
            Call::TakeBytes => {
                let bytes = bytes(size);
                all(Box::new(move || host::take_bytes(&bytes).into()))
            }
            Call::GiveBytes => all(Box::new(|| host::give_bytes(size).len() as u64)),
            Call::TakeItems => {
                let items = items(size);
                all(Box::new(move || host::take_items(&items).into()))
            }
            Call::GiveItems => all(Box::new(|| host::give_items(size).len() as u64)),
            Call::Next => {
                let counter = Counter::new();
                all(Box::new(move || counter.next()))
            }
        }
    }
}

export!(Passing);
