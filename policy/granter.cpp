#include <mortise/policy/granter.h>

#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <mortise/contract/text.h>
#include <mortise/policy/audit_log.h>
#include <mortise/policy/detail/document.h>
#include <mortise/policy/lock.h>
#include <mortise/policy/words.h>
#include <mortise/services/config/config.h>

namespace mortise {

namespace {

using Kind = Error::Kind;

// Who is told of denials: outlives the granter, as long as a plugin does.
class Watch {
 public:
  Watch(std::optional<AuditLog> audit, services::OnDenied tell)
      : audit_(std::move(audit)), tell_(std::move(tell)) {}

  void denied(const services::Denial& denial) {
    // Of "pipeline/tax" it is "pipeline".
    const std::string_view plugin = denial.plugin.substr(0, denial.plugin.find('/'));
    {
      const std::scoped_lock lock(mutex_);
      auto found = counts_.find(plugin);
      if (found == counts_.end()) found = counts_.try_emplace(std::string(plugin), 0).first;
      ++found->second;
      ++all_;
    }
    if (audit_) audit_->write(plugin, denial);
    if (tell_) tell_(denial);
  }

  [[nodiscard]] std::uint64_t count(std::string_view plugin) const {
    const std::scoped_lock lock(mutex_);
    const auto found = counts_.find(plugin);
    return found == counts_.end() ? 0 : found->second;
  }
  [[nodiscard]] std::uint64_t count() const {
    const std::scoped_lock lock(mutex_);
    return all_;
  }
  [[nodiscard]] std::uint64_t dropped() const { return audit_ ? audit_->dropped() : 0; }

 private:
  std::optional<AuditLog> audit_;
  services::OnDenied tell_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t all_ = 0;
};

services::OnDenied tells(std::shared_ptr<Watch> watch) {
  return [watch = std::move(watch)](const services::Denial& denial) { watch->denied(denial); };
}

using Logger = std::shared_ptr<spdlog::logger>;

// The lines that a plugin prints are one line of the log each.
WasiOutput printing(Logger logger, std::string plugin) {
  return [logger = std::move(logger), plugin = std::move(plugin)](const WasiLine& line) {
    const bool is_notice = line.stream == WasiLine::Stream::notice;
    const std::string_view stream = line.stream == WasiLine::Stream::err ? "err" : "out";
    logger->log(is_notice ? spdlog::level::warn : spdlog::level::info,
                spdlog::string_view_t(concat("plugin=", policy::quoted(plugin), " stream=", stream,
                                             " message=", policy::quoted(line.text))));
  };
}

Result<Logger> open_log(const LogFile& file) {
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.file, file.size.count,
                                                                       file.files);
    auto logger = std::make_shared<spdlog::logger>("plugins", std::move(sink));
    // What plugins may log is their grants'; and what was logged is there when the process is not.
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    return logger;
  } catch (const std::exception& error) {
    return std::unexpected(Error(Kind::io, concat(escape(file.file, 500), " cannot be logged to: ",
                                                  escape(error.what(), 500))));
  }
}

bool logs(const PluginPolicy& plugin) { return plugin.log || plugin.printed == Printed::logged; }

}  // namespace

struct Granter::State {
  using Options = std::map<std::string, PluginOptions, std::less<>>;

  State(const Engine& on, Policy of) : engine(on), policy(std::move(of)) {}

  // Of make().
  Result<void> open(GranterOptions);
  Result<void> open_services(const GranterOptions&);

  // Of options_for().
  Result<PluginOptions> make(const std::string& plugin, const PluginPolicy&) const;
  Result<void> check_approved(std::string_view plugin, const PluginPolicy&) const;
  Result<std::map<std::string, Service, std::less<>>> services_of(const std::string& plugin,
                                                                  const PluginPolicy&) const;
  [[nodiscard]] services::PluginsGrant children_of(
      const std::string& plugin, const PluginPolicy&,
      const std::map<std::string, Service, std::less<>>& services) const;
  [[nodiscard]] Gate gate_of(const std::string& plugin) const;

  const Engine& engine;
  const Policy policy;
  std::shared_ptr<const Lock> lock{};
  std::shared_ptr<Watch> watch{};
  Logger logger{};
  std::optional<services::Log> log{};
  std::optional<services::Keyvalue> keyvalue{};
  std::optional<services::Sql> sql{};

