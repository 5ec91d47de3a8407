// error: no matching function for call to 'techbytes::plugins::processor::Guest::process_data(
// error: candidate expects 2 arguments, 4 provided
#include "common.h"

void call() {
#if FIXED
  (void)instance().processor().process_data("text", {"name", "1.0", 1});
#else
  (void)instance().processor().process_data("text", "name", "1.0", 1);
#endif
}
