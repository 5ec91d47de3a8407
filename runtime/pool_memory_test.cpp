// Instances that serve one caller get memory that others had before them. None finds anything
// there, and none is bounded by how much there is of it.
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MORTISE_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(MORTISE_SANITIZED)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

using Run = Maps<std::uint32_t, std::uint32_t>;
using OneWorld = World<Run>;
using OnePool = Pool<OneWorld>;

constexpr std::string_view kRun = R"((func (export "run") (param "value" u32) (result u32)
    (canon lift (core func $i "run"))))";

Plugin<OneWorld> load_on(const Engine& engine, const std::string& wat, const Limits& limits = {}) {
  return good(Plugin<OneWorld>::from_text(engine, "guest", wat, {}, {.limits = limits}));
}

OnePool fresh(const Plugin<OneWorld>& plugin) {
  return good(OnePool::create(plugin, {.isolation = Isolation::fresh, .max = 2}));
}

// Of instances that were made, those with pooled memory.
std::uint64_t pooled(std::uint64_t made) { return kPooled ? made : 0; }

// ---- What others wrote -------------------------------------------------------------------------

constexpr std::uint32_t kLook = 0;
constexpr std::uint32_t kWriteAll = 1;
constexpr std::uint32_t kWriteLittle = 2;

// run(act) writes all over its memory, tables and globals, after it has made them larger, or to a
// page of each; and returns a number that is made of every byte and element there is.
std::string writes(std::string_view initial) {
  return component(concat(R"(
    (memory 4)
    (global $global (mut i32) (i32.const 7))
    (table $small 5 funcref) (table $large 3000 funcref)
    (data (i32.const 70000) ")",
                          initial, R"(")
    (elem (table $small) (i32.const 1) func $mark)
    (elem declare func $mark)
    (func $mark)
    (func $hash (result i32) (local $at i32) (local $sum i32)
      (local.set $sum (global.get $global))
      (loop $bytes
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
                                 (i32.load8_u (local.get $at))))
        (br_if $bytes (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
                                (i32.mul (memory.size) (i32.const 65536)))))
      (local.set $at (i32.const 0))
      (loop $smalls
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
                                 (ref.is_null (table.get $small (local.get $at)))))
        (br_if $smalls (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
                                 (table.size $small))))
      (local.set $at (i32.const 0))
      (loop $larges
        (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31))
                                 (ref.is_null (table.get $large (local.get $at)))))
        (br_if $larges (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1)))
                                 (table.size $large))))
      (local.get $sum))
    (func (export "run") (param $act i32) (result i32)
      (if (i32.eq (local.get $act) (i32.const 2)) (then
        (memory.fill (i32.const 65536) (i32.const 0x5a) (i32.const 65536))
        (table.fill $large (i32.const 10) (ref.func $mark) (i32.const 10))
        (global.set $global (i32.const 99))))
      (drop (memory.grow (i32.const 8)))
      (drop (table.grow $large (ref.null func) (i32.const 2000)))
      (if (i32.eq (local.get $act) (i32.const 1)) (then
        (memory.fill (i32.const 0) (i32.const 0x5a) (i32.mul (memory.size) (i32.const 65536)))
        (table.fill $small (i32.const 0) (ref.func $mark) (table.size $small))
        (table.fill $large (i32.const 0) (ref.func $mark) (table.size $large))
        (global.set $global (i32.const 99))))
      (call $hash)))"),
                   kRun);
}

void finds_nothing(const Engine& engine) {
  const auto plugin = load_on(engine, writes("initial"), {.deadline = 60s});
  const std::uint32_t first = good(good(plugin.instantiate()).call().run(kLook));
  OnePool pool = fresh(plugin);
  for (int i = 0; i < 5; ++i) {
    EXPECT_NE(good(pool.call().run(kWriteAll)), first);
    EXPECT_EQ(good(pool.call().run(kLook)), first);
    EXPECT_NE(good(pool.call().run(kWriteLittle)), first);
    EXPECT_EQ(good(pool.call().run(kLook)), first);
  }
  EXPECT_EQ(pool.state().pooled, pooled(20));
}

TEST(PoolMemory, HoldsNothingOfWhatTheLastCallerLeft) { finds_nothing(Engine()); }

TEST(PoolMemory, HoldsNothingWhereTheSystemClearsIt) {
  finds_nothing(Engine({.keep_resident = false}));
}

