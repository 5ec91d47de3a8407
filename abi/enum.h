// enum <-> an enum class whose values count from 0, in the order of the contract:
//
//   enum class Level : std::uint8_t { debug, info, error };
//   template <> struct mortise::abi::Codec<Level> : EnumCodec<Level, "level", "debug", "info",
//                                                             "error"> {};
//
// Canonical ABI: a variant without payloads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <mortise/abi/cases.h>
#include <mortise/abi/codec.h>
#include <mortise/abi/text.h>

namespace mortise::abi {

namespace detail {

// Whether the enum of this value has a name for it. In the text that compilers give, a value with a
// name ends in it, "Level::debug]", and one without in its number, "(Level)7]".
template <auto Value>
constexpr bool is_named() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_suffix(1);
  const auto is_part = [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  std::size_t start = text.size();
  while (start > 0 && is_part(text[start - 1])) --start;
  return start < text.size() && (text[start] < '0' || text[start] > '9');
}

// Whether the values with a name are those from 0 to `Count`.
template <class X, std::size_t Count>
constexpr bool counts_to() {
  const bool all = []<std::size_t... I>(std::index_sequence<I...>) {
    return (is_named<static_cast<X>(I)>() && ...);
  }(std::make_index_sequence<Count>{});
  if constexpr (Count > static_cast<std::underlying_type_t<X>>(-1)) {
    return all;
  } else {
    return all && !is_named<static_cast<X>(Count)>();
  }
}

}  // namespace detail

template <class X, FixedString Name, FixedString... Names>
struct EnumCodec {
  static constexpr std::size_t count = sizeof...(Names);
  static_assert(count > 0, "an enum has at least one value");
  static_assert(std::is_same_v<std::underlying_type_t<X>, Discriminant<count>>,
                "an enum class is a std::uint8_t up to 256 values, a std::uint16_t up to 65536");
  static_assert(detail::counts_to<X, count>(),
                "the values of the enum class count from 0, and each has a name in its EnumCodec");

  static constexpr std::array<Member, count> members{{{.name = Names.view(), .type = nullptr}...}};
  static constexpr Layout layout = variant_of(std::array<Layout, count>{(void(Names), kEmpty)...});
  static constexpr Type type{.kind = Kind::enumeration, .name = Name.view(), .members = members};

  static bool store(LowerContext& context, std::uint32_t at, X value) {
    store_case<count>(context, at, std::to_underlying(value));
    return check(context, value);
  }
  static bool lower(LowerContext& context, Slot*& slots, X value) {
    (slots++)->low = std::to_underlying(value);
    return check(context, value);
  }
  static bool load(LiftContext& context, const std::byte* from, X& value) {
    std::uint32_t which = 0;
    if (!load_case<count>(context, from, which)) [[unlikely]]
      return false;
    value = static_cast<X>(which);
    return true;
  }
  static bool lift(LiftContext& context, const Slot*& slots, X& value) {
    const LiftedCase flat(slots, layout);
    value = static_cast<X>(flat.which);
    return flat.check(context, count);
  }

 private:
  static bool check(LowerContext& context, X value) {
    if (std::to_underlying(value) < count) [[likely]]
      return true;
    context.fault.code = FaultCode::host_bad_case;
    context.fault.size = std::to_underlying(value);
    context.fault.limit = count;
    return false;
  }
};

}  // namespace mortise::abi

namespace mortise {

// The name of an enum's value in WIT, for messages; empty where the contract has no such value.
template <class X>
  requires(abi::Codec<X>::type.kind == abi::Kind::enumeration)
constexpr std::string_view name_of(X value) {
  const auto which = std::to_underlying(value);
  const auto& members = abi::Codec<X>::members;
  return which < members.size() ? members[which].name : std::string_view();
}

}  // namespace mortise
