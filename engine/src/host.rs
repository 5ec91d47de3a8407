//! Functions of the host that guests import: Wasmtime calls, C++ lifts and lowers.
//!
//! The mirror of `call.rs`, and like it reliant on what Wasmtime 48 hides from its documentation:
//! read `src/runtime/component/func/host.rs` there first. What it relies on:
//!
//! * A call lifts its parameters through `Params: Lift`, runs the closure, and lowers the result
//!   through `Return: Lower`, in this order. Nothing of the guest runs between the first two.
//! * `Params::Lower` and `Return::Lower` must have exactly as many slots as the function has core
//!   values: hence `Given<N>` and the like for 0 to 16, and one answer for each of no, one and more
//!   core values.
//! * More than 16 core values come as a pointer, validated for the whole tuple: a `Params` that says
//!   it has no size is given an empty slice there, whose address is the offset. A result of more
//!   than one goes to a pointer that was validated too.
//! * `Lift` has no `self`: it keeps where the slots are, and the closure, which knows its C++
//!   function, hands them on. They are overwritten by the result, after that.

use crate::call::{Encoding, Known, Lowering, Memory, failed};
use crate::component::Name;
use crate::error::{Error, Kind, Result};
use crate::instance::Data;
use crate::limiter::Reservation;
use crate::resource::{self, Reps};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Linker, LinkerInstance, Lower};
use wasmtime::{StoreContextMut, ValRaw};

/// The callbacks of `mortise_host_t`.
type CallHost =
    unsafe extern "C" fn(*mut c_void, *const c_void, &Calling, *const ValRaw, *mut u64) -> i32;
type LowerResult = unsafe extern "C" fn(
    *mut c_void,
    *const c_void,
    *mut Lowering,
    Encoding,
    Memory,
    u32,
    *mut c_void,
) -> i32;
type DropResult = unsafe extern "C" fn(*mut c_void, *const c_void, *mut c_void);

/// `mortise_host_t`: one function of the host's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    pub name: Name,
    function: *const c_void,
    params: u32,
    answer: Answer,
    lifts_from_memory: bool,
    handles: Handles,
    /// Resources in the type of the result.
    result_resources: u32,
    call: CallHost,
    lower: Option<LowerResult>,
    drop: Option<DropResult>,
}

// SAFETY: plain numbers and functions; the texts of `name` are read while linking alone.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// `mortise_answer_t`: how a result comes back.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(dead_code, reason = "C++ makes them")]
pub enum Answer {
    Nothing = 0,
    CoreValue = 1,
    InMemory = 2,
    Handle = 3,
}

/// `mortise_handles_t`: where the handles in parameters are.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(dead_code, reason = "C++ makes them")]
pub enum Handles {
    None = 0,
    /// One parameter is one, and there is nothing in memory.
    One = 1,
    Any = 2,
}

/// The most core values that parameters are passed in; more go through memory.
const MAX_FLAT_PARAMS: u32 = 16;

/// `mortise_host_call_t`: what C++ may ask for during one call. What a function has no use for is
/// left as it is.
#[repr(C)]
pub struct Calling<'a> {
    memory: MaybeUninit<Memory>,
    encoding: MaybeUninit<Encoding>,
    reps: MaybeUninit<*const u32>,
    rep_count: MaybeUninit<usize>,
    store: *mut StoreContextMut<'a, Data>,
}

impl<'a> Calling<'a> {
    /// The store of the guest that calls.
    fn store(&self) -> &StoreContextMut<'a, Data> {
        // SAFETY: `Host::call` made it of its own borrow, and waits for the C++ function that asks.
        unsafe { &*self.store }
    }

    /// # Safety
    /// No other borrow of it is alive.
    #[expect(clippy::mut_from_ref, reason = "C++ has one pointer to it")]
    unsafe fn store_mut(&self) -> &mut StoreContextMut<'a, Data> {
        // SAFETY: as for `store`, and the caller's promise.
        unsafe { &mut *self.store }
    }
}

