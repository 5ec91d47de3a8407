// Options of one call, in place of the plugin's limits.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include <mortise/runtime/limits.h>
#include <mortise/runtime/trace.h>

namespace mortise {

struct CallOptions {
  // Needs a plugin that was loaded with a deadline or fuel, else the call is refused (misuse).
  std::optional<std::chrono::milliseconds> deadline = std::nullopt;
  // Needs a plugin that was loaded with fuel, else the call is refused (misuse).
  std::optional<Fuel> fuel = std::nullopt;
  // Cancels this one call, from whatever thread asks for a stop: while it waits for an instance of
  // a pool, runs or sleeps, it sees that within some milliseconds, and returns an Error of kind
  // cancelled. One that runs loses its instance, as by any failure. A host function goes on to its
  // end, unless it looks at CallContext::stop. Guest code that is watched so runs about as fast as
  // with a deadline alone. Needs a plugin that was loaded with a deadline or fuel, else the call is
  // refused (misuse).
  std::stop_token stop{};
  // The trace that it is part of, for host functions and the observer. Outlives the call.
  const TraceContext* trace = nullptr;
};

// Options of one instance, in place of the plugin's limits.
struct InstanceOptions {
  // Where it is less than Limits::memory.
  std::optional<Bytes> memory = std::nullopt;
  // For making it: what runs of the plugin then.
  CallOptions start{};
};

// Asks for the result in place, in guest memory, instead of a copy:
//
//   instance.processor().process_data(mortise::view, input, meta,
//       [&](std::expected<std::string_view, std::string_view> answer) { return send(answer); });
//
// The reader runs once, before the guest may free what it returned; what it sees is checked and
// dies when it returns. It must not call the same instance (such a call is refused). What it
// returns becomes the Result of the call; the call can still fail after it, in the guest's
// clean-up. An exception that it throws comes out of the call, and the instance stays usable.
struct View {
  explicit View() = default;
};
inline constexpr View view{};

}  // namespace mortise
