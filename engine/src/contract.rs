//! What a component says of itself, written down for C++ (`contract/detail/decode.cpp` reads it).
//!
//! Two sources, one form: the WIT that the component carries, which has all names and explains;
//! and the engine's own types, which have none and decide.
//!
//! The form, little-endian, counts and numbers as u32, text as a count and UTF-8:
//! ```text
//! contract  = types:list(type) imports:list(interface) exports:list(interface)
//! type      = kind:u8 name:text owner:text length:u32 members:list(member)
//! member    = name:text type:u32            (NONE: no payload)
//! interface = name:text functions:list(function) types:list(declared)   (no name: the world itself)
//! function  = name:text async:u8 params:list(member) result:u32
//! declared  = name:text type:u32 used:u8
//! ```
//! Types refer to types before them, or to themselves never: the list is in order of need, and no
//! type is nested deeper than DEPTH. `owner` is for handles alone, where their resource is declared:
//! "import acme:shop/store". Who compiles needs no declared types, and gets none.

use crate::component::Direction;
use crate::error::{Error, Kind, Result};
use std::collections::HashMap;
use wasmtime::component::ResourceType;
use wasmtime::component::types::{ComponentFunc, Type as Reflected};
use wit_parser::decoding::{DecodedWasm, decode as decode_wit};
use wit_parser::{
    Function, Handle, Interface, InterfaceId, LiveTypes, Resolve, Type, TypeDefKind, TypeId,
    TypeOwner, WorldId, WorldItem, WorldKey,
};

const NONE: u32 = u32::MAX;

/// How deep types may be nested: those who read them are as deep in recursion, on the host's threads.
const DEPTH: usize = 100;

/// `mortise::abi::Kind`, number for number.
#[repr(u8)]
#[derive(Clone, Copy)]
enum K {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    F32,
    F64,
    Char,
    String,
    List,
    FixedList,
    Map,
    Record,
    Tuple,
    Variant,
    Enum,
    Flags,
    Option,
    Result,
    Own,
    Borrow,
    Stream,
    Future,
    ErrorContext,
}

#[derive(Default)]
pub struct Writer {
    pub bytes: Vec<u8>,
}

impl Writer {
    pub fn number(&mut self, n: usize) {
        // Bounded by the size of the input, which is below 4 GiB.
        self.bytes.extend_from_slice(&(n as u32).to_le_bytes());
    }

    pub fn long(&mut self, n: u64) {
        self.bytes.extend_from_slice(&n.to_le_bytes());
    }

    pub fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub fn texts(&mut self, all: &[String]) {
        self.number(all.len());
        all.iter().for_each(|text| self.text(text));
    }
}

/// The table of types, each written once.
#[derive(Default)]
struct Types {
    count: u32,
    body: Writer,
    /// How deep each type is nested.
    nesting: Vec<usize>,
}

type Member = (String, u32);

impl Types {
    fn add(&mut self, kind: K, name: &str, length: u32, members: &[Member]) -> u32 {
        self.write(kind, name, "", length, members)
    }

    fn handle(&mut self, kind: K, name: &str, owner: &str) -> u32 {
        self.write(kind, name, owner, 0, &[])
    }

    fn write(&mut self, kind: K, name: &str, owner: &str, length: u32, members: &[Member]) -> u32 {
        self.body.bytes.push(kind as u8);
        self.body.text(name);
        self.body.text(owner);
        self.body.number(length as usize);
        write_members(&mut self.body, members);
        let parts = members.iter().filter(|(_, ty)| *ty != NONE);
        let deepest = parts.map(|(_, ty)| self.nesting[*ty as usize]).max();
        self.nesting.push(deepest.unwrap_or(0) + 1);
        self.count += 1;
        self.count - 1
    }

    fn plain(&mut self, kind: K) -> u32 {
        self.add(kind, "", 0, &[])
    }

    fn of(&mut self, kind: K, members: &[u32]) -> u32 {
        let members: Vec<Member> = members.iter().map(|m| (String::new(), *m)).collect();
        self.add(kind, "", 0, &members)
    }
}

