// error: a reader takes the view of the result
#include "common.h"

void call() {
#if FIXED
  const auto read = [](std::expected<std::string_view, std::string_view> answer) {
    return answer->size();
  };
#else
  const auto read = [](int answer) { return answer; };
#endif
  (void)instance().processor().process_data(mortise::view, "text", Metadata{}, read);
}
