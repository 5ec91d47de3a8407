//! Go source that wit-bindgen wrote, taken apart and put together: only as far as its manner needs.

use std::collections::{BTreeMap, BTreeSet};

/// The packages of a source: by the name that it uses, "import" lines without the word.
#[derive(Default, Clone)]
pub struct Imports(BTreeMap<String, String>);

impl Imports {
    /// `witTypes "bindings/wit/types"`, `"unsafe"`
    pub fn add(&mut self, line: &str) {
        let line = line.trim();
        let Some((name, path)) = line.split_once('"') else {
            return;
        };
        let path = path.trim_end_matches('"');
        let last = path.rsplit('/').next().unwrap_or(path);
        let used = match name.trim() {
            "" => last,
            name => name,
        };
        self.0.insert(used.to_string(), line.to_string());
    }

    pub fn extend(&mut self, others: &Imports) {
        self.0.extend(others.0.clone());
    }

    /// "import (..)" of those that the code uses: Go refuses others.
    pub fn used_by(&self, code: &str) -> String {
        let mut lines: Vec<&str> = self
            .0
            .iter()
            .filter(|(name, _)| uses(code, name))
            .map(|(_, line)| line.as_str())
            .collect();
        lines.sort_by_key(|line| path_of(line));
        // Go's own first.
        let (own, others): (Vec<&str>, Vec<&str>) = lines
            .into_iter()
            .partition(|line| !path_of(line).contains("bindings/"));
        let block = |lines: Vec<&str>| -> String {
            lines.iter().map(|line| format!("\t{line}\n")).collect()
        };
        let between = if own.is_empty() || others.is_empty() {
            ""
        } else {
            "\n"
        };
        let all = format!("{}{between}{}", block(own), block(others));
        match all.is_empty() {
            true => String::new(),
            false => format!("import (\n{all})\n\n"),
        }
    }
}

fn path_of(line: &str) -> &str {
    line.split('"').nth(1).unwrap_or(line)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether code, outside of comments and messages, names something of a package.
fn uses(code: &str, package: &str) -> bool {
    let qualified = format!("{package}.");
    let is_text = |line: &&str| {
        ["//", "panic("]
            .iter()
            .any(|s| line.trim_start().starts_with(s))
    };
    code.lines().filter(|line| !is_text(line)).any(|line| {
        line.match_indices(&qualified)
            .any(|(at, _)| !line[..at].ends_with(|c| is_word(c) || c == '.'))
    })
}

/// "shop.Order" as "Order" where package is "shop"; with another in its place: "orders.Order".
pub fn requalify(code: &str, package: &str, with: &str) -> String {
    let words = words(code);
    let mut out = String::with_capacity(code.len());
    let mut is_gone = false;
    for (index, word) in words.iter().enumerate() {
        let before = if index == 0 { "" } else { words[index - 1] };
        let after = words.get(index + 1).copied().unwrap_or_default();
        if *word == package && after.starts_with('.') && !before.ends_with('.') {
            out += with;
            is_gone = true;
        } else if std::mem::take(&mut is_gone) {
            // With its full stop, which "with" brings along.
            out += &word[1..];
        } else {
            out += word;
        }
    }
    out
}

/// Types that a declaration of others names, by the package that they are in: not what begins a line,
/// which declares something, nor what is called.
pub fn qualify(declaration: &str, package: &str, types: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for line in declaration.split_inclusive('\n') {
        let words = words(line);
        for (index, word) in words.iter().enumerate() {
            let after = words.get(index + 1).copied().unwrap_or_default();
            let is_first = words[..index].iter().all(|word| word.trim().is_empty());
            let is_field = index > 0 && words[index - 1].ends_with('.');
            if types.contains(*word) && !is_first && !is_field && !after.starts_with('(') {
                out += package;
                out.push('.');
            }
            out += word;
        }
    }
    out
}

/// Code with another word in the place of one.
pub fn replace_word(code: &str, word: &str, with: &str) -> String {
    let replaced = words(code)
        .into_iter()
        .map(|w| if w == word { with } else { w });
    replaced.collect()
}

/// Words, and what is between them.
fn words(code: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let end = rest
            .find(|c| is_word(c) != is_word(first))
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        all.push(word);
        rest = after;
    }
    all
}

