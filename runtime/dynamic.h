// Plugins whose contract is learnt while the program runs: functions by name, values as Value.
//
//   mortise::Engine engine;
//   auto plugin = mortise::DynamicPlugin::load(engine, "analytics.wasm");
//   auto process = plugin->find("process-data");
//   auto instance = plugin->instantiate();
//   auto out = instance->call(*process, {{"hello", meta}});
//
// The same limits, checks and errors as for a Plugin<W>, and the same contract: values are checked
// against it before a call, and a call with one that does not fit is refused. For hosts that know
// their contract a binding is simpler, and ten times as fast.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>
#include <mortise/runtime/call_options.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/plugin.h>
#include <mortise/runtime/result.h>

namespace mortise {

namespace detail {
class DynamicWorld;
class DynamicHandles;
}  // namespace detail

// What a call answers: nothing, where the function has no result.
using DynamicAnswer = std::optional<Value>;

// Functions and resources of the host that a plugin may import, by name. Interfaces are named as in
// the contract, "acme:shop/log@1.0.0"; "" is the world itself. What a plugin does not import is no
// error. An interface of WASI that some of these are of is theirs altogether; the rest of WASI is
// there as PluginOptions::wasi has it.
class DynamicImports {
 public:
  // Gets the arguments as values of the function's parameters, and answers one of its result's
  // type: what else it answers ends the call (misuse), as an Error or an exception does. Called on
  // the threads that call the plugin, several at once where several do.
  using Handler = std::function<Result<DynamicAnswer>(CallContext&, std::vector<Value>)>;

  // Replaces one of the same name.
  DynamicImports& function(std::string interface, std::string name, const Handler& handler) {
    functions_[{std::move(interface), std::move(name)}] = guarded(handler);
    return *this;
  }

  // All functions that have nobody of their own go to this one, to which the context says which of
  // them is called, and resources that are not named here are taken for provided: a plugin is
  // loaded whatever it imports.
  DynamicImports& others(const Handler& handler) {
    others_ = guarded(handler);
    return *this;
  }

  // A resource of the host's. It is the number of a Value::Handle, which the host's functions
  // choose; `dropped` is told when the plugin has dropped one that it owned, or has ended with it.
  // It must not throw.
  DynamicImports& resource(
      std::string interface, std::string name,
      std::function<void(std::uint32_t number)> dropped = [](std::uint32_t) {}) {
    resources_[{std::move(interface), std::move(name)}] = std::move(dropped);
    return *this;
  }

 private:
  friend class detail::DynamicWorld;
  using Name = std::pair<std::string, std::string>;

  static Handler guarded(const Handler& handler) {
    return [handler](CallContext& context, std::vector<Value> arguments) {
      return detail::without_exceptions([&] { return handler(context, std::move(arguments)); });
    };
  }

  std::map<Name, Handler> functions_;
  Handler others_;  // none: what is not named is not provided
  std::map<Name, std::function<void(std::uint32_t)>> resources_;
};

// An exported function. Refers to the plugin that it was found in.
class DynamicFunction {
 public:
  // "techbytes:plugins/processor"; empty: the world's own.
  [[nodiscard]] std::string_view interface() const { return interface_; }
  // Its name, parameters and result; the types are those of DynamicPlugin::contract.
  [[nodiscard]] const contract::Function& type() const { return *type_; }

 private:
  friend class DynamicPlugin;
  friend class DynamicInstance;
  DynamicFunction(std::string_view interface, const contract::Function& type, std::uint32_t number,
                  const detail::DynamicWorld& world)
      : interface_(interface), type_(&type), number_(number), world_(&world) {}

  std::string_view interface_;
  const contract::Function* type_;
  std::uint32_t number_;
  const detail::DynamicWorld* world_;
};

// A running plugin. As Instance<W>: one thread at a time, ended by a call that fails.
class DynamicInstance {
 public:
  DynamicInstance(DynamicInstance&&) noexcept;
  DynamicInstance& operator=(DynamicInstance&&) noexcept;
  ~DynamicInstance();

  // Arguments in the order of the parameters. Resources of the plugin's come as handles with
  // numbers that this instance chooses, and stay alive until they are given back to the plugin,
  // dropped, or gone with the instance. Errors: as for a typed call; misuse, for arguments that do
  // not fit, and then the instance stays as it was.
  [[nodiscard]] Result<DynamicAnswer> call(const DynamicFunction&, std::span<const Value> arguments,
                                           const CallOptions& = {});
  [[nodiscard]] Result<DynamicAnswer> call(const DynamicFunction& function,
                                           std::initializer_list<Value> arguments,
                                           const CallOptions& options = {}) {
    return call(function, std::span(arguments.begin(), arguments.size()), options);
  }

  // Ends a resource of the plugin's, as mortise::drop does.
  Result<void> drop(const Value::Handle&, const CallOptions& = {});

  // As Instance<W>::ended.
  [[nodiscard]] bool ended() const;
  // Linear memories and tables in use when the last call ended.
  [[nodiscard]] Bytes memory() const;
  // As Instance<W>::fuel_used.
  [[nodiscard]] Fuel fuel_used() const;
  // As Instance<W>::lines_dropped.
  [[nodiscard]] std::uint64_t lines_dropped() const;

 private:
  friend class DynamicPlugin;
  DynamicInstance(detail::InstanceHandle, std::shared_ptr<const detail::DynamicWorld>);

  std::shared_ptr<const detail::DynamicWorld> world_;
  std::shared_ptr<detail::DynamicHandles> handles_;  // with the call that is under way
  detail::InstanceHandle core_;
};

// A plugin with whatever contract it has. As Plugin<W>: copies share it, and any number of threads
// may use it at once.
class DynamicPlugin {
 public:
  // As Plugin<W>::load. Errors besides: denied, with each import that `imports` does not provide.
  [[nodiscard]] static Result<DynamicPlugin> load(const Engine&, const std::string& path,
                                                  DynamicImports imports = {},
                                                  const PluginOptions& = {});
  [[nodiscard]] static Result<DynamicPlugin> from_bytes(const Engine&, std::string_view name,
                                                        std::span<const std::uint8_t> bytes,
                                                        DynamicImports imports = {},
                                                        const PluginOptions& = {});
  [[nodiscard]] static Result<DynamicPlugin> from_text(const Engine&, std::string_view name,
                                                       std::string_view text,
                                                       DynamicImports imports = {},
                                                       const PluginOptions& = {});

  // An exported function by its name, where only one interface has it; or by its interface too,
  // with or without the interface's package and version. Errors: misuse, with the names that are
  // near.
  [[nodiscard]] Result<DynamicFunction> find(std::string_view function) const;
  [[nodiscard]] Result<DynamicFunction> find(std::string_view interface,
                                             std::string_view function) const;

  // As Plugin<W>::instantiate.
  [[nodiscard]] Result<DynamicInstance> instantiate(const InstanceOptions& = {}) const;

  [[nodiscard]] const contract::Contract& contract() const;
  [[nodiscard]] const std::string& name() const { return detail::name_of(*core_); }
  [[nodiscard]] const Limits& limits() const { return detail::limits_of(*core_); }
  // As Plugin<W>::code.
  [[nodiscard]] Bytes code() const { return detail::code_of(*core_); }

 private:
  DynamicPlugin(detail::PluginHandle, std::shared_ptr<const detail::DynamicWorld>);

  detail::PluginHandle core_;
  std::shared_ptr<const detail::DynamicWorld> world_;
};

}  // namespace mortise
