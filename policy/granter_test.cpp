// What plugins get of a policy, and that each line of one denies.
#include <mortise/policy/granter.h>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>
#include <mortise/policy/audit_log.h>
#include <mortise/policy/lock.h>
#include <mortise/policy/words.h>
#include <mortise/runtime/dynamic.h>

#include "config_world.h"
#include "keyvalue_world.h"
#include "log_world.h"
#include "plugins_world.h"
#include "sql_world.h"
#include "tests/services/files.h"
#include "tests/services/in_call.h"

namespace mortise {
namespace {

using testing::engine;
using testing::Folder;
using testing::in_call;
using Kind = Error::Kind;
using Lines = std::vector<std::string>;

namespace config = wasi::config_0_2_0_rc_1::store;
namespace keyvalue = wasi::keyvalue_0_2_0_draft2;
namespace sql = mortise_::sql::database;
namespace runner = mortise_::plugins::runner;

constexpr std::string_view kEmpty = "(component)";

// A component that imports these interfaces, of one function each, which it does not call.
std::string importing(const std::vector<std::string>& interfaces) {
  std::string wat = "(component";
  for (const std::string& name : interfaces)
    wat += concat("(import \"", name, R"(" (instance (export "f" (func)))))");
  return wat + ")";
}

// A policy in a folder, and what comes of it.
class GranterTest : public ::testing::Test {
 protected:
  Result<Granter> try_make(std::string_view policy, GranterOptions options = {}) {
    folder_.write("p.toml", policy);
    Result<Policy> read = Policy::read(folder_.file("p.toml"));
    EXPECT_TRUE(read) << read.error().to_string();
    if (!read) return std::unexpected(std::move(read).error());
    return Granter::make(engine(), *std::move(read), std::move(options));
  }
  Granter make(std::string_view policy, GranterOptions options = {}) {
    Result<Granter> granter = try_make(policy, std::move(options));
    EXPECT_TRUE(granter) << granter.error().to_string();
    return *std::move(granter);
  }
  // With an audit log and a log, which are empty, and a file for keys.
  Granter audited(std::string_view policy, std::string_view of_keyvalue = {},
                  GranterOptions options = {}) {
    std::filesystem::remove(folder_.file("denials"));
    std::filesystem::remove(folder_.file("log"));
    return make(concat("[audit]\nfile = \"denials\"\nlines_per_second = 100\n[keyvalue]\n"
                       "file = \"keys.db\"\n",
                       of_keyvalue, "[log]\nfile = \"log\"\n", policy),
                std::move(options));
  }

