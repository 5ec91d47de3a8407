// error: cannot convert 'mortise::Outcome<
// error: to 'bool' in return
#include "common.h"

bool call() {
#if FIXED
  return instance().processor().process_data("text", Metadata{}).has_value();
#else
  return instance().processor().process_data("text", Metadata{});
#endif
}
