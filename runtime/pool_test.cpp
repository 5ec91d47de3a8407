// A pool hands out instances, takes them back, and loses no caller.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using Run = Maps<std::uint32_t, std::uint32_t>;
using OneWorld = World<Run>;
using OnePool = Pool<OneWorld>;

constexpr std::uint32_t kCount = 0;
constexpr std::uint32_t kTrap = 1;
constexpr std::uint32_t kSpin = 2;
constexpr std::uint32_t kGrow = 3;

// run(act) returns how often it was called, by this instance alone; or traps, never returns, or
// takes a mebibyte of memory first.
Plugin<OneWorld> counting(const Limits& limits = {.deadline = 60s}) {
  return load<Run>(component(R"(
    (memory 1) (global $count (mut i32) (i32.const 0))
    (func (export "run") (param $act i32) (result i32)
      (if (i32.eq (local.get $act) (i32.const 1)) (then unreachable))
      (if (i32.eq (local.get $act) (i32.const 2)) (then (loop $l (br $l))))
      (if (i32.eq (local.get $act) (i32.const 3)) (then (drop (memory.grow (i32.const 16)))))
      (global.set $count (i32.add (global.get $count) (i32.const 1)))
      (global.get $count)))",
                             R"((func (export "run") (param "value" u32) (result u32)
      (canon lift (core func $i "run"))))"),
                   {.limits = limits});
}

OnePool pool_of(const Plugin<OneWorld>& plugin, const PoolOptions& options) {
  return good(OnePool::create(plugin, options));
}
OnePool pool_of(const PoolOptions& options) { return pool_of(counting(), options); }

std::uint32_t run(OnePool& pool, std::uint32_t act = kCount) { return good(pool.call().run(act)); }

const char* const kOverloaded =
    "guest: no instance was free in time: the pool has 1, and it was in use (PoolOptions::max)";

TEST(Pool, ReusesAnInstance) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 2});
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(run(pool), 2U);
  EXPECT_EQ(pool.state().made, 1U);
  EXPECT_EQ(pool.state().idle, 1U);
}

TEST(Pool, MakesAFreshInstanceForEachCall) {
  OnePool pool = pool_of({.isolation = Isolation::fresh, .max = 2});
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(pool.state().made, 2U);
  EXPECT_EQ(pool.state().idle, 0U);
}

TEST(Pool, GivesASessionAnInstanceOfItsOwn) {
  OnePool pool = pool_of({.isolation = Isolation::session, .max = 2});
  auto first = good(pool.take());
  EXPECT_EQ(good(first->call().run(kCount)), 1U);
  EXPECT_EQ(good(first->call().run(kCount)), 2U);
  auto second = good(pool.take());
  EXPECT_EQ(good(second->call().run(kCount)), 1U);
  EXPECT_EQ(failure(pool.call().run(kCount)),
            fails(Error::Kind::misuse,
                  "guest: run was not called: a pool with Isolation::session is called through "
                  "Pool::take"));
}

TEST(Pool, GivesNoSessionWhatAnotherLeft) {
  OnePool pool = pool_of({.isolation = Isolation::session, .max = 1});
  EXPECT_EQ(good(good(pool.take())->call().run(kCount)), 1U);
  EXPECT_EQ(good(good(pool.take())->call().run(kCount)), 1U);
}

TEST(Pool, KeepsSomeReady) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 3, .min = 2});
  EXPECT_EQ(pool.state().idle, 2U);
  EXPECT_EQ(failure(pool.call().run(kTrap)).kind, Error::Kind::guest_trap);
  EXPECT_EQ(pool.state().idle, 2U);
  EXPECT_EQ(pool.state().made, 3U);
}

TEST(Pool, ReplacesAnInstanceThatFailed) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(failure(pool.call().run(kTrap)).kind, Error::Kind::guest_trap);
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(pool.state().faulted, 1U);
}

TEST(Pool, RetiresAnInstanceAfterSoManyCalls) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1, .retire_after = 2});
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(run(pool), 2U);
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(pool.state().retired, 1U);
}

TEST(Pool, RetiresAnInstanceThatHasGrown) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1, .retire_above = KiB(512)});
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(run(pool, kGrow), 2U);
  EXPECT_EQ(run(pool), 1U);
  EXPECT_EQ(pool.state().retired, 1U);
}

TEST(Pool, SaysThatItIsOverloadedAtTheDeadline) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  const auto lease = good(pool.take());
  EXPECT_EQ(failure(pool.call({.deadline = 5ms}).run(kCount)),
            fails(Error::Kind::overloaded, kOverloaded));
  EXPECT_EQ(failure(pool.take({.deadline = 5ms})), fails(Error::Kind::overloaded, kOverloaded));
  EXPECT_EQ(pool.state().refused, 2U);
  EXPECT_EQ(pool.state().waiting, 0U);
}

