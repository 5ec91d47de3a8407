#include <mortise/runtime/detail/host_state.h>

#include <new>
#include <optional>
#include <span>
#include <utility>

#include <mortise/abi/allocate.h>
#include <mortise/abi/resource.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/detail/lowering.h>
#include <mortise/runtime/detail/plugin_core.h>

namespace mortise::detail {

namespace {

// What no function of a contract can ask for: a bug.
bool impossible(abi::Fault& fault) {
  fault.code = abi::FaultCode::handle_failed;
  return false;
}

// Handles in a call of a host function: the guest's resources never come here, since what is
// exported cannot be part of what is imported.
class HostHandles : public abi::Handles {
 public:
  bool lower_borrow(abi::LowerContext& context, const abi::Resource&, void*,
                    std::uint32_t&) override {
    return impossible(context.fault);
  }
  bool lower_guest(abi::LowerContext& context, const abi::Resource&, abi::GuestHandle&, bool,
                   std::uint32_t&) override {
    return impossible(context.fault);
  }
  bool lift_guest(abi::LiftContext& context, const abi::Resource&, std::uint32_t,
                  abi::GuestHandle&) override {
    return impossible(context.fault);
  }

 protected:
  explicit HostHandles(HostState& of) : state(of) {}
  ~HostHandles() = default;

  HostState& state;
};

// In the parameters, where the engine has lifted them already; and in a result of one core value,
// which the engine lowers itself.
class ParamHandles final : public HostHandles {
 public:
  ParamHandles(HostState& of, std::span<const std::uint32_t> reps) : HostHandles(of), left_(reps) {}

  bool lift_own(abi::LiftContext& context, const abi::Resource& resource, std::uint32_t,
                void*& object) override {
    const std::optional<std::uint32_t> rep = next();
    object = rep ? state.take(resource, *rep) : nullptr;
    return object != nullptr || impossible(context.fault);
  }
  bool lift_borrow(abi::LiftContext& context, const abi::Resource& resource, std::uint32_t,
                   void*& object) override {
    const std::optional<std::uint32_t> rep = next();
    object = rep ? state.find(resource, *rep) : nullptr;
    return object != nullptr || impossible(context.fault);
  }
  bool lower_own(abi::LowerContext&, const abi::Resource& resource, void* object,
                 std::uint32_t& index) override {
    return state.keep(resource, object, index);
  }

 private:
  std::optional<std::uint32_t> next() {
    if (left_.empty()) return std::nullopt;
    const std::uint32_t rep = left_.front();
    left_ = left_.subspan(1);
    return rep;
  }

  std::span<const std::uint32_t> left_;
};

// In a result that is written to memory.
class ResultHandles final : public HostHandles {
 public:
  ResultHandles(HostState& of, Resources resources) : HostHandles(of), resources_(resources) {}

  bool lower_own(abi::LowerContext& context, const abi::Resource& resource, void* object,
                 std::uint32_t& index) override {
    std::uint32_t rep = 0;
    return state.keep(resource, object, rep) &&
           lower_object(context, place_of(resource, resources_), true, rep, index);
  }
  bool lift_own(abi::LiftContext& context, const abi::Resource&, std::uint32_t, void*&) override {
    return impossible(context.fault);
  }
  bool lift_borrow(abi::LiftContext& context, const abi::Resource&, std::uint32_t,
                   void*&) override {
    return impossible(context.fault);
  }

