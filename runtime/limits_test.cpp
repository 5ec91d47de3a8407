// Each limit crossed once: what the error says, and that only the one instance is lost.
#include <mortise/runtime/limits.h>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using Kind = Error::Kind;
using Limit = Error::Limit;
using Clock = std::chrono::steady_clock;

using Number = abi::Function<"run", std::uint32_t, abi::Param<"n", std::uint32_t>>;
using Text = abi::Function<"run", std::uint32_t, abi::Param<"text", std::string_view>>;
using Blocks =
    abi::Function<"run", std::vector<std::vector<std::uint8_t>>, abi::Param<"n", std::uint32_t>>;
using Words =
    abi::Function<"run", std::vector<std::vector<std::string>>, abi::Param<"n", std::uint32_t>>;

constexpr std::string_view kRun =
    R"((func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run"))))";

// The result of run(n) on a new instance.
template <class F>
auto run(const Plugin<World<F>>& plugin, std::uint32_t n) {
  return instance_of(plugin).call().run(n);
}

// ---- Memory ------------------------------------------------------------------------------------

// run(n) grows the memory by n pages, and cannot do without. Returns the pages in use.
std::string grows() {
  return component(R"(
    (memory 1)
    (func (export "run") (param i32) (result i32)
      (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable))
      (memory.size)))",
                   kRun);
}

TEST(MemoryLimit, EndsAPluginThatGrowsPastIt) {
  const auto plugin = load<Number>(grows(), {.limits = {.memory = MiB(1)}});
  EXPECT_EQ(failure(run(plugin, 16)),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 1088 KiB in all, "
                    "and 1 MiB are allowed (Limits::memory)"));
  EXPECT_EQ(run(plugin, 15).value(), 16U);
}

TEST(MemoryLimit, NamesWhatWasAskedForInAllHoweverMuchThatIs) {
  const auto plugin = load<Number>(grows(), {.limits = {.memory = MiB(1)}});
  EXPECT_EQ(failure(run(plugin, 65'535)),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 4 GiB in all, "
                    "and 1 MiB are allowed (Limits::memory)"));
}

TEST(MemoryLimit, HoldsForTheMemoryThatAPluginBeginsWith) {
  const auto plugin = load<Number>(component(R"(
    (memory 17)
    (func (export "run") (param i32) (result i32) (memory.size)))",
                                             kRun),
                                   {.limits = {.memory = MiB(1)}});
  EXPECT_EQ(failure(plugin.instantiate()),
            crossed(Limit::memory,
                    "guest: instantiation ran out of memory: it asked for 1088 KiB "
                    "in all, and 1 MiB are allowed (Limits::memory)"));
  EXPECT_EQ(run(load<Number>(grows()), 1).value(), 2U);
}

TEST(MemoryLimit, CanBeLessForOneInstanceAndNotMore) {
  const auto plugin = load<Number>(grows(), {.limits = {.memory = MiB(1)}});
  const auto grown_by = [&](Bytes memory, std::uint32_t pages) {
    return failure(good(plugin.instantiate({.memory = memory})).call().run(pages));
  };
  EXPECT_EQ(grown_by(KiB(128), 2),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 192 KiB in all, "
                    "and 128 KiB are allowed (Limits::memory)"));
  EXPECT_EQ(grown_by(GiB(1), 16),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 1088 KiB in all, "
                    "and 1 MiB are allowed (Limits::memory)"));
}

TEST(Deadline, CanBeAnotherForMakingOneInstance) {
  const auto plugin = load<Number>(component(R"(
    (func $spin (loop $l (br $l)))
    (start $spin)
    (func (export "run") (param i32) (result i32) (i32.const 7)))",
                                             kRun),
                                   {.limits = {.deadline = 1h}});
  EXPECT_EQ(failure(plugin.instantiate({.start = {.deadline = 20ms}})),
            crossed(Limit::deadline, "guest: instantiation was stopped at its deadline of 20 ms"));
}

TEST(MemoryLimit, CountsAllMemoriesOfAnInstance) {
  const auto plugin = load<Number>(R"((component
    (core module $m
      (memory 10)
      (func (export "run") (param i32) (result i32)
        (if (i32.eq (memory.grow (local.get 0)) (i32.const -1)) (then unreachable))
        (memory.size)))
    (core instance $other (instantiate $m))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))))",
                                   {.limits = {.memory = MiB(2)}});
  EXPECT_EQ(failure(run(plugin, 13)),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 2112 KiB in all, "
                    "and 2 MiB are allowed (Limits::memory)"));
  EXPECT_EQ(run(plugin, 12).value(), 22U);
}

