// From one form of a value to another: from what is viewed to what is owned, and from what is owned
// to what is borrowed, where the compiler does not do that by itself.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
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

#include "tests/round_trip/members.h"

namespace mortise::testing {

// ---- To owned ----

template <class T>
struct Owned;

// A copy of all that `view` shows.
template <class T, class View>
T owned(const View& view) {
  if constexpr (std::same_as<T, View>) {
    return view;
  } else {
    return Owned<T>::of(view);
  }
}

template <>
struct Owned<std::string> {
  static std::string of(std::string_view view) { return std::string(view); }
};

template <class T>
struct Owned<std::vector<T>> {
  template <class View>
  static std::vector<T> of(const View& view) {
    std::vector<T> list;
    for (const auto& element : view) list.push_back(owned<T>(element));
    return list;
  }
};

template <class T, std::size_t N>
struct Owned<std::array<T, N>> {
  template <class View>
  static std::array<T, N> of(const std::array<View, N>& view) {
    std::array<T, N> list;
    for (std::size_t i = 0; i < N; ++i) list[i] = owned<T>(view[i]);
    return list;
  }
};

template <class K, class V>
struct Owned<std::pair<K, V>> {
  template <class KView, class VView>
  static std::pair<K, V> of(const std::pair<KView, VView>& view) {
    return {owned<K>(view.first), owned<V>(view.second)};
  }
};

template <class... Ts>
struct Owned<std::tuple<Ts...>> {
  template <class... Views>
  static std::tuple<Ts...> of(const std::tuple<Views...>& view) {
    return std::apply([](const auto&... parts) { return std::tuple<Ts...>(owned<Ts>(parts)...); },
                      view);
  }
};

template <class T>
struct Owned<std::optional<T>> {
  template <class View>
  static std::optional<T> of(const std::optional<View>& view) {
    if (!view) return std::nullopt;
    return std::optional<T>(std::in_place, owned<T>(*view));
  }
};

template <class T, class E>
struct Owned<std::expected<T, E>> {
  template <class TView, class EView>
  static std::expected<T, E> of(const std::expected<TView, EView>& view) {
    if (!view) return std::expected<T, E>(std::unexpect, owned<E>(view.error()));
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return std::expected<T, E>(std::in_place, owned<T>(*view));
    }
  }
};

template <Record T>
struct Owned<T> {
  template <Record View>
  static T of(const View& view) {
    T record;
    for_each_index<std::tuple_size_v<FieldsOf<T>>>([&]<std::size_t I>() {
      using To = std::tuple_element_t<I, FieldsOf<T>>;
      using From = std::tuple_element_t<I, FieldsOf<View>>;
      record.*To::pointer = owned<typename To::Type>(view.*From::pointer);
    });
    return record;
  }
};

template <Variant T>
struct Owned<T> {
  template <Variant View>
  static T of(const View& view) {
    T variant;
    auto& to = static_cast<AlternativesOf<T>&>(variant);
    const AlternativesOf<View>& from = view;
    for_index<std::variant_size_v<AlternativesOf<T>>>(from.index(), [&]<std::size_t I>() {
      using Case = std::tuple_element_t<I, CasesOf<T>>;
      if constexpr (Case::has_payload) {
        to.template emplace<I>(
            typename Case::Type{owned<typename Case::Payload>(std::get<I>(from).value)});
      } else {
        to.template emplace<I>();
      }
    });
    return variant;
  }
};

// ---- To borrowed ----

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
