// error: what fills a parameter returns nothing, or a bool
#include "common.h"

void call() {
  const auto fill = [](std::span<char> room) {
    room[0] = 'a';
#if FIXED
    return true;
#else
    return room.size();
#endif
  };
  (void)instance().processor().process_data(mortise::produce(1, fill), Metadata{});
}
