// Codec<T>: how the C++ type T crosses between host and guest. One header per WIT type
// specialises it; bindings specialise it for records with RecordCodec.
//
//   layout   size, alignment and flat count                       (Canonical ABI: despecialize)
//   type     what T is in WIT
//   Parts    the types that T is made of, where it is made of any
//   plain    true: every pattern of bits is a T, so that there is nothing to check
//   store    writes T into a block of guest memory                (Canonical ABI: store)
//   lower    writes T as core values and moves `slots` past them  (Canonical ABI: lower_flat)
//   load     reads T from `from`, which has layout.size bytes     (Canonical ABI: load)
//   lift     reads T from core values and moves `slots` past them (Canonical ABI: lift_flat)
//
// store and lower may run guest code (realloc). All four return false after a fault, which they
// leave in the context; what load and lift have written by then is of no use. They do not throw.
#pragma once

#include <concepts>
#include <cstdint>

#include <mortise/abi/context.h>
#include <mortise/abi/layout.h>
#include <mortise/abi/type.h>

namespace mortise::abi {

template <class T>
struct Codec;

template <class... Ts>
struct TypeList {};

// Types that are lifted without checks.
template <class T>
concept Plain = requires { requires Codec<T>::plain; };

// Types that cross from host to guest: the owned and the borrowed ones.
template <class T>
concept Lowerable = requires(LowerContext& context, Slot*& slots, const T& value) {
  { Codec<T>::layout } -> std::convertible_to<Layout>;
  { Codec<T>::type } -> std::convertible_to<Type>;
  { Codec<T>::store(context, std::uint32_t{}, value) } -> std::same_as<bool>;
  { Codec<T>::lower(context, slots, value) } -> std::same_as<bool>;
};

// Types that cross from guest to host: the owned and the viewed ones.
template <class T>
concept Liftable =
    std::default_initializable<T> &&
    requires(LiftContext& context, const std::byte* from, const Slot*& slots, T& value) {
      { Codec<T>::load(context, from, value) } -> std::same_as<bool>;
      { Codec<T>::lift(context, slots, value) } -> std::same_as<bool>;
    };

// View<T>: T as it is seen in place, in guest memory, without a copy. What has nothing on the
// heap is its own view.
template <class T>
struct Viewed {
  using type = T;
};
template <class T>
using View = typename Viewed<T>::type;

}  // namespace mortise::abi
