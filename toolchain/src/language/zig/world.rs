//! A world as namespaces of Zig: what it imports is in `imports`, what it exports in `exports`, and
//! each interface has a struct there.

use std::collections::HashMap;

use wit_parser::{
    Function, FunctionKind, InterfaceId, Resolve, Type, TypeDefKind, TypeId, WorldItem, WorldKey,
};

use super::names::{Scope, declared, member};
use crate::contract::Contract;
use crate::names::{camel, pascal, snake};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    Import,
    Export,
}

/// What an interface has, or the world itself.
pub struct Space<'a> {
    pub side: Side,
    /// Empty: the world itself.
    pub name: String,
    /// As components call it: "acme:shop/stock@1.2.0". Empty: the world itself.
    pub key: String,
    pub docs: Option<&'a str>,
    /// Resources are among them.
    pub types: Vec<(TypeId, String)>,
    pub functions: Vec<Callable<'a>>,
    pub resources: Vec<Resource<'a>>,
}

pub struct Resource<'a> {
    pub id: TypeId,
    /// "Bucket"
    pub name: String,
    /// "bucket"
    pub wit_name: &'a str,
    pub docs: Option<&'a str>,
    pub functions: Vec<Callable<'a>>,
}

pub struct Callable<'a> {
    pub function: &'a Function,
    pub name: String,
    pub parameters: Vec<(String, Type)>,
}

impl Callable<'_> {
    pub fn is_method(&self) -> bool {
        matches!(self.function.kind, FunctionKind::Method(_))
    }
}

pub struct World<'a> {
    pub resolve: &'a Resolve,
    pub name: &'a str,
    /// The first is the world itself.
    pub imports: Vec<Space<'a>>,
    pub exports: Vec<Space<'a>>,
    /// Of each type on each side, what is before its name, as in "imports.stock", and its name.
    places: HashMap<(Side, TypeId), (String, String)>,
}

impl<'a> World<'a> {
    pub fn new(contract: &'a Contract) -> World<'a> {
        let resolve = &contract.resolve;
        let names = interface_names(contract);
        let world = contract.world();
        let mut made = World {
            resolve,
            name: &world.name,
            imports: spaces(resolve, Side::Import, &world.imports, &names),
            exports: spaces(resolve, Side::Export, &world.exports, &names),
            places: HashMap::new(),
        };
        for space in made.imports.iter().chain(&made.exports) {
            for (id, name) in &space.types {
                let place = (space.path(), name.clone());
                made.places.insert((space.side, *id), place);
            }
        }
        made
    }

    /// Where an interface that is exported finds a type: among what is exported too, if it is there.
    pub fn place(&self, side: Side, id: TypeId) -> (Side, &str, &str) {
        let own = self.places.get(&(side, id)).map(|place| (side, place));
        let (side, (space, name)) = own
            .or_else(|| Some((Side::Import, self.places.get(&(Side::Import, id))?)))
            .expect("a world has the types that it uses");
        (side, space, name)
    }

    /// Whether a type that is exported is the one that is imported too.
    pub fn is_shared(&self, id: TypeId) -> bool {
        self.places.contains_key(&(Side::Import, id)) && !self.depends_on_plugin(&Type::Id(id))
    }

    /// Whether handles of the plugin's own resources are in it, where it is exported.
    fn depends_on_plugin(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        let id = *id;
        match &self.resolve.types[id].kind {
            TypeDefKind::Resource => self.places.contains_key(&(Side::Export, id)),
            kind => parts(kind).iter().any(|part| self.depends_on_plugin(part)),
        }
    }

    /// Whether there is text or a list in it, which needs memory.
    pub fn has_memory(&self, ty: &Type) -> bool {
        match ty {
            Type::String => true,
            Type::Id(id) => match &self.resolve.types[*id].kind {
                TypeDefKind::List(_) | TypeDefKind::Map(..) => true,
                TypeDefKind::Handle(_) => false,
                kind => parts(kind).iter().any(|part| self.has_memory(part)),
            },
            _ => false,
        }
    }

    /// The resource that an alias of it means in the end.
    pub fn resource(&self, id: TypeId) -> TypeId {
        match &self.resolve.types[id].kind {
            TypeDefKind::Type(Type::Id(of)) => self.resource(*of),
            _ => id,
        }
    }
}

/// The types that a type is made of.
fn parts(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Result(result) => result.ok.iter().chain(&result.err).copied().collect(),
        TypeDefKind::Map(key, value) => vec![*key, *value],
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Type(ty) => vec![*ty],
        TypeDefKind::Handle(handle) => {
            let (wit_parser::Handle::Own(id) | wit_parser::Handle::Borrow(id)) = handle;
            vec![Type::Id(*id)]
        }
        _ => Vec::new(),
    }
}

