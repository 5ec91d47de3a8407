// Calls the plugin as its host does, on this machine.
#undef NDEBUG
#include "plugin_world.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

typedef plugin_world_string_t string_t;
typedef exports_techbytes_plugins_processor_metadata_t metadata_t;

static string_t string(const char *text) {
    string_t made;
    plugin_world_string_dup(&made, text);
    return made;
}

static bool equal(string_t a, const char *b) {
    return a.len == strlen(b) && memcmp(a.ptr, b, a.len) == 0;
}

// True with the answer, false with the error.
static bool process(const char *text, string_t *said) {
    string_t input = string(text);
    metadata_t meta = {.name = string("demo"), .version = string("1.2.3"), .priority = 1};
    string_t ret, err;
    const bool is_ok = exports_techbytes_plugins_processor_process_data(&input, &meta, &ret, &err);
    *said = is_ok ? ret : err;
    return is_ok;
}

static void test_text_comes_back_in_capitals(void) {
    string_t said;
    assert(process("hello techbytes", &said));
    assert(equal(said, "[Processed by demo v1.2.3]: HELLO TECHBYTES"));
    plugin_world_string_free(&said);
}

static void test_only_the_letters_of_ascii_change(void) {
    string_t said;
    assert(process("a-z {`} \xc3\xb6", &said));
    assert(equal(said, "[Processed by demo v1.2.3]: A-Z {`} \xc3\xb6"));
    plugin_world_string_free(&said);
}

static void test_no_text_is_an_error(void) {
    string_t said;
    assert(!process("", &said));
    assert(equal(said, "Input cannot be empty"));
    plugin_world_string_free(&said);
}

int main(void) {
    test_text_comes_back_in_capitals();
    test_only_the_letters_of_ascii_change();
    test_no_text_is_an_error();
    puts("all tests passed");
    return 0;
}