  // As one of database shop, which has a table.
  void make_database() {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(folder_.file("shop.db").c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database,
                           "CREATE TABLE IF NOT EXISTS customer (id INTEGER, name TEXT);"
                           "CREATE TABLE IF NOT EXISTS card (number TEXT);"
                           "INSERT INTO customer VALUES (1, 'Ada'), (2, 'Bo');",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
  }

  [[nodiscard]] std::string text_of(std::string_view file) const {
    std::ifstream in(folder_.file(file), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // "a keyvalue: to open .." of each line of the audit log.
  [[nodiscard]] Lines audit() const {
    Lines out;
    std::ifstream in(folder_.file("denials"));
    for (std::string line; std::getline(in, line);) {
      const auto read = nlohmann::json::parse(line);
      const auto field = [&](const char* name) { return read.at(name).get<std::string>(); };
      EXPECT_EQ(field("time").size(), std::string_view("2026-01-31T12:00:00.123Z").size());
      out.push_back(concat(field("plugin"), " ", field("service"), ": ", field("what")));
    }
    return out;
  }

  Folder folder_;
};

// The object that answers interface H for the plugin, as one for an instance of it.
template <class H>
std::shared_ptr<H> host_of(const PluginOptions& options) {
  for (const Service& service : options.services) {
    for (std::size_t i = 0; i < service.interfaces().size(); ++i) {
      if (service.interfaces()[i].name != H::interface) continue;
      const detail::HostObject& object = service.objects()[i];
      if (!object.make) return {object.keeps, static_cast<H*>(object.shared)};
      const auto made = object.make("a");
      return {*made, static_cast<H*>(made->get())};
    }
  }
  ADD_FAILURE() << "nobody gives " << H::interface;
  std::abort();
}

PluginOptions options_of(const Granter& granter, std::string_view plugin = "a") {
  Result<PluginOptions> options = granter.options_for(plugin);
  EXPECT_TRUE(options) << options.error().to_string();
  return options ? *std::move(options) : PluginOptions();
}
std::string load_error(const PluginOptions& options, std::string_view wat) {
  const auto plugin = DynamicPlugin::from_text(engine(), "a.wasm", wat, {}, options);
  return plugin ? "no error" : std::string(plugin.error().message());
}

// ---- Loading -----------------------------------------------------------------------------------

TEST_F(GranterTest, GivesLimitsAndWasi) {
  const Granter granter = make(R"([plugins.a.limits]
deadline = "7ms"
[plugins.a.compile]
component = "1KiB"
[plugins.a.wasi]
access = "none"
)");
  const PluginOptions options = options_of(granter);
  EXPECT_EQ(options.limits.deadline, std::chrono::milliseconds(7));
  EXPECT_EQ(options.compile_limits.component, KiB(1));
  EXPECT_EQ(options.wasi.access, Wasi::Access::none);
  EXPECT_EQ(options_of(granter, "b").limits.deadline, Limits().deadline);
}

TEST_F(GranterTest, GrantsNothingByDefault) {
  const Granter granter = make("");
  EXPECT_TRUE(options_of(granter).services.empty());
  EXPECT_EQ(load_error(options_of(granter), kEmpty), "no error");
}

TEST_F(GranterTest, NamesTheLineThatWouldGrantAnImport) {
  const Granter granter = make("[plugins.a.wasi]\naccess = \"none\"\n");
  EXPECT_EQ(load_error(options_of(granter),
                       importing({"wasi:logging/logging", "wasi:config/store@0.2.0-rc.1",
                                  "wasi:keyvalue/store@0.2.0-draft",
                                  "wasi:keyvalue/batch@0.2.0-draft", "mortise:sql/database@0.1.0",
                                  "mortise:plugins/runner@0.1.0", "wasi:clocks/wall-clock@0.2.6"})),
            "a.wasm imports what this host does not provide\n"
            "  import wasi:logging/logging: f\n"
            "  import wasi:config/store@0.2.0-rc.1: f\n"
            "  import wasi:keyvalue/store@0.2.0-draft: f\n"
            "  import wasi:keyvalue/batch@0.2.0-draft: f\n"
            "  import mortise:sql/database@0.1.0: f\n"
            "  import mortise:plugins/runner@0.1.0: f\n"
            "  import wasi:clocks/wall-clock@0.2.6: f\n"
            "  p.toml grants a no log: add `[plugins.a.log]`\n"
            "  p.toml grants a no config: add `[plugins.a.config]`\n"
            "  p.toml grants a no keyvalue: add `[plugins.a.keyvalue]`\n"
            "  p.toml grants a no sql: add `[plugins.a.sql.NAME]`\n"
            "  p.toml grants a no plugins: add `[plugins.a.plugins]`\n"
            "  p.toml grants a no WASI: add `access = \"sealed\"` to `[plugins.a.wasi]`");
}

TEST_F(GranterTest, SaysNothingOfWhatNoPolicyGrants) {
  EXPECT_EQ(load_error(options_of(make("")), importing({"wasi:keyvalue/store@9.0.0"})),
            "a.wasm imports what this host does not provide\n"
            "  import wasi:keyvalue/store@9.0.0: f\n"
            "  Provide it (DynamicImports), or build the plugin without it.");
}

// What words.h says of interfaces is what the services have.
TEST_F(GranterTest, KnowsTheInterfacesOfEachGrant) {
  const Granter granter = audited(R"([plugins.a]
log = {}
config = {}
keyvalue = {}
sql = {}
plugins = {}
)");
  std::vector<std::string_view> given;
  for (const Service& service : options_of(granter).services)
    for (const auto& interface : service.interfaces()) given.push_back(interface.name);
  std::vector<std::string_view> said;
  for (const std::string_view grant : {"log", "config", "keyvalue", "sql", "plugins"})
    for (const std::string_view interface : interfaces_with(grant)) said.push_back(interface);
  std::ranges::sort(given);
  std::ranges::sort(said);
  EXPECT_EQ(given, said);
}

TEST_F(GranterTest, RefusesPluginsThatAreNotNamed) {
  const Granter granter = make("unnamed = \"refused\"\n[plugins.a]\n");
  EXPECT_TRUE(granter.options_for("a"));
  const auto refused = granter.options_for("b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), Kind::denied);
  EXPECT_EQ(refused.error().message(),
            "p.toml refuses plugins that it does not name: add `[plugins.b]`");
  EXPECT_EQ(granter.options_for("../a").error().message(),
            "`../a` is no name that a policy knows plugins by: letters, digits, `-`, `_` and `.`, "
            "at most 100 of them");
}

TEST_F(GranterTest, SaysThatNobodyKnowsWhereTheLogIs) {
  const auto granter = try_make("[plugins.a.log]\n");
  ASSERT_FALSE(granter);
  EXPECT_EQ(granter.error().message(),
            "p.toml grants a log, and nobody says where it is: add `[log]` with a `file`, or "
            "GranterOptions::logger");
}

TEST_F(GranterTest, SaysWhatCannotBeOpened) {
  EXPECT_EQ(try_make("[audit]\nfile = \"/nowhere/x\"\n").error().message(),
            "/nowhere/x cannot be opened: No such file or directory");
  ASSERT_EQ(mkfifo(folder_.file("pipe").c_str(), 0600), 0);
  EXPECT_EQ(try_make("[audit]\nfile = \"pipe\"\n").error().message(),
            concat(folder_.file("pipe"), " is not a regular file"));
  EXPECT_EQ(try_make("[keyvalue]\nfile = \"/nowhere/x\"\n").error().kind(), Kind::io);
  EXPECT_EQ(try_make("[log]\nfile = \"/dev/null/x\"\n").error().kind(), Kind::io);
}

// ---- Denials, line by line ---------------------------------------------------------------------

std::string words(const keyvalue::store::Error& error) {
  using Refusal = keyvalue::store::Error;
  if (std::holds_alternative<Refusal::NoSuchStore>(error)) return "no-such-store";
  if (std::holds_alternative<Refusal::AccessDenied>(error)) return "access-denied";
  return "other: " + std::get<Refusal::Other>(error).value;
}
std::string words(const sql::Error& error) {
  using Refusal = sql::Error;
  if (const auto* one = std::get_if<Refusal::Denied>(&error)) return "denied: " + one->value;
  if (const auto* one = std::get_if<Refusal::Limit>(&error)) return "limit: " + one->value;
  if (std::holds_alternative<Refusal::NoSuchDatabase>(error)) return "no-such-database";
  if (std::holds_alternative<Refusal::Busy>(error)) return "busy";
  return "something else";
}
std::string words(const runner::Failure& failure) { return failure.message; }
template <class T, class E>
std::string words(const Outcome<T, E>& outcome) {
  if constexpr (std::is_same_v<T, std::optional<std::string>>)
    if (outcome) return outcome->value_or("nothing");
  if (outcome) return "done";
  return outcome.refusal() ? words(*outcome.refusal()) : outcome.failure()->to_string();
}

using Bytes8 = std::vector<std::uint8_t>;
using Parameters = std::vector<sql::ValueRef>;
using Bucket = keyvalue::store::Bucket;

// What a plugin `a` of this [plugins.a.keyvalue] is answered, and what the audit log says.
struct Answered {
  std::string answer;
  Lines audit;

  friend bool operator==(const Answered&, const Answered&) = default;
};
void PrintTo(const Answered& one, std::ostream* out) {
  *out << one.answer;
  for (const std::string& line : one.audit) *out << "\n    " << line;
}

// Its `run` logs its second parameter at the level that the first one numbers, in the context
// "pricing".
constexpr std::string_view kLogging = R"((component
  (import "wasi:logging/logging" (instance $log
    (type $l (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $l)))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
  (core module $mem
    (memory (export "mem") 1)
    (data (i32.const 16) "pricing")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $m (instantiate $mem))
  (core func $write (canon lower (func $log "log") (memory $m "mem")))
  (core module $code
    (import "h" "log" (func $log (param i32 i32 i32 i32 i32)))
    (func (export "run") (param $level i32) (param $at i32) (param $size i32)
      (call $log (local.get $level) (i32.const 16) (i32.const 7)
                 (local.get $at) (local.get $size))))
  (core instance $i (instantiate $code (with "h" (instance (export "log" (func $write))))))
  (func (export "run") (param "level" u32) (param "message" string)
    (canon lift (core func $i "run") (memory $m "mem") (realloc (func $m "realloc"))))
))";
using LogIt = abi::Function<"run", void, abi::Param<"level", std::uint32_t>,
                            abi::Param<"message", std::string_view>>;

// Children: one that never ends, needs two pages of memory, and answers 100 bytes.
constexpr std::string_view kChild = R"((component
  (core module $code
    (memory (export "mem") 2)
    (data (i32.const 16) "\20\00\00\00\64\00\00\00")
    (func (export "nothing"))
    (func (export "forever") (loop $l (br $l)))
    (func (export "long") (result i32) (i32.const 16)))
  (core instance $i (instantiate $code))
  (func (export "nothing") (canon lift (core func $i "nothing")))
  (func (export "forever") (canon lift (core func $i "forever")))
  (func (export "long") (result string) (canon lift (core func $i "long") (memory $i "mem")))
))";
// And one that loads `tax`, and answers why that failed.
constexpr std::string_view kNesting = R"((component
  (import "mortise:plugins/runner@0.1.0" (instance $runner
    (export "plugin" (type $plugin (sub resource)))
    (type $k (enum "bad-component" "contract-mismatch" "denied" "guest-trap" "limit-exceeded"
                   "overloaded" "cancelled" "misuse" "io" "internal"))
    (export "kind" (type $kind (eq $k)))
    (type $f (record (field "kind" $kind) (field "limit" (option string))
                     (field "message" string)))
    (export "failure" (type $failure (eq $f)))
    (export "[static]plugin.load"
      (func (param "name" string) (param "grants" (list string))
            (result (result (own $plugin) (error $failure)))))))
  (core module $mem
    (memory (export "mem") 1)
    (data (i32.const 16) "tax")
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3)))))
  (core instance $m (instantiate $mem))
  (core func $load (canon lower (func $runner "[static]plugin.load")
    (memory $m "mem") (realloc (func $m "realloc"))))
  (core module $code
    (import "h" "load" (func $load (param i32 i32 i32 i32 i32)))
    ;; The message of a failure is the last of what comes to 64.
    (func (export "run") (result i32)
      (call $load (i32.const 16) (i32.const 3) (i32.const 32) (i32.const 0) (i32.const 64))
      (i32.const 84)))
  (core instance $i (instantiate $code (with "h" (instance (export "load" (func $load))))))
  (func (export "run") (result string) (canon lift (core func $i "run") (memory $m "mem")))
))";

