//! Handles of resources, on their way between a component's tables and C++.
//!
//! A resource of the host's is a number here, its representation: C++ keeps the object. One of the
//! guest's is a `ResourceAny`, which C++ keeps without looking into it.
//!
//! A component has a table for each resource in each of its component instances, and the types of a
//! function say which. C++ knows no tables: it calls the resources of a function by number, in the
//! order in which they come up in the function's type, parameters and result apart.

use crate::call::failed;
use crate::component::Name;
use crate::error::{Error, Kind, Result};
use crate::instance::Data;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use wasmtime::component::__internal::wasmtime_environ::component::{
    TypeResourceTableIndex, VariantInfo,
};
use wasmtime::component::__internal::{ComponentTypes, InterfaceType, LiftContext, LowerContext};
use wasmtime::component::{Lift, Linker, Lower, ResourceAny, ResourceType};
use wasmtime::{StoreContextMut, ValRaw};

/// `mortise_resource_t`: a resource of the host's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Resource {
    pub name: Name,
    resource: *const c_void,
}

// SAFETY: an address that is handed back; the texts of `name` are read while linking alone.
unsafe impl Send for Resource {}
// SAFETY: as above.
unsafe impl Sync for Resource {}

pub type DropObject = unsafe extern "C" fn(*mut c_void, *const c_void, u32);

/// All resources of the host's, and what ends their objects.
#[derive(Clone, Copy)]
pub struct Resources<'a> {
    pub all: &'a [Resource],
    pub drop: DropObject,
}

/// `mortise_handle_t`: a resource of the guest's that the host owns.
pub type Handle = ResourceAny;

/// Makes `resources` what a component finds under their names.
///
/// # Safety
/// The texts of `resources` are readable.
pub unsafe fn define(linker: &mut Linker<Data>, resources: Resources) -> Result<()> {
    for (number, resource) in (0..).zip(resources.all) {
        // SAFETY: the caller's promise.
        let (interface, name) = unsafe { resource.name.texts() };
        let (resource, drop) = (*resource, resources.drop);
        let ended = move |store: StoreContextMut<'_, Data>, rep: u32| {
            // The whole of it, not one field: that is what is Send.
            let resource = &resource;
            // SAFETY: `drop` is what came with the resource, and `host` is what it takes.
            unsafe { drop(store.data().host(), resource.resource, rep) };
            Ok(())
        };
        let ty = ResourceType::host_dynamic(number);
        let defined = if interface.is_empty() {
            linker.root().resource(name, ty, ended)
        } else {
            let instance = linker.instance(interface);
            instance.and_then(|mut instance| instance.resource(name, ty, ended))
        };
        defined.map_err(|e| {
            let what = format!("{interface} {name} cannot be provided: {e:#}");
            Error::new(Kind::Internal, what)
        })?;
    }
    Ok(())
}

/// The tables of the resources in a type, in the order in which they come up.
fn tables(types: &ComponentTypes, ty: &InterfaceType, out: &mut Vec<TypeResourceTableIndex>) {
    match *ty {
        InterfaceType::Own(table) | InterfaceType::Borrow(table) if !out.contains(&table) => {
            out.push(table);
        }
        InterfaceType::Record(i) => {
            for field in &types[i].fields {
                tables(types, &field.ty, out);
            }
        }
        InterfaceType::Tuple(i) => {
            for ty in &types[i].types {
                tables(types, ty, out);
            }
        }
        InterfaceType::Variant(i) => {
            for ty in types[i].cases.values().flatten() {
                tables(types, ty, out);
            }
        }
        InterfaceType::Result(i) => {
            for ty in [types[i].ok, types[i].err].iter().flatten() {
                tables(types, ty, out);
            }
        }
        InterfaceType::Option(i) => tables(types, &types[i].ty, out),
        InterfaceType::List(i) => tables(types, &types[i].element, out),
        InterfaceType::FixedLengthList(i) => tables(types, &types[i].element, out),
        InterfaceType::Map(i) => {
            tables(types, &types[i].key, out);
            tables(types, &types[i].value, out);
        }
        _ => {}
    }
}

/// The tables of the resources that C++ knows by number.
pub struct Tables(Box<[TypeResourceTableIndex]>);

