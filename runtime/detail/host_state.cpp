#include <mortise/runtime/detail/host_state.h>

#include <algorithm>
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

// Handles in a result that is written to memory: owns of the host's, and no others. The guest's
// resources never come here, since what is exported cannot be part of what is imported.
class ResultHandles final : public abi::Handles {
 public:
  ResultHandles(HostState& state, Resources resources) : state_(state), resources_(resources) {}

  bool lower_own(abi::LowerContext& context, const abi::Resource& resource, void* object,
                 std::uint32_t& index) override {
    std::uint32_t rep = 0;
    return state_.keep(resource, object, rep) &&
           lower_object(context, place_of(resource, resources_), true, rep, index);
  }

 private:
  HostState& state_;
  Resources resources_;
};

// ---- Called by the engine: `host` is the instance's HostState, `function` a LinkedHost ----

std::int32_t lower_result(void* host, const void* function, mortise_lowering_t* lowering,
                          mortise_encoding_t encoding, mortise_memory_t memory, std::uint32_t at,
                          void* result) noexcept {
  HostState& state = HostState::of(host);
  abi::LowerContext context(lowering, &realloc_in_guest, static_cast<abi::Encoding>(encoding),
                            state.fault, abi_memory(memory));
  const auto& linked = *static_cast<const LinkedHost*>(function);
  ResultHandles handles(state, linked.info->function.result_resources);
  context.handles = &handles;
  if (linked.info->lower(context, at, result)) [[likely]]
    return 0;
  state.failed = &linked;
  return 1;
}

void drop_object(void* host, const void* resource, std::uint32_t rep) noexcept {
  HostState::of(host).drop(*static_cast<const abi::Resource*>(resource), rep);
}

void drop_result(void* host, const void* function, void* result) noexcept {
  static_cast<const LinkedHost*>(function)->info->drop(HostState::of(host), result);
}

static_assert(static_cast<int>(Answer::nothing) == MORTISE_ANSWER_NOTHING);
static_assert(static_cast<int>(Answer::core_value) == MORTISE_ANSWER_CORE_VALUE);
static_assert(static_cast<int>(Answer::in_memory) == MORTISE_ANSWER_IN_MEMORY);
static_assert(static_cast<int>(Answer::handle) == MORTISE_ANSWER_HANDLE);

mortise_handles_t handles_in(const FunctionInfo& function) {
  if (function.param_resources.empty()) return MORTISE_HANDLES_NONE;
  const auto is_handle = [](const abi::Member& param) { return param.type->resource != nullptr; };
  const auto is_simple = [](const abi::Member& param) {
    const abi::Kind kind = param.type->kind;
    return param.type->members.empty() || kind == abi::Kind::enumeration ||
           kind == abi::Kind::flags;
  };
  const bool one = std::ranges::count_if(function.params, is_handle) == 1 &&
                   std::ranges::all_of(function.params, is_simple) && !function.params_in_memory;
  return one ? MORTISE_HANDLES_ONE : MORTISE_HANDLES_ANY;
}

}  // namespace

mortise_host_t engine_form(const LinkedHost& linked) {
  const HostFunctionInfo& info = *linked.info;
  return {.name = {.interface = bytes(linked.interface), .item = bytes(info.function.name)},
          .function = &linked,
          .params = info.function.flat_params <= abi::kMaxFlatParams
                        ? info.function.flat_params
                        : std::uint32_t{MORTISE_PARAMS_IN_MEMORY},
          .answer = static_cast<mortise_answer_t>(info.answer),
          .lifts_from_memory = info.function.params_in_memory,
          .handles = handles_in(info.function),
          .result_resources = static_cast<std::uint32_t>(info.function.result_resources.size()),
          .call = info.call,
          .lower = &lower_result,
          .drop = &drop_result};
}

mortise_resource_t engine_form(const abi::Resource& resource) {
  return {.name = {.interface = bytes(resource.interface), .item = bytes(resource.name)},
          .resource = &resource};
}

const mortise_drop_t kDropObject = &drop_object;

HostState::HostState(const PluginCore& of)
    : HostView{.plugin = of.name(), .lift_limit = of.limits().lift.count} {}

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
      const std::string_view interface = plugin.host_interface(state->pointers_.size());
      return std::unexpected(Error(
          Error::Kind::misuse, concat(plugin.name(), " was not instantiated: the host object for ",
                                      interface.empty() ? "the world's own functions"
                                                        : concat("the interface ", interface),
                                      " is null")));
    }
    state->pointers_.push_back(pointer);
  }
  state->objects = state->pointers_.data();
  return state;
}

