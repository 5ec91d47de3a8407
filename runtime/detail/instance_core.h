// Instance, behind its types: the untyped half of a call.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <mortise/engine.h>
#include <mortise/runtime/detail/address_reuse.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/host_state.h>
#include <mortise/runtime/detail/plugin_core.h>
#include <mortise/runtime/error.h>
#include <mortise/runtime/resource.h>

namespace mortise::detail {

struct DeleteEngineInstance {
  void operator()(mortise_instance_t* instance) const {
    before_memory_is_unmapped();
    mortise_instance_delete(instance);
  }
};
using EngineInstance = std::unique_ptr<mortise_instance_t, DeleteEngineInstance>;

// The same, with memory from the engine's pool where that has room. `pooled`: PluginCore::pooled;
// null: with memory of its own.
Result<InstanceHandle> instantiate_in(const mortise_component_t* pooled, const PluginHandle&,
                                      const InstanceOptions&);

// How the engine is to call a function: by way of the CallFrame that is a call's context.
mortise_callee_t callee(const InterfaceInfo&, const FunctionInfo&);

class InstanceCore {
 public:
  InstanceCore(PluginHandle plugin, std::unique_ptr<HostState> host, EngineInstance instance,
               const mortise_budget_t& budget, Bytes memory, bool pooled)
      : plugin_(std::move(plugin)),
        host_(std::move(host)),
        instance_(std::move(instance)),
        budget_(budget),
        allowed_(memory),
        pooled_(pooled) {}

  ~InstanceCore() {
    if (link_) link_->core = nullptr;
    if (plugin_->observed() != nullptr) report_end();
  }
  InstanceCore(const InstanceCore&) = delete;
  InstanceCore& operator=(const InstanceCore&) = delete;

  // See make_call in call.h.
  ErrorBody* call(std::uint32_t index, const CallOptions&, CallFrame&);
  // The same for a caller of a pool, who may have waited.
  struct Taking {
    std::chrono::nanoseconds waited{};
    // The instance was made for this call just now, under the same options: the call goes on under
    // the deadline that making it began under.
    bool resumes = false;
  };
  ErrorBody* call_after(const Taking&, std::uint32_t index, const CallOptions&, CallFrame&);

  // Ends a resource of the guest's, as a call of its own. The caller owns the error; `refused`: it
  // is still there.
  ErrorBody* drop(const abi::GuestHandle&, const CallOptions&, bool& refused);
  // Ends one that nobody wants any more, now or with the next call.
  void give_up(const abi::GuestHandle&);

  [[nodiscard]] bool busy() const { return mortise_instance_busy(instance_.get()); }

  // A call has ended it, and none is under way.
  [[nodiscard]] bool ended() const { return mortise_instance_ended(instance_.get()); }
  // Somebody has a handle of one of its resources.
  [[nodiscard]] bool is_linked() const { return link_ && link_.use_count() > 1; }

  // Its memory comes from the engine's pool.
  [[nodiscard]] bool is_pooled() const { return pooled_; }

  // How handles of the guest's resources find it, and learn that it is gone.
  const std::shared_ptr<InstanceLink>& link();

  [[nodiscard]] const PluginCore& plugin() const { return *plugin_; }
  [[nodiscard]] HostState* host() const { return host_.get(); }

  // The call that ended it; null: none has.
  struct Ending {
    Error::Kind kind;
    std::string message;
  };
  [[nodiscard]] const Ending* ending() const { return ending_.get(); }
  // Another takes its place, though it has not failed.
  void retire() { retired_ = true; }

  [[nodiscard]] Bytes memory() const { return {mortise_instance_memory(instance_.get())}; }
  [[nodiscard]] Fuel fuel_used() const { return {mortise_instance_fuel(instance_.get())}; }
  [[nodiscard]] std::uint64_t lines_dropped() const {
    return mortise_instance_lines_dropped(instance_.get());
  }

 private:
  ErrorBody* enter(std::uint32_t index, const CallOptions&, CallFrame&, bool resumes = false);
  ErrorBody* enter_traced(std::uint32_t index, const CallOptions&, CallFrame&, bool resumes);
  ErrorBody* enter_bounded(std::uint32_t index, const CallOptions&, CallFrame&, bool resumes);
  ErrorBody* run(std::uint32_t index, const mortise_budget_t&, CallFrame&);
  void report_end() const;
  ErrorBody* failed_call(std::string_view function, const abi::Fault&, const mortise_budget_t&,
                         mortise_error_t* failed);

  PluginHandle plugin_;
  std::unique_ptr<HostState> host_;  // null: the world imports nothing
  EngineInstance instance_;
  mortise_budget_t budget_;  // of a call without options
  Bytes allowed_;            // of memory
  bool pooled_;
  std::chrono::steady_clock::duration giving_up_{};  // took as long since the last call
  std::shared_ptr<InstanceLink> link_{};             // null: no handle was made yet
  std::unique_ptr<const Ending> ending_{};
  bool retired_ = false;
};

}  // namespace mortise::detail
