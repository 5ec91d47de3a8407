// From a policy to what plugins are loaded with.
//
//   const mortise::Engine engine;
//   auto policy = mortise::Policy::read("policy.toml");
//   auto granter = mortise::Granter::make(engine, *std::move(policy));
//
//   auto plugin = mortise::Plugin<PluginWorld>::load(engine, "pricing.wasm", {},
//                                                    *granter->options_for("pricing"));
//
// An import that the policy does not grant is an error of load's, which names it and the line that
// would grant it. What a plugin is refused later is its contract's error, is counted, and goes to
// the audit log.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <mortise/policy/policy.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/plugin.h>
#include <mortise/runtime/result.h>
#include <mortise/services/denial.h>

namespace spdlog {
class logger;
}

namespace mortise {

struct GranterOptions {
  // Where the lines of plugins go, in place of the policy's [log].
  std::shared_ptr<spdlog::logger> logger{};
  // Told of each denial, besides the audit log: see denial.h.
  services::OnDenied on_denied{};
};

// One for the process: it holds what plugins share, the file of their keys and the logs. Safe on
// any number of threads; copies are the same one.
class Granter {
 public:
  // Opens what the policy names; the engine outlives all that is loaded. Errors: io; misuse, for
  // grants of a log that nobody has said where it is, or a lock file with errors.
  [[nodiscard]] static Result<Granter> make(const Engine& engine, Policy policy,
                                            GranterOptions options = {});

  // For loading the plugin of that name, as often as it is: all that is loaded with it shares the
  // plugin's rates and quotas. What the host adds to it, such as a Compile of its own or
  // Wasi::output, is the host's.
  // Errors: denied, for a plugin that the policy refuses, or that has grants which were not
  // approved; misuse, for what is no name (is_plugin_name); io, for a database that cannot be
  // opened.
  [[nodiscard]] Result<PluginOptions> options_for(std::string_view plugin) const;

  // How often the plugin, its children among it, was refused something; and all of them.
  [[nodiscard]] std::uint64_t denied(std::string_view plugin) const;
  [[nodiscard]] std::uint64_t denied() const;
  // Denials that are missing in the audit log: too many at once, or no room.
  [[nodiscard]] std::uint64_t unaudited() const;

  [[nodiscard]] const Policy& policy() const;

 private:
  struct State;
  explicit Granter(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace mortise
