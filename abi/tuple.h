// tuple<A, B, ..> <-> std::tuple<A, B, ..>. Canonical ABI: a record with numbered fields.
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include <mortise/abi/codec.h>
#include <mortise/abi/record.h>

namespace mortise::abi {

template <class... Ts>
struct Codec<std::tuple<Ts...>> {
  using Parts = TypeList<Ts...>;

  static constexpr std::array<Layout, sizeof...(Ts)> layouts{Codec<Ts>::layout...};
  static constexpr std::array<std::uint32_t, sizeof...(Ts)> offsets = detail::offsets_of(layouts);
  static constexpr std::array<Member, sizeof...(Ts)> members{
      {{.name = {}, .type = &Codec<Ts>::type}...}};

  static constexpr Layout layout = detail::record_of(layouts);
  static constexpr Type type{.kind = Kind::tuple, .name = {}, .members = members};
  static constexpr bool plain = (Plain<Ts> && ...);

  static bool store(LowerContext& context, std::uint32_t at, const std::tuple<Ts...>& tuple) {
    return each(context.fault, [&]<std::size_t I>(At<I>) {
      return Codec<Part<I>>::store(context, at + offsets[I], std::get<I>(tuple));
    });
  }
  static bool lower(LowerContext& context, Slot*& slots, const std::tuple<Ts...>& tuple) {
    return each(context.fault, [&]<std::size_t I>(At<I>) {
      return Codec<Part<I>>::lower(context, slots, std::get<I>(tuple));
    });
  }
  static bool load(LiftContext& context, const std::byte* from, std::tuple<Ts...>& tuple) {
    return each(context.fault, [&]<std::size_t I>(At<I>) {
      return Codec<Part<I>>::load(context, from + offsets[I], std::get<I>(tuple));
    });
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::tuple<Ts...>& tuple) {
    return each(context.fault, [&]<std::size_t I>(At<I>) {
      return Codec<Part<I>>::lift(context, slots, std::get<I>(tuple));
    });
  }

 private:
  template <std::size_t I>
  using At = std::integral_constant<std::size_t, I>;
  template <std::size_t I>
  using Part = std::tuple_element_t<I, std::tuple<Ts...>>;

  template <class Act>
  static bool each(Fault& fault, Act&& act) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((act(At<I>{}) || fault.in(I)) && ...);
    }(std::index_sequence_for<Ts...>{});
  }
};

template <class... Ts>
struct Viewed<std::tuple<Ts...>> {
  using type = std::tuple<View<Ts>...>;
};

}  // namespace mortise::abi