TEST(PoolMemory, HoldsNothingOfOtherPlugins) {
  const Engine engine;
  constexpr int kPlugins = 8;
  std::vector<std::uint32_t> first;
  std::vector<OnePool> pools;
  for (int i = 0; i < kPlugins; ++i) {
    const auto plugin = load_on(engine, writes(concat("plugin ", i)), {.deadline = 60s});
    first.push_back(good(good(plugin.instantiate()).call().run(kLook)));
    pools.push_back(fresh(plugin));
  }
  for (std::size_t i = 0; i < 3 * kPlugins; ++i) {
    EXPECT_NE(good(pools[i % kPlugins].call().run(kWriteAll)), first[i % kPlugins]);
    const std::size_t other = (i * 5 + 1) % kPlugins;
    EXPECT_EQ(good(pools[other].call().run(kLook)), first[other]) << i;
  }
}

// ---- What there is of it ----------------------------------------------------------------------

std::string counts() {
  return component(R"((memory 1) (func (export "run") (param $n i32) (result i32)
    (i32.store (i32.const 8) (i32.add (i32.load (i32.const 8)) (local.get $n)))
    (i32.load (i32.const 8))))",
                   kRun);
}

TEST(PoolMemory, BoundsNobodyWhenItIsUsedUp) {
  constexpr std::uint32_t kMany = kPooled ? 2000 : 100;
  constexpr std::uint32_t kSlots = 1000;  // see engine/src/pooled.rs
  const Engine engine;
  auto pool = good(
      OnePool::create(load_on(engine, counts()), {.isolation = Isolation::session, .max = kMany}));
  std::vector<Lease<OneWorld>> all;
  for (std::uint32_t i = 0; i < kMany; ++i) all.push_back(good(pool.take()));
  for (std::uint32_t i = 0; i < kMany; ++i) EXPECT_EQ(good(all[i].call().run(i)), i);
  for (std::uint32_t i = 0; i < kMany; ++i) EXPECT_EQ(good(all[i].call().run(1U)), i + 1);
  EXPECT_EQ(pool.state().pooled, pooled(kSlots));
  all.clear();
  EXPECT_EQ(good(good(pool.take()).call().run(5U)), 5U);
  EXPECT_EQ(pool.state().pooled, pooled(kSlots + 1));
}

class Ticks {
 public:
  virtual ~Ticks() = default;
  virtual Result<void> tick(CallContext&) {
    ++count;
    return {};
  }

  static constexpr std::string_view interface = "test:pool/ticks";
  using Tick = abi::Function<"tick", void>;
  using Functions = HostFunctions<Implements<Tick, &Ticks::tick>>;

  int count = 0;
};

struct Ticking : OneWorld {
  struct Imports {
    Host<Ticks> ticks;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::ticks>;
};

// Two memories, and between them a call of the host's.
constexpr std::string_view kTicks = R"((component
  (import "test:pool/ticks" (instance $h (export "tick" (func))))
  (core func $tick (canon lower (func $h "tick")))
  (core module $first (import "h" "tick" (func $tick)) (memory 1) (start $tick))
  (core module $second (memory 1)
    (func (export "run") (param i32) (result i32) (local.get 0)))
  (core instance (instantiate $first (with "h" (instance (export "tick" (func $tick))))))
  (core instance $i (instantiate $second))
  (func (export "run") (param "value" u32) (result u32) (canon lift (core func $i "run")))))";

TEST(PoolMemory, IsThereForAWholeInstanceOrForNothingOfIt) {
  constexpr std::uint32_t kMany = 500;
  const Engine engine;
  auto single = good(OnePool::create(load_on(engine, counts()), {.isolation = Isolation::session}));
  const auto first = good(single.take());
  Ticks ticks;
  const auto plugin = good(Plugin<Ticking>::from_text(engine, "guest", kTicks, {.ticks = ticks}));
  auto pool = good(Pool<Ticking>::create(plugin, {.isolation = Isolation::session, .max = kMany}));
  std::vector<Lease<Ticking>> all;
  for (std::uint32_t i = 0; i < kMany; ++i) all.push_back(good(pool.take()));
  // There was one memory left for the last one.
  EXPECT_EQ(pool.state().pooled, pooled(kMany - 1));
  EXPECT_EQ(ticks.count, static_cast<int>(kMany));
}

