//! Reads what wit-bindgen writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use syn::{Attribute, Expr, FnArg, ImplItem, Item, ItemImpl, Lit, Meta, ReturnType, Signature};
use syn::{TraitItem, Type, Visibility};

use super::names::{Path, last, segments};

/// Bindings that have wit-bindgen's stubs in them.
#[derive(Default)]
pub struct Bindings<'a> {
    pub stubs: Vec<Stub<'a>>,
    /// What the host provides, by module.
    pub imports: BTreeMap<Path, Vec<Import<'a>>>,
    /// Whether there is anything to implement.
    pub has_exports: bool,
    /// The comments of functions, by trait and name.
    docs: HashMap<(Path, String), Vec<String>>,
}

/// `impl exports::home::jukebox::dj::Guest for Stub`
pub struct Stub<'a> {
    pub module: Path,
    pub trait_name: String,
    /// The types that implement the resources of the interface, as the trait calls them.
    pub resources: Vec<String>,
    pub functions: Vec<&'a Signature>,
}

pub struct Import<'a> {
    /// Whose method or constructor it is.
    pub resource: Option<String>,
    pub signature: &'a Signature,
}

impl Stub<'_> {
    /// The functions of an interface, not those of a resource.
    pub fn is_of_interface(&self) -> bool {
        self.trait_name == "Guest"
    }

    pub fn path(&self) -> Path {
        inside(&self.module, &self.trait_name)
    }
}

impl<'a> Bindings<'a> {
    pub fn read(items: &'a [Item]) -> Self {
        let mut bindings = Bindings::default();
        bindings.read_module(&Path::new(), items);
        bindings
    }

    pub fn docs(&self, stub: &Stub, function: &Signature) -> &[String] {
        let docs = self.docs.get(&(stub.path(), function.ident.to_string()));
        docs.map(Vec::as_slice).unwrap_or_default()
    }

    fn read_module(&mut self, module: &Path, items: &'a [Item]) {
        let is_import = !matches!(module.first().map(String::as_str), Some("exports" | "_rt"));
        for item in items {
            match item {
                Item::Mod(found) => {
                    self.read_module(&inside(module, &found.ident), items_of(found))
                }
                Item::Trait(found) => self.read_docs(module, found),
                Item::Macro(found) if module.is_empty() => {
                    let name = found.ident.as_ref().map(ToString::to_string);
                    self.has_exports |= name.is_some_and(|name| name.starts_with("__export_"));
                }
                Item::Impl(found) if type_name(&found.self_ty) == "Stub" && module.is_empty() => {
                    self.stubs.extend(stub(found));
                }
                Item::Impl(found) if is_import && found.trait_.is_none() => {
                    let resource = type_name(&found.self_ty);
                    for method in methods(found).filter(|m| is_for_people(&m.vis, &m.attrs)) {
                        self.read_import(module, Some(resource.clone()), &method.sig);
                    }
                }
                Item::Fn(found) if is_import && is_for_people(&found.vis, &found.attrs) => {
                    self.read_import(module, None, &found.sig);
                }
                _ => {}
            }
        }
    }

    fn read_docs(&mut self, module: &Path, found: &syn::ItemTrait) {
        let path = inside(module, &found.ident);
        for item in &found.items {
            if let TraitItem::Fn(function) = item {
                let name = function.sig.ident.to_string();
                let docs = function.attrs.iter().filter_map(doc).collect();
                self.docs.insert((path.clone(), name), docs);
            }
        }
    }

    fn read_import(&mut self, module: &Path, resource: Option<String>, signature: &'a Signature) {
        let functions = self.imports.entry(module.clone()).or_default();
        functions.push(Import {
            resource,
            signature,
        });
    }
}

/// A name that two things of a module would have, and the module: names that differ in WIT may not
/// in Rust.
pub fn twin(module: &Path, items: &[Item]) -> Option<(String, Path)> {
    let mut types = BTreeSet::new();
    let mut functions = BTreeSet::new();
    for item in items {
        let (name, is_new) = match item {
            Item::Struct(found) => (&found.ident, types.insert(&found.ident)),
            Item::Enum(found) => (&found.ident, types.insert(&found.ident)),
            Item::Type(found) => (&found.ident, types.insert(&found.ident)),
            Item::Trait(found) => (&found.ident, types.insert(&found.ident)),
            Item::Fn(found) => (&found.sig.ident, functions.insert(&found.sig.ident)),
            Item::Mod(found) => {
                if let Some(found) = twin(&inside(module, &found.ident), items_of(found)) {
                    return Some(found);
                }
                (&found.ident, types.insert(&found.ident))
            }
            _ => continue,
        };
        if !is_new {
            return Some((name.to_string(), module.clone()));
        }
    }
    None
}

/// What a function takes and gives, in the order in which it is written.
pub fn types(signature: &Signature) -> impl Iterator<Item = &Type> {
    let inputs = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(parameter) => Some(parameter.ty.as_ref()),
        FnArg::Receiver(_) => None,
    });
    let output = match &signature.output {
        ReturnType::Type(_, ty) => Some(ty.as_ref()),
        ReturnType::Default => None,
    };
    inputs.chain(output)
}

/// The path of something in a module.
pub fn inside(module: &[String], name: impl ToString) -> Path {
    [module, &[name.to_string()]].concat()
}

fn items_of(module: &syn::ItemMod) -> &[Item] {
    module.content.as_ref().map_or(&[], |(_, items)| items)
}

fn methods(found: &ItemImpl) -> impl Iterator<Item = &syn::ImplItemFn> {
    found.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        _ => None,
    })
}

fn stub(found: &ItemImpl) -> Option<Stub<'_>> {
    let (_, path, _) = found.trait_.as_ref()?;
    let mut module = segments(path);
    let trait_name = module.pop()?;
    let resources = found.items.iter().filter_map(|item| match item {
        ImplItem::Type(found) => Some(found.ident.to_string()),
        _ => None,
    });
    Some(Stub {
        module,
        trait_name,
        resources: resources.collect(),
        functions: methods(found).map(|method| &method.sig).collect(),
    })
}

fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(found) => last(&segments(&found.path)),
        _ => String::new(),
    }
}

/// The bindings have more that is public, for themselves.
fn is_for_people(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    let is_hidden = attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => {
            list.path.is_ident("doc")
                && list.parse_args::<syn::Ident>().is_ok_and(|w| w == "hidden")
        }
        _ => false,
    });
    matches!(visibility, Visibility::Public(_)) && !is_hidden
}

/// A line of a comment.
fn doc(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(found) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(value) = &found.value else {
        return None;
    };
    match &value.lit {
        Lit::Str(text) if found.path.is_ident("doc") => Some(text.value()),
        _ => None,
    }
}
