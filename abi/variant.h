// variant <-> a std::variant of case structs, or a type derived from one:
//
//   struct ShapeCases {
//     struct Circle { float value; };       // a case with a payload has it as `value`
//     struct None {};
//   };
//   struct Shape : ShapeCases, std::variant<ShapeCases::Circle, ShapeCases::None> {
//     using variant::variant;
//   };
//   template <> struct mortise::abi::Codec<Shape>
//       : VariantCodec<Shape, "shape", Case<"circle", Shape::Circle>, Case<"none", Shape::None>>
//       {};
//
// A struct of its own for each case, because two cases may have payloads of the same type. What is
// borrowed or viewed is a second variant of the same names, ShapeRef, in which cases that have
// nothing to borrow are the same structs; Shape::operator ShapeRef is made with same_case, and the
// way back with owned.h.
// Canonical ABI: store_variant, load_variant, lower_flat_variant, lift_flat_variant.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <mortise/abi/cases.h>
#include <mortise/abi/codec.h>
#include <mortise/abi/text.h>

namespace mortise::abi {

namespace detail {

// The type of the member `value`; void: there is none.
template <class T>
struct PayloadOf {
  static_assert(std::is_empty_v<T>,
                "a case is a struct without members, or with one, `value`, which is its payload");
  using Type = void;
};
template <class T>
  requires requires(T& one) { one.value; }
struct PayloadOf<T> {
  using Type = decltype(T::value);
};

// The std::variant that a type is or derives from.
template <class... Ts>
std::variant<Ts...> variant_in(const std::variant<Ts...>&);

// Whether Cases, by their structs, are the alternatives of a variant; and if not, why.
template <class Variant, class... Cs>
struct Listed;
template <class... Ts, class... Cs>
struct Listed<std::variant<Ts...>, Cs...> {
  static constexpr bool in_order = std::is_same_v<std::variant<Ts...>, std::variant<Cs...>>;
  static constexpr bool one_for_each = sizeof...(Ts) == sizeof...(Cs);

  static constexpr bool all_are_alternatives() {
    if constexpr (in_order) {
      return true;
    } else {
      return ((times<Cs, Ts...> > 0) && ...);
    }
  }
  static constexpr bool all_differ() {
    if constexpr (in_order) {
      return true;
    } else {
      return ((times<Cs, Cs...> == 1) && ...);
    }
  }

 private:
  template <class T, class... Us>
  static constexpr std::size_t times = (0 + ... + (std::is_same_v<T, Us> ? 1 : 0));
};

}  // namespace detail

// An alternative under its name in WIT.
template <FixedString Name, class Alternative>
struct Case {
  using Type = Alternative;
  using Payload = typename detail::PayloadOf<Alternative>::Type;
  using PayloadCodec = Codec<Payload>;
  static constexpr std::string_view name = Name.view();
  static constexpr bool has_payload = !detail::kNoPayload<Payload>;
};

template <class X, FixedString Name, class... Cases>
struct VariantCodec {
  using Variant = decltype(detail::variant_in(std::declval<const X&>()));
  static constexpr std::size_t count = sizeof...(Cases);

  using Check = detail::Listed<Variant, typename Cases::Type...>;
  static_assert(Check::all_are_alternatives(), "a Case names an alternative of the variant");
  static_assert(Check::all_differ(), "two Cases name the same alternative of the variant");
  static_assert(Check::one_for_each, "a variant has one Case for each alternative");
  static_assert(Check::in_order,
                "alternatives and Cases are in the same order, that of the contract");

  using Parts = TypeList<typename Cases::Payload...>;

  static constexpr std::array<Member, count> members{
      {{.name = Cases::name, .type = detail::payload_type<typename Cases::Payload>()}...}};
  static constexpr Layout layout =
      variant_of<count>({detail::payload_layout<typename Cases::Payload>()...});
  static constexpr std::uint32_t payload_at = payload_offset(layout, count);
  static constexpr Type type{.kind = Kind::variant, .name = Name.view(), .members = members};

