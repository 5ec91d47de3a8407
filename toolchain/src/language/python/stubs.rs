//! app.py for any world, with what is to be written; and how a component reaches it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use wit_parser::{Function, FunctionKind, Handle, Type, TypeDefKind, TypeId};

use super::names::{Module, Python, WORLD, camel, parameters, snake, spelled};
use crate::world::{self, Names, Side};

const OPENING: &str = "\
# What the plugin does: write it here, where it raises NotImplementedError. The types are those of
# bindings/, which `mortise build` writes anew from wit/.
from __future__ import annotations

";

/// The whole file.
pub fn source(python: &Python) -> String {
    let mut stubs = Stubs {
        python,
        used: BTreeSet::new(),
        modules: aliases(python),
        imported: BTreeSet::new(),
        within: None,
        has_self: false,
    };
    let mut body = String::new();
    for module in &python.exports {
        for resource in world::resources(python.resolve, &module.scope) {
            body += &stubs.resource(module, resource);
        }
    }
    for module in &python.exports {
        if world::free(&module.scope).next().is_some() {
            body += &stubs.protocol(module);
        }
    }
    // The host's are there to be called.
    for module in &python.imports {
        if module.scope.interface.is_some() && !module.scope.functions.is_empty() {
            let key = (Side::Import == module.scope.side, module.name.clone());
            stubs.imported.insert(key);
        }
    }
    format!("{OPENING}{}{body}", stubs.imports())
}

/// What modules of the bindings are called in the file: those of both sides have two names.
fn aliases(python: &Python) -> BTreeMap<(bool, String), String> {
    let mut names = Names::new([
        "exports",
        "imports",
        WORLD,
        "annotations",
        "bool",
        "bytes",
        "float",
        "int",
        "list",
        "str",
        "tuple",
        "Err",
        "Ok",
        "Result",
        "Self",
        "Some",
        "self",
        "cls",
    ]);
    let mut all = BTreeMap::new();
    for module in python
        .exports
        .iter()
        .filter(|m| m.scope.interface.is_some())
    {
        let name = names.take(&module.name);
        all.insert((false, module.name.clone()), name);
    }
    for module in python
        .imports
        .iter()
        .filter(|m| m.scope.interface.is_some())
    {
        let is_twice = all.contains_key(&(false, module.name.clone()));
        let wanted = match is_twice {
            true => format!("host_{}", module.name),
            false => module.name.clone(),
        };
        all.insert((true, module.name.clone()), names.take(&wanted));
    }
    all
}

struct Stubs<'a, 'b> {
    python: &'b Python<'a>,
    /// Of componentize_py_types.
    used: BTreeSet<&'static str>,
    /// By whether the host's, and their own name.
    modules: BTreeMap<(bool, String), String>,
    imported: BTreeSet<(bool, String)>,
    /// The resource whose class is being written: in it, it is Self.
    within: Option<TypeId>,
    has_self: bool,
}

impl Stubs<'_, '_> {
    fn imports(&self) -> String {
        let mut out = String::new();
        let scopes = || self.python.exports.iter().map(|module| &module.scope);
        let has_interface =
            scopes().any(|scope| scope.interface.is_some() && world::free(scope).next().is_some());
        let has_function =
            scopes().any(|scope| scope.interface.is_none() && !scope.functions.is_empty());
        let own = self.python.imports.iter();
        let own = own.filter(|module| module.scope.interface.is_none());
        let has_host = own.clone().any(|module| !module.scope.functions.is_empty());
        let has_types = own.clone().any(|module| !module.scope.types.is_empty());
        if self.has_self {
            out += "from typing import Self\n\n";
        }
        if has_function || has_host || has_types {
            let _ = writeln!(out, "import {WORLD}");
        }
        if !self.used.is_empty() {
            let all: Vec<&str> = self.used.iter().copied().collect();
            let _ = writeln!(out, "from componentize_py_types import {}", all.join(", "));
        }
        if has_interface {
            let _ = writeln!(out, "from {WORLD} import exports");
        }
        for (is_host, folder) in [(false, "exports"), (true, "imports")] {
            let these = self.imported.iter().filter(|(host, _)| *host == is_host);
            let these: Vec<_> = these.map(|key| (&key.1, &self.modules[key])).collect();
            let plain = these.iter().filter(|(name, alias)| name == alias);
            let plain: Vec<&str> = plain.map(|(name, _)| name.as_str()).collect();
            if !plain.is_empty() {
                let _ = writeln!(out, "from {WORLD}.{folder} import {}", plain.join(", "));
            }
            for (name, alias) in these.iter().filter(|(name, alias)| name != alias) {
                let _ = writeln!(out, "from {WORLD}.{folder} import {name} as {alias}");
            }
        }
        out
    }

