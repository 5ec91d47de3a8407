// record <-> a struct whose members are listed in the order of the contract:
//
//   template <> struct mortise::abi::Codec<Point>
//       : RecordCodec<Point, "point", Field<"x", &Point::x>, Field<"y", &Point::y>> {};
//
// Canonical ABI: store_record, load_record.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <mortise/abi/codec.h>
#include <mortise/abi/text.h>

namespace mortise::abi {

namespace detail {

// Offsets of fields with the given layouts, one after the other.
template <std::size_t N>
constexpr std::array<std::uint32_t, N> offsets_of(const std::array<Layout, N>& fields) {
  std::array<std::uint32_t, N> all{};
  Layout record = kEmpty;
  for (std::size_t i = 0; i < N; ++i) {
    all[i] = align_to(record.size, fields[i].align);
    record = followed_by(record, fields[i]);
  }
  return all;
}

template <std::size_t N>
constexpr Layout record_of(const std::array<Layout, N>& fields) {
  Layout record = kEmpty;
  for (const Layout& field : fields) record = followed_by(record, field);
  return closed(record);
}

template <class Pointer>
struct PointedTo {
  static_assert(std::is_member_object_pointer_v<Pointer>,
                "a Field points to a member variable: Field<\"x\", &Point::x>");
};
template <class X, class T>
  requires(!std::is_function_v<T>)
struct PointedTo<T X::*> {
  using Owner = X;
  using Type = T;
};

}  // namespace detail

template <FixedString Name, auto Pointer>
struct Field {
  using Owner = typename detail::PointedTo<decltype(Pointer)>::Owner;
  using Type = typename detail::PointedTo<decltype(Pointer)>::Type;
  static constexpr std::string_view name = Name.view();
  static constexpr auto pointer = Pointer;
};

template <class X, FixedString Name, class... Fields>
struct RecordCodec {
  static_assert(sizeof...(Fields) > 0, "a record has at least one Field");
  static_assert((std::is_base_of_v<typename Fields::Owner, X> && ...),
                "a Field points to a member of another struct than the record");

  using FieldList = TypeList<Fields...>;
  using Parts = TypeList<typename Fields::Type...>;

  static constexpr std::array<Layout, sizeof...(Fields)> layouts{
      Codec<typename Fields::Type>::layout...};
  static constexpr std::array<std::uint32_t, sizeof...(Fields)> offsets =
      detail::offsets_of(layouts);
  static constexpr std::array<Member, sizeof...(Fields)> members{
      {{.name = Fields::name, .type = &Codec<typename Fields::Type>::type}...}};

  static constexpr Layout layout = detail::record_of(layouts);
  static constexpr Type type{.kind = Kind::record, .name = Name.view(), .members = members};
  static constexpr bool plain = (Plain<typename Fields::Type> && ...);

  static bool store(LowerContext& context, std::uint32_t at, const X& record) {
    return each([&]<class F>(F, std::uint32_t offset) {
      return Codec<typename F::Type>::store(context, at + offset, record.*F::pointer) ||
             context.fault.in(F::name);
    });
  }
  static bool lower(LowerContext& context, Slot*& slots, const X& record) {
    return each([&]<class F>(F, std::uint32_t) {
      return Codec<typename F::Type>::lower(context, slots, record.*F::pointer) ||
             context.fault.in(F::name);
    });
  }
  static bool load(LiftContext& context, const std::byte* from, X& record) {
    return each([&]<class F>(F, std::uint32_t offset) {
      return Codec<typename F::Type>::load(context, from + offset, record.*F::pointer) ||
             context.fault.in(F::name);
    });
  }
  static bool lift(LiftContext& context, const Slot*& slots, X& record) {
    return each([&]<class F>(F, std::uint32_t) {
      return Codec<typename F::Type>::lift(context, slots, record.*F::pointer) ||
             context.fault.in(F::name);
    });
  }

 private:
  // Calls `act` for each field in order, until one says false.
  template <class Act>
  static bool each(Act&& act) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (act(Fields{}, offsets[I]) && ...);
    }(std::index_sequence_for<Fields...>{});
  }
};

}  // namespace mortise::abi
