// mortise:plugins: children have what their parent has left, and no more.
#include <mortise/services/plugins/plugins.h>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/services/running.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;
using std::string_view_literals::operator""sv;

using PluginsLimits = PluginsTest;

const std::vector<std::string_view> kNone;
constexpr Limits kFuel{.deadline = 30s, .fuel = Fuel(10'000'000)};

runner::Share fuel(std::uint64_t units) { return {.fuel = units, .time = std::nullopt}; }
runner::Share milliseconds(std::uint64_t time) { return {.fuel = std::nullopt, .time = time}; }

// ---- Fuel --------------------------------------------------------------------------------------

TEST_F(PluginsLimits, ChargeTheFuelThatAChildHasUsed) {
  go(
      [](CallContext& call, runner::Host& host) {
        const auto child = start(call, host);
        const auto used = [&](std::string_view expression, const runner::Share& share) {
          const Fuel before = *call.fuel_left();
          EXPECT_EQ(wave(call, *child, expression, share), "nothing");
          return before.units - call.fuel_left()->units;
        };
        const std::uint64_t of_one = used("work(1)", kAll);
        const std::uint64_t of_hundred = used("work(100)", kAll);
        EXPECT_GT(of_one, 0U);
        EXPECT_GT(of_hundred, of_one + 99);
        // What was not used comes back; and it is the same each time.
        EXPECT_EQ(used("work(100)", fuel(1'000'000)), of_hundred);
        EXPECT_EQ(used("work(100)", fuel(UINT64_MAX)), of_hundred);
        EXPECT_EQ(used("work(100)", fuel(of_hundred)), of_hundred);
      },
      kFuel);
  EXPECT_LT(fuel_used_.units, 10'000U);
}

TEST_F(PluginsLimits, ChargeAllTheFuelOfAChildThatFails) {
  go(
      [](CallContext& call, runner::Host& host) {
        const auto charged = [&](std::string_view expression, const runner::Share& share) {
          const auto child = start(call, host);
          const Fuel before = *call.fuel_left();
          const std::string said = wave(call, *child, expression, share);
          return concat(before.units - call.fuel_left()->units, " ", said);
        };
        EXPECT_EQ(charged("work(100000)", fuel(1000)),
                  "1000 limit-exceeded/fuel: pipeline/tax: work used up its fuel of 1000");
        EXPECT_EQ(charged("trap()", fuel(2000)),
                  "2000 guest-trap: pipeline/tax: trap trapped: wasm `unreachable` "
                  "instruction executed");
      },
      kFuel);
}

TEST_F(PluginsLimits, ChargeNothingForAChildThatHasNotRun) {
  go(
      [](CallContext& call, runner::Host& host) {
        const auto plugin = load(call, host);
        const auto child = start(call, host);
        const auto ended = start(call, host);
        EXPECT_EQ(wave(call, *ended, "trap()", fuel(1)).substr(0, 5), "limit");
        const Fuel before = *call.fuel_left();
        EXPECT_EQ(wave(call, *child, "work(1)", fuel(0)),
                  "limit-exceeded/fuel: pipeline/tax: work was not called: it was given no fuel");
        EXPECT_EQ(wave(call, *child, "work(1)", milliseconds(0)),
                  "limit-exceeded/deadline: pipeline/tax: work was not called: its deadline had "
                  "passed");
        EXPECT_EQ(
            failure_of(plugin->start(call, std::nullopt, fuel(0))),
            "limit-exceeded/fuel: pipeline/tax: instantiation was not called: it was given no "
            "fuel");
        EXPECT_EQ(failure_of(plugin->start(call, std::nullopt, milliseconds(0))),
                  "limit-exceeded/deadline: pipeline/tax: instantiation was not called: its "
                  "deadline had passed");
        EXPECT_EQ(wave(call, *ended, "work(1)"),
                  "misuse: pipeline/tax: work was not called: an earlier call failed and ended the "
                  "instance");
        EXPECT_EQ(wave(call, *child, "work(x)").substr(0, 6), "misuse");
        EXPECT_EQ(call.fuel_left(), before);
        EXPECT_EQ(wave(call, *child, "work(1)"), "nothing");
      },
      kFuel);
}

TEST_F(PluginsLimits, GiveNoMoreFuelThanTheParentHas) {
  const auto done = run(
      [](CallContext& call, runner::Host& host) {
        const auto child = start(call, host);
        call.charge(Fuel(call.fuel_left()->units - 500));
        EXPECT_EQ(wave(call, *child, "work(100000)", fuel(UINT64_MAX)),
                  "limit-exceeded/fuel: pipeline/tax: work used up its fuel of 500");
        EXPECT_EQ(call.fuel_left(), Fuel(0));
        EXPECT_EQ(failure_of(load(call, host)->start(call, std::nullopt, kAll)).substr(0, 19),
                  "limit-exceeded/fuel");
      },
      kFuel);
  EXPECT_LE(fuel_used_, kFuel.fuel);
}

TEST_F(PluginsLimits, GiveAChildTheFuelOfTheGrantWhereThatIsLess) {
  grant_.limits.fuel = Fuel(700);
  for (const Limits& limits : {kFuel, Limits{.deadline = 30s}})
    go(
        [](CallContext& call, runner::Host& host) {
          EXPECT_EQ(wave(call, *start(call, host), "work(100000)"),
                    "limit-exceeded/fuel: pipeline/tax: work used up its fuel of 700");
        },
        limits);
}

TEST_F(PluginsLimits, ChargeForMakingAnInstance) {
  list("starts", R"((component
    (core module $m
      (func $start (local $n i32)
        (loop $l
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $l (i32.lt_u (local.get $n) (i32.const 100)))))
      (start $start)
      (func (export "run")))
    (core instance $i (instantiate $m))
    (func (export "run") (canon lift (core func $i "run")))))");
  go(
      [](CallContext& call, runner::Host& host) {
        const auto plugin = load(call, host, "starts");
        const Fuel before = *call.fuel_left();
        const auto child = value_of(plugin->start(call, std::nullopt, kAll));
        EXPECT_GT(before.units - call.fuel_left()->units, 400U);
        const Fuel again = *call.fuel_left();
        EXPECT_EQ(failure_of(plugin->start(call, std::nullopt, fuel(100))),
                  "limit-exceeded/fuel: pipeline/starts: instantiation used up its fuel of 100");
        EXPECT_EQ(again.units - call.fuel_left()->units, 100U);
      },
      kFuel);
}