fn write_members(out: &mut Writer, members: &[Member]) {
    out.number(members.len());
    for (name, ty) in members {
        out.text(name);
        out.number(*ty as usize);
    }
}

struct Signature {
    name: String,
    asynchronous: bool,
    params: Vec<Member>,
    result: u32,
}

struct Declaration {
    name: String,
    ty: u32,
    used: bool,
}

#[derive(Default)]
struct Written {
    name: String,
    functions: Vec<Signature>,
    types: Vec<Declaration>,
}

type Interfaces = Vec<Written>;

fn write(types: Types, imports: &Interfaces, exports: &Interfaces) -> Vec<u8> {
    let mut out = Writer::default();
    out.number(types.count as usize);
    out.bytes.extend_from_slice(&types.body.bytes);
    for interfaces in [imports, exports] {
        out.number(interfaces.len());
        for interface in interfaces {
            out.text(&interface.name);
            out.number(interface.functions.len());
            for function in &interface.functions {
                out.text(&function.name);
                out.bytes.push(function.asynchronous as u8);
                write_members(&mut out, &function.params);
                out.number(function.result as usize);
            }
            out.number(interface.types.len());
            for declared in &interface.types {
                out.text(&declared.name);
                out.number(declared.ty as usize);
                out.bytes.push(declared.used as u8);
            }
        }
    }
    out.bytes
}

pub fn empty() -> Vec<u8> {
    write(Types::default(), &vec![], &vec![])
}

/// The types that interfaces declare: which are listed, and which of those count as used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    Omitted,
    /// Those that functions speak of: what a component has of a world that imports them.
    UsedByFunctions,
    /// All: what a component imports, it asks for.
    Used,
}

/// A contract, and what keeps this version from running a component of it.
pub struct Found {
    pub contract: Vec<u8>,
    asynchronous: Option<String>,
    refused: Option<&'static str>,
    experimental: Option<&'static str>,
}

impl Found {
    /// Why a component of this contract is not run, whatever the host allows.
    fn refusal(&self) -> Option<String> {
        let uses = |what| format!("it uses {what}, which this version of Mortise does not run");
        self.asynchronous.clone().or_else(|| self.refused.map(uses))
    }

    /// The same as notes for a reader.
    pub fn notes(&self) -> Vec<String> {
        let mut all = Vec::from_iter(self.refusal());
        if let Some(what) = self.experimental {
            all.push(format!(
                "it uses {what}, which is experimental: hosts have to allow experimental types"
            ));
        }
        all
    }
}

fn refuse(text: impl Into<String>) -> Box<Error> {
    Error::new(Kind::Component, text)
}

/// The WIT within a component. Refuses what is no component, by name.
pub fn decode_component(binary: &[u8]) -> Result<(Resolve, WorldId)> {
    match decode_wit(binary).map_err(|e| refuse(format!("{e:#}")))? {
        DecodedWasm::Component(resolve, world) => Ok((resolve, world)),
        DecodedWasm::WitPackage(..) => {
            Err(refuse("it is a WIT package, which has types and no code"))
        }
    }
}

/// The contract of a component that is to be run. Refuses what this version does not run, by name;
/// and `experimental` types, unless they are allowed.
pub fn decode(binary: &[u8], experimental: bool) -> Result<Vec<u8>> {
    let (resolve, world) = decode_component(binary)?;
    let found = of_world(&resolve, world, Listing::Omitted)?;
    // The engine would refuse the whole component too, and name a byte offset.
    if let Some(why) = found.refusal() {
        return Err(refuse(why));
    }
    if let (Some(what), false) = (found.experimental, experimental) {
        return Err(refuse(format!(
            "it uses {what}, which is experimental, and this host does not allow experimental \
             types"
        )));
    }
    Ok(found.contract)
}

