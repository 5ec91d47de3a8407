// list<T, N> <-> std::array<T, N>: its elements, one after the other, and no length.
// Canonical ABI: store_list, load_list, lower_flat_list, lift_flat_list with a length.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <mortise/abi/codec.h>
#include <mortise/abi/number.h>

namespace mortise::abi {

template <class T, std::size_t N>
struct Codec<std::array<T, N>> {
  using Parts = TypeList<T>;

  static_assert(N > 0, "a list<T, N> has at least one element");
  static_assert(sizeof(std::array<T, N>) <= std::size_t{32} * 1024,
                "a list<T, N> of more than 32 KiB does not go on the stack: use a list<T>");

  static constexpr Layout element = Codec<T>::layout;
  static constexpr std::array<Member, 1> members{{{.name = {}, .type = &Codec<T>::type}}};

  static constexpr Layout layout{
      .size = N * element.size, .align = element.align, .flat = N * element.flat};
  static constexpr Type type{.kind = Kind::fixed_list, .name = {}, .members = members, .length = N};
  static constexpr bool plain = Plain<T>;

  static bool store(LowerContext& context, std::uint32_t at, const std::array<T, N>& list) {
    if constexpr (Number<T>) {
      std::memcpy(context.bytes(at), list.data(), layout.size);
      return true;
    }
    return each(context.fault, [&](std::uint32_t i) {
      return Codec<T>::store(context, at + i * element.size, list[i]);
    });
  }
  static bool lower(LowerContext& context, Slot*& slots, const std::array<T, N>& list) {
    return each(context.fault,
                [&](std::uint32_t i) { return Codec<T>::lower(context, slots, list[i]); });
  }
  static bool load(LiftContext& context, const std::byte* from, std::array<T, N>& list) {
    if constexpr (Number<T>) {
      std::memcpy(list.data(), from, layout.size);
      return true;
    }
    return each(context.fault, [&](std::size_t i) {
      return Codec<T>::load(context, from + i * element.size, list[i]);
    });
  }
  static bool lift(LiftContext& context, const Slot*& slots, std::array<T, N>& list) {
    return each(context.fault,
                [&](std::uint32_t i) { return Codec<T>::lift(context, slots, list[i]); });
  }

 private:
  template <class Act>
  static bool each(Fault& fault, Act&& act) {
    for (std::uint32_t i = 0; i < N; ++i) {
      if (!act(i)) [[unlikely]]
        return fault.in(i);
    }
    return true;
  }
};

template <class T, std::size_t N>
struct Viewed<std::array<T, N>> {
  using type = std::array<View<T>, N>;
};

}  // namespace mortise::abi
