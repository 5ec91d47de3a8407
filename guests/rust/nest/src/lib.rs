//! Runs itself, as its input says: a script of words, of which each does one thing.
//!
//!     s1000      works: a thousand times around a loop
//!     g3         grows by three pages
//!     x          fails
//!     l          goes on for ever
//!     i          answers how many levels there may be below: `3.`
//!     e1000      answers so many bytes
//!     { .. }     a child with a script of its own: answers `[its answer]`, or `!kind` or `!kind:limit`;
//!                before it may stand, for it alone:
//!     f1000 t20 m65536   its fuel, its time, its memory
//!     +name      a service that it is given
//!     k          it is kept until the end of this instance, and not only until it has answered
//!     @name      it is this one of the list, and not `nest`
//!     *1000      it is called so many times, and the last answer counts
//!
//! It tells the service `meter` of its work, before it does it, and of its memory.

wit_bindgen::generate!({
    path: ["../../../wit/plugins", "../../../wit/plugin-world.wit"],
    inline: "
        package test:nest;
        interface meter {
            /// Times around the loop that are about to be gone.
            work: func(times: u64);
            /// All of its memory, in bytes.
            memory: func(bytes: u64);
        }
        world nest {
            import meter;
            import mortise:plugins/runner@0.1.0;
            export techbytes:plugins/processor;
        }
    ",
    world: "test:nest/nest",
    generate_all,
});

use exports::techbytes::plugins::processor::{Guest, Metadata};
use mortise::plugins::runner::{self, Failure, Share};
use std::cell::RefCell;
use std::hint::black_box;
use test::nest::meter;

struct Nest;

thread_local! {
    /// Children that are to stay.
    static KEPT: RefCell<Vec<runner::Instance>> = const { RefCell::new(Vec::new()) };
}

#[derive(Default)]
struct Child<'a> {
    name: Option<&'a str>,
    fuel: Option<u64>,
    time: Option<u64>,
    memory: Option<u64>,
    grants: Vec<String>,
    keep: bool,
    times: Option<u64>,
}

const PAGE: usize = 65536;

fn tell_memory() {
    let pages = core::arch::wasm32::memory_size::<0>();
    meter::memory((pages * PAGE) as u64);
}

fn work(mut times: u64) {
    while times > 0 {
        let now = times.min(1000);
        meter::work(now);
        for i in 0..now {
            black_box(i);
        }
        times -= now;
    }
}

fn run(child: &Child, script: &str) -> Result<String, Failure> {
    let share = Share {
        fuel: child.fuel,
        time: child.time,
    };
    let plugin = runner::Plugin::load(child.name.unwrap_or("nest"), &child.grants)?;
    let instance = plugin.start(child.memory, share)?;
    let meta = runner::Metadata {
        name: String::new(),
        version: String::new(),
        priority: 0,
    };
    for _ in 1..child.times.unwrap_or(1) {
        let _ = instance.process_data(script, &meta, share)?;
    }
    let answer = instance.process_data(script, &meta, share);
    if child.keep {
        KEPT.with_borrow_mut(|kept| kept.push(instance));
    }
    Ok(answer?.unwrap_or_else(|refusal| format!("?{refusal}")))
}

fn outcome(answer: Result<String, Failure>) -> String {
    match answer {
        Ok(answer) => format!("[{answer}]"),
        Err(failure) => {
            let kind = format!("{:?}", failure.kind);
            let kind = kind.trim_start_matches("Kind::");
            match failure.limit {
                None => format!("!{kind}"),
                Some(limit) => format!("!{kind}:{limit}"),
            }
        }
    }
}

/// The script within the braces that `rest` is after the first of, and what comes after the last.
fn braces(rest: &str) -> (&str, &str) {
    let mut depth = 1;
    for (at, c) in rest.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&rest[..at], &rest[at + 1..]);
        }
    }
    panic!("a brace is missing");
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn execute(script: &str) -> String {
    let mut out = String::new();
    let mut child = Child::default();
    let mut rest = script;
    while let Some(first) = rest.trim_start().chars().next() {
        rest = rest.trim_start();
        if first == '{' {
            let (inner, after) = braces(&rest[1..]);
            out += &outcome(run(&child, inner));
            child = Child::default();
            rest = after;
            continue;
        }
        let end = rest.find([' ', '{']).unwrap_or(rest.len());
        let argument = &rest[1..end];
        match first {
            's' => work(number(argument)),
            'g' => {
                core::arch::wasm32::memory_grow::<0>(number(argument) as usize);
                tell_memory();
            }
            'x' => panic!("as it was told"),
            'l' => loop {
                work(1000);
            },
            'i' => out += &format!("{}.", runner::what_is_left().levels),
            'e' => out += &"x".repeat(number(argument) as usize),
            'f' => child.fuel = Some(number(argument)),
            't' => child.time = Some(number(argument)),
            'm' => child.memory = Some(number(argument)),
            '+' => child.grants.push(argument.to_string()),
            '@' => child.name = Some(argument),
            'k' => child.keep = true,
            '*' => child.times = Some(number(argument)),
            _ => panic!("{rest}"),
        }
        rest = &rest[end..];
    }
    tell_memory();
    out
}

impl Guest for Nest {
    fn process_data(input: String, _: Metadata) -> Result<String, String> {
        tell_memory();
        Ok(execute(&input))
    }
}

export!(Nest);
