// Pool, behind its types: slots for instances, and the queue of those who wait for one.
//
// Invariants:
// (1) A slot is empty, idle or busy. Who made it busy owns what is in it, and nobody else looks.
// (2) There are as many slots as instances may be: the bound needs no counting.
// (3) Nobody who waits is left waiting while a slot is idle or empty: who gives one back looks for
//     waiters after it has let the slot go, and who begins to wait looks for slots after it has
//     joined the queue. Both are sequentially consistent, so one of the two sees the other.
// (4) `mutex_` is held for moves between lists alone, never while an instance is made, called or
//     destroyed, or a completion runs.
// (5) Nobody takes a slot while others wait, or once the pool is closed: who has claimed one looks
//     whether that is so, and lets it go again. Who closes it looks at the slots afterwards.
//
// The way of a call that finds its instance: one compare-and-swap on the slot that this thread had
// last, one load that is shared and hardly ever written, one store to give it back. Threads meet on
// a cache line only when there are more of them than slots.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <mortise/runtime/detail/breaker.h>
#include <mortise/runtime/detail/instance_core.h>
#include <mortise/runtime/detail/pool_handle.h>
#include <mortise/runtime/pool.h>

namespace mortise::detail {

// A cache line of its own: its neighbours belong to other threads.
class alignas(64) PoolSlot {
 public:
  enum class State : std::uint32_t { empty, idle, busy };

  // True: it was in state `from`, and is the caller's now.
  bool claim(State from) {
    State expected = from;
    return state.load() == from && state.compare_exchange_strong(expected, State::busy);
  }

  std::atomic<State> state{State::empty};
  // The rest is the owner's.
  std::uint64_t uses = 0;                     // of the instance
  std::atomic<std::uint64_t> made{0};         // instances; others may look
  std::atomic<std::uint64_t> made_pooled{0};  // in the engine's pool of memory
  Breaker::Pass pass = Breaker::Pass::usual;  // of the caller who has it
  InstanceHandle instance{};
};

class PoolCore : public std::enable_shared_from_this<PoolCore> {
 public:
  PoolCore(PluginHandle plugin, const PoolOptions& options);
  ~PoolCore();
  PoolCore(const PoolCore&) = delete;
  PoolCore& operator=(const PoolCore&) = delete;

  // Makes as many as are to be kept ready.
  Result<void> warm_up();

  // Makes one call, of the function with this number. See make_call in call.h.
  ErrorBody* call(std::uint32_t index, const CallOptions&, CallFrame&);

  struct Taken {
    PoolSlot* slot;
    bool made;  // its instance was, just now, under the options that are left
  };
  // What is waited is taken off the deadline of `left`, or of the plugin.
  Result<Taken> take(CallOptions& left);
  // `self`: the caller's handle of this pool.
  static void take_async(const PoolHandle& self, const CallOptions&,
                         std::move_only_function<void(Result<Held>)> done);
  // `good`: what it says of the plugin that the instance has not ended.
  void give_back(PoolSlot&, Breaker::Verdict good = Breaker::Verdict::good);

  bool drain(std::optional<std::chrono::milliseconds> time);
  [[nodiscard]] PoolState state() const;
  [[nodiscard]] const PluginHandle& plugin() const { return plugin_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Until = std::optional<Clock::time_point>;
  // Of one who asks now.
  struct Ends {
    Until wait;      // the earlier of the two that there are
    Until deadline;  // of all that it asks for
  };

  // One that blocks lies on the stack of its thread; one that does not belongs to the queue.
  struct Waiter {
    PoolHandle pool{};  // of one that does not: it may be all that keeps the pool
    Ends ends{};
    std::optional<Fuel> fuel{};
    std::stop_token stop{};
    PoolSlot* slot = nullptr;                            // what it was given
    std::condition_variable* wake = nullptr;             // of one that blocks
    std::move_only_function<void(Result<Held>)> then{};  // of one that does not
    std::optional<std::stop_callback<std::function<void()>>> when_stopped{};  // the same
    Breaker::Pass pass = Breaker::Pass::usual;                                // the same
  };

  // One that is idle, or else empty, without waiting. Null: all are busy, or (5).
  PoolSlot* claim();
  // One that a call can go to at once.
  PoolSlot* claim_ready();
  PoolSlot* claim_if_open(PoolSlot::State);
  PoolSlot* claim_any(PoolSlot::State);
  Result<PoolSlot*> wait(const Ends&, const std::stop_token&);
  // Sees a caller who has a slot in: the plugin may have been put into quarantine while it waited,
  // and the instance may have to be made. On an error the slot is given up, and `pass` settled.
  Result<Taken> let_in(PoolSlot&, Breaker::Pass, const CallOptions&);
  ErrorBody* call_slowly(std::uint32_t index, const CallOptions&, CallFrame&);
  // What an instance may be made under.
  [[nodiscard]] CallOptions startable(CallOptions) const;
  // Makes an instance in a slot that is ours and has none. On an error the slot is given up.
  Result<void> fill(PoolSlot&, const CallOptions&);

  // With a breaker or without.
  Result<Breaker::Pass> admit();
  void settle(Breaker::Pass, const Error&);
  void settle(PoolSlot&, Breaker::Verdict good);
  // Whether nobody else is to have what is in it.
  [[nodiscard]] bool is_spent(PoolSlot&);
  // Makes a slot that is ours anyone's.
  void release(PoolSlot&, PoolSlot::State);

  // Gives free slots to those who wait, as long as there are both.
  void serve();
  // Runs the completion of one that has left the queue, with its slot or without. The pool may be
  // gone afterwards.
  static void answer(std::unique_ptr<Waiter>);
  // Joins the queue. An Error: it cannot wait.
  std::optional<Error> enqueue(std::unique_ptr<Waiter>&);
  bool start_watching();
  void watch_deadlines();
  // Takes one out of the queue, which has an end before its turn. False: it had its turn.
  bool leave(Waiter&);
  static void answer_stopped(Waiter&);

  [[nodiscard]] Ends ends(const CallOptions&) const;
  // What one who has waited may still use.
  static void shorten(CallOptions&, const Ends&);
  Error overloaded();
  Error cancelled() const;
  Error closed();

  const PluginHandle plugin_;
  const PoolOptions options_;
  // Null: instances have memory of their own.
  const mortise_component_t* const pooled_;
  const std::unique_ptr<Breaker> breaker_;  // null: without
  std::vector<PoolSlot> slots_;

  // How many wait; and kClosed, when nobody new is served. Read by every call.
  static constexpr std::uint32_t kClosed = std::uint32_t{1} << 31;
  alignas(64) std::atomic<std::uint32_t> waiting_{0};

  alignas(64) mutable std::mutex mutex_;
  std::deque<Waiter*> queue_{};
  std::condition_variable idle_{};       // told when a slot is let go, of a pool that is drained
  std::condition_variable deadlines_{};  // told of a new deadline
  std::thread watcher_{};
  bool ends_ = false;

  std::atomic<std::uint32_t> live_{0};  // counted where some are kept ready
  std::atomic<std::uint64_t> faulted_{0};
  std::atomic<std::uint64_t> retired_{0};
  std::atomic<std::uint64_t> waited_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> quarantined_{0};
};

}  // namespace mortise::detail
