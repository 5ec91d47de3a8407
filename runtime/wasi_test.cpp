#include <mortise/runtime/wasi.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/dynamic.h>

#include "tests/guests.h"
#include "tests/wasi.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;
using Kind = Error::Kind;
using Lines = std::vector<std::string>;
using Answer = abi::Function<"run", std::uint64_t>;
using Stream = WasiLine::Stream;

// Keeps what plugins print, as "guest out: text".
auto into(Lines& lines) {
  return [&lines](const WasiLine& line) {
    constexpr std::string_view kStreams[] = {"out", "err", "notice"};  // NOLINT: a literal
    lines.push_back(
        concat(line.plugin, " ", kStreams[static_cast<std::size_t>(line.stream)], ": ", line.text));
  };
}

// A plugin whose function `run` is this code, with a result of 64 bits.
Plugin<World<Answer>> running(std::string_view code, const PluginOptions& options = {},
                              std::string_view more = "") {
  return load<Answer>(wasi_guest(code, more), options);
}

std::uint64_t answer(std::string_view code, const PluginOptions& options = {},
                     std::string_view more = "") {
  const auto plugin = running(code, options, more);
  auto out = instance_of(plugin).call().run();
  EXPECT_TRUE(out) << out.error().to_string();
  return out ? *out : 0;
}

Failure failure_of(std::string_view code, const PluginOptions& options = {}) {
  const auto plugin = running(code, options);
  return failure(instance_of(plugin).call().run());
}

// What it prints in one call.
Lines printed_by(std::string_view code, Wasi wasi = {}, std::string_view more = "") {
  Lines lines;
  wasi.output = into(lines);
  (void)answer(code, {.wasi = wasi}, more);
  return lines;
}

// What comes of a text that it prints.
Lines printed(std::string_view text, Wasi wasi = {}) {
  return printed_by(
      concat("(call $print (i32.const 1048576) (i32.const ", text.size(), ")) (i64.const 0)"),
      std::move(wasi), data(1048576, raw(text)));
}

// ---- Standard output and standard error --------------------------------------------------------

TEST(WasiOutput, ComesInLines) {
  EXPECT_EQ(printed("hello\nworld\n"), (Lines{"guest out: hello", "guest out: world"}));
}

TEST(WasiOutput, HasEmptyLines) {
  EXPECT_EQ(printed("\n\nx"), (Lines{"guest out: ", "guest out: ", "guest out: x"}));
}

TEST(WasiOutput, OfALineThatHasNotEndedComesWhenTheCallEnds) {
  EXPECT_EQ(printed("hel"), (Lines{"guest out: hel"}));
}

TEST(WasiOutput, OfBothStreamsIsKeptApart) {
  EXPECT_EQ(printed_by(R"(
      (call $print (i32.const 1048576) (i32.const 2))
      (call $complain (i32.const 1048579) (i32.const 3))
      (call $print (i32.const 1048578) (i32.const 1))
      (i64.const 0))",
                       {}, data(1048576, "abcxy\\n")),
            (Lines{"guest err: xy", "guest out: abc"}));
}

TEST(WasiOutput, EndsLinesWithCarriageReturnsToo) {
  EXPECT_EQ(printed("one\r\ntwo\r\n"), (Lines{"guest out: one", "guest out: two"}));
}

TEST(WasiOutput, IsSafeToPrint) {
  EXPECT_EQ(printed("\x1b[31mred\r\xff\tgr\xc3\xbc\xc3\x9f\n"),
            (Lines{"guest out: \\u{1b}[31mred\\u{d}\\xff\tgr\xc3\xbc\xc3\x9f"}));
}

TEST(WasiOutput, IsCutWhereALineIsTooLong) {
  EXPECT_EQ(printed("123456789\nx\n", {.line = {4}}),
            (Lines{"guest out: 1234.. (5 bytes more)", "guest out: x"}));
}

