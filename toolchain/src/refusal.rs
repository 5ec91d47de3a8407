//! What a language has no bindings for is refused by name: its generator would stop half-way, or
//! write what does not compile.

use wit_parser::{
    Function, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner, WorldItem, WorldKey,
};

use crate::contract::Contract;
use crate::failure::{Result, unreadable};

/// A part of a contract. Types are those of all levels, those within others too.
pub enum Part<'a> {
    Function(&'a Function),
    /// Of a type with a name or without.
    Type(&'a TypeDefKind),
    ErrorContext,
}

/// `refused` says of a part what is wrong with it, as in "is async" or "has a stream".
pub fn check(
    contract: &Contract,
    title: &str,
    mut refused: impl FnMut(&Part) -> Option<String>,
) -> Result<()> {
    let mut lines = Vec::new();
    let mut walk = Walk {
        resolve: &contract.resolve,
        see: &mut |place: &str, part: &Part| {
            if let Some(why) = refused(part) {
                let line = format!("{place} {why}");
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        },
    };
    walk.world(contract);
    refuse(contract, title, &lines)
}

/// Each line is a place and what is wrong there.
pub fn refuse(contract: &Contract, title: &str, lines: &[String]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let list: String = lines.iter().map(|line| format!("\n  {line}")).collect();
    Err(unreadable(format!(
        "there are no bindings in {title} for all of the world `{}`:{list}\n\
         leave that out of it, or write the plugin in another language",
        contract.world().name,
    )))
}

/// What no host of Mortise calls yet, or no component has.
pub fn impossible(part: &Part) -> Option<String> {
    let why = match part {
        Part::Function(function) if is_named_as_its_resource(&function.name) => {
            "is called as its resource, which components cannot have"
        }
        Part::Function(function) if function.kind.is_async() => "is async",
        Part::Type(TypeDefKind::Stream(_)) => "has a stream",
        Part::Type(TypeDefKind::Future(_)) => "has a future",
        Part::ErrorContext => "has an error-context",
        _ => return None,
    };
    Some(why.to_string())
}

struct Walk<'a, 'b> {
    resolve: &'a Resolve,
    see: &'b mut dyn FnMut(&str, &Part),
}

impl Walk<'_, '_> {
    fn world(&mut self, contract: &Contract) {
        let world = contract.world();
        for (key, item) in world.imports.iter().chain(&world.exports) {
            match item {
                WorldItem::Interface { id, .. } => self.interface(key, *id),
                WorldItem::Function(function) => self.function(&function.name, function),
                WorldItem::Type { id, .. } => self.named("", *id),
            }
        }
    }

    fn interface(&mut self, key: &WorldKey, id: InterfaceId) {
        let interface = &self.resolve.interfaces[id];
        let prefix = format!("{}.", self.resolve.name_world_key(key));
        for id in interface.types.values() {
            self.named(&prefix, *id);
        }
        for function in interface.functions.values() {
            self.function(&format!("{prefix}{}", plain(&function.name)), function);
        }
    }

    fn function(&mut self, place: &str, function: &Function) {
        (self.see)(place, &Part::Function(function));
        for parameter in &function.params {
            self.used(place, &parameter.ty);
        }
        if let Some(result) = &function.result {
            self.used(place, result);
        }
    }

    fn named(&mut self, prefix: &str, id: TypeId) {
        let resolve = self.resolve;
        let ty = &resolve.types[id];
        let place = format!("{prefix}{}", ty.name.as_deref().unwrap_or_default());
        self.kind(&place, &ty.kind);
    }

    /// A type within another, or of a parameter. Named ones have a place of their own.
    fn used(&mut self, place: &str, ty: &Type) {
        let resolve = self.resolve;
        match ty {
            Type::ErrorContext => (self.see)(place, &Part::ErrorContext),
            Type::Id(id) => {
                let ty = &resolve.types[*id];
                if ty.name.is_none() || ty.owner == TypeOwner::None {
                    self.kind(place, &ty.kind);
                }
            }
            _ => {}
        }
    }

    fn kind(&mut self, place: &str, kind: &TypeDefKind) {
        (self.see)(place, &Part::Type(kind));
        let mut all = |types: &mut dyn Iterator<Item = &Type>| {
            types.for_each(|ty| self.used(place, ty));
        };
        match kind {
            TypeDefKind::Record(record) => all(&mut record.fields.iter().map(|field| &field.ty)),
            TypeDefKind::Variant(variant) => {
                all(&mut variant.cases.iter().filter_map(|case| case.ty.as_ref()));
            }
            TypeDefKind::Tuple(tuple) => all(&mut tuple.types.iter()),
            TypeDefKind::Result(result) => all(&mut result.ok.iter().chain(&result.err)),
            TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => all(&mut ty.iter()),
            TypeDefKind::Map(key, value) => all(&mut [key, value].into_iter()),
            TypeDefKind::Option(ty)
            | TypeDefKind::List(ty)
            | TypeDefKind::FixedLengthList(ty, _)
            | TypeDefKind::Type(ty) => all(&mut std::iter::once(ty)),
            TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Resource
            | TypeDefKind::Handle(_)
            | TypeDefKind::Unknown => {}
        }
    }
}

/// "[method]bucket.bucket"
fn is_named_as_its_resource(name: &str) -> bool {
    plain(name)
        .split_once('.')
        .is_some_and(|(resource, method)| resource == method)
}

/// "bucket.get" of "[method]bucket.get", "bucket" of "[constructor]bucket"
fn plain(name: &str) -> &str {
    name.split_once(']').map_or(name, |(_, plain)| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIT: &str = "
        package acme:shop;
        interface carts {
            resource cart {
                all: async func() -> list<string>;
                next: func() -> option<stream<u8>>;
            }
            record line { rest: future<u8> }
            last: func(line: line) -> list<line>;
        }
        world shop {
            import carts;
            export carts;
            export wrong: func() -> result<u32, error-context>;
            export fine: func(bytes: list<u8, 4>) -> result<u32>;
        }";

    fn contract(wit: &str) -> Contract {
        let mut resolve = Resolve::new();
        let package = resolve.push_str("shop.wit", wit).unwrap();
        let id = resolve.packages[package].worlds[0];
        Contract { resolve, id }
    }

    #[test]
    fn all_that_is_refused_is_named_once() {
        let refused = check(&contract(WIT), "C", impossible).unwrap_err();
        assert_eq!(
            refused.text,
            "\
there are no bindings in C for all of the world `shop`:
  acme:shop/carts.line has a future
  acme:shop/carts.cart.all is async
  acme:shop/carts.cart.next has a stream
  wrong has an error-context
leave that out of it, or write the plugin in another language"
        );
    }

    #[test]
    fn a_contract_with_nothing_of_it_is_fine() {
        let wit = "package a:b; world w { export f: func(n: list<u8, 4>) -> option<string>; }";
        check(&contract(wit), "C", impossible).unwrap();
    }
}
