// What policies say, and all that can be wrong with one.
#include <mortise/policy/policy.h>

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/keys.h>
#include <mortise/policy/words.h>

#include "tests/services/files.h"

namespace mortise {
namespace {

using services::Access;
using services::LogLevel;
using services::SqlStatement;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;
using testing::Folder;

constexpr std::string_view kKeys = "[keyvalue]\nfile = \"keys.db\"\n";

Policy parsed(std::string_view text) {
  Result<Policy> policy = Policy::parse(text, "p.toml");
  EXPECT_TRUE(policy) << policy.error().to_string();
  return policy ? *std::move(policy) : Policy();
}
std::string error(std::string_view text) {
  const Result<Policy> policy = Policy::parse(text, "p.toml");
  return policy ? "no error" : std::string(policy.error().message());
}

// The entry of a plugin `a` whose tables are these, after those of the file.
PluginPolicy plugin(std::string_view tables) {
  const Policy policy = parsed(concat(kKeys, tables));
  const PluginPolicy* found = policy.find("a");
  return found == nullptr ? PluginPolicy() : *found;
}

TEST(Policy, GrantsNothingByDefault) {
  const Policy policy = parsed("");
  const PluginPolicy* a = policy.find("a");
  ASSERT_NE(a, nullptr);
  EXPECT_FALSE(a->log || a->config || a->keyvalue || a->sql || a->plugins);
  EXPECT_EQ(a->limits.deadline, 100ms);
  EXPECT_EQ(a->limits.memory, MiB(64));
  EXPECT_EQ(a->wasi.access, Wasi::Access::sealed);
}

TEST(Policy, HasLimits) {
  const PluginPolicy a = plugin(R"([plugins.a.limits]
deadline = "50ms"
fuel = "10M"
memory = "16MiB"
lift = 4096
)");
  EXPECT_EQ(a.limits.deadline, 50ms);
  EXPECT_EQ(a.limits.fuel, Fuel(10'000'000));
  EXPECT_EQ(a.limits.memory, MiB(16));
  EXPECT_EQ(a.limits.lift, KiB(4));
  const PluginPolicy none = plugin("[plugins.a.limits]\ndeadline = \"none\"\nfuel = \"none\"\n");
  EXPECT_FALSE(none.limits.deadline || none.limits.fuel);
}

TEST(Policy, HasLimitsOfCompiling) {
  const PluginPolicy a = plugin(R"([plugins.a.compile]
component = "1MiB"
memory = "512MiB"
code = "8MiB"
cpu = "10s"
wall = "1500ms"
)");
  EXPECT_EQ(a.compile.component, MiB(1));
  EXPECT_EQ(a.compile.memory, MiB(512));
  EXPECT_EQ(a.compile.code, MiB(8));
  EXPECT_EQ(a.compile.cpu, 10s);
  EXPECT_EQ(a.compile.wall, 1500ms);
}

TEST(Policy, SaysWhatWasiIs) {
  const PluginPolicy a = plugin(R"([plugins.a.wasi]
clock = 2026-01-31T13:00:00.5+01:00
random = 42
output = "logged"
lines = 0
line = "1KiB"
)");
  using std::chrono::sys_days, std::chrono::year;
  EXPECT_EQ(a.wasi.clock.kind(), WasiClock::Kind::frozen);
  EXPECT_EQ(a.wasi.clock.at(), sys_days(year(2026) / 1 / 31) + 12h + 500ms);
  EXPECT_TRUE(a.wasi.random.is_seeded());
  EXPECT_EQ(a.wasi.random.seed(), 42U);
  EXPECT_EQ(a.printed, Printed::logged);
  EXPECT_EQ(a.wasi.lines, 0U);
  EXPECT_EQ(a.wasi.line, KiB(1));
  EXPECT_EQ(plugin("[plugins.a.wasi]\naccess = \"none\"\n").wasi.access, Wasi::Access::none);
  EXPECT_EQ(plugin("[plugins.a.wasi]\nclock = \"real\"\n").wasi.clock.kind(),
            WasiClock::Kind::real);
}

TEST(Policy, GrantsALog) {
  EXPECT_EQ(plugin("[plugins.a.log]\n").log->level, LogLevel::info);
  const PluginPolicy a = plugin(R"([plugins.a.log]
level = "debug"
messages_per_second = 7
bytes_per_second = "1KiB"
message = "100"
context = 10
)");
  EXPECT_EQ(a.log->level, LogLevel::debug);
  EXPECT_EQ(a.log->messages_per_second, 7U);
  EXPECT_EQ(a.log->bytes_per_second, KiB(1));
  EXPECT_EQ(a.log->message, Bytes{100});
  EXPECT_EQ(a.log->context, Bytes{10});
}

TEST(Policy, GrantsSettings) {
  const PluginPolicy a = plugin("[plugins.a.config]\ncurrency = \"EUR\"\n\"a.b\" = \"\"\n");
  EXPECT_EQ(a.config->size(), 2U);
  EXPECT_EQ(a.config->at("currency"), "EUR");
  EXPECT_EQ(a.config->at("a.b"), "");
}

TEST(Policy, GrantsKeysAndValues) {
  const PluginPolicy a = plugin(R"([plugins.a.keyvalue]
buckets = ["prices", ""]
access = "read-only"
keys = 5
bytes = "1MiB"
key = 64
value = "2KiB"
batch = 3
answer = "64KiB"
)");
  EXPECT_EQ(a.keyvalue->buckets, (std::vector<std::string>{"prices", ""}));
  EXPECT_EQ(a.keyvalue->access, Access::read_only);
  EXPECT_EQ(a.keyvalue->keys, 5U);
  EXPECT_EQ(a.keyvalue->bytes, MiB(1));
  EXPECT_EQ(a.keyvalue->key, Bytes{64});
  EXPECT_EQ(a.keyvalue->value, KiB(2));
  EXPECT_EQ(a.keyvalue->batch, 3U);
  EXPECT_EQ(a.keyvalue->answer, KiB(64));
}

TEST(Policy, GrantsDatabases) {
  const PluginPolicy a = plugin(R"([plugins.a.sql.orders]
file = "/srv/orders.db"
access = "read-write"
statements = ["select", "delete"]
functions = ["json_extract"]
time = "250ms"
rows = 10
answer = "1MiB"
value = "1KiB"
statement = 500
transaction = "1s"
connections = 2
size = "1GiB"
[plugins.a.sql.orders.tables]
customer = "read-only"
orders = { access = "read-write", columns = ["id", "total"] }
[plugins.a.sql.archive]
file = "archive.db"
)");
  ASSERT_EQ(a.sql->size(), 2U);
  const services::SqlGrant& orders = (*a.sql)[0];
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.file, "/srv/orders.db");
  EXPECT_EQ(orders.access, Access::read_write);
  EXPECT_EQ(orders.statements, (std::vector{SqlStatement::select, SqlStatement::remove}));
  EXPECT_EQ(orders.functions, std::vector<std::string>{"json_extract"});
  EXPECT_EQ(orders.time, 250ms);
  EXPECT_EQ(orders.rows, 10U);
  EXPECT_EQ(orders.answer, MiB(1));
  EXPECT_EQ(orders.value, KiB(1));
  EXPECT_EQ(orders.statement, Bytes{500});
  EXPECT_EQ(orders.transaction, 1s);
  EXPECT_EQ(orders.connections, 2U);
  EXPECT_EQ(orders.size, GiB(1));
  ASSERT_EQ(orders.tables->size(), 2U);
  EXPECT_EQ((*orders.tables)[0].name, "customer");
  EXPECT_EQ((*orders.tables)[0].access, Access::read_only);
  EXPECT_EQ((*orders.tables)[1].columns, (std::vector<std::string>{"id", "total"}));
  EXPECT_EQ((*a.sql)[1].file, "archive.db");
  EXPECT_FALSE((*a.sql)[1].tables);
}

TEST(Policy, GrantsChildren) {
  const PluginPolicy a = plugin(R"([plugins.a.log]
[plugins.a.plugins]
listed = { tax = "tax.wasm" }
bytes = true
services = ["log"]
depth = 2
children = 3
[plugins.a.plugins.limits]
memory = "4MiB"
[plugins.a.plugins.compile]
component = "1MiB"
[plugins.a.plugins.wasi]
access = "none"
output = "logged"
)");
  const services::PluginsGrant& grant = a.plugins->grant;
  EXPECT_EQ(grant.listed.at("tax"), "tax.wasm");
  EXPECT_TRUE(grant.bytes);
  EXPECT_EQ(a.plugins->services, std::vector<std::string>{"log"});
  EXPECT_EQ(grant.depth, 2U);
  EXPECT_EQ(grant.children, 3U);
  EXPECT_EQ(grant.limits.memory, MiB(4));
  EXPECT_EQ(grant.compile.component, MiB(1));
  EXPECT_EQ(grant.wasi.access, Wasi::Access::none);
  EXPECT_EQ(a.plugins->printed, Printed::logged);
}

TEST(Policy, SaysWhereThingsAre) {
  const Policy policy = parsed(R"(unnamed = "refused"
lock = "mortise.lock"
locked = true
[log]
file = "plugins.log"
size = "1MiB"
files = 0
[audit]
file = "denials.jsonl"
lines_per_second = 1
size = "2MiB"
[keyvalue]
file = "keys.db"
durability = "power"
connections = 3
patience = "1s"
)");
  EXPECT_EQ(policy.unnamed, Policy::Unnamed::refused);
  EXPECT_EQ(policy.find("a"), nullptr);
  EXPECT_EQ(policy.lock, "mortise.lock");
  EXPECT_TRUE(policy.locked);
  EXPECT_EQ(policy.log->file, "plugins.log");
  EXPECT_EQ(policy.log->size, MiB(1));
  EXPECT_EQ(policy.log->files, 0U);
  EXPECT_EQ(policy.audit->file, "denials.jsonl");
  EXPECT_EQ(policy.audit->lines_per_second, 1U);
  EXPECT_EQ(policy.audit->size, MiB(2));
  EXPECT_EQ(policy.keyvalue->file, "keys.db");
  EXPECT_EQ(policy.keyvalue->durability, services::Durability::power);
  EXPECT_EQ(policy.keyvalue->connections, 3U);
  EXPECT_EQ(policy.keyvalue->patience, 1s);
}

TEST(Policy, HasDefaultsThatPluginsGoOver) {
  const Policy policy = parsed(R"([plugins.a.limits]
memory = "1MiB"
[plugins.a]
config = { b = "2" }
[plugins.b]
log = false
[defaults.limits]
deadline = "10ms"
memory = "2MiB"
[defaults.log]
level = "error"
[defaults.config]
a = "1"
b = "1"
)");
  const PluginPolicy& a = *policy.find("a");
  EXPECT_EQ(a.limits.deadline, 10ms);
  EXPECT_EQ(a.limits.memory, MiB(1));
  EXPECT_EQ(a.log->level, LogLevel::error);
  EXPECT_EQ(a.config->at("a"), "1");
  EXPECT_EQ(a.config->at("b"), "2");
  const PluginPolicy& b = *policy.find("b");
  EXPECT_FALSE(b.log);
  EXPECT_EQ(b.limits.memory, MiB(2));
  EXPECT_EQ(policy.find("c")->log->level, LogLevel::error);
}

// ---- What is wrong -----------------------------------------------------------------------------

TEST(Policy, NamesAnUnknownKeyAndWhatMayBeMeant) {
  EXPECT_EQ(
      error("[plugins.a.limits]\n  deadlin = \"1s\"\n"),
      "p.toml:2:3: there is no key `deadlin` in [plugins.a.limits]; did you mean `deadline`?");
  EXPECT_EQ(error("[plugins.a.limits]\nzeal = 1\n"),
            "p.toml:2:1: there is no key `zeal` in [plugins.a.limits]; there are `deadline`, "
            "`fuel`, `memory`, `lift`");
  EXPECT_EQ(error("[defaults.lgo]\n"),
            "p.toml:1:11: there is no key `lgo` in [defaults]; did you mean `log`?");
  EXPECT_EQ(error("plugin = 1\n"),
            "p.toml:1:1: there is no key `plugin` in the file; did you mean `plugins`?");
}

TEST(Policy, SaysAllThatIsWrongInItsOrder) {
  EXPECT_EQ(error("[plugins.a.limits]\nmemory = true\ndeadline = 50\n[defaults]\nx = 1\n"),
            "p.toml:2:10: `memory` is true; it should be an amount such as \"64KiB\", \"16MiB\" or "
            "\"1GiB\"\n"
            "p.toml:3:12: `deadline` is 50; it should be a time such as \"50ms\", \"2s\" or "
            "\"1min\", or \"none\"\n"
            "p.toml:5:1: there is no key `x` in [defaults]; there are `limits`, `compile`, `wasi`, "
            "`log`, `config`, `keyvalue`, `sql`, `plugins`");
}

TEST(Policy, BoundsHowMuchItSaysIsWrong) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += concat("z", i, " = 1\n");
  const std::string said = error(text);
  EXPECT_EQ(std::ranges::count(said, '\n'), 20);
  EXPECT_TRUE(said.ends_with("\nand 980 errors more")) << said;
}