class Denies : public GranterTest {
 protected:
  using InBucket = std::function<std::string(CallContext&, Bucket&)>;

  Answered keys(std::string_view line, const InBucket& act, std::string_view bucket = "default") {
    const Granter granter = audited(concat("[plugins.a.keyvalue]\n", line));
    const PluginOptions options = options_of(granter);
    Answered out;
    in_call([&](CallContext& call) {
      auto opened = host_of<keyvalue::store::Host>(options)->open(call, bucket);
      out.answer = opened ? act(call, **opened) : words(opened);
    });
    out.audit = audit();
    EXPECT_EQ(granter.denied("a"), out.audit.size());
    EXPECT_EQ(granter.denied(), out.audit.size());
    return out;
  }
  static InBucket sets(std::string_view key, std::size_t size) {
    return [=](CallContext& call, Bucket& bucket) {
      return words(bucket.set(call, key, Bytes8(size)));
    };
  }

  using InDatabase = std::function<std::string(CallContext&, sql::Host&, sql::Connection&)>;

  Answered in_database(std::string_view lines, const InDatabase& act,
                       std::string_view name = "shop") {
    make_database();
    const Granter granter = audited(concat("[plugins.a.sql.shop]\nfile = \"shop.db\"\n", lines));
    const PluginOptions options = options_of(granter);
    Answered out;
    in_call([&](CallContext& call) {
      const auto host = host_of<sql::Host>(options);
      auto opened = host->connection_open(call, name);
      out.answer = opened ? act(call, *host, **opened) : words(opened);
    });
    out.audit = audit();
    EXPECT_EQ(granter.denied("a"), out.audit.size());
    return out;
  }
  Answered database(std::string_view lines, std::string_view statement, bool changes = false,
                    std::string_view name = "shop") {
    return in_database(
        lines,
        [&](CallContext& call, sql::Host&, sql::Connection& connection) {
          return changes ? words(connection.execute(call, statement, Parameters()))
                         : words(connection.query(call, statement, Parameters()));
        },
        name);
  }

