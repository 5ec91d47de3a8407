//! Where things of the contract are in C++: a namespace for each interface of the world, one for
//! the types of the world itself, and the names of types in them.

use std::collections::{HashMap, HashSet};

use wit_parser::{
    Handle, IndexMap, InterfaceId, PackageId, Resolve, Type, TypeDefKind, TypeId, World, WorldId,
    WorldItem, WorldKey,
};

use crate::names::{self, Scope};
use crate::support::renamed;
use crate::types::borrows;

/// The namespace of what an interface exports that the world imports too, within its own.
const EXPORTED: &str = "exported";

/// What C++ types of one WIT type are called. Empty: there is no such type.
#[derive(Clone, Default)]
pub struct TypeNames {
    pub owned: String,
    /// Also what a view of it is.
    pub borrowed: String,
    /// The structs that hold the cases of a variant.
    pub cases: String,
    pub borrowed_cases: String,
}

/// A namespace.
#[derive(Default)]
pub struct Place {
    /// `techbytes::plugins::processor`
    pub namespace: String,
    /// As it is called in a component: `techbytes:plugins/processor`; empty for the world itself.
    pub interface: String,
    /// None: the world's own types are there.
    pub id: Option<InterfaceId>,
    /// Its resources are those that the guest defines.
    pub exported: bool,
    /// The same interface is imported, with other resources, and has a place of its own before this
    /// one.
    pub again: bool,
    /// Each after those that it is made of.
    pub types: Vec<(String, TypeId)>,
    names: HashMap<TypeId, TypeNames>,
    /// The names of all types, and what must not hide them.
    pub scope: Scope,
}

pub struct Places {
    pub all: Vec<Place>,
    /// In which of them a type is, as it is imported and as it is exported.
    of_type: HashMap<(bool, TypeId), usize>,
    of_item: HashMap<(bool, WorldKey), usize>,
    /// The namespace of the world's package.
    pub package: String,
    /// The struct of the world.
    pub world: String,
    /// What qualified names begin with: `::` where a namespace inside of others is called like one
    /// at the top.
    global: &'static str,
}

impl Place {
    /// The last parts of the namespace, at most `count`: `plugins_processor`.
    pub fn short_name(&self, count: usize) -> String {
        let mut parts: Vec<&str> = self.namespace.split("::").collect();
        if self.again {
            parts.pop();
        }
        let parts = &parts[parts.len().saturating_sub(count)..];
        parts.join("_").replace("__", "_")
    }

    pub fn names(&self, id: TypeId) -> &TypeNames {
        &self.names[&id]
    }

    /// Whether resources are declared here.
    pub fn has_resources(&self, resolve: &Resolve) -> bool {
        self.types.iter().any(|(_, id)| is_resource(resolve, *id))
    }
}

pub fn is_resource(resolve: &Resolve, id: TypeId) -> bool {
    matches!(resolve.types[id].kind, TypeDefKind::Resource)
}

impl Places {
    pub fn new(resolve: &Resolve, world_id: WorldId) -> Places {
        let world = &resolve.worlds[world_id];
        let interfaces = named_interfaces(resolve, world);
        let packages = Packages::new(resolve, world, &interfaces);
        let package = world
            .package
            .map_or(String::new(), |id| packages.namespace(id));
        let mut places = Places {
            all: Vec::new(),
            of_type: HashMap::new(),
            of_item: HashMap::new(),
            // Inside are Exports and Accessors, and a class cannot have a member of its own name.
            world: Scope::new(&[
                "Accessors",
                "Exports",
                "Guest",
                "Host",
                "HostInterfaces",
                "HostResources",
                "Imports",
                "Instance",
            ])
            .name(&names::pascal(&world.name)),
            package,
            global: if packages.hidden { "::" } else { "" },
        };
        places.add_named(resolve, world, &packages, interfaces);
        places.add_inline(resolve, world);
        places.add_world(resolve, world);
        places
    }

