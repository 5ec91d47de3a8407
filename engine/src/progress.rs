//! How far the compiler is, for those who wait. Cranelift says to a profiler when it begins a
//! function; nothing else of Wasmtime says anything before all are done.

use cranelift_codegen::timing::{Pass, Profiler, set_thread_profiler};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use wasmparser::{Parser, Payload};

/// Told at most so often.
const STEPS: u64 = 200;

/// Counts the functions that were begun.
pub struct Progress {
    done: AtomicU64,
    total: u64,
    tell: Box<dyn Fn(u64, u64) + Send + Sync>,
}

impl Progress {
    /// `tell` gets how many were begun, and of how many, on any of the compiler's threads.
    pub fn new(component: &[u8], tell: Box<dyn Fn(u64, u64) + Send + Sync>) -> Arc<Progress> {
        Arc::new(Progress {
            done: AtomicU64::new(0),
            total: functions(component),
            tell,
        })
    }

    /// Counts what this thread compiles from now on.
    pub fn watch_this_thread(self: &Arc<Progress>) {
        set_thread_profiler(Box::new(Watch(Arc::clone(self))));
    }

    fn begun(&self) {
        let done = self.done.fetch_add(1, Relaxed) + 1;
        let step = (self.total / STEPS).max(1);
        if done <= self.total && (done % step == 0 || done == self.total) {
            (self.tell)(done, self.total);
        }
    }
}

struct Watch(Arc<Progress>);

impl Profiler for Watch {
    fn start_pass(&self, pass: Pass) -> Box<dyn Any> {
        if pass == Pass::wasm_translate_function {
            self.0.begun();
        }
        Box::new(())
    }
}

/// All functions of its core modules: each is compiled once, however often it is instantiated.
fn functions(component: &[u8]) -> u64 {
    let mut count: u64 = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::CodeSectionStart { count: some, .. }) => count += u64::from(some),
            Ok(_) => {}
            // It will not be compiled either.
            Err(_) => break,
        }
    }
    count
}
