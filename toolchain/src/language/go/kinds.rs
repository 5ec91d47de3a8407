//! The types of contracts: which of them Go's bindings have, and which contain a resource.

use std::collections::HashSet;

use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{
    Field, Function, FunctionKind, Handle, InterfaceId, Record, Resolve, Tuple, Type, TypeDef,
    TypeDefKind, TypeId, TypeOwner, WorldId, WorldItem, WorldKey,
};

/// Of how many values Go's bindings know tuples.
const LARGEST_TUPLE: usize = 16;

/// The bytes that the arguments and the result of an export may have: what Go has on its stack in any
/// case.
const WIDEST: usize = 128;

/// Of how many values lists of a fixed length may be: each is a field.
const LONGEST_LIST: u32 = 256;

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
    let both = [(&world.imports, false), (&world.exports, true)];
    let all = both
        .iter()
        .flat_map(|(items, exports)| items.iter().map(move |i| (i, *exports)));
    for ((key, item), exports) in all {
        let place = resolve.name_world_key(key);
        let refused_function = |function: &Function| {
            refused_function(resolve, function)
                .or_else(|| exports.then(|| refused_export(resolve, function)).flatten())
        };
        let found = match item {
            WorldItem::Function(function) => refused_function(function),
            WorldItem::Type { id, .. } => refused_type(resolve, Type::Id(*id)),
            WorldItem::Interface { id, .. } => {
                let interface = &resolve.interfaces[*id];
                let types = interface.types.values();
                let functions = interface.functions.values();
                types
                    .filter_map(|ty| refused_type(resolve, Type::Id(*ty)))
                    .chain(functions.filter_map(refused_function))
                    .next()
            }
        };
        if let Some(found) = found {
            return Some(format!("{place}: {found}"));
        }
    }
    None
}

/// Functions that Go does not export, whatever their types.
fn refused_export(resolve: &Resolve, function: &Function) -> Option<String> {
    let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
    let width = |ty: &WasmType| match ty {
        WasmType::I32 | WasmType::F32 | WasmType::Pointer | WasmType::Length => 4,
        WasmType::I64 | WasmType::F64 | WasmType::PointerOrI64 => 8,
    };
    let next = |at: usize, ty: &WasmType| at.next_multiple_of(width(ty)) + width(ty);
    let arguments = signature.params.iter().fold(0, next).next_multiple_of(8);
    let all = arguments + 8 * signature.results.len();
    (all > WIDEST).then(|| {
        format!(
            "function `{}` takes and gives {all} bytes, and Go exports none with more than {WIDEST}",
            function.item_name()
        )
    })
}

fn refused_function(resolve: &Resolve, function: &Function) -> Option<String> {
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
        TypeDefKind::FixedLengthList(_, length) if *length > LONGEST_LIST => {
            Some(format!("a list of {length} values"))
        }
        TypeDefKind::Handle(_) => None,
        _ => inner(kind)
            .into_iter()
            .find_map(|ty| refused_type(resolve, ty)),
    }
}

/// `type it = borrow<thing>`: the generator writes handles where they are used, and has no names for
/// them.
pub fn without_names_of_handles(resolve: &mut Resolve, world: WorldId) {
    let Resolve {
        types,
        interfaces,
        worlds,
        ..
    } = resolve;
    let is_handle = |id: TypeId| matches!(types[id].kind, TypeDefKind::Handle(_));
    for (_, interface) in interfaces.iter_mut() {
        interface.types.retain(|_, id| !is_handle(*id));
    }
    let is_named = |item: &WorldItem| matches!(item, WorldItem::Type { id, .. } if is_handle(*id));
    worlds[world].imports.retain(|_, item| !is_named(item));
}

/// Lists of a fixed length, which the generator has not, as tuples, which are passed in the same way.
pub fn fixed_lists_as_tuples(resolve: &mut Resolve) {
    for (_, ty) in resolve.types.iter_mut() {
        if let TypeDefKind::FixedLengthList(element, length) = ty.kind {
            let types = vec![element; length as usize];
            ty.kind = TypeDefKind::Tuple(Tuple { types });
        }
    }
}

