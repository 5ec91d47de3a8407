#include <mortise/policy/detail/keys.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/policy/amount.h>
#include <mortise/policy/detail/reader.h>

namespace mortise::policy {

namespace {

using services::Access;
using services::KeyvalueGrant;
using services::KeyvalueOptions;
using services::LogGrant;
using services::LogLevel;
using services::PluginsGrant;
using services::SqlGrant;
using services::SqlStatement;
using services::SqlTable;

constexpr std::string_view kName = "letters, digits, `-`, `_` and `.`, at most 100 of them";

// ---- What all plugins have ---------------------------------------------------------------------

void fuel(Reader& reader, const Entry& entry, Limits& out) {
  if (is_none(entry.value)) return out.fuel.reset();
  std::optional<Fuel> said;
  if (const auto* text = std::get_if<std::string>(&entry.value.value)) said = parse_fuel(*text);
  if (const auto* number = std::get_if<std::int64_t>(&entry.value.value); number && *number > 0)
    said = Fuel{static_cast<std::uint64_t>(*number)};
  if (!said)
    return reader.reject(entry, "a number of instructions such as 500000 or \"10M\", or \"none\"");
  out.fuel = said;
}

constexpr std::array kLimits{
    Key<Limits>{.name = "deadline", .read = time_or_none<&Limits::deadline>},
    Key<Limits>{.name = "fuel", .read = fuel},
    Key<Limits>{.name = "memory", .read = bytes<&Limits::memory>},
    Key<Limits>{.name = "lift", .read = bytes<&Limits::lift>},
};

void whole_seconds(Reader& reader, const Entry& entry, CompileLimits& out) {
  const auto said = time_in(entry.value);
  if (!said || *said % std::chrono::seconds(1) != std::chrono::milliseconds(0))
    return reader.reject(entry, "a time of whole seconds such as \"10s\" or \"1min\"");
  out.cpu = std::chrono::duration_cast<std::chrono::seconds>(*said);
}

constexpr std::array kCompile{
    Key<CompileLimits>{.name = "component", .read = bytes<&CompileLimits::component>},
    Key<CompileLimits>{.name = "memory", .read = bytes<&CompileLimits::memory>},
    Key<CompileLimits>{.name = "code", .read = bytes<&CompileLimits::code>},
    Key<CompileLimits>{.name = "cpu", .read = whole_seconds},
    Key<CompileLimits>{.name = "wall", .read = time<&CompileLimits::wall>},
    Key<CompileLimits>{.name = "threads", .read = number<&CompileLimits::threads, 0, 1000>},
};

constexpr std::array kWasiAccess{
    Word<Wasi::Access>{.word = "sealed", .value = Wasi::Access::sealed},
    Word<Wasi::Access>{.word = "none", .value = Wasi::Access::none},
};
constexpr std::array kPrinted{
    Word<Printed>{.word = "dropped", .value = Printed::dropped},
    Word<Printed>{.word = "logged", .value = Printed::logged},
};

void clock(Reader& reader, const Entry& entry, Wasi& out) {
  const auto* word = std::get_if<std::string>(&entry.value.value);
  const auto* moment = std::get_if<Instant>(&entry.value.value);
  if (word != nullptr && *word == "per-call") {
    out.clock = WasiClock::per_call();
  } else if (word != nullptr && *word == "real") {
    out.clock = WasiClock::real();
  } else if (moment != nullptr && *moment >= Instant()) {
    out.clock = WasiClock::frozen(*moment);
  } else {
    reader.reject(entry,
                  "\"per-call\", \"real\", or a moment at which it stands still, from 1970 on, "
                  "such as 2026-01-31T12:00:00Z");
  }
}

void random(Reader& reader, const Entry& entry, Wasi& out) {
  const auto* word = std::get_if<std::string>(&entry.value.value);
  const auto* seed = std::get_if<std::int64_t>(&entry.value.value);
  if (word != nullptr && *word == "system") {
    out.random = WasiRandom::system();
  } else if (seed != nullptr && *seed >= 0) {
    out.random = WasiRandom::seeded(static_cast<std::uint64_t>(*seed));
  } else {
    reader.reject(entry, "\"system\", or a number, the seed of always the same numbers");
  }
}

// What WASI is for a plugin, or for its children.
struct WasiPart {
  Wasi wasi;
  Printed printed;
};
// A key of a part of what is read.
template <auto Member, auto Read>
void within(Reader& reader, const Entry& entry, Owner<Member>& out) {
  Read(reader, entry, out.*Member);
}

constexpr std::uint64_t kLongestLine = std::uint64_t{1} << 20U;
constexpr std::array kWasi{
    Key<WasiPart>{.name = "access",
                  .read = within<&WasiPart::wasi, choice<&Wasi::access, kWasiAccess>>},
    Key<WasiPart>{.name = "clock", .read = within<&WasiPart::wasi, clock>},
    Key<WasiPart>{.name = "random", .read = within<&WasiPart::wasi, random>},
    Key<WasiPart>{.name = "output", .read = choice<&WasiPart::printed, kPrinted>},
    Key<WasiPart>{.name = "lines", .read = within<&WasiPart::wasi, number<&Wasi::lines, 0>>},
    Key<WasiPart>{.name = "line",
                  .read = within<&WasiPart::wasi, bytes<&Wasi::line, kLongestLine>>},
};

void read_wasi(Reader& reader, const Entry& entry, Wasi& wasi, Printed& printed) {
  const Entered entered(reader, entry);
  if (entered.table() == nullptr) return;
  WasiPart part{.wasi = wasi, .printed = printed};
  read_table(reader, *entered.table(), kWasi, part);
  wasi = std::move(part.wasi);
  printed = part.printed;
}

// ---- Grants ------------------------------------------------------------------------------------

constexpr std::array kLevels{
    Word<LogLevel>{.word = "trace", .value = LogLevel::trace},
    Word<LogLevel>{.word = "debug", .value = LogLevel::debug},
    Word<LogLevel>{.word = "info", .value = LogLevel::info},
    Word<LogLevel>{.word = "warn", .value = LogLevel::warn},
    Word<LogLevel>{.word = "error", .value = LogLevel::error},
    Word<LogLevel>{.word = "critical", .value = LogLevel::critical},
};
constexpr std::array kLog{
    Key<LogGrant>{.name = "level", .read = choice<&LogGrant::level, kLevels>},
    Key<LogGrant>{.name = "messages_per_second", .read = number<&LogGrant::messages_per_second>},
    Key<LogGrant>{.name = "bytes_per_second", .read = bytes<&LogGrant::bytes_per_second>},
    Key<LogGrant>{.name = "message", .read = bytes<&LogGrant::message>},
    Key<LogGrant>{.name = "context", .read = bytes<&LogGrant::context>},
};

void config(Reader& reader, const Entry& entry, PluginPolicy& out) {
  const auto* given = std::get_if<bool>(&entry.value.value);
  if (given != nullptr && !*given) return out.config.reset();
  const Entered entered(reader, entry, "a table, or false");
  if (entered.table() == nullptr) return;
  if (!out.config) out.config.emplace();
  for (const Entry& value : *entered.table()) {
    if (const auto* text = std::get_if<std::string>(&value.value.value))
      (*out.config)[value.key] = *text;
    else
      reader.reject(value, "a text");
  }
}

constexpr std::array kAccess{
    Word<Access>{.word = "read-only", .value = Access::read_only},
    Word<Access>{.word = "read-write", .value = Access::read_write},
};
constexpr std::array kKeyvalue{
    Key<KeyvalueGrant>{.name = "buckets", .read = texts<&KeyvalueGrant::buckets, 1>},
    Key<KeyvalueGrant>{.name = "access", .read = choice<&KeyvalueGrant::access, kAccess>},
    Key<KeyvalueGrant>{.name = "keys", .read = number<&KeyvalueGrant::keys>},
    Key<KeyvalueGrant>{.name = "bytes", .read = bytes<&KeyvalueGrant::bytes>},
    Key<KeyvalueGrant>{.name = "key", .read = bytes<&KeyvalueGrant::key>},
    Key<KeyvalueGrant>{.name = "value", .read = bytes<&KeyvalueGrant::value>},
    Key<KeyvalueGrant>{.name = "batch", .read = number<&KeyvalueGrant::batch>},
    Key<KeyvalueGrant>{.name = "answer", .read = bytes<&KeyvalueGrant::answer>},
};

constexpr std::array kTable{
    Key<SqlTable>{.name = "access", .read = choice<&SqlTable::access, kAccess>},
    Key<SqlTable>{.name = "columns", .read = texts<&SqlTable::columns, 1>},
};

// The one of that name, made if it is not there.
template <class T>
T& named(std::vector<T>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &T::name);
  if (found != all.end()) return *found;
  T& made = all.emplace_back();
  made.name = name;
  return made;
}

// customer = "read-only", or a table that says more.
void tables(Reader& reader, const Entry& entry, SqlGrant& out) {
  const Entered entered(reader, entry);
  if (entered.table() == nullptr) return;
  if (!out.tables) out.tables.emplace();
  for (const Entry& one : *entered.table()) {
    SqlTable& table = named(*out.tables, one.key);
    if (const auto access = word_in(one.value, kAccess)) {
      table.access = *access;
      continue;
    }
    const Entered inner(reader, one, concat(any_word(kAccess), ", or a table"));
    if (inner.table() != nullptr) read_table(reader, *inner.table(), kTable, table);
  }
}

constexpr std::array kStatements{
    Word<SqlStatement>{.word = "select", .value = SqlStatement::select},
    Word<SqlStatement>{.word = "insert", .value = SqlStatement::insert},
    Word<SqlStatement>{.word = "update", .value = SqlStatement::update},
    Word<SqlStatement>{.word = "delete", .value = SqlStatement::remove},
    Word<SqlStatement>{.word = "create", .value = SqlStatement::create},
};

void statements(Reader& reader, const Entry& entry, SqlGrant& out) {
  const std::string form = concat("a list of ", any_word(kStatements));
  const auto* list = std::get_if<Array>(&entry.value.value);
  if (list == nullptr || list->empty()) return reader.reject(entry, form);
  out.statements.clear();
  for (const Node& element : *list) {
    if (const auto statement = word_in(element, kStatements))
      out.statements.push_back(*statement);
    else
      reader.reject_element(entry, element, any_word(kStatements));
  }
}

constexpr std::array kSql{
    Key<SqlGrant>{.name = "file", .read = path<&SqlGrant::file>},
    Key<SqlGrant>{.name = "access", .read = choice<&SqlGrant::access, kAccess>},
    Key<SqlGrant>{.name = "tables",
                  .read = tables,
                  .list =
                      [](const std::string& path, std::vector<std::string>& out) {
                        out.push_back(path);
                        list_named<kTable>(path, out);
                      }},
    Key<SqlGrant>{.name = "statements", .read = statements},
    Key<SqlGrant>{.name = "functions", .read = texts<&SqlGrant::functions, 0>},
    Key<SqlGrant>{.name = "time", .read = time<&SqlGrant::time>},
    Key<SqlGrant>{.name = "rows", .read = number<&SqlGrant::rows>},
    Key<SqlGrant>{.name = "answer", .read = bytes<&SqlGrant::answer>},
    Key<SqlGrant>{.name = "value", .read = bytes<&SqlGrant::value>},
    Key<SqlGrant>{.name = "statement", .read = bytes<&SqlGrant::statement>},
    Key<SqlGrant>{.name = "transaction", .read = time<&SqlGrant::transaction>},
    Key<SqlGrant>{.name = "connections", .read = number<&SqlGrant::connections, 1, 1000>},
    Key<SqlGrant>{.name = "size", .read = bytes<&SqlGrant::size>},
};

void sql(Reader& reader, const Entry& entry, PluginPolicy& out) {
  const auto* given = std::get_if<bool>(&entry.value.value);
  if (given != nullptr && !*given) return out.sql.reset();
  const Entered entered(reader, entry, "a table with a table for each database, or false");
  if (entered.table() == nullptr) return;
  if (!out.sql) out.sql.emplace();
  for (const Entry& one : *entered.table()) {
    const Entered database(reader, one);
    if (database.table() == nullptr) continue;
    SqlGrant& granted = named(*out.sql, one.key);
    read_table(reader, *database.table(), kSql, granted);
    if (granted.file.empty() &&
        std::ranges::find(*database.table(), "file", &Entry::key) == database.table()->end())
      reader.complain(one.at, concat(reader.section(), " says in no `file` where the database is"));
  }
}

void listed(Reader& reader, const Entry& entry, PluginsGrant& out) {
  const Entered entered(reader, entry, "a table with the file of each plugin");
  if (entered.table() == nullptr) return;
  for (const Entry& one : *entered.table()) {
    const auto* file = std::get_if<std::string>(&one.value.value);
    if (!is_plugin_name(one.key))
      reader.complain(one.at,
                      concat("`", escape(one.key, 100), "` is no name of a plugin: ", kName));
    else if (file == nullptr || file->empty() || file->contains('\0'))
      reader.reject(one, "the path of a component");
    else
      out.listed[one.key] = reader.path(*file);
  }
}

void handed_on(Reader& reader, const Entry& entry, ChildrenPolicy& out) {
  constexpr std::array<std::string_view, 4> kKnown{"log", "config", "keyvalue", "sql"};
  auto said = texts_in(reader, entry, 0, "a list of grants of the plugin's own");
  if (!said) return;
  for (const std::string& service : *said)
    if (std::ranges::find(kKnown, service) == kKnown.end())
      return reader.complain(
          entry.value.at, concat("`services` has \"", escape(service, 100), "\" in it; there are ",
                                 any_of({kKnown.begin(), kKnown.end()})));
  out.services = *std::move(said);
}

constexpr std::array kChildren{
    Key<ChildrenPolicy>{
        .name = "listed",
        .read = within<&ChildrenPolicy::grant, listed>,
        .list = [](const std::string& path,
                   std::vector<std::string>& out) { out.push_back(path + ".NAME"); }},
    Key<ChildrenPolicy>{.name = "bytes",
                        .read = within<&ChildrenPolicy::grant, flag<&PluginsGrant::bytes>>},
    Key<ChildrenPolicy>{.name = "services", .read = handed_on},
    Key<ChildrenPolicy>{
        .name = "depth",
        .read = within<&ChildrenPolicy::grant, number<&PluginsGrant::depth, 1, 100>>},
    Key<ChildrenPolicy>{.name = "children",
                        .read = within<&ChildrenPolicy::grant, number<&PluginsGrant::children>>},
    Key<ChildrenPolicy>{.name = "text",
                        .read = within<&ChildrenPolicy::grant, bytes<&PluginsGrant::text>>},
    Key<ChildrenPolicy>{
        .name = "limits",
        .read = within<&ChildrenPolicy::grant, section<&PluginsGrant::limits, kLimits>>,
        .list = list<kLimits>},
    Key<ChildrenPolicy>{
        .name = "compile",
        .read = within<&ChildrenPolicy::grant, section<&PluginsGrant::compile, kCompile>>,
        .list = list<kCompile>},
    Key<ChildrenPolicy>{
        .name = "wasi",
        .read = [](Reader& reader, const Entry& entry,
                   ChildrenPolicy& out) { read_wasi(reader, entry, out.grant.wasi, out.printed); },
        .list = list<kWasi>},
};

// ---- A plugin ----------------------------------------------------------------------------------

constexpr std::array kPlugin{
    Key<PluginPolicy>{
        .name = "limits", .read = section<&PluginPolicy::limits, kLimits>, .list = list<kLimits>},
    Key<PluginPolicy>{.name = "compile",
                      .read = section<&PluginPolicy::compile, kCompile>,
                      .list = list<kCompile>},
    Key<PluginPolicy>{
        .name = "wasi",
        .read = [](Reader& reader, const Entry& entry,
                   PluginPolicy& out) { read_wasi(reader, entry, out.wasi, out.printed); },
        .list = list<kWasi>},
    Key<PluginPolicy>{.name = "log", .read = grant<&PluginPolicy::log, kLog>, .list = list<kLog>},
    Key<PluginPolicy>{.name = "config",
                      .read = config,
                      .list = [](const std::string& path,
                                 std::vector<std::string>& out) { out.push_back(path + ".NAME"); }},
    Key<PluginPolicy>{.name = "keyvalue",
                      .read = grant<&PluginPolicy::keyvalue, kKeyvalue>,
                      .list = list<kKeyvalue>},
    Key<PluginPolicy>{.name = "sql", .read = sql, .list = list_named<kSql>},
    Key<PluginPolicy>{.name = "plugins",
                      .read = grant<&PluginPolicy::plugins, kChildren>,
                      .list = list<kChildren>},
};

bool has(const PluginPolicy& policy, std::string_view service) {
  if (service == "log") return policy.log.has_value();
  if (service == "config") return policy.config.has_value();
  if (service == "keyvalue") return policy.keyvalue.has_value();
  return policy.sql.has_value();
}

// As they are written; links are whose they are.
bool is_same_path(const std::string& a, const std::string& b) {
  using std::filesystem::path;
  return path(a).lexically_normal() == path(b).lexically_normal();
}

// One plugin's table, or that of the defaults, over what `out` has.
void read_plugin(Reader& reader, const Entry& entry, const Policy& policy, PluginPolicy& out) {
  const Entered entered(reader, entry);
  if (entered.table() == nullptr) return;
  read_table(reader, *entered.table(), kPlugin, out);
  // What is right by itself, and not together.
  if (out.keyvalue && !policy.keyvalue)
    reader.complain(entry.at, concat(reader.section(),
                                     " grants `keyvalue`, and no [keyvalue] says "
                                     "in which `file` keys are kept"));
  if (out.sql && policy.keyvalue)
    for (const SqlGrant& database : *out.sql)
      if (is_same_path(database.file, policy.keyvalue->file))
        reader.complain(
            entry.at, concat(reader.section(), " grants the database ", escape(database.name, 100),
                             ", and its file is that of [keyvalue], which has the keys "
                             "of all plugins"));
  if (!out.plugins) return;
  for (const std::string& service : out.plugins->services)
    if (!has(out, service))
      reader.complain(entry.at, concat(reader.section(), " hands on `", service,
                                       "` in plugins.services, and does not grant it"));
}

void plugins(Reader& reader, const Entry& entry, Policy& out) {
  const Entered entered(reader, entry, "a table with a table for each plugin");
  if (entered.table() == nullptr) return;
  for (const Entry& one : *entered.table()) {
    if (!is_plugin_name(one.key))
      reader.complain(one.at,
                      concat("`", escape(one.key, 100), "` is no name of a plugin: ", kName));
    else
      read_plugin(reader, one, out,
                  out.plugins.insert_or_assign(one.key, out.defaults).first->second);
  }
}

// ---- The file ----------------------------------------------------------------------------------

constexpr std::array kUnnamed{
    Word<Policy::Unnamed>{.word = "defaults", .value = Policy::Unnamed::defaults},
    Word<Policy::Unnamed>{.word = "refused", .value = Policy::Unnamed::refused},
};
constexpr std::array kLogFile{
    Key<LogFile>{.name = "file", .read = path<&LogFile::file>},
    Key<LogFile>{.name = "size", .read = bytes<&LogFile::size>},
    Key<LogFile>{.name = "files", .read = number<&LogFile::files, 0, 1000>},
};
constexpr std::array kAudit{
    Key<AuditFile>{.name = "file", .read = path<&AuditFile::file>},
    Key<AuditFile>{.name = "lines_per_second", .read = number<&AuditFile::lines_per_second>},
    Key<AuditFile>{.name = "size", .read = bytes<&AuditFile::size>},
};
constexpr std::array kDurability{
    Word<services::Durability>{.word = "process", .value = services::Durability::process},
    Word<services::Durability>{.word = "power", .value = services::Durability::power},
};
constexpr std::array kKeyvalueFile{
    Key<KeyvalueOptions>{.name = "file", .read = path<&KeyvalueOptions::file>},
    Key<KeyvalueOptions>{.name = "durability",
                         .read = choice<&KeyvalueOptions::durability, kDurability>},
    Key<KeyvalueOptions>{.name = "connections",
                         .read = number<&KeyvalueOptions::connections, 1, 1000>},
    Key<KeyvalueOptions>{.name = "patience", .read = time<&KeyvalueOptions::patience>},
};

// Something that lies in a file of its own.
template <auto Member, const auto& Keys>
void with_file(Reader& reader, const Entry& entry, Policy& out) {
  const Entered entered(reader, entry);
  if (entered.table() == nullptr) return;
  read_table(reader, *entered.table(), Keys, (out.*Member).emplace());
  if (std::ranges::find(*entered.table(), "file", &Entry::key) == entered.table()->end())
    reader.complain(entry.at, concat(reader.section(), " says no `file`"));
}

// With the defaults before what goes over them.
constexpr std::array kPolicy{
    Key<Policy>{.name = "unnamed", .read = choice<&Policy::unnamed, kUnnamed>},
    Key<Policy>{.name = "lock", .read = path<&Policy::lock>},
    Key<Policy>{.name = "locked",
                .read =
                    [](Reader& reader, const Entry& entry, Policy& out) {
                      flag<&Policy::locked>(reader, entry, out);
                      if (out.locked && out.lock.empty())
                        reader.complain(entry.value.at,
                                        "`locked` is true, and no `lock` names a lock file");
                    }},
    Key<Policy>{.name = "log", .read = with_file<&Policy::log, kLogFile>, .list = list<kLogFile>},
    Key<Policy>{.name = "audit", .read = with_file<&Policy::audit, kAudit>, .list = list<kAudit>},
    Key<Policy>{.name = "keyvalue",
                .read = with_file<&Policy::keyvalue, kKeyvalueFile>,
                .list = list<kKeyvalueFile>},
    Key<Policy>{.name = "defaults",
                .read = [](Reader& reader, const Entry& entry,
                           Policy& out) { read_plugin(reader, entry, out, out.defaults); },
                .list = [](const std::string&, std::vector<std::string>&) {}},
    Key<Policy>{.name = "plugins", .read = plugins, .list = list_named<kPlugin>},
};

}  // namespace

Result<Policy> read_policy(const Table& table, std::string_view name, std::string_view folder) {
  Reader reader(name, folder);
  Policy out{.name = std::string(name), .folder = std::string(folder)};
  read_table(reader, table, kPolicy, out);
  if (!reader.is_fine()) return std::unexpected(reader.error());
  return out;
}

std::vector<std::string> policy_keys() {
  std::vector<std::string> out;
  list_keys(kPolicy, "", out);
  return out;
}

}  // namespace mortise::policy
