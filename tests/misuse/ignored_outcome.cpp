// error: ignoring returned value of type 'mortise::Outcome<
// error: declared with attribute 'nodiscard'
#include "common.h"

void call() {
#if FIXED
  if (!instance().processor().process_data("text", Metadata{})) return;
#else
  instance().processor().process_data("text", Metadata{});
#endif
}
