// error: ignoring return value of
// error: declared with attribute 'nodiscard'
#include "common.h"

void call() {
  const auto read = [](const auto&) {};
#if FIXED
  if (!instance().processor().process_data(mortise::view, "text", Metadata{}, read)) return;
#else
  instance().processor().process_data(mortise::view, "text", Metadata{}, read);
#endif
}