TEST(Policy, NamesTheLineAndColumnOfASyntaxError) {
  const std::string said = error("[defaults]\nlog = \n");
  EXPECT_TRUE(said.starts_with("p.toml:2:")) << said;
}

TEST(Policy, SaysThatSomethingIsGivenTwice) {
  const std::string said = error("unnamed = \"refused\"\nunnamed = \"defaults\"\n");
  EXPECT_TRUE(said.starts_with("p.toml:2:")) << said;
}

// Each key with values of a wrong type, and with such as are never right.
struct Wrong {
  std::string_view section;
  std::string_view key;
  std::string_view value;
  std::string_view said;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.section << " " << wrong.key << " = " << wrong.value;
}

constexpr std::string_view kTime = "a time such as \"50ms\", \"2s\" or \"1min\"";
constexpr std::string_view kTimeOrNone = "a time such as \"50ms\", \"2s\" or \"1min\", or \"none\"";
constexpr std::string_view kBytes = "an amount such as \"64KiB\", \"16MiB\" or \"1GiB\"";
constexpr std::string_view kCount = "a number from 1 to 2147483647";
constexpr std::string_view kFile = "the path of a file";
constexpr std::string_view kAccess = "\"read-only\" or \"read-write\"";
constexpr std::string_view kTexts = "a list of texts, one at least";
constexpr std::string_view kFuel =
    "a number of instructions such as 500000 or \"10M\", or \"none\"";
