// What a C++ type of a binding is made of, as its codec lists it: for code that is the same for all
// types.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <mortise/mortise.h>

namespace mortise::testing {

// The Fields of a record's codec, the Cases of a variant's.
template <class X, abi::FixedString Name, class... Fields>
std::tuple<Fields...> fields_in(const abi::RecordCodec<X, Name, Fields...>&);
template <class X, abi::FixedString Name, class... Cases>
std::tuple<Cases...> cases_in(const abi::VariantCodec<X, Name, Cases...>&);

template <class T>
concept Record = requires(const abi::Codec<T>& codec) { fields_in(codec); };
template <class T>
concept Variant = requires(const abi::Codec<T>& codec) { cases_in(codec); };
template <class T>
concept Enumeration = std::is_enum_v<T>;
template <class T>
concept FlagSet = abi::Codec<T>::type.kind == abi::Kind::flags;

template <Record T>
using FieldsOf = decltype(fields_in(std::declval<const abi::Codec<T>&>()));
template <Variant T>
using CasesOf = decltype(cases_in(std::declval<const abi::Codec<T>&>()));
// The std::variant that T derives from.
template <Variant T>
using AlternativesOf = typename abi::Codec<T>::Variant;

// Calls act.operator()<I>() for each I below N, in order.
template <std::size_t N, class Act>
constexpr void for_each_index(Act&& act) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (act.template operator()<I>(), ...);
  }(std::make_index_sequence<N>{});
}

// The same for one of them, `which`.
template <std::size_t N, class Act>
constexpr void for_index(std::size_t which, Act&& act) {
  for_each_index<N>([&]<std::size_t I>() {
    if (I == which) act.template operator()<I>();
  });
}

}  // namespace mortise::testing
