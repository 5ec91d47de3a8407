#include <mortise/runtime/detail/instance_core.h>

#include <algorithm>
#include <stop_token>
#include <string_view>

#include <mortise/abi/allocate.h>
#include <mortise/abi/context.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/detail/lowering.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;

// What stands in messages in place of a function.
constexpr std::string_view kDropping = "dropping a resource";
constexpr std::string_view kInstantiation = "instantiation";

// ---- Handles in a call of the guest's function ----

// The host has no memory to keep an object in.
bool no_room(HostState& host, abi::Fault& fault) {
  fault.code = host.fault.code;
  fault.size = host.fault.size;
  return false;
}

// An object that the guest has as a loan cannot become its own too: it would outlive itself.
bool also_lent(const abi::Resource& resource, void* object, abi::Fault& fault) {
  resource.destroy(object);
  fault.code = abi::FaultCode::host_lent;
  return false;
}

// The engine's handle, in the room that abi has for it.
static_assert(sizeof(mortise_handle_t) == sizeof(abi::GuestHandle::engine));
mortise_handle_t* engine_handle(abi::GuestHandle& handle) {
  return reinterpret_cast<mortise_handle_t*>(handle.engine.data());
}
const mortise_handle_t* engine_handle(const abi::GuestHandle& handle) {
  return reinterpret_cast<const mortise_handle_t*>(handle.engine.data());
}

class CallHandles final : public abi::Handles {
 public:
  // `lifting` is there while the result is lifted.
  explicit CallHandles(CallFrame& frame, mortise_lifting_t* lifting = nullptr)
      : frame_(frame), core_(*frame.core), shape_(frame.shape), lifting_(lifting) {}

  bool lower_own(abi::LowerContext& context, const abi::Resource& resource, void* object,
                 std::uint32_t& index) override {
    std::uint32_t rep = 0;
    if (host().is_lent(object)) return also_lent(resource, object, context.fault);
    if (!host().keep(resource, object, rep)) return no_room(host(), context.fault);
    return lower_object(context, param(resource), true, rep, index);
  }

  bool lower_borrow(abi::LowerContext& context, const abi::Resource& resource, void* object,
                    std::uint32_t& index) override {
    std::uint32_t rep = 0;
    frame_.lent = true;
    if (!host().lend(resource, object, rep)) return no_room(host(), context.fault);
    return lower_object(context, param(resource), false, rep, index);
  }

  bool lift_own(abi::LiftContext& context, const abi::Resource& resource, std::uint32_t index,
                void*& object) override {
    std::uint32_t rep = 0;
    if (mortise_lifting_host(lifting_, result(resource), index, &rep) != 0)
      return failed(context.fault);
    object = host().take(resource, rep);
    return object != nullptr || failed(context.fault);
  }

  bool lower_guest(abi::LowerContext& context, const abi::Resource& resource,
                   abi::GuestHandle& handle, bool own, std::uint32_t& index) override {
    if (instance_of(handle) != &core_) [[unlikely]] {
      context.fault.code = handle.instance == nullptr ? abi::FaultCode::host_no_object
                                                      : abi::FaultCode::host_other_instance;
      return false;
    }
    auto* lowering = static_cast<mortise_lowering_t*>(context.engine());
    if (mortise_lowering_guest(lowering, param(resource), own, engine_handle(handle), &index) != 0)
      return failed(context.fault);
    if (own) handle.instance.reset();
    return true;
  }

  bool lift_guest(abi::LiftContext& context, const abi::Resource& resource, std::uint32_t index,
                  abi::GuestHandle& handle) override {
    const bool linked =
        abi::allocate(context.fault, sizeof(InstanceLink), [&] { handle.instance = core_.link(); });
    if (!linked) return false;
    if (mortise_lifting_guest(lifting_, result(resource), index, engine_handle(handle)) != 0) {
      handle.instance.reset();
      return failed(context.fault);
    }
    handle.functions = core_.plugin().first_function_of(resource);
    return true;
  }

 private:
  // There is one where the world has resources of the host's.
  HostState& host() const { return *core_.host(); }
  std::uint32_t param(const abi::Resource& one) const {
    return place_of(one, shape_.param_resources);
  }
  std::uint32_t result(const abi::Resource& one) const {
    return place_of(one, shape_.result_resources);
  }

  CallFrame& frame_;
  InstanceCore& core_;
  const CallShape& shape_;
  mortise_lifting_t* lifting_;
};

// ---- Called by the engine in the middle of a call: `context` is its CallFrame ----

