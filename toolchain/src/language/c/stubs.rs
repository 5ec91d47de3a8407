//! The sources of a plugin that is to be filled in, made of the header that its bindings come with: so
//! they always are as it declares them.

use std::fmt::Write;

use super::wrapped;
use crate::files::File;

const INDENT: &str = "        ";

/// src/plugin.c and test/plugin_test.c.
pub fn files(bindings: &[File]) -> Vec<File> {
    let header = bindings
        .iter()
        .find(|file| file.path.ends_with(".h"))
        .expect("wit-bindgen-c writes a header");
    let include = header.path.rsplit('/').next().unwrap_or_default();
    let text = String::from_utf8_lossy(&header.bytes);
    vec![
        File::new("src/plugin.c", plugin(include, &text)),
        File::new("test/plugin_test.c", test(include, &text)),
    ]
}

fn plugin(include: &str, header: &str) -> String {
    let resources = resources(header);
    let mut out = format!(
        "\
// The plugin: what it exports. Write each function that is not there yet.
// Types, and what the host provides to call, are in bindings/{include}.
// A function owns what it gets, and frees it, and drops handles of the host's, borrowed ones too;
// the bindings free what it answers.
#include \"{include}\"

#include <stdlib.h>

// Ends the call in a trap, whose backtrace has this name.
_Noreturn __attribute__((noinline)) static void not_implemented(void) {{
    abort();
}}
"
    );
    for resource in &resources {
        out += &resource.definition();
    }
    for section in exported(header) {
        let _ = write!(out, "\n// {}\n", section.name);
        for prototype in section.prototypes {
            let _ = write!(
                out,
                "\n{}\n    not_implemented();\n}}\n",
                wrapped(prototype, INDENT)
            );
        }
    }
    out
}

const EXPORTED: &str = "// Exported Functions from ";

struct Section<'a> {
    name: &'a str,
    prototypes: Vec<&'a str>,
}

/// The exports of an interface, or of the world itself, under their headings.
fn exported(header: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix(EXPORTED) else {
            continue;
        };
        sections.push(Section {
            name: name.trim_matches('`'),
            prototypes: lines
                .by_ref()
                .map_while(|line| line.strip_suffix(';'))
                .collect(),
        });
    }
    sections
}

/// A resource of the plugin's own.
struct Resource<'a> {
    /// "exports_acme_shop_cart"
    name: &'a str,
    /// The type of its handles, "exports_acme_shop_own_cart_t"
    handle: &'a str,
}

const DESTRUCTOR: &str = "_destructor(";

fn resources(header: &str) -> Vec<Resource<'_>> {
    let handle = |name: &str| {
        let made = format!(" {name}_new({name}_t *rep);");
        let line = header.lines().find_map(|line| line.strip_suffix(&made));
        line.and_then(|line| line.strip_prefix("extern "))
    };
    header
        .lines()
        .filter_map(|line| line.strip_prefix("void "))
        .filter_map(|line| line.split_once(DESTRUCTOR))
        .filter(|(name, parameter)| *parameter == format!("{name}_t *rep);"))
        .filter_map(|(name, _)| {
            Some(Resource {
                name,
                handle: handle(name)?,
            })
        })
        .collect()
}

impl Resource<'_> {
    /// What the host does with it, as far as a test needs that.
    fn fake(&self) -> String {
        let Resource { name, handle } = self;
        let new = wrapped(&format!("{handle} {name}_new({name}_t *rep)"), INDENT);
        let rep = wrapped(&format!("{name}_t *{name}_rep({handle} handle)"), INDENT);
        let drop = wrapped(&format!("void {name}_drop_own({handle} handle)"), INDENT);
        format!(
            "
{new}
    resources[++last] = rep;
    return ({handle}){{last}};
}}

{rep}
    return resources[handle.__handle];
}}

{drop}
    {name}_destructor({name}_rep(handle));
}}
"
        )
    }

    fn definition(&self) -> String {
        let Resource { name, .. } = self;
        let signature = wrapped(&format!("void {name}{DESTRUCTOR}{name}_t *rep)"), INDENT);
        format!(
            "
// What one holds. {name}_new gives the host a handle of it.
struct {name}_t {{
    int unused;
}};

// The host has dropped its handle.
{signature}
    free(rep);
}}
"
        )
    }
}