    /// The place of an imported or exported interface of the world.
    pub fn of_item(&self, exported: bool, key: &WorldKey) -> Option<usize> {
        self.of_item.get(&(exported, key.clone())).copied()
    }

    /// The place of the world's own types.
    pub fn of_world(&self) -> &Place {
        self.all.last().expect("it is there in any case")
    }

    /// Where the type is, if it has a name there: as it is imported, or as it is exported.
    pub fn of_type(&self, id: TypeId, exported: bool) -> Option<&Place> {
        self.of_type.get(&(exported, id)).map(|at| &self.all[*at])
    }

    /// What precedes a name of `place` in code that stands elsewhere.
    pub fn prefix(&self, place: &Place) -> String {
        format!("{}{}::", self.global, place.namespace)
    }

    /// The same for code in the namespace of the world's package.
    pub fn prefix_in_package(&self, place: &Place) -> String {
        let inside = place.namespace.strip_prefix(&format!("{}::", self.package));
        match inside {
            Some(inside) if self.global.is_empty() => format!("{inside}::"),
            _ => self.prefix(place),
        }
    }

    /// What is imported and exported with other resources is there twice.
    fn add_named(
        &mut self,
        resolve: &Resolve,
        world: &World,
        packages: &Packages,
        ids: Vec<InterfaceId>,
    ) {
        let mut twice: HashSet<InterfaceId> = HashSet::new();
        for id in ids {
            let interface = &resolve.interfaces[id];
            let (Some(name), Some(package)) = (&interface.name, interface.package) else {
                continue;
            };
            let key = WorldKey::Interface(id);
            let exported = world.exports.contains_key(&key);
            let place = Place {
                namespace: packages.inner(package, name),
                interface: resolve.id_of_name(package, name),
                id: Some(id),
                exported: exported && !world.imports.contains_key(&key),
                ..Place::default()
            };
            let own = interface.types.values().any(|id| is_resource(resolve, *id));
            let used = resolve
                .interface_direct_deps(id)
                .any(|id| twice.contains(&id));
            let types = &interface.types;
            if exported && !place.exported && (own || used) {
                twice.insert(id);
                let again = Place {
                    namespace: format!("{}::{EXPORTED}", place.namespace),
                    interface: place.interface.clone(),
                    id: Some(id),
                    exported: true,
                    again: true,
                    ..Place::default()
                };
                let at = self.add(resolve, place, types, &[false]);
                self.of_item.insert((false, key.clone()), at);
                let at = self.add(resolve, again, types, &[true]);
                self.of_item.insert((true, key), at);
            } else {
                let at = self.add(resolve, place, types, &[false, true]);
                for exported in [false, true] {
                    self.of_item.insert((exported, key.clone()), at);
                }
            }
        }
    }

    /// Interfaces that the world has without a name in their package.
    fn add_inline(&mut self, resolve: &Resolve, world: &World) {
        let mut scope = Scope::default();
        let mut seen: HashMap<InterfaceId, usize> = HashMap::new();
        for (exported, items) in [(false, &world.imports), (true, &world.exports)] {
            for (key, item) in items {
                let (WorldKey::Name(name), WorldItem::Interface { id, .. }) = (key, item) else {
                    continue;
                };
                if renamed(resolve, key, *id).is_some() {
                    continue;
                }
                let at = *seen.entry(*id).or_insert_with(|| {
                    let inner = scope.name(&names::namespace(name));
                    let place = Place {
                        namespace: format!("{}::{inner}", self.world_namespace(world)),
                        interface: name.clone(),
                        id: Some(*id),
                        exported,
                        ..Place::default()
                    };
                    let types = &resolve.interfaces[*id].types;
                    self.add(resolve, place, types, &[false, true])
                });
                self.of_item.insert((exported, key.clone()), at);
            }
        }
    }

