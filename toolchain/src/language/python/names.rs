//! How componentize-py spells names, and what else it knows of a world: its words are those of heck.

use std::collections::{HashMap, HashSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use wit_parser::{Function, FunctionKind, InterfaceId, Resolve, TypeDefKind, TypeId, TypeOwner};

use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::world::{self, Scope, Side};

/// What its bindings are in.
pub const WORLD: &str = "wit_world";

const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

fn escaped(name: String) -> String {
    match KEYWORDS.contains(&name.as_str()) {
        true => name + "_",
        false => name,
    }
}

pub fn snake(name: &str) -> String {
    escaped(name.to_snake_case())
}

pub fn camel(name: &str) -> String {
    escaped(name.to_upper_camel_case())
}

/// An interface of a side, or the world.
pub struct Module<'a> {
    pub scope: Scope<'a>,
    /// "carts", in wit_world.exports or wit_world.imports.
    pub name: String,
    /// "Carts", the class that has the functions of an exported one.
    pub protocol: String,
}

pub struct Python<'a> {
    pub resolve: &'a Resolve,
    pub imports: Vec<Module<'a>>,
    pub exports: Vec<Module<'a>>,
}

impl<'a> Python<'a> {
    /// Refuses what would have one name twice.
    pub fn new(contract: &'a Contract) -> Result<Python<'a>> {
        let resolve = &contract.resolve;
        let python = Python {
            resolve,
            imports: modules(resolve, world::scopes(contract, Side::Import)),
            exports: modules(resolve, world::scopes(contract, Side::Export)),
        };
        python.refuse_clashes()?;
        python.refuse_empty()?;
        python.refuse_fallible()?;
        Ok(python)
    }

    /// The module that has a type, seen from a side. What is no resource, and has none in it, is in
    /// the imports wherever its interface is imported.
    pub fn owner(&self, id: TypeId, from: Side) -> Option<&Module<'a>> {
        let interface = match self.resolve.types[id].owner {
            TypeOwner::Interface(interface) => Some(interface),
            TypeOwner::World(_) => None,
            TypeOwner::None => return None,
        };
        let of = |modules: &'_ [Module<'a>]| position(modules, interface);
        let imported = of(&self.imports).map(|at| &self.imports[at]);
        let exported = of(&self.exports).map(|at| &self.exports[at]);
        let is_double = imported.is_some() && exported.is_some() && self.has_resource(id);
        match from {
            Side::Export if is_double => exported,
            _ => imported.or(exported),
        }
    }

    fn has_resource(&self, id: TypeId) -> bool {
        let kind = &self.resolve.types[id].kind;
        match kind {
            TypeDefKind::Resource | TypeDefKind::Handle(_) => true,
            _ => world::parts(kind).iter().any(|part| match part {
                wit_parser::Type::Id(id) => self.has_resource(*id),
                _ => false,
            }),
        }
    }

    /// What the plugin's file calls the class of a resource: as the contract does, where no other class
    /// is called so.
    pub fn class_of(&self, module: &Module, resource: TypeId) -> String {
        let plain = camel(world::name_of(self.resolve, resource));
        let protocols = self.exports.iter().map(|other| other.protocol.clone());
        let resources = self.exports.iter().flat_map(|other| {
            let all = world::resources(self.resolve, &other.scope).into_iter();
            all.map(|id| camel(world::name_of(self.resolve, id)))
        });
        match protocols
            .chain(resources)
            .filter(|name| *name == plain)
            .count()
        {
            1 => plain,
            _ => format!("{}{plain}", module.protocol),
        }
    }

    fn refuse_clashes(&self) -> Result<()> {
        for module in self.imports.iter().chain(&self.exports) {
            let mut functions = HashMap::new();
            for function in &module.scope.functions {
                let key = (world::resource_of(function), spelled(function));
                let what = format!("{} in {}", function.item_name(), module.scope.full_name);
                one_name(&mut functions, key, &what)?;
                let mut taken = HashMap::new();
                for parameter in parameters(function) {
                    one_name(&mut taken, parameter, &format!("a parameter of {what}"))?;
                }
            }
            let mut types = HashMap::new();
            for id in module.scope.types.iter().filter(|id| self.is_class(**id)) {
                let name = world::name_of(self.resolve, *id);
                let what = format!("{name} in {}", module.scope.full_name);
                one_name(&mut types, camel(name), &what)?;
            }
        }
        Ok(())
    }

    /// It writes no body for their classes.
    fn refuse_empty(&self) -> Result<()> {
        for module in &self.exports {
            for resource in world::resources(self.resolve, &module.scope) {
                if world::of_resource(&module.scope, resource).next().is_none() {
                    return Err(unreadable(format!(
                        "componentize-py exports no resource without a function: {} in {} has none",
                        world::name_of(self.resolve, resource),
                        module.scope.full_name
                    )));
                }
            }
        }
        Ok(())
    }

    /// It takes the host's answer for the object.
    fn refuse_fallible(&self) -> Result<()> {
        for module in &self.imports {
            for function in &module.scope.functions {
                let is_constructor = matches!(function.kind, FunctionKind::Constructor(_));
                if is_constructor && world::outcome(self.resolve, function).error.is_some() {
                    return Err(unreadable(format!(
                        "componentize-py calls no constructor of the host that may fail: {} in {}",
                        function.name.trim_start_matches("[constructor]"),
                        module.scope.full_name
                    )));
                }
            }
        }
        Ok(())
    }

    fn is_class(&self, id: TypeId) -> bool {
        matches!(
            self.resolve.types[id].kind,
            TypeDefKind::Record(_)
                | TypeDefKind::Variant(_)
                | TypeDefKind::Enum(_)
                | TypeDefKind::Flags(_)
                | TypeDefKind::Resource
        )
    }
}

