//! C, by Zig's compiler: clang with the libraries that a plugin needs.

mod stubs;

use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;

use wit_parser::TypeDefKind;

use super::{Build, Language, New, Tool, zig};
use crate::contract::Contract;
use crate::failure::Result;
use crate::files::File;
use crate::process;
use crate::refusal::{self, Part};
use crate::template::files;

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
        let bindings = self.bindings(new.contract)?;
        let values = [("name", new.name)];
        let mut all = files!(
            "c",
            &values,
            [".clang-format", "gitignore", "Makefile", "README.md"]
        );
        all.extend(if new.is_sample {
            files!("c", &values, ["src/plugin.c", "test/plugin_test.c"])
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
            part => refusal::impossible(part),
        })?;
        let mut generator = wit_bindgen_c::Opts::default().build();
        let mut files = contract.for_c().generate(generator.as_mut(), "bindings")?;
        leave_imports_to_tests(&mut files);
        Ok(files)
    }

    fn compile(&self, build: &Build) -> Result<PathBuf> {
        make(self, build, "WASM_CC", "cc")
    }
}

/// Runs the plugin's Makefile, of C and of C++, with one of Zig's compilers.
pub fn make(
    language: &dyn Language,
    build: &Build,
    variable: &str,
    compiler: &str,
) -> Result<PathBuf> {
    let zig = super::required(language)?.remove(0);
    process::run(
        Command::new("make")
            .current_dir(build.root())
            .args(["--no-print-directory", "--silent", "module"])
            .arg(format!("{variable}={} {compiler}", zig.command.join(" "))),
    )?;
    Ok(build.objects().join("core.wasm"))
}

/// What clang-format's settings in the templates say.
const WIDTH: usize = 100;

/// As clang-format has it with the settings of the template, with the brace that follows.
pub fn wrapped(prototype: &str, indent: &str) -> String {
    let whole = format!("{prototype} {{");
    let (head, parameters) = whole.split_once('(').unwrap_or((&whole, ""));
    if whole.len() <= WIDTH {
        return whole;
    }
    let mut out = format!("{head}(");
    let mut line = String::new();
    for parameter in parameters.split_inclusive(", ") {
        let longer = format!("{indent}{line}{}", parameter.trim_end());
        if !line.is_empty() && longer.len() > WIDTH {
            let _ = write!(out, "\n{indent}{}", line.trim_end());
            line.clear();
        }
        line += parameter;
    }
    format!("{out}\n{indent}{line}")
}

/// On the machine of a test there is no host: what calls it is not compiled there, and the test itself
/// can define what it needs of it.
fn leave_imports_to_tests(files: &mut [File]) {
    for file in files.iter_mut().filter(|f| f.path.ends_with(".c")) {
        let text = String::from_utf8_lossy(&file.bytes);
        file.bytes = for_wasm_only(&text).into_bytes();
    }
}

fn for_wasm_only(source: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for line in source.lines() {
        if depth == 0 {
            start = out.len();
        }
        out.push(line);
        depth += line.matches('{').count();
        depth = depth.saturating_sub(line.matches('}').count());
        let calls_host = || out[start..].iter().any(|l| l.contains("__wasm_import_"));
        if depth == 0 && line == "}" && calls_host() {
            out.insert(start, "#ifdef __wasm__");
            out.push("#endif");
        }
    }
    out.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_call_the_host_are_for_wasm_only() {
        let source = "\
extern void __wasm_import_log(int32_t);

void own(void) {
  if (1) {
  }
}

void log(int32_t a) {
  __wasm_import_log(a);
}
";
        let expected = "\
extern void __wasm_import_log(int32_t);

void own(void) {
  if (1) {
  }
}

#ifdef __wasm__
void log(int32_t a) {
  __wasm_import_log(a);
}
#endif
";
        assert_eq!(for_wasm_only(source), expected);
    }

    #[test]
    fn lines_end_where_the_formatter_ends_them() {
        let fits = format!(
            "void {}(uint32_t a_parameter, bool another)",
            "f".repeat(57)
        );
        assert_eq!(format!("{fits} {{").len(), WIDTH);
        assert_eq!(wrapped(&fits, "        "), format!("{fits} {{"));
        let longer = fits.replacen('f', "ff", 1);
        let head = "f".repeat(58);
        assert_eq!(
            wrapped(&longer, "        "),
            format!("void {head}(\n        uint32_t a_parameter, bool another) {{")
        );
    }
}