const fn flat(count: usize) -> CanonicalAbiInfo {
    CanonicalAbiInfo {
        size32: 0,
        align32: 1,
        size64: 0,
        align64: 1,
        flat_count: Some(count as u8),
    }
}

/// Parameters in core values: they stay as they are, where they are, until the result is lowered.
/// What is lifted is moved about, and written in parts just before, which makes copies of more than
/// an address slow: the processor waits for the parts.
struct Given<const N: usize>(*const ValRaw);

/// The same where some of them lie in the guest's memory.
struct GivenMemory<const N: usize> {
    slots: Slots,
    memory: Memory,
    encoding: Encoding,
}

enum Slots {
    There(*const ValRaw),
    /// One pointer to all of them in memory.
    Here(ValRaw),
}

/// One parameter is a handle, which is lifted already, and the rest are core values without.
struct GivenHandle<const N: usize> {
    slots: *const ValRaw,
    rep: u32,
}

/// Any number of handles, anywhere.
struct GivenHandles<const N: usize> {
    given: GivenMemory<N>,
    reps: Reps,
}

/// What a C++ function is called with.
trait Arguments: ComponentNamedList + Lift + 'static {
    fn calling<'a>(&'a self, store: *mut StoreContextMut<'a, Data>)
    -> (Calling<'a>, *const ValRaw);
}

/// A call without memory or handles.
#[inline(always)]
fn plain<'a>(store: *mut StoreContextMut<'a, Data>) -> Calling<'a> {
    Calling {
        memory: MaybeUninit::uninit(),
        encoding: MaybeUninit::uninit(),
        reps: MaybeUninit::uninit(),
        rep_count: MaybeUninit::uninit(),
        store,
    }
}

impl<const N: usize> Arguments for Given<N> {
    #[inline(always)]
    fn calling<'a>(
        &'a self,
        store: *mut StoreContextMut<'a, Data>,
    ) -> (Calling<'a>, *const ValRaw) {
        (plain(store), self.0)
    }
}

impl<const N: usize> Arguments for GivenMemory<N> {
    #[inline(always)]
    fn calling<'a>(
        &'a self,
        store: *mut StoreContextMut<'a, Data>,
    ) -> (Calling<'a>, *const ValRaw) {
        let mut calling = plain(store);
        calling.memory.write(self.memory);
        calling.encoding.write(self.encoding);
        let slots = match &self.slots {
            Slots::There(slots) => *slots,
            Slots::Here(slot) => slot,
        };
        (calling, slots)
    }
}

impl<const N: usize> Arguments for GivenHandle<N> {
    #[inline(always)]
    fn calling<'a>(
        &'a self,
        store: *mut StoreContextMut<'a, Data>,
    ) -> (Calling<'a>, *const ValRaw) {
        let mut calling = plain(store);
        calling.reps.write(&self.rep);
        calling.rep_count.write(1);
        (calling, self.slots)
    }
}

impl<const N: usize> Arguments for GivenHandles<N> {
    #[inline(always)]
    fn calling<'a>(
        &'a self,
        store: *mut StoreContextMut<'a, Data>,
    ) -> (Calling<'a>, *const ValRaw) {
        let (mut calling, slots) = self.given.calling(store);
        let reps = self.reps.slice();
        calling.reps.write(reps.as_ptr());
        calling.rep_count.write(reps.len());
        (calling, slots)
    }
}