fn position(modules: &[Module], interface: Option<InterfaceId>) -> Option<usize> {
    modules
        .iter()
        .position(|module| module.scope.interface == interface)
}

fn one_name<K: std::hash::Hash + Eq>(
    taken: &mut HashMap<K, String>,
    name: K,
    what: &str,
) -> Result<()> {
    match taken.insert(name, what.to_string()) {
        None => Ok(()),
        Some(other) => Err(unreadable(format!(
            "in Python, {other} and {what} have one name, and componentize-py cannot tell them apart: \
             rename one in the contract"
        ))),
    }
}

/// With what stands for the object or the class.
pub fn parameters(function: &Function) -> Vec<String> {
    let (receiver, skipped) = match function.kind {
        FunctionKind::Method(_) => ("self", 1),
        FunctionKind::Static(_) => ("cls", 0),
        _ => ("self", 0),
    };
    let rest = function.params.iter().skip(skipped);
    let rest = rest.map(|parameter| snake(&parameter.name));
    std::iter::once(receiver.to_string()).chain(rest).collect()
}

pub fn spelled(function: &Function) -> String {
    match function.kind {
        FunctionKind::Constructor(_) => "__init__".to_string(),
        _ => snake(function.item_name()),
    }
}

fn modules<'a>(resolve: &Resolve, scopes: Vec<Scope<'a>>) -> Vec<Module<'a>> {
    let names: Vec<String> = scopes
        .iter()
        .map(|scope| name(resolve, scope, &scopes))
        .collect();
    let pairs = scopes.into_iter().zip(names);
    pairs
        .map(|(scope, name)| Module {
            scope,
            protocol: camel(&name),
            name: snake(&name),
        })
        .collect()
}

/// As short as what else is on the same side allows.
fn name(resolve: &Resolve, scope: &Scope, all: &[Scope]) -> String {
    let Some(id) = scope.interface else {
        return WORLD.replace('_', "-");
    };
    let package_of = |id: InterfaceId| {
        let package = resolve.interfaces[id].package.filter(|_| {
            // Those that are written in a world have the name that they have there, and no more.
            resolve.interfaces[id].name.is_some()
        })?;
        let name = &resolve.packages[package].name;
        Some((
            name.namespace.clone(),
            name.name.clone(),
            name.version.clone(),
        ))
    };
    let Some((namespace, package, version)) = package_of(id) else {
        return scope.name.clone();
    };
    let namesakes = all.iter().filter(|other| other.name == scope.name);
    let packages: Vec<_> = namesakes
        .filter_map(|other| other.interface.map(package_of))
        .collect();
    let distinct: HashSet<_> = packages
        .iter()
        .map(|one| one.as_ref().map(|(namespace, name, _)| (namespace, name)))
        .collect();
    let versions = packages.iter().flatten();
    let versions = versions.filter(|(n, p, _)| *n == namespace && *p == package);
    match version {
        Some(version) if versions.count() > 1 => format!(
            "{namespace}-{package}-{}-{}",
            scope.name,
            version.to_string().replace('.', "-")
        ),
        _ if distinct.len() > 1 => format!("{namespace}-{package}-{}", scope.name),
        _ => scope.name.clone(),
    }
}
