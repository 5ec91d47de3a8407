// The typed half of a call from a plugin to the host: what depends on the function's types, and
// nothing else. The other half, which does not, is host_state.cpp.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__cpp_exceptions)
#include <exception>
#endif

#include <mortise/abi/context.h>
#include <mortise/abi/function.h>
#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>

// engine.h
struct mortise_host_call;
struct mortise_reservation;
struct mortise_slot;

namespace mortise::detail {

// Who answers an interface: see mortise::Host.
struct HostObject {
  void* shared = nullptr;
  std::shared_ptr<void> keeps{};
  std::function<Result<std::shared_ptr<void>>(std::string_view plugin)> make{};
};

struct LinkedHost;

// What a call of a host function needs of the host's side of its instance: the part of HostState
// that the typed code knows.
struct HostView {
  std::string_view plugin;
  std::uint64_t lift_limit;
  void* const* objects = nullptr;  // by the number of their interface
  // Of the call that is under way, where it has them.
  const std::stop_token* stop = nullptr;
  const TraceContext* trace = nullptr;

  // What the last call has left: the data that is wrong, and the function where it is, or null.
  abi::Fault fault{};
  const LinkedHost* failed = nullptr;
};

// mortise_host_call_t, under names that abi knows.
struct EngineCall {
  abi::Memory memory;
  abi::Encoding encoding;
  const std::uint32_t* reps;
  std::size_t rep_count;
  void* store;
};

}  // namespace mortise::detail

namespace mortise {

// Memory that a plugin's instance cannot use as long as this lives: what it is charged for, held by
// the host on its behalf. May outlive the instance, and go on any thread.
class Reservation {
 public:
  Reservation(Reservation&&) noexcept = default;
  Reservation& operator=(Reservation&&) noexcept = default;

 private:
  friend class CallContext;
  struct Delete {
    void operator()(mortise_reservation*) const;
  };
  explicit Reservation(mortise_reservation* engine) : engine_(engine) {}

  std::unique_ptr<mortise_reservation, Delete> engine_;
};

// What a host function learns of the call that it is part of. Good until it returns.
class CallContext {
 public:
  // The name of the plugin that calls.
  [[nodiscard]] std::string_view plugin() const { return host_.plugin; }
  // Which function it is: "acme:shop/log", empty for one of the world's own, and "write".
  [[nodiscard]] std::string_view interface() const;
  [[nodiscard]] std::string_view name() const;
  // What the plugin's call has left of its deadline, to the millisecond; nothing: it has no
  // deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;
  // Whether somebody wants it to end: CallOptions::stop. For functions that wait, and to hand on.
  [[nodiscard]] std::stop_token stop() const {
    return host_.stop == nullptr ? std::stop_token() : *host_.stop;
  }

  // What the plugin's call has left of its fuel; nothing: that is not counted.
  [[nodiscard]] std::optional<Fuel> fuel_left() const;
  // Takes fuel off that, for work that the host does in its place; where there is less, all, and
  // the plugin's call ends when it goes on. Nothing happens where fuel is not counted.
  void charge(Fuel) const;
  // What its instance has left of Limits::memory.
  [[nodiscard]] Bytes memory_left() const;
  // Keeps some of that from it. Nothing: it has not that much left.
  [[nodiscard]] std::optional<Reservation> reserve(Bytes) const;

  // The trace that the plugin's call is part of, as CallOptions has it; null: none. To be handed on
  // in the options of other calls.
  [[nodiscard]] const TraceContext* trace() const { return host_.trace; }

  // For the library.
  CallContext(detail::HostView& host, const detail::LinkedHost& function,
              const mortise_host_call* engine)
      : host_(host), function_(function), engine_(engine) {}
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;
  [[nodiscard]] detail::HostView& host() const { return host_; }
  [[nodiscard]] const detail::LinkedHost& function() const { return function_; }
  [[nodiscard]] const mortise_host_call* engine() const { return engine_; }

 private:
  detail::HostView& host_;
  const detail::LinkedHost& function_;
  const mortise_host_call* engine_;
};

}  // namespace mortise

namespace mortise::detail {

// Room for a result until it is lowered. Null: the host has no memory.
void* hold(HostView&, std::size_t size);
// Gives back what it gave.
void let_go(HostView&, void* held, std::size_t size);
// False, for `return fail(..)`: the plugin's call ends with this error.
bool fail(CallContext&, Error&&);
// What the engine's callback returns for a call that did not go well.
std::int32_t failed(CallContext&);
Error thrown_error(std::string_view what);

#if defined(__cpp_exceptions)
// The exception that is being handled. Apart, so that the way without one has no part in it.
[[gnu::cold, gnu::noinline]] inline Error thrown_error() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown_error(thrown.what());
  } catch (...) {
    return thrown_error("something that is no std::exception");
  }
}
[[gnu::cold, gnu::noinline]] inline bool fail_thrown(CallContext& context) {
  return fail(context, thrown_error());
}
#endif

