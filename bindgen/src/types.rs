//! How a type of WIT is spelled in C++, and what is true of it.

use std::collections::HashSet;

use wit_parser::{Handle, Resolve, Type, TypeDefKind, TypeId};

use crate::places::{Place, Places};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// It holds all of itself: std::string.
    Owned,
    /// It refers to what others hold, to the host as a parameter, to the plugin's memory in a view:
    /// std::string_view.
    Borrowed,
}

/// Where code stands that names types, so that it need not qualify all of them.
#[derive(Clone, Copy)]
pub enum Here<'a> {
    Outside,
    /// In the namespace of the world's package.
    Package,
    Place(&'a Place),
}

#[derive(Clone)]
pub struct Types<'a> {
    pub resolve: &'a Resolve,
    pub places: &'a Places,
    pub here: Here<'a>,
    /// Whether types are meant as they are exported, where they are imported too.
    pub exported: bool,
    /// Names that mean something else here.
    pub hidden: HashSet<String>,
}

/// A parameter of an exported function.
pub struct Param {
    /// The type that crosses.
    pub ty: String,
    /// As it is declared: by value, or `const T&`.
    pub declared: String,
}

impl<'a> Types<'a> {
    pub fn new(resolve: &'a Resolve, places: &'a Places) -> Types<'a> {
        Types {
            resolve,
            places,
            here: Here::Outside,
            exported: false,
            hidden: HashSet::new(),
        }
    }

    pub fn at(&self, here: Here<'a>) -> Types<'a> {
        Types {
            here,
            exported: matches!(here, Here::Place(place) if place.exported),
            ..self.clone()
        }
    }

    /// Types as they are imported, where they are exported too.
    pub fn as_imported(&self) -> Types<'a> {
        Types {
            exported: false,
            ..self.clone()
        }
    }

    pub fn owned(&self, ty: &Type) -> String {
        self.spell(ty, Form::Owned)
    }

    pub fn borrowed(&self, ty: &Type) -> String {
        self.spell(ty, Form::Borrowed)
    }

    pub fn spell(&self, ty: &Type, form: Form) -> String {
        let id = match ty {
            Type::Bool => return "bool".into(),
            Type::U8 => return "std::uint8_t".into(),
            Type::U16 => return "std::uint16_t".into(),
            Type::U32 => return "std::uint32_t".into(),
            Type::U64 => return "std::uint64_t".into(),
            Type::S8 => return "std::int8_t".into(),
            Type::S16 => return "std::int16_t".into(),
            Type::S32 => return "std::int32_t".into(),
            Type::S64 => return "std::int64_t".into(),
            Type::F32 => return "float".into(),
            Type::F64 => return "double".into(),
            Type::Char => return "char32_t".into(),
            Type::String if form == Form::Owned => return "std::string".into(),
            Type::String => return "std::string_view".into(),
            Type::ErrorContext => unreachable!("refused before: support.rs"),
            Type::Id(id) => *id,
        };
        match self.places.of_type(id, self.exported) {
            Some(place) => self.named(place, id, form),
            None => self.structure(id, form),
        }
    }

    fn named(&self, place: &Place, id: TypeId, form: Form) -> String {
        let names = place.names(id);
        let name = if form == Form::Borrowed && borrows(self.resolve, &Type::Id(id)) {
            &names.borrowed
        } else {
            &names.owned
        };
        self.prefix(place, name) + name
    }

    /// What precedes `name` of `place`.
    pub fn prefix(&self, place: &Place, name: &str) -> String {
        match self.here {
            Here::Place(here) if std::ptr::eq(here, place) && !self.hidden.contains(name) => {
                String::new()
            }
            Here::Package => self.places.prefix_in_package(place),
            _ => self.places.prefix(place),
        }
    }

    /// What a type is made of, whatever it is called.
    pub fn structure(&self, id: TypeId, form: Form) -> String {
        let form = match has_handle(self.resolve, &Type::Id(id)) {
            true => Form::Owned,
            false => form,
        };
        let one = |ty: &Type| self.spell(ty, form);
        let maybe = |ty: &Option<Type>, none: &str| ty.as_ref().map_or(none.to_string(), one);
        match &self.resolve.types[id].kind {
            TypeDefKind::Option(t) => format!("std::optional<{}>", one(t)),
            TypeDefKind::List(t) => match form {
                Form::Owned => format!("std::vector<{}>", one(t)),
                Form::Borrowed if is_number(self.resolve, t) => {
                    format!("std::span<const {}>", one(t))
                }
                Form::Borrowed => format!("mortise::ListView<{}>", one(t)),
            },
            TypeDefKind::Map(k, v) => {
                let list = match form {
                    Form::Owned => "std::vector",
                    Form::Borrowed => "mortise::ListView",
                };
                format!("{list}<std::pair<{}, {}>>", one(k), one(v))
            }
            TypeDefKind::FixedLengthList(t, n) => format!("std::array<{}, {n}>", one(t)),
            TypeDefKind::Tuple(t) => {
                let types: Vec<String> = t.types.iter().map(one).collect();
                format!("std::tuple<{}>", types.join(", "))
            }
            TypeDefKind::Result(r) => format!(
                "std::expected<{}, {}>",
                maybe(&r.ok, "void"),
                maybe(&r.err, "std::monostate")
            ),
            TypeDefKind::Type(t) => one(t),
            TypeDefKind::Handle(Handle::Own(id)) if self.is_of_guest(*id) => self.class(*id),
            TypeDefKind::Handle(Handle::Own(id)) => {
                format!("std::unique_ptr<{}>", self.class(*id))
            }
            TypeDefKind::Handle(Handle::Borrow(id)) => {
                format!("mortise::Borrow<{}>", self.class(*id))
            }
            other => unreachable!("{} without a name", other.as_str()),
        }
    }

    /// The class of a resource.
    fn class(&self, id: TypeId) -> String {
        self.owned(&Type::Id(id))
    }

    /// Whether the guest defines a resource.
    fn is_of_guest(&self, id: TypeId) -> bool {
        let Type::Id(id) = self.bare(&Type::Id(id)) else {
            return false;
        };
        let place = self.places.of_type(id, self.exported);
        place.is_some_and(|place| place.exported)
    }

    /// A parameter of an exported function. Text and numbers may also be produced in place.
    pub fn param(&self, ty: &Type) -> Param {
        let ty = match self.bare(ty) {
            Type::String => "mortise::StringArg".to_string(),
            Type::Id(id) => match &self.resolve.types[id].kind {
                TypeDefKind::List(t) if is_number(self.resolve, t) => {
                    format!("mortise::ListArg<{}>", self.borrowed(t))
                }
                _ => return self.borrowed_param(ty),
            },
            _ => return self.borrowed_param(ty),
        };
        Param {
            declared: ty.clone(),
            ty,
        }
    }

    /// A parameter of an imported function. A resource that is lent is itself.
    pub fn host_param(&self, ty: &Type) -> Param {
        let mut param = self.borrowed_param(ty);
        if let Type::Id(id) = self.bare(ty)
            && let TypeDefKind::Handle(Handle::Borrow(of)) = &self.resolve.types[id].kind
        {
            param.declared = format!("{}&", self.class(*of));
        }
        param
    }

    /// What is given away is passed by value, for it can only be moved.
    fn borrowed_param(&self, ty: &Type) -> Param {
        let spelled = self.borrowed(ty);
        let by_value = match self.bare(ty) {
            _ if has_own(self.resolve, ty) => true,
            Type::Id(_) if !is_handle(self.resolve, ty) && has_handle(self.resolve, ty) => false,
            Type::Id(id) => matches!(
                self.resolve.types[id].kind,
                TypeDefKind::List(_)
                    | TypeDefKind::Map(..)
                    | TypeDefKind::Enum(_)
                    | TypeDefKind::Flags(_)
                    | TypeDefKind::Handle(_)
            ),
            _ => true,
        };
        Param {
            declared: if by_value {
                spelled.clone()
            } else {
                format!("const {spelled}&")
            },
            ty: spelled,
        }
    }

    /// What a member of this type is initialised with where nothing else is: scalars only, since they
    /// would be indeterminate. A contract has no defaults, so a compiler warns of any other member that
    /// an initializer leaves out.
    pub fn initializer(&self, ty: &Type) -> &'static str {
        match self.bare(ty) {
            Type::Bool => " = false",
            Type::String => "",
            Type::Id(id) => match &self.resolve.types[id].kind {
                TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => "{}",
                TypeDefKind::FixedLengthList(t, _)
                    if !has_heap(self.resolve, t) && !has_handle(self.resolve, t) =>
                {
                    "{}"
                }
                _ => "",
            },
            _ => " = 0",
        }
    }

    /// Behind all aliases.
    pub fn bare(&self, ty: &Type) -> Type {
        bare(self.resolve, ty)
    }
}