TEST(WasiOutput, IsNotCutWithinACharacter) {
  EXPECT_EQ(printed("abc\xc3\xbc\n", {.line = {4}}), (Lines{"guest out: abc.. (2 bytes more)"}));
}

TEST(WasiOutput, OfALineThatIsLongerThanMemoryIsCut) {
  // A megabyte of zeroes, in writes of 64 KiB, and 16 times that.
  EXPECT_EQ(printed_by(R"(
      (loop $next
        (call $write_zeroes (call $stdout) (i64.const 65536) (i32.const 0))
        (local.set $c (i32.add (local.get $c) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $c) (i32.const 256))))
      (i64.const 0))",
                       {.line = {2}}),
            (Lines{"guest out: \\u{0}\\u{0}.. (16777214 bytes more)"}));
}

TEST(WasiOutput, HasSoManyLinesInACallAndSaysHowManyMoreThereWere) {
  EXPECT_EQ(printed("1\n2\n3\n4\n", {.lines = 2}),
            (Lines{"guest out: 1", "guest out: 2",
                   "guest notice: 2 more lines were dropped: one call may print 2 (Wasi::lines)"}));
  EXPECT_EQ(printed("1\n2\n", {.lines = 1}),
            (Lines{"guest out: 1",
                   "guest notice: 1 more line was dropped: one call may print 1 (Wasi::lines)"}));
}

TEST(WasiOutput, HasAsManyLinesInTheNextCall) {
  Lines lines;
  const auto plugin =
      running(R"((call $print (i32.const 1048576) (i32.const 4)) (i64.const 0))",
              {.wasi = {.output = into(lines), .lines = 1}}, data(1048576, "a\\nb\\n"));
  auto instance = instance_of(plugin);
  const std::string notice =
      "guest notice: 1 more line was dropped: one call may print 1 (Wasi::lines)";
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(instance.call().run());
  EXPECT_EQ(lines, (Lines{"guest out: a", notice, "guest out: a", notice}));
  EXPECT_EQ(instance.lines_dropped(), 2U);
}

TEST(WasiOutput, IsCountedWhereNobodyGetsIt) {
  const auto plugin = running(R"((call $print (i32.const 1048576) (i32.const 5)) (i64.const 0))",
                              {}, data(1048576, "a\\nb\\nc"));
  auto instance = instance_of(plugin);
  EXPECT_EQ(instance.lines_dropped(), 0U);
  EXPECT_TRUE(instance.call().run());
  EXPECT_EQ(instance.lines_dropped(), 3U);
  EXPECT_TRUE(instance.call().run());
  EXPECT_EQ(instance.lines_dropped(), 6U);
}

TEST(WasiOutput, OfACallThatFailsComesToo) {
  Lines lines;
  const auto plugin = running(R"((call $complain (i32.const 1048576) (i32.const 4)) unreachable)",
                              {.wasi = {.output = into(lines)}}, data(1048576, "help"));
  EXPECT_EQ(failure(instance_of(plugin).call().run()),
            fails(Kind::guest_trap, "guest: run trapped: wasm `unreachable` instruction executed"));
  EXPECT_EQ(lines, (Lines{"guest err: help"}));
}

TEST(WasiOutput, OfAStartFunctionComesWithTheInstance) {
  Lines lines;
  const auto plugin = running("(i64.const 0)", {.wasi = {.output = into(lines)}},
                              R"((func $start (call $print (i32.const 1048576) (i32.const 2)))
                 (start $start) (data (i32.const 1048576) "up"))");
  const auto instance = instance_of(plugin);
  EXPECT_EQ(lines, (Lines{"guest out: up"}));
}

TEST(WasiOutput, WithoutEndEndsAtTheDeadline) {
  std::uint64_t count = 0;
  const PluginOptions options{.limits = {.deadline = 20ms},
                              .wasi = {.output = [&](const WasiLine&) { ++count; }}};
  EXPECT_EQ(failure_of(R"((loop $next (call $print (i32.const 1048576) (i32.const 1))
                                      (br $next)) unreachable)",
                       options),
            crossed(Error::Limit::deadline, "guest: run was stopped at its deadline of 20 ms"));
  EXPECT_EQ(count, 1U);  // no newline
}