impl<'a> Space<'a> {
    /// "imports.stock"
    pub fn path(&self) -> String {
        let side = match self.side {
            Side::Import => "imports",
            Side::Export => "exports",
        };
        if self.name.is_empty() {
            return side.to_string();
        }
        format!("{side}.{}", member(&self.name))
    }

    /// What it is called as the module that core functions are imported from.
    pub fn module(&self) -> &str {
        if self.key.is_empty() {
            "$root"
        } else {
            &self.key
        }
    }

    /// "acme:shop/carts@1.2.0#[method]cart.add"
    pub fn export_name(&self, function: &str) -> String {
        if self.key.is_empty() {
            return function.to_string();
        }
        format!("{}#{function}", self.key)
    }
}

type Items = wit_parser::IndexMap<WorldKey, WorldItem>;

fn spaces<'a>(
    resolve: &'a Resolve,
    side: Side,
    items: &'a Items,
    names: &HashMap<&WorldKey, String>,
) -> Vec<Space<'a>> {
    let mut top = Scope::new().with(names.values().map(String::as_str));
    let mut types = Vec::new();
    let mut functions = Vec::new();
    for item in items.values() {
        match item {
            WorldItem::Type { id, .. } => types.push(*id),
            WorldItem::Function(function) => functions.push(function),
            WorldItem::Interface { .. } => {}
        }
    }
    let own = Space {
        side,
        name: String::new(),
        key: String::new(),
        docs: None,
        types: Vec::new(),
        functions: Vec::new(),
        resources: Vec::new(),
    };
    let mut all = vec![fill(resolve, own, &mut top, &types, &functions)];
    for (key, item) in items {
        let WorldItem::Interface { id, .. } = item else {
            continue;
        };
        let interface = &resolve.interfaces[*id];
        let types: Vec<_> = interface.types.values().copied().collect();
        let functions: Vec<_> = interface.functions.values().collect();
        let space = Space {
            side,
            name: names[key].clone(),
            key: resolve.name_world_key(key),
            docs: interface.docs.contents.as_deref(),
            types: Vec::new(),
            functions: Vec::new(),
            resources: Vec::new(),
        };
        // What an interface declares may be called as what another does.
        all.push(fill(resolve, space, &mut top.clone(), &types, &functions));
    }
    all
}