TEST(PoolMemory, BoundsNobodyWhoMayHaveMore) {
  const Engine engine;
  OnePool pool = fresh(load_on(engine, counts(), {.memory = GiB(2)}));
  EXPECT_EQ(good(pool.call().run(5U)), 5U);
  EXPECT_EQ(pool.state().pooled, 0U);
}

TEST(PoolMemory, IsThereForSomeEnginesAndTheOthersDoWithout) {
  std::vector<Engine> engines(8);
  std::vector<OnePool> pools;
  for (const Engine& engine : engines) pools.push_back(fresh(load_on(engine, counts())));
  for (OnePool& pool : pools) EXPECT_EQ(good(pool.call().run(5U)), 5U);
  EXPECT_EQ(pools.front().state().pooled, pooled(1));
  EXPECT_EQ(pools.back().state().pooled, 0U);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(MORTISE_SANITIZED)
TEST(PoolMemory, IsMappedForEachWhereAddressesAreFew) {
  const Engine engine;
  const auto plugin = load_on(engine, counts());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  // What other tests of this process have taken, and enough for an instance.
  rlim_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlimit narrow{.rlim_cur = pages * 4096 + (rlim_t{500} << 30), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &narrow), 0);
  OnePool pool = fresh(plugin);
  const std::uint32_t answer = good(pool.call().run(5U));
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(answer, 5U);
  EXPECT_EQ(pool.state().pooled, 0U);
}
#endif

// ---- Limits -------------------------------------------------------------------------------------

// What a call of a pool says, and that an instance says the same.
Failure failure_of(const std::string& wat, const Limits& limits, std::uint32_t value) {
  const auto plugin = load_on(engine(), wat, limits);
  OnePool pool = fresh(plugin);
  Failure failed = failure(pool.call().run(value));
  EXPECT_EQ(pool.state().pooled, pooled(1));
  EXPECT_EQ(failure(good(plugin.instantiate()).call().run(value)), failed);
  return failed;
}

TEST(PoolMemory, KeepsTheLimitOnMemory) {
  EXPECT_EQ(failure_of(component(R"((memory 1) (func (export "run") (param i32) (result i32)
      (if (i32.eq (i32.const -1) (memory.grow (local.get 0))) (then unreachable))
      (i32.const 0)))",
                                 kRun),
                       {.memory = MiB(1)}, 31),
            crossed(Error::Limit::memory,
                    "guest: run ran out of memory: it asked for 2 MiB in all, and "
                    "1 MiB are allowed (Limits::memory)"));
}

TEST(PoolMemory, CountsTables) {
  const std::string wat =
      component(R"((table 0 funcref) (func (export "run") (param i32) (result i32)
      (if (i32.eq (i32.const -1) (table.grow (ref.null func) (local.get 0))) (then unreachable))
      (i32.const 0)))",
                kRun);
  const Failure expected = crossed(Error::Limit::memory,
                                   "guest: run ran out of memory: it asked for 2 MiB in all, and "
                                   "1 MiB are allowed (Limits::memory)");
  EXPECT_EQ(failure_of(wat, {.memory = MiB(1)}, 1 << 18), expected);
  // More than a slot has room for.
  EXPECT_EQ(failure_of(wat, {.memory = MiB(1)}, 1 << 28),
            crossed(Error::Limit::memory,
                    "guest: run ran out of memory: it asked for 2 GiB in all, and "
                    "1 MiB are allowed (Limits::memory)"));
}

std::string spins() {
  return component(
      R"((func (export "run") (param i32) (result i32) (loop $l (br $l)) (i32.const 0)))", kRun);
}

TEST(PoolMemory, KeepsDeadlines) {
  const auto plugin = load_on(engine(), spins(), {.deadline = 20ms});
  OnePool pool = fresh(plugin);
  EXPECT_EQ(failure(pool.call().run(0U)).limit, Error::Limit::deadline);
  EXPECT_EQ(pool.state().pooled, pooled(1));
}

TEST(PoolMemory, KeepsFuel) {
  EXPECT_EQ(failure_of(spins(), {.deadline = std::nullopt, .fuel = Fuel{10'000}}, 0).limit,
            Error::Limit::fuel);
}

}  // namespace
}  // namespace mortise::testing