/// The contract of one world.
pub fn of_world(resolve: &Resolve, world: WorldId, listing: Listing) -> Result<Found> {
    let items = &resolve.worlds[world];
    let mut wit = Wit {
        resolve,
        types: Types::default(),
        seen: HashMap::new(),
        owners: HashMap::new(),
        listing,
        live: live_types(resolve, world, listing),
        refused: None,
        experimental: None,
    };
    let imports = wit.interfaces(Direction::Import, &items.imports)?;
    let exports = wit.interfaces(Direction::Export, &items.exports)?;
    Ok(Found {
        asynchronous: first_async(&imports, "imports").or_else(|| first_async(&exports, "exports")),
        refused: wit.refused,
        experimental: wit.experimental,
        contract: write(wit.types, &imports, &exports),
    })
}

/// The types that the functions of a world speak of, in either direction, and all resources: who
/// imports one may drop it. What the world declares itself is always in a component of it.
fn live_types(resolve: &Resolve, world: WorldId, listing: Listing) -> LiveTypes {
    let mut live = LiveTypes::default();
    if listing != Listing::UsedByFunctions {
        return live;
    }
    let world = &resolve.worlds[world];
    for item in world.imports.values().chain(world.exports.values()) {
        match item {
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                for function in interface.functions.values() {
                    live.add_func(resolve, function);
                }
                for id in interface.types.values() {
                    if let TypeDefKind::Resource = resolve.types[*id].kind {
                        live.add_type_id(resolve, *id);
                    }
                }
            }
            WorldItem::Function(function) => live.add_func(resolve, function),
            WorldItem::Type { id, .. } => live.add_type_id(resolve, *id),
        }
    }
    live
}

fn first_async(interfaces: &Interfaces, direction: &str) -> Option<String> {
    for interface in interfaces {
        if let Some(function) = interface.functions.iter().find(|f| f.asynchronous) {
            let name = &function.name;
            let place = if interface.name.is_empty() {
                String::new()
            } else {
                format!(" of `{}`", interface.name)
            };
            return Some(format!(
                "it {direction} the async function `{name}`{place}, and this version of \
                 Mortise runs no async functions: build the plugin with sync ones"
            ));
        }
    }
    None
}

struct Wit<'a> {
    resolve: &'a Resolve,
    types: Types,
    seen: HashMap<Type, u32>,
    /// Where resources are declared. None: in the world itself.
    owners: HashMap<Option<InterfaceId>, String>,
    listing: Listing,
    live: LiveTypes,
    /// A type that nothing here can pass, by its name in WIT.
    refused: Option<&'static str>,
    experimental: Option<&'static str>,
}

