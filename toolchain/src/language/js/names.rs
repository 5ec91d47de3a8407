//! How componentize-qjs spells names, and what else it knows of a world: its words are those of heck.

use std::collections::HashMap;

use heck::{ToLowerCamelCase, ToUpperCamelCase};
use wit_parser::{
    Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDefKind, TypeId, TypeOwner,
};

use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::world::{self, Names, Scope, Side};

/// Words that no variable of a module can have for a name.
const WORDS: [&str; 51] = [
    "arguments",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "NaN",
    "Infinity",
];

/// What every program has, and stubs or their authors use.
const GLOBALS: [&str; 24] = [
    "Array",
    "BigInt",
    "Boolean",
    "DataView",
    "Date",
    "Error",
    "Function",
    "Iterator",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Promise",
    "Proxy",
    "RangeError",
    "Reflect",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "TypeError",
    "Uint8Array",
    "globalThis",
];

pub fn is_word(name: &str) -> bool {
    WORDS.contains(&name)
}

/// For the variables of a module.
pub fn of_module() -> Names {
    Names::new(WORDS.into_iter().chain(GLOBALS))
}

pub fn property(name: &str) -> String {
    name.to_lower_camel_case()
}

pub fn class(name: &str) -> String {
    name.to_upper_camel_case()
}

/// An interface of a side, or the world, with the file that its bindings are in.
pub struct Module<'a> {
    pub scope: Scope<'a>,
    /// Below bindings/, without an ending: "imports/store".
    pub path: String,
    /// Its types, in TypeScript.
    pub types: HashMap<TypeId, String>,
}

impl Module<'_> {
    /// Only types, if anything; of the host's, perhaps a resource that has no functions.
    pub fn has_nothing_to_call(&self, resolve: &Resolve) -> bool {
        let is_host = self.scope.side == Side::Import;
        let has_resource = || !world::resources(resolve, &self.scope).is_empty();
        self.scope.functions.is_empty() && (is_host || !has_resource())
    }
}

pub struct Js<'a> {
    pub resolve: &'a Resolve,
    pub imports: Vec<Module<'a>>,
    pub exports: Vec<Module<'a>>,
}

impl<'a> Js<'a> {
    /// Refuses what would have one name twice.
    pub fn new(contract: &'a Contract) -> Result<Js<'a>> {
        let resolve = &contract.resolve;
        let js = Js {
            resolve,
            imports: modules(resolve, world::scopes(contract, Side::Import)),
            exports: modules(resolve, world::scopes(contract, Side::Export)),
        };
        js.refuse_clashes()?;
        js.refuse_given_back()?;
        Ok(js)
    }

    pub fn modules(&self) -> impl Iterator<Item = &Module<'a>> {
        self.imports.iter().chain(&self.exports)
    }

