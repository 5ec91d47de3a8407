//! Fails as it is told to.

#[rustfmt::skip]
mod bindings;

use std::hint::black_box;

use bindings::exports::matrix::faults::faulty::{Guest, How};

struct Plugin;

impl Guest for Plugin {
    fn work(how: How, input: String) -> String {
        match how {
            How::Well => input,
            How::Panic => fail_now(&input),
            How::Spin => spin_now(),
            How::Exhaust => exhaust_now(),
        }
    }
}

#[inline(never)]
fn fail_now(input: &str) -> ! {
    panic!("deliberate: {input}")
}

#[inline(never)]
fn spin_now() -> ! {
    loop {
        black_box(());
    }
}

#[inline(never)]
fn exhaust_now() -> ! {
    let mut kept = Vec::new();
    loop {
        kept.push(black_box(vec![1_u8; 1 << 20]));
    }
}

bindings::export!(Plugin);