    fn resource(&mut self, module: &Module, resource: TypeId) -> String {
        let name = self.python.class_of(module, resource);
        let base = self.spelled_in(module);
        let plain = world::name_of(self.python.resolve, resource);
        let mut body = Vec::new();
        self.within = Some(resource);
        for function in world::of_resource(&module.scope, resource) {
            let shown = format!("{plain}.{}", function.item_name());
            let text = self.function(function, &shown);
            body.push(match function.kind {
                FunctionKind::Static(_) => format!("    @classmethod\n{text}"),
                _ => text,
            });
        }
        self.within = None;
        if body.is_empty() {
            body.push("    pass\n".to_string());
        }
        format!(
            "\n\nclass {name}({base}{}):\n{}",
            camel(plain),
            body.join("\n")
        )
    }

    fn protocol(&mut self, module: &Module) -> String {
        let base = match module.scope.interface {
            Some(_) => "exports",
            None => WORLD,
        };
        let protocol = &module.protocol;
        let body: Vec<String> = world::free(&module.scope)
            .map(|function| self.function(function, &function.name))
            .collect();
        format!(
            "\n\nclass {protocol}({base}.{protocol}):\n{}",
            body.join("\n")
        )
    }

    fn function(&mut self, function: &Function, shown: &str) -> String {
        let skipped = usize::from(matches!(function.kind, FunctionKind::Method(_)));
        let types = function.params.iter().skip(skipped).map(|one| one.ty);
        let types: Vec<String> = types.map(|ty| format!(": {}", self.ty(&ty))).collect();
        let types = std::iter::once(String::new()).chain(types);
        let names = parameters(function);
        let list: Vec<String> = names
            .iter()
            .zip(types)
            .map(|(name, ty)| name.clone() + &ty)
            .collect();
        let outcome = world::outcome(self.python.resolve, function);
        let answer = match (function.kind.clone(), outcome.ok) {
            (FunctionKind::Constructor(_), _) | (_, None) => "None".to_string(),
            (_, Some(ty)) => self.ty(&ty),
        };
        let refusal = match outcome.error {
            None => String::new(),
            Some(error) => {
                self.used.insert("Err");
                let value = error.map_or("None".to_string(), |ty| self.ty(&ty));
                format!("        # May refuse: raise Err(..), of {value}.\n")
            }
        };
        let head = signature(&spelled(function), &list, &answer);
        format!("{head}{refusal}        raise NotImplementedError(\"{shown}\")\n")
    }

    fn ty(&mut self, ty: &Type) -> String {
        match ty {
            Type::Bool => "bool".to_string(),
            Type::F32 | Type::F64 => "float".to_string(),
            Type::Char | Type::String => "str".to_string(),
            Type::Id(id) => self.named(*id),
            _ => "int".to_string(),
        }
    }

