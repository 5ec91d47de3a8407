//! Rust, by cargo.

mod names;
mod reading;
mod stubs;
mod toolchain;

use std::path::{Path, PathBuf};
use std::process::Command;

use wit_parser::{TypeDefKind, WorldItem};

use super::{Build, Found, Language, New, Tool};
use crate::contract::Contract;
use crate::failure::{Result, refused, unreadable};
use crate::files::File;
use crate::manifest::Wasi;
use crate::process;
use crate::refusal;
use crate::template::{file, files};
use toolchain::Toolchain;

const SOURCE: &str = "src/lib.rs";
const BINDINGS: &str = "src/bindings.rs";

/// What plugins without WASI are built for, and those with it.
const PLAIN: &str = "wasm32-unknown-unknown";
const WASI: &str = "wasm32-wasip2";

pub struct Rust;

impl Language for Rust {
    fn name(&self) -> &'static str {
        "rust"
    }

    fn title(&self) -> &'static str {
        "Rust"
    }

    fn source(&self) -> &'static str {
        SOURCE
    }

    fn project(&self, new: &New) -> Result<Vec<File>> {
        check_crate(new.name)?;
        let values = [("name", new.name)];
        let mut all = files!(
            "rust",
            &values,
            [
                ".cargo/config.toml",
                "gitignore",
                "Cargo.lock",
                "Cargo.toml",
                "README.md",
                "rustfmt.toml",
            ]
        );
        all.extend(self.bindings(new.contract)?);
        all.push(if new.is_sample {
            let sample = include_str!("../../../guests/rust/template/src/lib.rs");
            file(SOURCE, sample, &values)
        } else {
            File::new(SOURCE, stubs::of(new.contract)?)
        });
        Ok(all)
    }

    fn tools(&self) -> Vec<Tool> {
        let found = Toolchain::find(PLAIN).ok().map(|toolchain| Found {
            command: vec![toolchain.cargo],
            version: toolchain.version,
        });
        vec![Tool {
            what: format!("Rust 1.95 or newer, with the target {PLAIN}"),
            found,
            how: "rustup target add wasm32-unknown-unknown, with Rust by https://rustup.rs\n\
                  or, on Debian: apt-get install cargo-web rustc-web rust-web-src lld-22",
        }]
    }

    fn bindings(&self, contract: &Contract) -> Result<Vec<File>> {
        refusal::check(contract, self.title(), refusal::impossible)?;
        refuse_guest(contract)?;
        let text = generate(contract, wit_bindgen_rust::Opts::default())?;
        Ok(vec![File::new(BINDINGS, text)])
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        let wasi = build.project.manifest.build.wasi;
        let target = match wasi {
            Wasi::None => PLAIN,
            Wasi::P2 => WASI,
        };
        let toolchain = Toolchain::find(target).map_err(|why| {
            unreadable(format!(
                "{why}, which wasi = \"p2\" needs: rustup target add {target}"
            ))
        })?;
        let messages = process::run_and_read(&mut cargo(build, &toolchain, target)?)?;
        core_module(build.root(), &messages)
    }
}

/// Each is a crate that cargo or the plugin knows already by that name.
const TAKEN: [&str; 6] = ["alloc", "bitflags", "core", "std", "test", "wit-bindgen"];

fn check_crate(name: &str) -> Result<()> {
    if TAKEN.contains(&name) || syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err() {
        return Err(crate::failure::usage(format!(
            "a crate cannot be called `{name}`: that is a word of Rust's, or a crate that is there already; choose another name"
        )));
    }
    Ok(())
}

/// For a resource of the plugin's that is called so wit-bindgen writes what does not compile.
fn refuse_guest(contract: &Contract) -> Result<()> {
    let resolve = &contract.resolve;
    let exports = contract.world().exports.iter();
    let guests = exports.filter_map(|(key, item)| {
        let WorldItem::Interface { id, .. } = item else {
            return None;
        };
        let guest = resolve.interfaces[*id].types.get("guest")?;
        (resolve.types[*guest].kind == TypeDefKind::Resource).then(|| {
            let interface = resolve.name_world_key(key);
            format!("{interface}.guest is a resource that the plugin exports, of a name that the bindings need")
        })
    });
    refusal::refuse(contract, Rust.title(), &guests.collect::<Vec<_>>())
}

