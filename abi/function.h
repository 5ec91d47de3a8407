// A function of a contract: its name, parameters and result as types, and how a call of it is
// lowered and lifted.
//
//   using ProcessData = abi::Function<"process-data", std::expected<std::string, std::string>,
//                                     abi::Param<"input", std::string_view>,
//                                     abi::Param<"meta", MetadataRef>>;
//
// Canonical ABI: lower_flat_values, lift_flat_values with MAX_FLAT_PARAMS and MAX_FLAT_RESULTS.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <mortise/abi/codec.h>
#include <mortise/abi/record.h>
#include <mortise/abi/resource.h>
#include <mortise/abi/result.h>
#include <mortise/abi/text.h>

namespace mortise::abi {

template <FixedString Name, class T>
struct Param {
  static_assert(Lowerable<T>,
                "a parameter needs a Codec: structs get one in their binding, from RecordCodec");

  using Type = T;
  static constexpr std::string_view name = Name.view();
};

namespace detail {

// A list of resources, each once.
struct ResourceList {
  // More than 64 in one function are refused by the compiler: the list is full.
  std::array<const Resource*, 64> all{};
  std::size_t count = 0;

  constexpr void add(const Resource* resource) {
    for (std::size_t i = 0; i < count; ++i)
      if (same(*all[i], *resource)) return;
    all[count++] = resource;
  }

  // By what they are called, which no two of a world have in common, and not by their addresses:
  // where null pointers are looked for, g++ takes no comparison of addresses for a constant.
  static constexpr bool same(const Resource& a, const Resource& b) {
    return a.of_guest == b.of_guest && a.name == b.name && a.interface == b.interface;
  }

  // All that come up in these types, in their order: how the engine counts them too. By way of the
  // codecs and not of their `type`s: where null pointers are looked for, g++ takes no comparison of
  // a pointer with null for a constant.
  template <class... Ts>
  constexpr void add_all(TypeList<Ts...>) {
    (add_of<Ts>(), ...);
  }
  template <class T>
  constexpr void add_of() {
    if constexpr (!kNoPayload<T>) {
      if constexpr (requires { typename Codec<T>::Parts; })
        add_all(typename Codec<T>::Parts());
      else if constexpr (Codec<T>::type.kind == Kind::own || Codec<T>::type.kind == Kind::borrow)
        add(Codec<T>::type.resource);
    }
  }
};

template <class... Ts>
consteval ResourceList resources_in() {
  ResourceList list;
  list.add_all(TypeList<Ts...>());
  return list;
}

// The same in as much room as they need.
template <std::size_t N>
consteval std::array<const Resource*, N> fitted(const ResourceList& list) {
  std::array<const Resource*, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = list.all[i];
  return out;
}

template <class... Ts>
constexpr bool kFirstIsBorrowOfGuest = false;
template <class T, class... Rest>
constexpr bool kFirstIsBorrowOfGuest<T, Rest...> = [] {
  constexpr const Type& type = Codec<T>::type;
  if constexpr (type.kind == Kind::borrow) return type.resource->of_guest;
  return false;
}();

}  // namespace detail

template <FixedString Name, class R, class... Params>
struct Function {
  static_assert(detail::kNoPayload<R> || Liftable<R>,
                "a result needs a Codec: structs get one in their binding, from RecordCodec");

 private:
  static constexpr std::array<Layout, sizeof...(Params)> kLayouts{
      Codec<typename Params::Type>::layout...};
  static constexpr Layout kParams = detail::record_of(kLayouts);
  static constexpr std::array<std::uint32_t, sizeof...(Params)> kOffsets =
      detail::offsets_of(kLayouts);

  static constexpr auto kParamResources = detail::resources_in<typename Params::Type...>();
  static constexpr auto kResultResources = detail::resources_in<R>();

 public:
  using Result = R;  // void: none
  using Arguments = std::tuple<const typename Params::Type&...>;
  using Values = std::tuple<typename Params::Type...>;  // of a function that the guest calls

  static constexpr std::string_view name = Name.view();
  static constexpr std::array<Member, sizeof...(Params)> params{
      {{.name = Params::name, .type = &Codec<typename Params::Type>::type}...}};
  static constexpr const Type* result = detail::payload_type<R>();