    fn add_world(&mut self, resolve: &Resolve, world: &World) {
        let mut types = IndexMap::default();
        for (key, item) in world.imports.iter().chain(&world.exports) {
            if let (WorldKey::Name(name), WorldItem::Type { id, .. }) = (key, item) {
                types.insert(name.clone(), *id);
            }
        }
        let place = Place {
            namespace: self.world_namespace(world),
            ..Place::default()
        };
        self.add(resolve, place, &types, &[false, true]);
    }

    fn world_namespace(&self, world: &World) -> String {
        format!("{}::{}", self.package, names::namespace(&world.name))
    }

    /// With its types, in one or both directions.
    fn add(
        &mut self,
        resolve: &Resolve,
        place: Place,
        types: &IndexMap<String, TypeId>,
        directions: &[bool],
    ) -> usize {
        let at = self.all.len();
        for id in types.values() {
            for exported in directions {
                self.of_type.insert((*exported, *id), at);
            }
        }
        let mut scope = Scope::new(&["Functions", "Guest", "Host"]);
        if types.values().any(|id| is_resource(resolve, *id)) {
            // The base of their classes, in which it means itself.
            scope = scope.with(&["GuestResource"]);
        }
        let names = name_types(resolve, types, &mut scope);
        self.all.push(Place {
            types: in_order_of_need(resolve, types),
            names,
            scope,
            ..place
        });
        at
    }
}

fn last(namespace: &str) -> &str {
    namespace.rsplit("::").next().unwrap_or(namespace)
}

/// Interfaces with a name that the world imports or exports, each after those it uses.
fn named_interfaces(resolve: &Resolve, world: &World) -> Vec<InterfaceId> {
    fn visit(resolve: &Resolve, id: InterfaceId, all: &mut Vec<InterfaceId>) {
        if all.contains(&id) {
            return;
        }
        for dependency in resolve.interface_direct_deps(id) {
            visit(resolve, dependency, all);
        }
        if resolve.interfaces[id].name.is_some() {
            all.push(id);
        }
    }
    let mut all = Vec::new();
    for item in world.imports.values().chain(world.exports.values()) {
        if let WorldItem::Interface { id, .. } = item {
            visit(resolve, *id, &mut all);
        }
    }
    all
}

/// Types in the order of the contract, but each after those of the same place that it is made of.
fn in_order_of_need(resolve: &Resolve, types: &IndexMap<String, TypeId>) -> Vec<(String, TypeId)> {
    struct Visit<'a> {
        resolve: &'a Resolve,
        here: HashMap<TypeId, &'a str>,
        seen: HashSet<TypeId>,
        order: Vec<(String, TypeId)>,
    }
    impl Visit<'_> {
        fn ty(&mut self, ty: &Type) {
            if let Type::Id(id) = ty {
                self.id(*id);
            }
        }
        fn id(&mut self, id: TypeId) {
            if !self.seen.insert(id) {
                return;
            }
            let resolve = self.resolve;
            match &resolve.types[id].kind {
                TypeDefKind::Record(r) => r.fields.iter().for_each(|f| self.ty(&f.ty)),
                TypeDefKind::Tuple(t) => t.types.iter().for_each(|t| self.ty(t)),
                TypeDefKind::Variant(v) => {
                    v.cases.iter().flat_map(|c| &c.ty).for_each(|t| self.ty(t));
                }
                TypeDefKind::Result(r) => r.ok.iter().chain(&r.err).for_each(|t| self.ty(t)),
                TypeDefKind::Option(t)
                | TypeDefKind::List(t)
                | TypeDefKind::FixedLengthList(t, _)
                | TypeDefKind::Type(t) => self.ty(t),
                TypeDefKind::Map(k, v) => [k, v].into_iter().for_each(|t| self.ty(t)),
                TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.id(*id),
                _ => {}
            }
            if let Some(name) = self.here.get(&id) {
                self.order.push((name.to_string(), id));
            }
        }
    }
    let mut visit = Visit {
        resolve,
        here: types
            .iter()
            .map(|(name, id)| (*id, name.as_str()))
            .collect(),
        seen: HashSet::new(),
        order: Vec::new(),
    };
    for id in types.values() {
        visit.id(*id);
    }
    visit.order
}

