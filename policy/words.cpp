#include <mortise/policy/words.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/policy/amount.h>

namespace mortise {

namespace {

using services::Access;
using services::SqlStatement;

// "`a`", of what may be anything; no other name reads like it, so it is not cut either.
std::string named(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '`' || c == '\\') out += '\\';
    out += c;
  }
  return concat('`', escape(out, std::string::npos), '`');
}

// "`a`, `b` and `c`"
template <class Names>
std::string listed(const Names& names) {
  std::string out;
  std::size_t i = 0;
  for (const auto& name : names) {
    out += i == 0 ? "" : i + 1 == names.size() ? " and " : ", ";
    out += named(name);
    ++i;
  }
  return out;
}

std::string_view plural(std::size_t count) { return count == 1 ? "" : "s"; }

std::string_view access(Access access) {
  return access == Access::read_only ? "read" : "read and write";
}

// As the policy names it.
std::string file_of(const Policy& policy, const std::string& file) {
  constexpr std::size_t kShown = 500;
  const std::filesystem::path path(file);
  if (policy.folder.empty()) return escape(file, kShown);
  const std::filesystem::path within = path.lexically_relative(policy.folder);
  return escape(within.empty() || within.native().starts_with("..") ? file : within.string(),
                kShown);
}

std::string_view level(services::LogLevel level) {
  constexpr std::array<std::string_view, 6> kNames{"trace", "debug", "info",
                                                   "warn",  "error", "critical"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string_view statement(SqlStatement statement) {
  constexpr std::array<std::string_view, 5> kNames{"select", "insert", "update", "delete",
                                                   "create"};
  return kNames[static_cast<std::size_t>(statement)];
}

using Grants = std::vector<Granted>;

void add_wasi(Grants& out, std::string_view of, const Wasi& wasi, Printed printed) {
  const std::string grant(of);
  if (wasi.access == Wasi::Access::none) return;
  if (wasi.clock.kind() == WasiClock::Kind::real)
    out.push_back({.grant = grant, .what = "see the real time, to the nanosecond"});
  if (printed == Printed::logged)
    out.push_back({.grant = grant,
                   .what = concat("print into the log, ", wasi.lines, " lines a call of ",
                                  bytes_text(wasi.line.count))});
}

void add_log(Grants& out, const services::LogGrant& log) {
  out.push_back(
      {.grant = "log",
       .what = concat("log from `", level(log.level), "` on, ", log.messages_per_second,
                      " messages and ", bytes_text(log.bytes_per_second.count), " a second")});
  out.push_back({.grant = "log",
                 .what = concat("log messages of ", bytes_text(log.message.count),
                                ", in contexts of ", bytes_text(log.context.count))});
}

void add_keyvalue(Grants& out, const services::KeyvalueGrant& grant) {
  out.push_back({.grant = "keyvalue",
                 .what = concat(access(grant.access), " keys in the bucket",
                                plural(grant.buckets.size()), " ", listed(grant.buckets), ", ",
                                grant.keys, " keys and ", bytes_text(grant.bytes.count))});
  out.push_back({.grant = "keyvalue",
                 .what = concat("use keys of ", bytes_text(grant.key.count), ", values of ",
                                bytes_text(grant.value.count), ", batches of ", grant.batch,
                                " and answers of ", bytes_text(grant.answer.count))});
}

void add_database(Grants& out, const Policy& policy, const services::SqlGrant& sql) {
  const std::string grant = concat("sql ", escape(sql.name, std::string::npos));
  const auto add = [&](std::string what) { out.push_back({.grant = grant, .what = what}); };
  std::vector<std::string_view> statements;
  for (const SqlStatement one : sql.statements)
    if (one == SqlStatement::select || sql.access == Access::read_write)
      statements.push_back(statement(one));
  add(concat(access(sql.access), " the database ", file_of(policy, sql.file), ", with ",
             listed(statements)));
  if (!sql.tables) add("reach all of its tables");
  if (sql.tables && sql.tables->empty()) add("reach none of its tables");
  if (sql.tables) {
    for (const services::SqlTable& table : *sql.tables) {
      const bool writes = table.access == Access::read_write && sql.access == Access::read_write;
      const std::string name = concat("the table ", named(table.name));
      const std::string_view may = writes ? "read and write " : "read ";
      add(table.columns.empty() ? concat(may, name)
                                : concat(may, "the column", plural(table.columns.size()), " ",
                                         listed(table.columns), " of ", name));
    }
  }
  if (!sql.functions.empty())
    add(concat("call the function", plural(sql.functions.size()), " ", listed(sql.functions)));
  add(concat("run statements of ", bytes_text(sql.statement.count), " and ", time_text(sql.time),
             ", with values of ", bytes_text(sql.value.count), " and answers of ", sql.rows,
             " rows and ", bytes_text(sql.answer.count)));
  add(concat("have ", sql.connections, " connection", plural(sql.connections), ", transactions of ",
             time_text(sql.transaction), " and a file of ", bytes_text(sql.size.count)));
}

// "deadline 100 ms", "memory 64 MiB" and so on.
std::vector<std::string> words_of(const Limits& limits) {
  std::vector<std::string> out;
  out.push_back(limits.deadline ? concat("deadline ", time_text(*limits.deadline))
                                : std::string("no deadline"));
  out.push_back(limits.fuel ? concat("fuel ", limits.fuel->units)
                            : std::string("no bound on fuel"));
  out.push_back(concat("memory ", bytes_text(limits.memory.count)));
  out.push_back(concat("results of ", bytes_text(limits.lift.count)));
  return out;
}

std::string words_of(const CompileLimits& limits) {
  return concat("components of ", bytes_text(limits.component.count), ", code of ",
                bytes_text(limits.code.count), ", memory ", bytes_text(limits.memory.count), ", ",
                time_text(limits.cpu), " of processor time, ", time_text(limits.wall), " in all, ",
                limits.threads == 0 ? std::string("all processors")
                                    : concat(limits.threads, " thread", plural(limits.threads)));
}

void add_children(Grants& out, const Policy& policy, const PluginPolicy& plugin) {
  const ChildrenPolicy& children = *plugin.plugins;
  const auto add = [&](std::string what) {
    out.push_back({.grant = "plugins", .what = std::move(what)});
  };
  const services::PluginsGrant& grant = children.grant;
  for (const auto& [name, file] : grant.listed)
    add(concat("run ", named(name), ", which is ", file_of(policy, file)));
  if (grant.bytes) add("run components that it brings");
  add(concat("run ", grant.children, " of them at once, ", grant.depth, " level",
             plural(grant.depth), " deep"));
  std::string limits;
  for (const std::string& limit : words_of(grant.limits)) limits += concat(limit, ", ");
  add(concat("run each with ", limits, "calls of ", bytes_text(grant.text.count), " of text"));
  add(concat("compile each with ", words_of(grant.compile)));
  if (!children.services.empty()) add(concat("hand on ", listed(children.services)));
  add_wasi(out, "plugins", at_most(grant.wasi, plugin.wasi),
           plugin.printed == Printed::logged ? children.printed : Printed::dropped);
}

// ---- Interfaces --------------------------------------------------------------------------------

struct Offered {
  std::string_view grant;
  std::string_view interface;
};
// granter_test.cpp holds them against the services.
constexpr std::array kOffered{
    Offered{.grant = "log", .interface = "wasi:logging/logging"},
    Offered{.grant = "log", .interface = "wasi:logging/logging@0.1.0-draft"},
    Offered{.grant = "config", .interface = "wasi:config/store@0.2.0-rc.1"},
    Offered{.grant = "config", .interface = "wasi:config/store@0.2.0-draft"},
    Offered{.grant = "config", .interface = "wasi:config/runtime@0.2.0-draft"},
    Offered{.grant = "keyvalue", .interface = "wasi:keyvalue/store@0.2.0-draft"},
    Offered{.grant = "keyvalue", .interface = "wasi:keyvalue/atomics@0.2.0-draft"},
    Offered{.grant = "keyvalue", .interface = "wasi:keyvalue/batch@0.2.0-draft"},
    Offered{.grant = "keyvalue", .interface = "wasi:keyvalue/store@0.2.0-draft2"},
    Offered{.grant = "keyvalue", .interface = "wasi:keyvalue/atomics@0.2.0-draft2"},
    Offered{.grant = "keyvalue", .interface = "wasi:keyvalue/batch@0.2.0-draft2"},
    Offered{.grant = "sql", .interface = "mortise:sql/database@0.1.0"},
    Offered{.grant = "plugins", .interface = "mortise:plugins/runner@0.1.0"},
};

bool has(const PluginPolicy& policy, std::string_view grant) {
  if (grant == "log") return policy.log.has_value();
  if (grant == "config") return policy.config.has_value();
  if (grant == "keyvalue") return policy.keyvalue.has_value();
  if (grant == "sql") return policy.sql.has_value();
  return policy.plugins.has_value();
}

}  // namespace

std::vector<Granted> grants_of(const Policy& policy, const PluginPolicy& plugin) {
  Grants out;
  add_wasi(out, "wasi", plugin.wasi, plugin.printed);
  if (plugin.log) add_log(out, *plugin.log);
  if (plugin.config && !plugin.config->empty()) {
    std::vector<std::string_view> names;
    for (const auto& [name, value] : *plugin.config) names.push_back(name);
    out.push_back({.grant = "config",
                   .what = concat("read the setting", plural(names.size()), " ", listed(names))});
  }
  if (plugin.config && plugin.config->empty())
    out.push_back({.grant = "config", .what = "read settings, of which there are none"});
  if (plugin.keyvalue) add_keyvalue(out, *plugin.keyvalue);
  if (plugin.sql)
    for (const services::SqlGrant& database : *plugin.sql) add_database(out, policy, database);
  if (plugin.sql && plugin.sql->empty())
    out.push_back({.grant = "sql", .what = "reach databases, of which there are none"});
  if (plugin.plugins) add_children(out, policy, plugin);
  return out;
}

std::vector<std::string> limits_of(const PluginPolicy& plugin) { return words_of(plugin.limits); }

std::string_view grant_with(std::string_view interface) {
  const auto* found = std::ranges::find(kOffered, interface, &Offered::interface);
  return found == kOffered.end() ? std::string_view() : found->grant;
}

std::vector<std::string_view> interfaces_with(std::string_view grant) {
  std::vector<std::string_view> out;
  for (const Offered& one : kOffered)
    if (one.grant == grant) out.push_back(one.interface);
  return out;
}

bool is_sealed_wasi(std::string_view interface) {
  constexpr std::array<std::string_view, 6> kPackages{
      "wasi:io/", "wasi:clocks/", "wasi:random/", "wasi:cli/", "wasi:filesystem/", "wasi:sockets/"};
  const bool known = std::ranges::any_of(
      kPackages, [&](std::string_view package) { return interface.starts_with(package); });
  return known && interface.contains("@0.2.");
}

bool is_granted(const PluginPolicy& plugin, std::string_view interface) {
  if (is_sealed_wasi(interface)) return plugin.wasi.access == Wasi::Access::sealed;
  const std::string_view grant = grant_with(interface);
  return !grant.empty() && has(plugin, grant);
}

std::string how_to_grant(const Policy& policy, std::string_view plugin,
                         std::string_view interface) {
  const std::string said = concat(policy.name, " grants ", plugin, " no ");
  if (is_sealed_wasi(interface))
    return concat(said, "WASI: add `access = \"sealed\"` to `[plugins.", plugin, ".wasi]`");
  const std::string_view grant = grant_with(interface);
  if (grant.empty()) return {};
  if (grant == "sql") return concat(said, grant, ": add `[plugins.", plugin, ".sql.NAME]`");
  return concat(said, grant, ": add `[plugins.", plugin, ".", grant, "]`");
}

}  // namespace mortise
