// Calls of passing.wit, in both directions. Part of bench_mortise.
#pragma once

#include "bench/measure.h"

#include <mortise/mortise.h>

namespace bench {

// Measures the case that `run` names, such as "host.nothing" or "guest.take_bytes"; false: none of
// these.
bool passing(const Run& run, const mortise::Limits& limits);

}  // namespace bench