/// The contract in Rust.
fn generate(contract: &Contract, options: wit_bindgen_rust::Opts) -> Result<String> {
    let mut generator = wit_bindgen_rust::Opts {
        format: true,
        // Interfaces of other packages too, and types that no function has.
        generate_all: true,
        generate_unused_types: true,
        default_bindings_module: Some("crate::bindings".to_string()),
        ..options
    }
    .build();
    // Handles with names of their own would stop this generator too.
    let contract = contract.for_c();
    let mut made = contract.generate(&mut generator, "")?;
    let file = made
        .pop()
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    // What its author cannot change is not worth a warning.
    Ok("#![allow(warnings, clippy::all)]\n".to_string() + &file.unwrap_or_default())
}

fn cargo(build: &Build, toolchain: &Toolchain, target: &str) -> Result<Command> {
    let objects = std::path::absolute(build.objects()).map_err(unreadable)?;
    let mut cargo = Command::new(&toolchain.cargo);
    cargo
        .current_dir(build.root())
        .env("RUSTC", &toolchain.rustc)
        .args(["build", "--release", "--lib", "--target", target])
        .args(["--message-format", "json-render-diagnostics"]);
    // Who shares what is built between plugins goes on doing so.
    if std::env::var_os("CARGO_TARGET_DIR").is_none() {
        cargo.arg("--target-dir").arg(objects);
    }
    // What a developer's shell may say about other builds does not concern this one.
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_RUSTFLAGS",
    ] {
        cargo.env_remove(name);
    }
    // Cargo.toml has no say in what `mortise build` is asked for, nor has that of a workspace.
    if build.keeps_debug() {
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "true");
        cargo.env("CARGO_PROFILE_RELEASE_STRIP", "none");
    } else {
        cargo.env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
    }
    if target == PLAIN {
        cargo.env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            &toolchain.linker,
        );
    }
    if toolchain.builds_std {
        // -Z needs it; cargo builds the library once, and again when the compiler changes.
        cargo.env("RUSTC_BOOTSTRAP", "1");
        cargo.arg("-Zbuild-std=std,panic_abort");
    }
    Ok(cargo)
}

/// The module that cargo's messages name for the crate in `root`.
fn core_module(root: &Path, messages: &str) -> Result<PathBuf> {
    let manifest = root.join("Cargo.toml");
    let is_manifest = |path: &serde_json::Value| {
        let path = Path::new(path.as_str().unwrap_or_default());
        matches!((path.canonicalize(), manifest.canonicalize()), (Ok(a), Ok(b)) if a == b)
    };
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| is_manifest(&message["manifest_path"]))
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| name.as_str().map(PathBuf::from))
        .find(|name| {
            name.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .ok_or_else(|| {
            refused(format!(
                "{} makes no WebAssembly: it needs [lib] crate-type = [\"cdylib\"]",
                manifest.display()
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_called_guest_is_refused() {
        let wit = "package a:b;
            interface i { resource guest; f: func() -> guest; }
            world w { export i; }";
        let mut resolve = wit_parser::Resolve::new();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let id = resolve.select_world(&[package], None).unwrap();
        assert_eq!(
            refuse_guest(&Contract { resolve, id }).unwrap_err().text,
            "there are no bindings in Rust for all of the world `w`:\n  \
             a:b/i.guest is a resource that the plugin exports, of a name that the bindings need\n\
             leave that out of it, or write the plugin in another language"
        );
    }

    #[test]
    fn the_module_is_the_one_of_the_plugins_own_crate() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let manifest = root.join("Cargo.toml");
        let artifact = |manifest: &str, file: &str| {
            let message = serde_json::json!({
                "reason": "compiler-artifact",
                "manifest_path": manifest,
                "filenames": [file],
            });
            format!("{message}\n")
        };
        let own = manifest.to_string_lossy();
        let messages = artifact("/other/Cargo.toml", "/target/other.wasm")
            + &artifact(&own, "/target/libown.rlib")
            + &artifact(&own, "/target/own.wasm");
        assert_eq!(
            core_module(root, &messages).unwrap(),
            Path::new("/target/own.wasm")
        );
        let none = core_module(root, &artifact(&own, "/target/libown.rlib"));
        assert_eq!(
            none.unwrap_err().text,
            format!("{own} makes no WebAssembly: it needs [lib] crate-type = [\"cdylib\"]")
        );
    }
}
