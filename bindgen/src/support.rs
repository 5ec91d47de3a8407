//! What this version of Mortise cannot bind, and how that is said.

use std::collections::{HashMap, HashSet};

use wit_parser::{
    Function, InterfaceId, Resolve, Span, Type, TypeDefKind, TypeId, WorldItem, WorldKey,
};

use crate::wit;

/// Flags that one component can have: those of a core value.
const MOST_FLAGS: usize = 32;

/// Why a type or function cannot be bound: "it uses a stream". None: it can.
pub struct Support<'a> {
    resolve: &'a Resolve,
    types: HashMap<TypeId, Option<String>>,
}

/// One thing that the contract has and the binding cannot.
pub struct Refusal {
    /// "function `read` of interface `wasi:io/streams`"
    pub what: String,
    /// "it uses a stream"
    pub why: String,
    span: Span,
}

impl<'a> Support<'a> {
    pub fn new(resolve: &'a Resolve) -> Self {
        Support {
            resolve,
            types: HashMap::new(),
        }
    }

    /// Why a type that is used cannot be: "a stream".
    pub fn of_type(&mut self, ty: &Type) -> Option<String> {
        match ty {
            Type::ErrorContext => Some("an error-context".into()),
            Type::Id(id) => self.of_id(*id),
            _ => None,
        }
    }

    pub fn of_id(&mut self, id: TypeId) -> Option<String> {
        if let Some(known) = self.types.get(&id) {
            return known.clone();
        }
        let why = self.look_at(id);
        self.types.insert(id, why.clone());
        why
    }

    fn look_at(&mut self, id: TypeId) -> Option<String> {
        let def = &self.resolve.types[id];
        let name = || def.name.clone().unwrap_or_default();
        let mut any = |types: Vec<&Type>| types.into_iter().find_map(|t| self.of_type(t));
        match &def.kind {
            TypeDefKind::Future(_) => Some("a future".into()),
            TypeDefKind::Stream(_) => Some("a stream".into()),
            TypeDefKind::Flags(f) if f.flags.is_empty() => {
                Some(format!("`{}`, which has no flags", name()))
            }
            TypeDefKind::Flags(f) if f.flags.len() > MOST_FLAGS => Some(format!(
                "`{}`, which has {} flags: no component can have more than {MOST_FLAGS}",
                name(),
                f.flags.len(),
            )),
            TypeDefKind::Record(r) if r.fields.is_empty() => {
                Some(format!("`{}`, which has no fields", name()))
            }
            TypeDefKind::Record(r) => any(r.fields.iter().map(|f| &f.ty).collect()),
            TypeDefKind::Tuple(t) => any(t.types.iter().collect()),
            TypeDefKind::Variant(v) => any(v.cases.iter().flat_map(|c| &c.ty).collect()),
            TypeDefKind::Result(r) => any(r.ok.iter().chain(&r.err).collect()),
            TypeDefKind::Option(t)
            | TypeDefKind::List(t)
            | TypeDefKind::FixedLengthList(t, _)
            | TypeDefKind::Type(t) => self.of_type(t),
            TypeDefKind::Map(k, v) => any(vec![k, v]),
            TypeDefKind::Flags(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Resource
            | TypeDefKind::Handle(_)
            | TypeDefKind::Unknown => None,
        }
    }

    /// Why a function cannot be bound: "it is async", "it uses a stream".
    pub fn of_function(&mut self, function: &Function) -> Option<String> {
        if function.kind.is_async() {
            return Some("it is async".into());
        }
        function
            .parameter_and_result_types()
            .find_map(|ty| self.of_type(&ty))
            .map(|why| format!("it uses {why}"))
    }

    /// All that cannot be bound in the items of a world, in their order. Of what is `use`d, the
    /// interface that has it tells. What is imported and exported is told once.
    pub fn refusals<'b>(
        &mut self,
        items: impl Iterator<Item = (&'b WorldKey, &'b WorldItem)>,
    ) -> Vec<Refusal> {
        let resolve = self.resolve;
        let mut all = Vec::new();
        let mut seen = HashSet::new();
        for (key, item) in items {
            let place = match key {
                WorldKey::Name(name) => name.clone(),
                WorldKey::Interface(id) => interface_name(resolve, *id),
            };
            match item {
                WorldItem::Interface { id, span, .. } => {
                    if let Some(why) = renamed(resolve, key, *id) {
                        let what = format!("interface `{place}`");
                        all.push(Refusal {
                            what,
                            why,
                            span: *span,
                        });
                        continue;
                    }
                    if !seen.insert(*id) {
                        continue;
                    }
                    let place = format!(" of interface `{place}`");
                    for (name, id) in &resolve.interfaces[*id].types {
                        all.extend(self.refuse_type(name, *id, &place));
                    }
                    for function in resolve.interfaces[*id].functions.values() {
                        all.extend(self.refuse_function(function, &place));
                    }
                }
                WorldItem::Function(function) => {
                    all.extend(self.refuse_function(function, " of the world"));
                }
                WorldItem::Type { id, .. } => {
                    all.extend(self.refuse_type(&place, *id, " of the world"));
                }
            }
        }
        all
    }

