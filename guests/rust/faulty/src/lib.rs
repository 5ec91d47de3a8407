//! A plugin that fails in the way `meta.name` asks for, and echoes its input for any other name.
//! Tests use it to prove that a host survives each failure and says which one it was.

wit_bindgen::generate!({
    path: "../../../wit/plugin-world.wit",
    world: "plugin-world",
});

use std::hint::black_box;

use exports::techbytes::plugins::processor::{Guest, Metadata};

struct Faulty;

impl Guest for Faulty {
    fn process_data(input: String, meta: Metadata) -> Result<String, String> {
        match meta.name.as_str() {
            "panic" => close_the_books(meta.priority),
            "loop" => spin(),
            "recurse" => Ok(recurse(u64::from(meta.priority)).to_string()),
            "grow" => grow(),
            _ => Ok(input),
        }
    }
}

export!(Faulty);

/// Fails in the function below; a backtrace names both.
#[inline(never)]
fn close_the_books(priority: u32) -> ! {
    post_entry(priority)
}

#[inline(never)]
fn post_entry(priority: u32) -> ! {
    // The value is used after the call would return, so neither frame can be dropped.
    black_box(priority);
    panic!("the plugin's own message")
}

/// Never returns and never calls the host.
fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Uses up the call stack. What follows the inner call keeps it from becoming a loop.
#[allow(unconditional_recursion)]
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    recurse(depth + 1).rotate_left(1) ^ depth
}

/// Takes memory until none is left; the failed allocation then aborts the plugin.
/// Touches none of it, so that the host's own memory is not used up.
fn grow() -> ! {
    loop {
        std::mem::forget(black_box(Vec::<u8>::with_capacity(1 << 20)));
    }
}
