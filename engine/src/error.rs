//! Why something failed, as an object that C++ takes apart.

use crate::Bytes;
use crate::call::Refused;
use std::any::Any;
use std::cell::RefCell;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use wasmtime::{Trap, WasmBacktrace};

/// `mortise_error_kind_t`, with the same meanings.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Component = 1,
    Import,
    Trap,
    Abi,
    Exit,
    Fuel,
    Deadline,
    Stack,
    Memory,
    Handles,
    Stopped,
    Callback,
    Busy,
    Ended,
    HostStack,
    System,
    Internal,
}

/// One guest function on the stack.
#[derive(Debug)]
struct Called {
    function: String,
    module: String,
    file: String,
    function_index: u32,
    line: u32,
}

/// `mortise_error_t`.
#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    pub message: String,
    pub asked: u64,
    pub allowed: u64,
    frames: Vec<Called>,
}

/// An error is always in a box: a result is then no larger than a pointer, and C++ gets the box.
pub type Result<T> = std::result::Result<T, Box<Error>>;

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Box<Error> {
        Box::new(Error {
            kind,
            message: message.into(),
            asked: 0,
            allowed: 0,
            frames: Vec::new(),
        })
    }

    pub fn with_amounts(mut self: Box<Self>, asked: u64, allowed: u64) -> Box<Error> {
        self.asked = asked;
        self.allowed = allowed;
        self
    }

    /// What went wrong while a guest ran. `otherwise` is the kind of errors that Wasmtime
    /// reports as plain text.
    pub fn from_run(error: &wasmtime::Error, otherwise: Kind) -> Box<Error> {
        let mut explained = match error.downcast_ref::<Error>() {
            Some(ours) => {
                Error::new(ours.kind, &*ours.message).with_amounts(ours.asked, ours.allowed)
            }
            None => Error::of_wasmtime(error, otherwise),
        };
        if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
            explained.frames = called(backtrace);
        }
        explained
    }

    fn of_wasmtime(error: &wasmtime::Error, otherwise: Kind) -> Box<Error> {
        let (kind, message) = match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => (Kind::Fuel, String::new()),
            Some(Trap::Interrupt) => (Kind::Deadline, String::new()),
            Some(Trap::StackOverflow) => (Kind::Stack, String::new()),
            Some(trap) => (Kind::Trap, strip(&trap.to_string())),
            None if error.is::<Refused>() => (Kind::Callback, String::new()),
            None => {
                let said = error.root_cause().to_string();
                let system = said.contains("(os error ");
                (if system { Kind::System } else { otherwise }, said)
            }
        };
        // Wasmtime has no type for these; tests hold the words.
        let kind = if message.contains("handle limit exceeded") {
            Kind::Handles
        } else {
            kind
        };
        Error::new(kind, message)
    }
}

// So that one of ours can come out of a call.
impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Wasmtime prefixes the description of a trap; the kind says that already.
fn strip(message: &str) -> String {
    message
        .strip_prefix("wasm trap: ")
        .unwrap_or(message)
        .to_string()
}

fn called(backtrace: &WasmBacktrace) -> Vec<Called> {
    let mut all = Vec::new();
    for frame in backtrace.frames() {
        let module = frame.module().name().unwrap_or_default().to_string();
        let function_index = frame.func_index();
        let plain = Called {
            function: frame.func_name().map_or(String::new(), demangle),
            module: module.clone(),
            file: String::new(),
            function_index,
            line: 0,
        };
        if frame.symbols().is_empty() {
            all.push(plain);
            continue;
        }
        // With DWARF one frame stands for several: the functions inlined there come first.
        for symbol in frame.symbols() {
            all.push(Called {
                function: symbol.name().map_or(plain.function.clone(), demangle),
                module: module.clone(),
                file: symbol.file().unwrap_or_default().to_string(),
                function_index,
                line: symbol.line().unwrap_or(0),
            });
        }
    }
    all
}

/// The name as its author wrote it. What a mangled name repeats can be repeated in turn, so a few
/// hundred bytes may stand for megabytes: the text is cut.
fn demangle(name: &str) -> String {
    let mut out = Bounded(String::new());
    // Cut or not, what there is of it will do; without any, the name itself.
    let _ = if let Ok(rust) = rustc_demangle::try_demangle(name) {
        write!(out, "{rust:#}")
    } else if name.starts_with("_Z")
        && let Ok(cpp) = cpp_demangle::Symbol::new(name)
    {
        let options = cpp_demangle::DemangleOptions::default().recursion_limit(100);
        cpp.structured_demangle(&mut out, &options)
    } else {
        Ok(())
    };
    if out.0.is_empty() {
        name.to_string()
    } else {
        out.0
    }
}

/// Takes so much text and no more.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        const MOST: usize = 1000;
        if self.0.len() + text.len() > MOST {
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

thread_local! {
    /// Where and why this thread panicked last: the hook knows, `catch_unwind` does not.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps panics off the host's stderr; `guard` hands them out instead.
pub fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let text = info.to_string();
            PANIC.with(|slot| *slot.borrow_mut() = Some(text));
        }));
    });
}

pub fn panicked(payload: &(dyn Any + Send)) -> Box<Error> {
    let told = PANIC.with(|slot| slot.borrow_mut().take());
    let text = told
        .or_else(|| payload.downcast_ref::<&str>().map(|s| s.to_string()))
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".into());
    Error::new(Kind::Internal, text)
}

/// Runs one entry point: an error, or a panic, becomes an object for the caller to own.
#[inline]
pub fn guard(body: impl FnOnce() -> Result<()>) -> *mut Error {
    // Unwind safety: whatever a panic leaves half done is never used again. An instance in
    // which one happened is marked as ended, and everything else here is immutable.
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => std::ptr::null_mut(),
        Ok(Err(error)) => Box::into_raw(error),
        Err(payload) => Box::into_raw(panicked(&*payload)),
    }
}

/// `mortise_frame_t`.
#[repr(C)]
pub struct Frame {
    function: Bytes,
    module: Bytes,
    file: Bytes,
    function_index: u32,
    line: u32,
}

/// # Safety
/// `error` came from this library and is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_error_delete(error: *mut Error) {
    if !error.is_null() {
        // SAFETY: the caller's promise: it came out of its box in `guard`.
        drop(unsafe { Box::from_raw(error) });
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_error_kind(error: &Error) -> Kind {
    error.kind
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_error_message(error: &Error) -> Bytes {
    Bytes::of(error.message.as_bytes())
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_error_asked(error: &Error) -> u64 {
    error.asked
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_error_allowed(error: &Error) -> u64 {
    error.allowed
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_error_frame_count(error: &Error) -> usize {
    error.frames.len()
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_error_frame(error: &Error, index: usize) -> Frame {
    let empty = Called {
        function: String::new(),
        module: String::new(),
        file: String::new(),
        function_index: 0,
        line: 0,
    };
    let frame = error.frames.get(index).unwrap_or(&empty);
    Frame {
        function: Bytes::of(frame.function.as_bytes()),
        module: Bytes::of(frame.module.as_bytes()),
        file: Bytes::of(frame.file.as_bytes()),
        function_index: frame.function_index,
        line: frame.line,
    }
}
