//! All that is wrong with a package: what the parser says, one error after the other.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wit_parser::{
    PackageId, ParseErrorKind, Resolve, ResolveError, ResolveErrorKind, SourceMap, Span,
    UnresolvedPackageGroup,
};

use crate::Features;
use crate::files::{Package, Source, Wit};
use crate::repair::Repairs;

/// Errors that are told; more help nobody.
const MOST: usize = 20;

/// How often the parser may run, and how much it may read in all, before it is left at what was
/// found: errors that follow from others count, and are a stranger's to multiply.
const RUNS: usize = 200;
const READ: usize = 16 << 20;

/// A line that is longer is not shown.
const LONGEST_LINE: usize = 500;

/// Where in the sources something is, in bytes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Of `Work::packages`.
    pub package: usize,
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A type that is nowhere.
    NoType,
    /// Something else that is nowhere.
    Missing,
    NoPackage,
    /// A package does not say which one it is.
    NoHeader,
    Other,
}

/// One error, as the parser has it.
pub struct Problem {
    pub kind: Kind,
    pub message: String,
    /// None: it is about the package.
    pub place: Option<Place>,
    /// Of `Work::packages`.
    pub package: usize,
}

/// The sources, as they are and as the parser is given them.
struct Work {
    /// The main one first.
    packages: Vec<Package>,
    originals: Vec<Vec<String>>,
    encoded: Vec<Resolve>,
}

/// What the sources come to.
pub fn resolve(wit: Wit, features: &Features) -> Result<(Resolve, PackageId), String> {
    let mut work = Work::new(wit);
    let first = match work.attempt(features) {
        Ok(done) => return Ok(done),
        Err(problem) => problem,
    };
    let (problems, complete) = work.problems(first, features);
    Err(work.text(&problems, complete))
}

impl Work {
    fn new(wit: Wit) -> Work {
        let mut packages = vec![wit.main];
        packages.extend(wit.deps);
        Work {
            packages,
            originals: Vec::new(),
            encoded: wit.encoded,
        }
    }

    fn size(&self) -> usize {
        let sources = self.packages.iter().flat_map(|package| &package.sources);
        sources.map(|source| source.text.len()).sum()
    }

    /// The errors by place, `first` among them; and whether they are all that there are.
    fn problems(&mut self, first: Problem, features: &Features) -> (Vec<Problem>, bool) {
        let texts = |package: &Package| package.sources.iter().map(|s| s.text.clone()).collect();
        self.originals = self.packages.iter().map(texts).collect();
        let mut repairs = Repairs::default();
        let mut found: Vec<Problem> = Vec::new();
        let mut next = Some(first);
        let most = (READ / self.size().max(1)).min(RUNS);
        let mut runs = 0;
        while let Some(problem) = next.take() {
            let follows = repairs.follows(&self.packages, &problem);
            let repaired = repairs.repair(&mut self.packages, &problem);
            if !follows && !found.iter().any(|other| other.is_at(&problem)) {
                found.push(problem);
            }
            if !repaired || found.len() == MOST || runs == most {
                return (sorted(found), false);
            }
            runs += 1;
            // What was told of stays told if the parser gives up on what was made of the rest.
            let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(features)));
            match attempt {
                Ok(Ok(_)) => {}
                Ok(Err(problem)) => next = Some(problem),
                Err(_) => return (sorted(found), false),
            }
        }
        (sorted(found), true)
    }

    fn attempt(&self, features: &Features) -> Result<(Resolve, PackageId), Problem> {
        let groups = (0..self.packages.len()).map(|i| parse(&self.packages, i));
        let mut groups = groups.collect::<Result<Vec<_>, Problem>>()?;
        let main = groups.remove(0);
        let mut resolve = features.resolve();
        for encoded in &self.encoded {
            if let Err(error) = resolve.merge(encoded.clone()) {
                return Err(Problem {
                    kind: Kind::Other,
                    message: format!("{error:#}"),
                    place: None,
                    package: 0,
                });
            }
        }
        match resolve.push_groups(main, groups) {
            Ok(package) => Ok((resolve, package)),
            Err(error) => Err(self.unresolved(&resolve, &error)),
        }
    }

    fn unresolved(&self, resolve: &Resolve, error: &ResolveError) -> Problem {
        let message = error.kind().to_string();
        let (kind, message) = match error.kind() {
            ResolveErrorKind::PackageNotFound { .. } => (Kind::NoPackage, message),
            ResolveErrorKind::DuplicatePackage { span2, .. } => {
                let first = resolve.render_location(*span2);
                (Kind::Other, format!("{message}, here and at {first}"))
            }
            _ if message.contains(" not found in package")
                || message.contains(" not defined in interface") =>
            {
                (Kind::Missing, message)
            }
            _ => (Kind::Other, message),
        };
        let place = place(&self.packages, &resolve.source_map, error.kind().span());
        Problem {
            kind,
            message,
            package: place.as_ref().map_or(0, |place| place.package),
            place,
        }
    }

    fn text(&self, problems: &[Problem], complete: bool) -> String {
        let mut all: Vec<String> = problems.iter().map(|p| self.excerpt(p)).collect();
        if problems.iter().any(|p| p.kind == Kind::NoPackage) {
            let last = all.len() - 1;
            all[last].push_str(&self.where_packages_are());
        }
        match (problems.len(), complete) {
            (1, _) => {}
            (n, true) => all.push(format!("{n} errors")),
            (n, false) => all.push(format!("{n} errors, and perhaps more behind them")),
        }
        all.join("\n")
    }

    /// As the parser shows an error, with the line as it was.
    fn excerpt(&self, problem: &Problem) -> String {
        let message = &problem.message;
        let Some(place) = &problem.place else {
            let package = &self.packages[problem.package];
            return format!("{}: {message}", package.place.display());
        };
        let path = &self.packages[place.package].sources[place.file].path;
        let text = &self.originals[place.package][place.file];
        let line_start = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
        let line = text[line_start..].split('\n').next().unwrap_or_default();
        let number = text[..place.start].matches('\n').count() + 1;
        let before = text[line_start..place.start].chars().count();
        let column = before + 1;
        if line.len() > LONGEST_LINE {
            return format!("{path}:{number}:{column}: {message}");
        }
        let line = line.trim_end();
        let marked = text[place.start..place.end].chars().count().max(1) - 1;
        format!(
            "{message}\n     --> {path}:{number}:{column}\n      |\n {number:4} | {line}\n      | \
             {:before$}^{:-<marked$}",
            "", ""
        )
    }

    fn where_packages_are(&self) -> String {
        let place = &self.packages[0].place;
        if place.is_dir() {
            let deps = place.join("deps");
            format!(
                "\nOther packages are looked for in {}: fetch them with `wkg wit fetch` or \
                 `wit-deps`",
                deps.display()
            )
        } else {
            "\nA file is read alone. Name its folder instead, and the packages in its deps/ are \
             read too"
                .to_string()
        }
    }
}