impl Wit<'_> {
    fn interfaces<'b>(
        &mut self,
        direction: Direction,
        items: impl IntoIterator<Item = (&'b wit_parser::WorldKey, &'b WorldItem)> + Clone,
    ) -> Result<Interfaces> {
        // What exports use is what is exported, where an interface is imported too.
        self.seen.clear();
        if direction == Direction::Import {
            self.owners.insert(None, owner(direction, ""));
        }
        for (key, item) in items.clone() {
            if let WorldItem::Interface { id, .. } = item {
                let name = owner(direction, &self.resolve.name_world_key(key));
                self.owners.insert(Some(*id), name);
            }
        }
        let mut all: Interfaces = Vec::new();
        let mut world = Written::default();
        for (key, item) in items {
            match item {
                WorldItem::Interface { id, .. } => {
                    let name = self.resolve.name_world_key(key);
                    all.push(self.interface(name, &self.resolve.interfaces[*id])?);
                }
                WorldItem::Function(function) => world.functions.push(self.function(function)?),
                WorldItem::Type { id, .. } => {
                    if let WorldKey::Name(name) = key {
                        self.declare(&mut world.types, name, *id)?;
                    }
                }
            }
        }
        if !world.functions.is_empty() || !world.types.is_empty() {
            all.push(world);
        }
        Ok(all)
    }

    fn interface(&mut self, name: String, interface: &Interface) -> Result<Written> {
        let mut written = Written {
            name,
            ..Written::default()
        };
        for function in interface.functions.values() {
            written.functions.push(self.function(function)?);
        }
        for (name, id) in &interface.types {
            self.declare(&mut written.types, name, *id)?;
        }
        Ok(written)
    }

    fn declare(&mut self, all: &mut Vec<Declaration>, name: &str, id: TypeId) -> Result<()> {
        if self.listing != Listing::Omitted {
            all.push(Declaration {
                name: name.to_string(),
                ty: self.ty(&Type::Id(id))?,
                used: self.listing == Listing::Used || self.live.contains(id),
            });
        }
        Ok(())
    }

    fn function(&mut self, function: &Function) -> Result<Signature> {
        let mut params = Vec::new();
        for param in &function.params {
            params.push((param.name.clone(), self.ty(&param.ty)?));
        }
        let result = match &function.result {
            Some(ty) => self.ty(ty)?,
            None => NONE,
        };
        let asynchronous = function.kind.is_async();
        Ok(Signature {
            name: function.name.clone(),
            asynchronous,
            params,
            result,
        })
    }

    /// Recursion as deep as the types are nested: a hostile depth ends the helper process.
    fn ty(&mut self, ty: &Type) -> Result<u32> {
        if let Some(index) = self.seen.get(ty) {
            return Ok(*index);
        }
        let index = self.unseen(ty)?;
        if self.types.nesting[index as usize] > DEPTH {
            return Err(refuse(format!(
                "its types are nested more than {DEPTH} deep"
            )));
        }
        self.seen.insert(*ty, index);
        Ok(index)
    }

    fn unseen(&mut self, ty: &Type) -> Result<u32> {
        Ok(match ty {
            Type::Bool => self.types.plain(K::Bool),
            Type::U8 => self.types.plain(K::U8),
            Type::U16 => self.types.plain(K::U16),
            Type::U32 => self.types.plain(K::U32),
            Type::U64 => self.types.plain(K::U64),
            Type::S8 => self.types.plain(K::S8),
            Type::S16 => self.types.plain(K::S16),
            Type::S32 => self.types.plain(K::S32),
            Type::S64 => self.types.plain(K::S64),
            Type::F32 => self.types.plain(K::F32),
            Type::F64 => self.types.plain(K::F64),
            Type::Char => self.types.plain(K::Char),
            Type::String => self.types.plain(K::String),
            Type::ErrorContext => {
                self.refused = Some("`error-context`");
                self.types.plain(K::ErrorContext)
            }
            Type::Id(id) => self.defined(*id)?,
        })
    }

    fn payload(&mut self, ty: &Option<Type>) -> Result<u32> {
        match ty {
            Some(ty) => self.ty(ty),
            None => Ok(NONE),
        }
    }

    fn defined(&mut self, id: TypeId) -> Result<u32> {
        let def = &self.resolve.types[id];
        let name = def.name.as_deref().unwrap_or_default();
        let index = match &def.kind {
            TypeDefKind::Type(ty) => self.ty(ty)?,
            TypeDefKind::Record(record) => {
                let mut fields = Vec::new();
                for field in &record.fields {
                    fields.push((field.name.clone(), self.ty(&field.ty)?));
                }
                self.types.add(K::Record, name, 0, &fields)
            }
            TypeDefKind::Variant(variant) => {
                let mut cases = Vec::new();
                for case in &variant.cases {
                    cases.push((case.name.clone(), self.payload(&case.ty)?));
                }
                self.types.add(K::Variant, name, 0, &cases)
            }
            TypeDefKind::Enum(list) => {
                let cases: Vec<Member> =
                    list.cases.iter().map(|c| (c.name.clone(), NONE)).collect();
                self.types.add(K::Enum, name, 0, &cases)
            }
            TypeDefKind::Flags(list) => {
                let flags: Vec<Member> =
                    list.flags.iter().map(|f| (f.name.clone(), NONE)).collect();
                self.types.add(K::Flags, name, 0, &flags)
            }
            TypeDefKind::Tuple(tuple) => {
                let mut all = Vec::new();
                for ty in &tuple.types {
                    all.push(self.ty(ty)?);
                }
                self.types.of(K::Tuple, &all)
            }
            TypeDefKind::Option(ty) => {
                let ty = self.ty(ty)?;
                self.types.of(K::Option, &[ty])
            }
            TypeDefKind::Result(result) => {
                let (ok, err) = (self.payload(&result.ok)?, self.payload(&result.err)?);
                self.types.of(K::Result, &[ok, err])
            }
            TypeDefKind::List(ty) => {
                let ty = self.ty(ty)?;
                self.types.of(K::List, &[ty])
            }
            TypeDefKind::FixedLengthList(ty, length) => {
                self.experimental = Some("a list of fixed length");
                let ty = self.ty(ty)?;
                self.types
                    .add(K::FixedList, "", *length, &[(String::new(), ty)])
            }
            TypeDefKind::Map(key, value) => {
                self.experimental = Some("a map");
                let (key, value) = (self.ty(key)?, self.ty(value)?);
                self.types.of(K::Map, &[key, value])
            }
            TypeDefKind::Handle(Handle::Own(of)) => self.handle(K::Own, *of),
            TypeDefKind::Handle(Handle::Borrow(of)) => self.handle(K::Borrow, *of),
            TypeDefKind::Resource => self.handle(K::Own, id),
            TypeDefKind::Stream(ty) => {
                self.refused = Some("`stream`");
                let ty = self.payload(ty)?;
                self.types.of(K::Stream, &[ty])
            }
            TypeDefKind::Future(ty) => {
                self.refused = Some("`future`");
                let ty = self.payload(ty)?;
                self.types.of(K::Future, &[ty])
            }
            TypeDefKind::Unknown => {
                return Err(Error::new(Kind::Component, "a type of unknown kind"));
            }
        };
        Ok(index)
    }

    fn handle(&mut self, kind: K, mut of: TypeId) -> u32 {
        while let TypeDefKind::Type(Type::Id(next)) = &self.resolve.types[of].kind {
            of = *next;
        }
        let resource = &self.resolve.types[of];
        let owner = match resource.owner {
            TypeOwner::Interface(id) => self.owners.get(&Some(id)),
            _ => self.owners.get(&None),
        };
        let name = resource.name.as_deref().unwrap_or_default();
        let owner = owner.map(String::as_str).unwrap_or_default();
        self.types.handle(kind, name, owner)
    }
}

