//! Compiled code, linked: everything that instances share.

use crate::Bytes;
use crate::call::Call;
use crate::code::Code;
use crate::compile::Artifact;
use crate::contract::{self, Declared};
use crate::engine::{Engine, share};
use crate::error::{Error, Kind, Result, guard};
use crate::host::{self, Host};
use crate::instance::Data;
use crate::pooled::Place;
use crate::resource::{self, DropObject, Resource, Resources};
use crate::wasi::{self, Wasi};
use std::collections::HashSet;
use std::sync::{Arc, OnceLock};
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{
    Component as WasmtimeComponent, ComponentExportIndex, InstancePre, Linker,
};

/// `mortise_name_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Name {
    interface: Bytes,
    item: Bytes,
}

impl Name {
    /// # Safety
    /// The texts are readable.
    pub unsafe fn texts<'a>(self) -> (&'a str, &'a str) {
        // SAFETY: the caller's promise.
        unsafe { (self.interface.text(), self.item.text()) }
    }
}

/// `mortise_callee_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Callee {
    name: Name,
    call: Call,
}

/// What `mortise_component_link` made.
pub struct Linked {
    pub pre: InstancePre<Data>,
    pub functions: Box<[(ComponentExportIndex, Call)]>,
    /// Guests may call functions of the host's.
    pub calls_host: bool,
    /// Some of what they import is WASI's.
    pub wasi: Option<Wasi>,
}

/// `mortise_component_t`.
pub struct Component {
    engine: Arc<Engine>,
    component: WasmtimeComponent,
    linked: OnceLock<Linked>,
    /// All resources that it imports and exports.
    resources: OnceLock<Vec<Declared>>,
    /// What an instance of its largest module costs, in bytes: see `footprint.rs`.
    footprint: u64,
    /// Where its instances get their memory, if not each for itself.
    pub place: Option<Place>,
}

