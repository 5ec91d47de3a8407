// The limits that cases are named after. bench/rust/src/host.rs has the same.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include <mortise/mortise.h>

#include "bench/measure.h"

namespace bench {

inline mortise::Limits limits_named(std::string_view name) {
  mortise::Limits limits;
  if (name == "defaults") return limits;  // as a host has them that sets none
  limits.deadline = std::nullopt;
  limits.fuel = std::nullopt;
  if (name == "trusted") return limits;
  limits.deadline = std::chrono::milliseconds(100);
  if (name == "limited") return limits;
  limits.fuel = mortise::Fuel{1'000'000'000};  // more than any call here needs
  if (name == "metered") return limits;
  fail("no such limits");
}

}  // namespace bench
