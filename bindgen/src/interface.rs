//! Classes of functions: what an interface exports, `Guest`, and what one imports, `Host`.

use crate::bound::{self, Bound, Functions};
use crate::emit::Out;
use crate::names::Scope;
use crate::places::Place;
use crate::types::{Types, borrows};
use crate::wit;

/// Functions of one interface, or of the world itself.
pub struct Interface<'a, 'b> {
    pub types: &'b Types<'a>,
    /// As it is called in a component.
    pub name: &'b str,
    pub functions: &'b Functions<'a>,
    /// The names that the classes can see, which a template must not hide.
    pub scope: &'b Scope,
    /// Where the classes of its resources are.
    pub resources: &'b Place,
}

impl Interface<'_, '_> {
    pub fn guest(&self, out: &mut Out) {
        self.open(out, "class Guest {");
        for b in &self.functions.bound {
            out.line(&bound::function_type(b, self.types, |ty| {
                self.types.param(ty)
            }));
        }
        let list: Vec<&str> = self
            .functions
            .bound
            .iter()
            .map(|b| b.alias.as_str())
            .collect();
        out.line(&format!(
            "using Functions = mortise::Functions<{}>;",
            list.join(", ")
        ));
        out.blank();
        out.line("explicit Guest(mortise::CallTarget<Guest> target) : target_(target) {}");
        for b in self.functions.free() {
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

    pub fn host(&self, out: &mut Out) {
        self.open(out, "class Host {");
        out.line("virtual ~Host() = default;");
        for b in self.functions.free() {
            out.blank();
            self.describe(out, b);
            out.line(&virtual_function(self.types, b));
        }
        out.blank();
        for b in &self.functions.bound {
            out.line(&bound::function_type(b, self.types, |ty| {
                self.types.host_param(ty)
            }));
        }
        let list: Vec<String> = self
            .functions
            .bound
            .iter()
            .map(|b| {
                let class = match b.of {
                    None => "Host".into(),
                    Some(id) => {
                        let class = &self.resources.names(id).owned;
                        self.types.prefix(self.resources, class) + class
                    }
                };
                format!("mortise::Implements<{}, &{class}::{}>", b.alias, b.method)
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
    fn open(&self, out: &mut Out, head: &str) {
        out.line(head);
        out.indent();
        out.access("public");
        out.line(&format!(
            "static constexpr std::string_view interface = \"{}\";",
            self.name
        ));
        out.blank();
        for text in self.functions.missing(None) {
            out.comment(&text);
        }
        out.blank();
    }

    fn describe(&self, out: &mut Out, b: &Bound) {
        out.comment(&wit::function(self.types.resolve, b.function));
        out.comment(b.function.docs.contents.as_deref().unwrap_or_default());
    }

    fn call(&self, out: &mut Out, b: &Bound) {
        let params = bound::declare(b, |ty| self.types.param(ty));
        let arguments = b.params.join(", ");
        let (alias, method) = (&b.alias, &b.method);
        out.function(
            &format!(
                "{} {method}({}) const",
                bound::returned(self.types, b.function),
                params.join(", ")
            ),
            &format!("return target_.call<{alias}>({{{arguments}}});"),
            "",
        );
        // Again, with a result that is read in place, where that saves a copy.
        let result = b.function.result;
        if !result.is_some_and(|ty| borrows(self.types.resolve, &ty)) {
            return;
        }
        let reader = bound::reader(self.scope);
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
}

/// What a host implements: of an interface, or of a resource.
pub fn virtual_function(types: &Types, b: &Bound) -> String {
    let params: Vec<String> = ["mortise::CallContext&".into()]
        .into_iter()
        .chain(bound::declare(b, |ty| types.host_param(ty)))
        .collect();
    let returned = bound::returned(types, b.function);
    format!(
        "virtual {returned} {}({}) = 0;",
        b.method,
        params.join(", ")
    )
}
