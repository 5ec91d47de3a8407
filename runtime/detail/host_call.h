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
#include <mortise/runtime/result.h>

namespace mortise {

// What a host function learns of the call that it is part of. Good until it returns.
class CallContext {
 public:
  // The name of the plugin that calls.
  [[nodiscard]] std::string_view plugin() const { return plugin_; }
  // What the plugin's call has left of its deadline, to the millisecond; nothing: it has no
  // deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const;

  // For the library.
  CallContext(std::string_view plugin, const void* engine) : plugin_(plugin), engine_(engine) {}
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

 private:
  std::string_view plugin_;
  const void* engine_;
};

}  // namespace mortise

namespace mortise::detail {

// Who answers an interface: see mortise::Host.
struct HostObject {
  void* shared = nullptr;
  std::shared_ptr<void> keeps{};
  std::function<Result<std::shared_ptr<void>>(std::string_view plugin)> make{};
};

class HostState;

// One call of a host function under way.
struct HostCall {
  HostState& state;
  void* object;
  CallContext& context;
  abi::LiftContext& lifting;

  // Room for a result until it is lowered. Null: the host has no memory.
  void* hold(std::size_t size);
  // False, for `return fail(..)`: the plugin's call ends with this error.
  bool fail(Error error);
};
Error thrown_error(std::string_view what);

// Runs code of the host's that returns a Result: an exception becomes its error.
template <class Code>
std::invoke_result_t<Code> without_exceptions(Code&& code) {
#if defined(__cpp_exceptions)
  try {
    return code();
  } catch (const std::exception& thrown) {
    return std::unexpected(thrown_error(thrown.what()));
  } catch (...) {
    return std::unexpected(thrown_error("something that is no std::exception"));
  }
#else
  return code();
#endif
}

// Gives back what HostCall::hold gave.
void let_go(HostState&, void* held, std::size_t size);

enum class Answer : std::uint8_t { nothing, core_value, in_memory, handle };

// A function that plugins may call, as static data of its binding.
struct HostFunctionInfo {
  FunctionInfo function;
  Answer answer;
  bool (*call)(HostCall&, const abi::Slot* params, abi::Slot* answer);
  bool (*lower)(abi::LowerContext&, std::uint32_t at, const void* result);
  void (*drop)(HostState&, void* result);
};
struct HostInterfaceInfo {
  std::string_view name;
  std::span<const HostFunctionInfo> functions;
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
                    64 * 1024,
                "the parameters and the result of a host function are more than 64 KiB: pass long "
                "lists as list<T>, without a fixed length");

  static constexpr Answer answer() {
    if (std::is_void_v<Value>) return Answer::nothing;
    if (F::result_in_memory) return Answer::in_memory;
    return F::result_resources.empty() ? Answer::core_value : Answer::handle;
  }

  static bool call(HostCall& call, const abi::Slot* slots, abi::Slot* answer_slot) {
    typename F::Values values{};
    if (!F::lift_params(call.lifting, slots, values)) [[unlikely]]
      return false;
    // An exception must not unwind through the engine.
    auto ran = without_exceptions([&]() -> Result<bool> { return run(call, values, answer_slot); });
    return ran ? *ran : call.fail(std::move(ran).error());
  }

  static bool run(HostCall& call, typename F::Values& values, abi::Slot* answer_slot) {
    auto returned = invoke(call, values);
    // A text that could not be decoded for the function, for want of memory.
    if (call.lifting.fault.code != abi::FaultCode::none) [[unlikely]]
      return false;
    if constexpr (std::is_void_v<Value>) {
      return returned || call.fail(std::move(returned).error());
    } else {
      auto& result = result_of(returned);
      if (!result) [[unlikely]]
        return call.fail(std::move(result).error());
      return leave(call, *result, answer_slot);
    }
  }

  // On the host's object of the interface; or, a method of a resource, on the object that it is
  // called for.
  static Returned<F> invoke(HostCall& call, typename F::Values& values) {
    if constexpr (abi::HostResource<Object>) {
      return std::apply(
          [&](Borrow<Object>& self, auto&... value) {
            return ((*self).*Method)(call.context, std::move(value)...);
          },
          values);
    } else {
      return std::apply(
          [&](auto&... value) {
            return (static_cast<Object*>(call.object)->*Method)(call.context, std::move(value)...);
          },
          values);
    }
  }

  // The value or the contract's error, with a failure apart.
  static Result<Value>& result_of(Result<Value>& returned) { return returned; }
  template <class T, class E>
  static Result<std::expected<T, E>>& result_of(Outcome<T, E>& returned) {
    return returned.result();
  }

  template <class T>
  static bool leave(HostCall& call, T& value, abi::Slot* answer_slot) {
    if constexpr (answer() != Answer::in_memory) {
      abi::LowerContext lowering(nullptr, nullptr, abi::Encoding::utf8, call.lifting.fault);
      lowering.handles = call.lifting.handles;
      return abi::Codec<T>::lower(lowering, answer_slot, value);
    } else {
      void* held = call.hold(sizeof(T));
      if (held == nullptr) [[unlikely]]
        return false;
      static_assert(alignof(T) <= alignof(std::max_align_t));
      answer_slot->low = reinterpret_cast<std::uintptr_t>(::new (held) T(std::move(value)));
      return true;
    }
  }

  static bool lower(abi::LowerContext& context, std::uint32_t at, const void* result) {
    return abi::Codec<Value>::store(context, at, *static_cast<const Value*>(result));
  }
  static void drop(HostState& state, void* result) {
    static_cast<Value*>(result)->~Value();
    let_go(state, result, sizeof(Value));
  }

  // What only a result in memory needs; else null.
  static constexpr auto lower_in_memory()
      -> bool (*)(abi::LowerContext&, std::uint32_t, const void*) {
    if constexpr (answer() == Answer::in_memory) return &lower;
    return nullptr;
  }
  static constexpr auto drop_in_memory() -> void (*)(HostState&, void*) {
    if constexpr (answer() == Answer::in_memory) return &drop;
    return nullptr;
  }

  static constexpr HostFunctionInfo info{.function = kFunctionInfo<F>,
                                         .answer = answer(),
                                         .call = &call,
                                         .lower = lower_in_memory(),
                                         .drop = drop_in_memory()};
};

}  // namespace mortise::detail