  Answered child(std::string_view lines, std::string_view name,
                 const std::vector<std::string_view>& grants = {}) {
    folder_.write("tax.wat", kEmpty);
    const Granter granter = audited(
        concat("[plugins.a.log]\n[plugins.a.plugins]\nlisted = { tax = \"tax.wat\" }\n", lines));
    const PluginOptions options = options_of(granter);
    Answered out;
    in_call([&](CallContext& call) {
      const auto host = host_of<runner::Host>(options);
      if (name.empty()) {
        const Bytes8 component{0, 'a', 's', 'm', 0x0d, 0, 1, 0};
        out.answer = words(host->plugin_compile(call, component, grants));
        return;
      }
      const auto first = host->plugin_load(call, name, grants);
      out.answer = words(first);
      // A second one, while the first is there.
      if (first) out.answer += concat(", ", words(host->plugin_load(call, name, grants)));
    });
    out.audit = audit();
    EXPECT_EQ(granter.denied("a"), out.audit.size());
    return out;
  }
  // Of one that starts this component, which may run others too, and calls it.
  Answered calls(std::string_view lines, std::string_view component, std::string_view expression) {
    folder_.write("tax.wat", component);
    const Granter granter =
        audited(concat("[plugins.a.plugins]\nlisted = { tax = \"tax.wat\" }\n", lines));
    const PluginOptions options = options_of(granter);
    Answered out;
    in_call([&](CallContext& call) {
      const std::vector<std::string_view> grants{"plugins"};
      const auto loaded = host_of<runner::Host>(options)->plugin_load(call, "tax", grants);
      if (!loaded) return void(out.answer = words(loaded));
      const auto started = (*loaded)->start(call, std::nullopt, runner::Share());
      out.answer =
          started ? words((*started)->call_(call, expression, runner::Share())) : words(started);
    });
    out.audit = audit();
    EXPECT_EQ(granter.denied("a"), out.audit.size());
    return out;
  }

  // What stands in the log when one has logged this so many times, at the level of that number.
  Answered logs(std::string_view lines, std::uint32_t level, std::string_view message,
                int times = 1) {
    const Granter granter = audited(concat("[plugins.a.log]\n", lines));
    PluginOptions options = options_of(granter);
    options.limits.deadline = std::chrono::seconds(30);
    auto plugin =
        Plugin<testing::World<LogIt>>::from_text(engine(), "a.wasm", kLogging, {}, options);
    EXPECT_TRUE(plugin) << plugin.error().to_string();
    auto instance = testing::instance_of(*plugin);
    for (int i = 0; i < times; ++i) EXPECT_TRUE(instance.call().run(level, message));
    Answered out{.answer = {}, .audit = audit()};
    std::ifstream in(folder_.file("log"));
    for (std::string line; std::getline(in, line);)
      out.answer += line.substr(std::min(line.size(), line.find("plugin="))) + "\n";
    EXPECT_EQ(granter.denied("a"), out.audit.size());
    return out;
  }
};

TEST_F(Denies, BucketsThatAreNotListed) {
  EXPECT_EQ(keys("buckets = [\"prices\"]\n", sets("k", 1)),
            (Answered{"no-such-store", {"a keyvalue: to open the bucket `default`"}}));
  EXPECT_EQ(keys("buckets = [\"prices\"]\n", sets("k", 1), "prices").answer, "done");
}

TEST_F(Denies, WritesToWhatIsReadOnly) {
  EXPECT_EQ(keys("access = \"read-only\"\n", sets("k", 1)),
            (Answered{"access-denied",
                      {"a keyvalue: to write to the bucket `default`: it may only read"}}));
}

TEST_F(Denies, MoreKeys) {
  const Answered out = keys("keys = 1\n", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(words(bucket.set(call, "one", Bytes8(1))), "done");
    return words(bucket.set(call, "two", Bytes8(1)));
  });
  EXPECT_EQ(out, (Answered{"other: to keep more than 1 keys or 16 MiB",
                           {"a keyvalue: to keep more than 1 keys or 16 MiB"}}));
}

TEST_F(Denies, MoreBytesOfKeysAndValues) {
  const Answered out = keys("bytes = 100\n", sets("k", 100));
  EXPECT_EQ(out, (Answered{"other: to keep more than 10000 keys or 100 bytes",
                           {"a keyvalue: to keep more than 10000 keys or 100 bytes"}}));
  EXPECT_EQ(keys("bytes = 101\n", sets("k", 100)).answer, "done");
}

TEST_F(Denies, LongerKeys) {
  EXPECT_EQ(keys("key = 2\n", sets("abc", 1)),
            (Answered{"other: a key of 3 bytes: a key may have 2 bytes",
                      {"a keyvalue: a key of 3 bytes: a key may have 2 bytes"}}));
}

TEST_F(Denies, LongerValues) {
  EXPECT_EQ(keys("value = 2\n", sets("k", 3)),
            (Answered{"other: a value of 3 bytes: a value may have 2 bytes",
                      {"a keyvalue: a value of 3 bytes: a value may have 2 bytes"}}));
}

TEST_F(Denies, LargerBatches) {
  const Granter granter = audited("[plugins.a.keyvalue]\nbatch = 1\n");
  const PluginOptions options = options_of(granter);
  std::string answer;
  in_call([&](CallContext& call) {
    auto bucket = host_of<keyvalue::store::Host>(options)->open(call, "default");
    const std::vector<std::string_view> two{"a", "b"};
    answer = words(host_of<keyvalue::batch::Host>(options)->get_many(call, **bucket, two));
  });
  EXPECT_EQ(answer, "other: 2 keys at once: one call may have 1");
  EXPECT_EQ(audit(), Lines{"a keyvalue: 2 keys at once: one call may have 1"});
}

TEST_F(Denies, LargerAnswers) {
  const Granter granter = audited("[plugins.a.keyvalue]\nanswer = 9\n");
  const PluginOptions options = options_of(granter);
  std::string answer;
  in_call([&](CallContext& call) {
    auto bucket = host_of<keyvalue::store::Host>(options)->open(call, "default");
    EXPECT_EQ(sets("a", 10)(call, **bucket), "done");
    const std::vector<std::string_view> one{"a"};
    answer = words(host_of<keyvalue::batch::Host>(options)->get_many(call, **bucket, one));
  });
  EXPECT_EQ(answer, "other: an answer of more than 9 bytes");
  EXPECT_EQ(audit(), Lines{"a keyvalue: an answer of more than 9 bytes"});
}