// ---- Time --------------------------------------------------------------------------------------

TEST_F(PluginsLimits, StopAChildAtItsShareOfTime) {
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(
        wave(call, *start(call, host), "forever()", milliseconds(20)),
        "limit-exceeded/deadline: pipeline/tax: forever was stopped at its deadline of 20 ms");
  });
}

TEST_F(PluginsLimits, StopAChildWithItsParent) {
  std::string said;
  const auto done = run(
      [&](CallContext& call, runner::Host& host) {
        said = wave(call, *start(call, host), "forever()", milliseconds(UINT64_MAX));
      },
      {.deadline = 2s});
  EXPECT_EQ(said.substr(0, 70),
            "limit-exceeded/deadline: pipeline/tax: forever was stopped at its dead");
}

TEST_F(PluginsLimits, TakeADeadlineOfTheGrantForEachCallAndNotWhatWasLeftAtLoad) {
  grant_.limits.deadline = std::nullopt;
  Parent parent(grant_, {.deadline = 30s});
  std::unique_ptr<runner::Instance> child;
  ASSERT_TRUE(parent.run(
      [&](CallContext& call, runner::Host& host) {
        child = start(call, host);
        EXPECT_EQ(wave(call, *child, "forever()", milliseconds(1)).substr(0, 23),
                  "limit-exceeded/deadline");
        child = start(call, host);
      },
      {.deadline = 20s}));
  ASSERT_TRUE(parent.run([&](CallContext& call, runner::Host& host) {
    const runner::Left left = host.what_is_left(call).value();
    EXPECT_GT(left.time, 20'000U);
    EXPECT_EQ(wave(call, *child, "add(1, 2)"), "3");
  }));
}

TEST_F(PluginsLimits, LoadNothingAfterTheDeadline) {
  std::string said;
  const auto done = run(
      [&](CallContext& call, runner::Host& host) {
        while (call.time_left() > 0ms) std::this_thread::sleep_for(1ms);
        said = failure_of(host.plugin_load(call, "tax", kNone));
      },
      {.deadline = 5ms});
  EXPECT_EQ(said, "limit-exceeded/deadline: pipeline/tax was not loaded: its deadline had passed");
}

TEST_F(PluginsLimits, HoldWhereTheParentHasNone) {
  grant_.limits = {.deadline = 20ms, .memory = KiB(128)};
  go(
      [](CallContext& call, runner::Host& host) {
        const runner::Left left = host.what_is_left(call).value();
        EXPECT_EQ(left.fuel, std::nullopt);
        EXPECT_EQ(left.time, std::nullopt);
        EXPECT_EQ(wave(call, *start(call, host), "forever()"),
                  "limit-exceeded/deadline: pipeline/tax: forever was stopped at its deadline of "
                  "20 ms");
      },
      {.deadline = std::nullopt});
}

TEST_F(PluginsLimits, CancelAChildWithItsParent) {
  std::stop_source stop;
  std::string said;
  const auto done = run(
      [&](CallContext& call, runner::Host& host) {
        const auto child = start(call, host);
        const std::jthread asks([&] { stop.request_stop(); });
        said = wave(call, *child, "forever()");
      },
      {.deadline = 30s}, {.stop = stop.get_token()});
  // Before it was called, or while it ran. What its parent makes of that, if it is not stopped
  // first, is its own affair.
  EXPECT_EQ(said.substr(0, 33), "cancelled: pipeline/tax: forever ");
}

// ---- Memory ------------------------------------------------------------------------------------

constexpr Limits kMemory{.deadline = 30s, .memory = MiB(1)};

TEST_F(PluginsLimits, KeepAChildsMemoryFromItsParentAsLongAsItLives) {
  go(
      [](CallContext& call, runner::Host& host) {
        EXPECT_EQ(host.what_is_left(call).value().memory, MiB(1).count);
        const auto plugin = load(call, host);
        {
          const auto half = value_of(plugin->start(call, std::nullopt, kAll));
          EXPECT_EQ(call.memory_left(), KiB(512));
          const auto more = value_of(plugin->start(call, KiB(384).count, kAll));
          EXPECT_EQ(call.memory_left(), KiB(128));
          // It is not given back when the child has ended, but when it is gone.
          EXPECT_EQ(wave(call, *more, "trap()").substr(0, 10), "guest-trap");
          EXPECT_EQ(call.memory_left(), KiB(128));
        }
        EXPECT_EQ(call.memory_left(), MiB(1));
      },
      kMemory);
}

TEST_F(PluginsLimits, GiveNoMoreMemoryThanTheParentHas) {
  go(
      [](CallContext& call, runner::Host& host) {
        const auto plugin = load(call, host);
        for (const std::uint64_t asked : {MiB(1).count + 1, UINT64_MAX})
          EXPECT_EQ(failure_of(plugin->start(call, asked, kAll)),
                    concat("limit-exceeded/memory: pipeline/tax was not started with ",
                           bytes_text(asked), " of memory: no more than 1 MiB can be given to it"));
        EXPECT_EQ(failure_of(plugin->start(call, 0, kAll)),
                  "limit-exceeded/memory: pipeline/tax: instantiation ran out of memory: it asked "
                  "for 64 KiB in all, and 0 bytes are allowed");
        EXPECT_EQ(call.memory_left(), MiB(1));
      },
      kMemory);
}

TEST_F(PluginsLimits, GiveAChildTheMemoryOfTheGrantWhereThatIsLess) {
  grant_.limits.memory = KiB(128);
  go([](CallContext& call, runner::Host& host) {
    const auto plugin = load(call, host);
    EXPECT_EQ(failure_of(plugin->start(call, KiB(129).count, kAll)),
              "limit-exceeded/memory: pipeline/tax was not started with 129 KiB of memory: no more "
              "than 128 KiB can be given to it");
    EXPECT_EQ(wave(call, *value_of(plugin->start(call, std::nullopt, kAll)), "grow(2)"), "-1");
  });
}

TEST_F(PluginsLimits, BoundTheMemoryOfAChildByItsShare) {
  go(
      [](CallContext& call, runner::Host& host) {
        const auto plugin = load(call, host);
        const auto child = value_of(plugin->start(call, KiB(192).count, kAll));
        EXPECT_EQ(wave(call, *child, "grow(2)"), "1");
        EXPECT_EQ(wave(call, *child, "grow(1)"), "-1");
        EXPECT_EQ(wave(call, *child, "need(1)"),
                  "limit-exceeded/memory: pipeline/tax: need ran out of memory: it asked for 256 "
                  "KiB in all, and 192 KiB are allowed");
      },
      kMemory);
}

TEST_F(PluginsLimits, TakeTheCodeThatAPluginBringsFromItsMemory) {
  grant_.bytes = true;
  const auto component = bytes_of(MORTISE_GUEST_DIR "/processor.wasm");
  go([&](CallContext& call, runner::Host& host) {
    const Bytes before = call.memory_left();
    auto plugin = value_of(host.plugin_compile(call, component, kNone));
    const Bytes with = call.memory_left();
    EXPECT_LT(with, Bytes{before.count - KiB(16).count});
    {
      const auto child = value_of(plugin->start(call, MiB(2).count, kAll));
      plugin.reset();
      // An instance keeps it.
      EXPECT_EQ(call.memory_left(), Bytes{with.count - MiB(2).count});
    }
    EXPECT_EQ(call.memory_left(), before);
  });
  go(
      [&](CallContext& call, runner::Host& host) {
        const std::string said = failure_of(host.plugin_compile(call, component, kNone));
        EXPECT_TRUE(
            said.starts_with("limit-exceeded/compile_code: pipeline/component compiles to "))
            << said;
        EXPECT_TRUE(said.ends_with(" of native code, and 16 KiB are allowed")) << said;
        EXPECT_EQ(call.memory_left(), KiB(16));
      },
      {.deadline = 30s, .memory = KiB(16)});
}

TEST_F(PluginsLimits, RefuseAnswersThatTheParentHasNoMemoryFor) {
  go(
      [](CallContext& call, runner::Host& host) {
        const auto plugin = load(call, host);
        const auto child = value_of(plugin->start(call, KiB(512).count, kAll));
        EXPECT_EQ(wave(call, *child, "long(90000)"),
                  "limit-exceeded/memory: pipeline/tax answers 450002 bytes, for which its parent "
                  "has no memory: 512 KiB are left");
        EXPECT_EQ(failure_of(child->call_json(call, "long", "[100000]", kAll)),
                  "limit-exceeded/memory: pipeline/tax answers 600002 bytes, for which its parent "
                  "has no memory: 512 KiB are left");
        EXPECT_EQ(wave(call, *child, "add(1, 2)"), "3");
      },
      kMemory);
}

TEST_F(PluginsLimits, BoundWhatAChildAnswers) {
  grant_.limits.lift = KiB(4);
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(wave(call, *start(call, host), "long(5000)"),
              "limit-exceeded/lift: pipeline/tax: long hands over more than the 4 KiB that one "
              "call may");
  });
}

