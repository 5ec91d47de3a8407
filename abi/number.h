// s8..u64, f32, f64 <-> std::int8_t..std::uint64_t, float, double.
// Canonical ABI: load_int, store_int, lift_flat_signed, lift_flat_unsigned. NaNs keep their bits.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <mortise/abi/codec.h>

namespace mortise::abi {

template <class T>
concept Number = std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t> ||
                 std::same_as<T, std::int16_t> || std::same_as<T, std::uint16_t> ||
                 std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> ||
                 std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> ||
                 std::same_as<T, float> || std::same_as<T, double>;

// Guest memory is little-endian; values are copied as they lie.
static_assert(std::endian::native == std::endian::little, "Mortise needs a little-endian host");

template <Number T>
constexpr Kind kind_of_number() {
  if constexpr (std::same_as<T, float>) return Kind::f32;
  if constexpr (std::same_as<T, double>) return Kind::f64;
  constexpr bool is_signed = std::is_signed_v<T>;
  switch (sizeof(T)) {
    case 1: return is_signed ? Kind::s8 : Kind::u8;
    case 2: return is_signed ? Kind::s16 : Kind::u16;
    case 4: return is_signed ? Kind::s32 : Kind::u32;
    default: return is_signed ? Kind::s64 : Kind::u64;
  }
}

template <Number T>
struct Codec<T> {
  static constexpr Layout layout{.size = sizeof(T), .align = sizeof(T), .flat = 1};
  static constexpr Type type{.kind = kind_of_number<T>(), .name = {}, .members = {}};
  static constexpr bool plain = true;

  static bool store(LowerContext& context, std::uint32_t at, T value) {
    context.write(at, value);
    return true;
  }
  static bool lower(LowerContext&, Slot*& slots, T value) {
    (slots++)->low = to_core(value);
    return true;
  }
  static bool load(LiftContext&, const std::byte* from, T& value) {
    value = read<T>(from);
    return true;
  }
  static bool lift(LiftContext&, const Slot*& slots, T& value) {
    value = from_core((slots++)->low);
    return true;
  }

 private:
  // A core value of 32 bits, zero-extended, which is also what it becomes when a variant joins
  // it with an i64. Narrow signed integers are sign-extended to those 32 bits.
  static std::uint64_t to_core(T value) {
    if constexpr (std::same_as<T, float>) return std::bit_cast<std::uint32_t>(value);
    if constexpr (std::same_as<T, double>) return std::bit_cast<std::uint64_t>(value);
    if constexpr (std::integral<T> && sizeof(T) == 8) return static_cast<std::uint64_t>(value);
    if constexpr (std::integral<T>)
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
  }
  static T from_core(std::uint64_t bits) {
    if constexpr (std::same_as<T, float>)
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if constexpr (std::same_as<T, double>) return std::bit_cast<double>(bits);
    if constexpr (std::integral<T>) return static_cast<T>(bits);
  }
};

}  // namespace mortise::abi
