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
    let qualified = format!("{package}.");
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(&qualified) {
        let (before, after) = rest.split_at(at);
        out += before;
        if before.ends_with(|c| is_word(c) || c == '.')
            || (before.is_empty() && out.ends_with(|c| is_word(c) || c == '.'))
        {
            out += &qualified;
        } else {
            out += with;
        }
        rest = &after[qualified.len()..];
    }
    out + rest
}

/// Types that a declaration of others names, by the package that they are in: not what begins a line,
/// which declares something, nor what is called.
pub fn qualify(declaration: &str, package: &str, types: &BTreeSet<String>) -> String {
    let mut out = String::new();
    for line in declaration.split_inclusive('\n') {
        let words = words(line);
        for (index, word) in words.iter().enumerate() {
            let after = words.get(index + 1).copied().unwrap_or_default();
            let is_first = index == 0;
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