// ---- How many, and how deep --------------------------------------------------------------------

TEST_F(PluginsLimits, BoundHowManyThereAre) {
  grant_.children = 3;
  go([](CallContext& call, runner::Host& host) {
    auto plugin = load(call, host);
    const auto one = value_of(plugin->start(call, KiB(64).count, kAll));
    auto two = value_of(plugin->start(call, KiB(64).count, kAll));
    const auto why =
        "overloaded: pipeline/tax was not made: 3 plugins and instances are there already, and no "
        "more may be"sv;
    const Bytes left = call.memory_left();
    EXPECT_EQ(failure_of(plugin->start(call, KiB(64).count, kAll)), why);
    EXPECT_EQ(failure_of(host.plugin_load(call, "tax", kNone)), why);
    EXPECT_EQ(call.memory_left(), left);
    // Its code is there as long as its instances are.
    plugin.reset();
    EXPECT_EQ(failure_of(host.plugin_load(call, "tax", kNone)), why);
    two.reset();
    EXPECT_TRUE(host.plugin_load(call, "tax", kNone));
    EXPECT_EQ(wave(call, *one, "add(1, 2)"), "3");
  });
}

TEST_F(PluginsLimits, BoundHowDeepTheyAre) {
  grant_.depth = 0;
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(host.what_is_left(call).value().levels, 0U);
    EXPECT_EQ(failure_of(host.plugin_load(call, "tax", kNone)),
              "limit-exceeded/depth: pipeline/tax was not loaded: plugins run plugins at most 0 "
              "levels deep");
  });
}

