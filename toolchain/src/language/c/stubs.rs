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
        File::new("test/plugin_test.c", test(include)),
    ]
}

fn plugin(include: &str, header: &str) -> String {
    let resources = resources(header);
    let mut out = format!(
        "\
// The plugin: what it exports. Write each function that is not there yet.
// Types, and what the host provides to call, are in bindings/{include}.
// A function owns what it gets, and frees it, but for what is borrowed; the bindings free what it
// answers.
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
    /// "exports_acme_shop_basket"
    name: &'a str,
}

const DESTRUCTOR: &str = "_destructor(";

fn resources(header: &str) -> Vec<Resource<'_>> {
    header
        .lines()
        .filter_map(|line| line.strip_prefix("void "))
        .filter_map(|line| line.split_once(DESTRUCTOR))
        .filter(|(name, parameter)| *parameter == format!("{name}_t *rep);"))
        .map(|(name, _)| Resource { name })
        .collect()
}

impl Resource<'_> {
    fn definition(&self) -> String {
        let name = self.name;
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

fn test(include: &str) -> String {
    format!(
        "\
// Calls the plugin as its host does, on this machine. A function that the host provides, and that
// is called on the way, is one to write here.
#undef NDEBUG
#include \"{include}\"

#include <assert.h>
#include <stdio.h>

static void test_there_is_nothing_to_test_yet(void) {{
    assert(true);
}}

int main(void) {{
    test_there_is_nothing_to_test_yet();
    puts(\"all tests passed\");
    return 0;
}}
"
    )
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
// A function owns what it gets, and frees it, but for what is borrowed; the bindings free what it
// answers.
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
}