template <bool kHandles>
[[gnu::hot]] std::int32_t lower(void* context, mortise_lowering_t* lowering,
                                mortise_encoding_t encoding, mortise_slot_t* params) noexcept {
  auto& frame = *static_cast<CallFrame*>(context);
  abi::LowerContext lowerer(lowering, &realloc_in_guest, static_cast<abi::Encoding>(encoding),
                            frame.fault);
  [[maybe_unused]] std::conditional_t<kHandles, CallHandles, NoHandles> handles(frame);
  if constexpr (kHandles) lowerer.handles = &handles;
  // The same 16 bytes under two names; see lowering.h.
  return frame.shape.lower(frame, lowerer, reinterpret_cast<abi::Slot*>(params)) ? 0 : 1;
}

template <bool kHandles>
[[gnu::hot]] std::int32_t lift(void* context, mortise_lifting_t* lifting, mortise_memory_t memory,
                               mortise_encoding_t encoding, const mortise_slot_t* result) noexcept {
  auto& frame = *static_cast<CallFrame*>(context);
  abi::LiftContext lifter(abi_memory(memory), static_cast<abi::Encoding>(encoding),
                          frame.lift_limit, frame.fault);
  [[maybe_unused]] std::conditional_t<kHandles, CallHandles, NoHandles> handles(frame, lifting);
  if constexpr (kHandles) lifter.handles = &handles;
  return frame.shape.lift(frame, lifter, reinterpret_cast<const abi::Slot*>(result)) ? 0 : 1;
}

mortise_budget_t budget_of(const Limits& limits) {
  return {.deadline_ms = limits.deadline ? static_cast<std::uint64_t>(limits.deadline->count()) : 0,
          .fuel = limits.fuel ? limits.fuel->units : 0,
          .stop = nullptr,
          .stop_context = nullptr,
          .resumes = false};
}

// Whether a call has nothing of its own to be bounded by.
bool is_plain(const CallOptions& options) {
  return !options.deadline && !options.fuel && !options.stop.stop_possible();
}

// What the engine asks of a std::stop_token.
bool is_stopped(const void* token) {
  return static_cast<const std::stop_token*>(token)->stop_requested();
}

ErrorBody* unseal(ErrorBody body) { return new ErrorBody(std::move(body)); }

Circumstances circumstances(const PluginCore& plugin, std::string_view function,
                            const mortise_budget_t& budget, Bytes memory) {
  return {.plugin = plugin.name(),
          .function = function,
          .deadline_ms = budget.deadline_ms,
          .fuel = budget.fuel,
          .memory = memory,
          .stack = plugin.stack()};
}

// A call's own options in place of the plugin's, which outlive it. Null: `budget` is right.
[[gnu::cold, gnu::noinline]] ErrorBody* apply(const CallOptions& options, const PluginCore& plugin,
                                              std::string_view function, mortise_budget_t& budget) {
  const Limits& limits = plugin.limits();
  const auto who = [&] { return concat(plugin.name(), ": ", function); };
  if (options.deadline) {
    if (!limits.deadline && !limits.fuel)
      return unseal({.kind = Kind::misuse,
                     .message = concat(who(),
                                       " was not called: a plugin that was loaded without "
                                       "deadline and fuel cannot be given a deadline")});
    if (options.deadline->count() <= 0)
      return unseal({.kind = Kind::limit_exceeded,
                     .limit = Error::Limit::deadline,
                     .message = concat(who(), " was not called: its deadline had passed")});
    budget.deadline_ms = static_cast<std::uint64_t>(options.deadline->count());
  }
  if (options.fuel) {
    if (!limits.fuel)
      return unseal({.kind = Kind::misuse,
                     .message = concat(who(),
                                       " was not called: a plugin that was loaded without "
                                       "fuel cannot be given fuel")});
    if (options.fuel->units == 0)
      return unseal({.kind = Kind::limit_exceeded,
                     .limit = Error::Limit::fuel,
                     .message = concat(who(), " was not called: it was given no fuel")});
    budget.fuel = options.fuel->units;
  }
  if (options.stop.stop_possible()) {
    if (!limits.deadline && !limits.fuel)
      return unseal({.kind = Kind::misuse,
                     .message = concat(who(),
                                       " was not called: a plugin that was loaded without "
                                       "deadline and fuel cannot be cancelled")});
    if (options.stop.stop_requested())
      return unseal(
          {.kind = Kind::cancelled, .message = concat(who(), " was not called: it was cancelled")});
    budget.stop = &is_stopped;
    budget.stop_context = &options.stop;
  }
  return nullptr;
}

