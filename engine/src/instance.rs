//! A store with its one instance: the unit that a fault ends.

use crate::call::Callee;
use crate::component::Component;
use crate::engine::{Engine, Mode};
use crate::error::{Error, Kind, Result, guard};
use crate::limiter::{self, Limiter};
use crate::pooled::Housed;
use crate::resource::Handle;
use crate::stack;
use crate::ticker::{SLICE, WATCHED};
use crate::wasi;
use std::cell::{Cell, RefCell, UnsafeCell};
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;
use wasmtime::{Store, UpdateDeadline};

/// Host memory that one resource handle stands for, in bytes, rounded up: Wasmtime counts
/// handles, and a limit on memory has to hold for them too.
const HANDLE_BYTES: u64 = 64;

/// `mortise_budget_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Budget {
    deadline_ms: u64,
    fuel: u64,
    /// Whether somebody wants the run to end.
    stop: Option<unsafe extern "C" fn(*const c_void) -> bool>,
    stop_context: *const c_void,
    /// The deadline is the one that the run before began under, and has gone on since.
    resumes: bool,
}

impl Budget {
    const NOTHING: Budget = Budget {
        deadline_ms: 0,
        fuel: 0,
        stop: None,
        stop_context: std::ptr::null(),
        resumes: false,
    };

    fn deadline(&self) -> Duration {
        match self.deadline_ms {
            0 => Duration::MAX,
            ms => Duration::from_millis(ms),
        }
    }

    /// The longest that guest code runs, in ticks, until somebody looks at the clock and at `stop`.
    fn slice(&self) -> u64 {
        match self.stop {
            None => SLICE,
            Some(_) => WATCHED,
        }
    }
}

/// What a store carries.
pub struct Data {
    pub limiter: Limiter,
    engine: Arc<Engine>,
    /// The tick at which the call under way began, and what it may use.
    began: u64,
    budget: Budget,
    /// When it has to end, once that was asked.
    end: Cell<Option<Duration>>,
    /// It was ended because somebody wanted that.
    stopped: Cell<bool>,
    /// What host functions are given: theirs alone to understand.
    host: *mut c_void,
    /// Only where the component imports some of WASI.
    pub wasi: Option<Box<wasi::State>>,
}

impl Data {
    #[inline]
    pub fn host(&self) -> *mut c_void {
        self.host
    }

    /// Milliseconds that the call under way has left; `u64::MAX`: it has no deadline. Before the tick
    /// after the call's first was made, all of them.
    pub fn time_left(&self) -> u64 {
        if self.budget.deadline_ms == 0 {
            return u64::MAX;
        }
        if self.end.get().is_none() && !self.engine.ticker.knows(self.began) {
            return self.budget.deadline_ms;
        }
        self.left()
    }

    /// The same where a tick was made since it began. The ticker forgets beginnings; the end is kept.
    fn left(&self) -> u64 {
        let ticker = &self.engine.ticker;
        let end = self.end.get();
        let end = end.unwrap_or_else(|| ticker.end(self.began, self.budget.deadline()));
        self.end.set(Some(end));
        ticker.left(end)
    }

    /// Whether somebody wants the call under way to end. Whoever is told so ends it.
    pub fn is_stopped(&self) -> bool {
        let Some(asked) = self.budget.stop else {
            return false;
        };
        // SAFETY: whoever gave the budget keeps its context until the run is over, and this is
        // asked while it lasts.
        let stopped = unsafe { asked(self.budget.stop_context) };
        self.stopped.set(stopped);
        stopped
    }

    /// Whether `is_stopped` may change.
    pub fn is_watched(&self) -> bool {
        self.budget.stop.is_some()
    }
}

/// The parts that a call borrows for its whole duration.
pub struct Inner {
    pub store: Housed,
    pub functions: Box<[Callee]>,
}