  std::mutex mutex;
  Options made;
};

Result<void> Granter::State::open(GranterOptions options) {
  if (policy.locked) {
    Result<Lock> read = Lock::read(policy.lock);
    if (!read) return std::unexpected(std::move(read).error());
    lock = std::make_shared<const Lock>(*std::move(read));
  }
  std::optional<AuditLog> audit;
  if (policy.audit) {
    Result<AuditLog> opened = AuditLog::open(*policy.audit);
    if (!opened) return std::unexpected(std::move(opened).error());
    audit = *std::move(opened);
  }
  watch = std::make_shared<Watch>(std::move(audit), options.on_denied);
  return open_services(options);
}

Result<void> Granter::State::open_services(const GranterOptions& options) {
  logger = options.logger;
  if (!logger && policy.log) {
    Result<Logger> opened = open_log(*policy.log);
    if (!opened) return std::unexpected(std::move(opened).error());
    logger = *std::move(opened);
  }
  bool is_logged = logs(policy.defaults) && policy.unnamed == Policy::Unnamed::defaults;
  for (const auto& [name, plugin] : policy.plugins) is_logged = is_logged || logs(plugin);
  if (is_logged && !logger)
    return std::unexpected(
        Error(Kind::misuse, concat(policy.name,
                                   " grants a log, and nobody says where it is: add `[log]` "
                                   "with a `file`, or GranterOptions::logger")));
  if (logger) log.emplace(services::LogOptions{.logger = logger, .on_denied = tells(watch)});
  if (policy.keyvalue) {
    services::KeyvalueOptions keys = *policy.keyvalue;
    keys.on_denied = tells(watch);
    Result<services::Keyvalue> opened = services::Keyvalue::open(std::move(keys));
    if (!opened) return std::unexpected(std::move(opened).error());
    keyvalue = *std::move(opened);
  }
  sql.emplace(services::SqlOptions{.on_denied = tells(watch)});
  return {};
}

// ---- One plugin --------------------------------------------------------------------------------

Result<void> Granter::State::check_approved(std::string_view plugin,
                                            const PluginPolicy& granted) const {
  if (!policy.locked) return {};
  const std::string lock_file = escape(policy.lock, 500);
  const auto found = lock->plugins.find(plugin);
  if (found == lock->plugins.end())
    return std::unexpected(
        Error(Kind::denied, concat(plugin, " is not in ", lock_file,
                                   ": look at it with `mortise audit`, and --approve it")));
  std::string text;
  for (const std::string& line : beyond(found->second.grants, grant_lines(policy, granted)))
    text += concat("\n  ", line);
  if (text.empty()) return {};
  return std::unexpected(Error(
      Kind::denied, concat(policy.name, " grants ", plugin, " what was not approved in ", lock_file,
                           text, "\n  Look at it with `mortise audit`, and --approve it.")));
}

Gate Granter::State::gate_of(const std::string& plugin) const {
  Gate gate;
  // Copies, and no pointers to this: the options may outlive it.
  const Policy names{.name = policy.name};
  gate.how_to_grant = [names, plugin](std::string_view interface) {
    return how_to_grant(names, plugin, interface);
  };
  if (!policy.locked) return gate;
  gate.admit = [lock = lock, watch = watch, plugin, file = escape(policy.lock, 500)](
                   std::string_view name, std::span<const std::uint8_t> component) -> Result<void> {
    const Approved& approved = lock->plugins.find(plugin)->second;
    if (component_hash(component) == approved.component) return {};
    const std::string what =
        concat(name, " is not the component that was approved as ", plugin, " in ", file);
    watch->denied({.plugin = plugin, .service = "load", .what = what});
    return std::unexpected(
        Error(Kind::denied, concat(what, ": look at it with `mortise audit`, and --approve it")));
  };
  return gate;
}