impl Component {
    fn new(
        engine: Arc<Engine>,
        component: wasmtime::Result<WasmtimeComponent>,
        footprint: u64,
    ) -> Result<Component> {
        let component = component
            .map_err(|e| Error::new(Kind::System, format!("native code does not load: {e:#}")))?;
        Ok(Component {
            engine,
            component,
            linked: OnceLock::new(),
            resources: OnceLock::new(),
            footprint,
            place: None,
        })
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The engine that runs its code.
    pub fn wasmtime(&self) -> &wasmtime::Engine {
        self.component.engine()
    }

    /// The same code, yet to be linked, for instances with memory from the engine's pool.
    fn pooled(&self, keep: bool) -> Option<Component> {
        let pool = self.engine.pool(keep)?;
        let code = self.component.serialize().ok()?;
        // SAFETY: what Wasmtime itself wrote just now, for an engine of the same settings.
        let component = unsafe { WasmtimeComponent::deserialize(&pool.wasmtime, code).ok()? };
        Some(Component {
            engine: self.engine.clone(),
            place: Some(Place::new(pool, &component)?),
            component,
            linked: OnceLock::new(),
            resources: OnceLock::new(),
            footprint: self.footprint,
        })
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

    /// The type of an imported function.
    fn import(&self, interface: &str, name: &str) -> Option<ComponentFunc> {
        let ty = self.component.component_type();
        let engine = self.wasmtime();
        let item = if interface.is_empty() {
            ty.get_import(engine, name)?.ty
        } else {
            match ty.get_import(engine, interface)?.ty {
                ComponentItem::ComponentInstance(instance) => instance.get_export(engine, name)?.ty,
                _ => return None,
            }
        };
        match item {
            ComponentItem::ComponentFunc(function) => Some(function),
            _ => None,
        }
    }

    /// All functions and resources that the component imports, or exports, by their interfaces.
    fn items(&self, direction: Direction) -> Vec<(String, String, ComponentItem)> {
        let engine = self.wasmtime();
        let ty = self.component.component_type();
        let outer: Vec<_> = match direction {
            Direction::Import => ty.imports(engine).collect(),
            Direction::Export => ty.exports(engine).collect(),
        };
        let mut all = Vec::new();
        for (name, item) in outer {
            match item.ty {
                ComponentItem::ComponentInstance(instance) => {
                    for (inner, item) in instance.exports(engine) {
                        all.push((name.to_string(), inner.to_string(), item.ty));
                    }
                }
                other => all.push((String::new(), name.to_string(), other)),
            }
        }
        let passed = |ty: &_| {
            matches!(
                ty,
                ComponentItem::ComponentFunc(_) | ComponentItem::Resource(_)
            )
        };
        all.retain(|(_, _, ty)| passed(ty));
        all
    }

    fn resources(&self) -> &[Declared] {
        self.resources.get_or_init(|| {
            let mut all = Vec::new();
            for direction in [Direction::Import, Direction::Export] {
                for (interface, name, item) in self.items(direction) {
                    if let ComponentItem::Resource(ty) = item {
                        let owner = contract::owner(direction, &interface);
                        all.push(Declared { owner, name, ty });
                    }
                }
            }
            all
        })
    }

    /// The type and place of an exported function.
    fn export(&self, interface: &str, name: &str) -> Option<(ComponentItem, ComponentExportIndex)> {
        if interface.is_empty() {
            return self.component.get_export(None, name);
        }
        let within = self.component.get_export_index(None, interface)?;
        self.component.get_export(Some(&within), name)
    }

    fn link(
        &self,
        callees: &[Callee],
        hosts: &[Host],
        resources: Resources,
        wasi: Option<&Wasi>,
    ) -> Result<Linked> {
        let mut linker = Linker::new(self.wasmtime());
        let mut uses_wasi = false;
        // SAFETY: the caller of `mortise_component_link` vouches for its texts.
        unsafe {
            // The linker would also give a function of a version that it takes for compatible: its
            // type was never looked at.
            let functions = hosts.iter().map(|host| host.name.texts());
            let types = resources.all.iter().map(|resource| resource.name.texts());
            let known: HashSet<_> = functions.chain(types).collect();
            let mut provided = Vec::new();
            for (interface, name, item) in self.items(Direction::Import) {
                let is_known = known.contains(&(interface.as_str(), name.as_str()));
                let missing = match item {
                    // Where interfaces use a resource of another, it is the same again.
                    ComponentItem::Resource(ty) if is_known || provided.contains(&ty) => {
                        provided.push(ty);
                        continue;
                    }
                    _ if is_known => continue,
                    _ if wasi.is_some() && self.define_wasi(&mut linker, &interface, &name)? => {
                        uses_wasi = true;
                        if let ComponentItem::Resource(ty) = item {
                            provided.push(ty);
                        }
                        continue;
                    }
                    ComponentItem::Resource(_) => "resource",
                    _ => "function",
                };
                let of = match interface.as_str() {
                    "" => String::new(),
                    _ => format!(" of `{interface}`"),
                };
                let what = format!("the {missing} `{name}`{of}");
                return Err(Error::new(Kind::Import, what));
            }
            resource::define(&mut linker, resources)?;
            host::define(&mut linker, hosts)?;
        }
        let pre = linker.instantiate_pre(&self.component);
        let pre = pre.map_err(|e| Error::new(Kind::Import, format!("{e:#}")))?;
        let functions = callees.iter().map(|callee| {
            // SAFETY: as above.
            let (interface, name) = unsafe { callee.name.texts() };
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
            calls_host: !hosts.is_empty() || !resources.all.is_empty() || uses_wasi,
            wasi: wasi.filter(|_| uses_wasi).copied(),
        })
    }

    /// Whether there is such a thing in WASI; then the component will find it.
    fn define_wasi(&self, linker: &mut Linker<Data>, interface: &str, name: &str) -> Result<bool> {
        let Some(define) = wasi::find(interface, name) else {
            return Ok(false);
        };
        let instance = linker.instance(interface);
        let defined = instance.and_then(|mut instance| define(&mut instance, name));
        defined.map_err(|e| {
            let what = format!("{interface} {name} cannot be provided: {e:#}");
            Error::new(Kind::Internal, what)
        })?;
        Ok(true)
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
        let component = unsafe {
            let engine = share(engine);
            let component = WasmtimeComponent::deserialize(&engine.wasmtime, code.slice());
            Component::new(engine, component, footprint)?
        };
        // SAFETY: the caller's promise.
        unsafe { out.write(Box::into_raw(Box::new(component))) };
        Ok(())
    })
}

/// # Safety
/// `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_pooled(
    component: &Component,
    keep: bool,
    out: *mut *mut Component,
) -> *mut Error {
    guard(|| {
        let pooled = component.pooled(keep).map(Box::new);
        // SAFETY: the caller's promise.
        unsafe { out.write(pooled.map_or(std::ptr::null_mut(), Box::into_raw)) };
        Ok(())
    })
}

