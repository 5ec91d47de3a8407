//! Compiled code, linked: everything that instances share.

use crate::Bytes;
use crate::call::Call;
use crate::compile::Artifact;
use crate::contract;
use crate::engine::{Engine, share};
use crate::error::{Error, Kind, Result, guard};
use crate::instance::Data;
use std::sync::{Arc, OnceLock};
use wasmtime::component::{
    Component as WasmtimeComponent, ComponentExportIndex, InstancePre, Linker, types::ComponentItem,
};

/// `mortise_export_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Export {
    interface: Bytes,
    function: Bytes,
}

/// `mortise_callee_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Callee {
    function: Export,
    call: Call,
}

/// What `mortise_component_link` made.
pub struct Linked {
    pub pre: InstancePre<Data>,
    pub functions: Box<[(ComponentExportIndex, Call)]>,
}

/// `mortise_component_t`.
pub struct Component {
    engine: Arc<Engine>,
    component: WasmtimeComponent,
    linked: OnceLock<Linked>,
    /// What an instance of its largest module costs, in bytes: see `footprint.rs`.
    footprint: u64,
}

impl Component {
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The most core instances that fit in `memory` bytes, besides what the limiter counts.
    pub fn instances_within(&self, memory: u64) -> usize {
        let most = memory / self.footprint.max(1);
        usize::try_from(most).unwrap_or(usize::MAX).max(1)
    }

    pub fn footprint(&self) -> u64 {
        self.footprint
    }

    pub fn linked(&self) -> Result<&Linked> {
        self.linked
            .get()
            .ok_or_else(|| Error::new(Kind::Internal, "the component is not linked"))
    }

    /// The type and place of an exported function.
    fn export(&self, interface: &str, name: &str) -> Option<(ComponentItem, ComponentExportIndex)> {
        if interface.is_empty() {
            return self.component.get_export(None, name);
        }
        let within = self.component.get_export_index(None, interface)?;
        self.component.get_export(Some(&within), name)
    }

    fn link(&self, callees: &[Callee]) -> Result<Linked> {
        let linker = Linker::new(&self.engine.wasmtime);
        let pre = linker.instantiate_pre(&self.component);
        let pre = pre.map_err(|e| Error::new(Kind::Import, format!("{e:#}")))?;
        let functions = callees.iter().map(|callee| {
            let export = callee.function;
            // SAFETY: the caller of `mortise_component_link` vouches for its texts.
            let (interface, name) = unsafe { (export.interface.text(), export.function.text()) };
            match self.export(interface, name) {
                Some((ComponentItem::ComponentFunc(_), index)) => Ok((index, callee.call)),
                _ => Err(Error::new(
                    Kind::Component,
                    format!("no function {interface} {name}"),
                )),
            }
        });
        Ok(Linked {
            pre,
            functions: functions.collect::<Result<_>>()?,
        })
    }
}

/// # Safety
/// `engine` is alive, `code` is what `mortise_compile` made, unaltered, `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_new(
    engine: *const Engine,
    code: Bytes,
    footprint: u64,
    out: *mut *mut Component,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promises; Wasmtime checks version and settings by itself.
        let (engine, component) = unsafe {
            let engine = share(engine);
            let component = WasmtimeComponent::deserialize(&engine.wasmtime, code.slice());
            (engine, component)
        };
        let component = component
            .map_err(|e| Error::new(Kind::System, format!("native code does not load: {e:#}")))?;
        let component = Component {
            engine,
            component,
            linked: OnceLock::new(),
            footprint,
        };
        // SAFETY: the caller's promise.
        unsafe { out.write(Box::into_raw(Box::new(component))) };
        Ok(())
    })
}

/// # Safety
/// `component` came from `mortise_component_new`, has no instances that are yet to be made, and
/// is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_delete(component: *mut Component) {
    if !component.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(component) });
    }
}

/// # Safety
/// The texts of `export` are readable, `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_reflect(
    component: &Component,
    export: Export,
    budget: usize,
    out: *mut *mut Artifact,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promise.
        let (interface, name) = unsafe { (export.interface.text(), export.function.text()) };
        let contract = match component.export(interface, name) {
            Some((ComponentItem::ComponentFunc(function), _)) => {
                contract::reflect(interface, name, &function, budget)?
            }
            _ => contract::empty(),
        };
        let artifact = Artifact {
            code: Vec::new(),
            contract,
            footprint: 0,
        };
        // SAFETY: the caller's promise.
        unsafe { out.write(Box::into_raw(Box::new(artifact))) };
        Ok(())
    })
}

/// # Safety
/// `callees` points to `count` of them, with readable texts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_link(
    component: &Component,
    callees: *const Callee,
    count: usize,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promise; an empty list may have no address.
        let callees = match count {
            0 => &[],
            _ => unsafe { std::slice::from_raw_parts(callees, count) },
        };
        let linked = component.link(callees)?;
        let first = component.linked.set(linked);
        first.map_err(|_| Error::new(Kind::Internal, "the component is linked already"))
    })
}
