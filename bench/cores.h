// Which core a program and its server run on.
#pragma once

#include <string_view>

#include <sched.h>

#include "bench/measure.h"

namespace bench {

struct Cores {
  int client = 0;
  int server = 0;
};

// "one-core" or "two-cores": the last of those that this process may use, and the first.
inline Cores cores_named(std::string_view name) {
  cpu_set_t may;
  CPU_ZERO(&may);
  if (sched_getaffinity(0, sizeof may, &may) != 0) fail("which cores there are is not known");
  int first = -1;
  int last = -1;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(static_cast<std::size_t>(core), &may)) continue;
    if (first < 0) first = core;
    last = core;
  }
  if (name == "one-core") return {.client = last, .server = last};
  if (name != "two-cores") fail("a case ends in -one-core or -two-cores");
  if (first == last) fail("there is one core only");
  return {.client = last, .server = first};
}

// For this thread, and what it starts from here on.
inline void pin_to(int core) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(core), &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) fail("it cannot be kept on one core");
}

}  // namespace bench
