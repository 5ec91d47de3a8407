//! Writes C++ text: indented, no wider than 100 columns, blank lines single.

const WIDTH: usize = 100;

#[derive(Default)]
pub struct Out {
    text: String,
    indent: usize,
}

impl Out {
    /// One line of code; broken where it is too wide.
    pub fn line(&mut self, line: &str) {
        for part in wrap(line, self.indent) {
            self.raw(&part);
        }
    }

    /// `head {`, `statement;` and `}`: on one line where it fits.
    pub fn function(&mut self, head: &str, statement: &str, note: &str) {
        let one = format!("{head} {{ {statement} }}{note}");
        if self.indent + one.len() <= WIDTH {
            return self.raw_indented(&one);
        }
        self.line(&format!("{head} {{{note}"));
        self.indented(2, |out| out.line(statement));
        self.line("}");
    }

    /// Lines of comment; those too wide are broken between words.
    pub fn comment(&mut self, text: &str) {
        for line in text.lines() {
            // A backslash at the end would go on with the next line, which may be code.
            let line = line.trim_end_matches(['\\', ' ', '\t', '\r']);
            for part in fill(line, WIDTH - self.indent - 3) {
                self.raw_indented(format!("// {part}").trim_end());
            }
        }
    }

    pub fn blank(&mut self) {
        // Not after a line that opens something.
        if !self.text.is_empty() && !self.text.ends_with("\n\n") && !self.text.ends_with("{\n") {
            self.text.push('\n');
        }
    }

    /// public: and private:, one column to the left.
    pub fn access(&mut self, word: &str) {
        let line = format!("{:1$}{word}:", "", self.indent - 1);
        self.raw(&line);
    }

    pub fn indent(&mut self) {
        self.indent += 2;
    }

    pub fn outdent(&mut self) {
        self.indent -= 2;
    }

    /// No blank line before what closes.
    pub fn trim_blank(&mut self) {
        if self.text.ends_with("\n\n") {
            self.text.pop();
        }
    }

    /// `struct A : B {`, or the part from the colon on its own lines.
    pub fn heir(&mut self, head: &str, bases: &str) {
        let one = format!("{head} : {bases}");
        if self.indent + one.len() <= WIDTH {
            return self.raw_indented(&one);
        }
        self.line(head);
        self.indented(4, |out| out.line(&format!(": {bases}")));
    }

