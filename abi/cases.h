// What variant, enum, option and result share: a discriminant, and a payload behind it; as core
// values, the discriminant, then as many slots as the payload that takes most of them.
// Canonical ABI: store_variant, load_variant, lower_flat_variant, lift_flat_variant.
#pragma once

#include <cstdint>
#include <type_traits>
#include <variant>

#include <mortise/abi/codec.h>

namespace mortise::abi {

// Large enough for the numbers of `Cases` cases, and no larger.
template <std::size_t Cases>
using Discriminant = std::conditional_t<
    discriminant_size(Cases) == 1, std::uint8_t,
    std::conditional_t<discriminant_size(Cases) == 2, std::uint16_t, std::uint32_t>>;

template <std::size_t Cases>
void store_case(LowerContext& context, std::uint32_t at, std::size_t which) {
  context.write(at, static_cast<Discriminant<Cases>>(which));
}

inline bool bad_case(LiftContext& context, std::uint32_t which, std::size_t cases) {
  context.fault.code = FaultCode::bad_discriminant;
  context.fault.size = which;
  context.fault.limit = cases;
  return false;
}

template <std::size_t Cases>
[[nodiscard]] bool load_case(LiftContext& context, const std::byte* from, std::uint32_t& which) {
  which = read<Discriminant<Cases>>(from);
  return which < Cases || bad_case(context, which, Cases);
}

// Writes the discriminant, clears the slots of the payload and moves `slots` past all of them.
//
// Payloads share slots. One that different core types share is an i32 for i32 and f32, else an i64
// (Canonical ABI: join). Nothing is converted for that: slots hold bits, a core value of 32 bits is
// kept zero-extended, which is what the ABI makes of it in an i64, and those that lift one look at
// the low half. What a smaller payload leaves unwritten is zero, as the ABI demands, and nothing of
// the host's.
struct FlatCase {
  FlatCase(Slot*& slots, Layout variant, std::size_t which) : payload(slots + 1) {
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
  [[nodiscard]] bool check(LiftContext& context, std::size_t cases) const {
    return which < cases || bad_case(context, which, cases);
  }
  std::uint32_t which;
  const Slot* payload;
};

namespace detail {

// What stands for the payload of a case that has none.
template <class T>
inline constexpr bool kNoPayload = std::is_void_v<T> || std::is_same_v<T, std::monostate>;

template <class T>
constexpr Layout payload_layout() {
  if constexpr (kNoPayload<T>) {
    return kEmpty;
  } else {
    return Codec<T>::layout;
  }
}

template <class T>
constexpr const Type* payload_type() {
  if constexpr (kNoPayload<T>) {
    return nullptr;
  } else {
    return &Codec<T>::type;
  }
}

template <class... Ts>
consteval bool any_lies_in_memory(TypeList<Ts...>);

}  // namespace detail

// Whether a T lies in memory, all of it or in part, even where it is passed as core values.
template <class T>
consteval bool lies_in_memory() {
  if constexpr (detail::kNoPayload<T>) {
    return false;
  } else if constexpr (Codec<T>::type.kind == Kind::string || Codec<T>::type.kind == Kind::list ||
                       Codec<T>::type.kind == Kind::map) {
    return true;
  } else if constexpr (requires { typename Codec<T>::Parts; }) {
    return detail::any_lies_in_memory(typename Codec<T>::Parts());
  } else {
    return false;
  }
}

template <class... Ts>
consteval bool detail::any_lies_in_memory(TypeList<Ts...>) {
  return (lies_in_memory<Ts>() || ...);
}

}  // namespace mortise::abi
