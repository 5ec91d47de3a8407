//! Types and functions as WIT writes them: for comments.

use wit_parser::{Function, FunctionKind, Handle, Resolve, Type, TypeDefKind, TypeId};

use crate::bound::own_params;

pub fn ty(resolve: &Resolve, ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".into(),
        Type::U8 => "u8".into(),
        Type::U16 => "u16".into(),
        Type::U32 => "u32".into(),
        Type::U64 => "u64".into(),
        Type::S8 => "s8".into(),
        Type::S16 => "s16".into(),
        Type::S32 => "s32".into(),
        Type::S64 => "s64".into(),
        Type::F32 => "f32".into(),
        Type::F64 => "f64".into(),
        Type::Char => "char".into(),
        Type::String => "string".into(),
        Type::ErrorContext => "error-context".into(),
        Type::Id(id) => match &resolve.types[*id].name {
            Some(name) => name.clone(),
            None => structure(resolve, *id),
        },
    }
}

/// What a type is made of, whatever it is called.
pub fn structure(resolve: &Resolve, id: TypeId) -> String {
    let one = |t: &Type| ty(resolve, t);
    let maybe = |t: &Option<Type>| t.as_ref().map_or("_".to_string(), one);
    match &resolve.types[id].kind {
        TypeDefKind::Option(t) => format!("option<{}>", one(t)),
        TypeDefKind::List(t) => format!("list<{}>", one(t)),
        TypeDefKind::FixedLengthList(t, n) => format!("list<{}, {n}>", one(t)),
        TypeDefKind::Map(k, v) => format!("map<{}, {}>", one(k), one(v)),
        TypeDefKind::Tuple(t) => {
            let types: Vec<String> = t.types.iter().map(one).collect();
            format!("tuple<{}>", types.join(", "))
        }
        TypeDefKind::Result(r) => match (&r.ok, &r.err) {
            (None, None) => "result".into(),
            (Some(ok), None) => format!("result<{}>", one(ok)),
            (ok, Some(err)) => format!("result<{}, {}>", maybe(ok), one(err)),
        },
        TypeDefKind::Future(t) => payload("future", t, resolve),
        TypeDefKind::Stream(t) => payload("stream", t, resolve),
        TypeDefKind::Handle(Handle::Own(id)) => one(&Type::Id(*id)),
        TypeDefKind::Handle(Handle::Borrow(id)) => format!("borrow<{}>", one(&Type::Id(*id))),
        TypeDefKind::Type(t) => one(t),
        other => other.as_str().into(),
    }
}

fn payload(what: &str, of: &Option<Type>, resolve: &Resolve) -> String {
    of.as_ref()
        .map_or(what.to_string(), |t| format!("{what}<{}>", ty(resolve, t)))
}

/// `process-data: func(input: string) -> u32`, without the resource that it belongs to:
/// `open: static func(name: string) -> bucket`, `constructor(name: string)`.
pub fn function(resolve: &Resolve, function: &Function) -> String {
    use FunctionKind as K;
    let word = match function.kind {
        K::Freestanding | K::Method(_) => ": func",
        K::AsyncFreestanding | K::AsyncMethod(_) => ": async func",
        K::Static(_) => ": static func",
        K::AsyncStatic(_) => ": static async func",
        K::Constructor(_) => "",
    };
    let params: Vec<String> = own_params(function)
        .iter()
        .map(|p| format!("{}: {}", p.name, ty(resolve, &p.ty)))
        .collect();
    let mut text = format!("{}{word}({})", function.item_name(), params.join(", "));
    if let Some(result) = &function.result
        && !function.is_constructor_shorthand(resolve)
    {
        text.push_str(&format!(" -> {}", ty(resolve, result)));
    }
    text
}

/// "function `process-data`", "method `get` of resource `bucket`"
pub fn name(resolve: &Resolve, function: &Function) -> String {
    use FunctionKind as K;
    let item = function.item_name();
    let what = match function.kind {
        K::Freestanding | K::AsyncFreestanding => return format!("function `{item}`"),
        K::Method(_) | K::AsyncMethod(_) => format!("method `{item}`"),
        K::Static(_) | K::AsyncStatic(_) => format!("static function `{item}`"),
        K::Constructor(_) => "constructor".into(),
    };
    let of = function.kind.resource();
    let of = of.and_then(|id| resolve.types[id].name.as_deref());
    format!("{what} of resource `{}`", of.unwrap_or_default())
}