    fn named(&mut self, id: TypeId) -> String {
        let resolve = self.python.resolve;
        match &resolve.types[id].kind {
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Handle(Handle::Own(id) | Handle::Borrow(id)) => self.named(*id),
            TypeDefKind::List(Type::U8 | Type::S8) => "bytes".to_string(),
            TypeDefKind::List(ty) => format!("list[{}]", self.ty(ty)),
            TypeDefKind::Tuple(tuple) => {
                let all: Vec<String> = tuple.types.iter().map(|ty| self.ty(ty)).collect();
                format!("tuple[{}]", all.join(", "))
            }
            TypeDefKind::Option(ty) => {
                let inner = self.ty(ty);
                match self.is_option(ty) {
                    true => {
                        self.used.insert("Some");
                        format!("Some[{inner}] | None")
                    }
                    false => format!("{inner} | None"),
                }
            }
            TypeDefKind::Result(result) => {
                self.used.insert("Result");
                let mut each = |ty: &Option<Type>| ty.map_or("None".to_string(), |ty| self.ty(&ty));
                format!("Result[{}, {}]", each(&result.ok), each(&result.err))
            }
            TypeDefKind::Resource if self.within == Some(id) => {
                self.has_self = true;
                "Self".to_string()
            }
            _ => self.class_named(id),
        }
    }

    fn class_named(&mut self, id: TypeId) -> String {
        let Some(module) = self.python.owner(id, Side::Export) else {
            return "object".to_string();
        };
        self.spelled_in(module) + &camel(world::name_of(self.python.resolve, id))
    }

    /// What stands before the names of a module.
    fn spelled_in(&mut self, module: &Module) -> String {
        if module.scope.interface.is_none() {
            return format!("{WORLD}.");
        }
        let key = (module.scope.side == Side::Import, module.name.clone());
        let alias = format!("{}.", self.modules[&key]);
        self.imported.insert(key);
        alias
    }

    fn is_option(&self, ty: &Type) -> bool {
        let Type::Id(id) = ty else { return false };
        let id = world::dealias(self.python.resolve, *id);
        matches!(self.python.resolve.types[id].kind, TypeDefKind::Option(_))
    }
}

/// In lines as ruff and black break them.
fn signature(name: &str, parameters: &[String], answer: &str) -> String {
    const LONGEST: usize = 100;
    let whole = format!("    def {name}({}) -> {answer}:\n", parameters.join(", "));
    let line = format!("        {}\n", parameters.join(", "));
    if whole.len() <= LONGEST + 1 {
        return whole;
    }
    let lines = match line.len() <= LONGEST + 1 {
        true => line,
        false => parameters
            .iter()
            .map(|one| format!("        {one},\n"))
            .collect(),
    };
    format!("    def {name}(\n{lines}    ) -> {answer}:\n")
}

/// tests/test_app.py: that the plugin has what its contract wants.
pub fn test(python: &Python) -> String {
    let mut checks = String::new();
    for module in &python.exports {
        for resource in world::resources(python.resolve, &module.scope) {
            let class = python.class_of(module, resource);
            let _ = writeln!(checks, "        self.assertTrue(callable(app.{class}))");
        }
        for function in world::free(&module.scope) {
            let name = snake(&function.name);
            let _ = writeln!(
                checks,
                "        self.assertTrue(callable(app.{}().{name}))",
                module.protocol
            );
        }
    }
    format!(
        "import unittest\n\nimport app\n\n\nclass AppTest(unittest.TestCase):\n    def \
         test_has_what_the_contract_wants(self) -> None:\n{checks}\n\nif __name__ == \"__main__\":\n    \
         unittest.main()\n"
    )
}

const ENTRY: &str = include_str!("entry.py");

/// The module that componentize-py makes a component of.
pub fn entry(python: &Python, is_silent: bool) -> String {
    let mut classes = Vec::new();
    let mut lent = String::new();
    for module in &python.exports {
        if world::free(&module.scope).next().is_some() {
            classes.push(module.protocol.clone());
        }
        for resource in world::resources(python.resolve, &module.scope) {
            let class = python.class_of(module, resource);
            let name = camel(world::name_of(python.resolve, resource));
            let _ = writeln!(lent, "lend(\"{}\", \"{name}\", {class})", module.name);
            classes.push(class);
        }
    }
    let silence = if is_silent { "silence()\n" } else { "" };
    let import = match classes.is_empty() {
        true => "import app  # noqa: F401\n".to_string(),
        false => format!("from app import {}  # noqa: E402\n", classes.join(", ")),
    };
    // What goes wrong before is said where the plugin is built.
    format!("{ENTRY}\n\n{import}{lent}{silence}")
}
