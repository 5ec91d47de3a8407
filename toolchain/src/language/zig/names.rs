//! Names of WIT as names of Zig: functions are camelCase, types TitleCase, all else is snake_case.

use std::collections::HashSet;

const KEYWORDS: &str = "
    addrspace align allowzero and anyframe anytype asm break callconv catch comptime const continue
    defer else enum errdefer error export extern fn for if inline linksection noalias noinline
    nosuspend opaque or orelse packed pub resume return struct suspend switch test threadlocal try
    union unreachable var volatile while
";

/// What a name that is declared must not hide: fields and cases may be called so.
const PRIMITIVES: &str = "
    anyerror anyframe anyopaque bool c_char c_int c_long c_longdouble c_longlong c_short c_uint
    c_ulong c_ulonglong c_ushort comptime_float comptime_int f128 f16 f32 f64 f80 false isize
    noreturn null true type undefined usize void
";

/// What means something all over the bindings or a plugin's source. Zig takes no two meanings of one
/// name, however far apart.
const KNOWN: [&str; 11] = [
    "Allocator",
    "Borrow",
    "Result",
    "canon",
    "exports",
    "gpa",
    "imports",
    "panic",
    "plugin",
    "std",
    "world",
];

/// What parameters are called that no contract has.
const PARAMETERS: [&str; 3] = ["allocator", "arena", "self"];

/// A declaration or a parameter, as it is written.
pub fn declared(name: &str) -> String {
    let is_integer = name
        .strip_prefix(['i', 'u'])
        .is_some_and(|bits| !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit()));
    if is_integer || is_word(name, PRIMITIVES) {
        return format!("@\"{name}\"");
    }
    member(name)
}

/// A field, a case, or something behind a dot, as it is written.
pub fn member(name: &str) -> String {
    if is_word(name, KEYWORDS) {
        return format!("@\"{name}\"");
    }
    name.to_string()
}

fn is_word(name: &str, words: &str) -> bool {
    words.split_whitespace().any(|word| word == name)
}

/// The names that one place sees: its own and those around it. Each is given once.
#[derive(Clone)]
pub struct Scope(HashSet<String>);

impl Scope {
    pub fn new() -> Scope {
        Scope(KNOWN.map(str::to_string).into())
    }

    /// With names that are taken too.
    pub fn with<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Scope {
        self.0.extend(names.into_iter().map(str::to_string));
        self
    }

    /// Of a function's parameters.
    pub fn of_parameters(&self) -> Scope {
        self.clone().with(PARAMETERS)
    }

    /// The name, or one with _ behind it.
    pub fn take(&mut self, name: String) -> String {
        let mut name = name;
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_quoted() {
        assert_eq!(member("error"), "@\"error\"");
        assert_eq!(declared("error"), "@\"error\"");
        assert_eq!(member("name"), "name");
    }

    #[test]
    fn declarations_do_not_hide_what_is_built_in() {
        assert_eq!(declared("u8"), "@\"u8\"");
        assert_eq!(declared("i128"), "@\"i128\"");
        assert_eq!(declared("type"), "@\"type\"");
        assert_eq!(declared("u8x"), "u8x");
        assert_eq!(declared("i"), "i");
        assert_eq!(member("u8"), "u8");
    }

    #[test]
    fn a_name_is_given_once() {
        let mut scope = Scope::new();
        assert_eq!(scope.take("a1".into()), "a1");
        assert_eq!(scope.take("a1".into()), "a1_");
        assert_eq!(scope.take("std".into()), "std_");
        assert_eq!(scope.of_parameters().take("a1".into()), "a1__");
        assert_eq!(scope.of_parameters().take("arena".into()), "arena_");
    }
}
