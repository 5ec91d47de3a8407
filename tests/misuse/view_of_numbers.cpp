// error: a list of numbers is borrowed and viewed as std::span<const T>
#include "common.h"

#if FIXED
using Numbers = std::span<const int>;
#else
using Numbers = mortise::ListView<int>;
#endif

using Sum = mortise::abi::Function<"sum", int, mortise::abi::Param<"numbers", Numbers>>;
void lower(mortise::abi::LowerContext& context, mortise::abi::Slot* slots) {
  Sum::lower(context, slots, Sum::Arguments(Numbers()));
}