/// First the types themselves, then what is derived from their names.
fn name_types(
    resolve: &Resolve,
    types: &IndexMap<String, TypeId>,
    scope: &mut Scope,
) -> HashMap<TypeId, TypeNames> {
    let mut all: Vec<(TypeId, TypeNames)> = types
        .iter()
        .map(|(name, id)| {
            let names = TypeNames {
                owned: scope.name(&names::pascal(name)),
                ..TypeNames::default()
            };
            (*id, names)
        })
        .collect();
    for (id, names) in &mut all {
        let base = names.owned.trim_end_matches('_');
        let heap = borrows(resolve, &Type::Id(*id));
        let variant = matches!(resolve.types[*id].kind, TypeDefKind::Variant(_));
        if heap {
            names.borrowed = scope.name(&format!("{base}Ref"));
        }
        if variant {
            names.cases = scope.name(&format!("{base}Cases"));
        }
        if heap && variant {
            names.borrowed_cases = scope.name(&format!("{base}RefCases"));
        }
    }
    all.into_iter().collect()
}

/// The namespaces of packages.
struct Packages<'a> {
    resolve: &'a Resolve,
    names: HashMap<PackageId, String>,
    hidden: bool,
}

impl Packages<'_> {
    fn new<'a>(resolve: &'a Resolve, world: &World, interfaces: &[InterfaceId]) -> Packages<'a> {
        let used = interfaces
            .iter()
            .filter_map(|id| resolve.interfaces[*id].package)
            .chain(world.package);
        let mut ids: Vec<PackageId> = Vec::new();
        for id in used {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let mut scopes: HashMap<String, Scope> = HashMap::new();
        let mut names = HashMap::new();
        for id in &ids {
            let name = &resolve.packages[*id].name;
            let same = |other: &&PackageId| {
                let other = &resolve.packages[**other].name;
                (&other.namespace, &other.name) == (&name.namespace, &name.name)
            };
            let root = names::root_namespace(&name.namespace);
            let mut own = names::namespace(&name.name);
            if ids.iter().filter(same).count() > 1
                && let Some(version) = &name.version
            {
                own = own.trim_end_matches('_').to_string() + &names::version_suffix(version);
            }
            let own = scopes.entry(root.clone()).or_default().name(&own);
            names.insert(*id, format!("{root}::{own}"));
        }
        let mut packages = Packages {
            resolve,
            names,
            hidden: false,
        };
        packages.hidden = packages.has_hidden(world, interfaces);
        packages
    }

    fn namespace(&self, package: PackageId) -> String {
        self.names[&package].clone()
    }

    fn inner(&self, package: PackageId, name: &str) -> String {
        format!("{}::{}", self.names[&package], names::namespace(name))
    }

    /// Whether a namespace inside of others is called like one at the top.
    fn has_hidden(&self, world: &World, interfaces: &[InterfaceId]) -> bool {
        let inner = interfaces
            .iter()
            .filter_map(|id| self.resolve.interfaces[*id].name.clone());
        let inline = world.imports.keys().chain(world.exports.keys());
        let inline = inline.filter_map(|key| match key {
            WorldKey::Name(name) => Some(name.clone()),
            WorldKey::Interface(_) => None,
        });
        let roots: HashSet<&str> = self
            .names
            .values()
            .filter_map(|name| name.split("::").next())
            .collect();
        let packages = self.names.values().map(|name| last(name).to_string());
        inner
            .chain(inline)
            .chain([world.name.clone()])
            .map(|name| names::namespace(&name))
            .chain(packages)
            .chain([EXPORTED.to_string()])
            .any(|name| roots.contains(name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(wit: &str) -> (Resolve, Places) {
        let mut resolve = Resolve::default();
        let package = resolve.push_source("test.wit", wit).expect("it is WIT");
        let world = resolve.packages[package].worlds[0];
        let places = Places::new(&resolve, world);
        (resolve, places)
    }

    fn namespaces(places: &Places) -> Vec<&str> {
        places.all.iter().map(|p| p.namespace.as_str()).collect()
    }

    #[test]
    fn an_interface_is_a_namespace_and_so_is_the_world() {
        let (_, places) = places("package a:b@1.0.0; interface c {} world d { import c; }");
        assert_eq!(namespaces(&places), ["a::b::c", "a::b::d"]);
        assert_eq!(places.all[0].interface, "a:b/c@1.0.0");
        assert_eq!(places.world, "D");
    }

    #[test]
    fn interfaces_without_a_name_are_in_the_namespace_of_the_world() {
        let (_, places) = places("package a:b; world d { export e: interface { f: func(); } }");
        assert_eq!(namespaces(&places), ["a::b::d::e", "a::b::d"]);
        assert_eq!(places.all[0].interface, "e");
    }

    #[test]
    fn an_interface_comes_after_those_that_it_uses() {
        let wit = "package a:b; interface c { use d.{t}; } interface d { type t = u8; } \
                   world w { export c; }";
        assert_eq!(
            namespaces(&places(wit).1),
            ["a::b::d", "a::b::c", "a::b::w"]
        );
    }

    #[test]
    fn packages_of_two_versions_are_told_apart() {
        let wit = "package a:b; package x:y@0.1.0 { interface i {} } \
                   package x:y@0.2.0 { interface i {} } \
                   world w { import x:y/i@0.1.0; import x:y/i@0.2.0; }";
        let names = ["x::y_0_1_0::i", "x::y_0_2_0::i", "a::b::w"];
        assert_eq!(namespaces(&places(wit).1), names);
    }

    #[test]
    fn a_type_comes_after_those_that_it_is_made_of() {
        let wit = "package a:b; interface i { record r { s: option<s> } record t {} \
                   record s { t: t } } world w { import i; }";
        let (_, places) = places(wit);
        let order: Vec<&str> = places.all[0]
            .types
            .iter()
            .map(|(n, _)| n.as_str())
            .collect();
        assert_eq!(order, ["t", "s", "r"]);
    }

    #[test]
    fn names_begin_at_the_top_where_one_inside_is_called_like_that() {
        let (_, places) = places("package a:a; interface a { } world w { import a; }");
        assert_eq!(places.prefix(&places.all[0]), "::a::a::a::");
    }

    #[test]
    fn what_is_imported_and_exported_with_resources_is_there_twice() {
        let wit = "package a:b; interface c { resource r; } interface d { use c.{r}; } \
                   interface e { type t = u8; } \
                   world w { import c; import d; import e; export c; export d; export e; }";
        let (resolve, places) = places(wit);
        assert_eq!(
            namespaces(&places),
            [
                "a::b::c",
                "a::b::c::exported",
                "a::b::d",
                "a::b::d::exported",
                "a::b::e",
                "a::b::w"
            ]
        );
        let package = resolve.packages.iter().next().expect("a:b").1;
        let r = resolve.interfaces[package.interfaces["c"]].types["r"];
        let at = |exported| places.of_type(r, exported).map(|p| p.namespace.as_str());
        assert_eq!(at(false), Some("a::b::c"));
        assert_eq!(at(true), Some("a::b::c::exported"));
        assert_eq!(places.all[1].short_name(1), "c");
    }

    #[test]
    fn what_passes_on_imported_resources_is_there_once() {
        let wit = "package a:b; interface c { resource r; } interface d { use c.{r}; } \
                   world w { import c; import d; export d; }";
        assert_eq!(
            namespaces(&places(wit).1),
            ["a::b::c", "a::b::d", "a::b::w"]
        );
    }
}
