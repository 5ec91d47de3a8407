#include "caller.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The text before another.
static caller_string_t joined(const char *before, caller_string_t text) {
    const size_t head = strlen(before);
    caller_string_t made = {.ptr = malloc(head + text.len), .len = head + text.len};
    if (made.ptr == NULL) abort();
    memcpy(made.ptr, before, head);
    memcpy(made.ptr + head, text.ptr, text.len);
    return made;
}

static void say(caller_string_t word) {
    caller_string_t message = joined("word ", word);
    matrix_host_store_log(MATRIX_HOST_STORE_LEVEL_INFO, &message);
    caller_string_free(&message);
}

// False when it is refused, with the text in `err`.
static bool put(caller_string_t word, caller_string_t *err) {
    matrix_host_store_entry_t entry = {
            .key = joined("k-", word), .value = {.ptr = word.ptr, .len = word.len}};
    uint32_t number;
    const bool is_put = matrix_host_store_put(&entry, &number, err);
    caller_list_u8_t value;
    if (is_put && matrix_host_store_get(&entry.key, &value)) caller_list_u8_free(&value);
    caller_string_free(&entry.key);
    return is_put;
}

// How many keys begin with "k-".
static uint32_t walk(void) {
    caller_string_t prefix, key;
    caller_string_set(&prefix, "k-");
    const matrix_host_store_own_cursor_t cursor = matrix_host_store_constructor_cursor(&prefix);
    const matrix_host_store_borrow_cursor_t lent = matrix_host_store_borrow_cursor(cursor);
    uint32_t count = 0;
    for (; matrix_host_store_method_cursor_next(lent, &key); count++) {
        matrix_host_store_log(MATRIX_HOST_STORE_LEVEL_DEBUG, &key);
        caller_string_free(&key);
    }
    matrix_host_store_cursor_drop_own(cursor);
    return count;
}

bool exports_matrix_host_task_run(
        caller_list_string_t *words, uint32_t *ret, caller_string_t *err) {
    bool is_put = true;
    for (size_t i = 0; i < words->len && is_put; i++) {
        say(words->ptr[i]);
        is_put = put(words->ptr[i], err);
    }
    if (is_put) *ret = walk();
    caller_list_string_free(words);
    return is_put;
}
