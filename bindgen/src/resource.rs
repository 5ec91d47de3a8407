//! Classes of resources: one that the host derives from, or one of handles.

use crate::bound::{self, Bound};
use crate::emit::Out;
use crate::interface::virtual_function;
use crate::names::Scope;
use crate::types::{Types, borrows};
use crate::wit;

pub struct Resource<'a, 'b> {
    pub types: &'b Types<'a>,
    /// As it is called in a component, and what declares it.
    pub name: &'b str,
    pub interface: &'b str,
    pub cpp: &'b str,
    /// The names that the class can see, which a template must not hide.
    pub scope: &'b Scope,
    pub methods: Vec<&'b Bound<'a>>,
    /// What is said of methods that have no place in it.
    pub missing: Vec<String>,
}

impl Resource<'_, '_> {
    /// One that the host defines.
    pub fn host(&self, out: &mut Out) {
        let cpp = self.cpp;
        let what = format!("mortise::abi::host_resource<{cpp}>");
        self.open(out, &format!("class {cpp} {{"), &what);
        out.line(&format!("virtual ~{cpp}() = default;"));
        for b in &self.methods {
            out.blank();
            self.describe(out, b);
            out.line(&virtual_function(self.types, b));
        }
        out.outdent();
        out.line("};");
    }

    /// One that the guest defines.
    pub fn guest(&self, out: &mut Out) {
        let head = format!("class {} : public mortise::GuestResource {{", self.cpp);
        self.open(out, &head, "mortise::abi::guest_resource");
        for b in &self.methods {
            out.blank();
            self.describe(out, b);
            let (head, read) = self.heads(b, "", " = {}");
            out.line(&format!("{head};"));
            if let Some((template, head)) = read {
                out.line(&template);
                out.line(&format!("[[nodiscard]] {head};"));
            }
        }
        out.trim_blank();
        out.outdent();
        out.line("};");
    }

    /// The methods of one that the guest defines. They need `Guest`, which needs the class.
    pub fn calls(&self, out: &mut Out) {
        let of = format!("{}::", self.cpp);
        for b in &self.methods {
            let (head, read) = self.heads(b, &of, "");
            let (options, reader) = parameters(b);
            let own = format!("mortise::Borrow<{}>(*this)", self.cpp);
            let arguments: Vec<&str> = [own.as_str()]
                .into_iter()
                .chain(b.params.iter().map(String::as_str))
                .collect();
            let function = format!("Guest, Guest::{}", b.alias);
            let arguments = format!("{options}, {{{}}}", arguments.join(", "));
            out.blank();
            out.function(
                &format!("inline {head}"),
                &format!("return call<{function}>({arguments});"),
                "",
            );
            if let Some((template, head)) = read {
                out.line(&template);
                out.function(
                    &head,
                    &format!("return view<{function}>({arguments}, {reader});"),
                    "",
                );
            }
        }
    }

    /// `mortise::Result<std::uint32_t> Cart::add(..) const`; and the same with a result that is read
    /// in place, behind the head of its template, where that saves a copy.
    fn heads(&self, b: &Bound, of: &str, default: &str) -> (String, Option<(String, String)>) {
        let (options, read) = parameters(b);
        let options = format!("const mortise::CallOptions& {options}{default}");
        let params = bound::declare(b, |ty| self.types.param(ty));
        let all = |first: Option<String>, last: Vec<String>| {
            let all: Vec<String> = first
                .into_iter()
                .chain(params.clone())
                .chain(last)
                .collect();
            format!("{of}{}({}) const", b.method, all.join(", "))
        };
        let returned = bound::returned(self.types, b.function);
        let call = format!("{returned} {}", all(None, vec![options.clone()]));
        let result = b.function.result;
        if !result.is_some_and(|ty| borrows(self.types.resolve, &ty)) {
            return (call, None);
        }
        let reader = bound::reader(self.scope);
        let last = vec![format!("{reader}&& {read}"), options];
        let view = all(Some("mortise::View".into()), last);
        (
            call,
            Some((format!("template <class {reader}>"), format!("auto {view}"))),
        )
    }

    fn open(&self, out: &mut Out, head: &str, what: &str) {
        let (interface, name) = (self.interface, self.name);
        out.line(head);
        out.indent();
        out.access("public");
        out.line(&format!(
            "static constexpr auto resource = {what}(\"{interface}\", \"{name}\");"
        ));
        out.blank();
        for text in &self.missing {
            out.comment(text);
        }
        out.blank();
    }

    fn describe(&self, out: &mut Out, b: &Bound) {
        out.comment(&wit::function(self.types.resolve, b.function));
        out.comment(b.function.docs.contents.as_deref().unwrap_or_default());
    }
}

/// What the parameters of every method are called that are not in the contract: options, and what
/// reads a result.
fn parameters(b: &Bound) -> (String, String) {
    let mut scope = b.scope.clone();
    (scope.name("options"), scope.name("read"))
}
