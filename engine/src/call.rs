//! The call path: C++ lowers and lifts, Wasmtime does the rest.
//!
//! This file leans on what Wasmtime 48 hides from its documentation, and is the only one that
//! does. Read `src/runtime/component/func/{typed,options}.rs` there before another line is
//! taken. What it relies on:
//!
//! * `TypedFunc::call` lowers through `Params: Lower`, enters the guest, lifts through
//!   `Return: Lift`, runs post-return, in this order.
//! * A core call reads only the parameters that the function has, so that one `Params` of 16
//!   slots serves every function: it says that it flattens to 16 values, and writes as many as
//!   there are, or one pointer to all of them.
//! * A result is one slot or none, and a pointer where the result flattens to more than one: one
//!   `Return` that says it flattens to 1 value serves every function too.
//! * `Lift::linear_lift_from_flat` has no `self`: the callbacks travel in a thread-local, set
//!   for the call and restored after it, since calls nest.

use crate::error::{Error, guard};
use crate::instance::{Budget, Data, Instance};
use crate::resource::{self, Handle, Lifting, Passed, Tables};
use std::cell::{Cell, OnceCell};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use wasmtime::component::__internal::wasmtime_environ::component::{
    CanonicalOptions, CanonicalOptionsDataModel, StringEncoding,
};
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Func, Lift, Lower, TypedFunc};
use wasmtime::{Result, ValRaw};

/// `mortise_encoding_t`.
#[repr(u8)]
#[derive(Clone, Copy)]
pub enum Encoding {
    Utf8 = 0,
    Utf16 = 1,
    Latin1Utf16 = 2,
}

impl Encoding {
    #[inline]
    pub fn of(options: &CanonicalOptions) -> Encoding {
        match options.string_encoding {
            StringEncoding::Utf8 => Encoding::Utf8,
            StringEncoding::Utf16 => Encoding::Utf16,
            StringEncoding::CompactUtf16 => Encoding::Latin1Utf16,
        }
    }
}

/// `mortise_memory_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Memory {
    base: *mut u8,
    size: usize,
}

impl Memory {
    #[inline]
    pub fn none() -> Memory {
        Memory {
            base: std::ptr::null_mut(),
            size: 0,
        }
    }

    #[inline]
    pub fn of_mut(bytes: &mut [u8]) -> Memory {
        Memory {
            base: bytes.as_mut_ptr(),
            size: bytes.len(),
        }
    }

    /// For reading: nobody writes through it.
    #[inline]
    pub fn of(bytes: &[u8]) -> Memory {
        Memory {
            base: bytes.as_ptr().cast_mut(),
            size: bytes.len(),
        }
    }
}

/// How a function is called: what `mortise_callee_t` says of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Call {
    lower: Option<unsafe extern "C" fn(*mut c_void, *mut Lowering, Encoding, *mut ValRaw) -> i32>,
    lift: Option<LiftResult>,
    has_self: bool,
    lowers_to_memory: bool,
    lifts_from_memory: bool,
    /// Resources in the types of the parameters and of the result.
    param_resources: u32,
    result_resources: u32,
}

type LiftResult =
    unsafe extern "C" fn(*mut c_void, *mut Lifting, Memory, Encoding, *const ValRaw) -> i32;

/// What was looked up for a function of an instance: each look-up finds the component's instance
/// anew, and the answer changes only when memory grows.
pub struct Known {
    /// How it writes strings, and whether it lets us ask for memory.
    options: Cell<Option<(Encoding, bool)>>,
    memory: Cell<Memory>,
    /// The limiter's count of growths when `memory` was looked up.
    grown: Cell<u64>,
    /// Where handles go, and where they come from.
    params: OnceCell<Tables>,
    result: OnceCell<Tables>,
}

impl Known {
    #[inline]
    pub fn nothing() -> Known {
        Known {
            options: Cell::new(None),
            memory: Cell::new(Memory::none()),
            grown: Cell::new(u64::MAX),
            params: OnceCell::new(),
            result: OnceCell::new(),
        }
    }

