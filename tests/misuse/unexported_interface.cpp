// error: the world does not export this interface
#include "common.h"

using Processor = techbytes::plugins::processor::Guest;

struct Other {
  static constexpr std::string_view interface = "techbytes:plugins/other";
  using Functions = mortise::Functions<Processor::ProcessData>;
};

void call() {
#if FIXED
  (void)instance().target<Processor>({});
#else
  (void)instance().target<Other>({});
#endif
}