void* HostState::hold(std::size_t size) {
  if (size <= place_.size() && !place_taken_) [[likely]] {
    place_taken_ = true;
    return place_.data();
  }
  void* held = ::operator new(size, std::nothrow);
  if (held == nullptr) {
    fault.code = abi::FaultCode::no_buffer;
    fault.size = size;
  }
  return held;
}

void HostState::let_go(void* held, std::size_t size) {
  if (held == place_.data()) [[likely]]
    place_taken_ = false;
  else
    ::operator delete(held, size);
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
    const bool made = abi::allocate(fault, room * sizeof(Object), [&] {
      free_.reserve(room);
      loans_.reserve(room);
      kept_.reserve(room);
    });
    if (!made) {
      fault.code = abi::FaultCode::no_buffer;
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
  for (const Object& one : std::exchange(doomed_, {})) one.resource->destroy(one.object);
}

bool HostState::is_lent(const void* object) const {
  return std::ranges::any_of(loans_,
                             [&](std::uint32_t rep) { return kept_[rep].object == object; });
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
  void* object = take(resource, rep);
  if (object == nullptr) return;
  // A host that gives away what it lends: the guest may still use the loan.
  if (is_lent(object)) [[unlikely]]
    doomed_.push_back({.object = object, .resource = &resource, .owned = true});
  else
    resource.destroy(object);
}

void HostState::drop_all() {
  // A destructor of the host's may be anything but a call into this instance.
  std::vector<Object> all = std::exchange(kept_, {});
  free_.clear();
  loans_.clear();
  for (const Object& kept : all)
    if (kept.owned) kept.resource->destroy(kept.object);
  for (const Object& one : std::exchange(doomed_, {})) one.resource->destroy(one.object);
}

void* hold(HostView& host, std::size_t size) { return HostState::of(host).hold(size); }
[[gnu::cold]] bool fail(CallContext& context, Error&& error) {
  HostState::of(context.host()).fail(std::move(error));
  return false;
}
[[gnu::cold]] std::int32_t failed(CallContext& context) {
  context.host().failed = &context.function();
  return 1;
}
Error thrown_error(std::string_view what) {
  return {Error::Kind::misuse, concat("an exception was thrown: ", what)};
}
void let_go(HostView& host, void* held, std::size_t size) {
  HostState::of(host).let_go(held, size);
}

// ---- ParamHandles ----

bool ParamHandles::next(std::uint32_t& rep) {
  if (left_.empty()) return false;
  rep = left_.front();
  left_ = left_.subspan(1);
  return true;
}

bool ParamHandles::lift_own(abi::LiftContext& context, const abi::Resource& resource, std::uint32_t,
                            void*& object) {
  HostState& state = HostState::of(host_);
  std::uint32_t rep = 0;
  if (!next(rep)) return failed(context.fault);
  // Whoever gets it may end it, and the guest may still use the loan.
  if (state.is_lent(state.find(resource, rep))) [[unlikely]] {
    context.fault.code = abi::FaultCode::host_lent;
    return false;
  }
  object = state.take(resource, rep);
  return object != nullptr || failed(context.fault);
}

bool ParamHandles::lift_borrow(abi::LiftContext& context, const abi::Resource& resource,
                               std::uint32_t, void*& object) {
  std::uint32_t rep = 0;
  if (!next(rep)) return failed(context.fault);
  object = HostState::of(host_).find(resource, rep);
  return object != nullptr || failed(context.fault);
}

bool ParamHandles::lower_own(abi::LowerContext&, const abi::Resource& resource, void* object,
                             std::uint32_t& index) {
  return HostState::of(host_).keep(resource, object, index);
}

}  // namespace mortise::detail

namespace mortise {

std::string_view CallContext::interface() const { return function_.interface; }
std::string_view CallContext::name() const { return function_.info->function.name; }

std::optional<std::chrono::milliseconds> CallContext::time_left() const {
  const auto left = mortise_host_call_time_left(engine_);
  if (left == UINT64_MAX) return std::nullopt;
  return std::chrono::milliseconds(left);
}

std::optional<Fuel> CallContext::fuel_left() const {
  const auto left = mortise_host_call_fuel_left(engine_);
  if (left == UINT64_MAX) return std::nullopt;
  return Fuel(left);
}

void CallContext::charge(Fuel fuel) const { mortise_host_call_charge(engine_, fuel.units); }

Bytes CallContext::memory_left() const { return {mortise_host_call_memory_left(engine_)}; }

std::optional<Reservation> CallContext::reserve(Bytes bytes) const {
  mortise_reservation* made = mortise_host_call_reserve(engine_, bytes.count);
  if (made == nullptr) return std::nullopt;
  return Reservation(made);
}

void Reservation::Delete::operator()(mortise_reservation* engine) const {
  mortise_reservation_delete(engine);
}

}  // namespace mortise
