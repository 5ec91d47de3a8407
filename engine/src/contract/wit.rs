//! The first source: the WIT that a component carries.

use super::{
    DEPTH, Declaration, Interfaces, K, Member, NONE, Signature, Types, Written, owner, write,
};
use crate::component::Direction;
use crate::error::{Error, Kind, Result};
use std::collections::HashMap;
use wit_parser::decoding::{DecodedWasm, decode as decode_wit};
use wit_parser::{
    Function, Handle, Interface, InterfaceId, LiveTypes, Resolve, Type, TypeDefKind, TypeId,
    TypeOwner, WorldId, WorldItem, WorldKey,
};

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
