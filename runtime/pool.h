// A pool of instances of one plugin, for calls from many threads.
//
//   auto pool = Pool<PluginWorld>::create(plugin, {.isolation = Isolation::reuse});
//   pool->processor().process_data(input, meta);   // an instance for one call
//   auto lease = pool->take();                     // or for as long as it is held
//   lease->processor().process_data(input, meta);
//
// Threads: every method of a Pool is safe on any thread at any time; a Lease belongs to one thread
// at a time, as an instance does. Everything that a pool does is done on the threads that use it:
// instances are made on the thread that needs one, destroyed on the one that gives it back, and a
// completion of take_async runs on the caller's thread, on the one that gave the instance back, or,
// past its deadline, on a thread of the pool's own, the only one it has, started with the first
// such wait; where its wait is cancelled, on the thread that asks for that. No lock is held while
// code of a plugin or of the host runs.
//
// Waiting is fair: who asked first is served first, and nobody overtakes those who wait. One who
// waits longer than its deadline gets an Error of kind overloaded. The deadline of a call counts
// from asking: what was waited, and what making an instance took, is taken off it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include <mortise/runtime/breaker.h>
#include <mortise/runtime/call_options.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/pool_handle.h>
#include <mortise/runtime/plugin.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/world.h>

namespace mortise {

template <class W>
class Registry;

// What one caller may find of another one's in the memory of a plugin.
enum class Isolation : std::uint8_t {
  // Nothing: each call, or lease, has an instance that nobody had before or has after it. Costs
  // making one.
  fresh,
  // Whatever the plugin kept: an instance serves one caller after another, until it fails or is
  // retired. The fastest by far; for plugins that every caller may trust with its data.
  reuse,
  // Nothing, and calls go through leases alone: for callers that hold an instance for a while, as
  // in a connection. A call through the pool itself is refused (misuse).
  session,
};

struct PoolOptions {
  Isolation isolation;  // chosen by whoever makes the pool: there is no default that suits all
  // Instances at once, in calls, held or idle: what the pool may take is this many times
  // Limits::memory.
  std::uint32_t max = std::thread::hardware_concurrency();
  // Instances that are kept ready, of `reuse`: made when the pool is, and again when one is lost.
  std::uint32_t min = 0;
  // When an instance of `reuse` is replaced by a new one: after so many leases or calls through the
  // pool; when it has more memory in use than this.
  std::optional<std::uint64_t> retire_after = std::nullopt;
  std::optional<Bytes> retire_above = std::nullopt;
  // The longest that one who has a later deadline, or none, waits for an instance.
  std::optional<std::chrono::milliseconds> wait = std::nullopt;
  // Refuses calls of a plugin that fails too often (quarantined). Nothing: whoever asks is served.
  std::optional<BreakerOptions> breaker = std::nullopt;
};

// A moment of a pool, for operators. Each number is exact; together they are of about one moment.
struct PoolState {
  std::uint32_t idle = 0;
  std::uint32_t busy = 0;     // in calls or held
  std::uint32_t waiting = 0;  // callers
  // Since the pool was made:
  std::uint64_t made = 0;     // instances
  std::uint64_t pooled = 0;   // of them: with memory from the engine's pool, of fresh and session
  std::uint64_t faulted = 0;  // of them: ended by a call that failed
  std::uint64_t retired = 0;  // of them: replaced, by the options above or for a kept handle
  std::uint64_t waited = 0;   // callers that had to
  std::uint64_t refused = 0;  // callers that were told overloaded
  std::uint64_t quarantined = 0;  // callers that were told quarantined
};

// An instance that is held: its accessors are those of Instance<W>. Given back when it is
// destroyed. A call that fails ends the instance, as for an Instance; the pool replaces it.
// Resources of the plugin's whose handles are kept longer than the lease are gone with the
// instance, which is retired for it. Keeps the pool's instances alive, but not the Pool. One that
// was moved from is fit to be destroyed or assigned to alone.
template <class W>
class Lease : public W::template Accessors<Lease<W>> {
 public:
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&&) noexcept = default;

  Lease* operator->() { return this; }

  // For the accessors of bindings.
  template <class Interface>
  [[nodiscard]] CallTarget<Interface> target(const CallOptions& options) {
    return {held_.core(), W::Exports::template first<Interface>(), options};
  }

  // As those of Instance<W>.
  [[nodiscard]] Bytes memory() const { return detail::memory_of(held_.core()); }
  [[nodiscard]] Fuel fuel_used() const { return detail::fuel_used_by(held_.core()); }

 private:
  template <class>
  friend class Pool;
  explicit Lease(detail::Held held) : held_(std::move(held)) {}

  detail::Held held_;
};

// Copies are the same pool. One that was moved from is fit to be destroyed or assigned to alone.
template <class W>
class Pool : public W::template Accessors<Pool<W>> {
 public:
  // Keeps the plugin alive. Makes `min` instances. Errors: those of Plugin::instantiate; misuse,
  // for options that make no sense.
  [[nodiscard]] static Result<Pool> create(const Plugin<W>& plugin, const PoolOptions& options) {
    Result<detail::PoolHandle> core = detail::make_pool(plugin.core_, options);
    if (!core) return std::unexpected(std::move(core).error());
    return Pool(*std::move(core));
  }

  // An instance, as soon as there is one. `options.deadline` is the longest to wait, in place of
  // the plugin's, and bounds the making of an instance, where the plugin can have a deadline.
  // Errors: overloaded; quarantined; those of Plugin::instantiate.
  [[nodiscard]] Result<Lease<W>> take(const CallOptions& options = {}) {
    Result<detail::Held> held = detail::take(core_, options);
    if (!held) return std::unexpected(std::move(held).error());
    return Lease<W>(*std::move(held));
  }

  // The same without blocking: `done` gets it, exactly once, on a thread that the top of this
  // header names, and must not throw. It may call the plugin there; others wait for what it gives
  // back. Of the options it keeps the deadline, the fuel and the stop. Errors: also io, where it
  // would have to wait until a deadline and the system starts no thread for that.
  void take_async(const CallOptions& options,
                  std::move_only_function<void(Result<Lease<W>>)> done) {
    detail::take_async(core_, options, [done = std::move(done)](Result<detail::Held> held) mutable {
      if (held)
        done(Lease<W>(*std::move(held)));
      else
        done(std::unexpected(std::move(held).error()));
    });
  }

  // For the accessors of bindings: pool.processor().
  template <class Interface>
  [[nodiscard]] CallTarget<Interface> target(const CallOptions& options) {
    return {*core_, W::Exports::template first<Interface>(), options};
  }

  // Serves those who wait already and refuses all others (overloaded); comes back when no instance
  // is busy any more, or the time is up: then it is false, and they go on. Nothing is lost either
  // way. Without a time it waits for as long as it takes.
  bool drain(std::optional<std::chrono::milliseconds> time = std::nullopt) {
    return detail::drain(*core_, time);
  }

  [[nodiscard]] PoolState state() const { return detail::state_of(*core_); }

 private:
  friend class Registry<W>;
  explicit Pool(detail::PoolHandle core) : core_(std::move(core)) {}

  detail::PoolHandle core_;
};

}  // namespace mortise