// Apart, so that the calls that go well do not make room on the stack for its circumstances.
[[gnu::cold, gnu::noinline]] ErrorBody* explain(const Circumstances& at, const abi::Fault& fault,
                                                HostState* host, mortise_error_t* failed) {
  const EngineError error(failed);
  const bool in_host = host != nullptr && host->failed != nullptr &&
                       mortise_error_kind(error.get()) == MORTISE_ERROR_CALLBACK;
  if (!in_host) return explain_call(at, *error, fault);
  const LinkedHost& where = *host->failed;
  return explain_host_call(at, *error, where.interface, where.info->function.name, host->fault,
                           host->take_failure());
}

// What host functions see of the call that they are part of: `value`, as long as this lives. A call
// that is refused in the middle of another leaves that one's in place.
template <class T>
class Shown {
 public:
  template <class Part>
  Shown(HostState* host, T Part::* member, T value)
      : place_(host == nullptr ? nullptr : &(host->*member)),
        before_(place_ == nullptr ? T() : std::exchange(*place_, value)) {}
  ~Shown() {
    if (place_ != nullptr) *place_ = before_;
  }
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;

 private:
  T* place_;  // null: there are no host functions
  T before_;
};

}  // namespace

mortise_callee_t callee(const InterfaceInfo& interface, const FunctionInfo& function) {
  const std::size_t selves = function.has_self ? 1 : 0;
  const auto lower_it = function.lowers_handles ? &lower<true> : &lower<false>;
  const auto lift_it = function.result_resources.empty() ? &lift<false> : &lift<true>;
  return {.name = {.interface = bytes(interface.name), .item = bytes(function.name)},
          .lower = function.params.size() == selves ? nullptr : lower_it,
          .lift = function.result == nullptr ? nullptr : lift_it,
          .has_self = function.has_self,
          .lowers_to_memory = function.params_in_memory || function.lowers_handles,
          .lifts_from_memory = function.result_in_memory,
          .param_resources = static_cast<std::uint32_t>(function.param_resources.size()),
          .result_resources = static_cast<std::uint32_t>(function.result_resources.size())};
}

[[gnu::hot]] ErrorBody* InstanceCore::call(std::uint32_t index, const CallOptions& options,
                                           CallFrame& frame) {
  if (options.trace != nullptr || plugin_->observed() != nullptr) [[unlikely]]
    return call_after({}, index, options, frame);
  return enter(index, options, frame);
}

[[gnu::hot, gnu::noinline]] ErrorBody* InstanceCore::call_after(const Taking& taking,
                                                                std::uint32_t index,
                                                                const CallOptions& options,
                                                                CallFrame& frame) {
  const Observed* observed = plugin_->observed();
  if (observed == nullptr) return enter_traced(index, options, frame, taking.resumes);
  const auto start = Observed::Clock::now();
  const bool had_ended = ending_ != nullptr;
  ErrorBody* error = enter_traced(index, options, frame, taking.resumes);
  const ShownError shown(error);
  // What was refused before it entered the plugin has used nothing.
  const bool entered = error == nullptr || (!had_ended && ending_ != nullptr);
  const bool refused =
      error == nullptr && frame.shape.refused != nullptr && frame.shape.refused(frame);
  observed->observer().called({.plugin = observed->plugin(),
                               .function = observed->function(index),
                               .error = shown.get(),
                               .refused = refused,
                               .duration = taking.waited + (Observed::Clock::now() - start),
                               .queued = taking.waited,
                               .fuel = entered ? fuel_used() : Fuel{},
                               .memory = memory(),
                               .trace = options.trace});
  return error;
}

[[gnu::hot]] ErrorBody* InstanceCore::enter_traced(std::uint32_t index, const CallOptions& options,
                                                   CallFrame& frame, bool resumes) {
  const Shown trace(host_.get(), &HostState::trace, options.trace);
  return enter(index, options, frame, resumes);
}

[[gnu::hot]] ErrorBody* InstanceCore::enter(std::uint32_t index, const CallOptions& options,
                                            CallFrame& frame, bool resumes) {
  if (resumes || !is_plain(options)) [[unlikely]]
    return enter_bounded(index, options, frame, resumes);
  return run(index, budget_, frame);
}

