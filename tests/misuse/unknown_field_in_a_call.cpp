// error: no known conversion for argument 2 from '<brace-enclosed initializer list>'
// error: to 'const techbytes::plugins::processor::MetadataRef&'
#include "common.h"

void call() {
#if FIXED
  (void)instance().processor().process_data("text", {.name = "name", .version = "1.0"});
#else
  (void)instance().processor().process_data("text", {.name = "name", .versoin = "1.0"});
#endif
}
