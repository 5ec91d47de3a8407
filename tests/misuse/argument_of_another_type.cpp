// error: no matching function for call to
// error: process_data(int, techbytes::plugins::processor::Metadata)'
// error: no known conversion for argument 1 from 'int' to 'mortise::StringArg'
#include "common.h"

void call() {
#if FIXED
  (void)instance().processor().process_data("42", Metadata{});
#else
  (void)instance().processor().process_data(42, Metadata{});
#endif
}