constexpr std::string_view kGrant = "a table, or false";

constexpr Wrong kWrong[] = {
    // NOLINT: a table to iterate over
    {"", "unnamed", "\"allowed\"", "\"allowed\"; it should be \"defaults\" or \"refused\""},
    {"", "unnamed", "1", "1; it should be \"defaults\" or \"refused\""},
    {"", "lock", "\"\"", "\"\"; it should be the path of a file"},
    {"", "locked", "\"yes\"", "\"yes\"; it should be true or false"},
    {"", "log", "\"x\"", "\"x\"; it should be a table"},
    {"", "defaults", "[]", "a list; it should be a table"},
    {"", "plugins", "1", "1; it should be a table with a table for each plugin"},
    {"log", "file", "1", kFile},
    {"log", "size", "\"1MB\"", kBytes},
    {"log", "files", "-1", "a number from 0 to 1000"},
    {"audit", "file", "\"a\\u0000b\"", kFile},
    {"audit", "lines_per_second", "0", kCount},
    {"audit", "size", "1.5", kBytes},
    {"keyvalue", "file", "true", kFile},
    {"keyvalue", "durability", "\"disk\"", "\"process\" or \"power\""},
    {"keyvalue", "connections", "1001", "a number from 1 to 1000"},
    {"keyvalue", "patience", "5", kTime},
    {"plugins", "a", "\"x\"", "a table"},
    {"plugins.a", "limits", "false", "a table"},
    {"plugins.a", "log", "true", kGrant},
    {"plugins.a", "config", "\"x\"", kGrant},
    {"plugins.a", "keyvalue", "1", kGrant},
    {"plugins.a", "sql", "[]", "a table with a table for each database, or false"},
    {"plugins.a", "plugins", "1", kGrant},
    {"plugins.a.limits", "deadline", "\"0ms\"", kTimeOrNone},
    {"plugins.a.limits", "deadline", "\"-1s\"", kTimeOrNone},
    {"plugins.a.limits", "deadline", "\"1.5s\"", kTimeOrNone},
    {"plugins.a.limits", "deadline", "\"9999999h\"", kTimeOrNone},
    {"plugins.a.limits", "deadline", "07:32:00", kTimeOrNone},
    {"plugins.a.limits", "fuel", "0", kFuel},
    {"plugins.a.limits", "fuel", "\"1K\"", kFuel},
    {"plugins.a.limits", "memory", "\"99999999999GiB\"", kBytes},
    {"plugins.a.limits", "memory", "\"none\"", kBytes},
    {"plugins.a.limits", "lift", "0", kBytes},
    {"plugins.a.compile", "component", "true", kBytes},
    {"plugins.a.compile", "memory", "{}", kBytes},
    {"plugins.a.compile", "code", "\" 1MiB\"", kBytes},
    {"plugins.a.compile", "cpu", "\"1500ms\"",
     "a time of whole seconds such as \"10s\" or \"1min\""},
    {"plugins.a.compile", "wall", "\"none\"", kTime},
    {"plugins.a.wasi", "access", "\"all\"", "\"sealed\" or \"none\""},
    {"plugins.a.wasi", "clock", "1969-12-31T23:59:59Z",
     "\"per-call\", \"real\", or a moment at which it stands still, from 1970 on, such as "
     "2026-01-31T12:00:00Z"},
    {"plugins.a.wasi", "clock", "2026-01-31",
     "\"per-call\", \"real\", or a moment at which it stands still, from 1970 on, such as "
     "2026-01-31T12:00:00Z"},
    {"plugins.a.wasi", "random", "-1",
     "\"system\", or a number, the seed of always the same numbers"},
    {"plugins.a.wasi", "output", "true", "\"dropped\" or \"logged\""},
    {"plugins.a.wasi", "lines", "-1", "a number from 0 to 2147483647"},
    {"plugins.a.wasi", "line", "\"2MiB\"", "at most \"1MiB\""},
    {"plugins.a.log", "level", "\"loud\"",
     "\"trace\", \"debug\", \"info\", \"warn\", \"error\" or \"critical\""},
    {"plugins.a.log", "messages_per_second", "0", kCount},
    {"plugins.a.log", "bytes_per_second", "\"\"", kBytes},
    {"plugins.a.log", "message", "-1", kBytes},
    {"plugins.a.log", "context", "[]", kBytes},
    {"plugins.a.config", "currency", "1", "a text"},
    {"plugins.a.keyvalue", "buckets", "[]", kTexts},
    {"plugins.a.keyvalue", "buckets", "\"prices\"", kTexts},
    {"plugins.a.keyvalue", "access", "\"write\"", kAccess},
    {"plugins.a.keyvalue", "keys", "\"5\"", kCount},
    {"plugins.a.keyvalue", "bytes", "true", kBytes},
    {"plugins.a.keyvalue", "key", "0", kBytes},
    {"plugins.a.keyvalue", "value", "0", kBytes},
    {"plugins.a.keyvalue", "batch", "2147483648", kCount},
    {"plugins.a.keyvalue", "answer", "0", kBytes},
    {"plugins.a.sql", "orders", "\"orders.db\"", "a table"},
    {"plugins.a.sql.o", "file", "[]", kFile},
    {"plugins.a.sql.o", "access", "1", kAccess},
    {"plugins.a.sql.o", "tables", "[\"customer\"]", "a table"},
    {"plugins.a.sql.o.tables", "customer", "\"none\"",
     "\"read-only\" or \"read-write\", or a table"},
    {"plugins.a.sql.o.tables.c", "access", "true", kAccess},
    {"plugins.a.sql.o.tables.c", "columns", "[]", kTexts},
    {"plugins.a.sql.o", "statements", "[]",
     "a list of \"select\", \"insert\", \"update\", \"delete\" or \"create\""},
    {"plugins.a.sql.o", "functions", "1", "a list of texts"},
    {"plugins.a.sql.o", "time", "1", kTime},
    {"plugins.a.sql.o", "rows", "0", kCount},
    {"plugins.a.sql.o", "answer", "0", kBytes},
    {"plugins.a.sql.o", "value", "0", kBytes},
    {"plugins.a.sql.o", "statement", "0", kBytes},
    {"plugins.a.sql.o", "transaction", "\"none\"", kTime},
    {"plugins.a.sql.o", "connections", "0", "a number from 1 to 1000"},
    {"plugins.a.sql.o", "size", "0", kBytes},
    {"plugins.a.plugins", "listed", "[]", "a table with the file of each plugin"},
    {"plugins.a.plugins.listed", "tax", "1", "the path of a component"},
    {"plugins.a.plugins", "bytes", "1", "true or false"},
    {"plugins.a.plugins", "services", "\"log\"", "a list of grants of the plugin's own"},
    {"plugins.a.plugins", "depth", "0", "a number from 1 to 100"},
    {"plugins.a.plugins", "children", "0", kCount},
};