TEST(Pool, WaitsNoLongerThanItIsToldTo) {
  OnePool pool = pool_of(counting({.deadline = std::nullopt}),
                         {.isolation = Isolation::reuse, .max = 1, .wait = 5ms});
  const auto lease = good(pool.take());
  EXPECT_EQ(failure(pool.call().run(kCount)), fails(Error::Kind::overloaded, kOverloaded));
}

TEST(Pool, TakesWhatWasWaitedOffTheDeadline) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(pool.take());
  std::jthread other([&] {
    while (pool.state().waiting == 0) std::this_thread::yield();
    std::this_thread::sleep_for(30ms);
    lease.reset();
  });
  // Whatever the machine does: it waits 30 ms at least, and the call gets what is left.
  const auto spun = failure(pool.call({.deadline = 1000ms}).run(kSpin));
  EXPECT_EQ(spun.limit, Error::Limit::deadline);
  const std::string_view before = "guest: run was stopped at its deadline of ";
  ASSERT_TRUE(spun.message.starts_with(before)) << spun.message;
  EXPECT_LE(std::stoi(spun.message.substr(before.size())), 970);
}

// What bounds the wait alone is no deadline of the instance that is then made.
TEST(Pool, WaitsForAPluginThatCannotHaveADeadline) {
  OnePool pool = pool_of(counting({.deadline = std::nullopt}),
                         {.isolation = Isolation::session, .max = 1, .wait = 60s});
  std::optional lease = good(pool.take());
  std::optional<std::uint32_t> count;
  pool.take_async({}, [&](Result<Lease<OneWorld>> held) {
    ASSERT_TRUE(held) << held.error().to_string();
    count = good((*held)->call().run(kCount));
  });
  EXPECT_FALSE(count);
  lease.reset();
  EXPECT_EQ(count, 1U);
}

TEST(Pool, GivesALeaseOfAPluginThatCannotHaveADeadlineWithinOne) {
  OnePool pool =
      pool_of(counting({.deadline = std::nullopt}), {.isolation = Isolation::session, .max = 1});
  std::stop_source stop;
  EXPECT_EQ(good(good(pool.take({.deadline = 60s, .stop = stop.get_token()}))->call().run(kCount)),
            1U);
}

TEST(Pool, CountsFaultsOfInstancesThatServeOneCaller) {
  OnePool pool = pool_of({.isolation = Isolation::fresh, .max = 1});
  EXPECT_EQ(failure(pool.call().run(kTrap)).kind, Error::Kind::guest_trap);
  EXPECT_EQ(pool.state().faulted, 1U);
}

TEST(Pool, MakesAnInstanceForACompletionWithItsFuel) {
  const auto plugin = counting({.deadline = 60s, .fuel = Fuel{1'000'000}});
  OnePool pool = pool_of(plugin, {.isolation = Isolation::session, .max = 1});
  std::optional<Failure> failed;
  pool.take_async({.fuel = Fuel{0}},
                  [&](const Result<Lease<OneWorld>>& held) { failed = failure(held.error()); });
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message, "guest: instantiation was not called: it was given no fuel");
}

TEST(Pool, ServesThoseWhoWaitInTheirOrder) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(pool.take());
  std::vector<int> order;
  for (int i = 0; i < 5; ++i)
    pool.take_async({.deadline = 60s}, [&order, i](Result<Lease<OneWorld>> held) {
      ASSERT_TRUE(held);
      order.push_back(i);
    });
  EXPECT_EQ(pool.state().waiting, 5U);
  EXPECT_TRUE(order.empty());
  lease.reset();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(Pool, LetsNobodyOvertakeThoseWhoWait) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(pool.take());
  std::atomic<bool> served = false;
  pool.take_async({.deadline = 60s}, [&](const Result<Lease<OneWorld>>&) { served = true; });
  std::jthread late([&] {
    EXPECT_TRUE(pool.call({.deadline = 60s}).run(kCount));
    EXPECT_TRUE(served);
  });
  while (pool.state().waiting < 2) std::this_thread::yield();
  lease.reset();
}

TEST(Pool, CompletesAtOnceWhereAnInstanceIsFree) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::thread::id where;
  pool.take_async({}, [&](Result<Lease<OneWorld>> held) {
    where = std::this_thread::get_id();
    EXPECT_EQ(good((*held)->call().run(kCount)), 1U);
  });
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(Pool, CompletesWithOverloadedWithoutAnyThreadThatWaits) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  const auto lease = good(pool.take());
  std::atomic<bool> told = false;
  pool.take_async({.deadline = 5ms}, [&](const Result<Lease<OneWorld>>& held) {
    EXPECT_EQ(failure(held.error()), fails(Error::Kind::overloaded, kOverloaded));
    told = true;
    told.notify_one();
  });
  told.wait(false);
}

