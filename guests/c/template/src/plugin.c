#include "{{world}}.h"

#include <stdlib.h>
#include <string.h>

bool exports_techbytes_plugins_processor_process_data({{world}}_string_t *input,
                                                      exports_techbytes_plugins_processor_metadata_t *meta,
                                                      {{world}}_string_t *ret, {{world}}_string_t *err) {
    {{world}}_string_dup(err, "Input cannot be empty");
    return false;
}
