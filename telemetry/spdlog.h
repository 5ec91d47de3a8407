// A log of what goes wrong with plugins, by spdlog. The target is mortise::spdlog.
//
//   auto log = std::make_shared<mortise::SpdlogObserver>(spdlog::default_logger());
//   auto plugin = mortise::Plugin<PluginWorld>::load(
//       engine, "processor.wasm", {}, {.observer = log});
//
// Each line is a list of key=value, as logfmt has it, and says one thing that happened:
//
//   event=call plugin=processor.wasm interface=techbytes:plugins/processor function=process-data
//     kind=guest_trap ms=0.124 queued_ms=0 trace=4bf92f35.. message="processor.wasm: .."
//
// There are lines of calls that failed, leases that were not given, instances that were not made or
// were ended by a call, loads, and changes of breakers; what goes well is not worth a line, but for
// a load. The level is that of whose fault it is: `warn`, the plugin's, or the load of the host;
// `error`, the host's own, or Mortise's.
//
// A plugin gets no more lines in a second than SpdlogOptions::lines: the first line after says how
// many were left out (left_out=17). Text of strangers is escaped: a line stays one line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include <mortise/runtime/observer.h>
#include <spdlog/logger.h>

namespace mortise {

struct SpdlogOptions {
  // In a second, of one plugin; and of all loads that fail together, since those are of no plugin
  // yet.
  std::uint32_t lines = 10;
  // Whose time that is; none: the steady clock's. For tests of hosts.
  std::function<std::chrono::steady_clock::time_point()> now{};
};

// Safe on any thread, as far as the logger is: take one whose name ends in _mt.
class SpdlogObserver final : public Observer {
 public:
  explicit SpdlogObserver(std::shared_ptr<::spdlog::logger> logger, SpdlogOptions options = {});
  ~SpdlogObserver() override;

  std::shared_ptr<void> loaded(const LoadReport&) noexcept override;
  void called(const CallReport&) noexcept override;
  void taken(const TakeReport&) noexcept override;
  void instance(const InstanceReport&) noexcept override;
  void breaker(const BreakerReport&) noexcept override;

 private:
  class Tap;
  class Line;

  template <class Build>
  void write(void* tap, int level, Build build) const noexcept;

  std::shared_ptr<::spdlog::logger> logger_;
  SpdlogOptions options_;
  std::shared_ptr<Tap> of_loads_;
};

}  // namespace mortise
