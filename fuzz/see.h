// Looks at all of a value, owned or viewed, and reduces it to what can be compared.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/mortise.h>

namespace mortise::fuzz {

// What is lifted at the moment, for the message.
inline std::string_view now;

[[noreturn]] inline void broken(std::string_view what) {
  std::fprintf(stderr, "lift_fuzz: %.*s: %.*s\n", static_cast<int>(now.size()), now.data(),
               static_cast<int>(what.size()), what.data());
  std::abort();
}
inline void require(bool holds, std::string_view what) {
  if (!holds) [[unlikely]]
    broken(what);
}

// Written for this test, so that it shares no error with abi/utf8.h.
inline bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[i++]);
    if (lead < 0x80) continue;
    const std::size_t tail = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC0 || lead > 0xF7 || text.size() - i < tail) return false;
    std::uint32_t c = lead & (0x3FU >> tail);
    for (std::size_t n = 0; n < tail; ++n) {
      const auto byte = static_cast<std::uint8_t>(text[i++]);
      if (byte >> 6 != 2) return false;
      c = c << 6 | (byte & 0x3F);
    }
    constexpr std::array<std::uint32_t, 4> kLeast{0, 0x80, 0x800, 0x10000};
    if (c < kLeast[tail] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return false;
  }
  return true;
}

// Of a value, owned or viewed, what was seen of it.
struct Sight {
  std::uint64_t hash = 0xCBF29CE484222325;  // alike for both forms; of floats the bits
  std::uint64_t handed = 0;                 // what the call's budget is charged for it

  void add(std::uint64_t bits) { hash = std::rotl(hash ^ bits, 29) * 0x9E3779B97F4A7C15; }
  void text(std::string_view text) {
    require(is_utf8(text), "a text that is not UTF-8 was accepted");
    handed += text.size();
    add(text.size());
    for (const char c : text) add(static_cast<std::uint8_t>(c));
  }
};

template <class T>
struct See;
template <class T>
void see(Sight& sight, const T& value) {
  See<T>::all(sight, value);
}

template <abi::Number T>
struct See<T> {
  static void all(Sight& sight, T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    sight.add(bits);
  }
};
template <>
struct See<bool> {
  static void all(Sight& sight, const bool& value) {
    std::uint8_t byte = 0;
    std::memcpy(&byte, &value, sizeof byte);
    require(byte <= 1, "a bool is neither true nor false");
    sight.add(byte);
  }
};
template <>
struct See<char32_t> {
  static void all(Sight& sight, char32_t value) {
    require(value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF), "a char is no scalar value");
    sight.add(value);
  }
};
template <>
struct See<std::string> {
  static void all(Sight& sight, const std::string& value) { sight.text(value); }
};
template <>
struct See<std::string_view> {
  static void all(Sight& sight, std::string_view value) { sight.text(value); }
};

template <class T>
struct See<std::vector<T>> {
  static void all(Sight& sight, const std::vector<T>& list) {
    sight.handed += list.size() * sizeof(T);
    sight.add(list.size());
    for (const T& value : list) see<T>(sight, value);  // of a vector<bool> a copy
  }
};
template <abi::Number T>
struct See<std::span<const T>> {
  static void all(Sight& sight, std::span<const T> list) {
    sight.handed += list.size_bytes();
    sight.add(list.size());
    for (const T& value : list) see(sight, value);
  }
};
template <class T>
struct See<ListView<T>> {
  static void all(Sight& sight, const ListView<T>& list) {
    sight.handed += list.size() * std::uint64_t{abi::Codec<T>::layout.size};
    sight.add(list.size());
    for (const T& value : list) see(sight, value);
  }
};
template <class T, std::size_t N>
struct See<std::array<T, N>> {
  static void all(Sight& sight, const std::array<T, N>& list) {
    for (const T& value : list) see(sight, value);
  }
};

template <class T>
struct See<std::optional<T>> {
  static void all(Sight& sight, const std::optional<T>& option) {
    sight.add(option.has_value() ? 1 : 0);
    if (option) see(sight, *option);
  }
};
template <class T, class E>
struct See<std::expected<T, E>> {
  static void all(Sight& sight, const std::expected<T, E>& result) {
    sight.add(result ? 0 : 1);
    if (!result) {
      if constexpr (!std::is_same_v<E, std::monostate>) see(sight, result.error());
    } else {
      if constexpr (!std::is_void_v<T>) see(sight, *result);
    }
  }
};
template <class A, class B>
struct See<std::pair<A, B>> {
  static void all(Sight& sight, const std::pair<A, B>& entry) {
    see(sight, entry.first);
    see(sight, entry.second);
  }
};
template <class... Ts>
struct See<std::tuple<Ts...>> {
  static void all(Sight& sight, const std::tuple<Ts...>& tuple) {
    std::apply([&](const Ts&... parts) { (see(sight, parts), ...); }, tuple);
  }
};

namespace detail {

// Types of a contract: their Codec says what they are made of.
template <class X, abi::FixedString Name, class... Fields>
void see_named(Sight& sight, const X& record, const abi::RecordCodec<X, Name, Fields...>&) {
  (see(sight, record.*Fields::pointer), ...);
}
template <class X, abi::FixedString Name, class... Cases>
void see_named(Sight& sight, const X& value, const abi::VariantCodec<X, Name, Cases...>& codec) {
  const typename abi::VariantCodec<X, Name, Cases...>::Variant& variant = value;
  require(variant.index() < codec.count, "a variant has none of its cases");
  sight.add(variant.index());
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto one = [&]<std::size_t Case, class C>(std::integral_constant<std::size_t, Case>, C*) {
      if constexpr (C::has_payload) {
        if (variant.index() == Case) see(sight, std::get<Case>(variant).value);
      }
    };
    (one(std::integral_constant<std::size_t, I>{}, static_cast<Cases*>(nullptr)), ...);
  }(std::index_sequence_for<Cases...>{});
}
template <class X, abi::FixedString Name, abi::FixedString... Names>
void see_named(Sight& sight, X value, const abi::EnumCodec<X, Name, Names...>&) {
  require(std::to_underlying(value) < sizeof...(Names), "an enum has none of its values");
  sight.add(std::to_underlying(value));
}
template <class X, abi::FixedString Name, abi::FixedString... Names>
void see_named(Sight& sight, X flags, const abi::FlagsCodec<X, Name, Names...>&) {
  const std::uint64_t bits = flags.bits();
  require(bits >> sizeof...(Names) == 0, "flags have a bit that is none of theirs");
  sight.add(bits);
}

}  // namespace detail

template <class T>
struct See {
  static void all(Sight& sight, const T& value) {
    detail::see_named(sight, value, abi::Codec<T>());
  }
};

}  // namespace mortise::fuzz