[[gnu::hot, gnu::noinline]] ErrorBody* InstanceCore::enter_bounded(std::uint32_t index,
                                                                   const CallOptions& options,
                                                                   CallFrame& frame, bool resumes) {
  mortise_budget_t budget = budget_;
  budget.resumes = resumes;
  if (!is_plain(options)) {
    if (ErrorBody* refused = apply(options, *plugin_, frame.shape.function, budget)) return refused;
  }
  const Shown stop(host_.get(), &HostState::stop, &options.stop);
  return run(index, budget, frame);
}

[[gnu::always_inline]] inline ErrorBody* InstanceCore::run(std::uint32_t index,
                                                           const mortise_budget_t& budget,
                                                           CallFrame& frame) {
  frame.lift_limit = plugin_->limits().lift.count;
  frame.core = this;
  const mortise_handle_t* self = frame.self == nullptr ? nullptr : engine_handle(*frame.self);
  mortise_error_t* failed = mortise_instance_call(instance_.get(), index, &frame, &budget, self);
  // What was lent by this one: a call that is refused in the middle of another has lent nothing.
  if (frame.lent) host_->end_loans();
  if (failed == nullptr) [[likely]] {
    giving_up_ = {};
    return nullptr;
  }
  return failed_call(frame.shape.function, frame.fault, budget, failed);
}

// Apart, as `explain` is.
[[gnu::cold, gnu::noinline]] ErrorBody* InstanceCore::failed_call(std::string_view function,
                                                                  const abi::Fault& fault,
                                                                  const mortise_budget_t& budget,
                                                                  mortise_error_t* failed) {
  ErrorBody* error =
      explain(circumstances(*plugin_, function, budget, allowed_), fault, host_.get(), failed);
  if (!mortise_instance_ended(instance_.get())) return error;
  // Later calls are refused, and end nothing.
  if (!ending_)
    ending_ = std::make_unique<Ending>(Ending{.kind = error->kind, .message = error->message});
  // Nothing of the guest will give them back.
  if (host_) host_->drop_all();
  return error;
}

ErrorBody* InstanceCore::drop(const abi::GuestHandle& handle, const CallOptions& options,
                              bool& refused) {
  mortise_budget_t budget = budget_;
  if (!is_plain(options)) {
    if (ErrorBody* error = apply(options, *plugin_, kDropping, budget)) {
      refused = true;
      return error;
    }
  }
  const Shown trace(host_.get(), &HostState::trace, options.trace);
  const Shown stop(host_.get(), &HostState::stop, &options.stop);
  mortise_error_t* failed = mortise_instance_drop(instance_.get(), engine_handle(handle), &budget);
  return failed == nullptr ? nullptr : failed_call(kDropping, abi::Fault(), budget, failed);
}

void InstanceCore::give_up(const abi::GuestHandle& handle) {
  // All that is given up between two calls shares one deadline: a guest has many handles. What is
  // left then ends with the next call, under that one's limits.
  mortise_budget_t budget = budget_;
  if (budget.deadline_ms != 0) {
    const auto spent = std::chrono::floor<std::chrono::milliseconds>(giving_up_).count();
    const auto took = static_cast<std::uint64_t>(spent);
    if (took >= budget.deadline_ms) {
      mortise_instance_drop_later(instance_.get(), engine_handle(handle));
      return;
    }
    budget.deadline_ms -= took;
  }
  const auto start = std::chrono::steady_clock::now();
  mortise_error_t* failed = mortise_instance_drop(instance_.get(), engine_handle(handle), &budget);
  giving_up_ += std::chrono::steady_clock::now() - start;
  // The next call says that the instance has ended.
  if (failed != nullptr) (void)take(failed_call(kDropping, abi::Fault(), budget, failed));
}

const std::shared_ptr<InstanceLink>& InstanceCore::link() {
  if (!link_) link_ = std::make_shared<InstanceLink>(InstanceLink{.core = this});
  return link_;
}

Error no_instance(const abi::GuestHandle& handle, std::string_view interface,
                  std::string_view function) {
  const std::string_view reason =
      handle.instance == nullptr
          ? "the handle is empty: it was never filled, or was moved from, or was given away"
          : "the instance that the handle belongs to is gone";
  return {Kind::misuse, concat("`", interface, ": ", function, "` was not called: ", reason)};
}

Result<void> drop_handle(abi::GuestHandle& handle, std::string_view resource,
                         const CallOptions& options) {
  std::shared_ptr<void> instance = std::exchange(handle.instance, nullptr);
  const auto* link = static_cast<const InstanceLink*>(instance.get());
  if (link == nullptr)
    return std::unexpected(Error(
        Kind::misuse, concat("there is no ", resource,
                             " to drop: the handle was never filled, or was moved from, or was "
                             "given away")));
  if (link->core == nullptr) return {};
  bool refused = false;
  ErrorBody* error = link->core->drop(handle, options, refused);
  if (error == nullptr) return {};
  if (refused) handle.instance = std::move(instance);
  return std::unexpected(take(error));
}

