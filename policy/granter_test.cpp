// What plugins get of a policy.
#include <mortise/policy/granter.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/policy/audit_log.h>
#include <mortise/policy/lock.h>
#include <mortise/policy/words.h>
#include <mortise/runtime/dynamic.h>

#include "keyvalue_world.h"
#include "plugins_world.h"
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
using testing::load_error;
using testing::options_of;
using Kind = Error::Kind;

namespace keyvalue = wasi::keyvalue_0_2_0_draft2;
namespace runner = mortise_::plugins::runner;

// A component that imports these interfaces, of one function each, which it does not call.
std::string importing(const std::vector<std::string>& interfaces) {
  std::string wat = "(component";
  for (const std::string& name : interfaces)
    wat += concat("(import \"", name, R"(" (instance (export "f" (func)))))");
  return wat + ")";
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
  EXPECT_EQ(load_error(options_of(granter), kEmptyComponent), "no error");
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
    EXPECT_FALSE(granted<keyvalue::store::Host>(options)->open(call, "x"));
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

// Two that found it full would move it one after the other, and the second the new one.
TEST_F(AuditTest, IsMovedByOneProcessAtATime) {
  const AuditLog log = open({.lines_per_second = 1'000'000, .size = KiB(1)});
  const auto fill = [&] {
    for (int i = 0; i < 20; ++i) deny(log, std::string(100, 'x'));
  };
  const int other = ::open(folder_.file("denials").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  fill();
  EXPECT_FALSE(std::filesystem::exists(folder_.file("denials.1")));
  EXPECT_GT(log.dropped(), 0U);
  ::close(other);
  fill();
  EXPECT_TRUE(std::filesystem::exists(folder_.file("denials.1")));
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

// How a plugin is answered that loads another.
std::string said(const Outcome<std::unique_ptr<runner::Plugin>, runner::Failure>& loaded) {
  if (loaded) return "done";
  return loaded.refusal() ? loaded.refusal()->message : loaded.failure()->to_string();
}

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
  const Granter granter = locked({.component = hash(kEmptyComponent), .contract = hash("")}, "");
  EXPECT_EQ(load_error(options_of(granter), kEmptyComponent), "no error");
}

TEST_F(Locked, RefusesAnotherComponent) {
  const Granter granter = locked({.component = hash(kEmptyComponent), .contract = hash("")}, "");
  const std::string said = concat("a.wasm is not the component that was approved as a in ", file());
  EXPECT_EQ(load_error(options_of(granter), "(component )"),
            said + ": look at it with `mortise audit`, and --approve it");
  EXPECT_EQ(audit(), Lines{concat("a load: ", said)});
  EXPECT_EQ(granter.denied("a"), 1U);
}

TEST_F(Locked, RefusesWhatIsNotInIt) {
  const Granter granter = locked({.component = hash(kEmptyComponent), .contract = hash("")}, "");
  const auto options = granter.options_for("b");
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().kind(), Kind::denied);
  EXPECT_EQ(options.error().message(),
            concat("b is not in ", file(), ": look at it with `mortise audit`, and --approve it"));
}

TEST_F(Locked, RefusesGrantsThatWereNotApproved) {
  const Granter granter = locked({.component = hash(kEmptyComponent),
                                  .contract = hash(""),
                                  .grants = {"config: read the setting `x`"}},
                                 "[plugins.a.config]\nx = \"1\"\ny = \"2\"\n");
  EXPECT_EQ(granter.options_for("a").error().message(),
            concat("p.toml grants a what was not approved in ", file(),
                   "\n  config: read the settings `x` and `y`\n"
                   "  Look at it with `mortise audit`, and --approve it."));
}

TEST_F(Locked, RefusesChildrenThatWereNotApproved) {
  folder_.write("tax.wat", kEmptyComponent);
  folder_.write("new.wat", kEmptyComponent);
  constexpr std::string_view kPolicy =
      "[plugins.a.plugins]\nlisted = { tax = \"tax.wat\", new = \"new.wat\" }\n";
  folder_.write("q.toml", kPolicy);
  const Policy policy = *Policy::read(folder_.file("q.toml"));
  const Granter granter = locked({.component = hash(kEmptyComponent),
                                  .contract = hash(""),
                                  .grants = grant_lines(policy, *policy.find("a")),
                                  .children = {{"tax", hash(kEmptyComponent)}}},
                                 kPolicy);
  const PluginOptions options = options_of(granter);
  in_call([&](CallContext& call) {
    const auto host = granted<runner::Host>(options);
    const std::vector<std::string_view> none;
    EXPECT_EQ(said(host->plugin_load(call, "tax", none)), "done");
    EXPECT_EQ(said(host->plugin_load(call, "new", none)),
              "a/new is not the component that was approved");
  });
  // Where that was is for the host alone.
  EXPECT_EQ(audit(), Lines{concat("a plugins: a/new is not the component that was approved in ",
                                  file(), ": look at it with `mortise audit`, and --approve it")});
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
             "keyvalue: use keys of 512 bytes, values of 1 MiB, batches of 1000 and answers of "
             "8 MiB",
             "log: log from `info` on, 100 messages and 64 KiB a second",
             "log: log messages of 8 KiB, in contexts of 200 bytes",
             "plugins: compile each with components of 64 MiB, code of 512 MiB, memory 2 GiB, "
             "1 min of processor time, 2 min in all, all processors",
             "plugins: hand on `log`", "plugins: run 16 of them at once, 4 levels deep",
             "plugins: run `tax`, which is tax.wasm", "plugins: run components that it brings",
             "plugins: run each with deadline 100 ms, no bound on fuel, memory 64 MiB, results of "
             "8 MiB, calls of 1 MiB of text",
             "sql shop: call the function `randomblob`",
             "sql shop: have 4 connections, transactions of 5 s and a file of 256 MiB",
             "sql shop: read and write the database shop.db, with `select` and `insert`",
             "sql shop: read and write the table `customer`",
             "sql shop: read the column `number` of the table `card`",
             "sql shop: run statements of 16 KiB and 1 s, with values of 1 MiB and answers of "
             "1000 rows and 4 MiB",
             "wasi: print into the log, 100 lines a call of 4 KiB",
             "wasi: see the real time, to the nanosecond"}));
}

}  // namespace
}  // namespace mortise
