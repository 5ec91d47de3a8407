// What bindings are made of: a world lists its exported interfaces, an interface its functions.
// Hosts do not use this header; the header that describes their contract does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <mortise/abi/function.h>
#include <mortise/runtime/detail/call.h>

// A binding is written for one form of this library. Another form refuses to compile it:
//   #if MORTISE_BINDING_ABI != 1
//   #error "..."
#define MORTISE_BINDING_ABI 1

namespace mortise {

// How a call finds its function, and under which options. Made by an instance for one accessor.
class CallTarget {
 public:
  CallTarget(detail::InstanceCore& core, std::uint32_t first, const CallOptions& options)
      : core_(&core), first_(first), options_(options) {}

  // Calls the function of the binding's list at `Index`.
  template <std::uint32_t Index, class F>
  detail::Returned<F> call(const typename F::Arguments& arguments) const {
    return detail::call<F>(*core_, first_ + Index, options_, arguments);
  }

  // The same, with the result viewed in place by `read`. See mortise::view.
  template <std::uint32_t Index, class F, class Read>
  detail::Viewing<F, Read> view(const typename F::Arguments& arguments, Read&& read) const {
    return detail::view<F>(*core_, first_ + Index, options_, arguments, read);
  }

 private:
  detail::InstanceCore* core_;
  std::uint32_t first_;
  CallOptions options_;
};

// Functions of an interface, in the order of the contract.
template <class... Fs>
struct Functions {
  static constexpr std::uint32_t count = sizeof...(Fs);
  static constexpr std::array<detail::FunctionInfo, sizeof...(Fs)> info{
      {{.name = Fs::name, .params = Fs::params, .result = Fs::result}...}};
};

// Exported interfaces of a world.
template <class... Interfaces>
struct Exports {
  static constexpr std::array<detail::InterfaceInfo, sizeof...(Interfaces)> info{
      {{.name = Interfaces::interface, .functions = Interfaces::Functions::info}...}};

  // The number of the first function of `Interface` among all of the world's.
  template <class Interface>
  static constexpr std::uint32_t first() {
    std::uint32_t at = 0;
    bool found = false;
    ((found = found || std::is_same_v<Interface, Interfaces>,
      at += found ? 0 : Interfaces::Functions::count),
     ...);
    return at;
  }
};

}  // namespace mortise