TEST(WasiOutput, LosesWhatItsFunctionThrows) {
  const auto plugin =
      running(R"((call $print (i32.const 1048576) (i32.const 4)) (i64.const 7))",
              {.wasi = {.output = [](const WasiLine&) { throw std::runtime_error("full"); }}},
              data(1048576, "a\\nb\\n"));
  EXPECT_EQ(instance_of(plugin).call().run().value(), 7U);
}

TEST(WasiStreams, TakeNoMoreThanTheyAllow) {
  EXPECT_EQ(answer(R"((call $check_write (call $stdout) (i32.const 0))
                      (i64.load (i32.const 8)))"),
            65536U);
  EXPECT_EQ(failure_of(R"((call $write (call $stdout) (i32.const 0) (i32.const 65537)
                              (i32.const 0)) unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: write was given 65537 bytes, and takes 65536 at most"));
  EXPECT_EQ(failure_of(R"((call $blocking_write (call $stdout) (i32.const 0) (i32.const 4097)
                              (i32.const 0)) unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: blocking-write-and-flush was given 4097 bytes, and takes "
                  "4096 at most"));
  EXPECT_EQ(failure_of(R"((call $write_zeroes (call $stdout) (i64.const -1) (i32.const 0))
                          unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: write-zeroes was given 18446744073709551615 bytes, and "
                  "takes 65536 at most"));
}

TEST(WasiStreams, OfInputAreAtTheirEnd) {
  // 1: an error; then 1: closed.
  EXPECT_EQ(answer(R"((call $read (call $stdin) (i64.const 4294967296) (i32.const 0))
                      (i64.load (i32.const 0)))"),
            0x1'0000'0001U);
  EXPECT_EQ(answer(R"((call $skip (call $stdin) (i64.const 1) (i32.const 0))
                      (i64.or (i64.load (i32.const 0))
                              (i64.shl (i64.load8_u (i32.const 8)) (i64.const 8))))"),
            0x101U);
  EXPECT_EQ(answer(R"((call $splice (call $stdout) (call $stdin) (i64.const 1) (i32.const 0))
                      (i64.or (i64.load (i32.const 0))
                              (i64.shl (i64.load8_u (i32.const 8)) (i64.const 8))))"),
            0x101U);
}

TEST(WasiStreams, NeverMakeAnybodyWait) {
  EXPECT_EQ(answer(R"((call $block (call $input_ready (call $stdin)))
                      (call $block (call $output_ready (call $stdout)))
                      (call $flush (call $stdout) (i32.const 0))
                      (i64.extend_i32_u (call $ready (call $output_ready (call $stderr)))))"),
            1U);
}

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

TEST(WasiOutput, NeedsRoomForALine) {
  EXPECT_EQ(failure(load_error<Answer>(wasi_guest("(i64.const 0)"), {.wasi = {.line = {0}}})),
            fails(Kind::misuse, "guest was not loaded: Wasi::line must be more than nothing"));
  EXPECT_EQ(failure(load_error<Answer>(wasi_guest("(i64.const 0)"), {.wasi = {.line = {1048577}}})),
            fails(Kind::misuse, "guest was not loaded: Wasi::line must be at most 1 MiB"));
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

// ---- Randomness --------------------------------------------------------------------------------

TEST(WasiRandom, DiffersByDefault) {
  EXPECT_NE(answer("(call $random)"), answer("(call $random)"));
  EXPECT_NE(answer("(call $insecure)"), answer("(call $insecure)"));
}

TEST(WasiRandom, IsWhatASeedMakes) {
  const PluginOptions seeded{.wasi = {.random = WasiRandom::seeded(0)}};
  // SplitMix64, as its authors publish it.
  EXPECT_EQ(answer("(call $random)", seeded), 0xE220A8397B1DCDAFU);
  EXPECT_EQ(answer("(drop (call $random)) (call $insecure)", seeded), 0x6E789E6AA1B965F4U);
  EXPECT_EQ(answer(R"((call $seed (i32.const 0)) (i64.load (i32.const 8)))", seeded),
            0x6E789E6AA1B965F4U);
  EXPECT_EQ(answer(R"((call $random_bytes (i64.const 9) (i32.const 0))
                      (i64.load (i32.load (i32.const 0))))",
                   seeded),
            0xE220A8397B1DCDAFU);
}

