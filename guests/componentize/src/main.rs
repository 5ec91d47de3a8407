//! `componentize CORE.wasm OUT.wasm`: makes a component from a core module that carries its WIT
//! types in a `component-type` section, as every module built with wit-bindgen does.

use std::{env, fs, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [core, out] = arguments.as_slice() else {
        eprintln!("usage: componentize CORE.wasm OUT.wasm");
        return ExitCode::from(2);
    };
    match run(Path::new(core), Path::new(out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("componentize: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(core: &Path, out: &Path) -> Result<()> {
    let module = fs::read(core).with_context(|| format!("cannot read {}", core.display()))?;
    let component = componentize(module).with_context(|| core.display().to_string())?;
    write(out, &component).with_context(|| format!("cannot write {}", out.display()))
}

/// A component comes back unchanged; a core module becomes a validated component.
fn componentize(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if Parser::is_component(&bytes) {
        return Ok(bytes);
    }
    // The encoder takes its input for whole and typed: it panics at a cut file, and makes an empty
    // component of a module without types.
    if !carries_types(&bytes)? {
        bail!("no `component-type` section says which WIT world it implements");
    }
    let mut encoder = ComponentEncoder::default().validate(true).module(&bytes)?;
    encoder.encode()
}

fn carries_types(module: &[u8]) -> Result<bool> {
    let mut found = false;
    for part in Parser::new(0).parse_all(module) {
        if let Payload::CustomSection(section) = part? {
            found |= section.name().starts_with("component-type");
        }
    }
    Ok(found)
}

/// Readers see the old file or the whole new one, never a part. A file that has these bytes already
/// keeps its time stamp, so that nothing after it is built again.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let mut name = path.file_name().context("it names no file")?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| drop(fs::remove_file(&temporary)))?;
    Ok(())
}
