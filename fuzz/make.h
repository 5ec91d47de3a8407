// Makes values by chance, as a guest might that means well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/mortise.h>

namespace mortise::fuzz {

// SplitMix64: the same numbers with every compiler.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(bits() % n); }
  // Small: what is made of it is mutated further, and few bytes are mutated better.
  std::size_t length() { return below(4); }

 private:
  std::uint64_t state_;
};

template <class T>
struct Make;
template <class T>
T make(Chance& chance) {
  return Make<T>::one(chance);
}

template <abi::Number T>
struct Make<T> {
  static T one(Chance& chance) {
    const std::uint64_t bits = chance.bits();
    T value{};
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
};
template <>
struct Make<bool> {
  static bool one(Chance& chance) { return chance.below(2) == 1; }
};
template <>
struct Make<char32_t> {
  static char32_t one(Chance& chance) {
    constexpr std::array<std::size_t, 5> kMost{0x80, 0x100, 0x800, 0x10000, 0x110000};
    const auto c = static_cast<char32_t>(chance.below(kMost[chance.below(kMost.size())]));
    return abi::is_scalar_value(c) ? c : U'-';
  }
};
template <>
struct Make<std::string> {
  static std::string one(Chance& chance) {
    std::string text;
    for (std::size_t left = chance.length(); left > 0; --left) {
      std::array<char, 4> character{};
      char* end = character.data();
      abi::encode_utf8(make<char32_t>(chance), end);
      text.append(character.data(), end);
    }
    return text;
  }
};

template <class T>
struct Make<std::vector<T>> {
  static std::vector<T> one(Chance& chance) {
    std::vector<T> list(chance.length());
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = make<T>(chance);
    return list;
  }
};
template <class T, std::size_t N>
struct Make<std::array<T, N>> {
  static std::array<T, N> one(Chance& chance) {
    std::array<T, N> list;
    for (T& value : list) value = make<T>(chance);
    return list;
  }
};

template <class T>
struct Make<std::optional<T>> {
  static std::optional<T> one(Chance& chance) {
    if (make<bool>(chance)) return std::optional<T>(std::in_place, make<T>(chance));
    return std::nullopt;
  }
};
template <class T, class E>
struct Make<std::expected<T, E>> {
  static std::expected<T, E> one(Chance& chance) {
    if (make<bool>(chance)) {
      if constexpr (std::is_void_v<T>) {
        return {};
      } else {
        return std::expected<T, E>(std::in_place, make<T>(chance));
      }
    }
    return std::unexpected<E>(make<E>(chance));
  }
};
template <>
struct Make<std::monostate> {
  static std::monostate one(Chance&) { return {}; }
};
template <class A, class B>
struct Make<std::pair<A, B>> {
  static std::pair<A, B> one(Chance& chance) {
    A first = make<A>(chance);
    return {std::move(first), make<B>(chance)};
  }
};
template <class... Ts>
struct Make<std::tuple<Ts...>> {
  static std::tuple<Ts...> one(Chance& chance) { return {make<Ts>(chance)...}; }
};

namespace detail {

template <class X, abi::FixedString Name, class... Fields>
void make_named(Chance& chance, X& record, const abi::RecordCodec<X, Name, Fields...>&) {
  ((record.*Fields::pointer = make<typename Fields::Type>(chance)), ...);
}
template <class X, abi::FixedString Name, class... Cases>
void make_named(Chance& chance, X& value, const abi::VariantCodec<X, Name, Cases...>&) {
  typename abi::VariantCodec<X, Name, Cases...>::Variant& variant = value;
  const std::size_t which = chance.below(sizeof...(Cases));
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto one = [&]<std::size_t Case, class C>(std::integral_constant<std::size_t, Case>, C*) {
      if (which != Case) return;
      [[maybe_unused]] auto& made = variant.template emplace<Case>();
      if constexpr (C::has_payload) made.value = make<typename C::Payload>(chance);
    };
    (one(std::integral_constant<std::size_t, I>{}, static_cast<Cases*>(nullptr)), ...);
  }(std::index_sequence_for<Cases...>{});
}
template <class X, abi::FixedString Name, abi::FixedString... Names>
void make_named(Chance& chance, X& value, const abi::EnumCodec<X, Name, Names...>&) {
  value = static_cast<X>(chance.below(sizeof...(Names)));
}
template <class X, abi::FixedString Name, abi::FixedString... Names>
void make_named(Chance& chance, X& flags, const abi::FlagsCodec<X, Name, Names...>&) {
  flags = X(static_cast<typename X::Bits>(chance.bits()));
}

}  // namespace detail

template <class T>
struct Make {
  static T one(Chance& chance) {
    T value{};
    detail::make_named(chance, value, abi::Codec<T>());
    return value;
  }
};

}  // namespace mortise::fuzz
