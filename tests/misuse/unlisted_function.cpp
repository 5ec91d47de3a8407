// error: the interface does not list this function
#include "common.h"

using Processor = techbytes::plugins::processor::Guest;
using Other = mortise::abi::Function<"process-data", std::uint32_t>;

void call() {
#if FIXED
  (void)instance().target<Processor>({}).call<Processor::ProcessData>({"input", {"n", "v", 1}});
#else
  (void)instance().target<Processor>({}).call<Other>({});
#endif
}
