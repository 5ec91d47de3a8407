// error: what fills a parameter takes a std::span of its elements
#include "common.h"

void call() {
#if FIXED
  const auto fill = [](std::span<char> room) { room[0] = 'a'; };
#else
  const auto fill = [](std::span<int> room) { room[0] = 'a'; };
#endif
  (void)instance().processor().process_data(mortise::produce(1, fill), Metadata{});
}
