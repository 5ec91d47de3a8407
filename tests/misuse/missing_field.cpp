// error: missing initializer for member 'techbytes::plugins::processor::MetadataRef::version'
#include "common.h"

void call() {
#if FIXED
  const techbytes::plugins::processor::MetadataRef meta{.name = "name", .version = "1.0"};
#else
  const techbytes::plugins::processor::MetadataRef meta{.name = "name"};
#endif
  (void)instance().processor().process_data("text", meta);
}
