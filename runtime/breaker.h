// A circuit breaker: a plugin that fails again and again is left alone for a while.
//
//   auto pool = mortise::Pool<PluginWorld>::create(
//       *plugin, {.isolation = mortise::Isolation::reuse, .breaker = {{.faults = 5}}});
//
// After so many faults it opens: calls are refused at once (quarantined), for as long as the
// back-off. Then one caller is let through, as a trial; when that goes well the breaker closes, and
// when it does not, it stays open for twice as long. While a trial takes longer than the back-off,
// as a lease may, the next caller is let through too. A fault is a guest_trap or a limit_exceeded
// that ends an instance, or that keeps one from being made: the plugin's own error is an answer,
// and what the host did wrong, asked too late for, or cancelled, says nothing about the plugin. A
// call that runs into a deadline counts, also where its caller gave it less time than the plugin's
// limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace mortise {

struct BreakerOptions {
  // So many faults open it: in a row; or, where there is a window, within it, whatever went well in
  // between. At most 1000.
  std::uint32_t faults = 5;
  std::optional<std::chrono::milliseconds> window = std::nullopt;
  // How long it stays open the first time, and the most: each trial that fails doubles it.
  std::chrono::milliseconds back_off = std::chrono::seconds(1);
  std::chrono::milliseconds most_back_off = std::chrono::seconds(60);
  // So many trials must go well, one after the other, to close it.
  std::uint32_t trials = 1;
  // Whose time it is; none: the steady clock's. For tests of hosts.
  std::function<std::chrono::steady_clock::time_point()> now{};
};

}  // namespace mortise
