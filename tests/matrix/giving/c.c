#include "giving.h"

#include <stdlib.h>

struct exports_matrix_giving_jars_jar_t {
    uint32_t coins;
};

void exports_matrix_giving_jars_jar_destructor(exports_matrix_giving_jars_jar_t *rep) {
    free(rep);
}

exports_matrix_giving_jars_own_jar_t exports_matrix_giving_jars_constructor_jar(uint32_t coins) {
    exports_matrix_giving_jars_jar_t *jar = malloc(sizeof *jar);
    if (!jar) abort();
    jar->coins = coins;
    return exports_matrix_giving_jars_jar_new(jar);
}

uint32_t exports_matrix_giving_jars_method_jar_coins(exports_matrix_giving_jars_borrow_jar_t self) {
    return self->coins;
}

uint32_t exports_matrix_giving_jars_static_jar_smash(exports_matrix_giving_jars_own_jar_t jar) {
    const uint32_t coins = exports_matrix_giving_jars_jar_rep(jar)->coins;
    exports_matrix_giving_jars_jar_drop_own(jar);
    return coins;
}

uint32_t exports_matrix_giving_jars_smash_all(exports_matrix_giving_jars_list_own_jar_t *jars) {
    uint32_t coins = 0;
    for (size_t i = 0; i < jars->len; i++)
        coins += exports_matrix_giving_jars_jar_rep(jars->ptr[i])->coins;
    exports_matrix_giving_jars_list_own_jar_free(jars);
    return coins;
}
