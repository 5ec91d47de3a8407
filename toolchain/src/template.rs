//! The files of new projects, which are in guests/LANGUAGE/template.

use crate::files::File;

/// `{{name}}` becomes the value of `name`. A template that uses another is a mistake of ours, which
/// the tests find.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, behind) = after.split_once("}}").unwrap_or((after, ""));
        let value = values.iter().find(|(key, _)| *key == name);
        out.push_str(before);
        out.push_str(value.unwrap_or_else(|| panic!("no value for {name}")).1);
        rest = behind;
    }
    out + rest
}

/// Files of a language's template, filled in: `files!("c", values, ["Makefile", "src/plugin.c"])`.
macro_rules! files {
    ($language:literal, $values:expr, [$($path:literal),* $(,)?]) => {
        vec![$($crate::template::file(
            $path,
            include_str!(concat!("../../../guests/", $language, "/template/", $path)),
            $values,
        )),*]
    };
}
pub(crate) use files;

/// A file with that name would hide templates from git, so it has another one there.
const IGNORED: &str = "gitignore";

pub fn file(path: &str, text: &str, values: &[(&str, &str)]) -> File {
    let path = if path == IGNORED { ".gitignore" } else { path };
    File::new(path, fill(text, values))
}
