// Watches plugins: every call, lease, instance, load and change of quarantine, for metrics and
// logs.
//
//   class Counting : public mortise::Observer {
//     void called(const mortise::CallReport& call) noexcept override { .. }
//   };
//   auto counting = std::make_shared<Counting>();
//   auto plugin = mortise::Plugin<PluginWorld>::load(
//       engine, "processor.wasm", {}, {.observer = counting});
//
// One object may watch any number of plugins. Its functions run on the threads that use the
// plugins, in the middle of that, so on several at once: they should be quick, and must not throw,
// nor use the plugin that they are told of. What they are given is good until they return, but for
// an ObservedPlugin and the names in it, which live as long as the plugin and its instances.
//
// A plugin without an observer pays for it with a test of a pointer, and no clock is read.
// <mortise/telemetry/prometheus.h> and <mortise/telemetry/spdlog.h> have observers that are made.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/runtime/error.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/trace.h>

namespace mortise {

// A function that a plugin exports.
struct ObservedFunction {
  std::string_view interface{};  // "techbytes:plugins/processor"; empty: the world's own
  std::string_view name{};       // "process-data"
  std::uint32_t number = 0;      // its place in ObservedPlugin::functions
};

struct ObservedPlugin {
  std::string_view name;
  std::span<const ObservedFunction> functions{};
  // A stranger chose the names of the functions, and how many there are: it is a DynamicPlugin.
  bool names_are_foreign = false;
  // What Observer::loaded returned, to be found here without a search. The plugin keeps it alive.
  void* context = nullptr;
};

// One call of an exported function, whatever way it ended: each is reported once. Those that were
// refused before they reached a plugin, by way of an empty handle, are calls of no plugin.
struct CallReport {
  const ObservedPlugin& plugin;
  const ObservedFunction& function;
  const Error* error = nullptr;  // null: the plugin answered
  bool refused = false;          // ..with the error of its own contract
  // From asking to the answer; and of that, until the call entered an instance: waiting for one,
  // and making one.
  std::chrono::nanoseconds duration{};
  std::chrono::nanoseconds queued{};
  Fuel fuel{};     // none, where the plugin was loaded without a limit on fuel
  Bytes memory{};  // of the instance, after it; none, where it had no instance
  const TraceContext* trace = nullptr;
};

// One Pool::take or take_async, whatever way it ended: each is reported once, before the caller has
// the answer. What is then called by way of the lease is reported as any call is.
struct TakeReport {
  const ObservedPlugin& plugin;
  const Error* error = nullptr;  // null: the caller has a lease
  // From asking to the answer: waiting for an instance, and making one.
  std::chrono::nanoseconds duration{};
  // Of take_async without its tracestate, which need not last as long as the wait.
  const TraceContext* trace = nullptr;
};

struct InstanceReport {
  enum class Event : std::uint8_t {
    made,
    not_made,  // `error` says why
    // The ends of one that was made:
    faulted,   // a call that failed ended it
    retired,   // its pool put another in its place: see PoolOptions
    released,  // nobody needs it any more
  };

  const ObservedPlugin& plugin;
  Event event;
  const Error* error = nullptr;
  std::chrono::nanoseconds duration{};  // of making it
  Bytes memory{};                       // when it was made, or ended
};

// A plugin that was loaded, or was not: `error` says why, and a plugin that asks for what it was
// not granted fails with `denied`. The functions of one that was not loaded are not known.
struct LoadReport {
  const ObservedPlugin& plugin;
  const Error* error = nullptr;
  std::chrono::nanoseconds duration{};
  bool from_cache = false;  // it was compiled by an earlier load
};

// A change of the breaker of a pool: see BreakerOptions. It is reported after it was made, so two
// that follow each other at once may be reported in any order.
struct BreakerReport {
  enum class State : std::uint8_t {
    closed,  // calls go through
    open,    // they are refused (quarantined), until `back_off` is over
    trial,   // one goes through, and decides
  };

  const ObservedPlugin& plugin;
  State state;
  std::uint32_t faults = 0;              // that opened it
  std::chrono::milliseconds back_off{};  // of one that is open
  std::string_view last_fault{};         // its message
};

class Observer {
 public:
  Observer() = default;
  virtual ~Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  // What it returns becomes ObservedPlugin::context. It is called once for each load, before
  // anything else of that plugin is reported.
  virtual std::shared_ptr<void> loaded(const LoadReport&) noexcept { return nullptr; }
  virtual void called(const CallReport&) noexcept {}
  virtual void taken(const TakeReport&) noexcept {}
  virtual void instance(const InstanceReport&) noexcept {}
  virtual void breaker(const BreakerReport&) noexcept {}
};

namespace detail {
std::shared_ptr<Observer> observe_all(std::vector<std::shared_ptr<Observer>> all);
}

// All of these as one, for a plugin that several watch: `observers(metrics, log)`. Each is told in
// this order.
template <class... Observers>
std::shared_ptr<Observer> observers(std::shared_ptr<Observers>... all) {
  return detail::observe_all({std::move(all)...});
}

// "made", "open" and so on: for logs and metrics.
std::string_view to_string(InstanceReport::Event);
std::string_view to_string(BreakerReport::State);

}  // namespace mortise
