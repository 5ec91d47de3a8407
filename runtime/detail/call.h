// The typed half of a call: what depends on the function's types, and nothing else. The other
// half, which does not, is InstanceCore::call.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__cpp_exceptions)
#include <exception>
#endif

#include <mortise/abi/context.h>
#include <mortise/abi/function.h>
#include <mortise/abi/list.h>
#include <mortise/abi/resource.h>
#include <mortise/runtime/call_options.h>
#include <mortise/runtime/detail/world_info.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

struct CallFrame;

// What calls of one function, made in one way, have in common. The two functions know the types.
struct CallShape {
  using Lower = bool (*)(CallFrame&, abi::LowerContext&, abi::Slot*);
  using Lift = bool (*)(CallFrame&, abi::LiftContext&, const abi::Slot*);
  using Refused = bool (*)(const CallFrame&);

  std::string_view function;  // for messages
  Lower lower;
  Lift lift;
  Resources param_resources;
  Resources result_resources;
  Refused refused;  // whether the plugin answered with its contract's own error; null: it has none
};
template <class T>
inline constexpr bool kIsExpected = false;
template <class T, class E>
inline constexpr bool kIsExpected<std::expected<T, E>> = true;
template <class F, class Frame>
inline constexpr CallShape kShape{
    .function = F::name,
    .lower = &Frame::lower_it,
    .lift = &Frame::lift_it,
    .param_resources = F::param_resources,
    .result_resources = F::result_resources,
    .refused = kIsExpected<typename F::Result> ? &Frame::is_refused : nullptr};

class InstanceCore;
class PoolCore;

// One call under way, on the stack of the caller.
struct CallFrame {
  explicit CallFrame(const CallShape& of) : shape(of) {}

  const CallShape& shape;
  InstanceCore* core = nullptr;
  const abi::GuestHandle* self = nullptr;  // of a method: one of this instance
  std::uint64_t lift_limit = 0;
  bool lent = false;  // objects of the host's, until it ends
  abi::Fault fault{};
};

// Makes the call. Null: it went well. The caller owns the error.
[[nodiscard]] ErrorBody* make_call(InstanceCore&, std::uint32_t index, const CallOptions&,
                                   CallFrame&);
// The same in an instance of the pool's, which this call has to itself.
[[nodiscard]] ErrorBody* make_call(PoolCore&, std::uint32_t index, const CallOptions&, CallFrame&);
Error take(ErrorBody*);

// Where a call goes: to an instance, or to a pool of them.
class CallSite {
 public:
  CallSite(InstanceCore& instance) : instance_(&instance) {}  // NOLINT: one or the other
  CallSite(PoolCore& pool) : pool_(&pool) {}                  // NOLINT

  [[nodiscard]] ErrorBody* call(std::uint32_t index, const CallOptions& options,
                                CallFrame& frame) const {
    if (instance_ != nullptr) [[likely]]
      return make_call(*instance_, index, options, frame);
    return make_call(*pool_, index, options, frame);
  }

 private:
  InstanceCore* instance_ = nullptr;
  PoolCore* pool_ = nullptr;
};

// result<T, E> at the top of a function becomes an Outcome, everything else a Result.
template <class R>
struct ReturnedBy {
  using type = Result<R>;
};
template <class T, class E>
struct ReturnedBy<std::expected<T, E>> {
  using type = Outcome<T, E>;
};
template <class F>
using Returned = typename ReturnedBy<typename F::Result>::type;

// Where the lifted value goes: straight into what the caller gets.
template <class R>
R& lifted(Result<R>& result) {
  return *result;
}
template <class T, class E>
std::expected<T, E>& lifted(Outcome<T, E>& outcome) {
  return *outcome.result();
}