// Runs code of the host's that returns a Result: an exception becomes its error.
template <class Code>
std::invoke_result_t<Code> without_exceptions(Code&& code) {
#if defined(__cpp_exceptions)
  try {
    return code();
  } catch (...) {
    return std::unexpected(thrown_error());
  }
#else
  return code();
#endif
}

// Handles in the parameters of a host function, where the engine has lifted them already; and in a
// result of one core value, which the engine lowers itself.
class ParamHandles final : public abi::Handles {
 public:
  // `reps`: what the engine has lifted.
  ParamHandles(HostView& host, std::span<const std::uint32_t> reps) : host_(host), left_(reps) {}

  bool lift_own(abi::LiftContext&, const abi::Resource&, std::uint32_t index,
                void*& object) override;
  bool lift_borrow(abi::LiftContext&, const abi::Resource&, std::uint32_t index,
                   void*& object) override;
  bool lower_own(abi::LowerContext&, const abi::Resource&, void* object,
                 std::uint32_t& index) override;

 private:
  // False: the engine has lifted no more.
  bool next(std::uint32_t& rep);

  HostView& host_;
  std::span<const std::uint32_t> left_;
};
// For functions without.
struct NoHandles {
  template <class... Ts>
  explicit NoHandles(const Ts&...) {}
};

enum class Answer : std::uint8_t { nothing, core_value, in_memory, handle };

// A function that plugins may call, as static data of its binding.
struct HostFunctionInfo {
  FunctionInfo function;
  Answer answer;
  // What the engine calls: see mortise_host_t.
  std::int32_t (*call)(void* host, const void* linked, const mortise_host_call*,
                       const mortise_slot* params, std::uint64_t* answer);
  bool (*lower)(abi::LowerContext&, std::uint32_t at, const void* result);
  void (*drop)(HostView&, void* result);
};
struct HostInterfaceInfo {
  std::string_view name;
  std::span<const HostFunctionInfo> functions;
};

// A host function as a plugin is linked with it: the context of the engine's callbacks.
struct LinkedHost {
  const HostFunctionInfo* info;
  std::string_view interface;
  std::size_t object;  // number of the interface among the world's imports
};

template <class Method>
struct MethodOf;
template <class H, class R, class... Params>
struct MethodOf<R (H::*)(CallContext&, Params...)> {
  using Object = H;
  using Returned = R;
};

template <class F, auto Method>
struct HostCallOf {
  using Object = typename MethodOf<decltype(Method)>::Object;
  using Value = typename F::Result;
  static_assert(std::is_same_v<typename MethodOf<decltype(Method)>::Returned, Returned<F>>,
                "the method returns an Outcome for a result<T, E>, a Result of anything else");
  // They lie on a stack that the plugin has used as much of as it liked.
  static_assert(sizeof(typename F::Values) +
                        sizeof(std::conditional_t<std::is_void_v<Value>, char, Value>) <=
                    std::size_t{64} * 1024,
                "the parameters and the result of a host function are more than 64 KiB: pass long "
                "lists as list<T>, without a fixed length");

  static constexpr Answer answer() {
    if (std::is_void_v<Value>) return Answer::nothing;
    if (F::result_in_memory) return Answer::in_memory;
    return F::result_resources.empty() ? Answer::core_value : Answer::handle;
  }
  static constexpr bool kParamHandles = !F::param_resources.empty();
  static constexpr bool kHandles = kParamHandles || answer() == Answer::handle;

  // The engine's callback. Slots, and what it says of the call, are the same bytes under two names:
  // see lowering.h.
  //
  // What goes well uses few registers: all that is needed if it does not is in the context.
  static std::int32_t entry(void* host, const void* linked, const mortise_host_call* engine,
                            const mortise_slot* params, std::uint64_t* answer) noexcept {
    CallContext context(*static_cast<HostView*>(host), *static_cast<const LinkedHost*>(linked),
                        engine);
    if (call(context, reinterpret_cast<const abi::Slot*>(params), *answer)) [[likely]]
      return 0;
    return failed(context);
  }

