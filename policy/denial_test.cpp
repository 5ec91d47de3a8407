// Each line of a policy denies: what a plugin is answered, and what the audit log says.
#include <mortise/policy/granter.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/dynamic.h>

#include "config_world.h"
#include "keyvalue_world.h"
#include "log_world.h"
#include "plugins_world.h"
#include "sql_world.h"
#include "tests/policy/granting.h"
#include "tests/services/in_call.h"

namespace mortise {
namespace {

using testing::engine;
using testing::granted;
using testing::GranterTest;
using testing::in_call;
using testing::kEmptyComponent;
using testing::Lines;
using testing::options_of;
using Kind = Error::Kind;

namespace config = wasi::config_0_2_0_rc_1::store;
namespace keyvalue = wasi::keyvalue_0_2_0_draft2;
namespace sql = mortise_::sql::database;
namespace runner = mortise_::plugins::runner;

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
      auto opened = granted<keyvalue::store::Host>(options)->open(call, bucket);
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
      const auto host = granted<sql::Host>(options);
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
    folder_.write("tax.wat", kEmptyComponent);
    const Granter granter = audited(
        concat("[plugins.a.log]\n[plugins.a.plugins]\nlisted = { tax = \"tax.wat\" }\n", lines));
    const PluginOptions options = options_of(granter);
    Answered out;
    in_call([&](CallContext& call) {
      const auto host = granted<runner::Host>(options);
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
      const auto loaded = granted<runner::Host>(options)->plugin_load(call, "tax", grants);
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
    auto bucket = granted<keyvalue::store::Host>(options)->open(call, "default");
    const std::vector<std::string_view> two{"a", "b"};
    answer = words(granted<keyvalue::batch::Host>(options)->get_many(call, **bucket, two));
  });
  EXPECT_EQ(answer, "other: 2 keys at once: one call may have 1");
  EXPECT_EQ(audit(), Lines{"a keyvalue: 2 keys at once: one call may have 1"});
}

TEST_F(Denies, LargerAnswers) {
  const Granter granter = audited("[plugins.a.keyvalue]\nanswer = 9\n");
  const PluginOptions options = options_of(granter);
  std::string answer;
  in_call([&](CallContext& call) {
    auto bucket = granted<keyvalue::store::Host>(options)->open(call, "default");
    EXPECT_EQ(sets("a", 10)(call, **bucket), "done");
    const std::vector<std::string_view> one{"a"};
    answer = words(granted<keyvalue::batch::Host>(options)->get_many(call, **bucket, one));
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
    auto bucket = granted<keyvalue::store::Host>(options)->open(call, "default");
    ASSERT_TRUE(bucket) << words(bucket);
    const std::vector<std::string_view> many(100'000, "k");
    answer = words(granted<keyvalue::batch::Host>(options)->get_many(call, **bucket, many));
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
    auto bucket = granted<keyvalue::store::Host>(options)->open(call, "default");
    EXPECT_EQ(sets("a", 10)(call, **bucket), "done");
    meanwhile = [&] { answer = words((*bucket)->exists(call, "a")); };
    const std::vector<std::string_view> one{"a"};
    (void)granted<keyvalue::batch::Host>(options)->get_many(call, **bucket, one);
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
  EXPECT_EQ(calls("[plugins.a.plugins.compile]\ncomponent = 7\n", kEmptyComponent, "nothing()"),
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
    const auto host = granted<config::Host>(options);
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
      auto bucket = granted<keyvalue::store::Host>(options)->open(call, "default");
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

}  // namespace
}  // namespace mortise
