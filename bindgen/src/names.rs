//! Names of WIT as names of C++: `process-data` becomes `process_data` or `ProcessData`.

use std::collections::HashSet;

/// What no namespace, function, field, parameter or case may be called: keywords and words that are
/// almost some, and macros of the C and POSIX headers.
const WORDS: &str = "
    alignas alignof alloca and and_eq asm assert assert_perror atomic_cancel atomic_commit
    atomic_noexcept auto be16toh be32toh be64toh bitand bitor bool break case catch char
    char16_t char32_t char8_t class co_await co_return co_yield compl complex concept const
    const_cast consteval constexpr constinit continue contract_assert decltype default delete do
    double dynamic_cast else enum errno explicit export extern false float for friend goto
    h_addr h_errno htobe16 htobe32 htobe64 htole16 htole32 htole64 i386 if import inline int
    issubnormal le16toh le32toh le64toh linux long major makedev math_errhandling minor module
    mutable namespace new noexcept noreturn not not_eq nullptr offsetof operator or or_eq
    private protected public reflexpr register reinterpret_cast requires return s6_addr
    sa_handler sa_sigaction sched_priority setjmp short si_addr si_band si_fd si_int si_lower
    si_overrun si_pid si_ptr si_status si_stime si_timerid si_uid si_upper si_utime si_value
    sigmask signed sigsetjmp sizeof st_atime st_ctime st_mtime static static_assert static_cast
    stderr stdin stdout strdupa strndupa struct switch synchronized template this thread_local
    throw timeradd timerclear timercmp timerisset timersub true try typedef typeid typename
    typeof union unix unsigned using va_arg va_copy va_end va_start virtual void volatile
    wchar_t while xor xor_eq
";

/// What a namespace at the top may not be called besides: what C and POSIX declare there, in
/// headers that those of the standard library include, and namespaces that ours look into first.
const GLOBALS: &str = "
    abi abort abs accept access acct acos alarm asin atan atof atoi atol basename bcmp bcopy
    bind brk bsearch bzero cbrt ceil chdir chmod chown chroot clock clone close connect contract
    cos cosh creat daemon daylight detail div dup endpwent environ erand48 erf exit exp fabs
    fclose fdim feof fflush ffs flock floor fma fmax fmin fmod fopen fork fread free frexp fseek
    fsync ftell fwrite gamma getc getenv getline getopt getpid gets gmtime hypot index ioctl
    isatty j0 j1 jn jrand48 kill labs lconv ldexp ldiv lgamma link listen llabs localtime lockf
    log log10 log1p log2 logb lseek malloc mkdir mktime modf mortise nan nearbyint nice open
    opterr optind optopt pause perror pipe pow printf psignal putc putenv puts qsort raise rand
    random read readlink realloc recv regex remainder remove remquo rename revoke rewind rindex
    rint rmdir round sbrk scanf seed48 select send setbuf setenv shutdown sigaction signal
    sigset sin sinh sleep socket sprintf sqrt srand stat std stime strcat strchr strcmp strcpy
    strdup strlen swab symlink sync syscall system tan tanh tgamma time timegm times timespec
    timeval timezone tm tmpfile tmpnam tolower toupper trunc truncate ttyname tzset ualarm umask
    ungetc unlink usleep vfork vhangup wait wcslen write y0 y1 yn
";

/// Namespaces that every other would look into instead of the real ones.
const NAMESPACES: &str = "mortise std";

/// `process_data`: namespaces, functions, fields, parameters, cases of enums and flags.
pub fn snake(wit: &str) -> String {
    reserve(wit.to_ascii_lowercase().replace('-', "_"), WORDS)
}

/// `ProcessData`: types, worlds, cases of variants.
pub fn pascal(wit: &str) -> String {
    let mut name = String::new();
    for word in wit.split('-') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(&letters.as_str().to_ascii_lowercase());
    }
    // Words of one letter each. Macros look like that: EOF, EIO.
    let capitals = name.chars().filter(char::is_ascii_uppercase).count();
    if capitals > 1 && !name.contains(|c: char| c.is_ascii_lowercase()) {
        name.push('_');
    }
    name
}

