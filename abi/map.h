// map<K, V> <-> std::vector<std::pair<K, V>> (owned); as a parameter and viewed in place:
// ListView<std::pair<..>>. In the ABI a list of pairs: in the order of whoever made it, and keys
// that are there twice stay there twice.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <mortise/abi/codec.h>
#include <mortise/abi/list.h>
#include <mortise/abi/record.h>

namespace mortise::abi {

// An entry of a map, and no type by itself: a tuple<A, B> is a std::tuple.
template <class K, class V>
struct Codec<std::pair<K, V>> {
  static constexpr std::array<Layout, 2> layouts{Codec<K>::layout, Codec<V>::layout};
  static constexpr Layout layout = detail::record_of(layouts);
  static constexpr std::uint32_t value_at = detail::offsets_of(layouts)[1];

  static bool store(LowerContext& context, std::uint32_t at, const std::pair<K, V>& entry) {
    if (!Codec<K>::store(context, at, entry.first)) [[unlikely]]
      return context.fault.in("key");
    return Codec<V>::store(context, at + value_at, entry.second) || context.fault.in("value");
  }
  static bool load(LiftContext& context, const std::byte* from, std::pair<K, V>& entry) {
    if (!Codec<K>::load(context, from, entry.first)) [[unlikely]]
      return context.fault.in("key");
    return Codec<V>::load(context, from + value_at, entry.second) || context.fault.in("value");
  }
};

namespace detail {

template <class K, class V>
struct ListType<std::pair<K, V>> {
  using Parts = TypeList<K, V>;

  static constexpr std::array<Member, 2> members{
      {{.name = {}, .type = &Codec<K>::type}, {.name = {}, .type = &Codec<V>::type}}};
  static constexpr Type type{.kind = Kind::map, .name = {}, .members = members};
};

}  // namespace detail

template <class K, class V>
struct Viewed<std::pair<K, V>> {
  using type = std::pair<View<K>, View<V>>;
};

}  // namespace mortise::abi