/// Where a resource is declared, in one word.
pub fn owner(direction: Direction, interface: &str) -> String {
    let word = match direction {
        Direction::Import => "import",
        Direction::Export => "export",
    };
    format!("{word} {interface}").trim_end().to_string()
}

/// A resource that a component imports or exports.
pub struct Declared {
    pub owner: String,
    pub name: String,
    pub ty: ResourceType,
}

/// The type of one function as the engine sees it. `budget` bounds how many types are visited:
/// the engine shares equal types, and a tree of them can be far larger than the component.
/// `resources` are all that the component declares: handles are called by the first that they are.
pub fn reflect(
    resources: &[Declared],
    direction: Direction,
    interface: &str,
    name: &str,
    function: &ComponentFunc,
    budget: usize,
) -> Result<Vec<u8>> {
    let mut engine = Reflection {
        resources,
        types: Types::default(),
        budget,
        depth: 0,
    };
    let mut params = Vec::new();
    for (name, ty) in function.params() {
        params.push((name.to_string(), engine.ty(&ty)?));
    }
    let result = match function.results().next() {
        Some(ty) => engine.ty(&ty)?,
        None => NONE,
    };
    let asynchronous = function.async_();
    let signature = Signature {
        name: name.to_string(),
        asynchronous,
        params,
        result,
    };
    let one = vec![Written {
        name: interface.to_string(),
        functions: vec![signature],
        types: vec![],
    }];
    Ok(match direction {
        Direction::Import => write(engine.types, &one, &vec![]),
        Direction::Export => write(engine.types, &vec![], &one),
    })
}

struct Reflection<'a> {
    resources: &'a [Declared],
    types: Types,
    budget: usize,
    depth: usize,
}

