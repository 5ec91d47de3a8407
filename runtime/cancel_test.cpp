// A call that nobody wants any more ends: while it runs, sleeps, waits for an instance, or is in a
// function of the host's that looks. Each deadline here is far away, so that only the stop ends it.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/support.h"
#include "tests/wasi.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using Kind = Error::Kind;
using Number = Maps<std::uint32_t, std::uint32_t>;
using OneWorld = World<Number>;
using OnePool = Pool<OneWorld>;

constexpr Limits kLong{.deadline = 10min};

// run(n) returns 7, and never for n = 1.
std::string spins(std::string_view start = "") {
  return component(concat(R"(
    (func $spin (loop $l (br $l)))
    (func (export "run") (param i32) (result i32)
      (if (i32.eq (local.get 0) (i32.const 1)) (then (call $spin)))
      (i32.const 7)))",
                          start),
                   R"((func (export "run") (param "value" u32) (result u32)
                        (canon lift (core func $i "run"))))");
}

Plugin<OneWorld> plugin_of(const std::string& wat, const Limits& limits = kLong) {
  return load<Number>(wat, {.limits = limits});
}

// How `act` fails that is given a token and stopped in its middle: from another thread, some time
// after it began, and later where it had not begun by then.
template <class Act>
Failure stopped_in(Act act) {
  for (auto time = 10ms;; time *= 2) {
    std::stop_source stop;
    const std::jthread asks([&] {
      std::this_thread::sleep_for(time);
      stop.request_stop();
    });
    Failure failed = act(stop.get_token());
    if (!failed.message.ends_with("was not called: it was cancelled")) return failed;
  }
}

Failure was_cancelled(std::string message) { return fails(Kind::cancelled, std::move(message)); }

TEST(Cancel, EndsACallThatNeverReturns) {
  const auto plugin = plugin_of(spins());
  auto instance = instance_of(plugin);
  auto other = instance_of(plugin);
  EXPECT_EQ(stopped_in([&](std::stop_token stop) {
              return failure(instance.call({.stop = std::move(stop)}).run(1U));
            }),
            was_cancelled("guest: run was cancelled"));
  EXPECT_EQ(failure(instance.call().run(0U)),
            fails(Kind::misuse,
                  "guest: run was not called: an earlier call failed and ended the instance; make "
                  "a new one with Plugin::instantiate"));
  EXPECT_EQ(good(other.call().run(0U)), 7U);
}

TEST(Cancel, EndsACallThatHasFuelAndNoDeadline) {
  const auto plugin = plugin_of(spins(), {.deadline = std::nullopt, .fuel = Fuel{1ULL << 62}});
  EXPECT_EQ(stopped_in([&](std::stop_token stop) {
              return failure(instance_of(plugin).call({.stop = std::move(stop)}).run(1U));
            }),
            was_cancelled("guest: run was cancelled"));
}

TEST(Cancel, RefusesACallThatHasNotBegunAndKeepsTheInstance) {
  auto instance = instance_of(plugin_of(spins()));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(failure(instance.call({.stop = stop.get_token()}).run(0U)),
            was_cancelled("guest: run was not called: it was cancelled"));
  EXPECT_EQ(good(instance.call().run(0U)), 7U);
}

TEST(Cancel, IsOfOneCall) {
  auto instance = instance_of(plugin_of(spins()));
  std::stop_source stop;
  EXPECT_EQ(good(instance.call({.stop = stop.get_token()}).run(0U)), 7U);
  stop.request_stop();
  EXPECT_EQ(good(instance.call().run(0U)), 7U);
}

TEST(Cancel, LeavesTheDeadlineAsItIs) {
  const auto nobody = std::make_unique<std::stop_source>();
  auto instance = instance_of(plugin_of(spins()));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(failure(instance.call({.deadline = 30ms, .stop = nobody->get_token()}).run(1U)),
            crossed(Error::Limit::deadline, "guest: run was stopped at its deadline of 30 ms"));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
}

TEST(Cancel, CannotBeAskedOfAPluginThatNothingStops) {
  auto instance = instance_of(plugin_of(spins(), {.deadline = std::nullopt}));
  std::stop_source stop;
  EXPECT_EQ(failure(instance.call({.stop = stop.get_token()}).run(0U)),
            fails(Kind::misuse,
                  "guest: run was not called: a plugin that was loaded without deadline and fuel "
                  "cannot be cancelled"));
  EXPECT_EQ(good(instance.call().run(0U)), 7U);
}