  static bool store(LowerContext& context, std::uint32_t at, const X& value) {
    const Variant& variant = value;
    if (variant.valueless_by_exception()) [[unlikely]]
      return no_case(context);
    store_case<count>(context, at, variant.index());
    return one(variant.index(), [&]<std::size_t I, class C>(Nth<I, C>) {
      if constexpr (C::has_payload)
        return C::PayloadCodec::store(context, at + payload_at, std::get_if<I>(&variant)->value) ||
               context.fault.in(C::name);
      return true;
    });
  }
  static bool lower(LowerContext& context, Slot*& slots, const X& value) {
    const Variant& variant = value;
    if (variant.valueless_by_exception()) [[unlikely]]
      return no_case(context);
    FlatCase flat(slots, layout, variant.index());
    return one(variant.index(), [&]<std::size_t I, class C>(Nth<I, C>) {
      if constexpr (C::has_payload)
        return C::PayloadCodec::lower(context, flat.payload, std::get_if<I>(&variant)->value) ||
               context.fault.in(C::name);
      return true;
    });
  }
  static bool load(LiftContext& context, const std::byte* from, X& value) {
    std::uint32_t which = 0;
    if (!load_case<count>(context, from, which)) [[unlikely]]
      return false;
    return one(which, [&]<std::size_t I, class C>(Nth<I, C>) {
      [[maybe_unused]] auto& made = static_cast<Variant&>(value).template emplace<I>();
      if constexpr (C::has_payload)
        return C::PayloadCodec::load(context, from + payload_at, made.value) ||
               context.fault.in(C::name);
      return true;
    });
  }
  static bool lift(LiftContext& context, const Slot*& slots, X& value) {
    LiftedCase flat(slots, layout);
    if (!flat.check(context, count)) [[unlikely]]
      return false;
    return one(flat.which, [&]<std::size_t I, class C>(Nth<I, C>) {
      [[maybe_unused]] auto& made = static_cast<Variant&>(value).template emplace<I>();
      if constexpr (C::has_payload)
        return C::PayloadCodec::lift(context, flat.payload, made.value) ||
               context.fault.in(C::name);
      return true;
    });
  }

 private:
  template <std::size_t I, class C>
  struct Nth {};

  // Calls `act` for the case of this number, which is found by halves.
  template <std::size_t First = 0, std::size_t Last = count, class Act>
  static bool one(std::size_t which, Act&& act) {
    constexpr std::size_t middle = (First + Last) / 2;
    if constexpr (First + 1 == Last) {
      return act(Nth<First, std::tuple_element_t<First, std::tuple<Cases...>>>{});
    } else {
      return which < middle ? one<First, middle>(which, act) : one<middle, Last>(which, act);
    }
  }

  static bool no_case(LowerContext& context) {
    context.fault.code = FaultCode::host_no_case;
    return false;
  }
};

namespace detail {

// The same case in another variant, with the payload that `convert` makes of the one of `from`,
// which it is given with the type to make.
template <class To, std::size_t I = 0, class... Ts, class Convert>
To case_by(const std::variant<Ts...>& from, const Convert& convert) {
  if constexpr (I + 1 < sizeof...(Ts)) {
    if (from.index() != I) return case_by<To, I + 1>(from, convert);
  }
  const auto& alternative = std::get<I>(from);
  using Old = std::remove_cvref_t<decltype(alternative)>;
  using New = std::variant_alternative_t<I, decltype(variant_in(std::declval<const To&>()))>;
  if constexpr (std::is_same_v<Old, New>) {
    return To(std::in_place_index<I>, alternative);
  } else {
    using Payload = std::type_identity<decltype(New::value)>;
    return To(std::in_place_index<I>, New{convert(Payload(), alternative.value)});
  }
}

}  // namespace detail

// The same case in another variant, to whose payloads those of `from` convert: what the borrowed
// form of a variant is made with. A valueless variant does what std::visit does with it.
template <class To, class... Ts>
To same_case(const std::variant<Ts...>& from) {
  return detail::case_by<To>(from,
                             [](auto, const auto& payload) -> const auto& { return payload; });
}

}  // namespace mortise::abi
