//! The adaptors of wit-bindgen-cpp 0.60 are made whole. As they are, they write the elements of a list
//! over the caller's own, where C++ and components do not have them alike; never free the lists that
//! they get; move what cannot be moved; and take the handle of what the host lends for its address.

pub fn repaired(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut function: Vec<&str> = Vec::new();
    let mut depth = 0;
    for line in text.lines() {
        // "case 5: { auto _base4 = arg1;" is two.
        let code = line.trim();
        let (head, rest) = match code.split_once("{ ") {
            Some(parts) if code.starts_with("case ") => parts,
            _ => ("", code),
        };
        if !head.is_empty() {
            function.push(&code[..=head.len()]);
        }
        function.push(rest.trim_start());
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
                    out.push(format!("if ({length} > 0) std::free({base});"));
                }
                _ => is_leak_due = is_export,
            }
        }
    }
    if has_room && let Some(start) = out.iter().position(|line| line == "{") {
        out.insert(start + 1, "wit::Room _room;".to_string());
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
            "_room.elements"
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
    held(&lent(&given(&line)))
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

/// "exports::acme::shop::Cart::Owned(exports::acme::shop::Cart::ResourceRep(l0))": the handle is not the
/// one that it was made with.
fn given(line: &str) -> String {
    const OWNED: &str = "::Owned(";
    const REP: &str = "::ResourceRep(";
    let parts = line.split_once(OWNED).and_then(|(before, after)| {
        let (class, after) = after.split_once(REP)?;
        let before = before.strip_suffix(class)?;
        let (handle, after) = after.split_once("))")?;
        Some(format!("{before}wit::own<{class}>({handle}){after}"))
    });
    parts.unwrap_or_else(|| line.to_string())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_memory_of_their_own_on_their_way_to_the_host() {
        let written = "\
void acme::shop::Add(std::span<std::string_view const> v)
{
  auto&& _vec5 = v;
  auto _ptr5 = (uint8_t*)(_vec5.data());
  auto _len5 = (size_t)(_vec5.size());
  for (size_t i = 0; i < _len5; ++i) {
    auto _base = _ptr5 + i * (2*sizeof(void*));
    auto&& _iter_elem = _vec5[i];
  }
  __wasm_import_add(_ptr5, _len5);
}
";
        let expected = "\
void acme::shop::Add(std::span<std::string_view const> v)
{
wit::Room _room;
auto&& _vec5 = v;
auto _ptr5 = _room.elements(_vec5.size(), (2*sizeof(void*)));
auto _len5 = (size_t)(_vec5.size());
for (size_t i = 0; i < _len5; ++i) {
auto _base = _ptr5 + i * (2*sizeof(void*));
auto&& _iter_elem = _vec5[i];
}
__wasm_import_add(_ptr5, _len5);
}
";
        assert_eq!(repaired(written), expected);
    }

    #[test]
    fn lists_that_are_answered_leave_the_vector_to_free_its_own() {
        let written = "\
uint8_t * __wasm_export_all()
{
  auto _ptr5 = (uint8_t*)(_vec5.data());
  auto _len5 = (size_t)(_vec5.size());
  for (size_t i = 0; i < _len5; ++i) {
    auto _base = _ptr5 + i * 8;
    _iter_elem.leak();

  }
  result0.leak();

  return ptr3;
}
";
        let expected = "\
uint8_t * __wasm_export_all()
{
auto _ptr5 = wit::elements(_vec5.size(), 8);
auto _len5 = (size_t)(_vec5.size());
for (size_t i = 0; i < _len5; ++i) {
auto _base = _ptr5 + i * 8;
_iter_elem.leak();

}

return ptr3;
}
";
        assert_eq!(repaired(written), expected);
    }

    #[test]
    fn the_memory_of_lists_that_come_is_freed() {
        let written = "\
void __wasm_export_take(int32_t arg0)
{
  switch (arg0) {
    case 5: { auto _base4 = arg1;
    auto _len4 = (size_t) arg2;
    auto _result4 = wit::vector<wit::string>::allocate(_len4);
    for (unsigned i=0; i<_len4; ++i) {
      auto _e4 = f();
    }
  } break;
  }
}
";
        let expected = "\
void __wasm_export_take(int32_t arg0)
{
switch (arg0) {
case 5: {
auto _base4 = arg1;
auto _len4 = (size_t) arg2;
auto _result4 = wit::vector<wit::string>::allocate(_len4);
for (unsigned i=0; i<_len4; ++i) {
auto _e4 = f();
}
if (_len4 > 0) std::free(_base4);
} break;
}
}
";
        assert_eq!(repaired(written), expected);
    }

    #[test]
    fn what_cannot_be_moved_is_read_where_it_is() {
        let lines = [
            (
                "wit::vector<int32_t> payload1 = (std::move(v)).value();",
                "auto&& payload1 = (std::move(v)).operator*();",
            ),
            (
                "wit::string payload12 = std::move(r).error();",
                "auto&& payload12 = std::move(r).error();",
            ),
            (
                "std::string_view payload2 = (std::move((p).tag)).value().get_view();",
                "auto&& payload2 = (std::move((p).tag)).operator*();",
            ),
            (
                "auto& payload9 = std::get<Num>(v.variants).value;",
                "auto& payload9 = std::get<Num>(v.variants).value;",
            ),
        ];
        for (written, expected) in lines {
            assert_eq!(simple(written), expected);
        }
    }

    #[test]
    fn handles_are_taken_for_what_they_are() {
        let lines = [
            (
                "auto obj0 = exports::a::Cart::Owned(exports::a::Cart::ResourceRep(arg0));",
                "auto obj0 = wit::own<exports::a::Cart>(arg0);",
            ),
            (
                "Check(std::ref(*(exports::a::Cart *)arg0), std::ref(*(a::Key *)arg1));",
                "Check(std::ref(*(exports::a::Cart *)arg0), wit::borrow<a::Key>(arg1));",
            ),
            (
                "std::tuple<wit::string, a::Key&&> F(a::Key&& k, std::tuple<a::Key&&, bool> t)",
                "std::tuple<wit::string, a::Key> F(a::Key&& k, std::tuple<a::Key, bool> t)",
            ),
        ];
        for (written, expected) in lines {
            assert_eq!(simple(written), expected);
        }
    }
}
