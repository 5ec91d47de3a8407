//! Names that Go and the generator of its bindings can take. The generator writes WIT's names in Go's
//! manner and does not look whether they are words of Go's, or there already: so it gets a contract in
//! which they are others, and what it writes for the linker gets the contract's own names back.

use std::collections::{HashMap, HashSet};

use heck::{ToLowerCamelCase, ToSnakeCase, ToUpperCamelCase};
use wit_parser::{
    Function, FunctionKind, InterfaceId, Resolve, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey,
};

use super::kinds::has_resource_of;
use super::renamed::Renamed;

/// The package of what the plugin itself is: all that it exports.
const ROOT: &str = "main";
/// The package of what the world has besides interfaces, as the generator calls it.
pub const WORLD: &str = "wit_world";

/// Words of Go's, and what is declared everywhere.
const WORDS: [&str; 63] = [
    "any",
    "append",
    "bool",
    "break",
    "byte",
    "cap",
    "case",
    "chan",
    "clear",
    "close",
    "comparable",
    "complex",
    "const",
    "continue",
    "copy",
    "default",
    "defer",
    "delete",
    "else",
    "error",
    "fallthrough",
    "false",
    "float32",
    "float64",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "imag",
    "import",
    "init",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "interface",
    "iota",
    "len",
    "main",
    "make",
    "map",
    "max",
    "min",
    "new",
    "nil",
    "package",
    "panic",
    "range",
    "real",
    "recover",
    "return",
    "rune",
    "select",
    "string",
    "struct",
    "switch",
    "true",
    "type",
    "uint",
    "uintptr",
    "var",
];
/// What the generator calls packages and variables of its own, besides the same with a number behind.
const ITS_OWN: [&str; 31] = [
    "base",
    "data",
    "element",
    "handle",
    "index",
    "internal",
    "lifters",
    "length",
    "math",
    "option",
    "payload",
    "pinner",
    "resource",
    "result",
    "returnArea",
    "runtime",
    "self",
    "slice",
    "testdata",
    "tuple",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "unsafe",
    "utf8",
    "value",
    "variant",
    "srcMap",
    "witRuntime",
    "witTypes",
];
/// Packages that it could not import besides: its own, and one that nothing can be called as.
const PACKAGES: [&str; 4] = ["vendor", "wit", "wit-exports", "wit-world"];

/// Methods and fields that the bindings give to the host's resources and to the plugin's, in Go's
/// manner.
const OF_HOST: [&str; 4] = ["Drop", "Handle", "SetHandle", "TakeHandle"];
const OF_PLUGIN: [&str; 4] = ["Drop", "OnDrop", "Resource", "TakeHandle"];

/// Changes what the generator could not take.
pub fn rename(resolve: &mut Resolve, world: WorldId) -> Renamed {
    let mut renamed = Renamed::default();
    rename_interfaces(resolve, world, &mut renamed);
    let mut scopes = Scopes::new(resolve, world);
    rename_types(resolve, world, &mut scopes, &mut renamed);
    rename_functions(resolve, world, &mut scopes, &mut renamed);
    renamed
}

/// Words of Go's, and names that the generator uses.
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_lower_camel_case();
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    [name.as_str(), plain]
        .iter()
        .any(|name| WORDS.contains(name) || ITS_OWN.contains(name))
}

/// The first of these that is free: as it is; with a word behind; with a number.
pub fn choose(name: &str, longer: &str, is_free: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|n| format!("{longer}{n}"));
    [name.to_string(), longer.to_string()]
        .into_iter()
        .chain(numbered)
        .find(|name| is_free(name))
        .unwrap_or_default()
}

// ---- Interfaces, each of which is a package

/// As the generator names packages.
pub fn package_name(resolve: &Resolve, key: Option<&WorldKey>) -> String {
    let id = match key {
        None => return WORLD.to_string(),
        Some(WorldKey::Name(name)) => return name.to_snake_case(),
        Some(WorldKey::Interface(id)) => *id,
    };
    let interface = &resolve.interfaces[id];
    let package = interface
        .package
        .expect("interfaces with a name are in a package");
    let name = &resolve.packages[package].name;
    let has_another = resolve.packages.iter().any(|(_, other)| {
        other.name.namespace == name.namespace
            && other.name.name == name.name
            && other.name.version != name.version
    });
    let version = match &name.version {
        Some(version) if has_another => {
            format!("{}_", version.to_string().replace(['.', '-', '+'], "_"))
        }
        _ => String::new(),
    };
    format!(
        "{}_{}_{version}{}",
        name.namespace.to_snake_case(),
        name.name.to_snake_case(),
        interface
            .name
            .as_deref()
            .unwrap_or_default()
            .to_snake_case()
    )
}

