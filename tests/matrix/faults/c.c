#include "faults.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn __attribute__((noinline)) static void fail_now(const faults_string_t *input) {
    fprintf(stderr, "deliberate: %.*s\n", (int)input->len, (const char *)input->ptr);
    abort();
}

_Noreturn __attribute__((noinline)) static void spin_now(void) {
    for (volatile unsigned n = 0;; n++) {
    }
}

_Noreturn __attribute__((noinline)) static void exhaust_now(void) {
    for (;;) {
        unsigned char *volatile more = malloc(1 << 20);
        if (more == NULL) abort();
        *more = 1;
    }
}

void exports_matrix_faults_faulty_work(
        exports_matrix_faults_faulty_how_t how, faults_string_t *input, faults_string_t *ret) {
    switch (how) {
    case EXPORTS_MATRIX_FAULTS_FAULTY_HOW_PANIC:
        fail_now(input);
    case EXPORTS_MATRIX_FAULTS_FAULTY_HOW_SPIN:
        spin_now();
    case EXPORTS_MATRIX_FAULTS_FAULTY_HOW_EXHAUST:
        exhaust_now();
    default:
        *ret = *input;
    }
}
