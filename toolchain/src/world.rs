//! What a world imports and exports, as those read it who write stubs and bindings for it.

use std::collections::HashSet;

use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
    WorldItem,
};

use crate::contract::Contract;
use crate::failure::{Result, unreadable};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    Import,
    Export,
}

/// An interface of one side, or what the world itself has there.
pub struct Scope<'a> {
    pub side: Side,
    /// None: the world itself.
    pub interface: Option<InterfaceId>,
    /// "acme:shop/store@1.2.0"; of an interface that is written in the world, and of the world, the
    /// plain name.
    pub full_name: String,
    /// "store"
    pub name: String,
    pub docs: Option<&'a str>,
    /// What it declares. The world's own types are in its imports.
    pub types: Vec<TypeId>,
    pub functions: Vec<&'a Function>,
}

/// The interfaces of a side in the order of the contract, and last the world itself, which may be empty.
pub fn scopes(contract: &Contract, side: Side) -> Vec<Scope<'_>> {
    let resolve = &contract.resolve;
    let world = contract.world();
    let items = match side {
        Side::Import => &world.imports,
        Side::Export => &world.exports,
    };
    let mut all = Vec::new();
    let mut own = Scope {
        side,
        interface: None,
        full_name: world.name.clone(),
        name: world.name.clone(),
        docs: world.docs.contents.as_deref(),
        types: Vec::new(),
        functions: Vec::new(),
    };
    for (key, item) in items {
        let full_name = resolve.name_world_key(key);
        match item {
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                all.push(Scope {
                    side,
                    interface: Some(*id),
                    name: interface.name.clone().unwrap_or(full_name.clone()),
                    full_name,
                    docs: interface.docs.contents.as_deref(),
                    types: interface.types.values().copied().collect(),
                    functions: interface.functions.values().collect(),
                });
            }
            WorldItem::Function(function) => own.functions.push(function),
            WorldItem::Type { id, .. } => own.types.push(*id),
        }
    }
    all.push(own);
    all
}

/// Where the functions of a resource are told from others.
pub fn resource_of(function: &Function) -> Option<TypeId> {
    function.kind.resource()
}

/// The functions of a scope that belong to no resource.
pub fn free<'a>(scope: &Scope<'a>) -> impl Iterator<Item = &'a Function> {
    scope
        .functions
        .clone()
        .into_iter()
        .filter(|function| resource_of(function).is_none())
}

/// Those that belong to one.
pub fn of_resource<'a>(scope: &Scope<'a>, resource: TypeId) -> impl Iterator<Item = &'a Function> {
    scope
        .functions
        .clone()
        .into_iter()
        .filter(move |function| resource_of(function) == Some(resource))
}

/// The resources that a scope declares, by themselves and not as names of others'.
pub fn resources(resolve: &Resolve, scope: &Scope) -> Vec<TypeId> {
    let is_resource = |id: &TypeId| matches!(resolve.types[*id].kind, TypeDefKind::Resource);
    scope.types.iter().copied().filter(is_resource).collect()
}

/// "cart" of cart.
pub fn name_of(resolve: &Resolve, id: TypeId) -> &str {
    resolve.types[id].name.as_deref().unwrap_or_default()
}

/// The type itself, behind its other names.
pub fn dealias(resolve: &Resolve, mut id: TypeId) -> TypeId {
    while let TypeDefKind::Type(Type::Id(next)) = resolve.types[id].kind {
        id = next;
    }
    id
}

/// What it answers, and what it refuses with.
pub struct Outcome {
    pub ok: Option<Type>,
    /// None: it cannot refuse.
    pub error: Option<Option<Type>>,
}

pub fn outcome(resolve: &Resolve, function: &Function) -> Outcome {
    let plain = |ok| Outcome { ok, error: None };
    let Some(Type::Id(id)) = function.result else {
        return plain(function.result);
    };
    match &resolve.types[dealias(resolve, id)].kind {
        TypeDefKind::Result(result) => Outcome {
            ok: result.ok,
            error: Some(result.err),
        },
        _ => plain(function.result),
    }
}

/// What a tool that makes components may not know of WIT.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Feature {
    Async,
    Stream,
    Future,
    ErrorContext,
    FixedLengthList,
    Map,
    /// A resource of the world itself, of no interface.
    WorldResource,
    /// Another type that is declared so.
    WorldType,
    /// An interface that is written in the world.
    InlineInterface,
}

impl Feature {
    fn in_words(self) -> &'static str {
        match self {
            Feature::Async => "an async function",
            Feature::Stream => "a stream",
            Feature::Future => "a future",
            Feature::ErrorContext => "an error-context",
            Feature::FixedLengthList => "a list of a fixed length",
            Feature::Map => "a map",
            Feature::WorldResource => "a resource of the world itself, and not of an interface",
            Feature::WorldType => "a type of the world itself, and not of an interface",
            Feature::InlineInterface => "an interface that is written in the world",
        }
    }
}

/// Refuses a contract with what `tool` does not know, and names all of it.
pub fn refuse(contract: &Contract, tool: &str, unknown: &[Feature]) -> Result<()> {
    let mut found = Vec::new();
    for side in [Side::Import, Side::Export] {
        for scope in scopes(contract, side) {
            look_at(contract, &scope, &mut found);
        }
    }
    found.retain(|(feature, _)| unknown.contains(feature));
    let mut seen = HashSet::new();
    let list: String = found
        .iter()
        .map(|(feature, place)| format!("\n  {place}: {}", feature.in_words()))
        .filter(|line| seen.insert(line.clone()))
        .collect();
    if list.is_empty() {
        return Ok(());
    }
    Err(unreadable(format!(
        "the contract has what {tool} cannot do:{list}"
    )))
}

