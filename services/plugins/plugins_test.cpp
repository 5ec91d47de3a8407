// mortise:plugins: what one plugin may run, and what becomes of it.
#include <mortise/services/plugins/plugins.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/services/running.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;
using Plugins = PluginsTest;

// ---- Loading -----------------------------------------------------------------------------------

TEST_F(Plugins, RunsOneThatIsListed) {
  go([](CallContext& call, runner::Host& host) {
    const auto child = start(call, host);
    EXPECT_EQ(wave(call, *child, "add(1, 2)"), "3");
    EXPECT_EQ(wave(call, *child, "nothing()"), "nothing");
  });
}

TEST_F(Plugins, RunsOneThatThePluginBrings) {
  grant_.bytes = true;
  go([](CallContext& call, runner::Host& host) {
    const auto component = bytes_of(MORTISE_GUEST_DIR "/processor.wasm");
    const auto plugin =
        value_of(host.plugin_compile(call, component, std::vector<std::string_view>()));
    EXPECT_EQ(value_of(plugin->functions(call)),
              std::vector<std::string>{"techbytes:plugins/processor.process-data"});
    const auto child = value_of(plugin->start(call, std::nullopt, kAll));
    EXPECT_EQ(wave(call, *child, R"(process-data("hi", {name: "n", version: "1", priority: 1}))"),
              R"(ok("[Processed by n v1]: HI"))");
  });
}

// Or it would fill the cache of its host, and learn by the time what is in it.
TEST_F(Plugins, LeavesTheCacheToWhatTheHostHasListed) {
  const CodeCache cache = good(CodeCache::open({.folder = folder_.file("cache")}));
  const Engine cached({.cache = cache});
  grant_.bytes = true;
  const Service service = services::plugins(cached, "pipeline", grant_);
  const auto host = std::static_pointer_cast<runner::Host>(*service.objects()[0].make("pipeline"));
  in_call([&](CallContext& call) {
    const auto component = bytes_of(MORTISE_GUEST_DIR "/processor.wasm");
    const std::vector<std::string_view> none;
    value_of(host->plugin_compile(call, component, none));
    EXPECT_EQ(cache.state(), CacheState{});
    load(call, *host, "processor");
    EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .stored = 1}));
    value_of(host->plugin_compile(call, component, none));
    EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .stored = 1}));
  });
}

TEST_F(Plugins, RefusesNamesThatAreNotListed) {
  go([](CallContext& call, runner::Host& host) {
    using namespace std::string_view_literals;
    for (const std::string_view name :
         {"other"sv, ""sv, "../tax"sv, "/etc/passwd"sv, "tax.wat"sv, "tax\0"sv, "TAX"sv})
      EXPECT_EQ(failure_of(host.plugin_load(call, name, std::vector<std::string_view>())),
                concat("denied: pipeline is not allowed to load the plugin `", escape(name),
                       "`, which is not listed"));
  });
  EXPECT_EQ(denials_.size(), 7U);
  EXPECT_EQ(denials_.front(), "pipeline plugins: to load the plugin `other`, which is not listed");
}

TEST_F(Plugins, RefusesBytesWhereTheyAreNotAllowed) {
  go([](CallContext& call, runner::Host& host) {
    const auto component = bytes_of(MORTISE_GUEST_DIR "/processor.wasm");
    EXPECT_EQ(failure_of(host.plugin_compile(call, component, std::vector<std::string_view>())),
              "denied: pipeline is not allowed to load a component of its own");
  });
  EXPECT_EQ(denials_, std::vector<std::string>{"pipeline plugins: to load a component of its own"});
}

TEST_F(Plugins, RefusesWhatIsNoComponent) {
  grant_.bytes = true;
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(failure_of(host.plugin_compile(call, std::vector<std::uint8_t>{1, 2, 3},
                                             std::vector<std::string_view>())),
              "bad-component: pipeline/component is not WebAssembly");
  });
}

TEST_F(Plugins, SaysNothingOfTheMachine) {
  grant_.listed["gone"] = folder_.file("gone.wasm");
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(failure_of(host.plugin_load(call, "gone", std::vector<std::string_view>())),
              "io: pipeline/gone cannot run: the host is not able to, for now");
  });
}

// ---- Grants ------------------------------------------------------------------------------------

TEST_F(Plugins, GivesAChildServicesOfItsParent) {
  int acted = 0;
  give_act([&](CallContext& call) {
    EXPECT_EQ(call.plugin(), "pipeline/acts");
    ++acted;
  });
  go([](CallContext& call, runner::Host& host) {
    const auto child = start(call, host, "acts", {"act", "act"});
    EXPECT_EQ(wave(call, *child, "run()"), "nothing");
  });
  EXPECT_EQ(acted, 1);
}

