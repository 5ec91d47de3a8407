//! Classes of functions: what an interface exports, `Guest`, and what one imports, `Host`.

use wit_parser::{Function, Type, TypeDefKind};

use crate::emit::Out;
use crate::names::{self, Scope};
use crate::support::Support;
use crate::types::{Param, Types, has_heap};
use crate::wit;

/// Functions of one interface, or of the world itself.
pub struct Interface<'a, 'b> {
    pub types: &'b Types<'a>,
    /// As it is called in a component.
    pub name: &'b str,
    pub functions: Vec<&'a Function>,
    /// The names of types that the class can see, which its own must not hide.
    pub scope: Scope,
}

/// A function that can be bound.
struct Bound<'a> {
    function: &'a Function,
    /// The alias of its type in the class.
    alias: String,
    method: String,
    params: Vec<String>,
    scope: Scope,
}

impl<'a> Interface<'a, '_> {
    /// Those that belong to no resource, and whether one of them can be bound.
    pub fn has_any(functions: &[&'a Function], support: &mut Support) -> bool {
        functions.iter().any(|f| support.of_function(f).is_none())
    }

    pub fn guest(&mut self, out: &mut Out, support: &mut Support) {
        let bound = self.bind(out, support, "class Guest {");
        let list: Vec<String> = bound
            .iter()
            .map(|b| self.function_type(out, b, true))
            .collect();
        out.line(&format!(
            "using Functions = mortise::Functions<{}>;",
            list.join(", ")
        ));
        out.blank();
        out.line("explicit Guest(mortise::CallTarget<Guest> target) : target_(target) {}");
        for b in &bound {
            out.blank();
            self.describe(out, b);
            self.call(out, b);
        }
        out.blank();
        out.access("private");
        out.line("mortise::CallTarget<Guest> target_;");
        out.outdent();
        out.line("};");
    }

    pub fn host(&mut self, out: &mut Out, support: &mut Support) {
        let bound = self.bind(out, support, "class Host {");
        out.line("virtual ~Host() = default;");
        for b in &bound {
            out.blank();
            self.describe(out, b);
            let params = self.declare(b, |ty| self.types.host_param(ty));
            let params: Vec<String> = ["mortise::CallContext&".into()]
                .into_iter()
                .chain(params)
                .collect();
            let returned = self.returned(b.function);
            out.line(&format!(
                "virtual {returned} {}({}) = 0;",
                b.method,
                params.join(", ")
            ));
        }
        out.blank();
        let list: Vec<String> = bound
            .iter()
            .map(|b| {
                let alias = self.function_type(out, b, false);
                format!("mortise::Implements<{alias}, &Host::{}>", b.method)
            })
            .collect();
        out.line(&format!(
            "using Functions = mortise::HostFunctions<{}>;",
            list.join(", ")
        ));
        out.outdent();
        out.line("};");
    }

    /// Opens the class, with a comment for each function that has no place in it.
    fn bind(&mut self, out: &mut Out, support: &mut Support, head: &str) -> Vec<Bound<'a>> {
        out.line(head);
        out.indent();
        out.access("public");
        out.line(&format!(
            "static constexpr std::string_view interface = \"{}\";",
            self.name
        ));
        out.blank();

        let mut methods = Scope::new(&["interface"]);
        let mut aliases = self.scope.with(&["Functions", "Guest", "Host"]);
        let mut bound = Vec::new();
        for function in &self.functions {
            if function.kind.resource().is_some() {
                continue;
            }
            if let Some(why) = support.of_function(function) {
                out.comment(&format!("{}: left out, {why}.", function.name));
                continue;
            }
            let mut scope = Scope::default();
            bound.push(Bound {
                function,
                alias: aliases.name(&names::pascal(&function.name)),
                method: methods.name(&names::snake(&function.name)),
                params: function
                    .params
                    .iter()
                    .map(|p| scope.name(&names::snake(&p.name)))
                    .collect(),
                scope,
            });
        }
        self.scope = aliases;
        out.blank();
        bound
    }

    fn describe(&self, out: &mut Out, b: &Bound) {
        out.comment(&wit::function(self.types.resolve, b.function));
        out.comment(b.function.docs.contents.as_deref().unwrap_or_default());
    }

    /// `using ProcessData = mortise::abi::Function<..>;`
    fn function_type(&self, out: &mut Out, b: &Bound, exported: bool) -> String {
        let mut parts = vec![
            format!("\"{}\"", b.function.name),
            b.function
                .result
                .as_ref()
                .map_or("void".into(), |ty| self.types.owned(ty)),
        ];
        for param in &b.function.params {
            let Param { ty, .. } = if exported {
                self.types.param(&param.ty)
            } else {
                self.types.host_param(&param.ty)
            };
            parts.push(format!("mortise::abi::Param<\"{}\", {ty}>", param.name));
        }
        out.line(&format!(
            "using {} = mortise::abi::Function<{}>;",
            b.alias,
            parts.join(", ")
        ));
        b.alias.clone()
    }

    /// `mortise::StringArg input`, ..
    fn declare(&self, b: &Bound, spell: impl Fn(&Type) -> Param) -> Vec<String> {
        b.function
            .params
            .iter()
            .zip(&b.params)
            .map(|(p, name)| format!("{} {name}", spell(&p.ty).declared))
            .collect()
    }

    fn call(&self, out: &mut Out, b: &Bound) {
        let params = self.declare(b, |ty| self.types.param(ty));
        let arguments = b.params.join(", ");
        let (alias, method) = (&b.alias, &b.method);
        out.function(
            &format!(
                "{} {method}({}) const",
                self.returned(b.function),
                params.join(", ")
            ),
            &format!("return target_.call<{alias}>({{{arguments}}});"),
            "",
        );
        // Again, with a result that is read in place, where that saves a copy.
        let result = b.function.result;
        if !result.is_some_and(|ty| has_heap(self.types.resolve, &ty)) {
            return;
        }
        let reader = ["Read", "Reader", "Read_"]
            .into_iter()
            .find(|name| !self.scope.has(name));
        let reader = reader.unwrap_or("Reader_");
        let read = b.scope.clone().name("read");
        let params: Vec<String> = ["mortise::View".into()]
            .into_iter()
            .chain(params)
            .chain([format!("{reader}&& {read}")])
            .collect();
        out.line(&format!("template <class {reader}>"));
        out.function(
            &format!("[[nodiscard]] auto {method}({}) const", params.join(", ")),
            &format!("return target_.view<{alias}>({{{arguments}}}, {read});"),
            "",
        );
    }

    /// What a call returns: an Outcome where the contract has an error of its own.
    fn returned(&self, function: &Function) -> String {
        let Some(ty) = &function.result else {
            return "mortise::Result<void>".into();
        };
        if let Type::Id(id) = self.types.bare(ty)
            && let TypeDefKind::Result(r) = &self.types.resolve.types[id].kind
        {
            let part = |ty: &Option<Type>, none: &str| {
                ty.as_ref()
                    .map_or(none.to_string(), |ty| self.types.owned(ty))
            };
            let (ok, err) = (part(&r.ok, "void"), part(&r.err, "std::monostate"));
            return format!("mortise::Outcome<{ok}, {err}>");
        }
        format!("mortise::Result<{}>", self.types.owned(ty))
    }
}