// So many keys are not read in so little time, on any machine.
TEST_F(Denies, CallsThatTakeLongerThanThePatience) {
  const Granter granter = audited("[plugins.a.keyvalue]\nbatch = 100000\n", "patience = \"1ms\"\n");
  const PluginOptions options = options_of(granter);
  std::string answer;
  in_call([&](CallContext& call) {
    auto bucket = host_of<keyvalue::store::Host>(options)->open(call, "default");
    ASSERT_TRUE(bucket) << words(bucket);
    const std::vector<std::string_view> many(100'000, "k");
    answer = words(host_of<keyvalue::batch::Host>(options)->get_many(call, **bucket, many));
  });
  EXPECT_EQ(answer, "other: the call's time is over");
  EXPECT_EQ(audit(), Lines());
}

// A call has its connection while the host is told what it is denied: then another call finds none.
TEST_F(Denies, MoreConnectionsForKeys) {
  std::function<void()> meanwhile = [] {};
  const Granter granter =
      audited("[plugins.a.keyvalue]\nanswer = 9\n", "connections = 1\npatience = \"20ms\"\n",
              {.on_denied = [&](const services::Denial&) { meanwhile(); }});
  const PluginOptions options = options_of(granter);
  std::string answer;
  in_call([&](CallContext& call) {
    auto bucket = host_of<keyvalue::store::Host>(options)->open(call, "default");
    EXPECT_EQ(sets("a", 10)(call, **bucket), "done");
    meanwhile = [&] { answer = words((*bucket)->exists(call, "a")); };
    const std::vector<std::string_view> one{"a"};
    (void)host_of<keyvalue::batch::Host>(options)->get_many(call, **bucket, one);
  });
  EXPECT_EQ(answer,
            "other: the store cannot be used: others were using it until the time was over");
}

TEST_F(Denies, DatabasesThatAreNotListed) {
  EXPECT_EQ(database("", "SELECT 1", false, "other"),
            (Answered{"no-such-database", {"a sql: to open the database `other`"}}));
}

TEST_F(Denies, ChangesOfWhatIsReadOnly) {
  const Answered out = database("", "DELETE FROM card", true);
  EXPECT_EQ(out, (Answered{"denied: to write to the table `card`",
                           {"a sql: to write to the table `card`, in the database `shop`"}}));
  EXPECT_EQ(database("access = \"read-write\"\n", "DELETE FROM card", true).answer, "done");
}

TEST_F(Denies, TablesThatAreNotListed) {
  EXPECT_EQ(database("tables = { customer = \"read-only\" }\n", "SELECT * FROM card"),
            (Answered{"denied: to read the table `card`",
                      {"a sql: to read the table `card`, in the database `shop`"}}));
}

TEST_F(Denies, WritesToTablesThatAreReadOnly) {
  const Answered out = database("access = \"read-write\"\ntables = { customer = \"read-only\" }\n",
                                "DELETE FROM customer", true);
  EXPECT_EQ(out, (Answered{"denied: to write to the table `customer`",
                           {"a sql: to write to the table `customer`, in the database `shop`"}}));
}

TEST_F(Denies, ColumnsThatAreNotListed) {
  const Answered out =
      database("tables = { customer = { columns = [\"id\"] } }\n", "SELECT name FROM customer");
  EXPECT_EQ(
      out,
      (Answered{
          "denied: to read the column `name` of the table `customer`",
          {"a sql: to read the column `name` of the table `customer`, in the database `shop`"}}));
}

TEST_F(Denies, StatementsThatAreNotListed) {
  const Answered out =
      database("access = \"read-write\"\nstatements = [\"select\"]\n", "DELETE FROM card", true);
  EXPECT_EQ(out, (Answered{"denied: DELETE", {"a sql: DELETE, in the database `shop`"}}));
}

TEST_F(Denies, FunctionsThatAreNotListed) {
  const Answered out = database("", "SELECT randomblob(1)");
  EXPECT_EQ(out, (Answered{"denied: to use the function `randomblob`",
                           {"a sql: to use the function `randomblob`, in the database `shop`"}}));
  EXPECT_EQ(database("functions = [\"randomblob\"]\n", "SELECT randomblob(1)").answer, "done");
}

TEST_F(Denies, MoreRowsAndBytesAndText) {
  const auto limit = [](std::string_view what) {
    return Answered{concat("limit: ", what), {concat("a sql: ", what, ", in the database `shop`")}};
  };
  EXPECT_EQ(database("rows = 1\n", "SELECT * FROM customer"),
            limit("the answer has more than 1 rows"));
  EXPECT_EQ(database("answer = 10\n", "SELECT * FROM customer"),
            limit("the answer has more than 10 bytes"));
  EXPECT_EQ(database("statement = 5\n", "SELECT 1"),
            limit("the statement has 8 bytes: one may have 5 bytes"));
  EXPECT_EQ(database("value = 40\n",
                     "SELECT name || '12345678901234567890123456789012345678' || "
                     "name FROM customer"),
            limit("a text or blob has more than 40 bytes, or the statement than 16 KiB"));
}

// So much is not counted in so little time, on any machine.
TEST_F(Denies, StatementsThatTakeLonger) {
  EXPECT_EQ(database("time = \"1ms\"\n",
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                     "WHERE i < 500000) SELECT count(*) FROM n"),
            (Answered{"limit: the statement's time is over",
                      {"a sql: the statement's time is over, in the database `shop`"}}));
}

TEST_F(Denies, LargerFiles) {
  const std::string insert = concat("INSERT INTO card VALUES ('", std::string(9000, '4'), "')");
  EXPECT_EQ(database("access = \"read-write\"\nsize = \"12KiB\"\n", insert, true),
            (Answered{"limit: the database may have 12 KiB",
                      {"a sql: the database may have 12 KiB, in the database `shop`"}}));
}

TEST_F(Denies, MoreConnectionsToADatabase) {
  const Answered out = in_database("connections = 1\ntime = \"20ms\"\n",
                                   [](CallContext& call, sql::Host&, sql::Connection& connection) {
                                     const auto transaction = connection.begin(call);
                                     EXPECT_EQ(words(transaction), "done");
                                     return words(connection.query(call, "SELECT 1", Parameters()));
                                   });
  EXPECT_EQ(out, (Answered{"busy", {}}));
}

// When it is over, the next who waits for its connection ends it.
TEST_F(Denies, LongerTransactions) {
  constexpr std::string_view kLate = "the transaction took too long, and was undone";
  const Answered out = in_database(
      "connections = 1\ntransaction = \"1ms\"\n",
      [](CallContext& call, sql::Host& host, sql::Connection& connection) {
        auto transaction = connection.begin(call);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        EXPECT_EQ(words(connection.query(call, "SELECT 1", Parameters())), "done");
        if (!transaction) return words(transaction);
        const std::string said = words((*transaction)->query(call, "SELECT 1", Parameters()));
        return concat(said, "; ", words(host.transaction_commit(call, *std::move(transaction))));
      });
  const std::string line = concat("a sql: ", kLate, ", in the database `shop`");
  EXPECT_EQ(out, (Answered{concat("limit: ", kLate, "; limit: ", kLate), {line, line}}));
}

TEST_F(Denies, ChildrenThatAreNotListed) {
  EXPECT_EQ(child("", "other"),
            (Answered{"a is not allowed to load the plugin `other`, which is not listed",
                      {"a plugins: to load the plugin `other`, which is not listed"}}));
}

TEST_F(Denies, ComponentsThatAPluginBrings) {
  EXPECT_EQ(child("", ""), (Answered{"a is not allowed to load a component of its own",
                                     {"a plugins: to load a component of its own"}}));
  EXPECT_EQ(child("bytes = true\n", "").answer, "done");
}

TEST_F(Denies, ToHandOnWhatIsNotInServices) {
  const Answered out = child("", "tax", {"log"});
  EXPECT_EQ(out, (Answered{"a is not allowed to give a plugin `log`, which it does not have itself",
                           {"a plugins: to give a plugin `log`, which it does not have itself"}}));
  EXPECT_EQ(child("services = [\"log\"]\n", "tax", {"log"}).answer, "done, done");
}

TEST_F(Denies, MoreChildren) {
  EXPECT_EQ(child("children = 1\n", "tax"),
            (Answered{"done, a/tax was not made: 1 plugins and instances are there already, and no "
                      "more may be",
                      {}}));
}

// Of these the audit log says nothing: a plugin runs its children within them, and sees why.
TEST_F(Denies, DeeperChildren) {
  EXPECT_EQ(
      calls("depth = 1\n[plugins.a.plugins.limits]\ndeadline = \"30s\"\n", kNesting, "run()"),
      (Answered{"\"a/tax/tax was not loaded: plugins run plugins at most 1 levels deep\"", {}}));
}

TEST_F(Denies, LongerCallsOfChildren) {
  EXPECT_EQ(
      calls("text = 8\n", kChild, "nothing()"),
      (Answered{"a/tax was not called: a call has 9 bytes of text, and may have 8 bytes", {}}));
}

TEST_F(Denies, ChildrenThatRunLonger) {
  EXPECT_EQ(calls("[plugins.a.plugins.limits]\ndeadline = \"300ms\"\n", kChild, "forever()"),
            (Answered{"a/tax: forever was stopped at its deadline of 300 ms", {}}));
}

TEST_F(Denies, ChildrenThatUseMoreFuel) {
  EXPECT_EQ(
      calls("[plugins.a.plugins.limits]\ndeadline = \"30s\"\nfuel = 1000\n", kChild, "forever()"),
      (Answered{"a/tax: forever used up its fuel of 1000", {}}));
}

TEST_F(Denies, ChildrenWithMoreMemory) {
  EXPECT_EQ(calls("[plugins.a.plugins.limits]\nmemory = \"64KiB\"\n", kChild, "nothing()"),
            (Answered{"a/tax: instantiation ran out of memory: it asked for 128 KiB in all, and 64 "
                      "KiB are allowed",
                      {}}));
}

TEST_F(Denies, ChildrenThatAnswerMore) {
  EXPECT_EQ(calls("[plugins.a.plugins.limits]\ndeadline = \"30s\"\nlift = 50\n", kChild, "long()"),
            (Answered{"a/tax: long hands over more than the 50 bytes that one call may", {}}));
}

TEST_F(Denies, LargerChildren) {
  EXPECT_EQ(calls("[plugins.a.plugins.compile]\ncomponent = 7\n", kEmpty, "nothing()"),
            (Answered{"a/tax has 11 bytes, and a component may have 7 bytes", {}}));
}

TEST_F(Denies, ChildrenWithMoreCode) {
  const Answered out = calls("[plugins.a.plugins.compile]\ncode = \"1KiB\"\n", kChild, "nothing()");
  // How much it is, is the compiler's affair.
  EXPECT_TRUE(out.answer.starts_with("a/tax compiles to ")) << out.answer;
  EXPECT_TRUE(out.answer.ends_with(" of native code, and 1 KiB are allowed")) << out.answer;
  EXPECT_EQ(out.audit, Lines());
}

TEST_F(Denies, ChildrenTheWasiThatTheyAreNotGiven) {
  constexpr std::string_view kRandom = R"((component
    (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))))";
  EXPECT_EQ(calls("[plugins.a.plugins.wasi]\naccess = \"none\"\n", kRandom, "nothing()"),
            (Answered{"a/tax imports what this host does not provide\n"
                      "  import wasi:random/random@0.2.0: get-random-u64",
                      {"a plugins: a/tax imports what this host does not provide\\u{a}"
                       "  import wasi:random/random@0.2.0: get-random-u64"}}));
}