 private:
  Resources resources_;
};

// ---- Called by the engine: `host` is the instance's HostState, `function` a LinkedHost ----

std::int32_t call_host(void* host, const void* function, const mortise_host_call_t* call,
                       const mortise_slot_t* params, mortise_slot_t* answer) noexcept {
  // The same 16 bytes under two names; see lowering.h.
  return static_cast<HostState*>(host)->call(*static_cast<const LinkedHost*>(function), *call,
                                             reinterpret_cast<const abi::Slot*>(params),
                                             reinterpret_cast<abi::Slot*>(answer))
             ? 0
             : 1;
}

std::int32_t lower_result(void* host, const void* function, mortise_lowering_t* lowering,
                          mortise_encoding_t encoding, mortise_memory_t memory, std::uint32_t at,
                          void* result) noexcept {
  auto& state = *static_cast<HostState*>(host);
  abi::LowerContext context(lowering, &realloc_in_guest, static_cast<abi::Encoding>(encoding),
                            state.fault(), abi_memory(memory));
  const auto& linked = *static_cast<const LinkedHost*>(function);
  ResultHandles handles(state, linked.info->function.result_resources);
  context.handles = &handles;
  return state.lower(linked, context, at, result) ? 0 : 1;
}

void drop_object(void* host, const void* resource, std::uint32_t rep) noexcept {
  static_cast<HostState*>(host)->drop(*static_cast<const abi::Resource*>(resource), rep);
}

void drop_result(void* host, const void* function, void* result) noexcept {
  static_cast<const LinkedHost*>(function)->info->drop(*static_cast<HostState*>(host), result);
}

static_assert(static_cast<int>(Answer::nothing) == MORTISE_ANSWER_NOTHING);
static_assert(static_cast<int>(Answer::core_value) == MORTISE_ANSWER_CORE_VALUE);
static_assert(static_cast<int>(Answer::in_memory) == MORTISE_ANSWER_IN_MEMORY);
static_assert(static_cast<int>(Answer::handle) == MORTISE_ANSWER_HANDLE);

}  // namespace

mortise_host_t engine_form(const LinkedHost& linked) {
  const HostFunctionInfo& info = *linked.info;
  return {
      .name = {.interface = bytes(linked.interface), .item = bytes(info.function.name)},
      .function = &linked,
      .params = info.function.flat_params <= abi::kMaxFlatParams
                    ? info.function.flat_params
                    : std::uint32_t{MORTISE_PARAMS_IN_MEMORY},
      .answer = static_cast<mortise_answer_t>(info.answer),
      .lifts_from_memory = abi::params_in_memory(info.function.flat_params, info.function.params),
      .lifts_handles = !info.function.param_resources.empty(),
      .result_resources = static_cast<std::uint32_t>(info.function.result_resources.size()),
      .call = &call_host,
      .lower = &lower_result,
      .drop = &drop_result};
}

mortise_resource_t engine_form(const abi::Resource& resource) {
  return {.name = {.interface = bytes(resource.interface), .item = bytes(resource.name)},
          .resource = &resource};
}

const mortise_drop_t kDropObject = &drop_object;

Result<std::unique_ptr<HostState>> HostState::make(const PluginCore& plugin) {
  std::unique_ptr<HostState> state(new HostState(plugin));
  for (const HostObject& object : plugin.host_objects()) {
    void* pointer = object.shared;
    if (object.make) {
      Result<std::shared_ptr<void>> made = object.make(plugin.name());
      if (!made) return std::unexpected(std::move(made).error());
      pointer = made->get();
      state->owned_.push_back(*std::move(made));
    }
    if (pointer == nullptr) {
      const std::string_view interface = plugin.host_interface(state->objects_.size());
      return std::unexpected(Error(
          Error::Kind::misuse, concat(plugin.name(), " was not instantiated: the host object for ",
                                      interface.empty() ? "the world's own functions"
                                                        : concat("the interface ", interface),
                                      " is null")));
    }
    state->objects_.push_back(pointer);
  }
  return state;
}

bool HostState::call(const LinkedHost& linked, const mortise_host_call_t& engine,
                     const abi::Slot* params, abi::Slot* answer) {
  abi::LiftContext lifting(abi_memory(engine.memory), static_cast<abi::Encoding>(engine.encoding),
                           plugin_.limits().lift.count, fault_);
  ParamHandles handles(*this, {engine.reps, engine.rep_count});
  lifting.handles = &handles;
  CallContext context(plugin_.name(), &engine);
  HostCall call{
      .state = *this, .object = objects_[linked.object], .context = context, .lifting = lifting};
  if (linked.info->call(call, params, answer)) [[likely]]
    return true;
  failed_ = &linked;
  return false;
}

bool HostState::lower(const LinkedHost& linked, abi::LowerContext& context, std::uint32_t at,
                      const void* result) {
  if (linked.info->lower(context, at, result)) [[likely]]
    return true;
  failed_ = &linked;
  return false;
}

void* HostState::hold(std::size_t size) {
  if (size <= place_.size() && !place_taken_) [[likely]] {
    place_taken_ = true;
    return place_.data();
  }
  void* held = ::operator new(size, std::nothrow);
  if (held == nullptr) {
    fault_.code = abi::FaultCode::no_buffer;
    fault_.size = size;
  }
  return held;
}

void HostState::let_go(void* held, std::size_t size) {
  if (held == place_.data()) [[likely]]
    place_taken_ = false;
  else
    ::operator delete(held, size);
}

bool HostState::fail(Error error) {
  failure_ = std::move(error);
  return false;
}

bool HostState::put(Object object, std::uint32_t& rep) {
  if (!free_.empty()) {
    rep = free_.back();
    free_.pop_back();
    kept_[rep] = object;
    return true;
  }
  if (kept_.size() == kept_.capacity()) {
    const std::size_t room = kept_.empty() ? 8 : 2 * kept_.size();
    // Room to free all of them too, so that it cannot be missing then.
    const bool made = abi::allocate(fault_, room * sizeof(Object), [&] {
      free_.reserve(room);
      loans_.reserve(room);
      kept_.reserve(room);
    });
    if (!made) {
      fault_.code = abi::FaultCode::no_buffer;
      return false;
    }
  }
  rep = static_cast<std::uint32_t>(kept_.size());
  kept_.push_back(object);
  return true;
}

bool HostState::keep(const abi::Resource& resource, void* object, std::uint32_t& rep) {
  if (put({.object = object, .resource = &resource, .owned = true}, rep)) return true;
  resource.destroy(object);
  return false;
}

bool HostState::lend(const abi::Resource& resource, void* object, std::uint32_t& rep) {
  if (!put({.object = object, .resource = &resource, .owned = false}, rep)) return false;
  loans_.push_back(rep);
  return true;
}

void HostState::end_loans() {
  for (const std::uint32_t rep : loans_) {
    kept_[rep] = {};
    free_.push_back(rep);
  }
  loans_.clear();
}

void* HostState::find(const abi::Resource& resource, std::uint32_t rep) const {
  if (rep >= kept_.size() || kept_[rep].resource != &resource) return nullptr;
  return kept_[rep].object;
}

void* HostState::take(const abi::Resource& resource, std::uint32_t rep) {
  void* object = find(resource, rep);
  if (object == nullptr || !kept_[rep].owned) return nullptr;
  kept_[rep] = {};
  free_.push_back(rep);
  return object;
}

void HostState::drop(const abi::Resource& resource, std::uint32_t rep) {
  if (void* object = take(resource, rep)) resource.destroy(object);
}

void HostState::drop_all() {
  // A destructor of the host's may be anything but a call into this instance.
  std::vector<Object> all = std::exchange(kept_, {});
  free_.clear();
  loans_.clear();
  for (const Object& kept : all)
    if (kept.owned) kept.resource->destroy(kept.object);
}

void* HostCall::hold(std::size_t size) { return state.hold(size); }
bool HostCall::fail(Error error) { return state.fail(std::move(error)); }
Error thrown_error(std::string_view what) {
  return {Error::Kind::misuse, concat("an exception was thrown: ", what)};
}
void let_go(HostState& state, void* held, std::size_t size) { state.let_go(held, size); }

}  // namespace mortise::detail

namespace mortise {

std::optional<std::chrono::milliseconds> CallContext::time_left() const {
  const auto left = mortise_host_call_time_left(static_cast<const mortise_host_call_t*>(engine_));
  if (left == UINT64_MAX) return std::nullopt;
  return std::chrono::milliseconds(left);
}

}  // namespace mortise