TEST(WasiRandom, ComesInListsOfAnyLength) {
  EXPECT_EQ(answer(R"((call $random_bytes (i64.const 1000003) (i32.const 0))
                      (i64.load32_u (i32.const 4)))"),
            1'000'003U);
  EXPECT_EQ(answer(R"((call $insecure_bytes (i64.const 0) (i32.const 0))
                      (i64.load32_u (i32.const 4)))"),
            0U);
}

TEST(WasiRandom, ComesNotInGigabytes) {
  EXPECT_EQ(failure_of(R"((call $random_bytes (i64.const 4294967296) (i32.const 0)) unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: get-random-bytes was asked for 4294967296 bytes, and gives "
                  "1048576 at most"));
  EXPECT_EQ(failure_of(R"((call $insecure_bytes (i64.const -1) (i32.const 0)) unreachable)"),
            fails(Kind::guest_trap,
                  "guest: run trapped: get-insecure-random-bytes was asked for "
                  "18446744073709551615 bytes, and gives 1048576 at most"));
}

// ---- What is not there -------------------------------------------------------------------------

TEST(WasiCli, HasNoEnvironmentAndNoArguments) {
  // The lengths of two lists, and whether there is a folder.
  EXPECT_EQ(answer(R"((call $environment (i32.const 0)) (call $arguments (i32.const 8))
                      (call $cwd (i32.const 16))
                      (i64.or (i64.load32_u (i32.const 4))
                              (i64.or (i64.load32_u (i32.const 12))
                                      (i64.load8_u (i32.const 16)))))"),
            0U);
}

TEST(WasiCli, HasNoTerminal) {
  EXPECT_EQ(answer(R"((i32.store (i32.const 0) (i32.const -1))
                      (call $terminal (i32.const 0)) (i64.load8_u (i32.const 0)))"),
            0U);
}

TEST(WasiCli, ExitEndsTheCallAndTheInstance) {
  const auto plugin = running(R"((call $exit (i32.const 1)) unreachable)");
  auto instance = instance_of(plugin);
  const auto out = instance.call().run();
  EXPECT_EQ(failure(out), fails(Kind::guest_trap, "guest: run called `exit` with status 1"));
  ASSERT_FALSE(out.error().backtrace().empty());
  EXPECT_EQ(out.error().backtrace()[0].function, "run");
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::misuse,
                  "guest: run was not called: an earlier call failed and ended the instance; make "
                  "a new one with Plugin::instantiate"));
}

TEST(WasiCli, ExitHasAStatus) {
  EXPECT_EQ(failure_of("(call $exit (i32.const 0)) unreachable"),
            fails(Kind::guest_trap, "guest: run called `exit` with status 0"));
  EXPECT_EQ(failure_of("(call $exit_with (i32.const 42)) unreachable"),
            fails(Kind::guest_trap, "guest: run called `exit` with status 42"));
}

TEST(WasiFilesystem, HasNoFolders) {
  EXPECT_EQ(answer(R"((i64.store (i32.const 0) (i64.const -1))
                      (call $directories (i32.const 0)) (i64.load32_u (i32.const 4)))"),
            0U);
}

