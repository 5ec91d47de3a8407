// A plugin that fails again and again is left alone, and tried again. Time is the test's.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using Act = Maps<std::uint32_t, std::uint32_t>;
using OneWorld = World<Act>;
using OnePool = Pool<OneWorld>;
using Kind = Error::Kind;

constexpr std::uint32_t kAnswer = 0;
constexpr std::uint32_t kTrap = 1;
constexpr std::uint32_t kSpin = 2;

// run(act) answers, traps or never returns.
Plugin<OneWorld> guest(std::string_view start = "") {
  return load<Act>(component(concat(R"(
    (func (export "run") (param $act i32) (result i32)
      (if (i32.eq (local.get $act) (i32.const 1)) (then unreachable))
      (if (i32.eq (local.get $act) (i32.const 2)) (then (loop $l (br $l))))
      (i32.const 7)))",
                                    start),
                             R"((func (export "run") (param "value" u32) (result u32)
      (canon lift (core func $i "run"))))"),
                   {.limits = {.deadline = 60s}});
}

// A pool of one plugin, whose time stands still until it is moved.
class BreakerTest : public ::testing::Test {
 protected:
  OnePool pool(BreakerOptions breaker, PoolOptions options = {.isolation = Isolation::reuse},
               const Plugin<OneWorld>& plugin = guest()) {
    breaker.now = [this] { return now_; };
    options.max = 2;
    options.breaker = breaker;
    return good(OnePool::create(plugin, options));
  }
  void pass(std::chrono::milliseconds time) { now_ += time; }

 private:
  std::chrono::steady_clock::time_point now_{};
};

Kind kind_of(OnePool& pool, std::uint32_t act, const CallOptions& options = {}) {
  return failure(pool.call(options).run(act)).kind;
}
void trap(OnePool& pool, int times = 1) {
  for (int i = 0; i < times; ++i) EXPECT_EQ(kind_of(pool, kTrap), Kind::guest_trap);
}
bool answers(OnePool& pool) { return pool.call().run(kAnswer).has_value(); }

TEST_F(BreakerTest, OpensAfterSoManyFaultsInARow) {
  OnePool one = pool({.faults = 3});
  trap(one, 3);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
  EXPECT_EQ(kind_of(one, kTrap), Kind::quarantined);
  EXPECT_EQ(one.state().quarantined, 2U);
  EXPECT_EQ(one.state().faulted, 3U);
}

TEST_F(BreakerTest, SaysSinceWhenUntilWhenAndWhy) {
  OnePool one = pool({.faults = 2, .back_off = 5s});
  trap(one, 2);
  pass(1200ms);
  EXPECT_EQ(failure(one.call().run(kAnswer)),
            fails(Kind::quarantined,
                  "guest: it is in quarantine since 1200 ms, and for 3800 ms more, after 2 faults; "
                  "the last one: guest: run trapped: wasm `unreachable` instruction executed "
                  "(PoolOptions::breaker)"));
}

TEST_F(BreakerTest, CountsNoFaultsThatAnAnswerDivides) {
  OnePool one = pool({.faults = 2});
  trap(one);
  EXPECT_TRUE(answers(one));
  trap(one);
  EXPECT_TRUE(answers(one));
}

TEST_F(BreakerTest, CountsAllFaultsWithinAWindow) {
  OnePool one = pool({.faults = 2, .window = 100ms});
  trap(one);
  EXPECT_TRUE(answers(one));
  pass(101ms);
  trap(one);
  EXPECT_TRUE(answers(one));
  pass(100ms);
  trap(one);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
}

TEST_F(BreakerTest, CountsALimitThatWasCrossed) {
  OnePool one = pool({.faults = 1});
  EXPECT_EQ(kind_of(one, kSpin, {.deadline = 1ms}), Kind::limit_exceeded);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
}

TEST_F(BreakerTest, CountsNoMistakesOfTheCaller) {
  OnePool one = pool({.faults = 1});
  EXPECT_EQ(kind_of(one, kAnswer, {.fuel = Fuel{1}}), Kind::misuse);
  EXPECT_EQ(kind_of(one, kAnswer, {.deadline = 0ms}), Kind::limit_exceeded);
  EXPECT_TRUE(answers(one));
}

TEST_F(BreakerTest, CountsAnInstanceThatCannotBeMade) {
  OnePool one = pool({.faults = 1}, {.isolation = Isolation::reuse},
                     guest("(func $start unreachable) (start $start)"));
  EXPECT_EQ(kind_of(one, kAnswer), Kind::guest_trap);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
}

TEST_F(BreakerTest, CountsFaultsOfLeases) {
  OnePool one = pool({.faults = 1}, {.isolation = Isolation::session});
  EXPECT_FALSE(good(one.take())->call().run(kTrap));
  EXPECT_EQ(failure(one.take()).kind, Kind::quarantined);
  std::optional<Kind> told;
  one.take_async({}, [&](const Result<Lease<OneWorld>>& lease) { told = lease.error().kind(); });
  EXPECT_EQ(told, Kind::quarantined);
}

TEST_F(BreakerTest, ClosesAfterATrialThatWentWell) {
  OnePool one = pool({.faults = 2, .back_off = 100ms});
  trap(one, 2);
  pass(99ms);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
  pass(1ms);
  EXPECT_TRUE(answers(one));
  trap(one);
  EXPECT_TRUE(answers(one));
}