fn look_at(contract: &Contract, scope: &Scope, found: &mut Vec<(Feature, String)>) {
    let resolve = &contract.resolve;
    let place = |name: &str| format!("{} in {}", name, scope.full_name);
    let is_inline = scope
        .interface
        .is_some_and(|id| resolve.interfaces[id].name.is_none());
    if is_inline {
        found.push((Feature::InlineInterface, scope.full_name.clone()));
    }
    for id in &scope.types {
        let at = place(name_of(resolve, *id));
        let of_world = matches!(resolve.types[*id].owner, TypeOwner::World(_));
        match resolve.types[*id].kind {
            TypeDefKind::Resource if of_world => found.push((Feature::WorldResource, at.clone())),
            TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_)
                if of_world =>
            {
                found.push((Feature::WorldType, at.clone()));
            }
            _ => {}
        }
        features_of(resolve, &resolve.types[*id].kind, &mut |feature| {
            found.push((feature, at.clone()))
        });
    }
    for function in &scope.functions {
        let at = place(function.item_name());
        if matches!(
            function.kind,
            FunctionKind::AsyncFreestanding
                | FunctionKind::AsyncMethod(_)
                | FunctionKind::AsyncStatic(_)
        ) {
            found.push((Feature::Async, at.clone()));
        }
        for ty in function.parameter_and_result_types() {
            features(resolve, &ty, &mut |feature| {
                found.push((feature, at.clone()))
            });
        }
    }
}

/// Calls `each` for what a type has, and what the types without a name that it is made of have: those
/// with one are looked at where they are declared.
fn features(resolve: &Resolve, ty: &Type, each: &mut dyn FnMut(Feature)) {
    match ty {
        Type::ErrorContext => each(Feature::ErrorContext),
        Type::Id(id) if resolve.types[*id].name.is_none() => {
            features_of(resolve, &resolve.types[*id].kind, each);
        }
        _ => {}
    }
}

fn features_of(resolve: &Resolve, kind: &TypeDefKind, each: &mut dyn FnMut(Feature)) {
    match kind {
        TypeDefKind::Stream(_) => each(Feature::Stream),
        TypeDefKind::Future(_) => each(Feature::Future),
        TypeDefKind::FixedLengthList(..) => each(Feature::FixedLengthList),
        TypeDefKind::Map(..) => each(Feature::Map),
        _ => {}
    }
    for part in parts(kind) {
        features(resolve, &part, each);
    }
}

/// The types that one is made of; of a handle none, since resources are no values.
pub fn parts(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Map(key, value) => vec![*key, *value],
        TypeDefKind::Stream(ty) | TypeDefKind::Future(ty) => ty.iter().copied().collect(),
        TypeDefKind::Handle(Handle::Own(_) | Handle::Borrow(_))
        | TypeDefKind::Resource
        | TypeDefKind::Flags(_)
        | TypeDefKind::Enum(_)
        | TypeDefKind::Unknown => Vec::new(),
    }
}

/// Names that are in use in a file.
#[derive(Default)]
pub struct Names(HashSet<String>);

impl Names {
    pub fn new<'a>(reserved: impl IntoIterator<Item = &'a str>) -> Names {
        Names(reserved.into_iter().map(str::to_string).collect())
    }

    /// `wanted`, or something like it that nothing else has.
    pub fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_string();
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

#[cfg(test)]
pub fn contract_of(text: &str) -> Contract {
    let mut resolve = Resolve::new();
    let package = resolve.push_str("contract.wit", text).unwrap();
    let id = resolve.select_world(&[package], None).unwrap();
    Contract { resolve, id }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, unknown: &[Feature]) -> String {
        match refuse(&contract_of(text), "the tool", unknown) {
            Ok(()) => String::new(),
            Err(failure) => failure.text,
        }
    }

    #[test]
    fn what_a_tool_cannot_do_is_named_once_where_it_is_declared() {
        let text = "package a:b;
            interface i {
                record deep { parts: list<option<list<u8, 3>>> }
                use-it: func(d: deep) -> deep;
                later: async func(d: deep) -> stream<u8>;
            }
            world w { import i; export i; export f: func(m: map<u8, u8>); }";
        let unknown = [Feature::FixedLengthList, Feature::Async, Feature::Stream];
        assert_eq!(
            refused(text, &unknown),
            "the contract has what the tool cannot do:\n  \
             deep in a:b/i: a list of a fixed length\n  \
             later in a:b/i: an async function\n  \
             later in a:b/i: a stream"
        );
        assert_eq!(
            refused(text, &[Feature::Map]),
            "the contract has what the tool cannot do:\n  f in w: a map"
        );
        assert_eq!(refused(text, &[Feature::Future]), "");
    }

    #[test]
    fn what_a_world_declares_itself_is_told_from_what_it_uses() {
        let text = "package a:b;
            interface i { record r { x: u8 } }
            world w {
                use i.{r};
                record mine { x: u8 }
                resource thing;
                export g: interface { go: func(); }
                export f: func(x: mine, y: thing);
            }";
        let unknown = [
            Feature::WorldType,
            Feature::WorldResource,
            Feature::InlineInterface,
        ];
        assert_eq!(
            refused(text, &unknown),
            "the contract has what the tool cannot do:\n  \
             mine in w: a type of the world itself, and not of an interface\n  \
             thing in w: a resource of the world itself, and not of an interface\n  \
             g: an interface that is written in the world"
        );
    }

    #[test]
    fn names_that_are_taken_get_a_line_below() {
        let mut names = Names::new(["class"]);
        let taken = ["class", "a", "a", "a"].map(|name| names.take(name));
        assert_eq!(taken, ["class_", "a", "a_", "a__"]);
    }
}
