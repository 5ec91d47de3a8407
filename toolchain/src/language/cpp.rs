//! C++23, by Zig's compiler: clang with libc++.

mod names;
mod repair;
mod scopes;
mod source;
mod stubs;

use std::path::PathBuf;

use wit_parser::TypeDefKind;

use super::{Build, Language, New, Tool, c, zig};
use crate::contract::Contract;
use crate::failure::Result;
use crate::files::File;
use crate::refusal::{self, Part};
use crate::template::files;

pub struct Cpp;

impl Language for Cpp {
    fn name(&self) -> &'static str {
        "cpp"
    }

    fn title(&self) -> &'static str {
        "C++"
    }

    fn source(&self) -> &'static str {
        "src/plugin.cpp"
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let bindings = self.bindings(new.contract)?;
        let values = [("name", new.name)];
        let mut all = files!(
            "cpp",
            &values,
            [".clang-format", "gitignore", "Makefile", "README.md"]
        );
        all.extend(if new.is_sample {
            files!("cpp", &values, ["src/plugin.cpp", "test/plugin_test.cpp"])
        } else {
            stubs::files(&bindings)
        });
        all.extend(bindings);
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        vec![zig::tool()]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        refusal::check(contract, self.title(), |part| match part {
            Part::Type(TypeDefKind::FixedLengthList(..)) => {
                Some("has a list of a fixed length".to_string())
            }
            Part::Type(TypeDefKind::Map(..)) => Some("has a map".to_string()),
            part => refusal::impossible(part),
        })?;
        refusal::refuse(contract, self.title(), &names::clashes(contract))?;
        let mut generator = wit_bindgen_cpp::Opts::default().build(None);
        let files = contract.for_c().generate(generator.as_mut(), "bindings")?;
        Ok(repair::repaired(files))
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        c::make(self, build, "WASM_CXX", "c++")
    }
}

#[cfg(test)]
mod tests;
