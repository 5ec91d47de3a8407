// error: MetadataRef' has no non-static data member named 'versoin'
#include "common.h"

void call() {
#if FIXED
  const techbytes::plugins::processor::MetadataRef meta{.name = "name", .version = "1.0"};
#else
  const techbytes::plugins::processor::MetadataRef meta{.name = "name", .versoin = "1.0"};
#endif
  (void)instance().processor().process_data("text", meta);
}
