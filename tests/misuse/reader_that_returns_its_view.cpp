// error: a reader returns no view
#include "common.h"

void call() {
  (void)instance().processor().process_data(
      mortise::view, "text", Metadata{},
      [](std::expected<std::string_view, std::string_view> seen) {
#if FIXED
        return std::string(*seen);
#else
        return *seen;
#endif
      });
}