impl Tables {
    /// `count`: how many C++ knows. Another number would be another order.
    #[cold]
    fn of(types: &ComponentTypes, ty: &InterfaceType, count: u32) -> wasmtime::Result<Tables> {
        let mut all = Vec::new();
        tables(types, ty, &mut all);
        if all.len() != count as usize {
            wasmtime::bail!(
                "{count} resources are known of a type that has {}",
                all.len()
            );
        }
        Ok(Tables(all.into()))
    }

    fn get(&self, number: u32) -> wasmtime::Result<TypeResourceTableIndex> {
        let table = self.0.get(number as usize).copied();
        table.ok_or_else(|| wasmtime::format_err!("there is no resource {number}"))
    }
}

/// What is lowered or lifted: its type, how many resources C++ knows of it, and their tables once
/// they were looked up.
#[derive(Clone, Copy)]
pub struct Passed<'a> {
    /// Not a copy: it was written in parts just before, and reading it as a whole would wait.
    pub ty: &'a InterfaceType,
    pub count: u32,
    pub tables: &'a std::cell::OnceCell<Tables>,
}

impl Passed<'_> {
    #[inline]
    fn table(
        &self,
        types: &ComponentTypes,
        number: u32,
    ) -> wasmtime::Result<TypeResourceTableIndex> {
        if let Some(tables) = self.tables.get() {
            return tables.get(number);
        }
        let tables = Tables::of(types, self.ty, self.count)?;
        self.tables.get_or_init(|| tables).get(number)
    }
}

/// `own` or not: `borrow`.
#[inline]
fn handle_type(table: TypeResourceTableIndex, own: bool) -> InterfaceType {
    if own {
        InterfaceType::Own(table)
    } else {
        InterfaceType::Borrow(table)
    }
}

/// Makes a handle of a resource of the host's.
#[inline]
pub fn lower_host(
    context: &mut LowerContext<'_, Data>,
    passed: &Passed<'_>,
    number: u32,
    own: bool,
    rep: u32,
) -> wasmtime::Result<u32> {
    let table = passed.table(context.types, number)?;
    if own {
        context.guest_resource_lower_own(table, rep)
    } else {
        context.guest_resource_lower_borrow(table, rep)
    }
}

/// The same of one of the guest's.
#[inline]
pub fn lower_guest(
    context: &mut LowerContext<'_, Data>,
    passed: &Passed<'_>,
    number: u32,
    own: bool,
    handle: &Handle,
) -> wasmtime::Result<u32> {
    let table = passed.table(context.types, number)?;
    let mut slot = MaybeUninit::<ValRaw>::uninit();
    handle.linear_lower_to_flat(context, handle_type(table, own), &mut slot)?;
    // SAFETY: written by the line before.
    Ok(unsafe { slot.assume_init_ref() }.get_u32())
}

/// `mortise_lifting_t`: what C++ may ask for while it lifts a result.
pub struct Lifting<'a, 'b> {
    pub context: &'a mut LiftContext<'b>,
    pub passed: Passed<'a>,
    /// Why a handle could not be lifted: C++ passes on that it could not, not why.
    pub failure: Option<wasmtime::Error>,
}

impl Lifting<'_, '_> {
    #[inline]
    fn host(&mut self, number: u32, index: u32) -> wasmtime::Result<u32> {
        let table = self.passed.table(self.context.types, number)?;
        let (rep, _, _) = self.context.guest_resource_lift_own(table, index)?;
        Ok(rep)
    }

    #[inline]
    fn guest(&mut self, number: u32, index: u32) -> wasmtime::Result<Handle> {
        let table = self.passed.table(self.context.types, number)?;
        let ty = handle_type(table, true);
        Handle::linear_lift_from_flat(self.context, ty, &ValRaw::u32(index))
    }

    #[inline]
    fn answer<T>(&mut self, lifted: wasmtime::Result<T>, out: *mut T) -> i32 {
        match lifted {
            Ok(value) => {
                // SAFETY: the caller's promise: `out` is writable, and aligned as the C type is.
                unsafe { out.write(value) };
                0
            }
            Err(error) => {
                self.failure = Some(error);
                1
            }
        }
    }

