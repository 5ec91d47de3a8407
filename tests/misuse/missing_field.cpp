// error: missing initializer for member 'techbytes::plugins::MetadataRef::version'
#include "common.h"

void call() {
#if FIXED
  const techbytes::plugins::MetadataRef meta{.name = "name", .version = "1.0"};
#else
  const techbytes::plugins::MetadataRef meta{.name = "name"};
#endif
  (void)instance().processor().process_data("text", meta);
}