TEST(WasiFilesystem, HasNoFiles) {
  EXPECT_EQ(failure_of("(call $sync (i32.const 3) (i32.const 0)) unreachable"),
            fails(Kind::guest_trap, "guest: run broke the canonical ABI: unknown handle index 3"));
}

TEST(WasiSockets, AreDenied) {
  // 1: an error; then 1: access-denied.
  EXPECT_EQ(answer(R"((call $tcp (i32.const 0) (i32.const 0))
                      (i64.or (i64.load8_u (i32.const 0))
                              (i64.shl (i64.load8_u (i32.const 4)) (i64.const 8))))"),
            0x101U);
}

TEST(WasiSockets, ResolveNoNames) {
  EXPECT_EQ(answer(R"((call $resolve (call $network) (i32.const 1048576) (i32.const 9)
                          (i32.const 0))
                      (i64.or (i64.load8_u (i32.const 0))
                              (i64.shl (i64.load8_u (i32.const 4)) (i64.const 8))))",
                   {}, data(1048576, "localhost")),
            0x101U);
}

// ---- Linking -----------------------------------------------------------------------------------

// With another version of everything.
std::string guest_of(std::string_view version) {
  std::string guest = wasi_guest("(call $now)");
  for (std::size_t at = 0; (at = guest.find("@0.2.0", at)) != std::string::npos;)
    guest.replace(at, 6, version), at += version.size();
  return guest;
}

TEST(WasiVersion, IsAnyOf0_2) {
  for (const std::string_view version : {"@0.2.0", "@0.2.6", "@0.2.12", "@0.2.999"}) {
    const auto plugin = load<Answer>(guest_of(version));
    EXPECT_TRUE(instance_of(plugin).call().run());
  }
}

TEST(WasiVersion, IsNoOther) {
  for (const std::string_view version : {"@0.3.0", "@0.2.0-rc-2023-11-10", ""}) {
    const auto plugin = Plugin<World<Answer>>::from_text(engine(), "guest", guest_of(version), {});
    ASSERT_FALSE(plugin);
    EXPECT_EQ(plugin.error().kind(), Kind::denied);
  }
}

TEST(WasiVersion, MayBeMoreThanOneInAPlugin) {
  std::string guest = wasi_guest("(call $now)");
  guest.replace(guest.find("monotonic-clock@0.2.0"), 21, "monotonic-clock@0.2.9");
  EXPECT_TRUE(instance_of(load<Answer>(guest)).call().run());
}

TEST(WasiAccess, OfNoneIsRefusedByName) {
  const Error error = load_error<Answer>(R"((component
    (import "wasi:cli/environment@0.2.0" (instance
      (export "get-arguments" (func (result (list string))))))
    (core module $m (func (export "run") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))",
                                         {.wasi = {.access = Wasi::Access::none}});
  EXPECT_EQ(failure(error), fails(Kind::denied,
                                  "guest imports what this host does not provide\n"
                                  "  import wasi:cli/environment@0.2.0: get-arguments\n"
                                  "  Build the plugin without WASI: this host provides none of "
                                  "it."));
}

TEST(WasiAccess, OfOtherPackagesIsRefusedByName) {
  const Error error = load_error<Answer>(R"((component
    (import "wasi:keyvalue/atomics@0.2.0" (instance (export "increment" (func (result u64)))))
    (import "wasi:cli/environment@0.2.0" (instance (export "get-secrets" (func (result u64)))))
    (core module $m (func (export "run") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:keyvalue/atomics@0.2.0: increment\n"
                  "  import wasi:cli/environment@0.2.0: get-secrets\n"
                  "  Build the plugin without it: of WASI this host provides io, clocks, random, "
                  "cli, filesystem and sockets, in versions 0.2."));
}

TEST(WasiAccess, OfAnotherTypeIsRefused) {
  const Error error = load_error<Answer>(R"((component
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u32)))))
    (core module $m (func (export "run") (result i64) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide: component imports instance "
                  "`wasi:clocks/monotonic-clock@0.2.0`, but a matching implementation was not "
                  "found in the linker: instance export `now` has the wrong type: type mismatch "
                  "with results: expected `u64` found `u32`"));
}