/// A namespace inside of others.
pub fn namespace(wit: &str) -> String {
    reserve(snake(wit), NAMESPACES)
}

/// A namespace at the top.
pub fn root_namespace(wit: &str) -> String {
    reserve(snake(wit), GLOBALS)
}

fn reserve(name: String, reserved: &str) -> String {
    if reserved.split_whitespace().any(|word| word == name) {
        name + "_"
    } else {
        name
    }
}

/// The suffix of a package's namespace where the package is there in several versions.
pub fn version_suffix(version: &impl ToString) -> String {
    let mut suffix = String::new();
    for c in version.to_string().chars() {
        let c = if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        };
        // Two underscores are for the compiler.
        if c != '_' || !suffix.ends_with('_') {
            suffix.push(c);
        }
    }
    format!("_{}", suffix.trim_end_matches('_'))
}

/// The names of one scope of C++, each given once.
#[derive(Clone, Default)]
pub struct Scope {
    reserved: Vec<String>,
    taken: HashSet<String>,
}

impl Scope {
    /// `reserved` has a meaning there already.
    pub fn new(reserved: &[&str]) -> Scope {
        Scope {
            reserved: reserved.iter().map(|name| name.to_string()).collect(),
            taken: HashSet::new(),
        }
    }

    /// The same names, and more that are reserved.
    pub fn with(&self, reserved: &[&str]) -> Scope {
        let mut scope = self.clone();
        scope
            .reserved
            .extend(reserved.iter().map(|name| name.to_string()));
        scope
    }

    pub fn has(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// `wanted`, or what comes closest: an underscore after what is reserved, then numbers.
    pub fn name(&mut self, wanted: &str) -> String {
        let base = if self.reserved.iter().any(|name| name == wanted) {
            format!("{wanted}_")
        } else {
            wanted.to_string()
        };
        let mut name = base.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{}_{number}", base.trim_end_matches('_'));
            number += 1;
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_name_are_joined() {
        assert_eq!(snake("process-data"), "process_data");
        assert_eq!(pascal("process-data"), "ProcessData");
        assert_eq!(pascal("HTTP-2d-x1"), "Http2dX1");
        assert_eq!(snake("HTTP-2d-x1"), "http_2d_x1");
    }

    #[test]
    fn keywords_and_macros_get_an_underscore() {
        for (wit, cpp) in [
            ("class", "class_"),
            ("static-assert", "static_assert_"),
            ("errno", "errno_"),
            ("EOF", "eof"),
            ("classes", "classes"),
        ] {
            assert_eq!(snake(wit), cpp);
        }
        for (wit, cpp) in [
            ("class", "Class"),
            ("e-o-f", "EOF_"),
            ("x", "X"),
            ("x1", "X1"),
        ] {
            assert_eq!(pascal(wit), cpp);
        }
    }

    #[test]
    fn namespaces_do_not_hide_those_of_others() {
        assert_eq!(root_namespace("time"), "time_");
        assert_eq!(namespace("time"), "time");
        assert_eq!(namespace("std"), "std_");
        assert_eq!(root_namespace("mortise"), "mortise_");
    }

    #[test]
    fn versions_become_suffixes() {
        assert_eq!(version_suffix(&"0.2.0"), "_0_2_0");
        assert_eq!(version_suffix(&"1.0.0-rc.1--x+b"), "_1_0_0_rc_1_x_b");
    }

    #[test]
    fn names_that_clash_are_numbered_in_order() {
        let mut scope = Scope::new(&["Guest"]);
        let names = ["Foo", "Foo", "Foo", "Guest", "Guest"].map(|name| scope.name(name));
        assert_eq!(names, ["Foo", "Foo_2", "Foo_3", "Guest_", "Guest_2"]);
    }

    #[test]
    fn a_number_that_is_taken_is_passed_over() {
        let mut scope = Scope::new(&[]);
        let names = ["foo_2", "foo", "foo"].map(|name| scope.name(name));
        assert_eq!(names, ["foo_2", "foo", "foo_3"]);
    }
}
