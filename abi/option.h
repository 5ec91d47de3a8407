// option<T> <-> std::optional<T>. Canonical ABI: load_variant, store_variant, lower_flat_variant,
// with the cases none and some(T).
#pragma once

#include <array>
#include <optional>

#include <mortise/abi/cases.h>
#include <mortise/abi/codec.h>

namespace mortise::abi {

template <class T>
struct Codec<std::optional<T>> {
  using Parts = TypeList<T>;

  static constexpr Layout layout = variant_of<2>({kEmpty, Codec<T>::layout});
  static constexpr std::uint32_t payload_at = payload_offset(layout, 2);
  static constexpr std::array<Member, 1> members{{{.name = {}, .type = &Codec<T>::type}}};
  static constexpr Type type{.kind = Kind::option, .name = {}, .members = members};

  static bool store(LowerContext& context, std::uint32_t at, const std::optional<T>& option) {
    store_case<2>(context, at, option.has_value() ? 1 : 0);
    if (!option) return true;
    return Codec<T>::store(context, at + payload_at, *option) || context.fault.in("some");
  }
  static bool lower(LowerContext& context, Slot*& slots, const std::optional<T>& option) {
    FlatCase flat(slots, layout, option.has_value() ? 1 : 0);
    if (!option) return true;
    return Codec<T>::lower(context, flat.payload, *option) || context.fault.in("some");
  }
  static bool load(LiftContext& context, const std::byte* from, std::optional<T>& option) {
    std::uint32_t which = 0;
    if (!load_case<2>(context, from, which)) [[unlikely]]
      return false;
    if (which == 0) {
      option.reset();
      return true;
    }
    return Codec<T>::load(context, from + payload_at, option.emplace()) || context.fault.in("some");
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::optional<T>& option) {
    LiftedCase flat(slots, layout);
    if (!flat.check(context, 2)) [[unlikely]]
      return false;
    if (flat.which == 0) {
      option.reset();
      return true;
    }
    return Codec<T>::lift(context, flat.payload, option.emplace()) || context.fault.in("some");
  }
};

template <class T>
struct Viewed<std::optional<T>> {
  using type = std::optional<View<T>>;
};

}  // namespace mortise::abi
