//! Python, by componentize-py: CPython, with the plugin's modules in it.

mod names;
mod stubs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Build, Found, Language, New, Tool};
use crate::contract::Contract;
use crate::failure::{Result, unreadable};
use crate::files::{self, File};
use crate::manifest::Wasi;
use crate::process;
use crate::template;
use crate::world::{self, Feature};
use names::Python as World;

pub struct Python;

const SOURCE: &str = "app.py";
/// Others have other names for things, and other types.
const VERSION: &str = "0.25";
const COMPILER: &str = "componentize-py 0.25";
const UNKNOWN: [Feature; 8] = [
    Feature::Async,
    Feature::Stream,
    Feature::Future,
    Feature::ErrorContext,
    Feature::FixedLengthList,
    Feature::Map,
    Feature::WorldResource,
    Feature::InlineInterface,
];

/// In build/obj, and no name that a plugin has.
const ENTRY: &str = "mortise_entry";

impl Language for Python {
    fn name(&self) -> &'static str {
        "python"
    }

    fn title(&self) -> &'static str {
        "Python"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let world = known(new.contract)?;
        let values = [("name", new.name)];
        let mut all = template::files!(
            "python",
            &values,
            [
                "gitignore",
                "README.md",
                "pyproject.toml",
                "tests/__init__.py"
            ]
        );
        if new.is_sample {
            all.extend(template::files!(
                "python",
                &values,
                ["app.py", "tests/test_app.py"]
            ));
        } else {
            all.push(File::new(SOURCE, stubs::source(&world)));
            all.push(File::new("tests/test_app.py", stubs::test(&world)));
        }
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        self.tools_in(Path::new("."))
    }

    fn tools_in(&self, root: &Path) -> Vec<Tool> {
        // The virtual environment of the project, of the shell, or what is installed for all.
        let own = root.join(".venv/bin/componentize-py");
        let module = "import componentize_py, sys; sys.exit(componentize_py.script())";
        let ways = [
            vec![own.to_string_lossy().into_owned()],
            vec!["componentize-py".to_string()],
            ["python3", "-c", module].map(str::to_string).to_vec(),
        ];
        let found = ways.into_iter().find_map(|command| {
            let mut asked = Command::new(&command[0]);
            asked.args(&command[1..]).arg("--version");
            let said = process::output(&mut asked)?;
            let version = process::version_in(&said)?.to_string();
            version
                .starts_with(VERSION)
                .then_some(Found { command, version })
        });
        vec![Tool {
            what: COMPILER.to_string(),
            found,
            how: "python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1",
        }]
    }

    /// componentize-py writes them, when it runs.
    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        known(contract).map(|_| Vec::new())
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let tool = super::required_in(self, build.root())?.remove(0);
        let world = known(build.contract)?;
        write_bindings(build, &tool)?;
        let is_silent = build.project.manifest.build.wasi == Wasi::None;
        let entry = build.objects().join(format!("{ENTRY}.py"));
        files::write(&entry, stubs::entry(&world, is_silent).as_bytes())?;
        let component = "build/obj/plugin.wasm";
        let mut command = asked(build, &tool)?;
        command.args(["componentize", "-p", ".", "-p", "build/obj"]);
        if is_silent {
            command.arg("--stub-wasi");
        }
        process::run(command.args([ENTRY, "-o", component]))?;
        Ok(build.root().join(component))
    }

    fn is_incremental(&self) -> bool {
        false
    }
}

fn known(contract: &Contract) -> Result<World<'_>> {
    world::refuse(contract, COMPILER, &UNKNOWN)?;
    World::new(contract)
}

/// The compiler, in the plugin's folder, with its contract.
fn asked(build: &Build, tool: &Found) -> Result<Command> {
    let contract = &build.project.manifest.contract;
    let mut command = Command::new(&tool.command[0]);
    // A program that is named by a path would be looked for in the folder where it starts.
    if tool.command[0].contains('/') {
        let path = std::path::absolute(&tool.command[0]);
        command = Command::new(path.map_err(|error| unreadable(error))?);
    }
    command
        .args(&tool.command[1..])
        .current_dir(build.root())
        .arg("-q")
        .arg("-d")
        .arg(&contract.wit)
        .args(["-w", &contract.world]);
    Ok(command)
}

/// For editors, and for tests: in the component, others take their place.
fn write_bindings(build: &Build, tool: &Found) -> Result<()> {
    let old = build.root().join("bindings").join(names::WORLD);
    match fs::remove_dir_all(&old) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(unreadable(format!(
                "{} cannot be removed: {error}",
                old.display()
            )));
        }
        _ => {}
    }
    process::run(asked(build, tool)?.args(["bindings", "bindings"]))
}
