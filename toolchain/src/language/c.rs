//! C, by Zig's compiler: clang with the libraries that a plugin needs.

mod stubs;

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
        leave_imports_to_tests(&mut files, ".c");
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

/// On the machine of a test there is no host: what calls it is not compiled there, and the test itself
/// can define what it needs of it.
pub fn leave_imports_to_tests(files: &mut [File], extension: &str) {
    for file in files.iter_mut().filter(|f| f.path.ends_with(extension)) {
        let text = String::from_utf8_lossy(&file.bytes);
        file.bytes = for_wasm_only(&text).into_bytes();
    }
}

/// Functions begin and end with lines that are not indented.
fn for_wasm_only(source: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let mut out: Vec<&str> = Vec::with_capacity(lines.len());
    let mut start = 0;
    for line in lines {
        let head = out.len();
        out.push(line);
        match line {
            // C++ has it in a line of its own.
            "{" => start = head.saturating_sub(1),
            "}" if out[start..]
                .iter()
                .any(|line| line.contains("__wasm_import_")) =>
            {
                out.insert(start, "#ifdef __wasm__");
                out.push("#endif");
                start = out.len();
            }
            _ if line.ends_with('{') && !line.starts_with(' ') => start = head,
            _ => {}
        }
    }
    out.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::for_wasm_only;

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

void kept(void)
{
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

void kept(void)
{
}
";
        assert_eq!(for_wasm_only(source), expected);
    }
}