    /// What the callback ended with.
    #[inline]
    pub fn finish(self, status: i32) -> wasmtime::Result<()> {
        match self.failure {
            None if status == 0 => Ok(()),
            None => Err(failed()),
            Some(failure) => Err(failure),
        }
    }
}

/// # Safety
/// `lifting` is the one that a `lift` callback was given and has not returned from; `rep` is
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_lifting_host(
    lifting: &mut Lifting<'_, '_>,
    resource: u32,
    index: u32,
    rep: *mut u32,
) -> i32 {
    let lifted = lifting.host(resource, index);
    lifting.answer(lifted, rep)
}

/// # Safety
/// As for `mortise_lifting_host`, with a `handle` that is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mortise_lifting_guest(
    lifting: &mut Lifting<'_, '_>,
    resource: u32,
    index: u32,
    handle: *mut Handle,
) -> i32 {
    let lifted = lifting.guest(resource, index);
    lifting.answer(lifted, handle)
}

/// The only table in a type that is one core value and holds a handle.
pub fn only_table(
    types: &ComponentTypes,
    mut ty: InterfaceType,
) -> wasmtime::Result<TypeResourceTableIndex> {
    loop {
        ty = match ty {
            InterfaceType::Own(table) => return Ok(table),
            InterfaceType::Record(i) if types[i].fields.len() == 1 => types[i].fields[0].ty,
            InterfaceType::Tuple(i) if types[i].types.len() == 1 => types[i].types[0],
            InterfaceType::FixedLengthList(i) if types[i].size == 1 => types[i].element,
            _ => wasmtime::bail!("a result of one core value that is no handle"),
        }
    }
}

// ---- What a guest gives to a function of the host's

/// The only handle among parameters in core values, which is one of them itself.
#[inline]
pub fn only_handle(
    context: &mut LiftContext<'_>,
    ty: &InterfaceType,
    mut slots: &[ValRaw],
) -> wasmtime::Result<u32> {
    let types = context.types;
    let InterfaceType::Tuple(params) = *ty else {
        wasmtime::bail!("parameters that are no tuple");
    };
    for ty in &types[params].types {
        match *ty {
            InterfaceType::Own(table) => {
                return Ok(context
                    .guest_resource_lift_own(table, slots[0].get_u32())?
                    .0);
            }
            InterfaceType::Borrow(table) => {
                return context.guest_resource_lift_borrow(table, slots[0].get_u32());
            }
            ty => {
                let count = types.canonical_abi(&ty).flat_count.unwrap_or_default();
                slots = &slots[usize::from(count)..];
            }
        }
    }
    wasmtime::bail!("no parameter is a handle")
}

/// Host memory that one lifted handle may cost in bookkeeping, rounded up.
const HANDLE_BYTES: usize = 64;

/// The handles among parameters, in the order of their types, as the representations of the host's
/// resources that they stand for. They are lifted before C++ sees any parameter, since Wasmtime lets
/// nobody lift later.
///
/// What is walked here is walked by C++ again, and checked there once more: here so that no address
/// is followed out of memory.
#[derive(Default)]
pub struct Reps {
    few: [u32; 4],
    count: usize,
    /// All of them, once they are more than a few.
    many: Vec<u32>,
}

impl Reps {
    pub fn slice(&self) -> &[u32] {
        if self.many.is_empty() {
            &self.few[..self.count]
        } else {
            &self.many
        }
    }

    #[inline]
    fn push(&mut self, rep: u32) {
        if self.count < self.few.len() {
            self.few[self.count] = rep;
        } else {
            if self.many.is_empty() {
                self.many.extend_from_slice(&self.few);
            }
            self.many.push(rep);
        }
        self.count += 1;
    }

    #[inline]
    fn take(
        &mut self,
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        index: u32,
    ) -> wasmtime::Result<()> {
        context.consume_fuel(HANDLE_BYTES)?;
        let rep = match ty {
            InterfaceType::Own(table) => context.guest_resource_lift_own(table, index)?.0,
            InterfaceType::Borrow(table) => context.guest_resource_lift_borrow(table, index)?,
            _ => unreachable!("called for handles"),
        };
        self.push(rep);
        Ok(())
    }

    /// Of a value in core values.
    #[inline]
    pub fn flat(
        &mut self,
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        slots: &[ValRaw],
    ) -> wasmtime::Result<()> {
        let types = context.types;
        self.in_slots(context, types, ty, slots)
    }

