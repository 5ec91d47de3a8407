//! Reads generated C++ line by line, and knows which namespace or class each is in.

#[derive(Default)]
pub struct Scopes<'a> {
    /// Those that are open, the names of namespaces and classes among them.
    open: Vec<Option<&'a str>>,
}

impl<'a> Scopes<'a> {
    /// After the line.
    pub fn read(&mut self, line: &'a str) {
        let code = line.trim_start();
        if code.starts_with("//") {
            return;
        }
        let mut words = code.split([' ', ':']).filter(|word| !word.is_empty());
        let name = match words.next() {
            Some("namespace" | "class") => words.next(),
            _ => None,
        };
        for c in code.chars() {
            match c {
                '{' => self.open.push(name),
                '}' => drop(self.open.pop()),
                _ => {}
            }
        }
    }

    /// "exports::acme::shop"; nothing within functions, records and the like.
    pub fn path(&self) -> Option<String> {
        let names: Option<Vec<&str>> = self.open.iter().copied().collect();
        names.map(|names| names.join("::"))
    }
}