class WrongValue : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongValue, IsNamedWithItsPlaceAndWhatItShouldBe) {
  const auto& [section, key, value, form] = GetParam();
  const std::string line = concat(key, " = ", value);
  const std::string text = section.empty() ? line : concat("[", section, "]\n", line);
  const std::string said = error(text);
  const std::string place =
      concat("p.toml:", section.empty() ? 1 : 2, ":", key.size() + 4, ": `", key, "` is ");
  const std::string tail =
      form.contains("; it should") ? std::string(form) : concat("; it should be ", form);
  const std::size_t at = said.find(place);
  ASSERT_NE(at, std::string::npos) << said;
  const std::string message = said.substr(at, said.find('\n', at) - at);
  EXPECT_TRUE(message.ends_with(tail)) << message;
}

INSTANTIATE_TEST_SUITE_P(Policy, WrongValue, ::testing::ValuesIn(kWrong));

// "plugins.NAME.sql.NAME.file" -> "plugins.a.sql.o": where the key of the table above is.
TEST(Policy, HasAWrongValueOfEachKeyAbove) {
  for (std::string key : policy::policy_keys()) {
    if (key.starts_with("plugins.NAME.plugins.limits.") ||
        key.starts_with("plugins.NAME.plugins.compile.") ||
        key.starts_with("plugins.NAME.plugins.wasi."))
      continue;  // the same readers as of the plugin itself
    const std::string last = key.substr(key.rfind('.') + 1);
    const bool any = last == "NAME";
    const std::string section = any ? key.substr(0, key.rfind('.')) : std::string();
    const auto tried = std::ranges::any_of(kWrong, [&](const Wrong& wrong) {
      return any ? section.ends_with(wrong.section.substr(wrong.section.rfind('.') + 1))
                 : wrong.key == last;
    });
    EXPECT_TRUE(tried) << key;
  }
}

