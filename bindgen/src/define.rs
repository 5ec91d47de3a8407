//! Definitions of types, and their codecs: the first half of an interface.

use std::collections::HashSet;

use wit_parser::{Docs, Enum, Flags, Record, Type, TypeDefKind, TypeId, Variant};

use crate::bound::Functions;
use crate::emit::Out;
use crate::names::{self, Scope};
use crate::places::{Place, TypeNames};
use crate::resource::Resource;
use crate::support::Support;
use crate::types::{Form, Here, Types, borrows, has_resource, is_comparable, unconverted};
use crate::wit;

/// What is said of both forms of a type.
const BORROWED: &str = "borrowed: as a parameter, and viewed in place.";

/// Writes the types of `place`, which go into its namespace, and their codecs, which do not.
pub struct Define<'a, 'b> {
    types: Types<'a>,
    /// The same types, for code outside.
    outside: Types<'a>,
    place: &'a Place,
    /// Of the interface: methods are declared with their resources.
    functions: &'b Functions<'a>,
    support: &'b mut Support<'a>,
    pub definitions: Out,
    pub codecs: Out,
    /// Of the methods that `definitions` declare.
    pub methods: Out,
}

/// In a place with resources, whose methods can name all types, and whose classes other types can
/// hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Alias,
    Resource,
    Rest,
}

impl<'a, 'b> Define<'a, 'b> {
    pub fn new(
        types: &Types<'a>,
        place: &'a Place,
        functions: &'b Functions<'a>,
        support: &'b mut Support<'a>,
    ) -> Self {
        Define {
            types: types.at(Here::Place(place)),
            outside: types.at(Here::Outside),
            place,
            functions,
            support,
            definitions: Out::default(),
            codecs: Out::default(),
            methods: Out::default(),
        }
    }

    pub fn all(&mut self) {
        if self.place.has_resources(self.types.resolve) {
            self.declare();
            self.those(|define, id| define.turn(id) == Turn::Alias);
            self.those(|define, id| define.turn(id) == Turn::Resource);
            self.those(|define, id| define.turn(id) == Turn::Rest);
        } else {
            self.those(|_, _| true);
        }
    }

    fn those(&mut self, which: impl Fn(&Self, TypeId) -> bool) {
        for (name, id) in &self.place.types {
            if !which(self, *id) {
                continue;
            }
            self.definitions.blank();
            match self.support.of_definition(name, *id) {
                None => self.define(name, *id),
                Some((kind, why)) => {
                    let text = format!("{kind} {name}: left out, {why}.");
                    self.definitions.comment(&text);
                }
            }
        }
    }

    fn turn(&self, id: TypeId) -> Turn {
        match &self.types.resolve.types[id].kind {
            _ if self.is_elsewhere(id) => Turn::Alias,
            TypeDefKind::Resource => Turn::Resource,
            TypeDefKind::Record(_)
            | TypeDefKind::Variant(_)
            | TypeDefKind::Enum(_)
            | TypeDefKind::Flags(_) => Turn::Rest,
            _ => Turn::Alias,
        }
    }

    /// Whether it is the type that the interface imports.
    fn is_elsewhere(&self, id: TypeId) -> bool {
        self.place.again && !has_resource(self.types.resolve, &Type::Id(id))
    }

    /// The names of all that has one, so that what comes first can use them.
    fn declare(&mut self) {
        for (name, id) in &self.place.types {
            if self.turn(*id) == Turn::Alias || self.support.of_definition(name, *id).is_some() {
                continue;
            }
            for (_, cpp) in self.forms(*id, self.place.names(*id)) {
                let head = match &self.types.resolve.types[*id].kind {
                    TypeDefKind::Resource | TypeDefKind::Flags(_) => format!("class {cpp};"),
                    TypeDefKind::Enum(e) => format!("{};", enum_head(cpp, e)),
                    _ => format!("struct {cpp};"),
                };
                self.definitions.line(&head);
            }
        }
    }

