//! Types and functions as WIT writes them: for comments.

use wit_parser::{Function, Handle, Resolve, Type, TypeDefKind, TypeId};

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

/// `process-data: func(input: string) -> u32`
pub fn function(resolve: &Resolve, function: &Function) -> String {
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| format!("{}: {}", p.name, ty(resolve, &p.ty)))
        .collect();
    let word = if function.kind.is_async() {
        "async func"
    } else {
        "func"
    };
    let mut text = format!("{}: {word}({})", function.name, params.join(", "));
    if let Some(result) = &function.result {
        text.push_str(&format!(" -> {}", ty(resolve, result)));
    }
    text
}