TEST(Policy, NamesAWrongElementOfAList) {
  EXPECT_EQ(error("[keyvalue]\nfile = \"k\"\n[plugins.a.keyvalue]\nbuckets = [\"x\", 7]\n"),
            "p.toml:4:17: `buckets` has 7 in it; it should be a list of texts, one at least");
  EXPECT_EQ(error("[plugins.a.sql.o]\nfile = \"o\"\nstatements = [\"drop\"]\n"),
            "p.toml:3:15: `statements` has \"drop\" in it; it should be \"select\", \"insert\", "
            "\"update\", \"delete\" or \"create\"");
}

TEST(Policy, SaysWhatIsMissing) {
  EXPECT_EQ(error("[plugins.a.sql.orders]\n"),
            "p.toml:1:16: [plugins.a.sql.orders] says in no `file` where the database is");
  EXPECT_EQ(error("[plugins.a.keyvalue]\n"),
            "p.toml:1:10: [plugins.a] grants `keyvalue`, and no [keyvalue] says in which `file` "
            "keys are kept");
  EXPECT_EQ(error("[defaults.keyvalue]\n"),
            "p.toml:1:2: [defaults] grants `keyvalue`, and no [keyvalue] says in which `file` keys "
            "are kept");
  EXPECT_EQ(error("[audit]\n"), "p.toml:1:2: [audit] says no `file`");
  EXPECT_EQ(error("locked = true\n"),
            "p.toml:1:10: `locked` is true, and no `lock` names a lock file");
}