    #[inline]
    fn options(&self, look_up: impl FnOnce() -> (Encoding, bool)) -> (Encoding, bool) {
        self.options.get().unwrap_or_else(|| {
            let found = look_up();
            self.options.set(Some(found));
            found
        })
    }

    /// `grown` is the count now. A memory that did not grow is where it was.
    #[inline]
    fn memory(&self, grown: u64, look_up: impl FnOnce() -> Memory) -> Memory {
        if self.grown.get() != grown {
            self.memory.set(look_up());
            self.grown.set(grown);
        }
        self.memory.get()
    }
}

/// A function of an instance.
pub struct Callee {
    function: TypedFunc<Params, Return>,
    call: Call,
    known: Known,
}

impl Callee {
    /// # Safety
    /// The callbacks of `call` fit the type of `function`.
    pub unsafe fn new(function: Func, call: Call) -> Callee {
        // SAFETY: nothing of the type is looked at by `Params` and `Return`; the callbacks are
        // what has to fit.
        let function = unsafe { TypedFunc::new_unchecked(function) };
        let known = Known::nothing();
        Callee {
            function,
            call,
            known,
        }
    }
}

/// `mortise_lowering_t`: what C++ may ask for while it lowers.
pub struct Lowering<'a, 'b> {
    context: &'a mut LowerContext<'b, Data>,
    known: &'a Known,
    passed: Passed<'a>,
    /// The guest lets us ask for memory.
    can_allocate: bool,
    /// Why the guest's realloc failed: C++ passes on that it did, not why.
    failure: Option<wasmtime::Error>,
}

impl Lowering<'_, '_> {
    /// Runs one callback that lowers. `count`: the resources in the type.
    #[inline]
    pub fn run(
        context: &mut LowerContext<'_, Data>,
        known: &Known,
        ty: &InterfaceType,
        count: u32,
        callback: impl FnOnce(*mut Lowering, Encoding) -> i32,
    ) -> Result<()> {
        let (encoding, can_allocate) = known.options(|| of_options(context.options()));
        let mut lowering = Lowering {
            context,
            known,
            passed: Passed {
                ty,
                count,
                tables: &known.params,
            },
            can_allocate,
            failure: None,
        };
        let status = callback(&mut lowering, encoding);
        match lowering.failure {
            None if status == 0 => Ok(()),
            None => Err(failed()),
            Some(failure) => Err(failure),
        }
    }

    #[inline]
    fn answer(&mut self, lowered: Result<u32>, out: *mut u32) -> i32 {
        match lowered {
            Ok(handle) => {
                // SAFETY: the caller's promise: `out` is writable.
                unsafe { out.write(handle) };
                0
            }
            Err(error) => {
                self.failure = Some(error);
                1
            }
        }
    }
}

fn of_options(options: &CanonicalOptions) -> (Encoding, bool) {
    let can_allocate = matches!(
        &options.data_model,
        CanonicalOptionsDataModel::LinearMemory(memory) if memory.realloc.is_some()
    );
    (Encoding::of(options), can_allocate)
}

/// One call under way.
pub struct Calling {
    callee: *const Callee,
    context: *mut c_void,
    grown: *const AtomicU64,
    /// Of a method.
    this: *const Handle,
}

thread_local! {
    /// The call whose result is lifted next on this thread.
    static LIFTING: Cell<*const Calling> = const { Cell::new(std::ptr::null()) };
}

/// The callbacks of one call, standing for its parameters.
pub struct Params(*const Calling);

/// Stands for the result, which C++ has already read.
pub struct Return;

// SAFETY: both are plain pointers or nothing, handed to `TypedFunc::call` on the thread that
// made them and gone when it returns; Wasmtime asks for the bounds on behalf of async calls.
unsafe impl Send for Params {}
// SAFETY: as above.
unsafe impl Sync for Params {}

