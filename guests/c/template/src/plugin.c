// The plugin: what it exports, as bindings/plugin_world.h declares it. A function owns what it
// gets, and frees it; the bindings free what it answers.
#include "plugin_world.h"

#include <stdlib.h>
#include <string.h>

typedef plugin_world_string_t string_t;
typedef exports_techbytes_plugins_processor_metadata_t metadata_t;

static uint8_t *put(uint8_t *to, const void *from, size_t len) {
    memcpy(to, from, len);
    return to + len;
}

// The letters of ASCII; all others stay as they are. Compilers make SIMD of it.
static void put_upper(uint8_t *restrict to, const uint8_t *restrict from, size_t len) {
    for (size_t i = 0; i < len; i++) {
        const uint8_t c = from[i];
        to[i] = c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
    }
}

static string_t processed(const string_t *input, const metadata_t *meta) {
    static const char before[] = "[Processed by ", between[] = " v", after[] = "]: ";
    const size_t fixed = strlen(before) + strlen(between) + strlen(after);
    const size_t len = fixed + meta->name.len + meta->version.len + input->len;
    uint8_t *const text = malloc(len);
    if (text == NULL) abort();
    uint8_t *end = put(text, before, strlen(before));
    end = put(end, meta->name.ptr, meta->name.len);
    end = put(end, between, strlen(between));
    end = put(end, meta->version.ptr, meta->version.len);
    end = put(end, after, strlen(after));
    put_upper(end, input->ptr, input->len);
    return (string_t){.ptr = text, .len = len};
}

// True with `ret`, or false with `err`.
bool exports_techbytes_plugins_processor_process_data(
        string_t *input, metadata_t *meta, string_t *ret, string_t *err) {
    const bool is_empty = input->len == 0;
    if (is_empty) {
        plugin_world_string_dup(err, "Input cannot be empty");
    } else {
        *ret = processed(input, meta);
    }
    plugin_world_string_free(input);
    exports_techbytes_plugins_processor_metadata_free(meta);
    return !is_empty;
}
