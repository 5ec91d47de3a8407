//! The statements of WIT, found without a parser, since they are needed where that gave up: from
//! the brackets, the semicolons, and the words that begin something.

use std::ops::Range;

/// Words that stand nowhere but at the beginning of a statement.
const STARTERS: [&str; 11] = [
    "enum", "export", "flags", "import", "include", "package", "record", "type", "use", "variant",
    "world",
];

pub struct Statements<'a> {
    text: &'a str,
    tokens: Vec<Range<usize>>,
}

/// Tokens by their numbers.
#[derive(Clone)]
pub struct Statement<'a> {
    first: usize,
    /// The one behind it.
    end: usize,
    /// What stands between its braces.
    body: Option<Range<usize>>,
    /// Whether it ends as statements do.
    ended: bool,
    /// What it begins with, after its attributes, and what follows that.
    pub keyword: &'a str,
    pub name: &'a str,
    /// Whether there are statements in its body.
    is_container: bool,
}

impl Statement<'_> {
    pub fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Whether it may stand in a file, outside of all others.
    pub fn starts_item(&self) -> bool {
        matches!(self.keyword, "interface" | "world" | "package" | "use")
    }
}

/// A name without the mark that keeps it from being a keyword.
pub fn word(text: &str) -> &str {
    text.strip_prefix('%').unwrap_or(text)
}

impl<'a> Statements<'a> {
    pub fn of(text: &'a str) -> Statements<'a> {
        let tokens = tokens(text);
        Statements { text, tokens }
    }

    pub fn has_token(&self, at: usize) -> bool {
        let i = self.tokens.partition_point(|token| token.end <= at);
        self.tokens.get(i).is_some_and(|token| token.start <= at)
    }

    /// The statements around this place, each in the one before it.
    pub fn path(&self, at: usize) -> Vec<Statement<'a>> {
        let mut path: Vec<Statement<'a>> = Vec::new();
        let mut within = 0..self.tokens.len();
        while let Some(statement) = self.around(at, within) {
            let body = statement.body.clone().filter(|_| statement.is_container);
            path.push(statement);
            match body {
                Some(body) if self.starts(body.start) <= at && at <= self.starts(body.end) => {
                    within = body;
                }
                _ => break,
            }
        }
        path
    }

