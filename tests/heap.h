// The heap of a test program, watched: what is the largest block that was asked for, and what if
// there were no large ones?
#pragma once

#include <cstddef>

namespace mortise::testing {

// While one of these lives, on any thread: blocks larger than `most` bytes are refused, and the
// largest that was asked for is noted. One at a time.
class HeapLimit {
 public:
  explicit HeapLimit(std::size_t most);
  ~HeapLimit();
  HeapLimit(const HeapLimit&) = delete;
  HeapLimit& operator=(const HeapLimit&) = delete;

  [[nodiscard]] std::size_t largest() const;
};

}  // namespace mortise::testing
