// What the targets that lift share: where values come from and are lowered to, and what must hold
// of those that are refused.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include <fuzz/guest.h>
#include <fuzz/see.h>
#include <mortise/abi/context.h>
#include <mortise/abi/fault.h>

namespace mortise::fuzz {

using abi::Encoding;
using abi::Fault;
using abi::FaultCode;
using abi::Slot;

// The budget where an input has none.
inline constexpr std::uint64_t kLarge = std::uint64_t{1} << 18;

inline Encoding encoding_of(unsigned bits) { return static_cast<Encoding>((bits & 3U) % 3); }

// The first core values. Of an i32 only the low half has a meaning, and of none the other word.
inline std::vector<Slot> take_slots(std::span<const std::uint8_t>& bytes, std::size_t count) {
  std::vector<Slot> slots(count);
  for (Slot& slot : slots) {
    const std::size_t size = std::min(bytes.size(), sizeof slot.low);
    if (size != 0) std::memcpy(&slot.low, bytes.data(), size);
    slot.high = ~slot.low;
    bytes = bytes.subspan(size);
  }
  return slots;
}

// A guest in which there is something to lift, and one that something was lowered into.
struct Source {
  abi::Memory memory;
  Encoding encoding;
  std::span<const Slot> slots;
};
struct Lowered {
  Room room{};
  std::vector<Slot> slots{};

  [[nodiscard]] Source source(Encoding encoding) const { return {room.memory(), encoding, slots}; }
  friend bool operator==(const Lowered& a, const Lowered& b) {
    return a.room == b.room && std::ranges::equal(a.slots, b.slots, {}, &Slot::low, &Slot::low);
  }
};

inline void check_refusal(const Fault& fault, std::uint64_t budget) {
  require(fault.code >= FaultCode::out_of_bounds && fault.code <= FaultCode::over_budget,
          "it was refused for no fault of the guest's");
  require(fault.code != FaultCode::over_budget || (fault.limit == budget && fault.size > 0),
          "a budget is reported that is another");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < std::min(fault.depth, fault.path.size()); ++i) {
    const Fault::Step& step = fault.path[i];
    for (const char c : std::string_view(step.name, step.name_size))
      sum += static_cast<std::uint8_t>(c);
  }
  [[maybe_unused]] const volatile std::uint64_t read = sum;
}

}  // namespace mortise::fuzz