fn rename_interfaces(resolve: &mut Resolve, world: WorldId, renamed: &mut Renamed) {
    let mut taken: HashMap<String, InterfaceId> = HashMap::new();
    for exports in [false, true] {
        let items = std::mem::take(items_of(resolve, world, exports));
        let mut changed = Vec::new();
        for (key, item) in items {
            let WorldItem::Interface { id, .. } = item else {
                changed.push((key, item));
                continue;
            };
            let before = resolve.name_world_key(&key);
            let is_free = |resolve: &Resolve, key: &WorldKey| {
                let package = package_name(resolve, Some(key));
                taken.get(&package).is_none_or(|other| *other == id)
            };
            let key = match key {
                WorldKey::Name(name) => {
                    let longer = match exports {
                        true => format!("{name}-export"),
                        false => format!("{name}-interface"),
                    };
                    WorldKey::Name(choose(&name, &longer, |name| {
                        !is_reserved(name)
                            && !PACKAGES.contains(&name)
                            && is_free(resolve, &WorldKey::Name(name.to_string()))
                    }))
                }
                WorldKey::Interface(_) => {
                    let own = resolve.interfaces[id].name.clone().unwrap_or_default();
                    let mut number = 1;
                    while !is_free(resolve, &key) {
                        number += 1;
                        resolve.interfaces[id].name = Some(format!("{own}{number}"));
                    }
                    key
                }
            };
            taken.insert(package_name(resolve, Some(&key)), id);
            let after = resolve.name_world_key(&key);
            if after != before {
                renamed.modules.insert(after, before);
            }
            changed.push((key, item));
        }
        items_of(resolve, world, exports).extend(changed);
    }
}

fn items_of(
    resolve: &mut Resolve,
    world: WorldId,
    exports: bool,
) -> &mut wit_bindgen_core::wit_parser::IndexMap<WorldKey, WorldItem> {
    let world = &mut resolve.worlds[world];
    match exports {
        true => &mut world.exports,
        false => &mut world.imports,
    }
}

// ---- What is declared in each package

struct Scopes {
    taken: HashMap<String, HashSet<String>>,
    exported: HashSet<InterfaceId>,
    /// Interfaces of the world and their modules, imports before exports.
    interfaces: Vec<(InterfaceId, Place)>,
    packages: HashSet<String>,
}

#[derive(Clone, Default)]
struct Place {
    package: String,
    module: String,
    /// "orders", to tell what it exports from the same of others.
    short: String,
    imported: bool,
    exported: bool,
}

impl Scopes {
    fn new(resolve: &Resolve, world: WorldId) -> Scopes {
        let mut scopes = Scopes {
            taken: HashMap::new(),
            exported: HashSet::new(),
            interfaces: Vec::new(),
            packages: HashSet::new(),
        };
        let world = &resolve.worlds[world];
        let both = [(&world.imports, false), (&world.exports, true)];
        for (key, item, exports) in both
            .iter()
            .flat_map(|(items, exports)| items.iter().map(move |(key, item)| (key, item, *exports)))
        {
            let WorldItem::Interface { id, .. } = item else {
                continue;
            };
            let short = match key {
                WorldKey::Name(name) => name.clone(),
                WorldKey::Interface(id) => resolve.interfaces[*id].name.clone().unwrap_or_default(),
            };
            let place = Place {
                package: package_name(resolve, Some(key)),
                module: resolve.name_world_key(key),
                short,
                imported: !exports,
                exported: exports,
            };
            if exports {
                scopes.exported.insert(*id);
            }
            scopes.packages.insert(place.package.clone());
            match scopes.interfaces.iter_mut().find(|(seen, _)| seen == id) {
                Some((_, seen)) => seen.exported |= exports,
                None => scopes.interfaces.push((*id, place)),
            }
        }
        scopes
    }

    /// Methods that resources have in any case.
    fn take_methods(&mut self, packages: &[&str], resource: &str) {
        for package in packages {
            let methods = if *package == ROOT { OF_PLUGIN } else { OF_HOST };
            let taken = self.taken.entry(package.to_string()).or_default();
            taken.extend(methods.map(|method| format!("{resource}.{method}")));
        }
    }

