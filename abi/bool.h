// bool <-> bool. Canonical ABI: convert_int_to_bool: anything but 0 is true.
#pragma once

#include <mortise/abi/codec.h>

namespace mortise::abi {

template <>
struct Codec<bool> {
  static constexpr Layout layout{.size = 1, .align = 1, .flat = 1};
  static constexpr Type type{.kind = Kind::boolean, .name = {}, .members = {}};
  static constexpr bool plain = true;

  static bool store(LowerContext& context, std::uint32_t at, bool value) {
    context.write(at, static_cast<std::uint8_t>(value));
    return true;
  }
  static bool lower(LowerContext&, Slot*& slots, bool value) {
    (slots++)->low = value ? 1 : 0;
    return true;
  }
  static bool load(LiftContext&, const std::byte* from, bool& value) {
    value = *from != std::byte{0};
    return true;
  }
  static bool lift(LiftContext&, const Slot*& slots, bool& value) {
    value = static_cast<std::uint32_t>((slots++)->low) != 0;
    return true;
  }
};

}  // namespace mortise::abi