// ---- Plugins whose contract is learnt ----------------------------------------------------------

DynamicPlugin learnt(std::string_view guest, DynamicImports imports = {},
                     const PluginOptions& options = {}) {
  return good(DynamicPlugin::from_text(engine(), "guest", guest, std::move(imports), options));
}

TEST(WasiDynamic, IsThereToo) {
  Lines lines;
  const auto plugin =
      learnt(wasi_guest("(call $print (i32.const 1048576) (i32.const 2)) (call $now)",
                        data(1048576, "hi")),
             {}, {.wasi = {.clock = WasiClock::frozen(), .output = into(lines)}});
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(good(instance.call(good(plugin.find("run")), {})), Value::u64(1'000'000'000));
  EXPECT_EQ(lines, (Lines{"guest out: hi"}));
  EXPECT_EQ(instance.lines_dropped(), 0U);
}

constexpr std::string_view kTwoFunctions = R"((component
    (import "wasi:random/random@0.2.0" (instance $random
      (export "get-random-u64" (func (result u64)))))
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
      (export "now" (func (result u64)))))
    (core func $number (canon lower (func $random "get-random-u64")))
    (core func $now (canon lower (func $clock "now")))
    (core module $m
      (import "" "number" (func $number (result i64)))
      (import "" "now" (func $now (result i64)))
      (func (export "run") (result i64) (i64.add (call $number) (call $now))))
    (core instance $i (instantiate $m (with "" (instance
      (export "number" (func $number)) (export "now" (func $now))))))
    (func (export "run") (result u64) (canon lift (core func $i "run")))))";

DynamicImports number_of(std::string interface) {
  DynamicImports imports;
  imports.function(std::move(interface), "get-random-u64",
                   [](CallContext&, const std::vector<Value>&) -> Result<DynamicAnswer> {
                     return Value::u64(7);
                   });
  return imports;
}

TEST(WasiDynamic, LeavesToTheHostWhatTheHostHas) {
  const auto plugin = learnt(kTwoFunctions, number_of("wasi:random/random@0.2.0"),
                             {.wasi = {.clock = WasiClock::frozen()}});
  auto instance = good(plugin.instantiate());
  EXPECT_EQ(good(instance.call(good(plugin.find("run")), {})), Value::u64(1'000'000'007));
}

TEST(WasiDynamic, LeavesToTheHostAnInterfaceOfAnotherVersionToo) {
  EXPECT_EQ(failure(DynamicPlugin::from_text(engine(), "guest", kTwoFunctions,
                                             number_of("wasi:random/random@0.2.6"))),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:random/random@0.2.0: get-random-u64\n"
                  "  Provide it (DynamicImports), or build the plugin without it."));
}

TEST(WasiDynamic, IsRefusedWhereThereIsNone) {
  EXPECT_EQ(failure(DynamicPlugin::from_text(engine(), "guest", kTwoFunctions, {},
                                             {.wasi = {.access = Wasi::Access::none}})),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:random/random@0.2.0: get-random-u64\n"
                  "  import wasi:clocks/monotonic-clock@0.2.0: now\n"
                  "  Provide it (DynamicImports), or build the plugin without it."));
}

TEST(WasiDynamic, PassesNoResourcesOfWasi) {
  EXPECT_EQ(failure(DynamicPlugin::from_text(engine(), "guest", R"((component
      (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
      (alias export $poll "pollable" (type $pollable))
      (core module $m (func (export "run") (param i32)))
      (core instance $i (instantiate $m))
      (func (export "run") (param "p" (own $pollable)) (canon lift (core func $i "run")))))")),
            fails(Kind::bad_component,
                  "guest cannot be called by name: a function of it passes a resource of WASI, and "
                  "no value stands for those"));
}

}  // namespace
}  // namespace mortise::testing