void give_up_handle(const abi::GuestHandle& handle) {
  if (InstanceCore* core = instance_of(handle)) core->give_up(handle);
}

[[gnu::hot]] ErrorBody* make_call(InstanceCore& core, std::uint32_t index,
                                  const CallOptions& options, CallFrame& frame) {
  return core.call(index, options, frame);
}

Error take(ErrorBody* body) { return ErrorBody::seal(std::unique_ptr<ErrorBody>(body)); }

// In the middle of a call into it, which is not allowed, its frames are still in use: it is leaked
// then, as the lesser evil.
[[gnu::hot]] void DeleteInstance::operator()(InstanceCore* core) const {
  if (!core->busy()) delete core;
}

[[gnu::hot]] static Result<InstanceHandle> make_instance(const mortise_component_t* pooled,
                                                         const PluginHandle& plugin,
                                                         const InstanceOptions& options) {
  std::unique_ptr<HostState> host;
  if (plugin->calls_host()) {
    Result<std::unique_ptr<HostState>> made = HostState::make(*plugin);
    if (!made) return std::unexpected(std::move(made).error());
    host = *std::move(made);
  }
  const mortise_budget_t budget = budget_of(plugin->limits());
  mortise_budget_t own = budget;
  const Bytes most = plugin->limits().memory;
  const Bytes memory = std::min(options.memory.value_or(most), most);
  if (!is_plain(options.start)) {
    if (ErrorBody* refused = apply(options.start, *plugin, kInstantiation, own))
      return std::unexpected(take(refused));
  }
  const Shown trace(host.get(), &HostState::trace, options.start.trace);
  const Shown stop(host.get(), &HostState::stop, &options.start.stop);
  mortise_instance_t* instance = nullptr;
  const auto make = [&](const mortise_component_t* component) {
    return mortise_instance_new(component, memory.count, host ? host->context() : nullptr, &own,
                                &instance);
  };
  mortise_error_t* failed = pooled == nullptr ? nullptr : make(pooled);
  const bool is_pooled = instance != nullptr;
  // The pool has no room: that bounds nobody.
  if (!is_pooled && failed == nullptr) failed = make(&plugin->component());
  if (failed != nullptr)
    return std::unexpected(take(explain(circumstances(*plugin, kInstantiation, own, memory),
                                        abi::Fault(), host.get(), failed)));
  after_memory_is_mapped();
  return InstanceHandle(new InstanceCore(plugin, std::move(host), EngineInstance(instance), budget,
                                         memory, is_pooled));
}

Result<InstanceHandle> instantiate(const PluginHandle& plugin, const InstanceOptions& options) {
  return instantiate_in(nullptr, plugin, options);
}

[[gnu::hot]] Result<InstanceHandle> instantiate_in(const mortise_component_t* pooled,
                                                   const PluginHandle& plugin,
                                                   const InstanceOptions& options) {
  const Observed* observed = plugin->observed();
  if (observed == nullptr) [[likely]]
    return make_instance(pooled, plugin, options);
  using Event = InstanceReport::Event;
  const auto start = Observed::Clock::now();
  Result<InstanceHandle> made = make_instance(pooled, plugin, options);
  observed->observer().instance({.plugin = observed->plugin(),
                                 .event = made ? Event::made : Event::not_made,
                                 .error = made ? nullptr : &made.error(),
                                 .duration = Observed::Clock::now() - start,
                                 .memory = made ? (*made)->memory() : Bytes{}});
  return made;
}

void InstanceCore::report_end() const {
  using Event = InstanceReport::Event;
  const Observed& observed = *plugin_->observed();
  Event event = retired_ ? Event::retired : Event::released;
  if (ending_) event = Event::faulted;
  observed.observer().instance({.plugin = observed.plugin(), .event = event, .memory = memory()});
}

bool has_ended(const InstanceCore& core) { return core.ended(); }
Bytes memory_of(const InstanceCore& core) { return core.memory(); }
Fuel fuel_used_by(const InstanceCore& core) { return core.fuel_used(); }
std::uint64_t lines_dropped_by(const InstanceCore& core) { return core.lines_dropped(); }

}  // namespace mortise::detail
