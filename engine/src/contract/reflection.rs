//! The second source: the engine's own types.

use super::{DEPTH, K, Member, NONE, Signature, Types, Written, write};
use crate::component::Direction;
use crate::error::{Error, Kind, Result};
use wasmtime::component::ResourceType;
use wasmtime::component::types::{ComponentFunc, Type as Reflected};

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
