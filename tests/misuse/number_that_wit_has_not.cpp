// error: a parameter needs a Codec
// error: long double
#include "common.h"

#if FIXED
using Number = double;
#else
using Number = long double;
#endif

using Sum = mortise::abi::Function<"sum", void, mortise::abi::Param<"number", Number>>;
static_assert(Sum::params.size() == 1);
