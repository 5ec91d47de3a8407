#include <mortise/runtime/detail/dynamic_call.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <utility>
#include <variant>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/dynamic_lift.h>
#include <mortise/runtime/detail/dynamic_lower.h>
#include <mortise/runtime/detail/dynamic_world.h>
#include <mortise/runtime/detail/host_state.h>
#include <mortise/runtime/detail/instance_core.h>
#include <mortise/runtime/detail/lowering.h>
#include <mortise/runtime/resource.h>

namespace mortise::detail {

namespace {

using namespace dynamic;  // NOLINT(google-build-using-namespace): what this file is made of

// ---- The host calls the guest ----

struct DynamicFrame : CallFrame {
  DynamicFrame(const DynamicWorld& w, const DynamicSignature& s, DynamicHandles& h,
               std::span<const Value> a)
      : CallFrame(s.shape), world(w), signature(s), handles(h), arguments(a) {}

  static bool lower_it(CallFrame& base, abi::LowerContext& context, abi::Slot* slots) {
    auto& frame = static_cast<DynamicFrame&>(base);
    const auto& params = frame.signature.function->params;
    Lowerer lowerer(frame.world, context, &frame.handles, &frame.lent_numbers);
    const abi::Layout layout = frame.signature.params.layout;
    if (layout.flat > abi::kMaxFlatParams) {
      std::uint32_t at = 0;
      if (!context.allocate(layout.align, layout.size, at)) return false;
      slots->low = at;
      for (std::size_t i = 0; i < params.size(); ++i)
        if (!lowerer.lower(params[i].type, frame.arguments[i],
                           ToMemory{at + frame.signature.params.offsets[i]}))
          return context.fault.in(params[i].name);
      return true;
    }
    for (std::size_t i = 0; i < params.size(); ++i)
      if (!lowerer.lower(params[i].type, frame.arguments[i], ToSlots{&slots}))
        return context.fault.in(params[i].name);
    return true;
  }

  static bool lift_it(CallFrame& base, abi::LiftContext& context, const abi::Slot* slots) {
    auto& frame = static_cast<DynamicFrame&>(base);
    const TypeId result = frame.signature.function->result;
    const abi::Layout layout = frame.world.type(result).layout;
    Lifter lifter(frame.world, context, &frame.handles);
    Value& answer = frame.answer.emplace();
    if (layout.flat <= abi::kMaxFlatResults) return lifter.lift(result, FromSlots{&slots}, answer);
    const std::byte* from =
        context.range(static_cast<std::uint32_t>(slots->low), 1, layout.size, layout.align);
    return from != nullptr && lifter.lift(result, FromMemory{from}, answer);
  }

  static bool is_refused(const CallFrame& base) {
    const DynamicAnswer& answer = static_cast<const DynamicFrame&>(base).answer;
    const auto* result = answer ? std::get_if<Value::Result>(&answer->data()) : nullptr;
    return result != nullptr && !result->is_ok;
  }

