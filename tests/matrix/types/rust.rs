//! Gives back what it gets.

#[rustfmt::skip]
mod bindings;

use std::cell::Cell;

use bindings::exports::matrix::types::{counters, echo};

struct Plugin;

impl echo::Guest for Plugin {
    fn truth(v: bool) -> bool {
        v
    }

    fn unsigned8(v: u8) -> u8 {
        v
    }

    fn unsigned16(v: u16) -> u16 {
        v
    }

    fn unsigned32(v: u32) -> u32 {
        v
    }

    fn unsigned64(v: u64) -> u64 {
        v
    }

    fn signed8(v: i8) -> i8 {
        v
    }

    fn signed16(v: i16) -> i16 {
        v
    }

    fn signed32(v: i32) -> i32 {
        v
    }

    fn signed64(v: i64) -> i64 {
        v
    }

    fn single(v: f32) -> f32 {
        v
    }

    fn double_size(v: f64) -> f64 {
        v
    }

    fn letter(v: char) -> char {
        v
    }

    fn text(v: String) -> String {
        v
    }

    fn bytes(v: Vec<u8>) -> Vec<u8> {
        v
    }

    fn numbers(v: Vec<i64>) -> Vec<i64> {
        v
    }

    fn texts(v: Vec<String>) -> Vec<String> {
        v
    }

    fn nested(v: Vec<Vec<u16>>) -> Vec<Vec<u16>> {
        v
    }

    fn maybe(v: Option<u32>) -> Option<u32> {
        v
    }

    fn maybe_text(v: Option<String>) -> Option<String> {
        v
    }

    fn maybe_maybe(v: Option<Option<u8>>) -> Option<Option<u8>> {
        v
    }

    fn pair(v: (String, u64)) -> (String, u64) {
        v
    }

    fn a_point(v: echo::Point) -> echo::Point {
        v
    }

    fn a_person(v: echo::Person) -> echo::Person {
        v
    }

    fn people(v: Vec<echo::Person>) -> Vec<echo::Person> {
        v
    }

    fn a_shape(v: echo::Shape) -> echo::Shape {
        v
    }

    fn shapes(v: Vec<echo::Shape>) -> Vec<echo::Shape> {
        v
    }

    fn a_color(v: echo::Color) -> echo::Color {
        v
    }

    fn an_access(v: echo::Access) -> echo::Access {
        v
    }

    fn outcome(v: Result<u32, String>) -> Result<u32, String> {
        v
    }

    fn outcome_bare(v: Result<(), ()>) -> Result<(), ()> {
        v
    }

    fn many(
        a: u32,
        b: u32,
        c: u32,
        d: u32,
        e: u32,
        f: u32,
        g: u32,
        h: u32,
        i: u32,
        j: u32,
        k: u32,
        l: u32,
        m: u32,
        n: u32,
        o: u32,
        p: u32,
        q: u32,
    ) -> String {
        let all = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q];
        all.map(|number| number.to_string()).join(",")
    }

    fn nothing() {}
}

impl counters::Guest for Plugin {
    type Counter = Counter;
}

struct Counter(Cell<u32>);

impl counters::GuestCounter for Counter {
    fn new(start: u32) -> Self {
        Counter(Cell::new(start))
    }

    fn add(&self, n: u32) -> u32 {
        self.0.set(self.0.get().wrapping_add(n));
        self.0.get()
    }

    fn merge(a: counters::CounterBorrow<'_>, b: counters::CounterBorrow<'_>) -> counters::Counter {
        let (a, b) = (a.get::<Counter>(), b.get::<Counter>());
        counters::Counter::new(Counter::new(a.0.get().wrapping_add(b.0.get())))
    }
}

bindings::export!(Plugin);
