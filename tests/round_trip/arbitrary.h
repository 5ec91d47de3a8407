// Random values of all types that bindings have, from a seed: the same ones each time. What is at
// an edge (0, the largest, NaN, the empty list) comes more often than by chance.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/abi/utf8.h>
#include <mortise/mortise.h>

#include "tests/round_trip/members.h"

namespace mortise::testing {

class Random {
 public:
  explicit Random(std::uint64_t seed) : numbers_(seed) {}

  std::uint64_t bits() { return numbers_(); }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(numbers_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T, std::size_t N>
  T any_of(const std::array<T, N>& choices) {
    return choices[below(N)];
  }

  // Of a list or a text: none, one, some; many where it lies in nothing else.
  std::size_t length() {
    if (depth_ > 3) return below(2);
    const std::size_t kind = below(depth_ == 0 ? 40 : 10);
    if (kind < 2) return 0;
    if (kind < 4) return 1;
    if (kind < 9) return 2 + below(4);
    if (kind < 39) return below(depth_ > 1 ? 4 : 24);
    return 200 + below(1200);
  }

  // While it lives, what is made lies in something else.
  class Inside {
   public:
    explicit Inside(Random& random) : random_(random) { ++random_.depth_; }
    ~Inside() { --random_.depth_; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Random& random_;
  };

 private:
  std::mt19937_64 numbers_;
  std::size_t depth_ = 0;
};

template <class T>
struct Arbitrary;
template <class T>
T arbitrary(Random& random) {
  return Arbitrary<T>::make(random);
}

template <>
struct Arbitrary<bool> {
  static bool make(Random& random) { return random.one_in(2); }
};

template <std::integral T>
struct Arbitrary<T> {
  static T make(Random& random) {
    using Limits = std::numeric_limits<T>;
    const auto any = static_cast<T>(random.bits());
    switch (random.below(6)) {
      case 0:
        return random.any_of(std::array<T, 6>{0, 1, static_cast<T>(-1), Limits::min(),
                                              Limits::max(), static_cast<T>(Limits::max() - 1)});
      // Next to a power of two.
      case 1: {
        const auto power = std::uint64_t{1} << random.below(sizeof(T) * 8);
        return static_cast<T>(power + random.below(3) - 1);
      }
      case 2: return static_cast<T>(any % 100);
      default: return any;
    }
  }
};

template <std::floating_point T>
struct Arbitrary<T> {
  static T make(Random& random) {
    using Limits = std::numeric_limits<T>;
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const auto any = static_cast<Bits>(random.bits());
    switch (random.below(4)) {
      case 0:
        return random.any_of(std::array<T, 14>{
            T(0), -T(0), T(1), T(-1), Limits::infinity(), -Limits::infinity(), Limits::max(),
            Limits::lowest(), Limits::min(), Limits::denorm_min(), -Limits::denorm_min(),
            Limits::epsilon(), Limits::quiet_NaN(), -Limits::quiet_NaN()});
      // A NaN of any sign and payload; a number with few digits.
      case 1:
        if (random.one_in(3))
          return std::bit_cast<T>(any | std::bit_cast<Bits>(Limits::infinity()));
        return static_cast<T>(static_cast<std::int32_t>(any % 2'000'000) - 1'000'000) / T(64);
      default: return std::bit_cast<T>(any);
    }
  }
};

template <>
struct Arbitrary<char32_t> {
  static char32_t make(Random& random) {
    switch (random.below(8)) {
      // What is next to where one more byte begins, to surrogates, to the end.
      case 0:
        return random.any_of(std::array<char32_t, 16>{0, 0x1f, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff,
                                                      0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff,
                                                      0x10000, 0x1fffe, 0xfffff, 0x10ffff});
      case 1: return random.any_of(std::array<char32_t, 6>{'"', '\'', '\\', '\n', '\t', '{'});
      case 2: return static_cast<char32_t>(0x80 + random.below(0x780));
      case 3: return static_cast<char32_t>(0x800 + random.below(0xd800 - 0x800));
      // All planes.
      case 4: return static_cast<char32_t>(0x10000 + random.below(0x100000));
      default: return static_cast<char32_t>(' ' + random.below(0x5f));
    }
  }
};

template <>
struct Arbitrary<std::string> {
  static std::string make(Random& random) {
    // Where most texts are ASCII, the others need to come.
    const bool ascii = random.one_in(3);
    std::string text;
    for (std::size_t left = random.length(); left > 0; --left) {
      std::array<char, 4> one{};
      char* end = one.data();
      abi::encode_utf8(
          ascii ? static_cast<char32_t>(' ' + random.below(0x5f)) : arbitrary<char32_t>(random),
          end);
      text.append(one.data(), end);
    }
    return text;
  }
};

template <class T>
struct Arbitrary<std::vector<T>> {
  static std::vector<T> make(Random& random) {
    std::vector<T> list;
    std::size_t left = random.length();
    const Random::Inside inside(random);
    for (; left > 0; --left) list.push_back(arbitrary<T>(random));
    return list;
  }
};

// A map: each key once, in order, as a guest in Rust gives it back.
template <class K, class V>
struct Arbitrary<std::vector<std::pair<K, V>>> {
  static std::vector<std::pair<K, V>> make(Random& random) {
    std::map<K, V> map;
    std::size_t left = random.length();
    const Random::Inside inside(random);
    for (; left > 0; --left) map[arbitrary<K>(random)] = arbitrary<V>(random);
    return {map.begin(), map.end()};
  }
};

template <class T, std::size_t N>
struct Arbitrary<std::array<T, N>> {
  static std::array<T, N> make(Random& random) {
    const Random::Inside inside(random);
    std::array<T, N> list;
    for (T& element : list) element = arbitrary<T>(random);
    return list;
  }
};

template <class... Ts>
struct Arbitrary<std::tuple<Ts...>> {
  static std::tuple<Ts...> make([[maybe_unused]] Random& random) {
    return std::tuple<Ts...>{arbitrary<Ts>(random)...};
  }
};

template <class T>
struct Arbitrary<std::optional<T>> {
  static std::optional<T> make(Random& random) {
    if (random.one_in(4)) return std::nullopt;
    return std::optional<T>(std::in_place, arbitrary<T>(random));
  }
};

template <class T, class E>
struct Arbitrary<std::expected<T, E>> {
  static std::expected<T, E> make(Random& random) {
    if (random.one_in(2)) return std::expected<T, E>(std::unexpect, arbitrary<E>(random));
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::expected<T, E>(std::in_place, arbitrary<T>(random));
    }
  }
};
template <>
struct Arbitrary<std::monostate> {
  static std::monostate make(Random&) { return {}; }
};

template <Record T>
struct Arbitrary<T> {
  static T make(Random& random) {
    const Random::Inside inside(random);
    T record;
    for_each_index<std::tuple_size_v<FieldsOf<T>>>([&]<std::size_t I>() {
      using Field = std::tuple_element_t<I, FieldsOf<T>>;
      record.*Field::pointer = arbitrary<typename Field::Type>(random);
    });
    return record;
  }
};

template <Variant T>
struct Arbitrary<T> {
  static T make(Random& random) {
    constexpr std::size_t count = std::variant_size_v<AlternativesOf<T>>;
    const Random::Inside inside(random);
    T variant;
    for_index<count>(random.below(count), [&]<std::size_t I>() {
      using Case = std::tuple_element_t<I, CasesOf<T>>;
      auto& alternatives = static_cast<AlternativesOf<T>&>(variant);
      if constexpr (Case::has_payload) {
        alternatives.template emplace<I>(
            typename Case::Type{arbitrary<typename Case::Payload>(random)});
      } else {
        alternatives.template emplace<I>();
      }
    });
    return variant;
  }
};

template <Enumeration T>
struct Arbitrary<T> {
  static T make(Random& random) {
    constexpr std::size_t count = abi::Codec<T>::count;
    const std::size_t which = random.one_in(4) ? count - 1 : random.below(count);
    return static_cast<T>(which);
  }
};

template <FlagSet T>
struct Arbitrary<T> {
  static T make(Random& random) {
    using Bits = typename T::Bits;
    switch (random.below(4)) {
      case 0: return T();
      case 1: return ~T();
      case 2: return T(static_cast<Bits>(std::uint64_t{1} << random.below(sizeof(Bits) * 8)));
      default: return T(static_cast<Bits>(random.bits()));
    }
  }
};

}  // namespace mortise::testing
