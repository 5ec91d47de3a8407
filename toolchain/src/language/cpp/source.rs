//! The adaptors of wit-bindgen-cpp 0.60 are made whole. As they are, they write the elements of a list
//! over the caller's own, where C++ and components do not have them alike; never free the lists that
//! they get; move what cannot be moved; and take the handle of what the host lends for its address.

pub fn repaired(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut function: Vec<&str> = Vec::new();
    let mut depth = 0;
    for line in text.lines() {
        function.push(line.trim());
        depth = depth_after(depth, line);
        if depth == 0 && line.trim() == "}" {
            out.append(&mut repaired_function(&function));
            function.clear();
        }
    }
    out.extend(function.into_iter().map(str::to_string));
    out.join("\n") + "\n"
}

fn depth_after(depth: usize, line: &str) -> usize {
    (depth + line.matches('{').count()).saturating_sub(line.matches('}').count())
}

/// What is to be done after a loop over the elements of a list.
enum After {
    /// The elements that came are the vector's now.
    Free { base: String, length: String },
    /// The elements that go are copies; the vector frees its own.
    KeepVector,
}

fn repaired_function(lines: &[&str]) -> Vec<String> {
    // It answers the host, which frees what it gets; else it calls the host, which only reads.
    let is_export = lines.iter().any(|line| line.contains(" __wasm_export_"));
    let mut out: Vec<String> = Vec::new();
    let mut loops: Vec<(usize, After)> = Vec::new();
    let mut depth = 0;
    let mut has_room = false;
    let mut is_leak_due = false;
    for (at, line) in lines.iter().enumerate() {
        if std::mem::take(&mut is_leak_due) && line.ends_with(".leak();") {
            continue;
        }
        let behind = &lines[at..];
        if let Some(list) = sent(behind) {
            has_room |= !is_export;
            out.push(list.allocated(is_export));
        } else {
            out.push(simple(line));
        }
        if line.starts_with("for (size_t i = 0; i < _len") {
            loops.push((depth, After::KeepVector));
        } else if let Some((base, length)) = received(lines, at) {
            loops.push((depth, After::Free { base, length }));
        }
        depth = depth_after(depth, line);
        if loops.last().is_some_and(|(outer, _)| *outer == depth) && line.starts_with('}') {
            match loops.pop() {
                Some((_, After::Free { base, length })) => {
                    out.push(format!("if ({length} > 0) free({base});"));
                }
                _ => is_leak_due = is_export,
            }
        }
    }
    if has_room && let Some(start) = out.iter().position(|line| line == "{") {
        out.insert(start + 1, "wit::Room room;".to_string());
    }
    out
}

/// A list whose elements are written one by one.
struct Sent<'a> {
    number: &'a str,
    /// Of an element: "(3*sizeof(void*))"
    size: &'a str,
}

/// auto _ptr5 = (uint8_t*)(_vec5.data());
/// auto _len5 = (size_t)(_vec5.size());
/// for (size_t i = 0; i < _len5; ++i) {
/// auto _base = _ptr5 + i * (3*sizeof(void*));
fn sent<'a>(lines: &[&'a str]) -> Option<Sent<'a>> {
    let [pointer, _, head, base, ..] = lines else {
        return None;
    };
    let (number, rest) = pointer.strip_prefix("auto _ptr")?.split_once(' ')?;
    let is_list = rest == format!("= (uint8_t*)(_vec{number}.data());")
        && *head == format!("for (size_t i = 0; i < _len{number}; ++i) {{");
    let size = base
        .strip_prefix(&format!("auto _base = _ptr{number} + i * "))?
        .strip_suffix(';')?;
    is_list.then_some(Sent { number, size })
}

impl Sent<'_> {
    fn allocated(&self, is_export: bool) -> String {
        let Sent { number, size } = self;
        let place = if is_export {
            "wit::elements"
        } else {
            "room.elements"
        };
        format!("auto _ptr{number} = {place}(_vec{number}.size(), {size});")
    }
}

/// auto _base2 = l1;
/// auto _len2 = l2;
/// auto _result2 = wit::vector<T>::allocate(_len2);
/// for (unsigned i=0; i<_len2; ++i) {
fn received(lines: &[&str], at: usize) -> Option<(String, String)> {
    let number = lines[at]
        .strip_prefix("for (unsigned i=0; i<_len")?
        .strip_suffix("; ++i) {")?;
    let base = format!("_base{number}");
    let begins = lines.get(at.checked_sub(3)?)?;
    begins
        .starts_with(&format!("auto {base} = "))
        .then(|| (base, format!("_len{number}")))
}

fn simple(line: &str) -> String {
    let line = payload(line).unwrap_or_else(|| line.to_string());
    returned(&held(&lent(&line)))
}

/// "Jar::Owned(Jar::ResourceRep(arg0))", of a resource that comes back, forgets the number that its
/// handle has from now on.
fn returned(line: &str) -> String {
    const OWNED: &str = "::Owned(";
    const REP: &str = "::ResourceRep(";
    let made = || {
        let (before, after) = line.split_once(OWNED)?;
        let (head, class) = before.rsplit_once([' ', '(']).unwrap_or(("", before));
        let handle = after.strip_prefix(class)?.strip_prefix(REP)?;
        let space = &before[head.len()..before.len() - class.len()];
        // One of the two brackets at its end is that of Owned.
        let (handle, rest) = handle.split_once("))")?;
        Some(format!(
            "{head}{space}wit::returned<{class}>({handle}){rest}"
        ))
    };
    made().unwrap_or_else(|| line.to_string())
}

/// What a tuple has, as "std::tuple<wit::string, Cart&&>", is its own.
pub fn held(line: &str) -> String {
    line.replace("&&>", ">").replace("&&,", ",")
}

/// "wit::vector<int32_t> payload1 = (std::move(v)).value();" is one by reference: it may have no copy,
/// and may be a view where the type says a vector.
fn payload(line: &str) -> Option<String> {
    let (_, rest) = line.split_once(" payload")?;
    let (number, value) = rest.split_once(" = ")?;
    let is_one = number.chars().all(|c| c.is_ascii_digit())
        && [".value();", ".error();", ".get_view();"]
            .iter()
            .any(|end| value.ends_with(end));
    is_one.then(|| {
        let value = value
            .replace(".value()", ".operator*()")
            .replace(".get_view();", ";");
        format!("auto&& payload{number} = {value}")
    })
}

/// "std::ref(*(acme::shop::Cart *)arg0)", of a resource of the host's
fn lent(line: &str) -> String {
    const BEGIN: &str = "std::ref(*(";
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        out += before;
        rest = after;
        let parts = after
            .split_once(" *)")
            .and_then(|(class, behind)| Some((class, behind.split_once(')')?)))
            .filter(|(class, _)| !class.starts_with("exports::"));
        match parts {
            Some((class, (handle, behind))) => {
                out += &format!("wit::borrow<{class}>({handle})");
                rest = behind;
            }
            None => out += BEGIN,
        }
    }
    out + rest
}
