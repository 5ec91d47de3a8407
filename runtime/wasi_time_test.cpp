#include <mortise/runtime/wasi.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/wasi.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;
using Kind = Error::Kind;

// ---- Clocks ------------------------------------------------------------------------------------

// 2021-05-06T07:08:09.000000010Z
constexpr WasiClock::Time kThen{std::chrono::seconds(1620284889) + 10ns};
constexpr std::string_view kDate = R"((call $date (i32.const 0))
    (i64.add (i64.mul (i64.load (i32.const 0)) (i64.const 1000000000))
             (i64.load32_u (i32.const 8))))";

std::uint64_t since_1970(auto time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

TEST(WasiClock, ShowsTheDateByDefault) {
  const auto before =
      since_1970(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  const std::uint64_t date = answer(kDate);
  EXPECT_GE(date, before);
  EXPECT_LE(date, since_1970(std::chrono::system_clock::now()));
  EXPECT_EQ(date % 1'000'000, 0U);
}

TEST(WasiClock, StandsStillDuringACallByDefault) {
  constexpr std::string_view kWork = R"((local.set $c (i32.const 20000000))
      (loop $next (br_if $next (local.tee $c (i32.sub (local.get $c) (i32.const 1))))))";
  const std::string code =
      concat("(local.set $a (call $now)) ", kWork, "(i64.sub (call $now) (local.get $a))");
  EXPECT_EQ(answer(code, {.limits = {.deadline = std::nullopt}}), 0U);
  EXPECT_GT(
      answer(code, {.limits = {.deadline = std::nullopt}, .wasi = {.clock = WasiClock::real()}}),
      0U);
}

TEST(WasiClock, MovesByWhatWasSleptAndNotByHowLongItTook) {
  constexpr std::string_view kCode = R"((local.set $a (call $now))
      (call $block (call $in (i64.const 3000001)))
      (i64.sub (call $now) (local.get $a)))";
  EXPECT_EQ(answer(kCode), 3000001U);
  EXPECT_EQ(answer(kCode, {.wasi = {.clock = WasiClock::frozen()}}), 3000001U);
  EXPECT_GE(answer(kCode, {.wasi = {.clock = WasiClock::real()}}), 3000001U);
}

TEST(WasiClock, NeverGoesBack) {
  const auto plugin = running(R"((call $block (call $in (i64.const 2000000))) (call $now))");
  auto instance = instance_of(plugin);
  std::uint64_t before = 0;
  for (int i = 0; i < 5; ++i) {
    const std::uint64_t now = instance.call().run().value();
    EXPECT_GT(now, before);
    before = now;
  }
}

TEST(WasiClock, MovesOnFromCallToCall) {
  const auto plugin = running("(call $now)");
  auto instance = instance_of(plugin);
  const std::uint64_t first = instance.call().run().value();
  EXPECT_GE(first, 1'000'000'000U);
  // Until it has: nothing depends on how long that takes.
  while (instance.call().run().value() == first) {
  }
}

TEST(WasiClock, ThatIsFrozenShowsWhatItWasSetTo) {
  const PluginOptions frozen{.wasi = {.clock = WasiClock::frozen(kThen)}};
  EXPECT_EQ(answer(kDate, frozen), since_1970(kThen));
  EXPECT_EQ(answer("(call $now)", frozen), 1'000'000'000U);
  EXPECT_EQ(answer(concat("(call $block (call $in (i64.const 5)))", kDate), frozen),
            since_1970(kThen) + 5);
}

TEST(WasiClock, ThatIsFrozenEndsASleepAtOnce) {
  EXPECT_EQ(answer(R"((call $block (call $in (i64.const 3600000000000))) (call $now))",
                   {.wasi = {.clock = WasiClock::frozen()}}),
            3'601'000'000'000U);
}

TEST(WasiClock, SaysHowFineItIs) {
  EXPECT_EQ(answer("(call $resolution)"), 1'000'000U);
  EXPECT_EQ(answer("(call $resolution)", {.wasi = {.clock = WasiClock::real()}}), 1U);
  EXPECT_EQ(answer(R"((call $date_resolution (i32.const 0)) (i64.load32_u (i32.const 8)))"),
            1'000'000U);
}

TEST(WasiClock, MustNotBeFrozenBefore1970) {
  EXPECT_EQ(
      failure(load_error<Answer>(wasi_guest("(i64.const 0)"),
                                 {.wasi = {.clock = WasiClock::frozen(WasiClock::Time(-1ns))}})),
      fails(Kind::misuse, "guest was not loaded: Wasi::clock must not be frozen before 1970"));
}

// ---- Waiting -----------------------------------------------------------------------------------

TEST(WasiPoll, SleepsNoLongerThanItsDeadline) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_of(R"((call $block (call $in (i64.const 3600000000000))) unreachable)",
                       {.limits = {.deadline = 50ms}}),
            crossed(Error::Limit::deadline, "guest: run was stopped at its deadline of 50 ms"));
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 50ms);
  EXPECT_LT(took, 1min);
}