/// Names the types and functions of a space, whose scope has the names around it.
fn fill<'a>(
    resolve: &'a Resolve,
    mut space: Space<'a>,
    scope: &mut Scope,
    types: &[TypeId],
    functions: &[&'a Function],
) -> Space<'a> {
    for id in types {
        let def = &resolve.types[*id];
        let wit_name = def.name.as_deref().unwrap_or_default();
        let name = scope.take(pascal(wit_name));
        space.types.push((*id, name.clone()));
        if matches!(def.kind, TypeDefKind::Resource) {
            space.resources.push(Resource {
                id: *id,
                name,
                wit_name,
                docs: def.docs.contents.as_deref(),
                functions: Vec::new(),
            });
        }
    }
    let free = functions.iter().filter(|f| resource_of(f).is_none());
    let named: Vec<_> = free.map(|f| (*f, scope.take(camel(&f.name)))).collect();
    space.functions = named
        .into_iter()
        .map(|(f, name)| callable(f, name, scope))
        .collect();
    for resource in &mut space.resources {
        let mut members = scope
            .clone()
            .with(["borrow", "deinit", "drop", "handle", "init"]);
        let own = functions
            .iter()
            .filter(|f| resource_of(f) == Some(resource.id));
        let named: Vec<_> = own
            .map(|f| match f.kind {
                FunctionKind::Constructor(_) => (*f, "init".to_string()),
                _ => (*f, members.take(camel(f.item_name()))),
            })
            .collect();
        resource.functions = named
            .into_iter()
            .map(|(f, name)| callable(f, name, &members))
            .collect();
    }
    space
}

fn resource_of(function: &Function) -> Option<TypeId> {
    match function.kind {
        FunctionKind::Method(id) | FunctionKind::Static(id) | FunctionKind::Constructor(id) => {
            Some(id)
        }
        _ => None,
    }
}

/// `scope` has all names that are in sight. None of them may be a parameter's.
fn callable<'a>(function: &'a Function, name: String, scope: &Scope) -> Callable<'a> {
    let mut scope = scope.of_parameters();
    let is_method = matches!(function.kind, FunctionKind::Method(_));
    let parameters = function.params.iter().enumerate().map(|(i, parameter)| {
        let name = match is_method && i == 0 {
            true => "self".to_string(),
            false => declared(&scope.take(snake(&parameter.name))),
        };
        (name, parameter.ty)
    });
    Callable {
        function,
        name,
        parameters: parameters.collect(),
    }
}

/// What each interface is called, the same on both sides: by its own name where no other has that,
/// else with its package, with the namespace of that, or with its version.
fn interface_names(contract: &Contract) -> HashMap<&WorldKey, String> {
    let resolve = &contract.resolve;
    let world = contract.world();
    let items = world.imports.iter().chain(&world.exports);
    let mut keys: Vec<&WorldKey> = Vec::new();
    for (key, item) in items {
        if matches!(item, WorldItem::Interface { .. }) && !keys.contains(&key) {
            keys.push(key);
        }
    }
    let candidates = keys.iter().map(|key| match key {
        WorldKey::Name(name) => vec![snake(name)],
        WorldKey::Interface(id) => longer_and_longer(resolve, *id),
    });
    let candidates: Vec<Vec<String>> = candidates.collect();
    let mut scope = Scope::new();
    let mut names = HashMap::new();
    for (i, key) in keys.into_iter().enumerate() {
        let own = &candidates[i];
        let is_single = |name: &String| {
            let others = candidates.iter().enumerate().filter(|(j, _)| *j != i);
            !others
                .flat_map(|(_, other)| other)
                .any(|other| other == name)
        };
        let name = own.iter().find(|name| is_single(name)).or(own.last());
        names.insert(key, scope.take(name.cloned().unwrap_or_default()));
    }
    names
}

/// Of wasi:io/streams@0.2.0: streams, io_streams, wasi_io_streams, wasi_io_streams_0_2_0.
fn longer_and_longer(resolve: &Resolve, id: InterfaceId) -> Vec<String> {
    let interface = &resolve.interfaces[id];
    let name = snake(interface.name.as_deref().unwrap_or_default());
    let Some(package) = interface.package else {
        return vec![name];
    };
    let package = &resolve.packages[package].name;
    let with_package = format!("{}_{name}", snake(&package.name));
    let with_namespace = format!("{}_{with_package}", snake(&package.namespace));
    let mut all = vec![name, with_package, with_namespace.clone()];
    if let Some(version) = &package.version {
        let version = version
            .to_string()
            .replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        all.push(format!("{with_namespace}_{}", version.to_lowercase()));
    }
    all
}