impl Reflection<'_> {
    fn ty(&mut self, ty: &Reflected) -> Result<u32> {
        if self.budget == 0 || self.depth == DEPTH {
            return Err(Error::new(
                Kind::Component,
                "the type of a function is too large to check",
            ));
        }
        self.budget -= 1;
        self.depth += 1;
        let index = self.nested(ty)?;
        self.depth -= 1;
        Ok(index)
    }

    fn nested(&mut self, ty: &Reflected) -> Result<u32> {
        Ok(match ty {
            Reflected::Bool => self.types.plain(K::Bool),
            Reflected::S8 => self.types.plain(K::S8),
            Reflected::U8 => self.types.plain(K::U8),
            Reflected::S16 => self.types.plain(K::S16),
            Reflected::U16 => self.types.plain(K::U16),
            Reflected::S32 => self.types.plain(K::S32),
            Reflected::U32 => self.types.plain(K::U32),
            Reflected::S64 => self.types.plain(K::S64),
            Reflected::U64 => self.types.plain(K::U64),
            Reflected::Float32 => self.types.plain(K::F32),
            Reflected::Float64 => self.types.plain(K::F64),
            Reflected::Char => self.types.plain(K::Char),
            Reflected::String => self.types.plain(K::String),
            Reflected::ErrorContext => self.types.plain(K::ErrorContext),
            Reflected::Own(ty) => self.handle(K::Own, ty),
            Reflected::Borrow(ty) => self.handle(K::Borrow, ty),
            Reflected::List(list) => {
                let ty = self.ty(&list.ty())?;
                self.types.of(K::List, &[ty])
            }
            Reflected::FixedLengthList(list) => {
                let ty = self.ty(&list.ty())?;
                self.types
                    .add(K::FixedList, "", list.len(), &[(String::new(), ty)])
            }
            Reflected::Map(map) => {
                let (key, value) = (self.ty(&map.key())?, self.ty(&map.value())?);
                self.types.of(K::Map, &[key, value])
            }
            Reflected::Record(record) => {
                let mut fields = Vec::new();
                for field in record.fields() {
                    fields.push((field.name.to_string(), self.ty(&field.ty)?));
                }
                self.types.add(K::Record, "", 0, &fields)
            }
            Reflected::Tuple(tuple) => {
                let mut all = Vec::new();
                for ty in tuple.types() {
                    all.push(self.ty(&ty)?);
                }
                self.types.of(K::Tuple, &all)
            }
            Reflected::Variant(variant) => {
                let mut cases = Vec::new();
                for case in variant.cases() {
                    cases.push((case.name.to_string(), self.payload(&case.ty)?));
                }
                self.types.add(K::Variant, "", 0, &cases)
            }
            Reflected::Enum(list) => {
                let cases: Vec<Member> = list.names().map(|n| (n.to_string(), NONE)).collect();
                self.types.add(K::Enum, "", 0, &cases)
            }
            Reflected::Flags(list) => {
                let flags: Vec<Member> = list.names().map(|n| (n.to_string(), NONE)).collect();
                self.types.add(K::Flags, "", 0, &flags)
            }
            Reflected::Option(option) => {
                let ty = self.ty(&option.ty())?;
                self.types.of(K::Option, &[ty])
            }
            Reflected::Result(result) => {
                let (ok, err) = (self.payload(&result.ok())?, self.payload(&result.err())?);
                self.types.of(K::Result, &[ok, err])
            }
            Reflected::Stream(stream) => {
                let ty = self.payload(&stream.ty())?;
                self.types.of(K::Stream, &[ty])
            }
            Reflected::Future(future) => {
                let ty = self.payload(&future.ty())?;
                self.types.of(K::Future, &[ty])
            }
        })
    }

    fn payload(&mut self, ty: &Option<Reflected>) -> Result<u32> {
        match ty {
            Some(ty) => self.ty(ty),
            None => Ok(NONE),
        }
    }

    /// A resource that nobody declares has no name, which is none that a host expects.
    fn handle(&mut self, kind: K, ty: &ResourceType) -> u32 {
        match self.resources.iter().find(|declared| declared.ty == *ty) {
            Some(declared) => self.types.handle(kind, &declared.name, &declared.owner),
            None => self.types.handle(kind, "", "nowhere"),
        }
    }
}
