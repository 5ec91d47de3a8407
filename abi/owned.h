// What borrows or views, as a copy that owns all of it:
//
//   const Metadata kept = mortise::owned<Metadata>(ref);          // or Metadata(ref)
//   const auto names = mortise::owned<std::vector<std::string>>(view);
//
// Generated bindings make of it the conversion of each `..Ref` to the type that it is of.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <expected>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <mortise/abi/codec.h>
#include <mortise/abi/record.h>
#include <mortise/abi/variant.h>

namespace mortise {

template <class To, class From>
[[nodiscard]] To owned(const From& from);

}  // namespace mortise

namespace mortise::abi::detail {

template <class T>
concept RecordType = requires { typename Codec<T>::FieldList; };
template <class T>
concept VariantType = requires { typename Codec<T>::Variant; };

// How a To is made of another form of it.
template <class To, class From>
struct Own {
  static To of(const From& from) { return To(from); }  // a text
};

template <RecordType To, RecordType From>
struct Own<To, From> {
  static To of(const From& from) {
    return fields(from, typename Codec<To>::FieldList(), typename Codec<From>::FieldList());
  }

 private:
  template <class... Tos, class... Froms>
  static To fields(const From& from, TypeList<Tos...>, TypeList<Froms...>) {
    static_assert(((Tos::name == Froms::name) && ...), "they are of different records");
    To to{};
    ((to.*Tos::pointer = owned<typename Tos::Type>(from.*Froms::pointer)), ...);
    return to;
  }
};

template <VariantType To, VariantType From>
struct Own<To, From> {
  static To of(const From& from) {
    return case_by<To>(from, []<class Payload>(std::type_identity<Payload>, const auto& payload) {
      return owned<Payload>(payload);
    });
  }
};

template <class T, class Range>
struct Own<std::vector<T>, Range> {
  static std::vector<T> of(const Range& range) {
    std::vector<T> list;
    list.reserve(range.size());
    for (const auto& element : range) list.push_back(owned<T>(element));
    return list;
  }
};

template <class T, class U, std::size_t N>
struct Own<std::array<T, N>, std::array<U, N>> {
  static std::array<T, N> of(const std::array<U, N>& from) {
    std::array<T, N> list{};
    std::ranges::transform(from, list.begin(), [](const U& element) { return owned<T>(element); });
    return list;
  }
};

template <class T, class U>
struct Own<std::optional<T>, std::optional<U>> {
  static std::optional<T> of(const std::optional<U>& from) {
    return from ? std::optional<T>(owned<T>(*from)) : std::nullopt;
  }
};

template <class T, class E, class U, class F>
struct Own<std::expected<T, E>, std::expected<U, F>> {
  using To = std::expected<T, E>;
  static To of(const std::expected<U, F>& from) {
    if (!from) return To(std::unexpect, owned<E>(from.error()));
    if constexpr (std::is_void_v<T>) {
      return To();
    } else {
      return To(std::in_place, owned<T>(*from));
    }
  }
};

template <class... Ts, class... Us>
struct Own<std::tuple<Ts...>, std::tuple<Us...>> {
  static std::tuple<Ts...> of(const std::tuple<Us...>& from) {
    return std::apply([](const Us&... parts) { return std::tuple<Ts...>(owned<Ts>(parts)...); },
                      from);
  }
};

template <class K, class V, class L, class W>
struct Own<std::pair<K, V>, std::pair<L, W>> {
  static std::pair<K, V> of(const std::pair<L, W>& from) {
    return {owned<K>(from.first), owned<V>(from.second)};
  }
};

}  // namespace mortise::abi::detail

namespace mortise {

// Allocates, on the host's own account, as much as the guest has there.
template <class To, class From>
To owned(const From& from) {
  if constexpr (std::same_as<To, From>) {
    return from;
  } else {
    return abi::detail::Own<To, From>::of(from);
  }
}

}  // namespace mortise