/// `mortise_instance_t`. Callbacks may come back to it in the middle of a call, so what they
/// may look at lies beside what the call has borrowed.
pub struct Instance {
    /// A call is under way; `inner` is borrowed.
    busy: Cell<bool>,
    /// A call failed after it had entered the guest: Wasmtime may have left a scope open, and
    /// the guest's memory is in no known state.
    ended: Cell<bool>,
    /// Memory in use after the last call.
    memory: Cell<u64>,
    /// What the last call used, where it is counted.
    fuel: Cell<u64>,
    /// Lines that were printed and that nobody got.
    lines_dropped: Cell<u64>,
    /// For `stack::check`.
    stack: usize,
    /// Of its limiter.
    pub shared: Arc<limiter::Shared>,
    /// Resources of the guest's that the host dropped while a call was under way.
    dropped: RefCell<Vec<Handle>>,
    inner: UnsafeCell<Inner>,
}

impl Instance {
    /// None: the pool that it is to be in has no room. Nothing has run.
    fn new(
        component: &Component,
        memory: u64,
        host: *mut c_void,
        budget: &Budget,
    ) -> Result<Option<Instance>> {
        let engine = component.engine();
        let linked = component.linked()?;
        let reserve = if linked.calls_host { stack::HOST } else { 0 };
        let stack = stack::need(engine.stack, reserve);
        stack::check(stack)?;
        let place = component.place.as_ref();
        let slots = place.map(|place| place.take(memory));
        if let Some(None) = slots {
            return Ok(None);
        }
        let data = Data {
            limiter: Limiter::new(memory, component.instances_within(memory)),
            engine: engine.clone(),
            began: 0,
            budget: Budget::NOTHING,
            end: Cell::new(None),
            stopped: Cell::new(false),
            host,
            wasi: linked.wasi.map(|wasi| Box::new(wasi::State::new(&wasi))),
        };
        let store = Store::new(component.wasmtime(), data);
        let mut store = Housed::new(store, slots.flatten());
        store.limiter(|data| &mut data.limiter);
        let handles = usize::try_from(memory / HANDLE_BYTES).unwrap_or(usize::MAX);
        store.set_max_component_handles(handles);
        if engine.mode != Mode::Trusted {
            store.epoch_deadline_callback(|mut context| Ok(at_deadline(context.data_mut())));
        }
        arm(&mut store, budget)?;
        let instance = linked.pre.instantiate(&mut *store);
        let lines_dropped = if store.data().wasi.is_some() {
            end_call(&mut store)
        } else {
            0
        };
        let instance = instance.map_err(|e| {
            let error = explain(&store, &e, Kind::Component);
            too_many_instances(error, &store, component.footprint())
        })?;
        let mut functions = Vec::with_capacity(linked.functions.len());
        for (index, call) in &linked.functions {
            let function = instance.get_func(&mut *store, index).ok_or_else(|| {
                Error::new(Kind::Internal, "a linked export is not a function any more")
            })?;
            // SAFETY: the caller of `mortise_instance_call` vouches for that.
            functions.push(unsafe { Callee::new(function, *call) });
        }
        let functions = functions.into_boxed_slice();
        Ok(Some(Instance {
            busy: Cell::new(false),
            ended: Cell::new(false),
            memory: Cell::new(store.data().limiter.used()),
            fuel: Cell::new(fuel_used(&store, budget)),
            lines_dropped: Cell::new(lines_dropped),
            stack,
            shared: store.data().limiter.shared(),
            dropped: RefCell::default(),
            inner: UnsafeCell::new(Inner { store, functions }),
        }))
    }

    #[cold]
    fn refusal(&self) -> Box<Error> {
        if self.busy.get() {
            Error::new(Kind::Busy, "the instance is in a call already")
        } else {
            Error::new(Kind::Ended, "an earlier call ended the instance")
        }
    }

