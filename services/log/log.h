// wasi:logging for plugins, into a logger of spdlog.
//
//   mortise::services::Log log({.logger = spdlog::default_logger()});
//   auto plugin = mortise::Plugin<PluginWorld>::load(
//       engine, "pricing.wasm", {}, {.services = {log.for_plugin("pricing", {})}});
//
// A message becomes one line, whatever is in it:
//
//   plugin="pricing" context="discount" message="3 of 10 \"gold\" rules"
//
// The interfaces: wasi:logging/logging@0.1.0-draft, and the same without a version.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <mortise/runtime/limits.h>
#include <mortise/runtime/service.h>
#include <mortise/services/denial.h>

namespace spdlog {
class logger;
}

namespace mortise::services {

enum class LogLevel : std::uint8_t { trace, debug, info, warn, error, critical };

struct LogOptions {
  // Where lines go. A level that it does not log costs no more than one that the grant leaves out.
  std::shared_ptr<spdlog::logger> logger;
  OnDenied on_denied{};
};

// What one plugin may log. Beyond the rates messages are dropped; the next line of the plugin's
// says how many. A plugin that was still may use the rates of a whole second at once.
struct LogGrant {
  // Below it a message is not even read.
  LogLevel level = LogLevel::info;
  std::uint32_t messages_per_second = 100;
  Bytes bytes_per_second = KiB(64);
  // Longer ones are cut, and the line says by how much.
  Bytes message = KiB(8);
  Bytes context = {200};
};

// One for the process. Safe on any number of threads; copies are the same one.
class Log {
 public:
  explicit Log(LogOptions);

  // `plugin` is what lines call it. All plugins of one Service share its rates.
  [[nodiscard]] Service for_plugin(std::string plugin, const LogGrant& grant) const;

  // Messages that were dropped, of all plugins.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct State;
  class Sink;
  template <class Wit>
  class Interface;
  struct World;

  std::shared_ptr<State> state_;
};

}  // namespace mortise::services