TEST_F(Plugins, RefusesServicesThatTheParentLacks) {
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(failure_of(host.plugin_load(call, "tax", std::vector<std::string_view>{"sql"})),
              "denied: pipeline is not allowed to give a plugin `sql`, which it does not have "
              "itself");
    const std::vector<std::string_view> many(100'000, "plugins");
    EXPECT_EQ(failure_of(host.plugin_load(call, "tax", many)),
              "denied: pipeline is not allowed to give a plugin 100000 services: it has 1 itself");
  });
  EXPECT_EQ(denials_, (std::vector<std::string>{
                          "pipeline plugins: to give a plugin `sql`, which it does not have itself",
                          "pipeline plugins: to give a plugin 100000 services: it has 1 itself"}));
}

TEST_F(Plugins, RefusesAChildThatImportsWhatItWasNotGiven) {
  give_act([](CallContext&) { ADD_FAILURE() << "it was not to act"; });
  const std::string why =
      "pipeline/acts imports what this host does not provide\n  import test:services/act: go";
  go([&](CallContext& call, runner::Host& host) {
    EXPECT_EQ(failure_of(host.plugin_load(call, "acts", std::vector<std::string_view>())),
              "denied: " + why);
  });
  EXPECT_EQ(denials_, std::vector<std::string>{"pipeline plugins: " + why});
}

TEST_F(Plugins, RefusesAChildThatTakesHandlesOfThem) {
  // The parent could make up the number of one.
  list("thief", R"((component
    (import "mortise:plugins/runner@0.1.0" (instance $r (export "plugin" (type (sub resource)))))
    (alias export $r "plugin" (type $plugin))
    (core module $m (func (export "run") (param i32)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "it" (borrow $plugin)) (canon lift (core func $i "run")))))");
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(failure_of(host.plugin_load(call, "thief", std::vector<std::string_view>{"plugins"})),
              "bad-component: pipeline/thief cannot be called by name: a function of it passes a "
              "resource of a service, and no value stands for those");
    EXPECT_EQ(failure_of(host.plugin_load(call, "thief", std::vector<std::string_view>())),
              "denied: pipeline/thief imports what this host does not provide\n"
              "  import mortise:plugins/runner@0.1.0: resource plugin");
  });
}

TEST_F(Plugins, RefusesInSomeKilobytesWhateverTheNamesAre) {
  std::string imports;
  for (char c = 'a'; c < 'u'; ++c)
    imports +=
        concat("(import \"x:y/", std::string(1500, c), "\" (instance (export \"f\" (func))))");
  list("wordy", concat("(component ", imports, ")"));
  go([](CallContext& call, runner::Host& host) {
    const std::string said =
        failure_of(host.plugin_load(call, "wordy", std::vector<std::string_view>()));
    EXPECT_TRUE(said.starts_with("denied: pipeline/wordy imports what")) << said;
    EXPECT_TRUE(said.ends_with("ccc..")) << said;
    EXPECT_LT(said.size(), 4100U);
  });
  EXPECT_LT(denials_.at(0).size(), 4100U);
}

// ---- Calls -------------------------------------------------------------------------------------

TEST_F(Plugins, CallsInJson) {
  go([](CallContext& call, runner::Host& host) {
    const auto child = start(call, host);
    EXPECT_EQ(value_of(child->call_json(call, "add", R"({"a": 1, "b": 2})", kAll)), "3");
    EXPECT_EQ(value_of(child->call_json(call, "nothing", "[]", kAll)), std::nullopt);
    const auto processor = start(call, host, "processor");
    EXPECT_EQ(value_of(processor->call_json(call, "techbytes:plugins/processor.process-data",
                                            R"(["", {"name": "n", "version": "", "priority": 1}])",
                                            kAll)),
              R"({"error":"Input cannot be empty"})");
  });
}

TEST_F(Plugins, CallsAProcessorTyped) {
  go([](CallContext& call, runner::Host& host) {
    const auto child = start(call, host, "processor");
    const runner::MetadataRef meta{.name = "n", .version = "1", .priority = 1};
    EXPECT_EQ(value_of(child->process_data(call, "hi", meta, kAll)), "[Processed by n v1]: HI");
    EXPECT_EQ(value_of(child->process_data(call, "", meta, kAll)),
              std::unexpected(std::string("Input cannot be empty")));
  });
}

