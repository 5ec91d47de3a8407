// What lowering and lifting work on: the guest's memory, and what one call may still use.
//
// Both contexts live for one call, on the thread that makes it. Pointers into guest memory are
// good until the next realloc, which may move it: keep offsets instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <forward_list>
#include <string>

#include <mortise/abi/fault.h>

namespace mortise::abi {

// How the guest writes strings: an option of each function that no type shows.
enum class Encoding : std::uint8_t { utf8, utf16, latin1_utf16 };

// One core value as the engine passes it; i32 and f32 take the low four bytes.
struct Slot {
  std::uint64_t low;
  std::uint64_t high;
};

// Canonical ABI: MAX_FLAT_PARAMS, MAX_FLAT_RESULTS.
inline constexpr std::uint32_t kMaxFlatParams = 16;
inline constexpr std::uint32_t kMaxFlatResults = 1;

// The longest string or list, in bytes. Canonical ABI: MAX_STRING_BYTE_LENGTH.
inline constexpr std::uint64_t kMaxBytes = (std::uint64_t{1} << 31) - 1;

// A guest's linear memory, all of it.
struct Memory {
  std::byte* base = nullptr;
  std::size_t size = 0;
};

class Handles;  // resource.h

class LowerContext {
 public:
  // Asks the guest for a block and says where; `memory` is updated. False: the guest failed.
  using Realloc = bool (*)(void* engine, std::uint32_t align, std::uint32_t size, std::uint32_t& at,
                           Memory& memory);

  // `memory` is needed to write to a block that the guest gave of itself.
  LowerContext(void* engine, Realloc realloc, Encoding strings, Fault& report, Memory memory = {})
      : fault(report), encoding(strings), engine_(engine), realloc_(realloc), memory_(memory) {}
  LowerContext(const LowerContext&) = delete;
  LowerContext& operator=(const LowerContext&) = delete;

  // Room for `size` bytes in the guest; the block is within memory, aligned, and stays where it
  // is. Runs guest code.
  [[nodiscard]] bool allocate(std::uint32_t align, std::uint64_t size, std::uint32_t& at) {
    if (size > kMaxBytes) [[unlikely]] {
      fault.code = FaultCode::too_long;
      fault.size = size;
      fault.limit = kMaxBytes;
      return false;
    }
    if (!realloc_(engine_, align, static_cast<std::uint32_t>(size), at, memory_)) [[unlikely]] {
      fault.code = FaultCode::realloc_failed;
      return false;
    }
    return true;
  }

  // The bytes of a block that `allocate` gave, or the guest.
  std::byte* bytes(std::uint32_t at) const { return memory_.base + at; }

  template <class T>
  void write(std::uint32_t at, T value) {
    std::memcpy(bytes(at), &value, sizeof value);
  }

  // The engine's, as given.
  void* engine() const { return engine_; }

  Fault& fault;
  const Encoding encoding;
  Handles* handles = nullptr;  // null: no handle is passed

 private:
  void* engine_;
  Realloc realloc_;
  Memory memory_;
};

// Texts that a view has to own, because the guest's encoding is not UTF-8. They keep their
// addresses while others are added, and an empty arena costs nothing.
using Arena = std::forward_list<std::string>;

// Viewed lists are checked as a whole before they are handed out, and read without checks, one
// element at a time, later.
enum class Pass : std::uint8_t { check_and_read, check, read };

class LiftContext {
 public:
  // `budget` is what the call may hand to the host, in bytes.
  LiftContext(Memory memory, Encoding strings, std::uint64_t budget, Fault& report)
      : fault(report), encoding(strings), memory_(memory), budget_(budget), left_(budget) {}
  LiftContext(const LiftContext&) = delete;
  LiftContext& operator=(const LiftContext&) = delete;

  // Takes `bytes` from what the call may hand over. Comes before every allocation and every walk
  // of a list, so that a small memory cannot unfold into gigabytes.
  [[nodiscard]] bool charge(std::uint64_t bytes) {
    if (bytes > left_) [[unlikely]] {
      fault.code = FaultCode::over_budget;
      fault.size = bytes - left_;
      fault.limit = budget_;
      return false;
    }
    left_ -= bytes;
    return true;
  }

  // `count` elements of `unit` bytes at `at`, or null. Canonical ABI: load_list_from_range,
  // load_string_from_range: alignment and bounds hold for empty ones too.
  [[nodiscard]] const std::byte* range(std::uint32_t at, std::uint32_t count, std::uint32_t unit,
                                       std::uint32_t align) {
    if ((at & (align - 1)) != 0) [[unlikely]] {
      fault.code = FaultCode::unaligned;
      fault.at = at;
      fault.limit = align;
      return nullptr;
    }
    // No overflow: both factors have 32 bits, and the sum stays below 2^64.
    if (at + std::uint64_t{count} * unit > memory_.size) [[unlikely]] {
      fault.code = FaultCode::out_of_bounds;
      fault.at = at;
      fault.size = count;
      fault.unit = unit;
      fault.limit = memory_.size;
      return nullptr;
    }
    return memory_.base + at;
  }

  // The address that a pointer into memory stands for, for messages.
  std::uint64_t address(const std::byte* p) const {
    return static_cast<std::uint64_t>(p - memory_.base);
  }

  Fault& fault;
  const Encoding encoding;
  Pass pass = Pass::check_and_read;
  Handles* handles = nullptr;  // null: no handle is passed
  Arena arena;

 private:
  Memory memory_;
  std::uint64_t budget_;
  std::uint64_t left_;
};

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace mortise::abi