  // The resources of the handles in the parameters, and in the result.
  static constexpr auto param_resources = detail::fitted<kParamResources.count>(kParamResources);
  static constexpr auto result_resources = detail::fitted<kResultResources.count>(kResultResources);

  // Core values of the parameters; more than kMaxFlatParams go through memory.
  static constexpr std::uint32_t flat_params = kParams.flat;
  // A method of a resource that the guest defines. The first parameter is the resource, and whoever
  // makes the call lowers it: it is the same for all methods.
  static constexpr bool has_self = name.starts_with("[method]") && flat_params <= kMaxFlatParams &&
                                   detail::kFirstIsBorrowOfGuest<typename Params::Type...>;

  // Whether some parameter besides it is a handle, or has one in it.
  static constexpr bool lowers_handles = [] {
    const std::array<bool, sizeof...(Params)> has{
        (detail::resources_in<typename Params::Type>().count > 0)...};
    for (std::size_t i = has_self ? 1 : 0; i < has.size(); ++i)
      if (has[i]) return true;
    return false;
  }();

  // Whether some parameter lies in memory, all of it or in part.
  static constexpr bool params_in_memory =
      kParams.flat > kMaxFlatParams || (lies_in_memory<typename Params::Type>() || ...);
  // Whether the result comes through memory: then all of it does.
  static constexpr bool result_in_memory = [] {
    if constexpr (std::is_void_v<R>) {
      return false;
    } else {
      return Codec<R>::layout.flat > kMaxFlatResults;
    }
  }();

  // ---- The host calls the guest ----

  // Writes the arguments, without `self`: as core values where they fit, else into a block of guest
  // memory that the one core value points to.
  static bool lower(LowerContext& context, Slot* slots, const Arguments& arguments) {
    if constexpr (kParams.flat <= kMaxFlatParams) {
      return each([&]<std::size_t I, class P>(Nth<I, P>) {
        if constexpr (I == 0 && has_self)
          return true;
        else
          return Codec<P>::lower(context, slots, std::get<I>(arguments)) ||
                 context.fault.in(params[I].name);
      });
    } else {
      std::uint32_t at = 0;
      if (!context.allocate(kParams.align, kParams.size, at)) return false;
      slots->low = at;
      return each([&]<std::size_t I, class P>(Nth<I, P>) {
        return Codec<P>::store(context, at + kOffsets[I], std::get<I>(arguments)) ||
               context.fault.in(params[I].name);
      });
    }
  }

  // Reads the result, owned or viewed: `T` is Result or View<Result>.
  template <class T>
  static bool lift(LiftContext& context, const Slot* slots, T& value) {
    if constexpr (Codec<T>::layout.flat <= kMaxFlatResults) {
      return Codec<T>::lift(context, slots, value);
    } else {
      constexpr Layout layout = Codec<T>::layout;
      const auto at = static_cast<std::uint32_t>(slots->low);
      const std::byte* from = context.range(at, 1, layout.size, layout.align);
      return from != nullptr && Codec<T>::load(context, from, value);
    }
  }

  // ---- The guest calls the host ----

  // Reads the parameters: views, good as long as nothing of the guest runs.
  static bool lift_params(LiftContext& context, const Slot* slots, Values& values) {
    if constexpr (kParams.flat <= kMaxFlatParams) {
      return each([&]<std::size_t I, class P>(Nth<I, P>) {
        return Codec<P>::lift(context, slots, std::get<I>(values)) ||
               context.fault.in(params[I].name);
      });
    } else {
      const auto at = static_cast<std::uint32_t>(slots->low);
      const std::byte* from = context.range(at, 1, kParams.size, kParams.align);
      if (from == nullptr) return false;
      return each([&]<std::size_t I, class P>(Nth<I, P>) {
        return Codec<P>::load(context, from + kOffsets[I], std::get<I>(values)) ||
               context.fault.in(params[I].name);
      });
    }
  }

 private:
  template <std::size_t I, class P>
  struct Nth {};

  template <class Act>
  static bool each(Act&& act) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (act(Nth<I, typename Params::Type>{}) && ...);
    }(std::index_sequence_for<Params...>{});
  }
};

}  // namespace mortise::abi
