#include <mortise/runtime/detail/host_state.h>

#include <new>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/detail/lowering.h>
#include <mortise/runtime/detail/plugin_core.h>

namespace mortise::detail {

namespace {

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
  return state.lower(*static_cast<const LinkedHost*>(function), context, at, result) ? 0 : 1;
}

void drop_result(void* host, const void* function, void* result) noexcept {
  static_cast<const LinkedHost*>(function)->info->drop(*static_cast<HostState*>(host), result);
}

static_assert(static_cast<int>(Answer::nothing) == MORTISE_ANSWER_NOTHING);
static_assert(static_cast<int>(Answer::core_value) == MORTISE_ANSWER_CORE_VALUE);
static_assert(static_cast<int>(Answer::in_memory) == MORTISE_ANSWER_IN_MEMORY);

}  // namespace

mortise_host_t engine_form(const LinkedHost& linked) {
  const HostFunctionInfo& info = *linked.info;
  return {
      .name = {.interface = bytes(linked.interface), .function = bytes(info.function.name)},
      .function = &linked,
      .params = info.function.flat_params <= abi::kMaxFlatParams
                    ? info.function.flat_params
                    : std::uint32_t{MORTISE_PARAMS_IN_MEMORY},
      .answer = static_cast<mortise_answer_t>(info.answer),
      .lifts_from_memory = abi::params_in_memory(info.function.flat_params, info.function.params),
      .call = &call_host,
      .lower = &lower_result,
      .drop = &drop_result};
}

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