TEST_F(Denies, SettingsOfOthers) {
  const Granter granter =
      audited("[plugins.a.config]\nmine = \"1\"\n[plugins.b.config]\ntheirs = \"2\"\n");
  const PluginOptions options = options_of(granter);
  in_call([&](CallContext& call) {
    const auto host = host_of<config::Host>(options);
    EXPECT_EQ(**host->get(call, "mine"), "1");
    EXPECT_EQ(*host->get(call, "theirs"), std::nullopt);
    EXPECT_EQ(host->get_all(call)->size(), 1U);
  });
}

TEST_F(Denies, KeysOfOthers) {
  const Granter granter = audited("[defaults.keyvalue]\n");
  const auto act = [&](std::string_view plugin, const InBucket& in_bucket) {
    const PluginOptions options = options_of(granter, plugin);
    std::string answer;
    in_call([&](CallContext& call) {
      auto bucket = host_of<keyvalue::store::Host>(options)->open(call, "default");
      answer = in_bucket(call, **bucket);
    });
    return answer;
  };
  EXPECT_EQ(act("a", sets("k", 3)), "done");
  EXPECT_EQ(act("b",
                [](CallContext& call, Bucket& bucket) {
                  return bucket.get(call, "k")->has_value() ? "there" : "not there";
                }),
            "not there");
}