    /// The module that declares a type, seen from a side: what exports use is what is exported, where
    /// it is.
    pub fn owner(&self, id: TypeId, from: Side) -> Option<&Module<'a>> {
        let of = |modules: &'_ [Module<'a>], interface: Option<InterfaceId>| {
            modules
                .iter()
                .position(|module| module.scope.interface == interface)
        };
        let interface = match self.resolve.types[id].owner {
            TypeOwner::Interface(interface) => Some(interface),
            TypeOwner::World(_) => None,
            TypeOwner::None => return None,
        };
        let imported = of(&self.imports, interface).map(|at| &self.imports[at]);
        let exported = of(&self.exports, interface).map(|at| &self.exports[at]);
        match (interface, from) {
            (None, _) | (_, Side::Import) => imported.or(exported),
            (Some(_), Side::Export) => exported.or(imported),
        }
    }

    /// Whether a resource is one that the plugin defines, seen from a side.
    pub fn is_exported(&self, resource: TypeId, from: Side) -> bool {
        let id = world::dealias(self.resolve, resource);
        self.owner(id, from)
            .is_some_and(|module| module.scope.side == Side::Export)
    }

    /// It takes the handle of such a resource for that of another, and answers with the wrong object.
    fn refuse_given_back(&self) -> Result<()> {
        for module in &self.exports {
            for function in &module.scope.functions {
                if function.params.iter().any(|one| self.gives_back(&one.ty)) {
                    return Err(unreadable(format!(
                        "componentize-qjs 0.4.5 mixes up resources that it defines where it gets them \
                         back: {} in {} must take a borrow",
                        function.item_name(),
                        module.scope.full_name
                    )));
                }
            }
        }
        Ok(())
    }

    fn gives_back(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        let kind = &self.resolve.types[*id].kind;
        match kind {
            TypeDefKind::Handle(Handle::Own(resource)) => self.is_exported(*resource, Side::Export),
            _ => world::parts(kind).iter().any(|part| self.gives_back(part)),
        }
    }

    fn refuse_clashes(&self) -> Result<()> {
        let mut exported = HashMap::new();
        for module in &self.exports {
            let scope = &module.scope;
            match scope.interface {
                Some(_) => one_name(&mut exported, property(&scope.name), &scope.full_name)?,
                None => {
                    for function in world::free(scope) {
                        one_name(&mut exported, property(&function.name), &function.name)?;
                    }
                }
            }
        }
        for module in self.modules() {
            self.refuse_clashes_in(&module.scope)?;
        }
        Ok(())
    }

    fn refuse_clashes_in(&self, scope: &Scope) -> Result<()> {
        let place = |name: &str| format!("{name} in {}", scope.full_name);
        let mut taken = HashMap::new();
        for function in &scope.functions {
            let resource = world::resource_of(function);
            // Methods and static functions are in different places.
            let is_static = matches!(function.kind, FunctionKind::Static(_));
            let namesake =
                resource.filter(|id| world::name_of(self.resolve, *id) == function.item_name());
            if namesake.is_some() {
                return Err(unreadable(format!(
                    "componentize-qjs knows no method that is called as its resource: rename {} in \
                     the contract",
                    place(function.item_name())
                )));
            }
            let key = (resource, is_static, spelled(function));
            one_name(&mut taken, key, &place(function.item_name()))?;
        }
        let mut classes = HashMap::new();
        for resource in world::resources(self.resolve, scope) {
            let name = world::name_of(self.resolve, resource);
            one_name(&mut classes, class(name), &place(name))?;
        }
        for id in &scope.types {
            let mut fields = HashMap::new();
            for name in members(self.resolve, *id) {
                let at = place(&format!("{name} of {}", world::name_of(self.resolve, *id)));
                one_name(&mut fields, property(name), &at)?;
            }
        }
        Ok(())
    }
}

/// As componentize-qjs looks a function up.
pub fn spelled(function: &Function) -> String {
    match function.kind {
        FunctionKind::Constructor(_) => "constructor".to_string(),
        _ => property(function.item_name()),
    }
}

/// Names of what is a property in JavaScript: fields and flags.
fn members(resolve: &Resolve, id: TypeId) -> Vec<&str> {
    match &resolve.types[id].kind {
        TypeDefKind::Record(record) => record
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect(),
        TypeDefKind::Flags(flags) => flags.flags.iter().map(|flag| flag.name.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn one_name<K: std::hash::Hash + Eq>(
    taken: &mut HashMap<K, String>,
    name: K,
    what: &str,
) -> Result<()> {
    match taken.insert(name, what.to_string()) {
        None => Ok(()),
        Some(other) => Err(unreadable(format!(
            "in JavaScript, {other} and {what} have one name, and componentize-qjs cannot tell them \
             apart: rename one in the contract"
        ))),
    }
}

fn modules<'a>(resolve: &Resolve, scopes: Vec<Scope<'a>>) -> Vec<Module<'a>> {
    let paths: Vec<String> = scopes.iter().map(|scope| path(scope, &scopes)).collect();
    scopes
        .into_iter()
        .zip(paths)
        .map(|(scope, path)| {
            let mut names = Names::new(["Exports", "Map", "Uint8Array", "Symbol", "Error"]);
            let types = scope.types.iter();
            let types = types
                .map(|id| (*id, names.take(&class(world::name_of(resolve, *id)))))
                .collect();
            Module { scope, path, types }
        })
        .collect()
}

/// By its short name, where that is the only one.
fn path(scope: &Scope, all: &[Scope]) -> String {
    let folder = match scope.side {
        Side::Import => "imports",
        Side::Export => "exports",
    };
    if scope.interface.is_none() {
        return folder.to_string();
    }
    let namesakes = all
        .iter()
        .filter(|other| other.interface.is_some() && other.name == scope.name);
    match namesakes.count() {
        1 => format!("{folder}/{}", scope.name),
        _ => format!("{folder}/{}", scope.full_name.replace([':', '/', '@'], "-")),
    }
}