/// Tuples of more values than the generator knows as records, which are passed in the same way, with
/// fields F0, F1 and so on.
pub fn long_tuples_as_records(resolve: &mut Resolve, world: WorldId) {
    let is_long = |ty: &TypeDef| matches!(&ty.kind, TypeDefKind::Tuple(tuple) if tuple.types.len() > LARGEST_TUPLE);
    let long: Vec<TypeId> = resolve
        .types
        .iter()
        .filter(|(_, ty)| is_long(ty))
        .map(|(id, _)| id)
        .collect();
    for id in &long {
        let ty = &mut resolve.types[*id];
        let TypeDefKind::Tuple(tuple) = &ty.kind else {
            continue;
        };
        let field = |(index, ty): (usize, &Type)| Field {
            name: format!("f{index}"),
            ty: *ty,
            docs: Default::default(),
            span: Default::default(),
        };
        ty.kind = TypeDefKind::Record(Record {
            fields: tuple.types.iter().enumerate().map(field).collect(),
        });
    }
    // Records have a name, and a place where they are declared.
    for (key, item) in items(resolve, world) {
        for id in reached(resolve, &item) {
            if long.contains(&id) && resolve.types[id].name.is_none() {
                name_record(resolve, world, id, &key, &item);
            }
        }
    }
}

fn items(resolve: &Resolve, world: WorldId) -> Vec<(WorldKey, WorldItem)> {
    let world = &resolve.worlds[world];
    let both = world.imports.iter().chain(&world.exports);
    both.map(|(key, item)| (key.clone(), item.clone()))
        .collect()
}

fn name_record(
    resolve: &mut Resolve,
    world: WorldId,
    id: TypeId,
    key: &WorldKey,
    item: &WorldItem,
) {
    let TypeDefKind::Record(record) = &resolve.types[id].kind else {
        return;
    };
    let wanted = format!("tuple{}", record.fields.len());
    let span = resolve.types[id].span;
    let name;
    if let WorldItem::Interface { id: interface, .. } = item {
        let types = &mut resolve.interfaces[*interface].types;
        name = super::names::choose(&wanted, &format!("{wanted}-v"), |n| !types.contains_key(n));
        types.insert(name.clone(), id);
        resolve.types[id].owner = TypeOwner::Interface(*interface);
    } else {
        debug_assert!(matches!(key, WorldKey::Name(_)));
        let imports = &mut resolve.worlds[world].imports;
        let named = |n: &str| WorldKey::Name(n.to_string());
        name = super::names::choose(&wanted, &format!("{wanted}-v"), |n| {
            !imports.contains_key(&named(n))
        });
        imports.insert(named(&name), WorldItem::Type { id, span });
        resolve.types[id].owner = TypeOwner::World(world);
    }
    resolve.types[id].name = Some(name);
}

/// The types without a name of their own that functions and named types of an item are made of.
fn reached(resolve: &Resolve, item: &WorldItem) -> Vec<TypeId> {
    let mut open: Vec<Type> = Vec::new();
    let mut add = |function: &Function| {
        open.extend(function.params.iter().map(|param| param.ty));
        open.extend(function.result);
    };
    match item {
        WorldItem::Function(function) => add(function),
        WorldItem::Type { id, .. } => open.extend(inner(&resolve.types[*id].kind)),
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            interface.functions.values().for_each(add);
            for id in interface.types.values() {
                open.extend(inner(&resolve.types[*id].kind));
            }
        }
    }
    let mut all = Vec::new();
    while let Some(ty) = open.pop() {
        let Type::Id(id) = ty else { continue };
        if resolve.types[id].name.is_none() && !all.contains(&id) {
            all.push(id);
            open.extend(inner(&resolve.types[id].kind));
        }
    }
    all
}
