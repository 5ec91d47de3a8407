// Functions of the host that plugins call: a contract's imports.
//
// An imported interface is an abstract class, its binding's `Host`. A host derives from it, and
// gives one to Plugin::load for each:
//
//   class Log : public acme::shop::log::Host {
//     mortise::Result<void> write(mortise::CallContext& call, std::string_view text) override;
//   };
//   Log log;
//   auto plugin = mortise::Plugin<ShopWorld>::load(engine, "shop.wasm", {.log = log});
//
// A function gets its parameters as views of the plugin's memory: checked, and good until it
// returns. It returns a value, or the contract's own error, or an Error: that ends the plugin's
// call, which returns that Error, and the instance. An exception becomes such an Error (misuse). It
// runs on the thread that called the plugin, in the middle of that call. It must not call the same
// instance (such a call is refused), and may call any other. It has at least 256 KiB of stack.
// Neither deadline, fuel nor cancelling stop it: it should keep to CallContext::time_left, and look
// at CallContext::stop where it waits.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/result.h>

namespace mortise {

// Makes a host object for each instance of a plugin, on the thread that instantiates it, so on
// several at once where several do. `plugin` is the plugin's name. An error is
// what Plugin::instantiate returns.
template <class H>
struct PerInstance {
  std::function<Result<std::unique_ptr<H>>(std::string_view plugin)> make;
};

// Who answers an imported interface, H being its abstract class; the type chooses who owns it:
//
//   H&                    the host does: it outlives all plugins and instances that it was given to
//   std::shared_ptr<H>    they share it
//   PerInstance<H>        each instance has its own, and destroys it in the end
//
// The first two are called from as many threads at once as there are instances in calls; the third
// from one at a time.
template <class H>
class Host {
 public:
  template <class Derived>
    requires std::is_base_of_v<H, Derived>
  Host(Derived& shared)  // NOLINT(google-explicit-constructor): {.log = log}
      : object_{.shared = static_cast<H*>(&shared)} {}
  template <class Derived>
    requires std::is_base_of_v<H, Derived>
  Host(std::shared_ptr<Derived> shared)  // NOLINT(google-explicit-constructor)
      : object_{.shared = static_cast<H*>(shared.get()), .keeps = std::move(shared)} {}
  Host(PerInstance<H> each)  // NOLINT(google-explicit-constructor)
      : object_{.make = [make = std::move(each.make)](
                            std::string_view plugin) -> Result<std::shared_ptr<void>> {
          return detail::without_exceptions([&]() -> Result<std::shared_ptr<void>> {
            Result<std::unique_ptr<H>> made = make(plugin);
            if (!made) return std::unexpected(std::move(made).error());
            return std::shared_ptr<H>(*std::move(made));
          });
        }} {}

  // For the bindings of worlds.
  const detail::HostObject& object() const { return object_; }

 private:
  detail::HostObject object_;
};

// ---- What bindings are made of ----

// Function F of an imported interface, and the method that implements it: one of the interface's
// class, or of the class of a resource.
template <class F, auto Method>
struct Implements {
  static constexpr detail::HostFunctionInfo info = detail::HostCallOf<F, Method>::info;
};

// Functions of an imported interface, in the order of the contract.
template <class... Functions>
struct HostFunctions {
  static constexpr std::array<detail::HostFunctionInfo, sizeof...(Functions)> info{
      {Functions::info...}};
};

// Imported interfaces of a world: the members of its Imports.
template <auto... Members>
struct HostInterfaces {
 private:
  template <class T>
  struct Of;
  template <class Imports, class H>
  struct Of<Host<H> Imports::*> {
    using Interface = H;
  };
  template <auto Member>
  using Interface = typename Of<std::remove_const_t<decltype(Member)>>::Interface;

 public:
  static constexpr std::array<detail::HostInterfaceInfo, sizeof...(Members)> info{
      {{.name = Interface<Members>::interface,
        .functions = Interface<Members>::Functions::info}...}};

  template <class Imports>
  static std::vector<detail::HostObject> objects(const Imports& imports) {
    return {(imports.*Members).object()...};
  }
};

}  // namespace mortise