    /// The one of `within` that this place is in, or that should have ended before it.
    fn around(&self, at: usize, within: Range<usize>) -> Option<Statement<'a>> {
        let mut before: Option<Statement<'a>> = None;
        let mut first = within.start;
        while first < within.end && self.starts(first) <= at {
            let statement = self.statement(first..within.end);
            let is_next = self.starts(first) == at;
            if is_next && before.as_ref().is_some_and(|before| !before.ended) {
                return before;
            }
            if at < self.range(&statement).end {
                return Some(statement);
            }
            first = statement.end;
            before = Some(statement);
        }
        before.filter(|before| !before.ended)
    }

    /// The one that begins with the first of these tokens.
    fn statement(&self, within: Range<usize>) -> Statement<'a> {
        let Range { start: first, end } = within;
        let start = self.after_attributes(first, end);
        let keyword = self.token(start);
        let mut statement = Statement {
            first,
            end,
            body: None,
            ended: false,
            keyword,
            name: word(self.token(start + 1)),
            is_container: matches!(keyword, "interface" | "world" | "package" | "resource"),
        };
        let mut parentheses = 0usize;
        for i in start..end {
            match self.token(i) {
                ";" => return statement.ending_with(i),
                // One too many is alone.
                "}" => return statement.ending_with(i.max(first + 1) - 1),
                "{" => {
                    let close = self.closing(i, end);
                    statement.body = Some(i + 1..close);
                    statement.is_container |= self.token(i - 1) == "interface";
                    if close == end {
                        return statement;
                    }
                    let with_semicolon = self.token(close + 1) == ";" && close + 1 < end;
                    return statement.ending_with(close + usize::from(with_semicolon));
                }
                "(" => parentheses += 1,
                ")" => parentheses = parentheses.saturating_sub(1),
                _ if i > start && parentheses == 0 && self.begins(i, keyword) => {
                    statement.end = i;
                    return statement;
                }
                _ => {}
            }
        }
        statement
    }

    /// Whether a statement begins here, and one that began with `keyword` should have ended.
    fn begins(&self, i: usize, keyword: &str) -> bool {
        let (word, second, third) = (self.token(i), self.token(i + 1), self.token(i + 2));
        let is_function = second == ":" && matches!(third, "func" | "async" | "static");
        STARTERS.contains(&word)
            || (word == "interface" && third == "{")
            || (word == "resource" && matches!(third, "{" | ";"))
            || (is_function && !matches!(keyword, "import" | "export"))
    }

    fn after_attributes(&self, mut i: usize, end: usize) -> usize {
        while i + 1 < end && self.token(i) == "@" {
            i += 2;
            if self.token(i) == "(" {
                while i < end && !matches!(self.token(i), ")" | ";" | "{" | "}") {
                    i += 1;
                }
                i += usize::from(self.token(i) == ")");
            }
        }
        i.min(end.saturating_sub(1))
    }

    /// The brace that closes this one, or `end`.
    fn closing(&self, open: usize, end: usize) -> usize {
        let mut depth = 0;
        for i in open..end {
            match self.token(i) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                return i;
            }
        }
        end
    }

    /// Its bytes.
    pub fn range(&self, statement: &Statement<'a>) -> Range<usize> {
        self.starts(statement.first)..self.tokens[statement.end - 1].end
    }

    /// Where the next one begins that may stand in a file.
    pub fn next_item(&self, statement: &Statement<'a>) -> usize {
        let mut first = statement.end;
        while first < self.tokens.len() {
            let next = self.statement(first..self.tokens.len());
            if next.starts_item() {
                break;
            }
            first = next.end;
        }
        self.tokens[first - 1].end
    }

    pub fn words(&self, statement: &Statement<'a>) -> Vec<&'a str> {
        let all = statement.first..statement.end;
        all.map(|i| word(self.token(i))).collect()
    }

    /// The names that it defines.
    pub fn defined(&self, statement: &Statement<'a>) -> Vec<&'a str> {
        match statement.keyword {
            "enum" | "flags" | "interface" | "record" | "resource" | "type" | "variant"
            | "world" => vec![statement.name],
            "use" => {
                let all = match &statement.body {
                    Some(names) => names.clone(),
                    None => statement.first..statement.end,
                };
                // Of `a as b` the second.
                let last = |i: &usize| matches!(self.token(i + 1), "," | "}" | ";");
                let names = all.filter(last).map(|i| word(self.token(i)));
                names.collect()
            }
            _ => Vec::new(),
        }
    }

    /// Past the last one there is nothing.
    fn token(&self, i: usize) -> &'a str {
        let range = self.tokens.get(i).cloned();
        range.map_or("", |range| &self.text[range])
    }

    fn starts(&self, i: usize) -> usize {
        let token = self.tokens.get(i);
        token.map_or(self.text.len(), |token| token.start)
    }
}

impl Statement<'_> {
    fn ending_with(mut self, last: usize) -> Self {
        self.end = last + 1;
        self.ended = true;
        self
    }
}

/// Words and single characters; no space, and no comments.
fn tokens(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let end = at + c.len_utf8();
        at = if c.is_whitespace() {
            end
        } else if rest.starts_with("//") {
            at + rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            at + comment(rest.as_bytes())
        } else {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let end = match c {
                _ if c.is_ascii_alphanumeric() || c == '%' => {
                    let more = &text[end..];
                    end + more.find(|c| !is_part(c)).unwrap_or(more.len())
                }
                '"' => end + text[end..].find('"').map_or(0, |more| more + 1),
                _ => end,
            };
            all.push(at..end);
            end
        };
    }
    all
}

/// The length of the comment that a text begins with; such comments nest.
fn comment(text: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < text.len() {
        match &text[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}