TEST_F(PluginsLimits, EndAChildAtItsStackAndNotTheProcess) {
  go([](CallContext& call, runner::Host& host) {
    EXPECT_EQ(wave(call, *start(call, host), "recurse()"),
              "limit-exceeded/stack: pipeline/tax: recurse used up its stack of 512 KiB");
  });
}

// With so much less of the thread's stack.
template <class Act>
[[gnu::noinline]] void deeper(Bytes by, Act act) {
  auto* const taken = static_cast<volatile char*>(__builtin_alloca(by.count));
  taken[0] = 1;
  act();
  taken[by.count - 1] = 1;
}

TEST_F(PluginsLimits, RefuseAChildForWhichTooLittleOfTheNativeStackIsLeft) {
  const auto too_little =
      "limit-exceeded/stack: pipeline/tax was not run: too little of the native stack is left, on "
      "which plugins run one upon the other"sv;
  Parent parent(grant_, kFuel);
  std::unique_ptr<runner::Instance> child;
  ASSERT_TRUE(
      parent.run([&](CallContext& call, runner::Host& host) { child = start(call, host); }));
  // For the parent there is enough; and it leaves no more than a function of the host's is sure of.
  on_stack_of(KiB(900), [&] {
    const auto done = parent.run([&](CallContext& call, runner::Host& host) {
      deeper(KiB(580), [&] {
        const Fuel before = *call.fuel_left();
        EXPECT_EQ(failure_of(load(call, host)->start(call, std::nullopt, kAll)), too_little);
        EXPECT_EQ(wave(call, *child, "add(1, 2)"), too_little);
        for (const char open : {'[', '{', '('}) {
          const std::string deep(KiB(512).count, open);
          EXPECT_EQ(wave(call, *child, concat("add(", deep)).substr(0, 6), "misuse");
          EXPECT_EQ(failure_of(child->call_json(call, "add", deep, kAll)).substr(0, 6), "misuse");
        }
        EXPECT_EQ(call.fuel_left(), before);
      });
    });
    EXPECT_TRUE(done) << done.error().to_string();
  });
  ASSERT_TRUE(parent.run(
      [&](CallContext& call, runner::Host&) { EXPECT_EQ(wave(call, *child, "add(1, 2)"), "3"); }));
}

