// How far a compiler is, for those who wait for it.
#pragma once

#include <cstdint>
#include <functional>

namespace mortise {

// In functions of the component: how many were begun, and how many it has. After the last of them
// there is a little left to do.
struct CompileProgress {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

using CompileProgressHandler = std::function<void(const CompileProgress&)>;

}  // namespace mortise
