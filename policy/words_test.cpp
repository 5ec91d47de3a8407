// Grants in words, which is what is approved.
#include <mortise/policy/words.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/keys.h>
#include <mortise/policy/lock.h>

namespace mortise {
namespace {

// Of plugin `a`, which has all that there is by default, and these lines beyond.
std::vector<std::string> grants_with(std::string_view lines) {
  const std::string text = concat(lines, R"(
[log]
file = "log"
[keyvalue]
file = "keys"
[defaults.log]
[defaults.config]
x = "1"
[defaults.keyvalue]
[defaults.sql.shop]
file = "shop"
access = "read-write"
tables = { customer = "read-only" }
[defaults.wasi]
output = "logged"
[defaults.plugins.wasi]
output = "logged"
)");
  const Result<Policy> policy = Policy::parse(text, "p.toml");
  EXPECT_TRUE(policy) << policy.error().to_string();
  return policy ? grant_lines(*policy, *policy->find("a")) : std::vector<std::string>();
}

struct Changed {
  std::string_view key;
  std::string_view value;
};
constexpr Changed kChanged[] = {
    // NOLINT: a table to iterate over
    {"wasi.access", "\"none\""},
    {"wasi.clock", "\"real\""},
    {"wasi.output", "\"dropped\""},
    {"wasi.lines", "5"},
    {"wasi.line", "5"},
    {"log.level", "\"trace\""},
    {"log.messages_per_second", "5"},
    {"log.bytes_per_second", "5"},
    {"log.message", "5"},
    {"log.context", "5"},
    {"config.NAME", "\"1\""},
    {"keyvalue.buckets", "[\"b\"]"},
    {"keyvalue.access", "\"read-only\""},
    {"keyvalue.keys", "5"},
    {"keyvalue.bytes", "5"},
    {"keyvalue.key", "5"},
    {"keyvalue.value", "5"},
    {"keyvalue.batch", "5"},
    {"keyvalue.answer", "5"},
    {"sql.NAME.file", "\"other\""},
    {"sql.NAME.access", "\"read-only\""},
    {"sql.NAME.tables", "{ card = \"read-only\" }"},
    {"sql.NAME.tables.NAME.access", "\"read-write\""},
    {"sql.NAME.tables.NAME.columns", "[\"id\"]"},
    {"sql.NAME.statements", "[\"select\"]"},
    {"sql.NAME.functions", "[\"zeroblob\"]"},
    {"sql.NAME.time", "\"5s\""},
    {"sql.NAME.rows", "5"},
    {"sql.NAME.answer", "5"},
    {"sql.NAME.value", "5"},
    {"sql.NAME.statement", "5"},
    {"sql.NAME.transaction", "\"6s\""},
    {"sql.NAME.connections", "5"},
    {"sql.NAME.size", "5"},
    {"plugins.listed.NAME", "\"tax.wasm\""},
    {"plugins.bytes", "true"},
    {"plugins.services", "[\"log\"]"},
    {"plugins.depth", "5"},
    {"plugins.children", "5"},
    {"plugins.text", "5"},
    {"plugins.limits.deadline", "\"5s\""},
    {"plugins.limits.fuel", "5"},
    {"plugins.limits.memory", "5"},
    {"plugins.limits.lift", "5"},
    {"plugins.compile.component", "5"},
    {"plugins.compile.memory", "5"},
    {"plugins.compile.code", "5"},
    {"plugins.compile.cpu", "\"5s\""},
    {"plugins.compile.wall", "\"5s\""},
    {"plugins.compile.threads", "5"},
    {"plugins.wasi.access", "\"none\""},
    {"plugins.wasi.output", "\"dropped\""},
    {"plugins.wasi.lines", "5"},
    {"plugins.wasi.line", "5"},
};

// "sql.NAME.file" of database shop.
std::string key_of_a(std::string_view key) {
  std::string out;
  for (std::size_t dot = 0; dot != std::string_view::npos; key.remove_prefix(dot + 1)) {
    dot = key.find('.');
    const std::string_view part = key.substr(0, dot);
    const bool is_database = out == ".sql";
    out += concat(".", part != "NAME" ? part : is_database ? "shop" : "customer");
    if (dot == std::string_view::npos) break;
  }
  return "plugins.a" + out;
}

// Whoever raises one that does not would have it without anybody's approval.
TEST(GrantLines, ChangeWithEachKeyOfAGrant) {
  const std::vector<std::string> usual = grants_with("plugins.a = {}");
  for (const Changed& one : kChanged)
    EXPECT_NE(grants_with(concat(key_of_a(one.key), " = ", one.value)), usual) << one.key;
}

TEST(GrantLines, AreTriedWithEachKey) {
  constexpr std::string_view kPlugin = "plugins.NAME.";
  // Limits of the plugin itself are no grants, nor is whether chance repeats itself; and children
  // see the real time only with their parent.
  const auto is_free = [](std::string_view key) {
    return key.starts_with("limits.") || key.starts_with("compile.") || key.ends_with(".random") ||
           key == "plugins.wasi.clock";
  };
  for (const std::string& key : policy::policy_keys()) {
    if (!key.starts_with(kPlugin)) continue;
    const std::string_view rest = std::string_view(key).substr(kPlugin.size());
    const bool is_tried = std::ranges::find(kChanged, rest, &Changed::key) != std::end(kChanged);
    EXPECT_TRUE(is_tried || is_free(rest)) << rest;
  }
}

TEST(GrantLines, ReadAlikeForNoTwoNames) {
  const auto buckets = [](std::string_view list) {
    return grants_with(concat("plugins.a.keyvalue.buckets = ", list)).at(1);
  };
  EXPECT_EQ(
      buckets(R"(["a`, `b", "c"])"),
      R"(keyvalue: read and write keys in the buckets `a\`, \`b` and `c`, 10000 keys and 16 MiB)");
  EXPECT_NE(buckets(R"(["a`, `b", "c"])"), buckets(R"(["a", "b", "c"])"));
  EXPECT_NE(buckets(R"(["a\\`, `b"])"), buckets(R"(["a`, \\`b"])"));
  EXPECT_NE(buckets(R"(["\u001b"])"), buckets(R"(["\\u{1b}"])"));
  const std::string large(3000, 'x');
  EXPECT_NE(buckets(concat("[\"", large, "1\"]")), buckets(concat("[\"", large, "2\"]")));
}

}  // namespace
}  // namespace mortise
