// Plugin, behind its types.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/engine.h>
#include <mortise/runtime/detail/compile.h>
#include <mortise/runtime/detail/engine_core.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/host_state.h>
#include <mortise/runtime/detail/observed.h>
#include <mortise/runtime/detail/wasi.h>

namespace mortise::detail {

struct DeleteComponent {
  void operator()(mortise_component_t* component) const { mortise_component_delete(component); }
};
using Component = std::unique_ptr<mortise_component_t, DeleteComponent>;

// The host's side of a plugin's imports.
struct Imports {
  std::span<const HostInterfaceInfo> interfaces;
  std::vector<HostObject> objects;
  std::vector<LinkedHost> functions;
};

// Compiled code that was checked against a world and linked. Immutable.
class PluginCore {
 public:
  PluginCore(std::string name, const Limits& limits, std::shared_ptr<EngineCore> engine,
             const WorldInfo& world, std::shared_ptr<const void> keeps, Imports imports,
             std::unique_ptr<const WasiLines> lines, std::unique_ptr<Observed> observed,
             Component component, Bytes code)
      : name_(std::move(name)),
        limits_(limits),
        engine_(std::move(engine)),
        calls_host_(!imports.objects.empty() || !world.resources.empty()),
        returned_(returned_by(world)),
        world_(world),
        keeps_(std::move(keeps)),
        imports_(std::move(imports)),
        lines_(std::move(lines)),
        observed_(std::move(observed)),
        code_(code),
        component_(std::move(component)) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] Bytes stack() const { return engine_->options().stack; }
  // Who answers the imported interfaces of the world, in their order.
  [[nodiscard]] const std::vector<HostObject>& host_objects() const { return imports_.objects; }
  [[nodiscard]] std::string_view host_interface(std::size_t i) const {
    return imports_.interfaces[i].name;
  }
  // Whether its instances need a HostState.
  [[nodiscard]] bool calls_host() const { return calls_host_; }
  // The number of the first function of the exported interface that declares a resource, one that
  // some function returns.
  [[nodiscard]] std::uint32_t first_function_of(const abi::Resource&) const;
  // Null: nobody watches it. Only loading it changes it.
  [[nodiscard]] Observed* observed() const { return observed_.get(); }
  [[nodiscard]] const mortise_component_t& component() const { return *component_; }
  // Size of its native code.
  [[nodiscard]] Bytes code() const { return code_; }
  // The same for instances that serve one caller, made when it is first asked for. Null: there is
  // no pool of memory for them.
  [[nodiscard]] const mortise_component_t* pooled() const;

 private:
  struct Returned {
    const abi::Resource* resource;
    std::uint32_t first_function;
  };
  static std::vector<Returned> returned_by(const WorldInfo&);

  std::string name_;
  Limits limits_;
  std::shared_ptr<EngineCore> engine_;
  bool calls_host_;
  std::vector<Returned> returned_;
  WorldInfo world_;
  std::shared_ptr<const void> keeps_;  // what the world is made of, if it is no static data
  Imports imports_;
  std::unique_ptr<const WasiLines> lines_;  // null: there is no WASI
  std::unique_ptr<Observed> observed_;
  Bytes code_;
  Component component_;  // refers to `imports_` and `lines_`; so does the next
  mutable std::once_flag made_pooled_{};
  mutable Component pooled_{};
};

// A file whose name ends in .wat is text.
Form form_of(const std::string& path);

// Native code of what was read, in the way that the options ask for. `until`: when the time of a
// child process is up, where part of it has passed.
Result<Compiled> compile(const EngineCore&, const mortise_engine_t&, mortise_engine_mode_t,
                         std::string_view name, std::span<const std::uint8_t> input, Form,
                         const PluginOptions&,
                         std::optional<std::chrono::steady_clock::time_point> until = {});

// The engine that can keep these limits, and no slower one.
constexpr mortise_engine_mode_t mode_for(const Limits& limits) {
  if (limits.fuel) return MORTISE_ENGINE_METERED;
  return limits.deadline ? MORTISE_ENGINE_LIMITED : MORTISE_ENGINE_TRUSTED;
}

}  // namespace mortise::detail