TEST(MemoryLimit, CountsTables) {
  const auto plugin = load<Number>(component(R"(
    (table 0 funcref)
    (func (export "run") (param i32) (result i32)
      (if (i32.eq (table.grow (ref.null func) (local.get 0)) (i32.const -1)) (then unreachable))
      (table.size)))",
                                             kRun),
                                   {.limits = {.memory = MiB(1)}});
  EXPECT_EQ(failure(run(plugin, 131'073)),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 1048584 bytes in "
                    "all, and 1 MiB are allowed (Limits::memory)"));
  EXPECT_EQ(run(plugin, 131'072).value(), 131'072U);
}

// run(n) grows the memory by n pages if it can. Returns the pages in use.
std::string copes() {
  return component(R"(
    (memory 1)
    (func (export "run") (param i32) (result i32)
      (drop (memory.grow (local.get 0)))
      (memory.size)))",
                   kRun);
}

TEST(MemoryLimit, LeavesAPluginAloneThatCopesWithLess) {
  auto instance = instance_of(load<Number>(copes(), {.limits = {.memory = MiB(1)}}));
  EXPECT_EQ(instance.call().run(100U).value(), 1U);
  EXPECT_EQ(instance.call().run(15U).value(), 16U);
}

TEST(MemoryLimit, IsNotBlamedForATrapOfALaterCall) {
  auto instance = instance_of(load<Number>(component(R"(
    (memory 1)
    (func (export "run") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then unreachable))
      (memory.grow (local.get 0))))",
                                                     kRun),
                                           {.limits = {.memory = MiB(1)}}));
  ASSERT_TRUE(instance.call().run(100U));
  EXPECT_EQ(failure(instance.call().run(0U)),
            fails(Kind::guest_trap, "guest: run trapped: wasm `unreachable` instruction executed"));
}

TEST(MemoryLimit, HoldsForTheRoomThatParametersTake) {
  const auto plugin =
      load<Text>(component(concat(kMemory, R"((func (export "run") (param i32 i32) (result i32)
                                     (local.get 1)))"),
                           concat(R"((func (export "run") (param "text" string) (result u32)
                            (canon lift (core func $i "run") )",
                                  kWithMemory, "))")),
                 {.limits = {.memory = MiB(1)}});
  const std::string large(2'000'000, 'x');
  EXPECT_EQ(failure(instance_of(plugin).call().run(std::string_view(large))),
            crossed(Limit::memory,
                    "guest: run ran out of memory: it asked for 2 MiB in all, and "
                    "1 MiB are allowed (Limits::memory)"));
  EXPECT_EQ(instance_of(plugin).call().run(std::string_view("small")).value(), 5U);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Each instance reserves some gigabytes of addresses: when there are no more, that is not the
// plugin's doing.
TEST(Machine, HasNoAddressesLeft) {
  const auto plugin = load<Number>(grows());
  std::vector<Instance<World<Number>>> instances;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  const rlimit narrow{.rlim_cur = rlim_t{50} << 30, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &narrow), 0);
  std::optional<Failure> failed;
  for (int i = 0; i < 50 && !failed; ++i) {
    auto instance = plugin.instantiate();
    if (!instance) failed = failure(instance);
    if (instance) instances.push_back(*std::move(instance));
  }
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_EQ(failed, fails(Kind::io,
                          "guest: instantiation failed: Cannot allocate memory (os error "
                          "12)"));
  EXPECT_EQ(run(plugin, 1).value(), 2U);
}
#endif

TEST(MemoryLimit, ShowsInTheMemoryOfTheInstance) {
  auto instance = instance_of(load<Number>(grows()));
  ASSERT_EQ(instance.memory(), KiB(64));
  ASSERT_TRUE(instance.call().run(3U));
  EXPECT_EQ(instance.memory(), KiB(256));
}

// ---- Fuel --------------------------------------------------------------------------------------

// run(n) counts down from n.
std::string counts() {
  return component(R"(
    (func (export "run") (param i32) (result i32)
      (loop $l
        (if (local.get 0) (then
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br $l))))
      (i32.const 7)))",
                   kRun);
}

