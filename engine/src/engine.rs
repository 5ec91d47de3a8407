//! One configuration of Wasmtime. Every setting is named here and nowhere else, because the
//! compile helper must build code for exactly the engine that will run it.

use crate::code::Publisher;
use crate::error::{Error, Kind, Result, guard, silence_panics};
use crate::pooled::Pool;
use crate::ticker::Ticker;
use std::sync::{Arc, OnceLock};
use wasmtime::{Config, WasmBacktraceDetails};

/// `mortise_engine_mode_t`: what compiled code can be stopped by.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Trusted = 0,
    Limited = 1,
    Metered = 2,
}

/// `mortise_engine_t` is one reference to it; components and instances hold others.
pub struct Engine {
    pub wasmtime: wasmtime::Engine,
    pub mode: Mode,
    pub stack: usize,
    pub experimental_types: bool,
    pub ticker: Arc<Ticker>,
    pool: OnceLock<Option<Arc<Pool>>>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.ticker.stop();
    }
}

/// `mortise_settings_t`: what code is compiled for.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Settings {
    pub mode: Mode,
    /// `list<T, N>` and `map<K, V>`, which Wasmtime does not run unless told to.
    pub experimental_types: bool,
    pub stack: usize,
}

impl Engine {
    pub fn new(settings: Settings) -> Result<Engine> {
        Engine::with(settings, false)
    }

    /// One that compiles on all threads of rayon's pool.
    pub fn parallel(settings: Settings) -> Result<Engine> {
        Engine::with(settings, true)
    }

    fn with(settings: Settings, parallel: bool) -> Result<Engine> {
        silence_panics();
        let wasmtime = wasmtime::Engine::new(config(settings).parallel_compilation(parallel))
            .map_err(|e| Error::new(Kind::System, format!("the engine does not start: {e:#}")))?;
        let ticker = Ticker::new(wasmtime.clone());
        Ok(Engine {
            wasmtime,
            mode: settings.mode,
            stack: settings.stack,
            experimental_types: settings.experimental_types,
            ticker,
            pool: OnceLock::new(),
        })
    }

    /// Where instances that serve one caller get their memory, made when it is first asked for.
    /// `keep` is asked then.
    pub fn pool(&self, keep: bool) -> Option<&Arc<Pool>> {
        let make = || {
            let pool = Pool::new(config(self.settings()), keep)?;
            self.ticker.also_move(pool.wasmtime.clone());
            Some(pool)
        };
        self.pool.get_or_init(make).as_ref()
    }

    fn settings(&self) -> Settings {
        Settings {
            mode: self.mode,
            experimental_types: self.experimental_types,
            stack: self.stack,
        }
    }
}

fn config(settings: Settings) -> Config {
    let Settings {
        mode,
        stack,
        experimental_types,
    } = settings;
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .wasm_component_model_fixed_length_lists(experimental_types)
        .wasm_component_model_map(experimental_types)
        // On, it costs 290 ns a call, and nothing here uses it.
        .concurrency_support(false)
        // On, registering code with the unwinder slows every C++ `throw` of the process.
        .native_unwind_info(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .max_wasm_stack(stack)
        // Never used, and must not be smaller.
        .async_stack_size(stack.max(2 << 20))
        .with_custom_code_memory(Some(Arc::new(Publisher)))
        .epoch_interruption(mode != Mode::Trusted)
        .consume_fuel(mode == Mode::Metered);
    config
}

/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_engine_new(
    settings: Settings,
    out: *mut *const Engine,
) -> *mut Error {
    guard(|| {
        let engine = Arc::new(Engine::new(settings)?);
        // SAFETY: the caller's promise.
        unsafe { out.write(Arc::into_raw(engine)) };
        Ok(())
    })
}

/// # Safety
/// `engine` came from `mortise_engine_new` and is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_engine_delete(engine: *const Engine) {
    if !engine.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Arc::from_raw(engine) });
    }
}

/// Another reference to the engine behind a C pointer.
///
/// # Safety
/// `engine` came from `mortise_engine_new` and was not deleted.
pub unsafe fn share(engine: *const Engine) -> Arc<Engine> {
    // SAFETY: the caller's promise: the pointer came from `Arc::into_raw`, and the reference
    // that it stands for lives on.
    unsafe {
        Arc::increment_strong_count(engine);
        Arc::from_raw(engine)
    }
}