TEST(Cancel, EndsASleep) {
  auto instance = instance_of(
      load<Answer>(wasi_guest("(call $block (call $in (i64.const 3600000000000))) (i64.const 1)"),
                   {.limits = kLong}));
  EXPECT_EQ(stopped_in([&](std::stop_token stop) {
              return failure(instance.call({.stop = std::move(stop)}).run());
            }),
            was_cancelled("guest: run was cancelled"));
}

// ---- In a pool ---------------------------------------------------------------------------------

TEST(Cancel, EndsAStartFunctionThatNeverReturns) {
  auto pool = good(OnePool::create(
      plugin_of(component("(func $spin (loop $l (br $l))) (start $spin)"
                          "(func (export \"run\") (param i32) (result i32) (i32.const 7))",
                          R"((func (export "run") (param "value" u32) (result u32)
                               (canon lift (core func $i "run"))))")),
      {.isolation = Isolation::fresh, .max = 1}));
  EXPECT_EQ(stopped_in([&](std::stop_token stop) {
              return failure(pool.call({.stop = std::move(stop)}).run(0U));
            }),
            was_cancelled("guest: instantiation was cancelled"));
  EXPECT_EQ(pool.state().busy, 0U);
}

TEST(Cancel, EndsACallThatWaitsForAnInstance) {
  auto pool = good(OnePool::create(plugin_of(spins()), {.isolation = Isolation::reuse, .max = 1}));
  std::optional lease = good(pool.take());
  std::stop_source stop;
  const std::jthread asks([&] {
    while (pool.state().waiting == 0) std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_EQ(failure(pool.call({.stop = stop.get_token()}).run(0U)),
            was_cancelled("guest: the wait for an instance was cancelled"));
  EXPECT_EQ(pool.state().waiting, 0U);
  lease.reset();
  EXPECT_EQ(good(pool.call().run(0U)), 7U);
}

TEST(Cancel, AnswersOneThatWaitsWithoutBlockingOnTheThreadThatAsks) {
  auto pool = good(OnePool::create(plugin_of(spins()), {.isolation = Isolation::reuse, .max = 1}));
  const auto lease = good(pool.take());
  std::stop_source stop;
  int answers = 0;
  pool.take_async({.stop = stop.get_token()}, [&](const Result<Lease<OneWorld>>& held) {
    EXPECT_EQ(failure(held.error()),
              was_cancelled("guest: the wait for an instance was cancelled"));
    ++answers;
  });
  EXPECT_EQ(answers, 0);
  stop.request_stop();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(pool.state().waiting, 0U);
}

TEST(Cancel, AnswersAtOnceOneThatWouldHaveToWaitAndWasStoppedBefore) {
  auto pool = good(OnePool::create(plugin_of(spins()), {.isolation = Isolation::reuse, .max = 1}));
  const auto lease = good(pool.take());
  std::stop_source stop;
  stop.request_stop();
  int answers = 0;
  pool.take_async({.stop = stop.get_token()}, [&](const Result<Lease<OneWorld>>& held) {
    EXPECT_EQ(failure(held.error()),
              was_cancelled("guest: the wait for an instance was cancelled"));
    ++answers;
  });
  EXPECT_EQ(answers, 1);
}

// Stops that come just when an instance does: each of those who wait is answered once, whichever
// was first.
TEST(Cancel, AnswersOnceWhereAnInstanceComesAtTheSameTime) {
  auto pool = good(OnePool::create(plugin_of(spins()), {.isolation = Isolation::reuse, .max = 1}));
  for (int i = 0; i < 500; ++i) {
    std::optional lease = good(pool.take());
    std::stop_source stop;
    std::atomic<int> answers = 0;
    pool.take_async({.stop = stop.get_token()}, [&](const Result<Lease<OneWorld>>&) { ++answers; });
    std::jthread asks([&] { stop.request_stop(); });
    lease.reset();
    asks.join();
    ASSERT_EQ(answers, 1);
  }
  EXPECT_EQ(pool.state().busy, 0U);
}

}  // namespace
}  // namespace mortise::testing