fn bare(resolve: &Resolve, ty: &Type) -> Type {
    match ty {
        Type::Id(id) => match &resolve.types[*id].kind {
            TypeDefKind::Type(t) => bare(resolve, t),
            _ => *ty,
        },
        _ => *ty,
    }
}

/// Integers and floats.
pub fn is_number(resolve: &Resolve, ty: &Type) -> bool {
    !matches!(
        bare(resolve, ty),
        Type::Bool | Type::Char | Type::String | Type::ErrorContext | Type::Id(_)
    )
}

/// Whether owned and borrowed differ: some of it is on the heap. What has a handle has only the one
/// form that can be given away.
pub fn borrows(resolve: &Resolve, ty: &Type) -> bool {
    has_heap(resolve, ty) && !has_handle(resolve, ty)
}

fn has_heap(resolve: &Resolve, ty: &Type) -> bool {
    any(resolve, ty, &|ty| match ty {
        Type::String => true,
        Type::Id(id) => matches!(
            resolve.types[*id].kind,
            TypeDefKind::List(_) | TypeDefKind::Map(..)
        ),
        _ => false,
    })
}

/// Whether it is a handle.
fn is_handle(resolve: &Resolve, ty: &Type) -> bool {
    match bare(resolve, ty) {
        Type::Id(id) => matches!(resolve.types[id].kind, TypeDefKind::Handle(_)),
        _ => false,
    }
}

