// char <-> char32_t, a Unicode scalar value: no surrogate, at most U+10FFFF.
// Canonical ABI: convert_i32_to_char, char_to_i32.
#pragma once

#include <mortise/abi/codec.h>

namespace mortise::abi {

constexpr bool is_scalar_value(char32_t c) { return c < 0xD800 || (c > 0xDFFF && c <= 0x10FFFF); }

template <>
struct Codec<char32_t> {
  static constexpr Layout layout{.size = 4, .align = 4, .flat = 1};
  static constexpr Type type{.kind = Kind::character, .name = {}, .members = {}};

  static bool store(LowerContext& context, std::uint32_t at, char32_t value) {
    context.write(at, value);
    return check(value, FaultCode::host_bad_char, context.fault);
  }
  static bool lower(LowerContext& context, Slot*& slots, char32_t value) {
    (slots++)->low = value;
    return check(value, FaultCode::host_bad_char, context.fault);
  }
  static bool load(LiftContext& context, const std::byte* from, char32_t& value) {
    value = read<char32_t>(from);
    return check(value, FaultCode::bad_char, context.fault);
  }
  static bool lift(LiftContext& context, const Slot*& slots, char32_t& value) {
    value = static_cast<char32_t>((slots++)->low);
    return check(value, FaultCode::bad_char, context.fault);
  }

 private:
  static bool check(char32_t value, FaultCode code, Fault& fault) {
    if (is_scalar_value(value)) [[likely]]
      return true;
    fault.code = code;
    fault.size = value;
    return false;
  }
};

}  // namespace mortise::abi
