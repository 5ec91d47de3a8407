#include <tests/heap.h>

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

// NOLINTBEGIN(cppcoreguidelines-no-malloc): what the operators below are made of
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
std::atomic<std::size_t> limit = kNoLimit;
std::atomic<std::size_t> asked = 0;

void* allocate(std::size_t size) {
  if (size > asked) asked = size;
  return size > limit ? nullptr : std::malloc(size == 0 ? 1 : size);
}

}  // namespace

// The whole program's.
void* operator new(std::size_t size) {
  void* const block = allocate(size);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { std::free(block); }

// NOLINTEND(cppcoreguidelines-no-malloc)

namespace mortise::testing {

HeapLimit::HeapLimit(std::size_t most) {
  asked = 0;
  limit = most;
}
HeapLimit::~HeapLimit() { limit = kNoLimit; }

std::size_t HeapLimit::largest() const { return asked; }

}  // namespace mortise::testing
