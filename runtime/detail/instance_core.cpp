#include <mortise/runtime/detail/instance_core.h>

#include <string_view>

#include <mortise/abi/context.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/detail/lowering.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;

// ---- Called by the engine in the middle of a call: `context` is its CallFrame ----

std::int32_t lower(void* context, mortise_lowering_t* lowering, mortise_encoding_t encoding,
                   mortise_slot_t* params) noexcept {
  auto& frame = *static_cast<CallFrame*>(context);
  abi::LowerContext lowerer(lowering, &realloc_in_guest, static_cast<abi::Encoding>(encoding),
                            frame.fault);
  // The same 16 bytes under two names; see lowering.h.
  return frame.shape.lower(frame, lowerer, reinterpret_cast<abi::Slot*>(params)) ? 0 : 1;
}

std::int32_t lift(void* context, mortise_memory_t memory, mortise_encoding_t encoding,
                  const mortise_slot_t* result) noexcept {
  auto& frame = *static_cast<CallFrame*>(context);
  abi::LiftContext lifter(abi_memory(memory), static_cast<abi::Encoding>(encoding),
                          frame.lift_limit, frame.fault);
  return frame.shape.lift(frame, lifter, reinterpret_cast<const abi::Slot*>(result)) ? 0 : 1;
}

mortise_budget_t budget_of(const Limits& limits) {
  return {.deadline_ms = limits.deadline ? static_cast<std::uint64_t>(limits.deadline->count()) : 0,
          .fuel = limits.fuel ? limits.fuel->units : 0};
}

ErrorBody* unseal(ErrorBody body) { return new ErrorBody(std::move(body)); }

Circumstances circumstances(const PluginCore& plugin, std::string_view function,
                            mortise_budget_t budget) {
  return {.plugin = plugin.name(),
          .function = function,
          .deadline_ms = budget.deadline_ms,
          .fuel = budget.fuel,
          .memory = plugin.limits().memory,
          .stack = plugin.stack()};
}

// A call's own options in place of the plugin's. Null: `budget` is right.
[[gnu::cold, gnu::noinline]] ErrorBody* apply(const CallOptions& options, const PluginCore& plugin,
                                              std::string_view function, mortise_budget_t& budget) {
  const Limits& limits = plugin.limits();
  const std::string who = concat(plugin.name(), ": ", function);
  if (options.deadline) {
    if (!limits.deadline && !limits.fuel)
      return unseal({.kind = Kind::misuse,
                     .message = concat(who,
                                       " was not called: a plugin that was loaded without "
                                       "deadline and fuel cannot be given a deadline")});
    if (options.deadline->count() <= 0)
      return unseal({.kind = Kind::limit_exceeded,
                     .limit = Error::Limit::deadline,
                     .message = concat(who, " was not called: its deadline had passed")});
    budget.deadline_ms = static_cast<std::uint64_t>(options.deadline->count());
  }
  if (options.fuel) {
    if (!limits.fuel)
      return unseal({.kind = Kind::misuse,
                     .message = concat(who,
                                       " was not called: a plugin that was loaded without "
                                       "fuel cannot be given fuel")});
    if (options.fuel->units == 0)
      return unseal({.kind = Kind::limit_exceeded,
                     .limit = Error::Limit::fuel,
                     .message = concat(who, " was not called: it was given no fuel")});
    budget.fuel = options.fuel->units;
  }
  return nullptr;
}

// Apart, so that the calls that go well do not make room on the stack for its circumstances.
[[gnu::cold, gnu::noinline]] ErrorBody* explain(const PluginCore& plugin, std::string_view function,
                                                const abi::Fault& fault, HostState* host,
                                                mortise_budget_t budget, mortise_error_t* failed) {
  const EngineError error(failed);
  const Circumstances at = circumstances(plugin, function, budget);
  const bool in_host = host != nullptr && host->failed() != nullptr &&
                       mortise_error_kind(error.get()) == MORTISE_ERROR_CALLBACK;
  if (!in_host) return explain_call(at, *error, fault);
  const LinkedHost& where = *host->failed();
  return explain_host_call(at, *error, where.interface, where.info->function.name, host->fault(),
                           host->take_failure());
}

}  // namespace

mortise_callee_t callee(const InterfaceInfo& interface, const FunctionInfo& function) {
  return {.name = {.interface = bytes(interface.name), .function = bytes(function.name)},
          .lower = function.params.empty() ? nullptr : &lower,
          .lift = function.result == nullptr ? nullptr : &lift,
          .lowers_to_memory = abi::params_in_memory(function.flat_params, function.params),
          .lifts_from_memory = function.result_in_memory};
}

ErrorBody* InstanceCore::call(std::uint32_t index, const CallOptions& options, CallFrame& frame) {
  const PluginCore& plugin = *plugin_;
  mortise_budget_t budget = budget_;
  if (options.deadline || options.fuel) [[unlikely]] {
    if (ErrorBody* refused = apply(options, plugin, frame.shape.function, budget)) return refused;
  }
  frame.lift_limit = plugin.limits().lift.count;
  mortise_error_t* failed = mortise_instance_call(instance_.get(), index, &frame, budget);
  if (failed == nullptr) [[likely]]
    return nullptr;
  return explain(plugin, frame.shape.function, frame.fault, host_.get(), budget, failed);
}

ErrorBody* make_call(InstanceCore& core, std::uint32_t index, const CallOptions& options,
                     CallFrame& frame) {
  return core.call(index, options, frame);
}

Error take(ErrorBody* body) { return ErrorBody::seal(std::unique_ptr<ErrorBody>(body)); }

void DeleteInstance::operator()(InstanceCore* core) const { delete core; }

Result<InstanceHandle> instantiate(const PluginHandle& plugin) {
  std::unique_ptr<HostState> host;
  if (!plugin->host_objects().empty()) {
    Result<std::unique_ptr<HostState>> made = HostState::make(*plugin);
    if (!made) return std::unexpected(std::move(made).error());
    host = *std::move(made);
  }
  const mortise_budget_t budget = budget_of(plugin->limits());
  mortise_instance_t* instance = nullptr;
  if (mortise_error_t* failed = mortise_instance_new(
          &plugin->component(), plugin->limits().memory.count, host.get(), budget, &instance))
    return std::unexpected(
        take(explain(*plugin, "instantiation", abi::Fault(), host.get(), budget, failed)));
  after_memory_is_mapped();
  return InstanceHandle(
      new InstanceCore(plugin, std::move(host), EngineInstance(instance), budget));
}

Bytes memory_of(const InstanceCore& core) { return core.memory(); }

}  // namespace mortise::detail
