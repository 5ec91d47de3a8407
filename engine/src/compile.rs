//! Bytes to native code. Costs what the input makes it cost: see `bin/mortise-compile.rs` for
//! the process that bounds it.

use crate::Bytes;
use crate::contract;
use crate::debug_info::without_excess;
use crate::engine::Engine;
use crate::error::{Error, Kind, Result, guard, panicked};
use crate::footprint::largest_module;
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// `mortise_input_t`.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Binary = 0,
    Text = 1,
}

/// `mortise_artifact_t`.
pub struct Artifact {
    pub code: Vec<u8>,
    pub contract: Vec<u8>,
    /// See `footprint.rs`.
    pub footprint: u64,
}

fn refuse(error: impl std::fmt::Display) -> Box<Error> {
    Error::new(Kind::Component, error.to_string())
}

/// The component as binary.
pub fn to_binary(input: &[u8], kind: Input) -> Result<Cow<'_, [u8]>> {
    Ok(match kind {
        Input::Binary => Cow::Borrowed(input),
        Input::Text => Cow::Owned(parse_text(input)?),
    })
}

fn parse_text(input: &[u8]) -> Result<Vec<u8>> {
    let text =
        std::str::from_utf8(input).map_err(|e| refuse(format!("the text is not UTF-8: {e}")))?;
    let binary = wat::parse_str(text).map_err(refuse)?;
    if wasmparser::Parser::is_core_wasm(&binary) {
        return Err(refuse(
            "it is the text of a core module; that of a component begins with `(component`",
        ));
    }
    Ok(binary)
}

/// A panic of a parser or the compiler is a refusal of this one input. `who` is what gave up on it.
pub fn refusing_panics<T>(who: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Unwind safety: what the panic left half done is dropped here; the engine has no state that
    // compiling changes.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let why = panicked(&*payload).message;
        Err(refuse(format!("{who} gave up on it: {why}")))
    })
}

/// `debug_info` is how much of that a component may have, in bytes: what has more loses it.
/// `ready` gets the component as binary, before it is compiled.
pub fn compile(
    engine: &Engine,
    input: &[u8],
    kind: Input,
    debug_info: usize,
    ready: impl FnOnce(&[u8]) -> Result<()>,
) -> Result<Artifact> {
    refusing_panics("the compiler", || {
        compile_unguarded(engine, input, kind, debug_info, ready)
    })
}

fn compile_unguarded(
    engine: &Engine,
    input: &[u8],
    kind: Input,
    debug_info: usize,
    ready: impl FnOnce(&[u8]) -> Result<()>,
) -> Result<Artifact> {
    let binary = to_binary(input, kind)?;
    let binary = without_excess(&binary, debug_info);
    // First the contract: what this host refuses by name, it must not refuse by byte offset.
    let contract = contract::decode(&binary, engine.experimental_types)?;
    ready(&binary)?;
    let code = engine.wasmtime.precompile_component(&binary);
    let code = code.map_err(|e| refuse(format!("{e:#}")))?;
    Ok(Artifact {
        code,
        contract,
        footprint: largest_module(&binary),
    })
}

/// # Safety
/// `input` is readable, `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_compile(
    engine: &Engine,
    input: Bytes,
    kind: Input,
    out: *mut *mut Artifact,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promise.
        let artifact = compile(engine, unsafe { input.slice() }, kind, usize::MAX, |_| {
            Ok(())
        })?;
        // SAFETY: the caller's promise.
        unsafe { out.write(Box::into_raw(Box::new(artifact))) };
        Ok(())
    })
}

/// # Safety
/// `artifact` came from this library and is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_artifact_delete(artifact: *mut Artifact) {
    if !artifact.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(artifact) });
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_artifact_code(artifact: &Artifact) -> Bytes {
    Bytes::of(&artifact.code)
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_artifact_contract(artifact: &Artifact) -> Bytes {
    Bytes::of(&artifact.contract)
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_artifact_footprint(artifact: &Artifact) -> u64 {
    artifact.footprint
}