// Runs what the host gave to a call: no exception may unwind through the engine.
class HostCode {
 public:
  // False: it threw.
  template <class Code>
  bool run(Code&& code) {
#if defined(__cpp_exceptions)
    try {
      return code();
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
#else
    return code();
#endif
  }
  // After a call that failed: the exception goes on from here.
  void rethrow(ErrorBody* error) {
#if defined(__cpp_exceptions)
    if (!thrown_) return;
    if (error != nullptr) (void)take(error);
    std::rethrow_exception(thrown_);
#else
    (void)error;
#endif
  }

 private:
#if defined(__cpp_exceptions)
  std::exception_ptr thrown_{};
#endif
};

// `self`: where F has one, and then it is not among the arguments that are looked at.
template <class F>
[[gnu::hot]] Returned<F> call(CallSite site, std::uint32_t index, const CallOptions& options,
                              const typename F::Arguments& arguments,
                              const abi::GuestHandle* self = nullptr) {
  struct Frame : CallFrame {
    Frame(const typename F::Arguments& a, Returned<F>& r)
        : CallFrame(kShape<F, Frame>), arguments(a), result(r) {}

    [[gnu::hot]] static bool lower_it(CallFrame& base, abi::LowerContext& context,
                                      abi::Slot* slots) {
      auto& frame = static_cast<Frame&>(base);
      return frame.host.run([&] { return F::lower(context, slots, frame.arguments); });
    }
    [[gnu::hot]] static bool lift_it(CallFrame& frame, abi::LiftContext& context,
                                     const abi::Slot* slots) {
      if constexpr (std::is_void_v<typename F::Result>) {
        return true;
      } else {
        return F::lift(context, slots, lifted(static_cast<Frame&>(frame).result));
      }
    }
    static bool is_refused(const CallFrame& frame) {
      if constexpr (kIsExpected<typename F::Result>)
        return static_cast<const Frame&>(frame).result.refusal() != nullptr;
      else
        return false;
    }

    const typename F::Arguments& arguments;
    Returned<F>& result;
    HostCode host{};
  };

  Returned<F> result{};
  Frame frame(arguments, result);
  frame.self = self;
  if (ErrorBody* error = site.call(index, options, frame)) [[unlikely]] {
    frame.host.rethrow(error);
    if constexpr (std::is_same_v<Returned<F>, Result<typename F::Result>>) {
      result = std::unexpected(take(error));
    } else {
      result = take(error);
    }
  }
  return result;
}

template <class F>
using ViewOf = abi::View<typename F::Result>;
template <class T>
inline constexpr bool kIsView = std::is_same_v<T, std::string_view>;
template <class T>
inline constexpr bool kIsView<std::span<const T>> = true;
template <class T>
inline constexpr bool kIsView<ListView<T>> = true;
template <class F, class Read>
struct ViewedBy {
  static_assert(std::is_invocable_v<Read&, ViewOf<F>>,
                "a reader takes the view of the result: std::string_view for a string, and so on");
  static_assert(!kIsView<std::remove_cvref_t<std::invoke_result_t<Read&, ViewOf<F>>>>,
                "a reader returns no view: what it sees dies when it returns; copy it");
  using type = Result<std::invoke_result_t<Read&, ViewOf<F>>>;
};
template <class F, class Read>
using Viewing = typename ViewedBy<F, Read>::type;

template <class F, class Read>
Viewing<F, Read> view(CallSite site, std::uint32_t index, const CallOptions& options,
                      const typename F::Arguments& arguments, Read& read,
                      const abi::GuestHandle* self = nullptr) {
  static_assert(F::result_resources.empty(),
                "a result with handles in it is not viewed: its reader would have to own them");
  using Answer = std::invoke_result_t<Read&, ViewOf<F>>;

  struct Frame : CallFrame {
    Frame(const typename F::Arguments& a, Read& r, Result<Answer>& out)
        : CallFrame(kShape<F, Frame>), arguments(a), reader(r), result(out) {}

    static bool lower_it(CallFrame& base, abi::LowerContext& context, abi::Slot* slots) {
      auto& frame = static_cast<Frame&>(base);
      return frame.host.run([&] { return F::lower(context, slots, frame.arguments); });
    }
    static bool lift_it(CallFrame& base, abi::LiftContext& context, const abi::Slot* slots) {
      auto& frame = static_cast<Frame&>(base);
      ViewOf<F> seen{};
      if (!F::lift(context, slots, seen)) return false;
      // A reader that throws has seen what it wanted: the call goes on, so that the guest cleans
      // up.
      (void)frame.host.run([&] {
        frame.hand(std::move(seen));
        return true;
      });
      // A text that could not be decoded for the reader, for want of memory.
      return context.fault.code == abi::FaultCode::none;
    }
    static bool is_refused(const CallFrame& frame) {
      return static_cast<const Frame&>(frame).refused;
    }

    void hand(ViewOf<F> seen) {
      if constexpr (kIsExpected<typename F::Result>) refused = !seen.has_value();
      if constexpr (std::is_void_v<Answer>) {
        reader(std::move(seen));
        result = Result<void>();
      } else {
        result = reader(std::move(seen));
      }
    }

    const typename F::Arguments& arguments;
    Read& reader;
    Result<Answer>& result;
    bool refused = false;
    HostCode host{};
  };

  Result<Answer> result = std::unexpected(take(nullptr));
  Frame frame(arguments, read, result);
  frame.self = self;
  ErrorBody* error = site.call(index, options, frame);
  frame.host.rethrow(error);
  if (error != nullptr) [[unlikely]]
    result = std::unexpected(take(error));
  return result;
}

}  // namespace mortise::detail