/// Whether a handle is in it.
pub fn has_handle(resolve: &Resolve, ty: &Type) -> bool {
    any(resolve, ty, &|ty| is_handle(resolve, ty))
}

/// Whether one is in it that is given away.
fn has_own(resolve: &Resolve, ty: &Type) -> bool {
    any(resolve, ty, &|ty| match ty {
        Type::Id(id) => matches!(resolve.types[*id].kind, TypeDefKind::Handle(Handle::Own(_))),
        _ => false,
    })
}

/// Whether it is a resource or made of one.
pub fn has_resource(resolve: &Resolve, ty: &Type) -> bool {
    any(resolve, ty, &|ty| match ty {
        Type::Id(id) => matches!(
            resolve.types[*id].kind,
            TypeDefKind::Resource | TypeDefKind::Handle(_)
        ),
        _ => false,
    })
}

/// Whether two of them can be compared with ==. Spans, views of lists, and handles cannot.
pub fn is_comparable(resolve: &Resolve, ty: &Type, form: Form) -> bool {
    if has_handle(resolve, ty) {
        return false;
    }
    form == Form::Owned
        || !any(resolve, ty, &|ty| match ty {
            Type::Id(id) => matches!(
                resolve.types[*id].kind,
                TypeDefKind::List(_) | TypeDefKind::Map(..)
            ),
            _ => false,
        })
}

/// What keeps the owned form from converting to the borrowed one. A std::array of texts does not
/// become one of views by itself; nor does, in libraries without LWG 3836, a std::expected with a
/// bool, which any std::expected can be made.
pub fn unconverted(resolve: &Resolve, ty: &Type) -> Option<&'static str> {
    let has = |is: &dyn Fn(&TypeDefKind) -> bool| {
        any(resolve, ty, &|ty| match ty {
            Type::Id(id) => is(&resolve.types[*id].kind) && has_heap(resolve, ty),
            _ => false,
        })
    };
    let is_array = |kind: &TypeDefKind| matches!(kind, TypeDefKind::FixedLengthList(..));
    let is_of_bool = |kind: &TypeDefKind| match kind {
        TypeDefKind::Result(r) => r.ok.iter().chain(&r.err).any(|t| is_bool(resolve, t)),
        _ => false,
    };
    if has(&is_array) {
        Some("lists of fixed length, which do not convert")
    } else if has(&is_of_bool) {
        Some("a result with a bool, which does not convert")
    } else {
        None
    }
}

/// Whether it is a bool, or made of what could be one.
fn is_bool(resolve: &Resolve, ty: &Type) -> bool {
    let one = |ty: &Type| is_bool(resolve, ty);
    match bare(resolve, ty) {
        Type::Bool => true,
        Type::Id(id) => match &resolve.types[id].kind {
            TypeDefKind::Option(t) => one(t),
            TypeDefKind::Result(r) => r.ok.as_ref().is_some_and(one),
            TypeDefKind::Tuple(t) => t.types.len() == 1 && one(&t.types[0]),
            _ => false,
        },
        _ => false,
    }
}

/// Whether something is true of the type or of one that it is made of.
fn any(resolve: &Resolve, ty: &Type, is: &dyn Fn(&Type) -> bool) -> bool {
    any_new(resolve, ty, is, &mut HashSet::new())
}

