// What plugins may use and are granted: one file for whoever runs them, or the same in C++.
//
//   # policy.toml
//   [defaults.limits]
//   deadline = "50ms"
//
//   [plugins.pricing.log]          # granted, with the defaults of a grant
//   [plugins.pricing.keyvalue]
//   buckets = ["prices"]
//
//   auto policy = mortise::Policy::read("policy.toml");
//
// By default a plugin may compute, and nothing else. granter.h makes of it what Plugin<W>::load
// takes. All keys, with their defaults: docs/guide/policy.md.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/wasi.h>
#include <mortise/services/keyvalue/keyvalue.h>
#include <mortise/services/log/log.h>
#include <mortise/services/plugins/plugins.h>
#include <mortise/services/sql/sql.h>

namespace mortise {

// Where the lines go that a plugin prints.
enum class Printed : std::uint8_t { dropped, logged };

// mortise:plugins. The children's WASI and limits are the grant's; its `services` and `on_denied`
// are the granter's to fill.
struct ChildrenPolicy {
  services::PluginsGrant grant{};
  // Of the plugin's own grants those that it may hand on: "log", "config", "keyvalue", "sql".
  std::vector<std::string> services{};
  Printed printed = Printed::dropped;
};

// Of one plugin. What is not there is not granted.
struct PluginPolicy {
  Limits limits{};
  CompileLimits compile{};
  // Its `output` is left to `printed`.
  Wasi wasi{};
  Printed printed = Printed::dropped;

  std::optional<services::LogGrant> log{};
  // Keys and values.
  std::optional<std::map<std::string, std::string, std::less<>>> config{};
  std::optional<services::KeyvalueGrant> keyvalue{};
  std::optional<std::vector<services::SqlGrant>> sql{};
  std::optional<ChildrenPolicy> plugins{};
};

// Where the lines of plugins go, unless the host has a logger for them. When the file has grown to
// `size` it is renamed, and so many older ones are kept.
struct LogFile {
  std::string file{};
  Bytes size = MiB(64);
  std::uint32_t files = 3;
};

// Where denials go: see audit_log.h.
struct AuditFile {
  std::string file{};
  // Of each plugin. Those beyond are counted, and the next line says how many there were.
  std::uint32_t lines_per_second = 5;
  // When the file has grown to it, it becomes FILE.1, in place of an older one.
  Bytes size = MiB(64);
};

struct Policy {
  // What happens to a plugin that has no entry.
  enum class Unnamed : std::uint8_t {
    defaults,  // it gets the defaults
    refused,
  };

  // What it is called in messages: "policy.toml".
  std::string name = "the policy";
  // Where it lies, for texts that name files as it does.
  std::string folder{};
  Unnamed unnamed = Unnamed::defaults;
  // What was approved of plugins: see lock.h. With `locked`, nothing else is loaded.
  std::string lock{};
  bool locked = false;

  std::optional<LogFile> log{};
  std::optional<AuditFile> audit{};
  // Where all plugins keep their keys; needed where one is granted `keyvalue`.
  std::optional<services::KeyvalueOptions> keyvalue{};

  PluginPolicy defaults{};
  // By name, whole: in a file what an entry does not say is as in `defaults`.
  std::map<std::string, PluginPolicy, std::less<>> plugins{};

  // Paths in it are taken from the folder that it lies in. Errors: io; misuse, with all that is
  // wrong with it, a line each: "policy.toml:3:1: ..".
  [[nodiscard]] static Result<Policy> read(const std::string& path);
  // The same from text. `name` is for messages; paths are taken from `folder`, if there is one.
  [[nodiscard]] static Result<Policy> parse(std::string_view text, std::string_view name,
                                            std::string_view folder = {});

  // The entry of a plugin, or the defaults. Null: the policy refuses it.
  [[nodiscard]] const PluginPolicy* find(std::string_view plugin) const;
};

// Names that policies know plugins by: letters, digits, `-`, `_` and `.`, at most 100 of them.
[[nodiscard]] bool is_plugin_name(std::string_view);

}  // namespace mortise
