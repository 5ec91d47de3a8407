//! Functions that are bound: where each goes, and what it is called there.

use std::collections::HashMap;

use wit_parser::{Function, FunctionKind, Resolve, Type, TypeDefKind, TypeId};

use crate::names::{self, Scope};
use crate::support::Support;
use crate::types::{Param, Types};

/// Members of a resource's class, its own and those that it inherits, which a method would hide; and
/// those that a parameter would.
const MEMBERS: &[&str] = &["call", "handle", "resource", "view"];
const MEMBERS_IN_USE: &[&str] = &["call", "resource", "view"];

/// A function that can be bound.
pub struct Bound<'a> {
    pub function: &'a Function,
    /// The resource that it is a method of: it goes into that one's class. All others go into
    /// `Host` or `Guest`.
    pub of: Option<TypeId>,
    /// The alias of its type in `Host` or `Guest`.
    pub alias: String,
    pub method: String,
    /// Of its parameters, without the resource that it is called for.
    pub params: Vec<String>,
    /// Of the parameters, and what they must not hide.
    pub scope: Scope,
}

/// The functions of one interface, or of the world itself, in the order of the contract.
#[derive(Default)]
pub struct Functions<'a> {
    pub bound: Vec<Bound<'a>>,
    /// Those that cannot be bound, and why.
    pub left_out: Vec<(&'a Function, String)>,
}

impl<'a> Functions<'a> {
    /// `scope` has the names of types that `Host` and `Guest` can see, which theirs must not hide.
    /// Those of the aliases are added.
    pub fn new(
        resolve: &Resolve,
        support: &mut Support,
        functions: impl IntoIterator<Item = &'a Function>,
        scope: &mut Scope,
    ) -> Self {
        let mut methods = Scope::new(&["interface"]);
        let mut of_resources: HashMap<TypeId, Scope> = HashMap::new();
        *scope = scope.with(&["Functions", "Guest", "Host"]);
        let mut all = Functions::default();
        for function in functions {
            if let Some(why) = support.of_function(function) {
                all.left_out.push((function, why));
                continue;
            }
            let of = method_of(function);
            let name = name_in_interface(resolve, function);
            let method = match of {
                Some(id) => of_resources
                    .entry(id)
                    .or_insert_with(|| Scope::new(MEMBERS))
                    .name(&names::snake(function.item_name())),
                None => methods.name(&names::snake(&name)),
            };
            let mut inner = Scope::new(match of {
                Some(_) => MEMBERS_IN_USE,
                None => &["interface"],
            });
            let params = own_params(function)
                .iter()
                .map(|p| inner.name(&names::snake(&p.name)))
                .collect();
            all.bound.push(Bound {
                function,
                of,
                alias: scope.name(&names::pascal(&name)),
                method,
                params,
                scope: inner,
            });
        }
        all
    }

    /// Those in `Host` or `Guest`.
    pub fn free(&self) -> impl Iterator<Item = &Bound<'a>> {
        self.bound.iter().filter(|b| b.of.is_none())
    }

    /// Those in the class of a resource.
    pub fn methods(&self, of: TypeId) -> impl Iterator<Item = &Bound<'a>> {
        self.bound.iter().filter(move |b| b.of == Some(of))
    }

    /// Those that have no place in the class of a resource, or, None, in `Host` or `Guest`.
    pub fn missing(&self, of: Option<TypeId>) -> impl Iterator<Item = String> {
        self.left_out
            .iter()
            .filter(move |(function, _)| method_of(function) == of)
            .map(|(function, why)| format!("{}: left out, {why}.", short_name(function)))
    }
}

/// The resource of a method.
fn method_of(function: &Function) -> Option<TypeId> {
    match function.kind {
        FunctionKind::Method(id) | FunctionKind::AsyncMethod(id) => Some(id),
        _ => None,
    }
}

/// Without the resource that a method is called for.
pub fn own_params(function: &Function) -> &[wit_parser::Param] {
    match method_of(function) {
        Some(_) => &function.params[1..],
        None => &function.params,
    }
}

/// Where the class says the rest: `process-data`, `get`, `bucket.open`, `constructor of bucket`.
fn short_name(function: &Function) -> String {
    let name = &function.name;
    let full = name.find(']').map_or(name.as_str(), |at| &name[at + 1..]);
    match function.kind {
        FunctionKind::Method(_) | FunctionKind::AsyncMethod(_) => function.item_name().into(),
        FunctionKind::Constructor(_) => format!("constructor of {full}"),
        _ => full.into(),
    }
}

/// A name that functions of resources have among all functions of an interface: `bucket-get`, or
/// `new-bucket`, the constructor.
fn name_in_interface(resolve: &Resolve, function: &Function) -> String {
    let Some(id) = function.kind.resource() else {
        return function.name.clone();
    };
    let resource = resolve.types[id].name.as_deref().unwrap_or_default();
    match function.kind {
        FunctionKind::Constructor(_) => format!("new-{resource}"),
        _ => format!("{resource}-{}", function.item_name()),
    }
}

// ---- As C++

/// What a call returns: an Outcome where the contract has an error of its own.
pub fn returned(types: &Types, function: &Function) -> String {
    let Some(ty) = &function.result else {
        return "mortise::Result<void>".into();
    };
    if let Type::Id(id) = types.bare(ty)
        && let TypeDefKind::Result(r) = &types.resolve.types[id].kind
    {
        let part = |ty: &Option<Type>, none: &str| {
            ty.as_ref().map_or(none.to_string(), |ty| types.owned(ty))
        };
        let (ok, err) = (part(&r.ok, "void"), part(&r.err, "std::monostate"));
        return format!("mortise::Outcome<{ok}, {err}>");
    }
    format!("mortise::Result<{}>", types.owned(ty))
}

/// `mortise::StringArg input`, ..
pub fn declare(b: &Bound, spell: impl Fn(&Type) -> Param) -> Vec<String> {
    own_params(b.function)
        .iter()
        .zip(&b.params)
        .map(|(p, name)| format!("{} {name}", spell(&p.ty).declared))
        .collect()
}

/// `using ProcessData = mortise::abi::Function<..>;`
pub fn function_type(b: &Bound, types: &Types, spell: impl Fn(&Type) -> Param) -> String {
    let mut parts = vec![
        format!("\"{}\"", b.function.name),
        b.function
            .result
            .as_ref()
            .map_or("void".into(), |ty| types.owned(ty)),
    ];
    for param in &b.function.params {
        let Param { ty, .. } = spell(&param.ty);
        parts.push(format!("mortise::abi::Param<\"{}\", {ty}>", param.name));
    }
    let parts = parts.join(", ");
    format!("using {} = mortise::abi::Function<{parts}>;", b.alias)
}

/// The parameter of a template that must not be called like a type.
pub fn reader(types: &Scope) -> &'static str {
    ["Read", "Reader", "Read_"]
        .into_iter()
        .find(|name| !types.has(name))
        .unwrap_or("Reader_")
}