TEST(WasiPoll, SleepsNoLongerThanItsDeadlineForEver) {
  EXPECT_EQ(failure_of(R"((call $block (call $in (i64.const -1))) unreachable)",
                       {.limits = {.deadline = 20ms}, .wasi = {.clock = WasiClock::real()}}),
            crossed(Error::Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
}

TEST(WasiPoll, SleepsWithoutADeadline) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(answer(R"((call $block (call $in (i64.const 150000000))) (i64.const 1))",
                   {.limits = {.deadline = std::nullopt}}),
            1U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 150ms);
}

TEST(WasiPoll, SleepsPastASecondOfADeadlineOfMany) {
  EXPECT_EQ(answer(R"((call $block (call $in (i64.const 2200000000))) (i64.const 1))",
                   {.limits = {.deadline = 1min}}),
            1U);
}

TEST(WasiPoll, SaysWhichAreReady) {
  // The second of three is: the others would take an hour.
  EXPECT_EQ(answer(R"(
      (i32.store (i32.const 1048576) (call $in (i64.const 3600000000000)))
      (i32.store (i32.const 1048580) (call $output_ready (call $stdout)))
      (i32.store (i32.const 1048584) (call $at (i64.const -1)))
      (call $poll (i32.const 1048576) (i32.const 3) (i32.const 0))
      (i64.or (i64.shl (i64.load32_u (i32.const 4)) (i64.const 32))
              (i64.load32_u (i32.load (i32.const 0)))))"),
            0x1'0000'0001U);
}

TEST(WasiPoll, WaitsForTheFirst) {
  EXPECT_EQ(answer(R"(
      (local.set $a (call $now))
      (i32.store (i32.const 1048576) (call $in (i64.const 3600000000000)))
      (i32.store (i32.const 1048580) (call $in (i64.const 5000000)))
      (call $poll (i32.const 1048576) (i32.const 2) (i32.const 0))
      (i64.sub (call $now) (local.get $a)))"),
            5'000'000U);
}

TEST(WasiPoll, OfNothingIsAMistake) {
  EXPECT_EQ(failure_of("(call $poll (i32.const 0) (i32.const 0) (i32.const 0)) unreachable"),
            fails(Kind::guest_trap, "guest: run trapped: poll was called with no pollables"));
}

TEST(WasiPoll, LooksAtSoManyAtMost) {
  EXPECT_EQ(failure_of("(call $poll (i32.const 0) (i32.const 10001) (i32.const 0)) unreachable"),
            fails(Kind::guest_trap,
                  "guest: run trapped: poll was called with 10001 pollables, and looks at 10000 at "
                  "most"));
  EXPECT_EQ(
      failure_of("(call $poll (i32.const 0) (i32.const 0x10000000) (i32.const 0)) unreachable"),
      fails(Kind::guest_trap,
            "guest: run broke the canonical ABI: list pointer/length out of bounds of memory"));
}

TEST(WasiPoll, HasPollablesInProportionToMemory) {
  constexpr std::string_view kCode = R"(
      (loop $next
        (drop (call $in (i64.const 1)))
        (br_if $next (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 1)))
                               (i32.const 1000000))))
      (i64.const 1))";
  EXPECT_EQ(failure_of(kCode, {.limits = {.deadline = std::nullopt, .memory = MiB(4)}}),
            crossed(Error::Limit::handles,
                    "guest: run holds more resource handles than a memory of 4 MiB allows "
                    "(Limits::memory)"));
}

TEST(WasiPoll, TakesPollablesBack) {
  constexpr std::string_view kCode = R"(
      (loop $next
        (call $drop_pollable (call $in (i64.const 1)))
        (br_if $next (i32.lt_u (local.tee $c (i32.add (local.get $c) (i32.const 1)))
                               (i32.const 1000000))))
      (i64.const 1))";
  EXPECT_EQ(answer(kCode, {.limits = {.deadline = std::nullopt, .memory = MiB(4)}}), 1U);
}

TEST(WasiPoll, DoesNotKnowWhatTheGuestDoesNotHave) {
  EXPECT_EQ(failure_of("(call $block (i32.const 77)) unreachable"),
            fails(Kind::guest_trap, "guest: run broke the canonical ABI: unknown handle index 77"));
}

}  // namespace
}  // namespace mortise::testing