// ---- Logs --------------------------------------------------------------------------------------

TEST_F(Denies, MessagesBelowTheLevel) {
  EXPECT_EQ(logs("level = \"warn\"\n", 2, "hello"), (Answered{"", {}}));
  EXPECT_EQ(logs("level = \"warn\"\n", 3, "hello"),
            (Answered{"plugin=\"a\" context=\"pricing\" message=\"hello\"\n", {}}));
}

TEST_F(Denies, MoreMessages) {
  const Answered out = logs("messages_per_second = 1\n", 2, "hello", 1000);
  // Seconds may have passed, and each has one more.
  EXPECT_LT(std::ranges::count(out.answer, '\n'), 1000);
  ASSERT_FALSE(out.audit.empty());
  EXPECT_EQ(out.audit.front(), "a log: to log more than 1 messages or 64 KiB a second");
}

// A message that is longer than what a whole second has is never written.
TEST_F(Denies, MoreBytesOfMessages) {
  EXPECT_EQ(logs("bytes_per_second = 11\n", 2, "hello"),
            (Answered{"", {"a log: to log more than 100 messages or 11 bytes a second"}}));
}

TEST_F(Denies, LongerMessagesAndContexts) {
  EXPECT_EQ(logs("message = 4\n", 2, "hello"),
            (Answered{"plugin=\"a\" context=\"pricing\" message=\"hell\" message-cut=1\n", {}}));
  EXPECT_EQ(logs("context = 5\n", 2, "hello"),
            (Answered{"plugin=\"a\" context=\"prici\" context-cut=2 message=\"hello\"\n", {}}));
}

TEST_F(GranterTest, KeepsTheLogOfThePolicy) {
  const Granter granter = audited("[plugins.a.log]\nlevel = \"warn\"\n");
  const Service service = options_of(granter).services.at(0);
  // What the log does with messages is its own test's; here, that it goes where the policy says.
  EXPECT_EQ(service.interfaces().size(), 2U);
  EXPECT_TRUE(std::filesystem::exists(folder_.file("log")));
}

TEST_F(GranterTest, GivesOneServiceToAllThatIsLoadedAsAPlugin) {
  const Granter granter = audited("[plugins.a.keyvalue]\n");
  EXPECT_EQ(options_of(granter).services.at(0).objects()[0].shared,
            options_of(granter).services.at(0).objects()[0].shared);
}

TEST_F(GranterTest, TellsTheHostToo) {
  Lines told;
  folder_.write("p.toml", "[keyvalue]\nfile = \"keys.db\"\n[plugins.a.keyvalue]\n");
  auto granter = Granter::make(
      engine(), *Policy::read(folder_.file("p.toml")),
      {.on_denied = [&](const services::Denial& denial) { told.emplace_back(denial.what); }});
  ASSERT_TRUE(granter) << granter.error().to_string();
  const PluginOptions options = options_of(*granter);
  in_call([&](CallContext& call) {
    EXPECT_FALSE(host_of<keyvalue::store::Host>(options)->open(call, "x"));
  });
  EXPECT_EQ(told, Lines{"to open the bucket `x`"});
  EXPECT_EQ(granter->denied("a"), 1U);
}

// ---- The audit log -----------------------------------------------------------------------------

class AuditTest : public GranterTest {
 protected:
  AuditLog open(AuditFile options) {
    options.file = folder_.file("denials");
    auto opened = AuditLog::open(options);
    EXPECT_TRUE(opened) << opened.error().to_string();
    return *std::move(opened);
  }
  static void deny(const AuditLog& log, std::string_view what, std::string_view plugin = "a") {
    log.write(plugin, {.plugin = plugin, .service = "keyvalue", .what = what});
  }
};