/// Only the flat count is looked at: 16 is the most that goes in core values, 1 the most that
/// comes back in them.
const fn flat(count: u8) -> CanonicalAbiInfo {
    CanonicalAbiInfo {
        size32: 0,
        align32: 1,
        size64: 0,
        align64: 1,
        flat_count: Some(count),
    }
}

/// What a callback that said no ends the call with.
#[cold]
pub fn failed() -> wasmtime::Error {
    wasmtime::Error::new(Refused)
}

/// A callback said no; C++ holds the reason.
#[derive(Debug)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a callback refused")
    }
}

impl std::error::Error for Refused {}

// SAFETY: `Lower` is 16 `ValRaw`s, as ComponentType demands; the type check that is skipped here
// was made when the component was linked.
unsafe impl ComponentType for Params {
    type Lower = [ValRaw; 16];
    const ABI: CanonicalAbiInfo = flat(16);

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: a marker; see above.
unsafe impl ComponentNamedList for Params {}

// SAFETY: writes the core values of the function's own type, which the caller vouches for.
unsafe impl Lower for Params {
    #[inline]
    fn linear_lower_to_flat<T>(
        &self,
        context: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        slots: &mut MaybeUninit<[ValRaw; 16]>,
    ) -> Result<()> {
        // SAFETY: `mortise_instance_call` keeps both alive for the call.
        let (calling, callee) = unsafe { (&*self.0, &*(*self.0).callee) };
        let call = &callee.call;
        let mut slots = slots.as_mut_ptr().cast::<ValRaw>();
        // SAFETY: every store here is a `Store<Data>`, so `T` is `Data`.
        let context =
            unsafe { &mut *(context as *mut LowerContext<'_, T>).cast::<LowerContext<'_, Data>>() };
        if call.has_self {
            let passed = Passed {
                ty: &ty,
                count: call.param_resources,
                tables: &callee.known.params,
            };
            // SAFETY: the caller of a function that has a self gives one.
            let this = unsafe { &*calling.this };
            // Its resource is the first to come up.
            let index = resource::lower_guest(context, &passed, 0, false, this)?;
            // SAFETY: one of 16 slots.
            unsafe {
                slots.write(ValRaw::u32(index));
                slots = slots.add(1);
            }
        }
        let Some(lower) = call.lower else {
            return Ok(());
        };
        if !call.lowers_to_memory {
            let nothing = std::ptr::null_mut();
            // SAFETY: the callback writes within the 16 slots, and needs nothing else.
            let status = unsafe { lower(calling.context, nothing, Encoding::Utf8, slots) };
            return if status == 0 { Ok(()) } else { Err(failed()) };
        }
        let count = call.param_resources;
        Lowering::run(context, &callee.known, &ty, count, |lowering, encoding| {
            // SAFETY: the callback writes within the 16 slots.
            unsafe { lower(calling.context, lowering, encoding, slots) }
        })
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> Result<()> {
        unreachable!("16 flat values never go through memory")
    }
}

// SAFETY: `Lower` is one `ValRaw`; the type check was made at link.
unsafe impl ComponentType for Return {
    type Lower = [ValRaw; 1];
    const ABI: CanonicalAbiInfo = flat(1);

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: a marker; see above.
unsafe impl ComponentNamedList for Return {}

// SAFETY: reads the core value of the function's own type, which the caller vouches for.
unsafe impl Lift for Return {
    #[inline]
    fn linear_lift_from_flat(
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        slot: &[ValRaw; 1],
    ) -> Result<Return> {
        // SAFETY: set by `mortise_instance_call` on this thread for the call under way.
        let (calling, callee) = unsafe {
            let calling = &*LIFTING.get();
            (calling, &*calling.callee)
        };
        let (call, known) = (&callee.call, &callee.known);
        let Some(lift) = call.lift else {
            return Ok(Return);
        };
        let mut memory = Memory::none();
        let mut encoding = Encoding::Utf8;
        if call.lifts_from_memory {
            // SAFETY: the instance's, as the call.
            let grown = unsafe { (*calling.grown).load(Relaxed) };
            memory = known.memory(grown, || Memory::of(context.memory()));
            (encoding, _) = known.options(|| of_options(context.options()));
        }
        if call.result_resources == 0 {
            let nothing = std::ptr::null_mut();
            // SAFETY: the callback reads the one slot, and memory within its size.
            let status = unsafe { lift(calling.context, nothing, memory, encoding, slot.as_ptr()) };
            return if status == 0 {
                Ok(Return)
            } else {
                Err(failed())
            };
        }
        let mut lifting = Lifting {
            context,
            passed: Passed {
                ty: &ty,
                count: call.result_resources,
                tables: &known.result,
            },
            failure: None,
        };
        // SAFETY: as above.
        let status = unsafe {
            lift(
                calling.context,
                &mut lifting,
                memory,
                encoding,
                slot.as_ptr(),
            )
        };
        lifting.finish(status).map(|()| Return)
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> Result<Return> {
        unreachable!("one flat value never comes through memory")
    }
}

/// Sets the call to be lifted, and the one around it again when dropped.
struct Nested(*const Calling);

impl Nested {
    #[inline]
    fn set(calling: *const Calling) -> Nested {
        Nested(LIFTING.replace(calling))
    }
}

impl Drop for Nested {
    #[inline]
    fn drop(&mut self) {
        LIFTING.set(self.0);
    }
}

/// # Safety
/// `context` is what the callbacks of function `index` take; `this` is a handle of this instance that
/// the host still has, where the function has a self.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_instance_call(
    instance: &Instance,
    index: u32,
    context: *mut c_void,
    budget: &Budget,
    this: *const Handle,
) -> *mut Error {
    guard(|| {
        instance.enter(budget, |inner| {
            let callee = &inner.functions[index as usize];
            let calling = Calling {
                callee,
                context,
                grown: &instance.shared.growths,
                this,
            };
            let _nested = Nested::set(&calling);
            callee
                .function
                .call(&mut *inner.store, Params(&calling))
                .map(|_| ())
        })
    })
}

/// # Safety
/// `lowering` is the one that a `lower` callback was given and has not returned from; `offset`
/// and `memory` are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_lowering_realloc(
    lowering: &mut Lowering<'_, '_>,
    align: u32,
    size: u32,
    offset: *mut u32,
    memory: *mut Memory,
) -> i32 {
    match memory_for(lowering, align, size) {
        Ok((at, now)) => {
            // SAFETY: the caller's promise.
            unsafe {
                offset.write(at);
                memory.write(now);
            }
            0
        }
        Err(error) => {
            lowering.failure = Some(error);
            1
        }
    }
}

#[inline]
fn memory_for(lowering: &mut Lowering<'_, '_>, align: u32, size: u32) -> Result<(u32, Memory)> {
    if !lowering.can_allocate {
        wasmtime::bail!("the function takes data and has no realloc to make room for it");
    }
    // Wasmtime checks that the block lies within memory and is aligned.
    let at = lowering.context.realloc(0, 0, align, size as usize)?;
    let grown = lowering.context.store.data().limiter.growths();
    let look_up = || Memory::of_mut(lowering.context.as_slice_mut());
    let memory = lowering.known.memory(grown, look_up);
    Ok((u32::try_from(at)?, memory))
}

/// # Safety
/// `lowering` is the one that a `lower` callback was given and has not returned from; `index` is
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_lowering_host(
    lowering: &mut Lowering<'_, '_>,
    resource: u32,
    own: bool,
    rep: u32,
    index: *mut u32,
) -> i32 {
    let lowered = resource::lower_host(lowering.context, &lowering.passed, resource, own, rep);
    lowering.answer(lowered, index)
}

/// # Safety
/// As for `mortise_lowering_host`; `handle` is one of this instance that the host still has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_lowering_guest(
    lowering: &mut Lowering<'_, '_>,
    resource: u32,
    own: bool,
    handle: &Handle,
    index: *mut u32,
) -> i32 {
    let lowered = resource::lower_guest(lowering.context, &lowering.passed, resource, own, handle);
    lowering.answer(lowered, index)
}
