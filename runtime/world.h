// What bindings are made of: a world lists its exported interfaces, an interface its functions.
// Hosts do not use this header; the header that describes their contract does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include <mortise/abi/function.h>
#include <mortise/runtime/detail/call.h>

// A binding is written for one form of this library. Another form refuses to compile it:
//   #if MORTISE_BINDING_ABI != 1
//   #error "..."
#define MORTISE_BINDING_ABI 1

namespace mortise {

namespace detail {

// The place of T in a list of types that has it.
template <class T, class... Ts>
consteval std::uint32_t place_of() {
  std::uint32_t at = 0;
  bool found = false;
  ((found = found || std::is_same_v<T, Ts>, at += found ? 0 : 1), ...);
  return at;
}

}  // namespace detail

// How a call of a function of `Interface` finds its way, and under which options. Made by an
// instance, or a pool, for one accessor. A function that the interface does not list does not
// compile, so a call goes to what was checked when the plugin was loaded.
template <class Interface>
class CallTarget {
 public:
  CallTarget(detail::CallSite site, std::uint32_t first, const CallOptions& options)
      : site_(site), first_(first), options_(options) {}

  template <class F>
  [[nodiscard]] detail::Returned<F> call(const typename F::Arguments& arguments) const {
    return detail::call<F>(site_, index<F>(), options_, arguments);
  }

  // The same, with the result viewed in place by `read`. See mortise::view.
  template <class F, class Read>
  [[nodiscard]] detail::Viewing<F, Read> view(const typename F::Arguments& arguments,
                                              Read&& read) const {
    return detail::view<F>(site_, index<F>(), options_, arguments, read);
  }

 private:
  template <class F>
  std::uint32_t index() const {
    static_assert(!F::has_self, "a method is called by way of its resource");
    return first_ + Interface::Functions::template place<F>();
  }

  detail::CallSite site_;
  std::uint32_t first_;
  CallOptions options_;
};

// Functions of an interface, in the order of the contract.
template <class... Fs>
struct Functions {
  static constexpr std::uint32_t count = sizeof...(Fs);
  static constexpr std::array<detail::FunctionInfo, sizeof...(Fs)> info{
      {detail::kFunctionInfo<Fs>...}};

  // The number of function F.
  template <class F>
  static consteval std::uint32_t place() {
    static_assert((std::is_same_v<F, Fs> || ...), "the interface does not list this function");
    return detail::place_of<F, Fs...>();
  }
};

// Exported interfaces of a world.
template <class... Interfaces>
struct Exports {
  static constexpr std::array<detail::InterfaceInfo, sizeof...(Interfaces)> info{
      {{.name = Interfaces::interface, .functions = Interfaces::Functions::info}...}};

  // The number of the first function of `Interface` among all of the world's.
  template <class Interface>
  static consteval std::uint32_t first() {
    static_assert((std::is_same_v<Interface, Interfaces> || ...),
                  "the world does not export this interface");
    constexpr std::array<std::uint32_t, sizeof...(Interfaces)> counts{
        Interfaces::Functions::count...};
    std::uint32_t at = 0;
    for (std::uint32_t i = 0; i < detail::place_of<Interface, Interfaces...>(); ++i)
      at += counts[i];
    return at;
  }
};

}  // namespace mortise