/// # Safety
/// As for `mortise_component_new`. `code` came from `mortise_code_new`, is filled, and is not used
/// again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_take(
    engine: *const Engine,
    code: *mut Code,
    footprint: u64,
    out: *mut *mut Component,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promises.
        let (engine, code) = unsafe { (share(engine), Box::from_raw(code)) };
        let code = code.freeze()?;
        // SAFETY: the caller's promise for what it is; it can be written to no more, and is freed
        // when Wasmtime gives it back.
        let component =
            unsafe { WasmtimeComponent::deserialize_raw(&engine.wasmtime, code.memory) };
        if component.is_err() {
            code.drop_if_left();
        }
        let component = Component::new(engine, component, footprint)?;
        // SAFETY: the caller's promise.
        unsafe { out.write(Box::into_raw(Box::new(component))) };
        Ok(())
    })
}

/// # Safety
/// `component` came from a function here, has no instances that are yet to be made, and
/// is not used again. Null is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_delete(component: *mut Component) {
    if !component.is_null() {
        // SAFETY: the caller's promise.
        drop(unsafe { Box::from_raw(component) });
    }
}

/// `mortise_direction_t`.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Import = 0,
    Export = 1,
}

/// # Safety
/// The texts of `name` are readable, `out` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_reflect(
    component: &Component,
    direction: Direction,
    name: Name,
    budget: usize,
    out: *mut *mut Artifact,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promise.
        let (interface, name) = unsafe { name.texts() };
        let function = match direction {
            Direction::Import => component.import(interface, name),
            Direction::Export => match component.export(interface, name) {
                Some((ComponentItem::ComponentFunc(function), _)) => Some(function),
                _ => None,
            },
        };
        let contract = match function {
            Some(function) => {
                let resources = component.resources();
                contract::reflect(resources, direction, interface, name, &function, budget)?
            }
            None => contract::empty(),
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
/// `callees`, `hosts` and `resources` point to so many of them, with readable texts; the callbacks
/// fit the types of the functions and resources that they are for. `wasi` may be null; what it refers
/// to outlives the component's instances.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_component_link(
    component: &Component,
    callees: *const Callee,
    callee_count: usize,
    hosts: *const Host,
    host_count: usize,
    resources: *const Resource,
    resource_count: usize,
    drop: DropObject,
    wasi: Option<&Wasi>,
) -> *mut Error {
    guard(|| {
        // SAFETY: the caller's promise.
        let (callees, hosts, all) = unsafe {
            let callees = slice(callees, callee_count);
            let hosts = slice(hosts, host_count);
            (callees, hosts, slice(resources, resource_count))
        };
        let linked = component.link(callees, hosts, Resources { all, drop }, wasi)?;
        let first = component.linked.set(linked);
        first.map_err(|_| Error::new(Kind::Internal, "the component is linked already"))
    })
}

/// # Safety
/// `first` points to `count` of them that outlive `'a`; an empty list may have no address.
unsafe fn slice<'a, T>(first: *const T, count: usize) -> &'a [T] {
    match count {
        0 => &[],
        // SAFETY: the caller's promise.
        _ => unsafe { std::slice::from_raw_parts(first, count) },
    }
}