TEST(Policy, HandsOnNothingThatAPluginHasNotItself) {
  EXPECT_EQ(error("[plugins.a.plugins]\nservices = [\"sql\"]\n"),
            "p.toml:1:10: [plugins.a] hands on `sql` in plugins.services, and does not grant it");
  EXPECT_EQ(error("[plugins.a.plugins]\nservices = [\"plugins\"]\n"),
            "p.toml:2:12: `services` has \"plugins\" in it; there are \"log\", \"config\", "
            "\"keyvalue\" or \"sql\"");
}

TEST(Policy, KnowsPluginsByPlainNames) {
  EXPECT_EQ(error("[plugins.\"a/b\"]\n"),
            "p.toml:1:10: `a/b` is no name of a plugin: letters, digits, `-`, `_` and `.`, at most "
            "100 of them");
  EXPECT_TRUE(parsed("[plugins.\"acme.pricing-2_x\"]\n").find("acme.pricing-2_x"));
  EXPECT_FALSE(is_plugin_name(""));
  EXPECT_FALSE(is_plugin_name(std::string(101, 'a')));
}

TEST(Policy, EscapesWhatItQuotes) {
  EXPECT_EQ(error("\"\\u001b[31m\" = 1\n"),
            "p.toml:1:1: there is no key `\\u{1b}[31m` in the file; there are `unnamed`, `lock`, "
            "`locked`, `log`, `audit`, `keyvalue`, `defaults`, `plugins`");
  const Result<Policy> policy = Policy::parse("x", "\x1b.toml");
  EXPECT_TRUE(policy.error().message().starts_with("\\u{1b}.toml:1:"));
}

