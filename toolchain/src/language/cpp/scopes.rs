//! Reads generated C++ line by line, and knows which namespace or class each is in.

#[derive(Default)]
pub struct Scopes<'a> {
    open: Vec<Scope<'a>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Scope<'a> {
    Namespace(&'a str),
    Class(&'a str),
    Other,
}

impl<'a> Scopes<'a> {
    /// After the line.
    pub fn read(&mut self, line: &'a str) {
        let code = line.trim_start();
        if code.starts_with("//") {
            return;
        }
        let mut words = code.split([' ', ':']).filter(|word| !word.is_empty());
        let scope = match (words.next(), words.next()) {
            (Some("namespace"), Some(name)) => Scope::Namespace(name),
            (Some("class"), Some(name)) => Scope::Class(name),
            _ => Scope::Other,
        };
        for c in code.chars() {
            match c {
                '{' => self.open.push(scope),
                '}' => drop(self.open.pop()),
                _ => {}
            }
        }
    }

    /// "exports::acme::shop"; nothing within functions, records and the like.
    pub fn path(&self) -> Option<String> {
        let name = |scope: &Scope<'a>| match scope {
            Scope::Namespace(name) | Scope::Class(name) => Some(*name),
            Scope::Other => None,
        };
        let names: Option<Vec<&str>> = self.open.iter().map(name).collect();
        names.map(|names| names.join("::"))
    }

    /// How many are open that are no namespaces.
    pub fn depth(&self) -> usize {
        let is_namespace = |scope: &&Scope| matches!(scope, Scope::Namespace(_));
        self.open.len() - self.open.iter().filter(is_namespace).count()
    }
}