TEST_F(Plugins, RefusesToCallWhatIsNoProcessorTyped) {
  list("other", component(R"((memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
      (func (export "run") (param i32 i32) (result i32) (i32.const 0)))",
                          R"((func $f (param "input" string) (result (result string (error string)))
        (canon lift (core func $i "run") (memory $i "memory") (realloc (func $i "realloc"))))
      (instance $p (export "process-data" (func $f)))
      (export "techbytes:plugins/processor" (instance $p)))"));
  go([](CallContext& call, runner::Host& host) {
    for (const std::string_view name : {"tax", "other"})
      EXPECT_EQ(failure_of(start(call, host, name)->process_data(call, "", {}, kAll)),
                concat("contract-mismatch: pipeline/", name,
                       " does not export process-data as techbytes:plugins/processor has it"));
  });
}

TEST_F(Plugins, RefusesACallThatDoesNotFitAndGoesOn) {
  go([](CallContext& call, runner::Host& host) {
    const auto child = start(call, host);
    EXPECT_EQ(wave(call, *child, "sub(1, 2)"),
              "misuse: pipeline/tax exports no function `sub`; near it: `add`, `grow`, `long`");
    EXPECT_EQ(wave(call, *child, "add(1"),
              "misuse: line 1, column 6: parameter `a`: expected `,` or `)`, found the end");
    EXPECT_EQ(failure_of(child->call_json(call, "add", R"({"a": 1})", kAll)),
              "misuse: line 1, column 1: parameter `b`, u32, is missing; for example 1");
    EXPECT_EQ(failure_of(child->call_json(call, "", "[]", kAll)),
              "misuse: pipeline/tax exports no function ``; near it: `add`, `grow`, `long`");
    EXPECT_EQ(
        failure_of(child->call_json(call, "add", "", kAll)),
        "misuse: line 1, column 1: this is not JSON: unexpected end of input; expected '[', '{', "
        "or a literal");
    EXPECT_EQ(wave(call, *child, ""),
              "misuse: line 1, column 1: expected the name of a function and its arguments, as in "
              "process-data(..) or techbytes:plugins/processor.process-data(..)");
    EXPECT_EQ(wave(call, *child, "add(1, 2)"), "3");
  });
}

TEST_F(Plugins, RefusesTextsThatAreTooLong) {
  go([](CallContext& call, runner::Host& host) {
    const auto child = start(call, host);
    const std::string name(MiB(2).count, 'a');
    const std::string why =
        "limit-exceeded/text: pipeline/tax was not called: a call has 2097154 bytes of text, and "
        "may have 1 MiB";
    EXPECT_EQ(wave(call, *child, name + "()"), why);
    EXPECT_EQ(failure_of(child->call_json(call, name, "[]", kAll)), why);
    // As long as may be, and it costs no time.
    EXPECT_EQ(wave(call, *child, name.substr(0, KiB(512).count) + "()"),
              concat("misuse: pipeline/tax exports no function `", std::string(100, 'a'),
                     ".. (524188 bytes more)`; near it: `add`, `trap`, `forever`"));
  });
}

// ---- What it leaves ----------------------------------------------------------------------------

std::size_t files_open() {
  const std::filesystem::directory_iterator files("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

TEST_F(Plugins, LeavesNothingBehind) {
  grant_.children = 2;
  go(
      [](CallContext& call, runner::Host& host) {
        const Bytes memory = call.memory_left();
        const std::size_t files = files_open();
        for (int i = 0; i < 100; ++i) {
          const auto plugin = load(call, host);
          for (int k = 0; k < 20; ++k) {
            const auto child = value_of(plugin->start(call, std::nullopt, kAll));
            EXPECT_EQ(wave(call, *child, k % 2 == 0 ? "add(1, 2)" : "trap()").substr(0, 1),
                      k % 2 == 0 ? "3" : "g");
          }
        }
        EXPECT_EQ(call.memory_left(), memory);
        EXPECT_EQ(files_open(), files);
      },
      {.deadline = 10min});
}

TEST(PluginsCache, HasChildrenThatWereCompiledBefore) {
  const Folder folder;
  const CodeCache cache = good(CodeCache::open({.folder = folder.file("cache")}));
  const Engine with_cache({.cache = cache});
  folder.write("tax.wat", child_text());
  const Service service =
      services::plugins(with_cache, "pipeline", {.listed = {{"tax", folder.file("tax.wat")}}});
  // The class of its binding, as Host<H> has it.
  const auto host =
      std::static_pointer_cast<runner::Host>(good(service.objects()[0].make("pipeline")));
  for (int i = 0; i < 2; ++i)
    in_call([&](CallContext& call) {
      EXPECT_TRUE(host->plugin_load(call, "tax", std::vector<std::string_view>()));
    });
  EXPECT_EQ(cache.state().hits, 1U);
  EXPECT_EQ(cache.state().stored, 1U);
}

}  // namespace
}  // namespace mortise::testing