fn test(include: &str, header: &str) -> String {
    let mut out = format!(
        "\
// Calls the plugin as its host does, on this machine. What the host provides, and is called on the
// way, is to be defined here.
#undef NDEBUG
#include \"{include}\"

#include <assert.h>
#include <stdio.h>
"
    );
    let resources = resources(header);
    if !resources.is_empty() {
        out += "\n// Handles, which the host has, are places in it.\n\
                static void *resources[1000];\nstatic int32_t last;\n";
    }
    resources
        .iter()
        .for_each(|resource| out += &resource.fake());
    out + "
static void test_there_is_nothing_to_test_yet(void) {
    assert(true);
}

int main(void) {
    test_there_is_nothing_to_test_yet();
    puts(\"all tests passed\");
    return 0;
}
"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As wit-bindgen-c writes it, shortened.
    const HEADER: &str = "\
typedef struct exports_acme_shop_carts_cart_t exports_acme_shop_carts_cart_t;

// Imported Functions from `acme:shop/prices`
extern uint32_t acme_shop_prices_of(shop_string_t *name);

// Exported Functions from `acme:shop/carts`
exports_acme_shop_carts_own_cart_t exports_acme_shop_carts_constructor_cart(void);
bool exports_acme_shop_carts_method_cart_add(exports_acme_shop_carts_borrow_cart_t self, shop_string_t *name, uint32_t *maybe_count, shop_string_t *err);

// Exported Functions from `shop`
void exports_shop_start(void);

// Helper Functions

extern exports_acme_shop_carts_own_cart_t exports_acme_shop_carts_cart_new(exports_acme_shop_carts_cart_t *rep);
void exports_acme_shop_carts_cart_destructor(exports_acme_shop_carts_cart_t *rep);
";

    const PLUGIN: &str = "\
// The plugin: what it exports. Write each function that is not there yet.
// Types, and what the host provides to call, are in bindings/shop.h.
// A function owns what it gets, and frees it, and drops handles of the host's, borrowed ones too;
// the bindings free what it answers.
#include \"shop.h\"

#include <stdlib.h>

// Ends the call in a trap, whose backtrace has this name.
_Noreturn __attribute__((noinline)) static void not_implemented(void) {
    abort();
}

// What one holds. exports_acme_shop_carts_cart_new gives the host a handle of it.
struct exports_acme_shop_carts_cart_t {
    int unused;
};

// The host has dropped its handle.
void exports_acme_shop_carts_cart_destructor(exports_acme_shop_carts_cart_t *rep) {
    free(rep);
}

// acme:shop/carts

exports_acme_shop_carts_own_cart_t exports_acme_shop_carts_constructor_cart(void) {
    not_implemented();
}

bool exports_acme_shop_carts_method_cart_add(
        exports_acme_shop_carts_borrow_cart_t self, shop_string_t *name, uint32_t *maybe_count,
        shop_string_t *err) {
    not_implemented();
}

// shop

void exports_shop_start(void) {
    not_implemented();
}
";

    #[test]
    fn what_is_exported_is_there_to_be_written() {
        assert_eq!(plugin("shop.h", HEADER), PLUGIN);
    }

    #[test]
    fn the_sources_are_made_for_the_header_of_the_bindings() {
        let made = files(&[
            File::new("bindings/shop.c", ""),
            File::new("bindings/shop.h", HEADER),
        ]);
        let paths: Vec<&str> = made.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["src/plugin.c", "test/plugin_test.c"]);
        assert_eq!(made[0].bytes, PLUGIN.as_bytes());
    }

    #[test]
    fn a_test_has_handles_of_its_own() {
        let made = test("shop.h", HEADER);
        let expected = "
// Handles, which the host has, are places in it.
static void *resources[1000];
static int32_t last;

exports_acme_shop_carts_own_cart_t exports_acme_shop_carts_cart_new(
        exports_acme_shop_carts_cart_t *rep) {
    resources[++last] = rep;
    return (exports_acme_shop_carts_own_cart_t){last};
}
";
        assert!(made.contains(expected), "{made}");
        let without = test("shop.h", "void exports_shop_start(void);\n");
        assert!(!without.contains("resources"), "{without}");
    }
}
