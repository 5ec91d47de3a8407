#include <mortise/runtime/wasi.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/wasi.h"

namespace mortise::testing {
namespace {

using namespace std::chrono_literals;
using Kind = Error::Kind;

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

TEST(WasiOutput, NeedsRoomForALine) {
  EXPECT_EQ(failure(load_error<Answer>(wasi_guest("(i64.const 0)"), {.wasi = {.line = {0}}})),
            fails(Kind::misuse, "guest was not loaded: Wasi::line must be more than nothing"));
  EXPECT_EQ(failure(load_error<Answer>(wasi_guest("(i64.const 0)"), {.wasi = {.line = {1048577}}})),
            fails(Kind::misuse, "guest was not loaded: Wasi::line must be at most 1 MiB"));
}

}  // namespace
}  // namespace mortise::testing