services::PluginsGrant Granter::State::children_of(
    const std::string& plugin, const PluginPolicy& granted,
    const std::map<std::string, Service, std::less<>>& services) const {
  const ChildrenPolicy& children = *granted.plugins;
  services::PluginsGrant grant = children.grant;
  grant.wasi = at_most(grant.wasi, granted.wasi);
  for (const std::string& name : children.services)
    if (const auto found = services.find(name); found != services.end())
      grant.services.insert(*found);
  grant.on_denied = tells(watch);
  if (children.printed == Printed::logged && granted.printed == Printed::logged)
    grant.wasi.output = printing(logger, plugin);
  if (!policy.locked) return grant;
  grant.admit = [lock = lock, plugin, file = escape(policy.lock, 500)](
                    std::string_view name,
                    std::span<const std::uint8_t> component) -> Result<void> {
    const Approved& approved = lock->plugins.find(plugin)->second;
    const auto found = approved.children.find(name);
    if (found != approved.children.end() && found->second == component_hash(component)) return {};
    Error error(Kind::denied, concat(plugin, "/", name, " is not the component that was approved"));
    error.note(concat("in ", file, ": look at it with `mortise audit`, and --approve it"));
    return std::unexpected(std::move(error));
  };
  return grant;
}

Result<std::map<std::string, Service, std::less<>>> Granter::State::services_of(
    const std::string& plugin, const PluginPolicy& granted) const {
  std::map<std::string, Service, std::less<>> out;
  if (granted.log) out.emplace("log", log->for_plugin(plugin, *granted.log));
  if (granted.config) out.emplace("config", services::config(*granted.config));
  if (granted.keyvalue) out.emplace("keyvalue", keyvalue->for_plugin(plugin, *granted.keyvalue));
  if (granted.sql) {
    Result<Service> databases = sql->for_plugin(plugin, *granted.sql);
    if (!databases) return std::unexpected(std::move(databases).error());
    out.emplace("sql", *std::move(databases));
  }
  if (granted.plugins)
    out.emplace("plugins", services::plugins(engine, plugin, children_of(plugin, granted, out)));
  return out;
}

Result<PluginOptions> Granter::State::make(const std::string& plugin,
                                           const PluginPolicy& granted) const {
  if (Result<void> approved = check_approved(plugin, granted); !approved)
    return std::unexpected(std::move(approved).error());
  if (granted.keyvalue && !keyvalue)
    return std::unexpected(
        Error(Kind::misuse, concat(policy.name, " grants ", plugin,
                                   " keyvalue, and does not say where keys are kept: add "
                                   "`[keyvalue]` with a `file`")));
  auto services = services_of(plugin, granted);
  if (!services) return std::unexpected(std::move(services).error());
  PluginOptions options{.limits = granted.limits,
                        .compile_limits = granted.compile,
                        .wasi = granted.wasi,
                        .gate = gate_of(plugin)};
  for (const auto& [name, service] : *services) options.services.push_back(service);
  if (granted.printed == Printed::logged) options.wasi.output = printing(logger, plugin);
  return options;
}

// ---- The granter -------------------------------------------------------------------------------

Granter::Granter(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<Granter> Granter::make(const Engine& engine, Policy policy, GranterOptions options) {
  auto state = std::make_shared<State>(engine, std::move(policy));
  if (Result<void> opened = state->open(std::move(options)); !opened)
    return std::unexpected(std::move(opened).error());
  return Granter(std::move(state));
}

Result<PluginOptions> Granter::options_for(std::string_view plugin) const {
  State& state = *state_;
  if (!is_plugin_name(plugin))
    return std::unexpected(
        Error(Kind::misuse, concat("`", escape(plugin, 100),
                                   "` is no name that a policy knows plugins by: letters, digits, "
                                   "`-`, `_` and `.`, at most 100 of them")));
  const PluginPolicy* granted = state.policy.find(plugin);
  if (granted == nullptr)
    return std::unexpected(Error(Kind::denied, concat(state.policy.name,
                                                      " refuses plugins that it does not name: add "
                                                      "`[plugins.",
                                                      plugin, "]`")));
  const std::scoped_lock lock(state.mutex);
  const auto found = state.made.find(plugin);
  if (found != state.made.end()) return found->second;
  std::string name(plugin);
  Result<PluginOptions> made = state.make(name, *granted);
  if (made) state.made.emplace(std::move(name), *made);
  return made;
}

std::uint64_t Granter::denied(std::string_view plugin) const {
  return state_->watch->count(plugin);
}
std::uint64_t Granter::denied() const { return state_->watch->count(); }
std::uint64_t Granter::unaudited() const { return state_->watch->dropped(); }
const Policy& Granter::policy() const { return state_->policy; }

}  // namespace mortise
