// What a plugin may use. A limit is a promise to everyone else in the process: past it the call
// ends with an Error of kind limit_exceeded, its instance with it, and nothing else happens.
//
// The defaults are made for a stranger's plugin that computes something small. "Nothing" for a
// limit that is optional means that there is none.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>

namespace mortise {

// An amount of memory.
struct Bytes {
  std::uint64_t count = 0;

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
};
constexpr Bytes KiB(std::uint64_t n) { return {n << 10}; }
constexpr Bytes MiB(std::uint64_t n) { return {n << 20}; }
constexpr Bytes GiB(std::uint64_t n) { return {n << 30}; }

// An amount of work: about one unit for each WebAssembly instruction, the same on every machine.
struct Fuel {
  std::uint64_t units = 0;

  friend constexpr auto operator<=>(Fuel, Fuel) = default;
};

// What running a plugin may use. The stack is not here: it is the same for all plugins of an
// Engine (EngineOptions::stack).
struct Limits {
  // Wall time of one call or one instantiation. Counted in ticks of a millisecond: a call is
  // never stopped early, and at most some milliseconds late. Costs 10 to 20 % of a guest's
  // speed, and more in tight vector loops, since loops look at the clock. Without deadline and fuel
  // the plugin is compiled without such checks, and nothing can stop it.
  std::optional<std::chrono::milliseconds> deadline = std::chrono::milliseconds(100);

  // Work of one call or one instantiation. Off by default: the deadline stops a loop already, and
  // counting costs about as much again. For results that must not depend on how busy the machine
  // is.
  std::optional<Fuel> fuel = std::nullopt;

  // Memory of one instance: all its linear memories and tables together; resource handles are
  // bounded in proportion. Growth past it answers -1 to the guest; if the guest then fails, that
  // is reported as this limit.
  Bytes memory = MiB(64);

  // What one call may hand to the host: the size of what its result becomes there. Counted before
  // anything is allocated, since a few bytes of guest memory can describe gigabytes.
  Bytes lift = MiB(64);
};

// What compiling a component may use. Compilers do not bound themselves: a few kilobytes can ask
// for any amount of time, memory or recursion.
struct CompileLimits {
  // Size of the component. Looked at before it is read.
  Bytes component = MiB(64);
  // Memory of the compiler.
  Bytes memory = GiB(2);
  // Size of the native code.
  Bytes code = MiB(512);
  // Processor time of the compiler; whole seconds count.
  std::chrono::seconds cpu = std::chrono::seconds(60);
  // Wall time, from start to answer, or to when another thread has compiled the same for a cache.
  std::chrono::milliseconds wall = std::chrono::seconds(120);
  // Threads of the compiler, which `cpu` and `memory` bound together. 0: one for each processor,
  // and 16 at most. Compile::in_process has one.
  std::uint32_t threads = 0;
};

}  // namespace mortise