// The same before the instance is there.
std::string counts_at_start() {
  return component(R"(
    (func $count (local i32)
      (local.set 0 (i32.const 1000000))
      (loop $l
        (if (local.get 0) (then
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br $l)))))
    (start $count)
    (func (export "run") (param i32) (result i32) (i32.const 7)))",
                   kRun);
}

TEST(FuelLimit, EndsACallThatUsesItUp) {
  const auto plugin = load<Number>(counts(), {.limits = {.fuel = Fuel{10'000}}});
  EXPECT_EQ(failure(run(plugin, 1'000'000)),
            crossed(Limit::fuel, "guest: run used up its fuel of 10000"));
  EXPECT_EQ(run(plugin, 100).value(), 7U);
}

TEST(FuelLimit, IsGivenAnewToEachCall) {
  auto instance = instance_of(load<Number>(counts(), {.limits = {.fuel = Fuel{10'000}}}));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(instance.call().run(1000U));
}

TEST(FuelLimit, HoldsForStartFunctions) {
  const auto plugin = load<Number>(counts_at_start(), {.limits = {.fuel = Fuel{10'000}}});
  EXPECT_EQ(failure(plugin.instantiate()),
            crossed(Limit::fuel, "guest: instantiation used up its fuel of 10000"));
  EXPECT_EQ(
      run(load<Number>(counts_at_start(), {.limits = {.fuel = Fuel{100'000'000}}}), 1).value(), 7U);
}

TEST(FuelLimit, CanBeLessForOneCall) {
  const auto plugin = load<Number>(counts(), {.limits = {.fuel = Fuel{100'000'000}}});
  auto instance = instance_of(plugin);
  ASSERT_TRUE(instance.call().run(100'000U));
  EXPECT_EQ(failure(instance.call({.fuel = Fuel{5000}}).run(100'000U)),
            crossed(Limit::fuel, "guest: run used up its fuel of 5000"));
}

TEST(FuelLimit, CanBeMoreForOneCall) {
  auto instance = instance_of(load<Number>(counts(), {.limits = {.fuel = Fuel{1000}}}));
  EXPECT_EQ(instance.call({.fuel = Fuel{100'000'000}}).run(100'000U).value(), 7U);
  EXPECT_EQ(failure(instance.call().run(100'000U)),
            crossed(Limit::fuel, "guest: run used up its fuel of 1000"));
}

TEST(FuelLimit, OfNothingRefusesTheCallAndKeepsTheInstance) {
  auto instance = instance_of(load<Number>(counts(), {.limits = {.fuel = Fuel{1000}}}));
  EXPECT_EQ(failure(instance.call({.fuel = Fuel{0}}).run(1U)),
            crossed(Limit::fuel, "guest: run was not called: it was given no fuel"));
  EXPECT_TRUE(instance.call().run(1U));
}

TEST(FuelLimit, CannotBeGivenToAPluginThatWasLoadedWithoutIt) {
  auto instance = instance_of(load<Number>(counts()));
  EXPECT_EQ(failure(instance.call({.fuel = Fuel{1000}}).run(1U)),
            fails(Kind::misuse,
                  "guest: run was not called: a plugin that was loaded without fuel "
                  "cannot be given fuel"));
  EXPECT_TRUE(instance.call().run(1U));
}

TEST(FuelLimit, OfNothingIsRefusedAtLoad) {
  EXPECT_EQ(failure(load_error<Number>(counts(), {.limits = {.fuel = Fuel{0}}})),
            fails(Kind::misuse, "guest was not loaded: Limits::fuel must be more than nothing"));
}

// ---- Deadline ----------------------------------------------------------------------------------

// run(n) never returns, unless n is 0.
std::string spins() {
  return component(R"(
    (func (export "run") (param i32) (result i32)
      (loop $l (br_if $l (local.get 0)))
      (i32.const 7)))",
                   kRun);
}

TEST(Deadline, StopsAFunctionThatNeverReturns) {
  const auto plugin = load<Number>(spins(), {.limits = {.deadline = 20ms}});
  EXPECT_EQ(failure(run(plugin, 1)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
  EXPECT_EQ(run(plugin, 0).value(), 7U);
}

TEST(Deadline, StopsAStartFunctionThatNeverReturns) {
  const auto plugin = load<Number>(component(R"(
    (func $spin (loop $l (br $l)))
    (start $spin)
    (func (export "run") (param i32) (result i32) (i32.const 7)))",
                                             kRun),
                                   {.limits = {.deadline = 20ms}});
  EXPECT_EQ(failure(plugin.instantiate()),
            crossed(Limit::deadline, "guest: instantiation was stopped at its deadline of 20 ms"));
  EXPECT_EQ(run(load<Number>(spins()), 0).value(), 7U);
}

TEST(Deadline, StopsAReallocThatNeverReturns) {
  const auto plugin = load<Text>(component(R"(
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (loop $l (br_if $l (i32.gt_u (local.get 3) (i32.const 3))))
      (i32.const 0))
    (func (export "run") (param i32 i32) (result i32) (local.get 1)))",
                                           concat(R"((func (export "run") (param "text" string)
      (result u32) (canon lift (core func $i "run") )",
                                                  kWithMemory, "))")),
                                 {.limits = {.deadline = 20ms}});
  EXPECT_EQ(failure(instance_of(plugin).call().run(std::string_view("four"))),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
  EXPECT_EQ(instance_of(plugin).call().run(std::string_view("one")).value(), 3U);
}

TEST(Deadline, StopsAPostReturnThatNeverReturns) {
  const auto plugin = load<Number>(component(R"(
    (func (export "run") (param i32) (result i32) (local.get 0))
    (func (export "after") (param i32) (loop $l (br_if $l (local.get 0)))))",
                                             R"((func (export "run") (param "n" u32) (result u32)
    (canon lift (core func $i "run") (post-return (func $i "after")))))"),
                                   {.limits = {.deadline = 20ms}});
  EXPECT_EQ(failure(run(plugin, 1)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
  EXPECT_EQ(run(plugin, 0).value(), 0U);
}

TEST(Deadline, OfAPluginWithFuelIsKeptToo) {
  const auto plugin =
      load<Number>(spins(), {.limits = {.deadline = 20ms, .fuel = Fuel{1ULL << 60}}});
  EXPECT_EQ(failure(run(plugin, 1)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
  EXPECT_EQ(run(plugin, 0).value(), 7U);
}

// Longer than the engine remembers its ticks for: such a call once went on for ever.
TEST(Deadline, IsKeptWhenItIsLong) {
  const auto plugin = load<Number>(spins(), {.limits = {.deadline = 4300ms}});
  EXPECT_EQ(failure(run(plugin, 1)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 4300 ms"));
}

TEST(Deadline, CanBeAnotherForOneCall) {
  const auto plugin = load<Number>(spins(), {.limits = {.deadline = 1h}});
  EXPECT_EQ(failure(instance_of(plugin).call({.deadline = 15ms}).run(1U)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 15 ms"));
}

TEST(Deadline, CanBeGivenToACallOfAPluginThatWasLoadedWithFuelAlone) {
  const auto plugin =
      load<Number>(spins(), {.limits = {.deadline = std::nullopt, .fuel = Fuel{1ULL << 60}}});
  EXPECT_EQ(failure(instance_of(plugin).call({.deadline = 15ms}).run(1U)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 15 ms"));
}

TEST(Deadline, CannotBeGivenToAPluginThatWasLoadedWithoutOne) {
  auto instance = instance_of(load<Number>(spins(), {.limits = {.deadline = std::nullopt}}));
  EXPECT_EQ(failure(instance.call({.deadline = 15ms}).run(0U)),
            fails(Kind::misuse,
                  "guest: run was not called: a plugin that was loaded without "
                  "deadline and fuel cannot be given a deadline"));
  EXPECT_TRUE(instance.call().run(0U));
}

TEST(Deadline, OfNothingRefusesTheCallAndKeepsTheInstance) {
  auto instance = instance_of(load<Number>(spins()));
  EXPECT_EQ(failure(instance.call({.deadline = 0ms}).run(0U)),
            crossed(Limit::deadline, "guest: run was not called: its deadline had passed"));
  EXPECT_TRUE(instance.call().run(0U));
}

TEST(Deadline, InThePastRefusesTheCallAndKeepsTheInstance) {
  auto instance = instance_of(load<Number>(spins()));
  EXPECT_EQ(failure(instance.call({.deadline = -5ms}).run(0U)),
            crossed(Limit::deadline, "guest: run was not called: its deadline had passed"));
  EXPECT_TRUE(instance.call().run(0U));
}

TEST(Deadline, OfNothingIsRefusedAtLoad) {
  EXPECT_EQ(
      failure(load_error<Number>(spins(), {.limits = {.deadline = 0ms}})),
      fails(Kind::misuse, "guest was not loaded: Limits::deadline must be more than nothing"));
}

TEST(Deadline, BehindTheEndOfTimeIsNoneAtAll) {
  const auto plugin =
      load<Number>(spins(), {.limits = {.deadline = std::chrono::milliseconds::max()}});
  EXPECT_EQ(run(plugin, 0).value(), 7U);
}

TEST(Deadline, IsNeverEarly) {
  const auto plugin = load<Number>(spins(), {.limits = {.deadline = 20ms}});
  for (int i = 0; i < 20; ++i) {
    auto instance = instance_of(plugin);
    const auto start = Clock::now();
    ASSERT_FALSE(instance.call().run(1U));
    EXPECT_GE(Clock::now() - start, 20ms);
  }
}

// The clock is asked for a second at a time: this call needs it three times.
TEST(Deadline, OfMoreThanASecondIsNeverEarly) {
  auto instance = instance_of(load<Number>(spins(), {.limits = {.deadline = 2500ms}}));
  const auto start = Clock::now();
  EXPECT_EQ(failure(instance.call().run(1U)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 2500 ms"));
  EXPECT_GE(Clock::now() - start, 2500ms);
}

std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

TEST(Deadline, KeepsNothingBusyWhenNothingRuns) {
  const auto plugin = load<Number>(spins(), {.limits = {.deadline = 1h}});
  ASSERT_TRUE(run(plugin, 0));
  std::this_thread::sleep_for(3s);  // the clock goes on for a while, for calls that follow
  const auto before = processor_time();
  std::this_thread::sleep_for(1s);
  EXPECT_LT(processor_time() - before, 50ms);
}

TEST(Deadline, IsKeptAfterTheClockHasSlept) {
  const auto plugin = load<Number>(spins(), {.limits = {.deadline = 20ms}});
  ASSERT_TRUE(run(plugin, 0));
  std::this_thread::sleep_for(1500ms);
  EXPECT_EQ(failure(run(plugin, 1)),
            crossed(Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
}

// ---- Stack -------------------------------------------------------------------------------------

// run(n) calls itself n times, one within the other.
std::string recurses() {
  return component(R"(
    (func $run (export "run") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (call $run (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))
        (else (i32.const 0)))))",
                   kRun);
}

TEST(StackLimit, EndsEndlessRecursion) {
  const auto plugin = load<Number>(recurses());
  EXPECT_EQ(
      failure(run(plugin, 0xFFFF'FFFF)),
      crossed(Limit::stack, "guest: run used up its stack of 512 KiB (EngineOptions::stack)"));
  EXPECT_EQ(run(plugin, 1000).value(), 1000U);
}

TEST(StackLimit, ShowsTheInnermostFramesOfEndlessRecursion) {
  const auto plugin = load<Number>(recurses());
  const auto out = run(plugin, 0xFFFF'FFFF);
  ASSERT_FALSE(out);
  ASSERT_EQ(out.error().backtrace().size(), 20U);
  for (const Error::Frame& frame : out.error().backtrace()) EXPECT_EQ(frame.function, "run");
}

TEST(StackLimit, HoldsForStartFunctions) {
  const auto plugin = load<Number>(component(R"(
    (func $f (call $f))
    (start $f)
    (func (export "run") (param i32) (result i32) (i32.const 7)))",
                                             kRun));
  EXPECT_EQ(failure(plugin.instantiate()),
            crossed(Limit::stack,
                    "guest: instantiation used up its stack of 512 KiB (EngineOptions::stack)"));
  EXPECT_EQ(run(load<Number>(recurses()), 1).value(), 1U);
}

TEST(StackLimit, IsTheEngines) {
  const Engine small({.stack = KiB(64)});
  auto plugin = Plugin<World<Number>>::from_text(small, "guest", recurses(), {});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(failure(run(*plugin, 0xFFFF'FFFF)),
            crossed(Limit::stack, "guest: run used up its stack of 64 KiB (EngineOptions::stack)"));
  EXPECT_EQ(run(*plugin, 100).value(), 100U);
}

TEST(StackLimit, CanBeSomeMegabytes) {
  const Engine large({.stack = MiB(4)});
  auto plugin = Plugin<World<Number>>::from_text(large, "guest", recurses(), {});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(failure(run(*plugin, 0xFFFF'FFFF)),
            crossed(Limit::stack, "guest: run used up its stack of 4 MiB (EngineOptions::stack)"));
  EXPECT_EQ(run(*plugin, 20'000).value(), 20'000U);
}

TEST(StackLimit, OfNothingIsRefused) {
  const Engine none({.stack = Bytes{0}});
  EXPECT_EQ(failure(Plugin<World<Number>>::from_text(none, "guest", recurses(), {})),
            fails(Kind::misuse, "EngineOptions::stack must be more than nothing"));
}

TEST(StackLimit, OfMoreThanAnyThreadHasIsRefused) {
  const Engine endless({.stack = Bytes{std::numeric_limits<std::uint64_t>::max()}});
  auto plugin = Plugin<World<Number>>::from_text(endless, "guest", recurses(), {});
  const Failure failed = plugin ? failure(plugin->instantiate()) : failure(plugin);
  EXPECT_EQ(failed.kind, Kind::misuse) << failed;
}

// "..<number>.." taken apart: the number, if `text` is `before`, digits and `after`.
std::uint64_t number_between(std::string_view text, std::string_view before,
                             std::string_view after) {
  EXPECT_TRUE(text.starts_with(before)) << text;
  EXPECT_TRUE(text.ends_with(after)) << text;
  if (text.size() < before.size() + after.size()) return 0;
  const std::string digits(text.substr(before.size(), text.size() - before.size() - after.size()));
  EXPECT_EQ(digits.find_first_not_of("0123456789"), std::string::npos) << text;
  return std::strtoull(digits.c_str(), nullptr, 10);
}

constexpr std::string_view kLeft =
    " KiB are left; call from a thread with a larger stack, or lower EngineOptions::stack";

TEST(StackLimit, RefusesACallFromAThreadWithASmallStackAndKeepsTheInstance) {
  auto instance = instance_of(load<Number>(recurses()));
  std::optional<Failure> failed;
  on_stack_of(KiB(256), [&] { failed = failure(instance.call().run(0xFFFF'FFFFU)); });
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->kind, Kind::misuse);
  EXPECT_EQ(failed->limit, Limit::stack);
  const std::uint64_t left = number_between(
      failed->message, "guest: run cannot run on this thread: it needs 576 KiB of stack, and ",
      kLeft);
  EXPECT_GT(left, 200U);
  EXPECT_LT(left, 256U);
  EXPECT_EQ(instance.call().run(1000U).value(), 1000U);
}

TEST(StackLimit, RefusesToMakeAnInstanceOnAThreadWithASmallStack) {
  const auto plugin = load<Number>(recurses());
  std::optional<Failure> failed;
  on_stack_of(KiB(256), [&] { failed = failure(plugin.instantiate()); });
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->kind, Kind::misuse);
  EXPECT_EQ(failed->limit, Limit::stack);
  (void)number_between(
      failed->message,
      "guest: instantiation cannot run on this thread: it needs 576 KiB of stack, and ", kLeft);
}

TEST(StackLimit, IsThereInFullOnAThreadThatHasJustEnough) {
  const auto plugin = load<Number>(recurses());
  std::optional<Failure> failed;
  on_stack_of(KiB(640), [&] { failed = failure(run(plugin, 0xFFFF'FFFF)); });
  EXPECT_EQ(failed, crossed(Limit::stack,
                            "guest: run used up its stack of 512 KiB (EngineOptions::stack)"));
}

// Wasmtime says that a growth failed which it never asked about: nothing is given back for that.
TEST(MemoryLimit, IsNotMovedByATableThatCannotGrow) {
  const std::string greedy = R"((component
    (core module $m
      (memory (export "memory") 1)
      (table $t i64 1 funcref)
      (func (export "run") (param $n i32) (result i32)
        (loop $l
          (drop (memory.grow (i32.const 1)))
          (drop (table.grow $t (ref.null func) (i64.const -1)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br_if $l (local.get $n)))
        (memory.size)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))))";
  auto instance = instance_of(load<Number>(greedy, {.limits = {.memory = MiB(1)}}));
  EXPECT_LE(instance.call().run(1000U).value(), 16U);
  EXPECT_LE(instance.memory().count, MiB(1).count);
}

// ---- What a call hands to the host -------------------------------------------------------------

// run(n) returns a list of n lists, each of which is the same `inner` elements of one memory.
std::string repeats(std::string_view element, std::uint32_t inner) {
  return component(concat(R"(
    (memory (export "memory") 16)
    (func (export "run") (param $n i32) (result i32) (local $i i32)
      (i32.store (i32.const 0) (i32.const 8))
      (i32.store (i32.const 4) (local.get $n))
      (loop $l
        (if (i32.lt_u (local.get $i) (local.get $n)) (then
          (i32.store (i32.add (i32.const 8) (i32.mul (local.get $i) (i32.const 8)))
                     (i32.const 524288))
          (i32.store (i32.add (i32.const 12) (i32.mul (local.get $i) (i32.const 8)))
                     (i32.const )",
                          inner, R"())
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $l))))
      (i32.const 0)))"),
                   concat(R"((func (export "run") (param "n" u32) (result (list (list )", element,
                          R"()))
      (canon lift (core func $i "run") (memory $i "memory"))))"));
}

TEST(LiftLimit, EndsACallThatUnfoldsASmallMemoryIntoGigabytes) {
  const auto plugin = load<Blocks>(repeats("u8", 524'288));
  EXPECT_EQ(failure(run(plugin, 60'000)),  // 30 GiB out of 1 MiB
            crossed(Limit::lift,
                    "guest: run hands over more than the 64 MiB that one call may (Limits::lift)"));
  EXPECT_EQ(run(plugin, 2).value().at(1).size(), 524'288U);
}

TEST(LiftLimit, IsAsLoadedAndCountedToTheByte) {
  // A vector for each inner list, and what is in it.
  const std::uint64_t room = 4 * (sizeof(std::vector<std::uint8_t>) + 1000);
  const auto plugin = load<Blocks>(repeats("u8", 1000), {.limits = {.lift = Bytes{room}}});
  EXPECT_TRUE(run(plugin, 4));
  EXPECT_EQ(failure(run(plugin, 5)),
            crossed(Limit::lift,
                    "guest: run hands over more than the 4 KiB that one call may (Limits::lift)"));
}

TEST(LiftLimit, IsGivenAnewToEachCall) {
  auto instance = instance_of(load<Blocks>(repeats("u8", 524'288)));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(instance.call().run(100U));
}

TEST(LiftLimit, HoldsForWhatIsViewed) {
  const auto plugin = load<Words>(repeats("string", 65'536));  // half a megabyte of empty strings
  bool read = false;
  const auto out = instance_of(plugin).call().view([&](const auto&) { read = true; }, 60'000U);
  EXPECT_EQ(failure(out),
            crossed(Limit::lift,
                    "guest: run hands over more than the 64 MiB that one call may (Limits::lift)"));
  EXPECT_FALSE(read);
  EXPECT_TRUE(instance_of(plugin).call().view([&](const auto&) { read = true; }, 2U));
  EXPECT_TRUE(read);
}

// ---- Handles -----------------------------------------------------------------------------------

// run(n) makes n resources and keeps their handles.
constexpr std::string_view kHolds = R"((component
  (type $thing (resource (rep i32)))
  (core func $new (canon resource.new $thing))
  (core module $m
    (import "host" "new" (func $new (param i32) (result i32)))
    (func (export "run") (param i32) (result i32)
      (loop $l
        (if (local.get 0) (then
          (drop (call $new (i32.const 1)))
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br $l))))
      (i32.const 7)))
  (core instance $i (instantiate $m (with "host" (instance (export "new" (func $new))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))))";

TEST(HandleLimit, EndsAPluginThatMakesResourcesWithoutEnd) {
  const auto plugin = load<Number>(kHolds, {.limits = {.memory = MiB(1)}});
  EXPECT_EQ(failure(run(plugin, 1'000'000)),
            crossed(Limit::handles,
                    "guest: run holds more resource handles than a memory of 1 MiB "
                    "allows (Limits::memory)"));
  EXPECT_EQ(run(plugin, 10'000).value(), 7U);
}

}  // namespace
}  // namespace mortise::testing