    /// A WIT name under which all that is made of it is free in these packages, and takes it.
    fn settle(
        &mut self,
        packages: &[&str],
        name: &str,
        longer: &str,
        made: impl Fn(&str) -> Vec<String>,
    ) -> String {
        let is_free = |name: &str| {
            packages.iter().all(|package| {
                let taken = self.taken.get(*package);
                made(name)
                    .iter()
                    .all(|go| !taken.is_some_and(|taken| taken.contains(go)))
            })
        };
        let chosen = choose(name, longer, is_free);
        for package in packages {
            let taken = self.taken.entry(package.to_string()).or_default();
            taken.extend(made(&chosen));
        }
        chosen
    }
}

// ---- Types

fn rename_types(resolve: &mut Resolve, world: WorldId, scopes: &mut Scopes, renamed: &mut Renamed) {
    for (id, place) in scopes.interfaces.clone() {
        let types = std::mem::take(&mut resolve.interfaces[id].types);
        let types: Vec<_> = types
            .into_iter()
            .map(|(name, ty)| (rename_type(resolve, ty, &name, &place, scopes, renamed), ty))
            .collect();
        resolve.interfaces[id].types.extend(types);
    }
    let place = Place {
        package: WORLD.to_string(),
        module: "$root".to_string(),
        imported: true,
        ..Place::default()
    };
    let items = std::mem::take(items_of(resolve, world, false));
    let items: Vec<_> = items
        .into_iter()
        .map(|(key, item)| match (&key, &item) {
            (WorldKey::Name(name), WorldItem::Type { id, .. }) => {
                let name = rename_type(resolve, *id, name, &place, scopes, renamed);
                (WorldKey::Name(name), item)
            }
            _ => (key, item),
        })
        .collect();
    items_of(resolve, world, false).extend(items);
}

fn rename_type(
    resolve: &mut Resolve,
    id: TypeId,
    name: &str,
    place: &Place,
    scopes: &mut Scopes,
    renamed: &mut Renamed,
) -> String {
    if let TypeDefKind::Variant(variant) = &mut resolve.types[id].kind {
        // Its cases are methods, beside Tag.
        let names: HashSet<String> = variant.cases.iter().map(|case| case.name.clone()).collect();
        for case in &mut variant.cases {
            if case.name.to_upper_camel_case() == "Tag" {
                case.name = choose("tag-case", "tag-case", |name| !names.contains(name));
            }
        }
    }
    let mut packages = vec![place.package.as_str()];
    let mut longer = format!("{name}-type");
    if place.exported && has_resource_of(resolve, id, &scopes.exported) {
        packages.push(ROOT);
        longer = format!("{}-{name}", place.short);
        if is_alias_of_the_same(resolve, id, name) {
            packages = vec![place.package.as_str()];
        }
    }
    let chosen = scopes.settle(&packages, name, &longer, |name| {
        declared(resolve, id, name, place)
    });
    if matches!(resolve.types[id].kind, TypeDefKind::Resource) && chosen != name {
        let key = (place.module.clone(), chosen.clone());
        renamed.resources.insert(key, name.to_string());
    }
    resolve.types[id].name = Some(chosen.clone());
    chosen
}

/// What another interface uses of this package is not declared again.
fn is_alias_of_the_same(resolve: &Resolve, id: TypeId, name: &str) -> bool {
    match &resolve.types[id].kind {
        TypeDefKind::Type(wit_parser::Type::Id(of)) => {
            resolve.types[*of].name.as_deref() == Some(name)
        }
        _ => false,
    }
}

/// What the generator declares for a type, outside of its methods.
fn declared(resolve: &Resolve, id: TypeId, name: &str, place: &Place) -> Vec<String> {
    let constructor = raw_name(place, &format!("constructor-{name}"));
    let name = name.to_upper_camel_case();
    let mut all = vec![name.clone()];
    let mut add = |case: &str| all.push(format!("{name}{}", case.to_upper_camel_case()));
    match &resolve.types[id].kind {
        TypeDefKind::Enum(of) => of.cases.iter().for_each(|case| add(&case.name)),
        TypeDefKind::Flags(of) => of.flags.iter().for_each(|flag| add(&flag.name)),
        TypeDefKind::Variant(of) => {
            of.cases.iter().for_each(|case| add(&case.name));
            let made = of.cases.iter().map(|case| case.name.to_upper_camel_case());
            all.extend(made.map(|case| format!("Make{name}{case}")));
        }
        TypeDefKind::Resource => all.extend([
            constructor,
            format!("Make{name}"),
            format!("{name}FromOwnHandle"),
            format!("{name}FromBorrowHandle"),
        ]),
        _ => {}
    }
    all
}