TEST(Pool, SurvivesALongQueueOfCompletions) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(pool.take());
  std::uint32_t last = 0;
  for (int i = 0; i < 100'000; ++i)
    pool.take_async({.deadline = 3600s}, [&last](Result<Lease<OneWorld>> held) {
      last = good((*held)->call().run(kCount));
    });
  lease.reset();
  EXPECT_EQ(last, 100'000U);
}

// The completion has the pool and its only instance: with it both go, on the pool's own thread.
TEST(Pool, MayBeLetGoInACompletion) {
  auto pool = std::make_shared<OnePool>(pool_of({.isolation = Isolation::reuse, .max = 1}));
  auto lease = std::make_shared<Lease<OneWorld>>(good(pool->take()));
  std::atomic<bool> told = false;
  OnePool& one = *pool;
  one.take_async({.deadline = 5ms}, [&told, pool = std::move(pool), lease = std::move(lease)](
                                        const Result<Lease<OneWorld>>& held) {
    EXPECT_FALSE(held);
    told = true;
    told.notify_one();
  });
  told.wait(false);
}

TEST(Pool, KeepsAnInstanceThatOutlivesIt) {
  std::optional<OnePool> pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  auto lease = good(pool->take());
  pool.reset();
  EXPECT_EQ(good(lease->call().run(kCount)), 1U);
}

TEST(Pool, DrainsWithoutLosingACall) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(pool.take());
  std::jthread waits([&] { EXPECT_TRUE(pool.call({.deadline = 60s}).run(kCount)); });
  while (pool.state().waiting == 0) std::this_thread::yield();
  EXPECT_FALSE(pool.drain(5ms));
  EXPECT_EQ(
      failure(pool.call().run(kCount)),
      fails(Error::Kind::overloaded, "guest: the pool takes no new calls: it is being shut down"));
  lease.reset();
  EXPECT_TRUE(pool.drain());
  EXPECT_EQ(pool.state().busy, 0U);
}

// The longest that there is, of which a sum would be in the past.
TEST(Pool, DrainsForAsLongAsItIsToldTo) {
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(pool.take());
  std::jthread gives_back([&] {
    std::this_thread::sleep_for(20ms);
    lease.reset();
  });
  EXPECT_TRUE(pool.drain(std::chrono::milliseconds::max()));
}

TEST(Pool, RefusesOptionsThatMakeNoSense) {
  const auto plugin = counting();
  const auto refused = [&](const PoolOptions& options) {
    return failure(OnePool::create(plugin, options)).message;
  };
  EXPECT_EQ(refused({.isolation = Isolation::reuse, .max = 0}),
            "guest: the pool was not made: PoolOptions::max must be more than nothing");
  EXPECT_EQ(refused({.isolation = Isolation::reuse, .max = 1'000'001}),
            "guest: the pool was not made: PoolOptions::max must be at most 1000000");
  EXPECT_EQ(refused({.isolation = Isolation::reuse, .max = 1, .min = 2}),
            "guest: the pool was not made: PoolOptions::min must be no more than max");
  EXPECT_EQ(
      refused({.isolation = Isolation::fresh, .max = 1, .min = 1}),
      "guest: the pool was not made: PoolOptions::min is for Isolation::reuse: others make an "
      "instance for each caller");
  EXPECT_EQ(refused({.isolation = Isolation::reuse, .max = 1, .retire_after = 0}),
            "guest: the pool was not made: PoolOptions::retire_after must be more than nothing");
  EXPECT_EQ(refused({.isolation = Isolation::fresh, .max = 1, .retire_above = KiB(1)}),
            "guest: the pool was not made: PoolOptions::retire_after and retire_above are for "
            "Isolation::reuse: others use no instance twice");
  EXPECT_EQ(refused({.isolation = Isolation::reuse, .max = 1, .wait = -1ms}),
            "guest: the pool was not made: PoolOptions::wait must not be negative");
}

// More threads than instances, some calls fail, and every one is answered.
TEST(Pool, AnswersEveryCallOfManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 3000;
  OnePool pool = pool_of({.isolation = Isolation::reuse, .max = 3, .min = 1, .retire_after = 50});
  std::atomic<int> fine = 0;
  std::atomic<int> trapped = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&] {
        for (int i = 0; i < kCalls; ++i) {
          const auto out = pool.call({.deadline = 60s}).run(i % 100 == 99 ? kTrap : kCount);
          ++(out ? fine : trapped);
        }
      });
  }
  EXPECT_EQ(fine, kThreads * kCalls * 99 / 100);
  EXPECT_EQ(trapped, kThreads * kCalls / 100);
  EXPECT_EQ(pool.state().faulted, static_cast<std::uint64_t>(trapped));
  EXPECT_EQ(pool.state().busy, 0U);
  EXPECT_LE(pool.state().idle, 3U);
}

}  // namespace
}  // namespace mortise::testing