/// A type can hold another one twice, and that a third one twice: each is looked at once.
fn any_new(
    resolve: &Resolve,
    ty: &Type,
    is: &dyn Fn(&Type) -> bool,
    seen: &mut HashSet<TypeId>,
) -> bool {
    if is(ty) {
        return true;
    }
    let Type::Id(id) = ty else { return false };
    if !seen.insert(*id) {
        return false;
    }
    let mut one = |ty: &Type| any_new(resolve, ty, is, seen);
    match &resolve.types[*id].kind {
        TypeDefKind::Record(r) => r.fields.iter().any(|f| one(&f.ty)),
        TypeDefKind::Tuple(t) => t.types.iter().any(one),
        TypeDefKind::Variant(v) => v.cases.iter().flat_map(|c| &c.ty).any(one),
        TypeDefKind::Result(r) => r.ok.iter().chain(&r.err).any(one),
        TypeDefKind::Option(t)
        | TypeDefKind::List(t)
        | TypeDefKind::FixedLengthList(t, _)
        | TypeDefKind::Type(t) => one(t),
        TypeDefKind::Map(k, v) => one(k) || one(v),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The types of one interface, by name, spelled in its namespace.
    fn check(wit: &str, each: impl Fn(&Types, &dyn Fn(&str) -> Type)) {
        let mut resolve = Resolve::default();
        let text = format!("package a:b; interface i {{ {wit} }} world w {{ import i; }}");
        let package = resolve.push_source("test.wit", &text).expect("it is WIT");
        let world = resolve.packages[package].worlds[0];
        let interface = resolve.packages[package].interfaces[0];
        let places = Places::new(&resolve, world);
        let types = Types::new(&resolve, &places);
        let named = |name: &str| Type::Id(resolve.interfaces[interface].types[name]);
        let place = places.all.first().expect("the interface");
        each(&types.at(Here::Place(place)), &named);
    }

    #[test]
    fn a_record_with_text_has_two_forms() {
        check("record r { a: string }", |types, named| {
            assert_eq!(types.owned(&named("r")), "R");
            assert_eq!(types.borrowed(&named("r")), "RRef");
            assert_eq!(types.host_param(&named("r")).declared, "const RRef&");
        });
    }

    #[test]
    fn a_record_of_numbers_has_one() {
        check("record r { a: u8, b: tuple<f32, bool> }", |types, named| {
            assert_eq!(types.borrowed(&named("r")), "R");
            assert!(!borrows(types.resolve, &named("r")));
        });
    }

    #[test]
    fn lists_of_numbers_are_spans_and_others_are_views() {
        let wit = "type n = u16; type a = list<n>; type b = list<bool>; type c = list<a>;";
        check(wit, |types, named| {
            let structure = |name: &str| match named(name) {
                Type::Id(id) => types.structure(id, Form::Borrowed),
                _ => unreachable!(),
            };
            assert_eq!(structure("a"), "std::span<const N>");
            assert_eq!(structure("b"), "mortise::ListView<bool>");
            assert_eq!(structure("c"), "mortise::ListView<ARef>");
            assert_eq!(types.param(&named("a")).declared, "mortise::ListArg<N>");
            assert_eq!(types.param(&named("b")).declared, "BRef");
        });
    }

    #[test]
    fn an_alias_of_text_is_a_parameter_like_text() {
        check("type t = string; type u = t;", |types, named| {
            assert_eq!(types.param(&named("u")).ty, "mortise::StringArg");
            assert_eq!(types.host_param(&named("u")).ty, "URef");
        });
    }

    #[test]
    fn what_has_lists_can_be_compared_only_where_it_owns_them() {
        check("record r { a: list<u8> }", |types, named| {
            assert!(is_comparable(types.resolve, &named("r"), Form::Owned));
            assert!(!is_comparable(types.resolve, &named("r"), Form::Borrowed));
        });
    }

    #[test]
    fn names_that_are_hidden_are_qualified() {
        check("record r { a: u8 }", |types, named| {
            let mut types = types.clone();
            types.hidden.insert("R".into());
            assert_eq!(types.owned(&named("r")), "a::b::i::R");
        });
    }

    #[test]
    fn lists_of_fixed_length_convert_where_their_elements_are_the_same() {
        check(
            "type a = list<u8, 2>; type b = list<string, 2>;",
            |types, named| {
                assert!(unconverted(types.resolve, &named("a")).is_none());
                assert!(unconverted(types.resolve, &named("b")).is_some());
            },
        );
    }

    #[test]
    fn results_with_a_bool_convert_where_the_rest_is_the_same() {
        let wit = "type a = result<bool, u8>; type b = result<u8, string>; \
                   type c = result<bool, string>; type d = result<string, option<bool>>;";
        check(wit, |types, named| {
            let converts = |name: &str| unconverted(types.resolve, &named(name)).is_none();
            assert_eq!(
                ["a", "b", "c", "d"].map(converts),
                [true, true, false, false]
            );
        });
    }

    #[test]
    fn what_has_a_handle_has_one_form_and_is_given_away_with_it() {
        let wit = "resource x; record r { name: string, x: x } record l { x: borrow<x> } \
                   type h = x; type o = list<r>;";
        check(wit, |types, named| {
            let param = |name: &str| types.param(&named(name)).declared;
            assert!(!borrows(types.resolve, &named("r")));
            assert!(!is_comparable(types.resolve, &named("r"), Form::Owned));
            assert_eq!(param("r"), "R");
            assert_eq!(param("o"), "O");
            assert_eq!(param("l"), "const L&");
            assert_eq!(types.owned(&named("h")), "H");
        });
    }
}