    fn define(&mut self, name: &str, id: TypeId) {
        let def = &self.types.resolve.types[id];
        let names = self.place.names(id);
        if self.is_elsewhere(id) {
            return self.using(id, names);
        }
        match &def.kind {
            TypeDefKind::Resource => self.resource(name, id, names, &def.docs),
            TypeDefKind::Record(r) => self.record(name, id, r, names, &def.docs),
            TypeDefKind::Variant(v) => self.variant(name, id, v, names, &def.docs),
            TypeDefKind::Enum(e) => self.enumeration(name, e, names, &def.docs),
            TypeDefKind::Flags(f) => self.flags(name, f, names, &def.docs),
            TypeDefKind::Type(Type::Id(other)) => self.alias(name, id, *other, names, &def.docs),
            _ => {
                let what = wit::structure(self.types.resolve, id);
                self.head(&format!("type {name} = {what}"), &def.docs);
                for (form, cpp) in self.forms(id, names) {
                    let is = self.types.structure(id, form);
                    self.definitions.line(&format!("using {cpp} = {is};"));
                }
            }
        }
    }

    /// The forms that a type has, and their names.
    fn forms<'n>(&self, id: TypeId, names: &'n TypeNames) -> Vec<(Form, &'n str)> {
        let mut forms = vec![(Form::Owned, names.owned.as_str())];
        if borrows(self.types.resolve, &Type::Id(id)) {
            forms.push((Form::Borrowed, &names.borrowed));
        }
        forms
    }

    fn head(&mut self, text: &str, docs: &Docs) {
        self.definitions.comment(text);
        self.docs(docs);
    }

    fn docs(&mut self, docs: &Docs) {
        self.definitions
            .comment(docs.contents.as_deref().unwrap_or_default());
    }

    /// A type of another interface, or another name of one.
    fn alias(&mut self, name: &str, id: TypeId, other: TypeId, names: &TypeNames, docs: &Docs) {
        let resolve = self.types.resolve;
        if resolve.types[other].owner == resolve.types[id].owner {
            let what = wit::ty(resolve, &Type::Id(other));
            self.head(&format!("type {name} = {what}"), docs);
        }
        for (form, cpp) in self.forms(id, names) {
            let is = self.types.spell(&Type::Id(other), form);
            if is.ends_with(&format!("::{cpp}")) {
                self.definitions.line(&format!("using {is};"));
            } else {
                self.definitions.line(&format!("using {cpp} = {is};"));
            }
        }
    }

    /// The same type as it is imported.
    fn using(&mut self, id: TypeId, names: &TypeNames) {
        let imported = self.types.as_imported();
        for (form, _) in self.forms(id, names) {
            let is = imported.spell(&Type::Id(id), form);
            self.definitions.line(&format!("using {is};"));
        }
    }

    // ---- resource

    fn resource(&mut self, name: &str, id: TypeId, names: &TypeNames, docs: &Docs) {
        let who = if self.place.exported {
            "the plugin defines it, and this is a handle. Move-only."
        } else {
            "the host defines it."
        };
        self.head(&format!("resource {name}: {who}"), docs);
        let resource = Resource {
            types: &self.types,
            name,
            interface: &self.place.interface,
            cpp: &names.owned,
            scope: &self.place.scope,
            methods: self.functions.methods(id).collect(),
            missing: self.functions.missing(Some(id)).collect(),
        };
        if self.place.exported {
            resource.guest(&mut self.definitions);
            resource.calls(&mut self.methods);
        } else {
            resource.host(&mut self.definitions);
        }
    }

    // ---- record

    fn record(&mut self, name: &str, id: TypeId, r: &Record, names: &TypeNames, docs: &Docs) {
        let heap = borrows(self.types.resolve, &Type::Id(id));
        if heap {
            self.announce(&names.owned);
            let text = format!("record {name}, {BORROWED}");
            self.definitions.comment(&text);
            self.record_struct(&names.borrowed, r, Form::Borrowed, Some(&names.owned));
            self.definitions.blank();
        }
        self.head(&format!("record {name}"), docs);
        let borrowed = heap.then_some(names.borrowed.as_str());
        self.record_struct(&names.owned, r, Form::Owned, borrowed);

        for (_, cpp) in self.forms(id, names) {
            let cpp = self.qualified(cpp);
            let fields = field_names(r);
            let fields: Vec<String> = r
                .fields
                .iter()
                .zip(&fields)
                .map(|(f, field)| format!("Field<\"{}\", &{cpp}::{field}>", f.name))
                .collect();
            self.codec(&cpp, "RecordCodec", name, &fields);
        }
        if heap {
            self.viewed(names);
        }
    }

    /// `other`: the other form, where there is one.
    fn record_struct(&mut self, cpp: &str, r: &Record, form: Form, other: Option<&str>) {
        let resolve = self.types.resolve;
        let fields = field_names(r);
        self.definitions.line(&format!("struct {cpp} {{"));
        self.definitions.indent();
        for (f, field) in r.fields.iter().zip(&fields) {
            if form == Form::Owned {
                self.docs(&f.docs);
            }
            let ty = self.types.spell(&f.ty, form);
            let init = self.types.initializer(&f.ty);
            self.definitions.line(&format!("{ty} {field}{init};"));
        }
        self.definitions.blank();
        if r.fields.iter().all(|f| is_comparable(resolve, &f.ty, form)) {
            self.comparison(cpp);
        }
        match (other, form) {
            (None, _) => {}
            (Some(owned), Form::Borrowed) => self.ownership(owned),
            (Some(borrowed), Form::Owned) => {
                match r.fields.iter().find_map(|f| unconverted(resolve, &f.ty)) {
                    None => {
                        let list = fields.join(", ");
                        self.conversion(borrowed, &format!("return {{{list}}};"));
                    }
                    Some(why) => self.no_conversion(borrowed, why),
                }
            }
        }
        self.definitions.outdent();
        self.definitions.trim_blank();
        self.definitions.line("};");
    }

    fn comparison(&mut self, cpp: &str) {
        self.definitions.line(&format!(
            "friend bool operator==(const {cpp}&, const {cpp}&) = default;"
        ));
    }

    /// The name of the owned form, which the borrowed one before it converts to.
    fn announce(&mut self, owned: &str) {
        // Else they all are: see `declare`.
        if !self.place.has_resources(self.types.resolve) {
            self.definitions.line(&format!("struct {owned};"));
        }
    }

    /// Defined behind the codecs (`viewed`), by which it is made.
    fn ownership(&mut self, owned: &str) {
        let line = format!("explicit operator {owned}() const;");
        self.definitions.line(&line);
    }

    fn conversion(&mut self, to: &str, statement: &str) {
        let head = format!("operator {to}() const");
        self.definitions
            .function(&head, statement, "  // NOLINT: borrowing");
    }

    fn no_conversion(&mut self, to: &str, why: &str) {
        let text = format!("Converts to no {to}: it has {why}.");
        self.definitions.comment(&text);
    }

    // ---- variant

    fn variant(&mut self, name: &str, id: TypeId, v: &Variant, names: &TypeNames, docs: &Docs) {
        let resolve = self.types.resolve;
        let heap = borrows(resolve, &Type::Id(id));
        let cases = case_names(v, names);
        // In the struct with the cases, their names mean them.
        self.types.hidden = cases.iter().cloned().collect();
        self.definitions
            .comment(&format!("The cases of variant {name}."));
        self.cases_struct(&names.cases, v, &cases, |define, case, cpp| {
            define.docs(&case.docs);
            define.case_struct(cpp, case.ty.as_ref(), Form::Owned);
        });
        if heap {
            self.definitions
                .comment("Those that differ where they are borrowed.");
            self.cases_struct(
                &names.borrowed_cases,
                v,
                &cases,
                |define, case, cpp| match case.ty.as_ref().filter(|ty| borrows(resolve, ty)) {
                    Some(ty) => define.case_struct(cpp, Some(ty), Form::Borrowed),
                    None => {
                        let line = format!("using {cpp} = {}::{cpp};", names.cases);
                        define.definitions.line(&line);
                    }
                },
            );
            self.announce(&names.owned);
            self.definitions
                .comment(&format!("variant {name}, {BORROWED}"));
            self.variant_struct(&names.borrowed, &names.borrowed_cases, &cases, |define| {
                define.ownership(&names.owned);
            });
            self.definitions.blank();
        }
        self.types.hidden = HashSet::new();
        self.head(&format!("variant {name}"), docs);
        self.variant_struct(&names.owned, &names.cases, &cases, |define| {
            if !heap {
                return;
            }
            let to = &names.borrowed;
            define.definitions.blank();
            match unconverted(resolve, &Type::Id(id)) {
                None => {
                    let statement = format!("return mortise::abi::same_case<{to}>(*this);");
                    define.conversion(to, &statement);
                }
                Some(why) => define.no_conversion(to, why),
            }
        });

        for (_, cpp) in self.forms(id, names) {
            let cpp = self.qualified(cpp);
            let list: Vec<String> = v
                .cases
                .iter()
                .zip(&cases)
                .map(|(case, struct_)| format!("Case<\"{}\", {cpp}::{struct_}>", case.name))
                .collect();
            self.codec(&cpp, "VariantCodec", name, &list);
        }
        if heap {
            self.viewed(names);
        }
    }

    fn cases_struct(
        &mut self,
        cpp: &str,
        v: &Variant,
        names: &[String],
        mut one: impl FnMut(&mut Self, &wit_parser::Case, &str),
    ) {
        self.definitions.line(&format!("struct {cpp} {{"));
        self.definitions.indent();
        for (case, name) in v.cases.iter().zip(names) {
            one(self, case, name);
        }
        self.definitions.outdent();
        self.definitions.line("};");
        self.definitions.blank();
    }

    fn case_struct(&mut self, cpp: &str, payload: Option<&Type>, form: Form) {
        self.definitions.line(&format!("struct {cpp} {{"));
        self.definitions.indent();
        if let Some(ty) = payload {
            let spelled = self.types.spell(ty, form);
            let init = self.types.initializer(ty);
            self.definitions.line(&format!("{spelled} value{init};"));
        }
        if payload.is_none_or(|ty| is_comparable(self.types.resolve, ty, form)) {
            self.comparison(cpp);
        }
        self.definitions.outdent();
        self.definitions.line("};");
    }

    fn variant_struct(
        &mut self,
        cpp: &str,
        cases: &str,
        names: &[String],
        more: impl FnOnce(&mut Self),
    ) {
        let list: Vec<String> = names
            .iter()
            .map(|name| format!("{cases}::{name}"))
            .collect();
        let list = list.join(", ");
        self.definitions.heir(
            &format!("struct {cpp}"),
            &format!("{cases}, std::variant<{list}> {{"),
        );
        self.definitions.indent();
        self.definitions.line("using variant::variant;");
        more(self);
        self.definitions.outdent();
        self.definitions.line("};");
    }

    // ---- enum, flags

    fn enumeration(&mut self, name: &str, e: &Enum, names: &TypeNames, docs: &Docs) {
        self.head(&format!("enum {name}"), docs);
        let mut scope = Scope::default();
        let cases: Vec<String> = e
            .cases
            .iter()
            .map(|c| scope.name(&names::snake(&c.name)))
            .collect();
        let head = format!("{} {{", enum_head(&names.owned, e));
        let one = format!("{head} {} }};", cases.join(", "));
        if one.len() <= 100 && e.cases.iter().all(|c| c.docs.is_empty()) {
            self.definitions.line(&one);
        } else {
            self.definitions.line(&head);
            self.definitions.indent();
            for (case, cpp) in e.cases.iter().zip(&cases) {
                self.docs(&case.docs);
                self.definitions.line(&format!("{cpp},"));
            }
            self.definitions.outdent();
            self.definitions.line("};");
        }
        let list: Vec<String> = e.cases.iter().map(|c| format!("\"{}\"", c.name)).collect();
        self.codec(&self.qualified(&names.owned), "EnumCodec", name, &list);
    }

    fn flags(&mut self, name: &str, f: &Flags, names: &TypeNames, docs: &Docs) {
        self.head(&format!("flags {name}"), docs);
        // Methods of mortise::Flags, which would be hidden.
        let mut scope = Scope::new(&["contains", "empty"]);
        let flags: Vec<String> = f
            .flags
            .iter()
            .map(|f| scope.name(&names::snake(&f.name)))
            .collect();
        let cpp = &names.owned;
        self.definitions.line(&format!(
            "class {cpp} : public mortise::Flags<{cpp}, {}> {{",
            flags.len()
        ));
        self.definitions.indent();
        self.definitions.access("public");
        if cpp == "Flags" {
            // Its base is called like it.
            let line = format!("using mortise::Flags<Flags, {}>::Flags;", flags.len());
            self.definitions.line(&line);
        } else {
            self.definitions.line("using Flags::Flags;");
        }
        if f.flags.iter().all(|f| f.docs.is_empty()) {
            let list = flags.join(", ");
            self.definitions
                .line(&format!("static const {cpp} {list};"));
        } else {
            for (flag, name) in f.flags.iter().zip(&flags) {
                self.docs(&flag.docs);
                self.definitions
                    .line(&format!("static const {cpp} {name};"));
            }
        }
        self.definitions.outdent();
        self.definitions.line("};");
        for (i, flag) in flags.iter().enumerate() {
            let bit = 1u64 << i;
            self.definitions.line(&format!(
                "inline constexpr {cpp} {cpp}::{flag}{{{bit:#x}}};"
            ));
        }
        let list: Vec<String> = f.flags.iter().map(|f| format!("\"{}\"", f.name)).collect();
        self.codec(&self.qualified(cpp), "FlagsCodec", name, &list);
    }

    // ---- codecs

    fn qualified(&self, cpp: &str) -> String {
        self.outside.prefix(self.place, cpp) + cpp
    }

    fn codec(&mut self, cpp: &str, base: &str, name: &str, parts: &[String]) {
        self.codecs.line("template <>");
        self.codecs
            .line(&format!("struct mortise::abi::Codec<{cpp}>"));
        let parts = parts.join(", ");
        let line = format!(": {base}<{cpp}, \"{name}\", {parts}> {{}};");
        self.codecs.indented(4, |out| out.line(&line));
    }

    fn viewed(&mut self, names: &TypeNames) {
        let (owned, borrowed) = (
            self.qualified(&names.owned),
            self.qualified(&names.borrowed),
        );
        self.codecs.line("template <>");
        self.codecs
            .line(&format!("struct mortise::abi::Viewed<{owned}> {{"));
        self.codecs
            .indented(2, |out| out.line(&format!("using type = {borrowed};")));
        self.codecs.line("};");
        let head = format!("inline {borrowed}::operator {owned}() const {{");
        if head.len() <= 100 {
            self.codecs.line(&head);
        } else {
            self.codecs.line(&format!("inline {borrowed}::"));
            let rest = format!("operator {owned}() const {{");
            self.codecs.indented(4, |out| out.line(&rest));
        }
        let statement = format!("return mortise::owned<{owned}>(*this);");
        self.codecs.indented(2, |out| out.line(&statement));
        self.codecs.line("}");
    }
}

fn enum_head(cpp: &str, e: &Enum) -> String {
    let bits = match e.cases.len() {
        0..=0x100 => 8,
        0x101..=0x10000 => 16,
        _ => 32,
    };
    format!("enum class {cpp} : std::uint{bits}_t")
}

fn field_names(r: &Record) -> Vec<String> {
    let mut scope = Scope::default();
    r.fields
        .iter()
        .map(|f| scope.name(&names::snake(&f.name)))
        .collect()
}

fn case_names(v: &Variant, names: &TypeNames) -> Vec<String> {
    // No class has a member of its own name.
    let mut scope = Scope::new(&[
        &names.owned,
        &names.borrowed,
        &names.cases,
        &names.borrowed_cases,
    ]);
    v.cases
        .iter()
        .map(|c| scope.name(&names::pascal(&c.name)))
        .collect()
}
