//! What wit-bindgen-cpp 0.60 writes no code for that works: names that it gives twice in one place, or
//! that C++ has for something else; and handles in places where it does not expect them.

use std::collections::HashMap;

use wit_parser::{
    Function, FunctionKind, Handle, Interface, InterfaceId, Resolve, Type, TypeDef, TypeDefKind,
    TypeId, TypeOwner, WorldItem, WorldKey,
};

use crate::contract::Contract;
use crate::names::{pascal, snake};

/// Keywords of several words, which it writes as they are; it knows those of one.
const KEYWORDS: [&str; 18] = [
    "and_eq",
    "atomic_cancel",
    "atomic_commit",
    "atomic_noexcept",
    "char8_t",
    "char16_t",
    "char32_t",
    "co_await",
    "co_return",
    "co_yield",
    "const_cast",
    "dynamic_cast",
    "not_eq",
    "or_eq",
    "reinterpret_cast",
    "static_assert",
    "static_cast",
    "thread_local",
];

/// Namespaces that its code uses from within others.
const NAMESPACES: [&str; 3] = ["exports", "std", "wit"];

/// Members of the class of an exported resource.
const MEMBERS: [&str; 6] = [
    "Dtor",
    "New",
    "Owned",
    "ResourceDrop",
    "ResourceNew",
    "ResourceRep",
];

/// Lines that say what is wrong, each after the place that it is at.
pub fn clashes(contract: &Contract) -> Vec<String> {
    let world = contract.world();
    let exported = world.exports.values().filter_map(|item| match item {
        WorldItem::Interface { id, .. } => Some(*id),
        _ => None,
    });
    let mut found = Clashes {
        resolve: &contract.resolve,
        exported: exported.collect(),
        lines: Vec::new(),
    };
    for (items, is_export) in [(&world.imports, false), (&world.exports, true)] {
        let mut own = Scope::default();
        for (key, item) in items {
            match item {
                WorldItem::Interface { id, .. } => {
                    found.interface(key, &contract.resolve.interfaces[*id], is_export);
                }
                WorldItem::Function(function) => {
                    found.add(&mut own, "", &function.name);
                    found.parameters("", function, is_export);
                }
                WorldItem::Type { id, .. } => {
                    found.of_world(&contract.resolve.types[*id]);
                    found.defined(&mut own, "", &contract.resolve.types[*id]);
                }
            }
        }
    }
    found.lines
}

/// A variable of the functions that call the host: "ret", "result0".
fn is_local(name: &str) -> bool {
    const NUMBERED: [&str; 8] = [
        "flags", "obj", "option", "payload", "ptr", "result", "tuple", "variant",
    ];
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name == "ret" || name == "ret_area" || (base != name && NUMBERED.contains(&base))
}

/// Names in C++, and what they are for.
type Scope = HashMap<String, String>;

struct Clashes<'a> {
    resolve: &'a Resolve,
    exported: Vec<InterfaceId>,
    lines: Vec<String>,
}

