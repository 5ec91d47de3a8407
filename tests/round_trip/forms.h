// From what is owned to what is borrowed, where the compiler does not do that by itself. The other
// way is mortise::owned.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <utility>
#include <variant>

#include <mortise/mortise.h>

#include "tests/round_trip/members.h"

namespace mortise::testing {

template <class B>
struct Borrowed;

// `value` itself if it converts to B, as most do; else the B that refers to it.
template <class B, class T>
decltype(auto) borrowed(const T& value) {
  if constexpr (std::convertible_to<const T&, B>) {
    return (value);
  } else {
    return Borrowed<B>::of(value);
  }
}

// Lists of fixed length, and what has them.
template <class B, std::size_t N>
struct Borrowed<std::array<B, N>> {
  template <class T>
  static std::array<B, N> of(const std::array<T, N>& value) {
    std::array<B, N> list;
    for (std::size_t i = 0; i < N; ++i) list[i] = borrowed<B>(value[i]);
    return list;
  }
};

template <Record B>
struct Borrowed<B> {
  template <Record T>
  static B of(const T& value) {
    B record;
    for_each_index<std::tuple_size_v<FieldsOf<T>>>([&]<std::size_t I>() {
      using To = std::tuple_element_t<I, FieldsOf<B>>;
      using From = std::tuple_element_t<I, FieldsOf<T>>;
      record.*To::pointer = borrowed<typename To::Type>(value.*From::pointer);
    });
    return record;
  }
};

template <Variant B>
struct Borrowed<B> {
  template <Variant T>
  static B of(const T& value) {
    B variant;
    auto& to = static_cast<AlternativesOf<B>&>(variant);
    const AlternativesOf<T>& from = value;
    for_index<std::variant_size_v<AlternativesOf<T>>>(from.index(), [&]<std::size_t I>() {
      using Case = std::tuple_element_t<I, CasesOf<B>>;
      if constexpr (Case::has_payload) {
        to.template emplace<I>(
            typename Case::Type{borrowed<typename Case::Payload>(std::get<I>(from).value)});
      } else {
        to.template emplace<I>();
      }
    });
    return variant;
  }
};

}  // namespace mortise::testing