  static bool call(CallContext& context, const abi::Slot* slots, std::uint64_t& out) {
    HostView& host = context.host();
    const auto& given = *reinterpret_cast<const EngineCall*>(context.engine());
    std::span<const std::uint32_t> reps;
    if constexpr (kParamHandles) reps = {given.reps, given.rep_count};
    [[maybe_unused]] std::conditional_t<kHandles, ParamHandles, NoHandles> own(host, reps);
    abi::Handles* handles = nullptr;
    if constexpr (kHandles) handles = &own;
    typename F::Values values{};
    if constexpr (F::params_in_memory) {
      // What was decoded for the function lives as long as this.
      abi::LiftContext lifting(given.memory, given.encoding, host.lift_limit, host.fault);
      lifting.handles = handles;
      return F::lift_params(lifting, slots, values) && run_safely(context, handles, values, out);
    } else {
      return lift_core_values(host, handles, slots, values) &&
             run_safely(context, handles, values, out);
    }
  }

  static bool lift_core_values(HostView& host, abi::Handles* handles, const abi::Slot* slots,
                               typename F::Values& values) {
    abi::LiftContext lifting({}, abi::Encoding::utf8, 0, host.fault);
    lifting.handles = handles;
    return F::lift_params(lifting, slots, values);
  }

  // An exception must not unwind through the engine.
  static bool run_safely(CallContext& context, abi::Handles* handles, typename F::Values& values,
                         std::uint64_t& out) {
#if defined(__cpp_exceptions)
    try {
      return run(context, handles, values, out);
    } catch (...) {
      return fail_thrown(context);
    }
#else
    return run(context, handles, values, out);
#endif
  }

  static bool run(CallContext& context, abi::Handles* handles, typename F::Values& values,
                  std::uint64_t& out) {
    auto returned = invoke(context, values);
    // A text that could not be decoded for the function, for want of memory.
    if constexpr (F::params_in_memory) {
      if (context.host().fault.code != abi::FaultCode::none) [[unlikely]]
        return false;
    }
    if constexpr (std::is_void_v<Value>) {
      if (returned) [[likely]]
        return true;
      return fail(context, std::move(returned).error());
    } else {
      auto& result = result_of(returned);
      if (!result) [[unlikely]]
        return fail(context, std::move(result).error());
      return leave(context.host(), handles, *result, out);
    }
  }

  // On the host's object of the interface; or, a method of a resource, on the object that it is
  // called for.
  static Returned<F> invoke(CallContext& context, typename F::Values& values) {
    if constexpr (abi::HostResource<Object>) {
      return std::apply(
          [&](Borrow<Object>& self, auto&... value) {
            return ((*self).*Method)(context, std::move(value)...);
          },
          values);
    } else {
      auto* object = static_cast<Object*>(context.host().objects[context.function().object]);
      return std::apply(
          [&](auto&... value) { return (object->*Method)(context, std::move(value)...); }, values);
    }
  }

  // The value or the contract's error, with a failure apart.
  static Result<Value>& result_of(Result<Value>& returned) { return returned; }
  template <class T, class E>
  static Result<std::expected<T, E>>& result_of(Outcome<T, E>& returned) {
    return returned.result();
  }

  template <class T>
  static bool leave(HostView& host, abi::Handles* handles, T& value, std::uint64_t& out) {
    if constexpr (answer() != Answer::in_memory) {
      abi::LowerContext lowering(nullptr, nullptr, abi::Encoding::utf8, host.fault);
      lowering.handles = handles;
      abi::Slot slot{};
      abi::Slot* to = &slot;
      if (!abi::Codec<T>::lower(lowering, to, value)) [[unlikely]]
        return false;
      out = slot.low;
      return true;
    } else {
      void* held = hold(host, sizeof(T));
      if (held == nullptr) [[unlikely]]
        return false;
      static_assert(alignof(T) <= alignof(std::max_align_t));
      out = reinterpret_cast<std::uintptr_t>(::new (held) T(std::move(value)));
      return true;
    }
  }

  static bool lower(abi::LowerContext& context, std::uint32_t at, const void* result) {
    return abi::Codec<Value>::store(context, at, *static_cast<const Value*>(result));
  }
  static void drop(HostView& host, void* result) {
    static_cast<Value*>(result)->~Value();
    let_go(host, result, sizeof(Value));
  }

  // What only a result in memory needs; else null.
  static constexpr auto lower_in_memory()
      -> bool (*)(abi::LowerContext&, std::uint32_t, const void*) {
    if constexpr (answer() == Answer::in_memory) return &lower;
    return nullptr;
  }
  static constexpr auto drop_in_memory() -> void (*)(HostView&, void*) {
    if constexpr (answer() == Answer::in_memory) return &drop;
    return nullptr;
  }

  static constexpr HostFunctionInfo info{.function = kFunctionInfo<F>,
                                         .answer = answer(),
                                         .call = &entry,
                                         .lower = lower_in_memory(),
                                         .drop = drop_in_memory()};
};

}  // namespace mortise::detail
