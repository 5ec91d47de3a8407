//! C, by Zig's compiler: clang with the libraries that a plugin needs.

use std::path::PathBuf;
use std::process::Command;

use super::{Build, Language, New, Tool, zig};
use crate::contract::Contract;
use crate::failure::Result;
use crate::files::File;
use crate::names::snake;
use crate::process;
use crate::template::{files, fill};

pub struct C;

impl Language for C {
    fn name(&self) -> &'static str {
        "c"
    }

    fn title(&self) -> &'static str {
        "C"
    }

    fn source(&self) -> &'static str {
        "src/plugin.c"
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let world = snake(&new.contract.world().name);
        let values = [("name", new.name), ("world", world.as_str())];
        let mut all = files!(
            "c",
            &values,
            [
                ".clang-format",
                ".gitignore",
                "Makefile",
                "README.md",
                "src/plugin.c",
                "test/plugin_test.c"
            ]
        );
        let _ = fill;
        all.extend(self.bindings(new.contract)?);
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        vec![zig::tool()]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        let mut generator = wit_bindgen_c::Opts::default().build();
        contract.generate(generator.as_mut(), "bindings")
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let zig = super::required(self)?.remove(0);
        let core = build.objects().join("core.wasm");
        let cc = format!("{} cc", zig.command.join(" "));
        process::run(
            Command::new("make")
                .current_dir(build.root())
                .args(["--no-print-directory", "--silent", "build/obj/core.wasm"])
                .arg(format!("WASM_CC={cc}"))
                .arg(format!(
                    "DEBUG={}",
                    if build.keeps_debug() { "-g" } else { "" }
                )),
        )?;
        Ok(core)
    }
}
