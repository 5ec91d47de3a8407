//! The types of contracts: which of them Go's bindings have, and which contain a resource.

use std::collections::HashSet;

use wit_parser::{
    FunctionKind, Handle, InterfaceId, Resolve, Tuple, Type, TypeDefKind, TypeId, TypeOwner,
    WorldId, WorldItem,
};

/// Of how many values Go's bindings know tuples.
const LARGEST_TUPLE: usize = 16;

/// Whether a type contains a resource of one of these interfaces.
pub fn has_resource_of(resolve: &Resolve, id: TypeId, interfaces: &HashSet<InterfaceId>) -> bool {
    let ty = &resolve.types[id];
    if matches!(ty.kind, TypeDefKind::Resource) {
        return matches!(ty.owner, TypeOwner::Interface(owner) if interfaces.contains(&owner));
    }
    inner(&ty.kind)
        .into_iter()
        .any(|ty| matches!(ty, Type::Id(id) if has_resource_of(resolve, id, interfaces)))
}

/// The types that a type is made of.
fn inner(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Result(result) => [result.ok, result.err].into_iter().flatten().collect(),
        TypeDefKind::Map(key, value) => vec![*key, *value],
        TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => vec![Type::Id(*id)],
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => ty.iter().copied().collect(),
        TypeDefKind::Resource
        | TypeDefKind::Flags(_)
        | TypeDefKind::Enum(_)
        | TypeDefKind::Unknown => vec![],
    }
}

/// What of a world the bindings cannot have, in words.
pub fn refused(resolve: &Resolve, world: WorldId) -> Option<String> {
    let world = &resolve.worlds[world];
    for (key, item) in world.imports.iter().chain(&world.exports) {
        let place = resolve.name_world_key(key);
        let found = match item {
            WorldItem::Function(function) => refused_function(resolve, function),
            WorldItem::Type { id, .. } => refused_type(resolve, Type::Id(*id)),
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                let types = interface.types.values();
                let functions = interface.functions.values();
                types
                    .filter_map(|ty| refused_type(resolve, Type::Id(*ty)))
                    .chain(functions.filter_map(|function| refused_function(resolve, function)))
                    .next()
            }
        };
        if let Some(found) = found {
            return Some(format!("{place}: {found}"));
        }
    }
    None
}

fn refused_function(resolve: &Resolve, function: &wit_parser::Function) -> Option<String> {
    let is_async = matches!(
        function.kind,
        FunctionKind::AsyncFreestanding
            | FunctionKind::AsyncMethod(_)
            | FunctionKind::AsyncStatic(_)
    );
    let what = match is_async {
        true => Some("an async function".to_string()),
        false => function
            .params
            .iter()
            .map(|param| param.ty)
            .chain(function.result)
            .find_map(|ty| refused_type(resolve, ty)),
    };
    what.map(|what| format!("function `{}` has {what}", function.item_name()))
        .map(|text| text.replace("has an async function", "is async"))
}

fn refused_type(resolve: &Resolve, ty: Type) -> Option<String> {
    let id = match ty {
        Type::Id(id) => id,
        Type::ErrorContext => return Some("an error-context".to_string()),
        _ => return None,
    };
    let kind = &resolve.types[id].kind;
    match kind {
        TypeDefKind::Future(_) => Some("a future".to_string()),
        TypeDefKind::Stream(_) => Some("a stream".to_string()),
        TypeDefKind::Tuple(tuple) if tuple.types.len() > LARGEST_TUPLE => {
            Some(format!("a tuple of {} values", tuple.types.len()))
        }
        TypeDefKind::FixedLengthList(_, length) if *length as usize > LARGEST_TUPLE => {
            Some(format!("a list of {length} values"))
        }
        TypeDefKind::Handle(_) => None,
        _ => inner(kind)
            .into_iter()
            .find_map(|ty| refused_type(resolve, ty)),
    }
}

/// Lists of a fixed length, which the generator has not, as tuples, which are passed as they are.
pub fn fixed_lists_as_tuples(resolve: &mut Resolve) {
    for (_, ty) in resolve.types.iter_mut() {
        if let TypeDefKind::FixedLengthList(element, length) = ty.kind {
            let types = vec![element; length as usize];
            ty.kind = TypeDefKind::Tuple(Tuple { types });
        }
    }
}