/// What parameters and answers have in common: as many slots as the function has core values.
macro_rules! slots {
    ($($name:ty, $count:expr $(, $N:ident)?;)*) => {$(
        // SAFETY: made, handed on and dropped within one call on one thread; Wasmtime asks for the
        // bounds on behalf of async functions.
        unsafe impl<$(const $N: usize)?> Send for $name {}
        // SAFETY: as above.
        unsafe impl<$(const $N: usize)?> Sync for $name {}

        // SAFETY: `Lower` is so many `ValRaw`s, as ComponentType demands; the type check that is
        // skipped here is made when the component is linked.
        unsafe impl<$(const $N: usize)?> ComponentType for $name {
            type Lower = [ValRaw; $count];
            const ABI: CanonicalAbiInfo = flat($count);

            fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> wasmtime::Result<()> {
                Ok(())
            }
        }

        // SAFETY: a marker; see above.
        unsafe impl<$(const $N: usize)?> ComponentNamedList for $name {}
    )*};
}
slots! {
    Given<N>, N, N;
    GivenMemory<N>, N, N;
    GivenHandle<N>, N, N;
    GivenHandles<N>, N, N;
    CoreAnswer<N>, N, N;
    OwnAnswer, 1;
    Held, 0; // more than one core value is never written
}

impl<const N: usize> GivenMemory<N> {
    #[inline]
    fn new(context: &LiftContext<'_>, slots: Slots) -> Self {
        GivenMemory {
            slots,
            memory: Memory::of(context.memory()),
            encoding: Encoding::of(context.options()),
        }
    }
}

// SAFETY: reads nothing; whoever linked it vouches for the type.
unsafe impl<const N: usize> Lift for Given<N> {
    #[inline]
    fn linear_lift_from_flat(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        slots: &[ValRaw; N],
    ) -> wasmtime::Result<Self> {
        Ok(Given(slots.as_ptr()))
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> wasmtime::Result<Self> {
        unreachable!("linked for core values")
    }
}

// SAFETY: as for `Given`.
unsafe impl<const N: usize> Lift for GivenMemory<N> {
    #[inline]
    fn linear_lift_from_flat(
        context: &mut LiftContext<'_>,
        _: InterfaceType,
        slots: &[ValRaw; N],
    ) -> wasmtime::Result<Self> {
        Ok(GivenMemory::new(context, Slots::There(slots.as_ptr())))
    }

    fn linear_lift_from_memory(
        context: &mut LiftContext<'_>,
        _: InterfaceType,
        bytes: &[u8],
    ) -> wasmtime::Result<Self> {
        let at = u32::try_from(offset(context, bytes))?;
        Ok(GivenMemory::new(context, Slots::Here(ValRaw::u32(at))))
    }
}

// SAFETY: as for `Given`.
unsafe impl<const N: usize> Lift for GivenHandle<N> {
    #[inline]
    fn linear_lift_from_flat(
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        slots: &[ValRaw; N],
    ) -> wasmtime::Result<Self> {
        let rep = resource::only_handle(context, &ty, slots)?;
        Ok(GivenHandle {
            slots: slots.as_ptr(),
            rep,
        })
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> wasmtime::Result<Self> {
        unreachable!("linked for core values")
    }
}

// SAFETY: as for `Given`.
unsafe impl<const N: usize> Lift for GivenHandles<N> {
    #[inline]
    fn linear_lift_from_flat(
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        slots: &[ValRaw; N],
    ) -> wasmtime::Result<Self> {
        let mut reps = Reps::default();
        reps.flat(context, ty, slots)?;
        let given = GivenMemory::linear_lift_from_flat(context, ty, slots)?;
        Ok(GivenHandles { given, reps })
    }