    fn refuse_type(&mut self, name: &str, id: TypeId, place: &str) -> Option<Refusal> {
        let def = &self.resolve.types[id];
        if let TypeDefKind::Type(Type::Id(other)) = def.kind
            && self.resolve.types[other].owner != def.owner
        {
            return None;
        }
        let (kind, why) = self.of_definition(name, id)?;
        Some(Refusal {
            what: format!("{kind} `{name}`{place}"),
            why,
            span: def.span,
        })
    }

    /// Why a type cannot be defined, and what it is: "record", "it uses a stream".
    pub fn of_definition(&mut self, name: &str, id: TypeId) -> Option<(&'static str, String)> {
        let why = self.of_id(id)?;
        let kind = &self.resolve.types[id].kind;
        let word = match kind {
            TypeDefKind::Record(_) | TypeDefKind::Flags(_) | TypeDefKind::Variant(_) => {
                kind.as_str()
            }
            _ => "type",
        };
        // Of a type that is too small or too large itself.
        let itself = format!("`{name}`, which");
        let why = match why.strip_prefix(&itself) {
            Some(rest) => format!("it{rest}"),
            None => format!("it uses {why}"),
        };
        Some((word, why))
    }

    fn refuse_function(&mut self, function: &Function, place: &str) -> Option<Refusal> {
        let why = self.of_function(function)?;
        Some(Refusal {
            what: format!("{}{place}", wit::name(self.resolve, function)),
            why,
            span: function.span,
        })
    }
}

impl Refusal {
    /// "wit/a.wit:3:5: function `read` of interface `a:b/c`: it is async"
    pub fn text(&self, resolve: &Resolve) -> String {
        let place = resolve.render_location(self.span);
        format!("{place}: {}: {}", self.what, self.why)
    }
}

/// Why an interface cannot be bound: the world has it under another name, and the engine does not
/// know that.
pub fn renamed(resolve: &Resolve, key: &WorldKey, id: InterfaceId) -> Option<String> {
    match key {
        WorldKey::Name(_) if resolve.interfaces[id].name.is_some() => Some(format!(
            "it is `{}` under a name of its own",
            interface_name(resolve, id)
        )),
        _ => None,
    }
}

/// `acme:shop/stock@1.2.0`
pub fn interface_name(resolve: &Resolve, id: InterfaceId) -> String {
    resolve.id_of(id).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(wit: &str) -> Vec<String> {
        let mut resolve = Resolve::default();
        let text = format!("package a:b; {wit}");
        let package = resolve.push_source("test.wit", &text).expect("it is WIT");
        let world = &resolve.worlds[resolve.packages[package].worlds[0]];
        Support::new(&resolve)
            .refusals(world.imports.iter().chain(&world.exports))
            .iter()
            .map(|r| format!("{}: {}", r.what, r.why))
            .collect()
    }

    #[test]
    fn the_reason_is_found_inside_of_types() {
        let wit = "interface i { record r { s: list<option<stream<u8>>> } f: func(r: r); } \
                   world w { export i; }";
        let of = "of interface `a:b/i`: it uses a stream";
        assert_eq!(
            refused(wit),
            [format!("record `r` {of}"), format!("function `f` {of}")]
        );
    }

    #[test]
    fn what_is_imported_and_exported_is_told_once() {
        let wit = "interface i { f: async func(); } world w { import i; export i; }";
        assert_eq!(refused(wit).len(), 1);
    }

    #[test]
    fn functions_of_a_resource_are_named_with_it() {
        let wit = "interface i { resource r { a: async func(); b: static func(s: stream); } } \
                   world w { import i; }";
        let of = "of resource `r` of interface `a:b/i`: it";
        assert_eq!(
            refused(wit),
            [
                format!("method `a` {of} is async"),
                format!("static function `b` {of} uses a stream"),
            ]
        );
    }

    #[test]
    fn a_resource_can_be_bound() {
        let wit = "interface i { resource r { constructor(); go: func(r: borrow<r>) -> r; } } \
                   world w { import i; export i; }";
        assert_eq!(refused(wit), [""; 0]);
    }
}