/// The types that declarations declare.
pub fn declared_types(code: &str) -> BTreeSet<String> {
    code.lines()
        .filter_map(|line| line.strip_prefix("type "))
        .map(|rest| rest.chars().take_while(|c| is_word(*c)).collect())
        .collect()
}

/// What stands before "package", its imports, and the code.
pub fn parts(text: &str) -> (Imports, &str) {
    let mut imports = Imports::default();
    let body = text.split_once("\nimport (").map_or("", |(_, body)| body);
    let (list, code) = body.split_once("\n)").unwrap_or((body, ""));
    list.lines().for_each(|line| imports.add(line));
    (imports, code)
}

/// The declarations of a source without statements in it: comments, directives and lines up to one
/// that ends it.
pub fn declarations(code: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = String::new();
    for line in code.lines() {
        if open.is_empty() && line.trim().is_empty() {
            continue;
        }
        open += line;
        open.push('\n');
        if is_last(line, &open) {
            all.push(std::mem::take(&mut open));
        }
    }
    if !open.is_empty() {
        all.push(open);
    }
    all
}

fn is_last(line: &str, declaration: &str) -> bool {
    if line.starts_with("//") {
        return false;
    }
    if line == "}" || line == ")" {
        return true;
    }
    let first = declaration.lines().find(|line| !line.starts_with("//"));
    first == Some(line) && !line.ends_with('{') && !line.ends_with('(')
}

/// The first line that is no comment.
pub fn head(declaration: &str) -> &str {
    declaration
        .lines()
        .find(|line| !line.starts_with("//"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_that_are_used_are_imported() {
        let mut imports = Imports::default();
        for line in [
            "\"unsafe\"",
            "\"runtime\"",
            "witTypes \"bindings/wit/types\"",
            "\"bindings/shop\"",
        ] {
            imports.add(line);
        }
        let code = "// runtime.Pinner\nx := unsafe.Pointer(workshop.Order, a.shop.b)\n\tpanic(\"shop.f\")\n";
        assert_eq!(imports.used_by(code), "import (\n\t\"unsafe\"\n)\n\n");
        assert_eq!(
            imports.used_by("shop.Order + witTypes.Unit + runtime.GC"),
            "import (\n\t\"runtime\"\n\n\t\"bindings/shop\"\n\twitTypes \"bindings/wit/types\"\n)\n\n"
        );
        assert_eq!(imports.used_by("1 + 2"), "");
    }

    #[test]
    fn a_package_is_called_differently() {
        let code = "shop.Order, workshop.Order, x.shop.Order, []shop.Order";
        assert_eq!(
            requalify(code, "shop", ""),
            "Order, workshop.Order, x.shop.Order, []Order"
        );
        assert_eq!(requalify("shop.shop.A", "shop", ""), "shop.A");
    }

    #[test]
    fn types_of_another_package_get_its_name_where_they_are_types() {
        let types = ["Header".to_string()].into();
        let code = "type Sent struct {\n\tHeader []Header\n\tOther x.Header\n}\n\
                    func (self Sent) Header() Header {\n\treturn self.value.(Header)\n}\n";
        assert_eq!(
            qualify(code, "mail", &types),
            "type Sent struct {\n\tHeader []mail.Header\n\tOther x.Header\n}\n\
             func (self Sent) Header() mail.Header {\n\treturn self.value.(mail.Header)\n}\n"
        );
    }

    #[test]
    fn declarations_are_told_apart() {
        let code = "\n// A.\ntype A struct {\n        x int\n}\ntype B = A\n\nconst (\nC = 1\n)\n\
                    //go:wasmimport m f\nfunc f(a int32)\n\nfunc g() {\n        if x {\n        }\n}\n";
        assert_eq!(
            declarations(code),
            [
                "// A.\ntype A struct {\n        x int\n}\n",
                "type B = A\n",
                "const (\nC = 1\n)\n",
                "//go:wasmimport m f\nfunc f(a int32)\n",
                "func g() {\n        if x {\n        }\n}\n",
            ]
        );
    }
}
