// Threads, counted as they come: for picking one of several places of which each is to have its
// own threads.
#pragma once

#include <atomic>
#include <cstdint>

namespace mortise::detail {

inline std::uint32_t thread_number() {
  static std::atomic<std::uint32_t> next{0};
  thread_local const std::uint32_t number = next.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace mortise::detail
