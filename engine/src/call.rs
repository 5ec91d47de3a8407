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
use std::cell::Cell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
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
    fn of(options: &CanonicalOptions) -> Encoding {
        match options.string_encoding {
            StringEncoding::Utf8 => Encoding::Utf8,
            StringEncoding::Utf16 => Encoding::Utf16,
            StringEncoding::CompactUtf16 => Encoding::Latin1Utf16,
        }
    }
}

/// `mortise_memory_t`.
#[repr(C)]
pub struct Memory {
    base: *mut u8,
    size: usize,
}

/// How a function is called: what `mortise_callee_t` says of it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Call {
    lower: Option<unsafe extern "C" fn(*mut c_void, *mut Lowering, Encoding, *mut ValRaw) -> i32>,
    lift: Option<unsafe extern "C" fn(*mut c_void, Memory, Encoding, *const ValRaw) -> i32>,
    lowers_to_memory: bool,
    lifts_from_memory: bool,
}

/// A function of an instance.
pub struct Callee {
    function: TypedFunc<Params, Return>,
    call: Call,
}

impl Callee {
    /// # Safety
    /// The callbacks of `call` fit the type of `function`.
    pub unsafe fn new(function: Func, call: Call) -> Callee {
        // SAFETY: nothing of the type is looked at by `Params` and `Return`; the callbacks are
        // what has to fit.
        let function = unsafe { TypedFunc::new_unchecked(function) };
        Callee { function, call }
    }
}

/// `mortise_lowering_t`: what C++ may ask for while it lowers.
pub struct Lowering<'a, 'b> {
    context: &'a mut LowerContext<'b, Data>,
    /// The guest lets us ask for memory.
    can_allocate: bool,
    /// Why the guest's realloc failed: C++ passes on that it did, not why.
    failure: Option<wasmtime::Error>,
}

/// One call under way.
pub struct Calling {
    call: *const Call,
    context: *mut c_void,
    /// Learnt while lowering, kept for lifting: each look-up of a function's options finds the
    /// component's instance anew.
    encoding: Cell<Option<Encoding>>,
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

#[cold]
fn refused() -> wasmtime::Error {
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
        _: InterfaceType,
        slots: &mut MaybeUninit<[ValRaw; 16]>,
    ) -> Result<()> {
        // SAFETY: `mortise_instance_call` keeps both alive for the call.
        let (calling, call) = unsafe { (&*self.0, &*(*self.0).call) };
        let Some(lower) = call.lower else {
            return Ok(());
        };
        if !call.lowers_to_memory {
            // SAFETY: the callback writes within the 16 slots, and needs nothing else.
            let status = unsafe {
                let slots = slots.as_mut_ptr().cast();
                lower(calling.context, std::ptr::null_mut(), Encoding::Utf8, slots)
            };
            return if status == 0 { Ok(()) } else { Err(refused()) };
        }
        // SAFETY: every store here is a `Store<Data>`, so `T` is `Data`.
        let context =
            unsafe { &mut *(context as *mut LowerContext<'_, T>).cast::<LowerContext<'_, Data>>() };
        let options = context.options();
        let encoding = Encoding::of(options);
        calling.encoding.set(Some(encoding));
        let can_allocate = matches!(
            &options.data_model,
            CanonicalOptionsDataModel::LinearMemory(memory) if memory.realloc.is_some()
        );
        let mut lowering = Lowering {
            context,
            can_allocate,
            failure: None,
        };
        // SAFETY: the callback writes within the 16 slots.
        let status = unsafe {
            let slots = slots.as_mut_ptr().cast();
            lower(calling.context, &mut lowering, encoding, slots)
        };
        match lowering.failure {
            None if status == 0 => Ok(()),
            None => Err(refused()),
            Some(failure) => Err(failure),
        }
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
        _: InterfaceType,
        slot: &[ValRaw; 1],
    ) -> Result<Return> {
        // SAFETY: set by `mortise_instance_call` on this thread for the call under way.
        let (calling, call) = unsafe {
            let calling = &*LIFTING.get();
            (calling, &*calling.call)
        };
        let Some(lift) = call.lift else {
            return Ok(Return);
        };
        let mut memory = Memory {
            base: std::ptr::null_mut(),
            size: 0,
        };
        let mut encoding = Encoding::Utf8;
        if call.lifts_from_memory {
            let bytes = context.memory();
            // The base is written through by nobody: `lift` only reads.
            memory.base = bytes.as_ptr().cast_mut();
            memory.size = bytes.len();
            encoding = match calling.encoding.get() {
                Some(known) => known,
                None => Encoding::of(context.options()),
            };
        }
        // SAFETY: the callback reads the one slot, and memory within its size.
        let status = unsafe { lift(calling.context, memory, encoding, slot.as_ptr()) };
        if status == 0 {
            Ok(Return)
        } else {
            Err(refused())
        }
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
/// `context` is what the callbacks of function `index` take.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_instance_call(
    instance: &Instance,
    index: u32,
    context: *mut c_void,
    budget: Budget,
) -> *mut Error {
    guard(|| {
        instance.enter(budget, |inner| {
            let callee = &inner.functions[index as usize];
            let calling = Calling {
                call: &callee.call,
                context,
                encoding: Cell::new(None),
            };
            let _nested = Nested::set(&calling);
            callee
                .function
                .call(&mut inner.store, Params(&calling))
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
    let memory = lowering.context.as_slice_mut();
    let memory = Memory {
        base: memory.as_mut_ptr(),
        size: memory.len(),
    };
    Ok((u32::try_from(at)?, memory))
}