    /// Of a value in memory.
    pub fn memory(
        &mut self,
        context: &mut LiftContext<'_>,
        ty: InterfaceType,
        at: usize,
    ) -> wasmtime::Result<()> {
        let types = context.types;
        self.in_memory(context, types, ty, at)
    }

    fn in_slots(
        &mut self,
        context: &mut LiftContext<'_>,
        types: &ComponentTypes,
        ty: InterfaceType,
        slots: &[ValRaw],
    ) -> wasmtime::Result<()> {
        match ty {
            InterfaceType::Own(_) | InterfaceType::Borrow(_) => {
                self.take(context, ty, slots[0].get_u32())
            }
            InterfaceType::Record(i) => {
                let fields = types[i].fields.iter().map(|field| field.ty);
                self.each_in_slots(context, types, fields, slots)
            }
            InterfaceType::Tuple(i) => {
                let parts = types[i].types.iter().copied();
                self.each_in_slots(context, types, parts, slots)
            }
            InterfaceType::FixedLengthList(i) => {
                let list = &types[i];
                let parts = (0..list.size).map(|_| list.element);
                self.each_in_slots(context, types, parts, slots)
            }
            InterfaceType::List(_) | InterfaceType::Map(_) => {
                let (at, length) = (slots[0].get_u32(), slots[1].get_u32());
                self.list(context, types, ty, at, length)
            }
            _ => match case(types, ty, slots[0].get_u32())? {
                Some((ty, _)) => self.in_slots(context, types, ty, &slots[1..]),
                None => Ok(()),
            },
        }
    }

    fn each_in_slots(
        &mut self,
        context: &mut LiftContext<'_>,
        types: &ComponentTypes,
        parts: impl Iterator<Item = InterfaceType>,
        mut slots: &[ValRaw],
    ) -> wasmtime::Result<()> {
        for ty in parts {
            let count = types.canonical_abi(&ty).flat_count.unwrap_or_default();
            let (own, rest) = slots.split_at(usize::from(count));
            if has_handles(types, ty) {
                self.in_slots(context, types, ty, own)?;
            }
            slots = rest;
        }
        Ok(())
    }

    /// The value at `at` lies within memory.
    fn in_memory(
        &mut self,
        context: &mut LiftContext<'_>,
        types: &ComponentTypes,
        ty: InterfaceType,
        at: usize,
    ) -> wasmtime::Result<()> {
        match ty {
            InterfaceType::Own(_) | InterfaceType::Borrow(_) => {
                let index = number(context, at, 4)?;
                self.take(context, ty, index)
            }
            InterfaceType::Record(i) => {
                let fields = types[i].fields.iter().map(|field| field.ty);
                self.each_in_memory(context, types, fields, at)
            }
            InterfaceType::Tuple(i) => {
                let parts = types[i].types.iter().copied();
                self.each_in_memory(context, types, parts, at)
            }
            InterfaceType::FixedLengthList(i) => {
                let list = &types[i];
                let parts = (0..list.size).map(|_| list.element);
                self.each_in_memory(context, types, parts, at)
            }
            InterfaceType::List(_) | InterfaceType::Map(_) => {
                let (begin, length) = (number(context, at, 4)?, number(context, at + 4, 4)?);
                self.list(context, types, ty, begin, length)
            }
            _ => {
                let info = variant_info(types, ty);
                let which = number(context, at, info.size.byte_size() as usize)?;
                match case(types, ty, which)? {
                    Some((ty, offset)) => self.in_memory(context, types, ty, at + offset as usize),
                    None => Ok(()),
                }
            }
        }
    }

    fn each_in_memory(
        &mut self,
        context: &mut LiftContext<'_>,
        types: &ComponentTypes,
        parts: impl Iterator<Item = InterfaceType>,
        at: usize,
    ) -> wasmtime::Result<()> {
        let mut offset = 0;
        for ty in parts {
            let field = types.canonical_abi(&ty).next_field32_size(&mut offset);
            if has_handles(types, ty) {
                self.in_memory(context, types, ty, at + field)?;
            }
        }
        Ok(())
    }

