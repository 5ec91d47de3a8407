//! The rival: what a Rust host does to call the same plugins, written as Wasmtime's documentation
//! shows it. bench_rust CASE INPUT_SIZE GUEST AMOUNT prints nanoseconds per call.

mod measure;

use measure::{Run, upper_cased};
use std::error::Error;
use std::time::Duration;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

/// Of a call under a deadline: the default of mortise::Limits.
const DEADLINE_TICKS: u64 = 100;

mod plugin {
    wasmtime::component::bindgen!({ path: "../../wit/plugin-world.wit", world: "plugin-world" });
}
mod noop {
    wasmtime::component::bindgen!({ path: "../noop.wit", world: "noop-world" });
}

use plugin::exports::techbytes::plugins::processor::Metadata;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The configuration of engine/src/engine.rs.
fn engine(deadlines: bool) -> Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .concurrency_support(false)
        .native_unwind_info(false)
        .max_wasm_stack(512 << 10)
        .epoch_interruption(deadlines);
    let engine = Engine::new(&config)?;
    if deadlines {
        let clock = engine.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(1));
                clock.increment_epoch();
            }
        });
    }
    Ok(engine)
}

/// Times `call`, with a deadline set before each where the host keeps deadlines.
fn time(
    run: &Run,
    mut store: Store<()>,
    deadlines: bool,
    mut call: impl FnMut(&mut Store<()>) -> Result<usize>,
) -> Result<f64> {
    if deadlines {
        run.time(|| {
            store.set_epoch_deadline(DEADLINE_TICKS);
            call(&mut store)
        })
    } else {
        run.time(|| call(&mut store))
    }
}

fn process_data(run: &Run, deadlines: bool) -> Result<f64> {
    let engine = engine(deadlines)?;
    let component = Component::new(&engine, wat::parse_file(&run.guest)?)?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(DEADLINE_TICKS);
    let linker = Linker::new(&engine);
    let world = plugin::PluginWorld::instantiate(&mut store, &component, &linker)?;
    let processor = world.techbytes_plugins_processor();

    // Made once, since a call only borrows it; so does C++.
    let meta = Metadata {
        name: "AnalyticsEngine".into(),
        version: "1.0.2".into(),
        priority: 1,
    };
    let input = run.input();
    let answer = processor.call_process_data(&mut store, &input, &meta)?;
    if answer != Ok(upper_cased(&input)) {
        return Err(format!("a wrong answer: {answer:?}").into());
    }
    time(run, store, deadlines, |store| {
        Ok(processor.call_process_data(store, &input, &meta)??.len())
    })
}

fn noop(run: &Run, deadlines: bool) -> Result<f64> {
    let engine = engine(deadlines)?;
    let component = Component::new(&engine, wat::parse_file(&run.guest)?)?;
    let mut store = Store::new(&engine, ());
    store.set_epoch_deadline(DEADLINE_TICKS);
    let linker = Linker::new(&engine);
    let world = noop::NoopWorld::instantiate(&mut store, &component, &linker)?;
    let nothing = world.mortise_bench_nothing();
    time(run, store, deadlines, |store| {
        nothing.call_noop(store)?;
        Ok(0)
    })
}

fn main() -> Result<()> {
    let run = Run::from_arguments()?;
    let ns = match run.case.as_str() {
        "owned-limited" => process_data(&run, true),
        "owned-trusted" => process_data(&run, false),
        "noop-limited" => noop(&run, true),
        "noop-trusted" => noop(&run, false),
        case => Err(format!("no case {case}").into()),
    }?;
    println!("{ns:.2}");
    Ok(())
}
