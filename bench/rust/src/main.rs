//! The rival: what a Rust host does to call the same plugins, written as Wasmtime's documentation
//! shows it. bench-rust CASE INPUT_SIZE GUEST AMOUNT prints nanoseconds per call. A case is what to
//! measure, under which limits, and where instances get their memory, if not on demand:
//! owned-limited, fresh-limited-pooled.
//!
//! It is built twice: with the features and the configuration that engine/ gives Wasmtime, and
//! with all that Wasmtime has by default (the feature `stock`).

mod host;
mod measure;
mod passing;

use host::{Host, Limits, Memory};
use measure::{Run, upper_cased};
use std::error::Error;
use wasmtime::StoreLimits;
use wasmtime::component::{Linker, Val};

mod plugin {
    wasmtime::component::bindgen!({ path: "../../wit/plugin-world.wit", world: "plugin-world" });
}
mod noop {
    wasmtime::component::bindgen!({ path: "../noop.wit", world: "noop-world" });
}

use plugin::exports::techbytes::plugins::processor::Metadata;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Made once, since a call only borrows it; so does C++.
fn metadata() -> Metadata {
    Metadata {
        name: "AnalyticsEngine".into(),
        version: "1.0.2".into(),
        priority: 1,
    }
}

fn check(input: &str, answer: &str) -> Result<()> {
    if answer == upper_cased(input) {
        return Ok(());
    }
    Err(format!("a wrong answer: {answer}").into())
}

/// Typed calls.
fn owned(run: &Run, host: &Host) -> Result<f64> {
    let component = host.component(run)?;
    let mut store = host.store()?;
    let linker = Linker::new(&host.engine);
    let world = plugin::PluginWorld::instantiate(&mut store, &component, &linker)?;
    let processor = world.techbytes_plugins_processor();

    let (input, meta) = (run.input(), metadata());
    let mut call = || -> Result<String> {
        host.arm(&mut store)?;
        Ok(processor.call_process_data(&mut store, &input, &meta)??)
    };
    check(&input, &call()?)?;
    run.time(|| Ok(call()?.len()))
}

/// Calls with values that carry their type: what a host does whose contract is not known when it is
/// built, and all that there is in Wasmtime's C API.
fn vals(run: &Run, host: &Host) -> Result<f64> {
    let component = host.component(run)?;
    let mut store = host.store()?;
    let instance = Linker::new(&host.engine).instantiate(&mut store, &component)?;
    let interface = instance.get_export_index(&mut store, None, "techbytes:plugins/processor");
    let index = instance.get_export_index(&mut store, interface.as_ref(), "process-data");
    let function = index.and_then(|index| instance.get_func(&mut store, index));
    let function = function.ok_or("no such function")?;

    let (input, meta) = (run.input(), metadata());
    // The host has a string and a record, and wants a string.
    let mut call = || -> Result<String> {
        host.arm(&mut store)?;
        let params = [
            Val::String(input.clone()),
            Val::Record(vec![
                ("name".into(), Val::String(meta.name.clone())),
                ("version".into(), Val::String(meta.version.clone())),
                ("priority".into(), Val::U32(meta.priority)),
            ]),
        ];
        let mut results = [Val::Bool(false)];
        function.call(&mut store, &params, &mut results)?;
        match results {
            [Val::Result(Ok(Some(answer)))] => match *answer {
                Val::String(text) => Ok(text),
                other => Err(format!("no string: {other:?}").into()),
            },
            [other] => Err(format!("no answer: {other:?}").into()),
        }
    };
    check(&input, &call()?)?;
    run.time(|| Ok(call()?.len()))
}

fn noop(run: &Run, host: &Host) -> Result<f64> {
    let component = host.component(run)?;
    let mut store = host.store()?;
    let linker = Linker::new(&host.engine);
    let world = noop::NoopWorld::instantiate(&mut store, &component, &linker)?;
    let nothing = world.mortise_bench_nothing();
    run.time(|| {
        host.arm(&mut store)?;
        nothing.call_noop(&mut store)?;
        Ok(0)
    })
}

/// Everything that instances share.
fn linked(run: &Run, host: &Host) -> Result<plugin::PluginWorldPre<StoreLimits>> {
    let component = host.component(run)?;
    let linked = Linker::new(&host.engine).instantiate_pre(&component)?;
    Ok(plugin::PluginWorldPre::new(linked)?)
}

/// A new instance; it and its store are dropped.
fn instantiate(run: &Run, host: &Host) -> Result<f64> {
    let linked = linked(run, host)?;
    run.time(|| {
        let mut store = host.store()?;
        linked.instantiate(&mut store)?;
        Ok(0)
    })
}

/// A new instance for each call.
fn fresh(run: &Run, host: &Host) -> Result<f64> {
    let linked = linked(run, host)?;
    let (input, meta) = (run.input(), metadata());
    let call = || -> Result<String> {
        let mut store = host.store()?;
        let world = linked.instantiate(&mut store)?;
        host.arm(&mut store)?;
        let processor = world.techbytes_plugins_processor();
        Ok(processor.call_process_data(&mut store, &input, &meta)??)
    };
    check(&input, &call()?)?;
    run.time(|| Ok(call()?.len()))
}

fn main() -> Result<()> {
    let run = Run::from_arguments()?;
    let (what, limits) = run.case.split_once('-').unwrap_or((&run.case, ""));
    let (limits, memory) = limits.split_once('-').unwrap_or((limits, ""));
    let limits = match limits {
        "trusted" => Limits::Trusted,
        "limited" => Limits::Limited,
        "metered" => Limits::Metered,
        _ => return Err("no such limits".into()),
    };
    let memory = match memory {
        "" => Memory::OnDemand,
        "pooled" => Memory::Pooled,
        "resident" => Memory::Resident,
        _ => return Err("no such memory".into()),
    };
    let host = Host::new(limits, memory)?;
    let ns = match what {
        "owned" => owned(&run, &host),
        "vals" => vals(&run, &host),
        "noop" => noop(&run, &host),
        "instantiate" => instantiate(&run, &host),
        "fresh" => fresh(&run, &host),
        _ => passing::measure(what, &run, &host),
    }?;
    println!("{ns:.2}");
    Ok(())
}