    fn list(
        &mut self,
        context: &mut LiftContext<'_>,
        types: &ComponentTypes,
        ty: InterfaceType,
        at: u32,
        length: u32,
    ) -> wasmtime::Result<()> {
        let (abi, parts) = match ty {
            InterfaceType::List(i) => {
                let element = types[i].element;
                (types.canonical_abi(&element), vec![element])
            }
            InterfaceType::Map(i) => (&types[i].entry_abi, vec![types[i].key, types[i].value]),
            _ => unreachable!("called for lists"),
        };
        let (at, length, size) = (at as usize, length as usize, abi.size32 as usize);
        if at % abi.align32 as usize != 0 {
            wasmtime::bail!(
                "a list of handles at {at:#x} is not aligned to {}",
                abi.align32
            );
        }
        // Both have 32 bits.
        let end = at + length * size;
        let memory = context.memory().len();
        if end > memory {
            wasmtime::bail!("a list of handles reaches to {end:#x} in a memory of {memory} bytes");
        }
        context.consume_fuel(length * size)?;
        for i in 0..length {
            self.each_in_memory(context, types, parts.iter().copied(), at + i * size)?;
        }
        Ok(())
    }
}

/// A number of 1, 2 or 4 bytes in memory.
#[inline]
fn number(context: &LiftContext<'_>, at: usize, size: usize) -> wasmtime::Result<u32> {
    let bytes = at
        .checked_add(size)
        .and_then(|end| context.memory().get(at..end));
    let Some(bytes) = bytes else {
        wasmtime::bail!("a handle at {at:#x} lies outside of memory");
    };
    let mut all = [0; 4];
    all[..size].copy_from_slice(bytes);
    Ok(u32::from_le_bytes(all))
}

/// Whether there is anything to lift in a type.
#[inline]
fn has_handles(types: &ComponentTypes, ty: InterfaceType) -> bool {
    match ty {
        InterfaceType::Own(_) | InterfaceType::Borrow(_) => true,
        InterfaceType::Record(i) => types[i].fields.iter().any(|f| has_handles(types, f.ty)),
        InterfaceType::Tuple(i) => types[i].types.iter().any(|ty| has_handles(types, *ty)),
        InterfaceType::Variant(i) => {
            let mut payloads = types[i].cases.values().flatten();
            payloads.any(|ty| has_handles(types, *ty))
        }
        InterfaceType::Result(i) => {
            let parts = [types[i].ok, types[i].err];
            parts.iter().flatten().any(|ty| has_handles(types, *ty))
        }
        InterfaceType::Option(i) => has_handles(types, types[i].ty),
        InterfaceType::List(i) => has_handles(types, types[i].element),
        InterfaceType::FixedLengthList(i) => has_handles(types, types[i].element),
        InterfaceType::Map(i) => {
            has_handles(types, types[i].key) || has_handles(types, types[i].value)
        }
        _ => false,
    }
}

fn variant_info(types: &ComponentTypes, ty: InterfaceType) -> &VariantInfo {
    match ty {
        InterfaceType::Variant(i) => &types[i].info,
        InterfaceType::Option(i) => &types[i].info,
        InterfaceType::Result(i) => &types[i].info,
        _ => unreachable!("only these have handles in them and cases"),
    }
}

/// The payload of a case and its offset in memory, if there are handles in it.
fn case(
    types: &ComponentTypes,
    ty: InterfaceType,
    which: u32,
) -> wasmtime::Result<Option<(InterfaceType, u32)>> {
    let payload = match (ty, which) {
        (InterfaceType::Option(_), 0) => Some(None),
        (InterfaceType::Option(i), 1) => Some(Some(types[i].ty)),
        (InterfaceType::Result(i), 0) => Some(types[i].ok),
        (InterfaceType::Result(i), 1) => Some(types[i].err),
        (InterfaceType::Variant(i), _) => {
            let case = types[i].cases.get_index(which as usize);
            case.map(|(_, payload)| *payload)
        }
        _ => None,
    };
    let Some(payload) = payload else {
        wasmtime::bail!("there is no case {which}");
    };
    let offset = variant_info(types, ty).payload_offset32;
    Ok(payload
        .filter(|payload| has_handles(types, *payload))
        .map(|payload| (payload, offset)))
}
