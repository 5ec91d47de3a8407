#include "types.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// matrix:types/echo

bool exports_matrix_types_echo_truth(bool v) {
    return v;
}

uint8_t exports_matrix_types_echo_unsigned8(uint8_t v) {
    return v;
}

uint16_t exports_matrix_types_echo_unsigned16(uint16_t v) {
    return v;
}

uint32_t exports_matrix_types_echo_unsigned32(uint32_t v) {
    return v;
}

uint64_t exports_matrix_types_echo_unsigned64(uint64_t v) {
    return v;
}

int8_t exports_matrix_types_echo_signed8(int8_t v) {
    return v;
}

int16_t exports_matrix_types_echo_signed16(int16_t v) {
    return v;
}

int32_t exports_matrix_types_echo_signed32(int32_t v) {
    return v;
}

int64_t exports_matrix_types_echo_signed64(int64_t v) {
    return v;
}

float exports_matrix_types_echo_single(float v) {
    return v;
}

double exports_matrix_types_echo_double_size(double v) {
    return v;
}

uint32_t exports_matrix_types_echo_letter(uint32_t v) {
    return v;
}

void exports_matrix_types_echo_text(types_string_t *v, types_string_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_bytes(types_list_u8_t *v, types_list_u8_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_numbers(types_list_s64_t *v, types_list_s64_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_texts(types_list_string_t *v, types_list_string_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_nested(types_list_list_u16_t *v, types_list_list_u16_t *ret) {
    *ret = *v;
}

bool exports_matrix_types_echo_maybe(uint32_t *maybe_v, uint32_t *ret) {
    if (maybe_v != NULL) *ret = *maybe_v;
    return maybe_v != NULL;
}

bool exports_matrix_types_echo_maybe_text(types_string_t *maybe_v, types_string_t *ret) {
    if (maybe_v != NULL) *ret = *maybe_v;
    return maybe_v != NULL;
}

bool exports_matrix_types_echo_maybe_maybe(types_option_u8_t *maybe_v, types_option_u8_t *ret) {
    if (maybe_v != NULL) *ret = *maybe_v;
    return maybe_v != NULL;
}

void exports_matrix_types_echo_pair(types_tuple2_string_u64_t *v, types_tuple2_string_u64_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_a_point(
        exports_matrix_types_echo_point_t *v, exports_matrix_types_echo_point_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_a_person(
        exports_matrix_types_echo_person_t *v, exports_matrix_types_echo_person_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_people(
        exports_matrix_types_echo_list_person_t *v, exports_matrix_types_echo_list_person_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_a_shape(
        exports_matrix_types_echo_shape_t *v, exports_matrix_types_echo_shape_t *ret) {
    *ret = *v;
}

void exports_matrix_types_echo_shapes(
        exports_matrix_types_echo_list_shape_t *v, exports_matrix_types_echo_list_shape_t *ret) {
    *ret = *v;
}

exports_matrix_types_echo_color_t exports_matrix_types_echo_a_color(
        exports_matrix_types_echo_color_t v) {
    return v;
}

exports_matrix_types_echo_access_t exports_matrix_types_echo_an_access(
        exports_matrix_types_echo_access_t v) {
    return v;
}

bool exports_matrix_types_echo_outcome(
        exports_matrix_types_echo_result_u32_string_t *v, uint32_t *ret, types_string_t *err) {
    if (v->is_err) {
        *err = v->val.err;
    } else {
        *ret = v->val.ok;
    }
    return !v->is_err;
}

bool exports_matrix_types_echo_outcome_bare(exports_matrix_types_echo_result_void_void_t *v) {
    return !v->is_err;
}

void exports_matrix_types_echo_many(
        uint32_t a, uint32_t b, uint32_t c, uint32_t d, uint32_t e, uint32_t f, uint32_t g,
        uint32_t h, uint32_t i, uint32_t j, uint32_t k, uint32_t l, uint32_t m, uint32_t n,
        uint32_t o, uint32_t p, uint32_t q, types_string_t *ret) {
    const uint32_t all[] = {a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q};
    char text[17 * sizeof ",4294967295"], *end = text;
    for (size_t at = 0; at < sizeof all / sizeof *all; at++)
        end += sprintf(end, at == 0 ? "%" PRIu32 : ",%" PRIu32, all[at]);
    types_string_dup(ret, text);
}

void exports_matrix_types_echo_nothing(void) {
}

// matrix:types/counters

struct exports_matrix_types_counters_counter_t {
    uint32_t sum;
};

static exports_matrix_types_counters_own_counter_t made(uint32_t sum) {
    exports_matrix_types_counters_counter_t *counter = malloc(sizeof *counter);
    if (counter == NULL) abort();
    counter->sum = sum;
    return exports_matrix_types_counters_counter_new(counter);
}

void exports_matrix_types_counters_counter_destructor(
        exports_matrix_types_counters_counter_t *rep) {
    free(rep);
}

exports_matrix_types_counters_own_counter_t exports_matrix_types_counters_constructor_counter(
        uint32_t start) {
    return made(start);
}

uint32_t exports_matrix_types_counters_method_counter_add(
        exports_matrix_types_counters_borrow_counter_t self, uint32_t n) {
    return self->sum += n;
}

exports_matrix_types_counters_own_counter_t exports_matrix_types_counters_static_counter_merge(
        exports_matrix_types_counters_borrow_counter_t a,
        exports_matrix_types_counters_borrow_counter_t b) {
    return made(a->sum + b->sum);
}