// ---- One that fails ----------------------------------------------------------------------------

TEST_F(PluginsLimits, HarmNobodyElse) {
  go([](CallContext& call, runner::Host& host) {
    const auto plugin = load(call, host);
    const auto fails = value_of(plugin->start(call, MiB(1).count, kAll));
    const auto works = value_of(plugin->start(call, MiB(1).count, kAll));
    for (const std::string_view how : {"trap()"sv, "recurse()"sv, "need(1000)"sv}) {
      const auto one = value_of(plugin->start(call, MiB(1).count, kAll));
      EXPECT_NE(wave(call, *one, how), "nothing");
      EXPECT_EQ(wave(call, *works, "add(1, 2)"), "3");
    }
  });
}

// While a child is called, its parent is in the call of a function of the host's that has lent the
// child to it: so it cannot be called, and nothing else of it runs that could drop the child.
TEST_F(PluginsLimits, LeaveNoWayBackIntoTheParent) {
  std::optional<Parent> parent;
  std::string said;
  give_act([&](CallContext&) {
    const auto again = parent->run([](CallContext&, runner::Host&) {});
    said = again ? "it runs" : std::string(again.error().message());
  });
  parent.emplace(grant_, Limits{.deadline = 30s});
  bool called = false;
  ASSERT_TRUE(parent->run([&](CallContext& call, runner::Host& host) {
    if (std::exchange(called, true)) return;
    EXPECT_EQ(wave(call, *start(call, host, "acts", {"act"}), "run()"), "nothing");
  }));
  EXPECT_EQ(said,
            "pipeline: run was not called: the instance is in a call already, and a call into it "
            "from there is not possible");
}

}  // namespace
}  // namespace mortise::testing