    pub fn indented(&mut self, by: usize, write: impl FnOnce(&mut Out)) {
        self.indent += by;
        write(self);
        self.indent -= by;
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn append(&mut self, other: Out) {
        self.text.push_str(&other.text);
    }

    pub fn finish(self) -> String {
        self.text
    }

    fn raw_indented(&mut self, line: &str) {
        let line = format!("{:1$}{line}", "", self.indent);
        self.raw(&line);
    }

    fn raw(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }
}

/// Words put on lines of at most `width`. What is before the first word stays before each.
fn fill(text: &str, width: usize) -> Vec<String> {
    if text.len() <= width {
        return vec![text.to_string()];
    }
    let start = text.len() - text.trim_start().len();
    let mut lines = Vec::new();
    let mut line = text[..start].to_string();
    for word in text.split_whitespace() {
        if line.len() > start && line.len() + 1 + word.len() > width {
            lines.push(std::mem::replace(&mut line, text[..start].to_string()));
        }
        if line.len() > start {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A place in a line where it may be broken.
#[derive(Clone)]
struct Break {
    /// Bytes of the line before it.
    at: usize,
    depth: usize,
    /// The columns at which what stands in the open brackets is aligned.
    open: Vec<usize>,
}

/// Breaks a line of code as clang-format would: where the fewest brackets are open, and what stands
/// in brackets below its beginning, or, where that is too narrow, all of it on lines of its own.
fn wrap(line: &str, indent: usize) -> Vec<String> {
    let too_wide =
        |lines: &[String]| -> usize { lines.iter().map(|l| l.len().saturating_sub(WIDTH)).sum() };
    let mut best = break_up(line, indent, 0);
    // Of a function the type that it returns can be too wide as well.
    for hang in [1, 2] {
        if too_wide(&best) > 0 {
            let other = break_up(line, indent, hang);
            if too_wide(&other) < too_wide(&best) {
                best = other;
            }
        }
    }
    best
}

/// What stands in the first `hang` brackets is on lines of its own.
fn break_up(line: &str, indent: usize, hang: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = line;
    let mut column = indent;
    let mut open: Vec<usize> = Vec::new();
    let mut hang = hang;
    // Bases of a class stand below one another.
    let next = indent + if line.starts_with(": ") { 2 } else { 4 };
    while column + rest.len() > WIDTH {
        let (soft, hard) = breaks(rest, column, &open);
        let fits = |b: &&Break| column + rest[..b.at].trim_end().len() <= WIDTH;
        let best = soft
            .iter()
            .filter(fits)
            .min_by_key(|b| (b.depth, usize::MAX - b.at));
        // The last of the outer brackets: that of the parameters.
        let outermost = open.is_empty() || (hang > 0 && !lines.is_empty());
        let bracket = hard.iter().rfind(|b| outermost && b.depth == 1 && fits(b));
        let chosen = match (best, bracket) {
            // After ` = ` first: that may be enough.
            (Some(b), _) if b.depth == 0 => Some(b),
            (_, Some(b)) if hang > 0 => {
                hang -= 1;
                Some(b)
            }
            (Some(b), _) => Some(b),
            (None, bracket) => bracket,
        };
        let Some(chosen) = chosen.cloned() else { break };
        lines.push(format!("{:column$}{}", "", rest[..chosen.at].trim_end()));
        rest = rest[chosen.at..].trim_start();
        column = chosen.open.last().copied().unwrap_or(next);
        open = chosen.open;
    }
    lines.push(format!("{:column$}{rest}", ""));
    lines
}

/// Where `line`, which begins at `column` within brackets that are `open`, may be broken: after
/// commas and ` = `, and, if need be, after a bracket.
fn breaks(line: &str, column: usize, open: &[usize]) -> (Vec<Break>, Vec<Break>) {
    let (mut soft, mut hard) = (Vec::new(), Vec::new());
    let mut open = open.to_vec();
    let mut quoted = false;
    let bytes = line.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        let here = |at, open: &[usize]| Break {
            at,
            depth: open.len(),
            open: open.to_vec(),
        };
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'<' | b'{' => {
                open.push(column + i + 1);
                if i + 1 < bytes.len() {
                    let mut after = open.clone();
                    *after.last_mut().expect("one was pushed") = column + 4;
                    hard.push(here(i + 1, &after));
                }
            }
            b'>' if i > 0 && bytes[i - 1] == b'-' => {}
            b')' | b'>' | b'}' => {
                open.pop();
            }
            b' ' if line[i..].starts_with(" 0;") => {}
            // Not before the default of a parameter.
            b' ' if line[..i].ends_with('=') && !open.is_empty() => {}
            b' ' if line[..i].ends_with([',', '=']) => soft.push(here(i + 1, &open)),
            _ => {}
        }
    }
    (soft, hard)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(indent: usize, text: &str) -> String {
        let mut out = Out::default();
        out.indented(indent, |out| out.line(text));
        out.finish()
    }

    #[test]
    fn what_fits_stays_on_its_line() {
        assert_eq!(line(2, "f(a, b);"), "  f(a, b);\n");
    }

    #[test]
    fn arguments_are_aligned_behind_their_bracket() {
        let long = "mortise::Outcome<std::string, std::string> process_data(mortise::StringArg input, const MetadataRef& meta) const {";
        let expected = "  mortise::Outcome<std::string, std::string> process_data(mortise::StringArg input,\n                                                          const MetadataRef& meta) const {\n";
        assert_eq!(line(2, long), expected);
    }

    #[test]
    fn a_line_is_broken_after_an_equals_sign_first() {
        let long = "using ProcessData = mortise::abi::Function<\"process-data\", std::expected<std::string, std::string>, mortise::abi::Param<\"meta\", MetadataRef>>;";
        let expected = "  using ProcessData =\n      mortise::abi::Function<\"process-data\", std::expected<std::string, std::string>,\n                             mortise::abi::Param<\"meta\", MetadataRef>>;\n";
        assert_eq!(line(2, long), expected);
    }

    #[test]
    fn arguments_that_would_be_too_narrow_hang() {
        let name = "x".repeat(70);
        let long = format!("void {name}(std::string_view first, std::string_view second);");
        let expected =
            format!("  void {name}(\n      std::string_view first, std::string_view second);\n");
        assert_eq!(line(2, &long), expected);
    }

    #[test]
    fn a_type_that_is_returned_hangs_too_where_it_is_too_wide() {
        let (one, two, three) = ("x".repeat(60), "y".repeat(60), "z".repeat(30));
        let long = format!("R<{one}, {two}> name({three} first, {three} second);");
        let expected = format!(
            "  R<\n      {one},\n      {two}> name(\n          {three} first, {three} second);\n"
        );
        assert_eq!(line(2, &long), expected);
    }

    #[test]
    fn a_default_stays_with_its_parameter() {
        let name = "x".repeat(60);
        let long = format!("void {name}(std::string_view first, const Options& o = {{}});");
        let lines = line(2, &long);
        assert!(lines.ends_with(" const Options& o = {});\n"), "{lines}");
    }

    #[test]
    fn what_has_no_place_to_break_stays() {
        let long = "x".repeat(120);
        assert_eq!(line(0, &long), format!("{long}\n"));
    }

    #[test]
    fn comments_are_broken_between_words_and_keep_their_indent() {
        let mut out = Out::default();
        out.comment(&format!("  {}one two", "word ".repeat(19)));
        let words = "word ".repeat(19);
        assert_eq!(
            out.finish(),
            format!("//   {}\n//   one two\n", words.trim_end())
        );
    }

    #[test]
    fn no_comment_goes_on_in_the_next_line() {
        let mut out = Out::default();
        out.comment("one \\\ntwo\\ \r\n\nthree");
        assert_eq!(out.finish(), "// one\n// two\n//\n// three\n");
    }
}
