// result<T, E> <-> std::expected<T, E>. A side without a payload is `void` for T and
// std::monostate for E (std::expected has no void error).
// Canonical ABI: load_variant, store_variant, with the cases ok(T) and error(E).
#pragma once

#include <array>
#include <expected>
#include <memory>
#include <type_traits>
#include <variant>

#include <mortise/abi/cases.h>
#include <mortise/abi/codec.h>

namespace mortise::abi {

namespace detail {

template <class T>
struct ViewedPayload {
  using type = View<T>;
};
template <>
struct ViewedPayload<void> {
  using type = void;
};

}  // namespace detail

template <class T, class E>
struct Codec<std::expected<T, E>> {
  using Parts = TypeList<T, E>;

  using Value = std::expected<T, E>;
  static constexpr Layout layout =
      variant_of<2>({detail::payload_layout<T>(), detail::payload_layout<E>()});
  static constexpr std::uint32_t payload_at = payload_offset(layout, 2);
  static constexpr std::array<Member, 2> members{{
      {.name = "ok", .type = detail::payload_type<T>()},
      {.name = "error", .type = detail::payload_type<E>()},
  }};
  static constexpr Type type{.kind = Kind::result, .name = {}, .members = members};

  static bool store(LowerContext& context, std::uint32_t at, const Value& value) {
    store_case<2>(context, at, value.has_value() ? 0 : 1);
    const std::uint32_t payload = at + payload_at;
    if (!value) {
      if constexpr (!detail::kNoPayload<E>)
        return Codec<E>::store(context, payload, value.error()) || context.fault.in("error");
    } else {
      if constexpr (!detail::kNoPayload<T>)
        return Codec<T>::store(context, payload, *value) || context.fault.in("ok");
    }
    return true;
  }
  static bool lower(LowerContext& context, Slot*& slots, const Value& value) {
    FlatCase flat(slots, layout, value.has_value() ? 0 : 1);
    if (!value) {
      if constexpr (!detail::kNoPayload<E>)
        return Codec<E>::lower(context, flat.payload, value.error()) || context.fault.in("error");
    } else {
      if constexpr (!detail::kNoPayload<T>)
        return Codec<T>::lower(context, flat.payload, *value) || context.fault.in("ok");
    }
    return true;
  }
  static bool load(LiftContext& context, const std::byte* from, Value& value) {
    std::uint32_t which = 0;
    if (!load_case<2>(context, from, which)) [[unlikely]]
      return false;
    const std::byte* payload = from + payload_at;
    if (which == 0) {
      if (!value) value = Value();
      if constexpr (!detail::kNoPayload<T>)
        return Codec<T>::load(context, payload, *value) || context.fault.in("ok");
    } else {
      set_error(value);
      if constexpr (!detail::kNoPayload<E>)
        return Codec<E>::load(context, payload, value.error()) || context.fault.in("error");
    }
    return true;
  }
  static bool lift(LiftContext& context, const Slot*& slots, Value& value) {
    LiftedCase flat(slots, layout);
    if (!flat.check(context, 2)) [[unlikely]]
      return false;
    if (flat.which == 0) {
      if (!value) value = Value();
      if constexpr (!detail::kNoPayload<T>)
        return Codec<T>::lift(context, flat.payload, *value) || context.fault.in("ok");
    } else {
      set_error(value);
      if constexpr (!detail::kNoPayload<E>)
        return Codec<E>::lift(context, flat.payload, value.error()) || context.fault.in("error");
    }
    return true;
  }

 private:
  static void set_error(Value& value) {
    if constexpr (std::is_nothrow_default_constructible_v<E>) {
      // In place: of a temporary that is assigned, g++ 12 warns that it may not be initialized.
      std::destroy_at(&value);
      std::construct_at(&value, std::unexpect);
    } else {
      value = Value(std::unexpect);
    }
  }
};

template <class T, class E>
struct Viewed<std::expected<T, E>> {
  using type = std::expected<typename detail::ViewedPayload<T>::type, View<E>>;
};

}  // namespace mortise::abi