impl Problem {
    fn is_at(&self, other: &Problem) -> bool {
        match (&self.place, &other.place) {
            (Some(a), Some(b)) => (a.package, a.file, a.start) == (b.package, b.file, b.start),
            (None, None) => self.package == other.package,
            _ => false,
        }
    }

    /// Where the file ends before something in it does.
    pub fn is_at_end(&self) -> bool {
        self.message.ends_with(", found eof") || self.message == "unexpected end of file"
    }
}

fn sorted(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by(|a, b| (a.package, &a.place).cmp(&(b.package, &b.place)));
    problems
}

/// Parses `packages[i]`.
fn parse(packages: &[Package], i: usize) -> Result<UnresolvedPackageGroup, Problem> {
    let (map, error) = match source_map(&packages[i].sources).parse() {
        Ok(group) => return Ok(group),
        Err(failed) => failed,
    };
    let kind = match error.kind() {
        ParseErrorKind::ItemNotFound { kind, .. } if matches!(kind.as_str(), "name" | "type") => {
            Kind::NoType
        }
        ParseErrorKind::ItemNotFound { .. } => Kind::Missing,
        kind if !kind.span().is_known() => Kind::NoHeader,
        _ => Kind::Other,
    };
    let place = match error.kind() {
        ParseErrorKind::Lex(_) => first_unreadable(packages, i),
        _ => place(packages, &map, error.kind().span()),
    };
    Err(Problem {
        kind,
        message: error.to_string(),
        place,
        package: i,
    })
}

fn place(packages: &[Package], map: &SourceMap, span: Span) -> Option<Place> {
    let location = map.resolve_span(span)?;
    let (package, file) = packages.iter().enumerate().find_map(|(i, package)| {
        let is_it = |source: &Source| source.path == location.path;
        let file = package.sources.iter().position(is_it)?;
        Some((i, file))
    })?;
    let text = &packages[package].sources[file].text;
    // That of a character which is no token is a byte long.
    let end = (location.range.end..text.len()).find(|at| text.is_char_boundary(*at));
    Some(Place {
        package,
        file,
        start: location.range.start,
        end: end.unwrap_or(text.len()),
    })
}

fn source_map<'a>(sources: impl IntoIterator<Item = &'a Source>) -> SourceMap {
    let mut map = SourceMap::default();
    for source in sources {
        map.push_str(&source.path, source.text.as_str());
    }
    map
}

/// The first place of which no token can be made. Of those the parser counts some from the
/// beginning of their file and some from that of the first one, so it is asked of each file alone.
fn first_unreadable(packages: &[Package], i: usize) -> Option<Place> {
    let mut sources: Vec<&Source> = packages[i].sources.iter().collect();
    sources.sort_by_key(|source| &source.path);
    sources.into_iter().find_map(|source| {
        let (map, error) = source_map([source]).parse().err()?;
        match error.kind() {
            ParseErrorKind::Lex(_) => place(packages, &map, error.kind().span()),
            _ => None,
        }
    })
}

#[cfg(test)]
#[path = "errors_test.rs"]
mod tests;