    /// Runs one call with the instance's parts borrowed for it alone.
    #[inline]
    pub fn enter(
        &self,
        budget: &Budget,
        call: impl FnOnce(&mut Inner) -> wasmtime::Result<()>,
    ) -> Result<()> {
        if self.busy.get() || self.ended.get() {
            return Err(self.refusal());
        }
        stack::check(self.stack)?;
        // SAFETY: `busy` was false, so no other borrow of `inner` is alive; it is true until
        // this one ends; and an instance belongs to one thread at a time.
        let inner = unsafe { &mut *self.inner.get() };
        arm(&mut inner.store, budget)?;
        // A panic on the way leaves the instance as it is set here: busy no more, ended.
        let _mark = Mark::set(self);
        let result = call(inner).and_then(|()| self.drop_handles(inner));
        self.memory.set(inner.store.data().limiter.used());
        self.fuel.set(fuel_used(&inner.store, budget));
        if inner.store.data().wasi.is_some() {
            self.lines_dropped.set(end_call(&mut inner.store));
        }
        match result {
            Ok(()) => {
                self.ended.set(false);
                Ok(())
            }
            Err(error) => Err(explain(&inner.store, &error, Kind::Abi)),
        }
    }

    /// Those of the call that ends: their destructors run under what it has left.
    #[inline]
    fn drop_handles(&self, inner: &mut Inner) -> wasmtime::Result<()> {
        loop {
            // A destructor may call the host, which may drop another.
            let next = self.dropped.borrow_mut().pop();
            match next {
                Some(handle) => handle.resource_drop(&mut *inner.store)?,
                None => return Ok(()),
            }
        }
    }

    /// Drops a resource of the guest's, now or at the end of the call that is under way. What an
    /// instance that has ended held is gone already.
    fn drop_handle(&self, handle: Handle, budget: &Budget) -> Result<()> {
        if self.busy.get() {
            self.dropped.borrow_mut().push(handle);
            return Ok(());
        }
        if self.ended.get() {
            return Ok(());
        }
        let dropped = self.enter(budget, |inner| handle.resource_drop(&mut *inner.store));
        match dropped {
            // Nobody else has it any more.
            Err(error) if error.kind == Kind::HostStack => {
                self.dropped.borrow_mut().push(handle);
                Ok(())
            }
            other => other,
        }
    }
}

/// Busy as long as it lives; ended until somebody says that the call went well.
struct Mark<'a>(&'a Instance);

impl<'a> Mark<'a> {
    #[inline]
    fn set(instance: &'a Instance) -> Mark<'a> {
        instance.busy.set(true);
        instance.ended.set(true);
        Mark(instance)
    }
}

impl Drop for Mark<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.busy.set(false);
    }
}

/// What WASI does when a call is over, well or not. Lines that were dropped so far.
#[cold]
#[inline(never)]
fn end_call(store: &mut Store<Data>) -> u64 {
    let Some(wasi) = &mut store.data_mut().wasi else {
        return 0;
    };
    wasi.end_call();
    wasi.lines_dropped()
}

/// What a run has used of its budget; 0 where it is not counted.
#[inline]
fn fuel_used(store: &Store<Data>, budget: &Budget) -> u64 {
    if store.data().engine.mode != Mode::Metered {
        return 0;
    }
    fuel_of(budget).saturating_sub(store.get_fuel().unwrap_or_default())
}

/// 0 means no limit.
fn fuel_of(budget: &Budget) -> u64 {
    if budget.fuel == 0 {
        u64::MAX
    } else {
        budget.fuel
    }
}

#[cold]
fn no_fuel(error: wasmtime::Error) -> Box<Error> {
    Error::new(Kind::Internal, format!("fuel cannot be set: {error}"))
}