// ---- Functions

fn rename_functions(
    resolve: &mut Resolve,
    world: WorldId,
    scopes: &mut Scopes,
    renamed: &mut Renamed,
) {
    // The world's own keep their names.
    for exports in [false, true] {
        let place = Place {
            package: WORLD.to_string(),
            module: if exports { "" } else { "$root" }.to_string(),
            short: "world".to_string(),
            imported: !exports,
            exported: exports,
        };
        let mut items = std::mem::take(items_of(resolve, world, exports));
        for item in items.values_mut() {
            if let WorldItem::Function(function) = item {
                rename_function(resolve, function, &place, scopes, renamed);
            }
        }
        *items_of(resolve, world, exports) = items;
    }
    for (id, place) in scopes.interfaces.clone() {
        let mut functions = std::mem::take(&mut resolve.interfaces[id].functions);
        for function in functions.values_mut() {
            rename_function(resolve, function, &place, scopes, renamed);
        }
        resolve.interfaces[id].functions = functions;
    }
}

fn rename_function(
    resolve: &Resolve,
    function: &mut Function,
    place: &Place,
    scopes: &mut Scopes,
    renamed: &mut Renamed,
) {
    rename_parameters(function, &scopes.packages);
    let resource = function.kind.resource();
    let resource = resource
        .and_then(|id| resolve.types[id].name.clone())
        .unwrap_or_default();
    let mut packages = vec![];
    if place.imported {
        packages.push(place.package.as_str());
    }
    if place.exported {
        packages.push(ROOT);
    }
    let kind = &function.kind;
    let own = function.item_name();
    let whole = match kind {
        FunctionKind::Constructor(_) => format!("[constructor]{resource}"),
        FunctionKind::Method(_) => {
            scopes.take_methods(&packages, &resource.to_upper_camel_case());
            let longer = format!("{own}-method");
            let name = scopes.settle(&packages, own, &longer, |name| {
                let method = name.to_upper_camel_case();
                let raw = raw_name(place, &format!("method-{resource}-{name}"));
                vec![raw, format!("{}.{method}", resource.to_upper_camel_case())]
            });
            format!("[method]{resource}.{name}")
        }
        FunctionKind::Static(_) => {
            let longer = format!("{own}-function");
            let name = scopes.settle(&packages, own, &longer, |name| {
                let function = format!("{resource}-{name}").to_upper_camel_case();
                vec![
                    raw_name(place, &format!("static-{resource}-{name}")),
                    function,
                ]
            });
            format!("[static]{resource}.{name}")
        }
        _ => {
            let longer = match place.exported {
                true => format!("{}-{own}", place.short),
                false => format!("{own}-function"),
            };
            scopes.settle(&packages, own, &longer, |name| {
                vec![raw_name(place, name), name.to_upper_camel_case()]
            })
        }
    };
    renamed.note_function(&place.module, &whole, &function.name);
    function.name = whole;
}

/// What the generator calls the function that the linker sees, but for a word before it. For
/// exports it has the package in it.
fn raw_name(place: &Place, name: &str) -> String {
    format!("{}_{}", place.package, name.to_snake_case())
}

fn rename_parameters(function: &mut Function, packages: &HashSet<String>) {
    let has_self = matches!(
        function.kind,
        FunctionKind::Method(_) | FunctionKind::AsyncMethod(_)
    );
    let mut taken: HashSet<String> = function
        .params
        .iter()
        .map(|param| param.name.to_lower_camel_case())
        .collect();
    for param in function.params.iter_mut().skip(usize::from(has_self)) {
        let is_free = |name: &str| !is_reserved(name) && !packages.contains(&name.to_snake_case());
        if is_free(&param.name) {
            continue;
        }
        let own = &param.name;
        param.name = choose(
            &format!("{own}-value"),
            &format!("{own}-argument"),
            |name| is_free(name) && !taken.contains(&name.to_lower_camel_case()),
        );
        taken.insert(param.name.to_lower_camel_case());
    }
}