// ---- The guide ---------------------------------------------------------------------------------

// A row of a table in docs/guide/policy.md.
struct Row {
  std::string section;  // "plugins.NAME.log"; empty: the file
  std::string key;
  std::string value;  // its default
};

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t start = text.find(from);
  if (start == std::string_view::npos) return {};
  const std::size_t begin = start + from.size();
  return std::string(text.substr(begin, text.find(to, begin) - begin));
}

std::vector<std::string> guide() {
  std::ifstream in(MORTISE_SOURCE_DIR "/docs/guide/policy.md");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::vector<Row> rows() {
  std::vector<Row> out;
  std::string section;
  for (const std::string& line : guide()) {
    if (line.starts_with("### ")) section = between(line, "`[", "]`");
    if (!line.starts_with("| `")) continue;
    const std::string rest = line.substr(line.find(" | ") + 3);
    out.push_back({.section = section,
                   .key = between(line, "| `", "`"),
                   .value = rest.starts_with('`') ? between(rest, "`", "`") : std::string()});
  }
  return out;
}

TEST(PolicyGuide, HasEachKeyAndNoOther) {
  std::vector<std::string> said;
  for (const Row& row : rows()) {
    const std::string key = row.section.empty() ? row.key : concat(row.section, ".", row.key);
    said.push_back(key);
    // Those of children are said to be the same.
    for (const std::string_view same : {"limits", "compile", "wasi"})
      if (row.section == concat("plugins.NAME.", same))
        said.push_back(concat("plugins.NAME.plugins.", same, ".", row.key));
  }
  std::vector<std::string> keys = policy::policy_keys();
  std::ranges::sort(said);
  std::ranges::sort(keys);
  EXPECT_EQ(said, keys);
}

// The values of a policy, as far as they can be told apart.
std::string told(const PluginPolicy& plugin) {
  const Policy policy;
  std::string out;
  for (const std::string& line : limits_of(plugin)) out += line + "\n";
  for (const Granted& one : grants_of(policy, plugin)) out += one.what + "\n";
  const CompileLimits& compile = plugin.compile;
  out += concat(compile.component.count, " ", compile.memory.count, " ", compile.code.count, " ",
                compile.cpu.count(), " ", compile.wall.count(), " ", plugin.wasi.lines, " ",
                plugin.wasi.line.count, "\n");
  if (plugin.log) out += concat(plugin.log->message.count, " ", plugin.log->context.count, "\n");
  if (plugin.keyvalue)
    out += concat(plugin.keyvalue->key.count, " ", plugin.keyvalue->value.count, " ",
                  plugin.keyvalue->batch, " ", plugin.keyvalue->answer.count, "\n");
  if (plugin.sql)
    for (const services::SqlGrant& sql : *plugin.sql)
      out += concat(sql.time.count(), " ", sql.rows, " ", sql.answer.count, " ", sql.value.count,
                    " ", sql.statement.count, " ", sql.transaction.count(), " ", sql.connections,
                    " ", sql.size.count, "\n");
  return out;
}

TEST(PolicyGuide, HasTheDefaultOfEachKey) {
  int compared = 0;
  for (const Row& row : rows()) {
    if (row.value.empty() || !row.section.starts_with("plugins.NAME")) continue;
    std::string section = row.section;
    for (std::size_t at = section.find("NAME"); at != std::string::npos; at = section.find("NAME"))
      section = concat(section.substr(0, at), "a", section.substr(at + 4));
    const std::string file =
        section.starts_with("plugins.a.sql") ? "[plugins.a.sql.a]\nfile = \"x\"\n" : "";
    const bool again = section == "plugins.a.sql.a";
    const std::string without = concat(file, again ? "" : concat("[", section, "]\n"));
    EXPECT_EQ(told(plugin(concat(without, row.key, " = ", row.value, "\n"))), told(plugin(without)))
        << row.section << " " << row.key;
    ++compared;
  }
  EXPECT_GT(compared, 40);
}

TEST(PolicyGuide, ShowsPoliciesWithoutErrors) {
  int shown = 0;
  bool is_toml = false;
  std::string block;
  for (const std::string& line : guide()) {
    if (is_toml && line == "```") {
      EXPECT_EQ(error(block), "no error") << block;
      ++shown;
      is_toml = false;
    }
    if (is_toml) block += line + "\n";
    if (line == "```toml") {
      is_toml = true;
      block.clear();
    }
  }
  EXPECT_EQ(shown, 2);
}

// ---- Files -------------------------------------------------------------------------------------

TEST(PolicyFile, TakesPathsFromItsOwnFolder) {
  const Folder folder;
  folder.write("p.toml", concat("lock = \"/abs.lock\"\n", kKeys));
  const Result<Policy> policy = Policy::read(folder.file("p.toml"));
  ASSERT_TRUE(policy) << policy.error().to_string();
  EXPECT_EQ(policy->name, "p.toml");
  EXPECT_EQ(policy->keyvalue->file, folder.file("keys.db"));
  EXPECT_EQ(policy->lock, "/abs.lock");
}

std::string read_error(const std::string& path) {
  const Result<Policy> policy = Policy::read(path);
  return policy ? "no error" : policy.error().to_string();
}

TEST(PolicyFile, IsARegularFileOfSomeSize) {
  const Folder folder;
  EXPECT_EQ(read_error(folder.file("none")),
            concat(folder.file("none"), " cannot be opened: No such file or directory"));
  EXPECT_EQ(read_error(folder.file("")), concat(folder.file(""), " is not a regular file"));
  ASSERT_EQ(mkfifo(folder.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_error(folder.file("pipe")), concat(folder.file("pipe"), " is not a regular file"));
  EXPECT_EQ(read_error("/dev/zero"), "/dev/zero is not a regular file");
  folder.write("large", std::string(MiB(1).count + 1, '\n'));
  EXPECT_EQ(read_error(folder.file("large")), concat(folder.file("large"), " has more than 1 MiB"));
  folder.write("full", std::string(MiB(1).count, '\n'));
  EXPECT_EQ(read_error(folder.file("full")), "no error");
}

TEST(PolicyFile, IsText) {
  EXPECT_TRUE(error("# \xff\n").starts_with("p.toml:1:"));
  EXPECT_TRUE(error(std::string("\0", 1)).starts_with("p.toml:1:"));
}

TEST(PolicyFile, IsNotNestedWithoutEnd) {
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  const std::string_view said = "p.toml:1:34: a line has more than 16 dots outside of texts";
  EXPECT_EQ(error(concat(dots, " = 1")), said);
  EXPECT_EQ(error(concat("[", dots, "]")),
            "p.toml:1:35: a line has more than 16 dots outside of texts");
  EXPECT_EQ(error(concat("x = ", std::string(100'000, '['))),
            "p.toml:1:21: more than 16 levels of brackets");
  // Dots in texts are none; and a text with quotes before its end hides none.
  EXPECT_EQ(error(concat("lock = \"", std::string(500, '.'), "\" # ", std::string(500, '.'))),
            "no error");
  EXPECT_EQ(error(concat("x = { a = \"\"\"b\"\"\"\", ", dots, " = 1 }")).substr(0, 10),
            "p.toml:1:5");
  EXPECT_EQ(error(concat("x = { a = '''b'''', ", dots, " = 1 }")).substr(0, 10), "p.toml:1:5");
}

// No text makes the reader do anything but answer.
TEST(PolicyFile, MayBeAnything) {
  const std::string whole = R"(unnamed = "refused"
[keyvalue]
file = "k"
[defaults.limits]
deadline = "1s"
[plugins.a.keyvalue]
buckets = ["a", 'b', """c"""]
[plugins.a.sql.o]
file = "o"
tables = { c = { access = "read-only", columns = ["x"] } }
[plugins."b.c".wasi]
clock = 2026-01-31T12:00:00Z
[plugins.b.plugins]
listed = { x = "y" }
)";
  ASSERT_EQ(error(whole), "no error");
  std::mt19937 chance(1);
  const auto any = [&](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(chance);
  };
  constexpr std::string_view kLikely = "[]{}\"'.=,\n\\#\xff-0aT:_\r ";
  for (int i = 0; i < 30'000; ++i) {
    std::string text = whole;
    for (std::size_t changes = any(4) + 1; changes > 0; --changes) {
      const std::size_t at = any(text.size());
      switch (any(4)) {
        case 0: text[at] = kLikely[any(kLikely.size())]; break;
        case 1: text.insert(at, 1, kLikely[any(kLikely.size())]); break;
        case 2: text.erase(at, any(20) + 1); break;
        default: text.insert(at, whole.substr(any(whole.size()), any(40))); break;
      }
      if (text.empty()) text.push_back('x');
    }
    const std::string said = error(text);
    EXPECT_TRUE(said == "no error" || said.starts_with("p.toml:")) << said;
  }
}

}  // namespace
}  // namespace mortise