/// Sets what the next run of guest code may use.
#[inline(always)]
fn arm(store: &mut Store<Data>, budget: &Budget) -> Result<()> {
    store.data_mut().limiter.forget_refusal();
    let mode = store.data().engine.mode;
    if mode == Mode::Trusted {
        return Ok(());
    }
    if mode == Mode::Metered {
        store.set_fuel(fuel_of(budget)).map_err(no_fuel)?;
    }
    store.data_mut().budget = *budget;
    if budget.resumes {
        return Ok(());
    }
    if budget.deadline_ms == 0 && budget.stop.is_none() {
        // Half the range: a deadline is added to the present epoch.
        store.set_epoch_deadline(u64::MAX / 2);
        return Ok(());
    }
    let most = match budget.deadline_ms {
        0 => u64::MAX,
        // One more: the tick that is under way must not count as a whole one.
        ms => ms.saturating_add(1),
    };
    let slice = most.min(budget.slice());
    store.set_epoch_deadline(slice);
    let data = store.data_mut();
    data.began = data.engine.ticker.now();
    data.end.set(None);
    data.engine.ticker.keep_awake(slice);
    Ok(())
}

/// A slice of a deadline is over: was it the last?
fn at_deadline(data: &mut Data) -> UpdateDeadline {
    if data.is_stopped() {
        return UpdateDeadline::Interrupt;
    }
    let left = data.left();
    if left == 0 {
        return UpdateDeadline::Interrupt;
    }
    let slice = left.min(data.budget.slice());
    data.engine.ticker.keep_awake(slice);
    UpdateDeadline::Continue(slice)
}

/// A guest that was refused memory and then fails has most likely failed for want of it.
#[cold]
fn explain(store: &Store<Data>, error: &wasmtime::Error, otherwise: Kind) -> Box<Error> {
    let mut error = Error::from_run(error, otherwise);
    if error.kind == Kind::Deadline && store.data().stopped.get() {
        error.kind = Kind::Stopped;
    }
    let limiter = &store.data().limiter;
    if let (Some(asked), Kind::Trap | Kind::Abi | Kind::Component) = (limiter.refused(), error.kind)
    {
        error.kind = Kind::Memory;
        error = error.with_amounts(asked, limiter.allowed());
    }
    error
}

/// Wasmtime has no type for this one; a test holds the words.
fn too_many_instances(error: Box<Error>, store: &Store<Data>, footprint: u64) -> Box<Error> {
    let limiter = &store.data().limiter;
    match limiter.refused_instances(footprint) {
        Some(asked) if error.message.contains("instance count too high") => {
            Error::new(Kind::Memory, error.message).with_amounts(asked, limiter.allowed())
        }
        _ => error,
    }
}

/// # Safety
/// `out` is writable; `host` is what the host functions take, and outlives the instance.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_instance_new(
    component: &Component,
    memory: u64,
    host: *mut c_void,
    budget: &Budget,
    out: *mut *mut Instance,
) -> *mut Error {
    guard(|| {
        let instance = Instance::new(component, memory, host, budget)?.map(Box::new);
        // SAFETY: the caller's promise.
        unsafe { out.write(instance.map_or(std::ptr::null_mut(), Box::into_raw)) };
        Ok(())
    })
}

/// # Safety
/// `instance` came from `mortise_instance_new`, is in no call and is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_instance_delete(instance: *mut Instance) {
    if !instance.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(instance) });
    }
}

/// # Safety
/// `handle` is one of this instance that the host still has; it is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_instance_drop(
    instance: &Instance,
    handle: &Handle,
    budget: &Budget,
) -> *mut Error {
    guard(|| instance.drop_handle(*handle, budget))
}

/// # Safety
/// As for `mortise_instance_drop`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_instance_drop_later(instance: &Instance, handle: &Handle) {
    instance.dropped.borrow_mut().push(*handle);
}

/// Whether a call is under way.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_instance_busy(instance: &Instance) -> bool {
    instance.busy.get()
}

/// Whether a call has ended it, and none is under way.
#[unsafe(no_mangle)]
pub extern "C" fn mortise_instance_ended(instance: &Instance) -> bool {
    instance.ended.get() && !instance.busy.get()
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_instance_lines_dropped(instance: &Instance) -> u64 {
    instance.lines_dropped.get()
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_instance_fuel(instance: &Instance) -> u64 {
    instance.fuel.get()
}

#[unsafe(no_mangle)]
pub extern "C" fn mortise_instance_memory(instance: &Instance) -> u64 {
    instance.memory.get()
}
