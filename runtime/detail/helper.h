// The process that reads and compiles what strangers wrote: mortise-compile, started for one task,
// with limits of memory, time and stack, and nothing of the host's but two pipes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/engine.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/progress.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

using ByteVector = std::vector<std::uint8_t>;

struct Task {
  std::string_view name;               // of what is worked on, in messages
  std::vector<std::string> arguments;  // its own: engine/src/bin/mortise-compile.rs
  std::span<const std::uint8_t> input{};
  std::string_view doing = "reading";  // in messages
  std::string_view done = "read";
  std::string_view advice{};                         // what else to do where there is no helper
  std::uint64_t most = 0;                            // the longest answer, in bytes
  std::string_view too_much = "";                    // the message where it is longer
  std::string_view setting{};                        // what of this library sets `most`
  std::stop_token stop{};                            // ends the helper
  const CompileProgressHandler* progress = nullptr;  // null or empty: nobody listens
  // When its time is up. Nothing: as `end_of` says when it begins.
  std::optional<std::chrono::steady_clock::time_point> until{};
};

struct HelperAnswer {
  // The input is not what it should be; text() says why.
  bool refused = false;
  std::uint64_t footprint = 0;
  ByteVector bytes{};
  std::size_t second = 0;  // where the second part begins

  std::span<const std::uint8_t> contract() const;
  std::span<const std::uint8_t> rest() const;
  std::string_view text() const;
};

// When the wall time of what begins now is up.
std::chrono::steady_clock::time_point end_of(const CompileLimits&);
// What it is then: "plugin was not compiled within 2 s".
Error out_of_time(std::string_view name, std::string_view done, const CompileLimits&);
// What it is when `stop` has ended the work.
Error cancelled(std::string_view name, std::string_view doing);

// Blocks the calling thread until the helper is done or its time is up; the helper never outlives
// the call. Errors: limit_exceeded; cancelled; io, where it does not start or gives no answer;
// internal.
Result<HelperAnswer> ask_helper(const EngineOptions&, const Task&, const CompileLimits&);

}  // namespace mortise::detail