    fn linear_lift_from_memory(
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        bytes: &[u8],
    ) -> wasmtime::Result<Self> {
        let mut reps = Reps::default();
        reps.memory(context, ty, offset(context, bytes))?;
        let given = GivenMemory::linear_lift_from_memory(context, ty, bytes)?;
        Ok(GivenHandles { given, reps })
    }
}

/// Where in memory `bytes` lie. They are part of it, and may be empty.
fn offset(context: &LiftContext<'_>, bytes: &[u8]) -> usize {
    bytes.as_ptr() as usize - context.memory().as_ptr() as usize
}

/// A result of no core value or of one: it is there already.
struct CoreAnswer<const M: usize>(u64);

// SAFETY: writes the core value of the function's own type.
unsafe impl<const M: usize> Lower for CoreAnswer<M> {
    #[inline]
    fn linear_lower_to_flat<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        slots: &mut MaybeUninit<[ValRaw; M]>,
    ) -> wasmtime::Result<()> {
        slots.write([ValRaw::u64(self.0); M]);
        Ok(())
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> wasmtime::Result<()> {
        unreachable!("one core value never goes through memory")
    }
}

/// A result of one core value that is a handle: so far, what it stands for.
struct OwnAnswer(u32);

// SAFETY: writes the core value of the function's own type.
unsafe impl Lower for OwnAnswer {
    #[inline]
    fn linear_lower_to_flat<T>(
        &self,
        context: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        slots: &mut MaybeUninit<[ValRaw; 1]>,
    ) -> wasmtime::Result<()> {
        let table = resource::only_table(context.types, ty)?;
        let index = context.guest_resource_lower_own(table, self.0)?;
        slots.write([ValRaw::u32(index)]);
        Ok(())
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> wasmtime::Result<()> {
        unreachable!("one core value never goes through memory")
    }
}

/// A result that C++ holds until it is lowered to memory.
struct Held {
    lower: LowerResult,
    drop: DropResult,
    host: *mut c_void,
    function: *const c_void,
    resources: u32,
    result: *mut c_void,
}

impl Drop for Held {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: `result` is what the C++ function left for these two.
        unsafe { (self.drop)(self.host, self.function, self.result) }
    }
}

// SAFETY: writes the function's own type to memory that was validated for it.
unsafe impl Lower for Held {
    fn linear_lower_to_flat<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: &mut MaybeUninit<[ValRaw; 0]>,
    ) -> wasmtime::Result<()> {
        unreachable!("more than one core value goes through memory")
    }

    #[inline]
    fn linear_lower_to_memory<T>(
        &self,
        context: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        at: usize,
    ) -> wasmtime::Result<()> {
        // SAFETY: every store here is a `Store<Data>`, so `T` is `Data`.
        let context =
            unsafe { &mut *(context as *mut LowerContext<'_, T>).cast::<LowerContext<'_, Data>>() };
        let at = u32::try_from(at)?;
        let memory = Memory::of_mut(context.as_slice_mut());
        // Each import of a function may have tables of its own, so nothing is kept for the next call.
        let known = Known::nothing();
        Lowering::run(
            context,
            &known,
            &ty,
            self.resources,
            |lowering, encoding| {
                // SAFETY: as for `drop`; the block at `at` lies within memory.
                unsafe {
                    let (host, function) = (self.host, self.function);
                    (self.lower)(host, function, lowering, encoding, memory, at, self.result)
                }
            },
        )
    }
}

impl Host {
    /// Runs the C++ function. Its result, or the pointer that stands for it.
    #[inline(always)]
    fn call(
        &self,
        store: &mut StoreContextMut<'_, Data>,
        arguments: &impl Arguments,
    ) -> wasmtime::Result<u64> {
        let host = store.data().host();
        let (calling, slots) = arguments.calling(std::ptr::from_mut(store).cast());
        let mut out = 0;
        // SAFETY: `call` was linked for this function's type, and `host` is what it takes.
        let status = unsafe { (self.call)(host, self.function, &calling, slots, &mut out) };
        if status == 0 { Ok(out) } else { Err(failed()) }
    }

