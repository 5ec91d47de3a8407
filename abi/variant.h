// What option, result and the like share: a discriminant of one byte, then a payload; as core
// values, the discriminant, then as many slots as the largest payload takes.
// Canonical ABI: store_variant, load_variant, lower_flat_variant, lift_flat_variant.
#pragma once

#include <mortise/abi/codec.h>

namespace mortise::abi {

inline void store_case(LowerContext& context, std::uint32_t at, std::uint8_t which) {
  context.write(at, which);
}

inline bool bad_case(LiftContext& context, std::uint32_t which, std::uint32_t cases) {
  context.fault.code = FaultCode::bad_discriminant;
  context.fault.size = which;
  context.fault.limit = cases;
  return false;
}

[[nodiscard]] inline bool load_case(LiftContext& context, const std::byte* from,
                                    std::uint32_t cases, std::uint32_t& which) {
  which = read<std::uint8_t>(from);
  return which < cases || bad_case(context, which, cases);
}

// Writes the discriminant, clears the slots of the payload and moves `slots` past all of them.
// What a smaller payload leaves unwritten is zero, as the ABI demands, and nothing of the host's.
// A payload narrower than the slot it shares needs no conversion: core values of 32 bits are kept
// zero-extended.
struct FlatCase {
  FlatCase(Slot*& slots, Layout variant, std::uint32_t which) : payload(slots + 1) {
    slots[0].low = which;
    for (std::uint32_t i = 1; i < variant.flat; ++i) slots[i] = {};
    slots += variant.flat;
  }
  Slot* payload;
};

// Reads the discriminant and moves `slots` past the whole variant.
struct LiftedCase {
  LiftedCase(const Slot*& slots, Layout variant)
      : which(static_cast<std::uint32_t>(slots[0].low)), payload(slots + 1) {
    slots += variant.flat;
  }
  [[nodiscard]] bool check(LiftContext& context, std::uint32_t cases) const {
    return which < cases || bad_case(context, which, cases);
  }
  std::uint32_t which;
  const Slot* payload;
};

}  // namespace mortise::abi
