// Takes some percent off what is large enough: `discount-percent` from `discount-from` cents on, both
// from the configuration. An order that is smaller stays as it is.
#include "discount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef exports_acme_orders_pricer_order_t order_t;
typedef exports_acme_orders_pricer_list_step_t steps_t;
typedef exports_acme_orders_pricer_error_t failure_t;

static bool fail(failure_t *err, uint8_t tag, const char *why, const char *of) {
    char text[128];
    snprintf(text, sizeof text, "%s%s", why, of);
    err->tag = tag;
    discount_string_dup(&err->val.failed, text);
    return false;
}
static bool refuse(failure_t *err, const char *why) {
    return fail(err, EXPORTS_ACME_ORDERS_PRICER_ERROR_REFUSED, why, "");
}

// A text of digits, no larger than `most`.
static bool read_number(const discount_string_t *text, int64_t most, int64_t *number) {
    *number = 0;
    for (size_t i = 0; i < text->len; i++) {
        if (text->ptr[i] < '0' || text->ptr[i] > '9') return false;
        const int64_t digit = text->ptr[i] - '0';
        if (*number > (most - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return text->len > 0;
}

static bool configured(const char *name, int64_t most, int64_t *number, failure_t *err) {
    discount_string_t key;
    discount_string_set(&key, name);
    discount_option_string_t value;
    wasi_config_store_error_t unreadable;
    if (!wasi_config_store_get(&key, &value, &unreadable)) {
        wasi_config_store_error_free(&unreadable);
        return fail(err, EXPORTS_ACME_ORDERS_PRICER_ERROR_FAILED, "no configuration: ", name);
    }
    const bool is_number = value.is_some && read_number(&value.val, most, number);
    discount_option_string_free(&value);
    if (is_number) return true;
    return fail(err, EXPORTS_ACME_ORDERS_PRICER_ERROR_FAILED, "not configured as a number: ", name);
}

static bool sum(const steps_t *steps, int64_t *cents, failure_t *err) {
    *cents = 0;
    for (size_t i = 0; i < steps->len; i++) {
        if (__builtin_add_overflow(*cents, steps->ptr[i].cents, cents)) {
            return refuse(err, "the order is worth more than can be counted");
        }
    }
    return true;
}

static void put_step(steps_t *ret, int64_t percent, int64_t cents) {
    char what[32];
    snprintf(what, sizeof what, "discount of %d %%", (int)percent);
    ret->ptr = malloc(sizeof *ret->ptr);
    if (ret->ptr == NULL) abort();
    ret->len = 1;
    discount_string_dup(&ret->ptr[0].what, what);
    ret->ptr[0].cents = -cents;
}

static bool price(const steps_t *before, steps_t *ret, failure_t *err) {
    int64_t from, percent, cents;
    if (!configured("discount-from", INT64_MAX, &from, err)) return false;
    if (!configured("discount-percent", 100, &percent, err)) return false;
    if (!sum(before, &cents, err)) return false;
    *ret = (steps_t){.ptr = NULL, .len = 0};
    if (cents <= 0 || cents < from) return true;
    // Down to whole cents; the hundreds first, so that no product is too large.
    put_step(ret, percent, cents / 100 * percent + cents % 100 * percent / 100);
    return true;
}

bool exports_acme_orders_pricer_price(order_t *order, steps_t *before, steps_t *ret, failure_t *err) {
    const bool ok = price(before, ret, err);
    exports_acme_orders_pricer_order_free(order);
    exports_acme_orders_pricer_list_step_free(before);
    return ok;
}