TEST_F(AuditTest, IsForItsOwnerAlone) {
  open({});
  struct ::stat info{};
  ASSERT_EQ(::stat(folder_.file("denials").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(AuditTest, HasOneLineForWhateverWasRefused) {
  const AuditLog log = open({});
  deny(log, "a\nb\"\\\x1b\xff");
  deny(log, std::string(5000, 'x'));
  const std::string text = text_of("denials");
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_EQ(audit()[0], "a keyvalue: a\\u{a}b\"\\\\u{1b}\\xff");
  EXPECT_LT(text.size(), 3000U);
}

TEST_F(AuditTest, DropsWhatIsTooMuchAndSaysSo) {
  const AuditLog log = open({.lines_per_second = 1});
  for (int i = 0; i < 1000; ++i) deny(log, "more");
  deny(log, "one of another's", "b");
  // A second may have passed.
  EXPECT_LT(audit().size(), 20U);
  EXPECT_GT(log.dropped(), 980U);
  EXPECT_EQ(audit().back(), "b keyvalue: one of another's");
}

TEST_F(AuditTest, KeepsToItsSize) {
  const AuditLog log = open({.lines_per_second = 1'000'000, .size = KiB(10)});
  for (int i = 0; i < 500; ++i) deny(log, std::string(100, 'x'));
  EXPECT_EQ(log.dropped(), 0U);
  EXPECT_LE(text_of("denials").size(), KiB(10).count);
  EXPECT_LE(text_of("denials.1").size(), KiB(10).count);
  EXPECT_GT(text_of("denials.1").size(), KiB(9).count);
}

TEST_F(AuditTest, DropsWhatHasNoRoomAnywhere) {
  ASSERT_EQ(::mkdir(folder_.file("denials.1").c_str(), 0700), 0);
  const AuditLog log = open({.lines_per_second = 1'000'000, .size = KiB(1)});
  for (int i = 0; i < 100; ++i) deny(log, std::string(100, 'x'));
  EXPECT_GT(log.dropped(), 80U);
  EXPECT_LE(text_of("denials").size(), KiB(2).count);
}

TEST_F(AuditTest, GoesOnBehindALineThatWasCut) {
  folder_.write("denials", "{\"time\":\"2026-");
  const AuditLog log = open({});
  deny(log, "one");
  deny(log, "two");
  const std::string text = text_of("denials");
  EXPECT_TRUE(text.starts_with("{\"time\":\"2026-\n{\"time\":")) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
}

TEST_F(AuditTest, FollowsAFileThatWasMovedAway) {
  const AuditLog log = open({});
  deny(log, "one");
  std::filesystem::rename(folder_.file("denials"), folder_.file("moved"));
  deny(log, "two");
  EXPECT_EQ(audit(), Lines{"a keyvalue: two"});
  EXPECT_EQ(std::ranges::count(text_of("moved"), '\n'), 1);
}

// ---- Locks -------------------------------------------------------------------------------------

class Locked : public GranterTest {
 protected:
  static std::string hash(std::string_view text) {
    return component_hash(
        std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  // With what was approved for `a`.
  Granter locked(const Approved& approved, std::string_view policy) {
    EXPECT_TRUE(Lock({.plugins = {{"a", approved}}}).write(folder_.file("x.lock")));
    return make(concat("lock = \"x.lock\"\nlocked = true\n[audit]\nfile = \"denials\"\n", policy));
  }
  [[nodiscard]] std::string file() const { return folder_.file("x.lock"); }
};

TEST_F(Locked, LoadsWhatWasApproved) {
  const Granter granter = locked({.component = hash(kEmpty), .contract = hash("")}, "");
  EXPECT_EQ(load_error(options_of(granter), kEmpty), "no error");
}

TEST_F(Locked, RefusesAnotherComponent) {
  const Granter granter = locked({.component = hash(kEmpty), .contract = hash("")}, "");
  const std::string said = concat("a.wasm is not the component that was approved as a in ", file());
  EXPECT_EQ(load_error(options_of(granter), "(component )"),
            said + ": look at it with `mortise audit`, and --approve it");
  EXPECT_EQ(audit(), Lines{concat("a load: ", said)});
  EXPECT_EQ(granter.denied("a"), 1U);
}

TEST_F(Locked, RefusesWhatIsNotInIt) {
  const Granter granter = locked({.component = hash(kEmpty), .contract = hash("")}, "");
  const auto options = granter.options_for("b");
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().kind(), Kind::denied);
  EXPECT_EQ(options.error().message(),
            concat("b is not in ", file(), ": look at it with `mortise audit`, and --approve it"));
}

TEST_F(Locked, RefusesGrantsThatWereNotApproved) {
  const Granter granter = locked(
      {.component = hash(kEmpty), .contract = hash(""), .grants = {"config: read the setting `x`"}},
      "[plugins.a.config]\nx = \"1\"\ny = \"2\"\n");
  EXPECT_EQ(granter.options_for("a").error().message(),
            concat("p.toml grants a what was not approved in ", file(),
                   "\n  config: read the settings `x` and `y`\n"
                   "  Look at it with `mortise audit`, and --approve it."));
}

TEST_F(Locked, RefusesChildrenThatWereNotApproved) {
  folder_.write("tax.wat", kEmpty);
  folder_.write("new.wat", kEmpty);
  constexpr std::string_view kPolicy =
      "[plugins.a.plugins]\nlisted = { tax = \"tax.wat\", new = \"new.wat\" }\n";
  folder_.write("q.toml", kPolicy);
  const Policy policy = *Policy::read(folder_.file("q.toml"));
  const Granter granter = locked({.component = hash(kEmpty),
                                  .contract = hash(""),
                                  .grants = grant_lines(policy, *policy.find("a")),
                                  .children = {{"tax", hash(kEmpty)}}},
                                 kPolicy);
  const PluginOptions options = options_of(granter);
  in_call([&](CallContext& call) {
    const auto host = host_of<runner::Host>(options);
    const std::vector<std::string_view> none;
    EXPECT_EQ(words(host->plugin_load(call, "tax", none)), "done");
    EXPECT_EQ(words(host->plugin_load(call, "new", none)),
              concat("a/new is not the component that was approved in ", file()));
  });
}

TEST_F(Locked, SaysThatThereIsNoLockFile) {
  EXPECT_EQ(try_make("lock = \"x.lock\"\nlocked = true\n").error().message(),
            concat(file(), " cannot be opened: No such file or directory"));
}

// ---- Words -------------------------------------------------------------------------------------

TEST_F(GranterTest, SaysItsGrantsInWords) {
  const Granter granter = audited(R"([plugins.a]
log = {}
config = { y = "secret", x = "secret" }
[plugins.a.wasi]
clock = "real"
output = "logged"
[plugins.a.keyvalue]
access = "read-only"
[plugins.a.sql.shop]
file = "shop.db"
access = "read-write"
statements = ["select", "insert"]
functions = ["randomblob"]
tables = { customer = "read-write", card = { columns = ["number"] } }
[plugins.a.plugins]
listed = { tax = "tax.wasm" }
bytes = true
services = ["log"]
)");
  EXPECT_EQ(
      grant_lines(granter.policy(), *granter.policy().find("a")),
      (Lines{"config: read the settings `x` and `y`",
             "keyvalue: read keys in the buckets `` and `default`, 10000 keys and 16 MiB",
             "log: log from `info` on, 100 messages and 64 KiB a second", "plugins: hand on `log`",
             "plugins: run 16 of them at once, 4 levels deep",
             "plugins: run `tax`, which is tax.wasm", "plugins: run components that it brings",
             "sql shop: call the function `randomblob`",
             "sql shop: read and write the database shop.db, with `select` and `insert`",
             "sql shop: read and write the table `customer`",
             "sql shop: read the column `number` of the table `card`",
             "wasi: print into the log, 100 lines a call",
             "wasi: see the real time, to the nanosecond"}));
}

}  // namespace
}  // namespace mortise