impl Clashes<'_> {
    fn say(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// A type or function in a scope.
    fn add(&mut self, scope: &mut Scope, place: &str, name: &str) {
        if let Some(other) = scope.insert(pascal(name), name.to_string()) {
            let both = pascal(name);
            self.say(format!("{place}{other} and {name} are both {both} in C++"));
        }
    }

    fn of_world(&mut self, ty: &TypeDef) {
        if ty.kind == TypeDefKind::Resource {
            let name = ty.name.as_deref().unwrap_or_default();
            self.say(format!("{name} is a resource of no interface"));
        }
    }

    fn interface(&mut self, key: &WorldKey, interface: &Interface, is_export: bool) {
        let id = self.resolve.name_world_key(key);
        let place = format!("{id}.");
        self.namespaces(&id);
        let mut scope = Scope::default();
        for ty in interface.types.values() {
            self.defined(&mut scope, &place, &self.resolve.types[*ty]);
        }
        let types = scope.clone();
        let mut members: HashMap<_, Scope> = HashMap::new();
        for function in interface.functions.values() {
            self.parameters(&place, function, is_export);
            match function.kind {
                FunctionKind::Freestanding => self.add(&mut scope, &place, &function.name),
                FunctionKind::Method(id) | FunctionKind::Static(id) => {
                    let resource = self.resolve.types[id].name.as_deref().unwrap_or_default();
                    let place = format!("{place}{resource}.");
                    let name = function.item_name();
                    self.add(members.entry(id).or_default(), &place, name);
                    self.member(&types, &place, name, is_export);
                }
                _ => {}
            }
        }
    }

    fn member(&mut self, types: &Scope, place: &str, name: &str, is_export: bool) {
        let written = pascal(name);
        if types.contains_key(&written) {
            self.say(format!(
                "{place}{name} is called as a type beside it, both {written} in C++"
            ));
        }
        if is_export && MEMBERS.contains(&written.as_str()) {
            self.say(format!(
                "{place}{name} is called {written} in C++, as what each resource has"
            ));
        }
    }

    fn namespaces(&mut self, id: &str) {
        let id = id.split('@').next().unwrap_or_default();
        for part in id.split([':', '/']).map(snake) {
            if NAMESPACES.contains(&part.as_str()) || KEYWORDS.contains(&part.as_str()) {
                self.say(format!("{id} is a namespace {part} in C++, which is taken"));
            }
        }
    }

    fn parameters(&mut self, place: &str, function: &Function, is_export: bool) {
        let place = format!("{place}{}", function.item_name());
        for parameter in &function.params {
            self.word(&place, &parameter.name);
            if !is_export && is_local(&snake(&parameter.name)) {
                let name = &parameter.name;
                self.say(format!("{place} has {name}, which its code in C++ has too"));
            }
            if is_export && !self.is_borrow(&parameter.ty) && self.borrows(&parameter.ty) {
                self.say(format!(
                    "{place} has a borrowed handle of the host's within a type"
                ));
            }
        }
    }

    fn is_borrow(&self, ty: &Type) -> bool {
        matches!(ty, Type::Id(id)
            if matches!(self.resolve.types[*id].kind, TypeDefKind::Handle(Handle::Borrow(_))))
    }

    /// Whether there is a handle in it that the host lends, of a resource of its own.
    fn borrows(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        match &self.resolve.types[*id].kind {
            TypeDefKind::Handle(Handle::Borrow(resource)) => self.is_of_host(*resource),
            TypeDefKind::Record(it) => it.fields.iter().any(|field| self.borrows(&field.ty)),
            TypeDefKind::Tuple(it) => it.types.iter().any(|ty| self.borrows(ty)),
            TypeDefKind::Variant(it) => {
                let mut types = it.cases.iter().filter_map(|case| case.ty.as_ref());
                types.any(|ty| self.borrows(ty))
            }
            TypeDefKind::Result(it) => it.ok.iter().chain(&it.err).any(|ty| self.borrows(ty)),
            TypeDefKind::Option(ty) | TypeDefKind::List(ty) | TypeDefKind::Type(ty) => {
                self.borrows(ty)
            }
            _ => false,
        }
    }

    fn is_of_host(&self, resource: TypeId) -> bool {
        let ty = &self.resolve.types[resource];
        match (&ty.kind, ty.owner) {
            (TypeDefKind::Type(Type::Id(original)), _) => self.is_of_host(*original),
            (_, TypeOwner::Interface(interface)) => !self.exported.contains(&interface),
            _ => true,
        }
    }

    fn word(&mut self, place: &str, name: &str) {
        if KEYWORDS.contains(&snake(name).as_str()) {
            self.say(format!("{place} has {name}, a word of C++"));
        }
    }

    /// A type, where it has a name in C++ too.
    fn defined(&mut self, scope: &mut Scope, place: &str, ty: &TypeDef) {
        let Some(name) = ty.name.as_deref().filter(|_| ty.owner != TypeOwner::None) else {
            return;
        };
        let place_within = format!("{place}{name}");
        match &ty.kind {
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    self.word(&place_within, &field.name);
                }
            }
            TypeDefKind::Variant(variant) => {
                let own = pascal(name);
                if let Some(case) = variant.cases.iter().find(|case| pascal(&case.name) == own) {
                    let case = &case.name;
                    self.say(format!(
                        "{place_within} has a case {case}, both {own} in C++"
                    ));
                }
                self.cases(&place_within, variant.cases.iter().map(|case| &case.name));
            }
            TypeDefKind::Enum(it) => {
                self.cases(&place_within, it.cases.iter().map(|case| &case.name));
            }
            TypeDefKind::Flags(it) => {
                self.cases(&place_within, it.flags.iter().map(|flag| &flag.name));
            }
            TypeDefKind::Resource | TypeDefKind::Type(_) => {}
            _ => return,
        }
        self.add(scope, place, name);
    }

    fn cases<'n>(&mut self, place: &str, names: impl Iterator<Item = &'n String>) {
        let mut scope = Scope::default();
        for name in names {
            self.add(&mut scope, &format!("{place}."), name);
        }
    }
}