    fn define<A: Arguments>(
        self,
        into: &mut LinkerInstance<'_, Data>,
        name: &str,
    ) -> wasmtime::Result<()> {
        type Store<'a> = StoreContextMut<'a, Data>;
        match (self.answer, self.lower, self.drop) {
            (Answer::Nothing, ..) => into.func_wrap(name, move |mut store: Store<'_>, given: A| {
                Ok(CoreAnswer::<0>(self.call(&mut store, &given)?))
            }),
            (Answer::CoreValue, ..) => {
                into.func_wrap(name, move |mut store: Store<'_>, given: A| {
                    Ok(CoreAnswer::<1>(self.call(&mut store, &given)?))
                })
            }
            (Answer::Handle, ..) => into.func_wrap(name, move |mut store: Store<'_>, given: A| {
                Ok(OwnAnswer(self.call(&mut store, &given)? as u32))
            }),
            (Answer::InMemory, Some(lower), Some(drop)) => {
                into.func_wrap(name, move |mut store: Store<'_>, given: A| {
                    let out = self.call(&mut store, &given)?;
                    Ok(Held {
                        lower,
                        drop,
                        host: store.data().host(),
                        function: self.function,
                        resources: self.result_resources,
                        result: out as *mut c_void,
                    })
                })
            }
            _ => wasmtime::bail!("a result in memory needs lower and drop"),
        }
    }

    /// The form for this number of parameters.
    fn define_any(self, into: &mut LinkerInstance<'_, Data>, name: &str) -> wasmtime::Result<()> {
        macro_rules! by_count {
            ($($n:literal)*) => {
                match (self.params, self.handles, self.lifts_from_memory) {
                    $(($n, Handles::Any, _) => self.define::<GivenHandles<$n>>(into, name),
                      ($n, Handles::One, _) => self.define::<GivenHandle<$n>>(into, name),
                      ($n, _, true) => self.define::<GivenMemory<$n>>(into, name),
                      ($n, _, false) => self.define::<Given<$n>>(into, name),)*
                    // One pointer to all of them.
                    (_, Handles::Any, _) => self.define::<GivenHandles<1>>(into, name),
                    _ => self.define::<GivenMemory<1>>(into, name),
                }
            };
        }
        const { assert!(MAX_FLAT_PARAMS == 16) };
        by_count!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16)
    }
}

/// Makes `hosts` what a component finds under their names.
///
/// # Safety
/// The texts of `hosts` are readable.
pub unsafe fn define(linker: &mut Linker<Data>, hosts: &[Host]) -> Result<()> {
    for host in hosts {
        // SAFETY: the caller's promise.
        let (interface, name) = unsafe { host.name.texts() };
        let defined = if interface.is_empty() {
            host.define_any(&mut linker.root(), name)
        } else {
            let instance = linker.instance(interface);
            instance.and_then(|mut instance| host.define_any(&mut instance, name))
        };
        defined.map_err(|e| {
            Error::new(
                Kind::Internal,
                format!("{interface} {name} cannot be provided: {e:#}"),
            )
        })?;
    }
    Ok(())
}

/// Milliseconds that the guest's call has left; `u64::MAX`: it has no deadline.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_host_call_time_left(calling: &Calling<'_>) -> u64 {
    calling.store().data().time_left()
}

/// Fuel that it has left; `u64::MAX`: it is not counted.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_host_call_fuel_left(calling: &Calling<'_>) -> u64 {
    calling.store().get_fuel().unwrap_or(u64::MAX)
}

/// Takes fuel off what it has left; with more than that, all of it.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_host_call_charge(calling: &Calling<'_>, fuel: u64) {
    // SAFETY: the C++ function has the only pointer to it, and is here.
    let store = unsafe { calling.store_mut() };
    if let Ok(left) = store.get_fuel() {
        // It is counted, so it can be set.
        let _ = store.set_fuel(left.saturating_sub(fuel));
    }
}

/// Memory that the instance has left, in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_host_call_memory_left(calling: &Calling<'_>) -> u64 {
    calling.store().data().limiter.left()
}

/// Takes some of that until `mortise_reservation_delete`. Null: it has not that much.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_host_call_reserve(calling: &Calling<'_>, bytes: u64) -> *mut Reservation {
    let reserved = calling.store().data().limiter.reserve(bytes);
    reserved.map_or(std::ptr::null_mut(), |one| Box::into_raw(Box::new(one)))
}

/// # Safety
/// `reservation` came from `mortise_host_call_reserve` and is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_reservation_delete(reservation: *mut Reservation) {
    if !reservation.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(reservation) });
    }
}
