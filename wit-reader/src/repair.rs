//! What is done to the sources so that the parser gets past an error: a copy of them with spaces
//! where something was.

use std::collections::HashSet;
use std::ops::Range;

use crate::errors::{Kind, Place, Problem};
use crate::files::{Package, Source};
use crate::statement::{Statement, Statements, word};

/// What was done so far, and what the parser will miss because of it.
#[derive(Default)]
pub struct Repairs {
    /// Names that are gone, and the interface or world that they were in; empty: the package.
    gone: HashSet<(String, String)>,
    /// Packages that are nowhere, as they were asked for.
    missing: HashSet<String>,
    /// Packages that had a header, and those that have one of ours.
    beheaded: HashSet<usize>,
    renamed: HashSet<usize>,
    /// Files in which something was done.
    touched: HashSet<(usize, usize)>,
    /// Where a type was put in place of another.
    mended: HashSet<Place>,
}

impl Repairs {
    /// Whether there would be no such error, had nothing been repaired.
    pub fn follows(&self, packages: &[Package], problem: &Problem) -> bool {
        let Some(place) = &problem.place else {
            return problem.kind == Kind::NoHeader && self.beheaded.contains(&problem.package);
        };
        let text = &packages[place.package].sources[place.file].text;
        match problem.kind {
            _ if problem.is_at_end() => self.touched.contains(&(place.package, place.file)),
            Kind::NoPackage => {
                !self.renamed.is_empty() || self.missing.contains(&text[place.start..place.end])
            }
            Kind::NoType | Kind::Missing => self.is_gone(text, place),
            Kind::NoHeader | Kind::Other => false,
        }
    }

    fn is_gone(&self, text: &str, place: &Place) -> bool {
        let name = word(&text[place.start..place.end]);
        let statements = Statements::of(text);
        let path = statements.path(place.start);
        let scope = scope(&path);
        let words = path.last().map(|last| statements.words(last));
        self.gone.iter().any(|(owner, gone)| {
            gone == name
                && (owner.is_empty()
                    || owner == scope
                    || words.as_ref().is_some_and(|w| w.contains(&owner.as_str())))
        })
    }

    /// Whether there was something to do about it.
    pub fn repair(&mut self, packages: &mut [Package], problem: &Problem) -> bool {
        let Some(place) = &problem.place else {
            return problem.kind == Kind::NoHeader && self.rename(packages, problem.package);
        };
        self.touched.insert((place.package, place.file));
        let text = &mut packages[place.package].sources[place.file].text;
        if problem.kind == Kind::NoPackage {
            self.missing
                .insert(text[place.start..place.end].to_string());
        }
        if text[place.start..].starts_with("/*") {
            return blank(text, place.start..text.len());
        }
        let statements = Statements::of(text);
        if !statements.has_token(place.start) && blank(text, place.start..place.end) {
            return true;
        }
        let statements = Statements::of(text);
        let path = statements.path(place.start);
        let Some(last) = path.last() else {
            return blank(text, 0..text.len());
        };
        let is_type = problem.kind == Kind::NoType && !matches!(last.keyword, "type" | "use");
        if is_type && place.end - place.start >= 2 && self.mended.insert(place.clone()) {
            let length = place.end - place.start;
            text.replace_range(place.start..place.end, &format!("{:length$}", "u8"));
            return true;
        }
        let mut range = statements.range(last);
        if let [only] = path.as_slice() {
            if only.keyword == "package" && !only.has_body() {
                self.beheaded.insert(place.package);
            }
            if !only.starts_item() {
                range.end = statements.next_item(only);
            }
        }
        let outside = scope(&path[..path.len() - 1]);
        for name in statements.defined(last) {
            let is_item = matches!(last.keyword, "interface" | "world");
            let owner = if is_item { "" } else { outside };
            self.gone.insert((owner.to_string(), name.to_string()));
        }
        blank(text, range)
    }

    fn rename(&mut self, packages: &mut [Package], package: usize) -> bool {
        packages[package].sources.push(Source {
            path: String::new(),
            text: format!("package nameless:p{package};"),
        });
        self.renamed.insert(package)
    }
}

/// The name of the interface or world that the last of these is, or is in.
fn scope<'a>(path: &[Statement<'a>]) -> &'a str {
    let owner = path
        .iter()
        .rfind(|s| matches!(s.keyword, "interface" | "world"));
    owner.map_or("", |owner| owner.name)
}

/// Lines and columns stay what they are. Whether there was something else than space.
fn blank(text: &mut String, range: Range<usize>) -> bool {
    let old = &text[range.clone()];
    if old.trim().is_empty() {
        return false;
    }
    let new = old.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' });
    let new: String = new.collect();
    text.replace_range(range, &new);
    true
}