  const DynamicWorld& world;
  const DynamicSignature& signature;
  DynamicHandles& handles;
  std::span<const Value> arguments;
  DynamicAnswer answer;
  std::vector<std::unique_ptr<HostNumber>> lent_numbers;  // until the call ends
};

// ---- The guest calls the host ----

const DynamicHost& host_of(const CallContext& context) {
  return *static_cast<const DynamicHost*>(context.host().objects[context.function().object]);
}
// Its number in the interface.
std::size_t number_of(const DynamicHost& host, const HostFunctionInfo* info) {
  return static_cast<std::size_t>(info - host.infos.data());
}

// What a result waits in until it is lowered to memory.
struct HeldAnswer {
  Value value;
  const DynamicWorld* world;
  TypeId type;
};

bool lift_arguments(CallContext& context, const DynamicHost& host,
                    const DynamicSignature& signature, const abi::Slot* slots,
                    abi::Handles& handles, std::vector<Value>& arguments) {
  HostView& view = context.host();
  const auto& given = *reinterpret_cast<const EngineCall*>(context.engine());
  // Memory and encoding have a meaning only where the engine was told to look them up.
  const bool in_memory = signature.info.params_in_memory;
  abi::LiftContext lifting(in_memory ? given.memory : abi::Memory(),
                           in_memory ? given.encoding : abi::Encoding::utf8, view.lift_limit,
                           view.fault);
  lifting.handles = &handles;
  Lifter lifter(*host.world, lifting, nullptr);
  const auto& params = signature.function->params;
  arguments.resize(params.size());
  if (signature.params.layout.flat > abi::kMaxFlatParams) {
    const abi::Layout layout = signature.params.layout;
    const std::byte* from =
        lifting.range(static_cast<std::uint32_t>(slots->low), 1, layout.size, layout.align);
    if (from == nullptr) return false;
    for (std::size_t i = 0; i < params.size(); ++i)
      if (!lifter.lift(params[i].type, FromMemory{from + signature.params.offsets[i]},
                       arguments[i]))
        return lifting.fault.in(params[i].name);
    return true;
  }
  for (std::size_t i = 0; i < params.size(); ++i)
    if (!lifter.lift(params[i].type, FromSlots{&slots}, arguments[i]))
      return lifting.fault.in(params[i].name);
  return true;
}

// The host's function answered what its contract does not say.
Error bad_answer(const DynamicSignature& signature, std::string_view why) {
  return {Error::Kind::misuse, concat("`", signature.function->name, "` answered ", why)};
}

bool leave(CallContext& context, const DynamicHost& host, const DynamicSignature& signature,
           DynamicAnswer answer, abi::Handles& handles, std::uint64_t& out) {
  const TypeId result = signature.function->result;
  if (result == kNone) {
    if (!answer) return true;
    return fail(context, bad_answer(signature, concat(describe(*answer), ", and has no result")));
  }
  if (!answer)
    return fail(context,
                bad_answer(signature, concat("nothing, and its result is ",
                                             contract::describe(host.world->contract(), result))));
  if (auto fits = contract::check(host.world->contract(), result, *answer); !fits)
    return fail(context,
                bad_answer(signature, concat("what does not fit: ", fits.error().message)));
  if (signature.info.result_in_memory) {
    void* held = hold(context.host(), sizeof(HeldAnswer));
    if (held == nullptr) return false;
    static_assert(alignof(HeldAnswer) <= alignof(std::max_align_t));
    out = reinterpret_cast<std::uintptr_t>(::new (held)
                                               HeldAnswer{*std::move(answer), host.world, result});
    return true;
  }
  abi::LowerContext lowering(nullptr, nullptr, abi::Encoding::utf8, context.host().fault);
  lowering.handles = &handles;
  abi::Slot slot{};
  abi::Slot* slots = &slot;
  // No result has a borrow.
  Lowerer lowerer(*host.world, lowering, nullptr, nullptr);
  if (!lowerer.lower(result, *answer, ToSlots{&slots})) return false;
  out = slot.low;
  return true;
}

// The engine's callback; see HostCallOf::entry.
std::int32_t entry(void* host, const void* linked, const mortise_host_call* engine,
                   const mortise_slot* params, std::uint64_t* answer) noexcept {
  CallContext context(*static_cast<HostView*>(host), *static_cast<const LinkedHost*>(linked),
                      engine);
  const DynamicHost& object = host_of(context);
  const std::size_t number = number_of(object, context.function().info);
  const DynamicSignature& signature = *object.signatures[number];
  std::span<const std::uint32_t> reps;
  if (!signature.param_resources.empty()) {
    const auto& given = *reinterpret_cast<const EngineCall*>(engine);
    reps = {given.reps, given.rep_count};
  }
  ParamHandles handles(context.host(), reps);
  std::vector<Value> arguments;
  // The same bytes under two names: see lowering.h.
  const auto* slots = reinterpret_cast<const abi::Slot*>(params);
  if (!lift_arguments(context, object, signature, slots, handles, arguments))
    return failed(context);
  Result<DynamicAnswer> returned = (*object.handlers[number])(context, std::move(arguments));
  const bool fine = returned
                        ? leave(context, object, signature, *std::move(returned), handles, *answer)
                        : fail(context, std::move(returned).error());
  return fine ? 0 : failed(context);
}

bool lower_held(abi::LowerContext& context, std::uint32_t at, const void* result) {
  const auto& held = *static_cast<const HeldAnswer*>(result);
  return Lowerer(*held.world, context, nullptr, nullptr).lower(held.type, held.value, ToMemory{at});
}
void drop_held(HostView& host, void* result) {
  static_cast<HeldAnswer*>(result)->~HeldAnswer();
  let_go(host, result, sizeof(HeldAnswer));
}

Answer answer_of(const FunctionInfo& info) {
  if (info.result == nullptr) return Answer::nothing;
  if (info.result_in_memory) return Answer::in_memory;
  return info.result_resources.empty() ? Answer::core_value : Answer::handle;
}

}  // namespace

CallShape dynamic_shape(const FunctionInfo& info) {
  return {.function = info.name,
          .lower = &DynamicFrame::lower_it,
          .lift = &DynamicFrame::lift_it,
          .param_resources = info.param_resources,
          .result_resources = info.result_resources,
          .refused = &DynamicFrame::is_refused};
}

HostFunctionInfo dynamic_host_function(const FunctionInfo& info) {
  return {.function = info,
          .answer = answer_of(info),
          .call = &entry,
          .lower = &lower_held,
          .drop = &drop_held};
}

void drop_host_number(void* object) {
  const std::unique_ptr<HostNumber> one(static_cast<HostNumber*>(object));
  if (one->of->dropped != nullptr) (*one->of->dropped)(one->number);
}

Result<DynamicAnswer> dynamic_call(InstanceCore& core, const DynamicWorld& world,
                                   DynamicHandles& handles, std::uint32_t number,
                                   std::span<const Value> arguments, const CallOptions& options) {
  DynamicFrame frame(world, world.function(number), handles, arguments);
  if (ErrorBody* error = make_call(core, number, options, frame))
    return std::unexpected(take(error));
  return std::move(frame.answer);
}

Error refuse_call(const InstanceCore& core, std::uint32_t number, Error error,
                  const CallOptions& options) {
  if (const Observed* observed = core.plugin().observed())
    observed->refused(number, error, Observed::Clock::now(), options.trace);
  return error;
}

// ---- DynamicHandles ----

std::uint32_t DynamicHandles::add(const abi::Resource& resource, abi::GuestHandle handle) {
  if (free_.empty()) {
    entries_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(entries_.size()));
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  entries_[number - 1] = {.resource = &resource, .handle = std::move(handle)};
  return number;
}

abi::GuestHandle* DynamicHandles::find(const abi::Resource& resource, std::uint32_t number) {
  if (number == 0 || number > entries_.size()) return nullptr;
  Entry& entry = entries_[number - 1];
  return entry.resource == &resource ? &entry.handle : nullptr;
}

abi::GuestHandle* DynamicHandles::find(std::string_view resource, std::uint32_t number) {
  if (number == 0 || number > entries_.size()) return nullptr;
  Entry& entry = entries_[number - 1];
  return entry.resource != nullptr && entry.resource->name == resource ? &entry.handle : nullptr;
}

void DynamicHandles::remove(std::uint32_t number) {
  entries_[number - 1] = {};
  free_.push_back(number);
}

DynamicHandles::~DynamicHandles() {
  for (const Entry& entry : entries_)
    if (entry.handle.instance != nullptr) give_up_handle(entry.handle);
}

}  // namespace mortise::detail