TEST_F(BreakerTest, LetsOneCallerThroughAtATime) {
  OnePool one = pool({.faults = 1, .back_off = 100ms});
  trap(one);
  pass(150ms);
  {
    auto trial = good(one.take());
    EXPECT_EQ(failure(one.call().run(kAnswer)),
              fails(Kind::quarantined,
                    "guest: it is in quarantine since 150 ms, and until the call ends that tries "
                    "it, after 1 fault; the last one: guest: run trapped: wasm `unreachable` "
                    "instruction executed (PoolOptions::breaker)"));
    EXPECT_TRUE(trial->call().run(kAnswer));
  }
  EXPECT_TRUE(answers(one));
}

// A lease may be held for an hour.
TEST_F(BreakerTest, LetsAnotherThroughWhereATrialTakesLong) {
  OnePool one = pool({.faults = 1, .back_off = 100ms}, {.isolation = Isolation::session});
  EXPECT_EQ(failure(good(one.take())->call().run(kTrap)).kind, Kind::guest_trap);
  pass(100ms);
  const auto first = good(one.take());
  EXPECT_EQ(failure(one.take()).kind, Kind::quarantined);
  pass(99ms);
  EXPECT_EQ(failure(one.take()).kind, Kind::quarantined);
  pass(1ms);
  {
    const auto second = good(one.take());
  }
  EXPECT_TRUE(one.take());
}

TEST_F(BreakerTest, DoublesTheBackOffAfterATrialThatFailedUpToTheMost) {
  OnePool one = pool({.faults = 1, .back_off = 100ms, .most_back_off = 250ms});
  trap(one);
  for (const auto back_off : {100ms, 200ms, 250ms, 250ms}) {
    pass(back_off - 1ms);
    EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
    pass(1ms);
    trap(one);
  }
  // Once it was closed it begins anew.
  pass(250ms);
  EXPECT_TRUE(answers(one));
  trap(one);
  pass(100ms);
  EXPECT_TRUE(answers(one));
}

TEST_F(BreakerTest, TriesAgainAfterATrialThatSaysNothing) {
  OnePool one = pool({.faults = 1, .back_off = 100ms});
  trap(one);
  pass(100ms);
  EXPECT_EQ(kind_of(one, kAnswer, {.fuel = Fuel{1}}), Kind::misuse);
  trap(one);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
}

TEST_F(BreakerTest, TriesAsOftenAsItIsToldTo) {
  OnePool one = pool({.faults = 1, .back_off = 100ms, .trials = 2});
  trap(one);
  pass(100ms);
  EXPECT_TRUE(answers(one));
  // It is not closed yet: one fault is no row, and it opens again at once.
  trap(one);
  EXPECT_EQ(kind_of(one, kAnswer), Kind::quarantined);
}

TEST_F(BreakerTest, TellsThoseWhoWaitedWhenItOpens) {
  OnePool one = pool({.faults = 1});
  auto first = good(one.take());
  std::optional second = good(one.take());
  std::optional<Kind> told;
  one.take_async({}, [&](const Result<Lease<OneWorld>>& lease) { told = lease.error().kind(); });
  EXPECT_FALSE((*second)->call().run(kTrap));
  second.reset();
  EXPECT_EQ(told, Kind::quarantined);
  EXPECT_EQ(one.state().waiting, 0U);
}

TEST_F(BreakerTest, GivesATrialUpThatFindsNoInstance) {
  OnePool one = pool({.faults = 1, .back_off = 100ms});
  {
    std::vector<Lease<OneWorld>> held;
    held.push_back(good(one.take()));
    EXPECT_FALSE(held[0]->call().run(kTrap));
    held.pop_back();
    pass(100ms);
    held.push_back(good(one.take()));  // the trial, which ends well below
  }
  EXPECT_TRUE(answers(one));
}

TEST_F(BreakerTest, IsSafeFromAnyThread) {
  OnePool one = pool({.faults = 3, .back_off = 1ms});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&one, t] {
        for (std::uint32_t i = 0; i < 300; ++i) {
          const auto out = one.call().run(t == 0 ? kTrap : kAnswer);
          if (!out && out.error().kind() != Kind::guest_trap) {
            EXPECT_EQ(out.error().kind(), Kind::quarantined);
          }
        }
      });
  }
  pass(100s);
  EXPECT_TRUE(answers(one));
}

TEST_F(BreakerTest, IsRefusedWhereItMakesNoSense) {
  const auto refused = [&](const BreakerOptions& breaker) {
    const auto made = OnePool::create(guest(), {.isolation = Isolation::reuse, .breaker = breaker});
    return std::string(made ? "nothing" : made.error().message());
  };
  const std::string before = "guest: the pool was not made: BreakerOptions::";
  EXPECT_EQ(refused({.faults = 0}), before + "faults must be from 1 to 1000");
  EXPECT_EQ(refused({.faults = 1001}), before + "faults must be from 1 to 1000");
  EXPECT_EQ(refused({.window = 0ms}), before + "window must be more than nothing");
  EXPECT_EQ(refused({.back_off = 0ms}), before + "back_off must be more than nothing");
  EXPECT_EQ(refused({.most_back_off = 1ms}),
            before + "most_back_off must be no less than back_off");
  EXPECT_EQ(refused({.most_back_off = std::chrono::hours(100'000)}),
            before + "most_back_off must be at most a year");
  EXPECT_EQ(refused({.trials = 0}), before + "trials must be more than nothing");
}

}  // namespace
}  // namespace mortise::testing
