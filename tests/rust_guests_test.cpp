// The real thing: plugins that were written in Rust and built with its usual tools.
#include <string>

#include <gtest/gtest.h>

#include "plugin_world.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::MetadataRef;

constexpr MetadataRef kMeta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};

Plugin<PluginWorld> guest(const std::string& name, const Limits& limits = {}) {
  auto plugin = Plugin<PluginWorld>::load(engine(), MORTISE_GUEST_DIR "/" + name + ".wasm", {},
                                          {.limits = limits});
  EXPECT_TRUE(plugin) << plugin.error().to_string();
  return *std::move(plugin);
}

// What a call of the faulty guest ends with: its metadata's name says what it does.
Error failure(const Plugin<PluginWorld>& plugin, std::string_view what) {
  auto instance = plugin.instantiate();
  auto out = instance->processor().process_data("x", {.name = what, .version = "1"});
  EXPECT_NE(out.failure(), nullptr) << "it did not fail";
  return std::move(*out.failure());
}

TEST(Processor, AnswersInUpperCase) {
  auto instance = guest("processor").instantiate();
  const auto out = instance->processor().process_data("hello techbytes", kMeta);
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES");
}

TEST(Processor, KnowsUnicode) {
  auto instance = guest("processor").instantiate();
  const auto out = instance->processor().process_data("grüße, ﬁn, ǆ, ß", kMeta);
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "[Processed by AnalyticsEngine v1.0.2]: GRÜSSE, FIN, Ǆ, SS");
}

TEST(Processor, RefusesAnEmptyInputWithItsOwnError) {
  auto instance = guest("processor").instantiate();
  const auto out = instance->processor().process_data("", kMeta);
  EXPECT_FALSE(out);
  EXPECT_EQ(out.failure(), nullptr);
  ASSERT_NE(out.refusal(), nullptr);
  EXPECT_EQ(*out.refusal(), "Input cannot be empty");
}

TEST(Processor, ServesManyCallsInTheSameMemory) {
  auto instance = guest("processor").instantiate();
  const std::string input(10'000, 'x');
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(instance->processor().process_data(input, kMeta));
  const Bytes before = instance->memory();
  for (int i = 0; i < 2'000; ++i) ASSERT_TRUE(instance->processor().process_data(input, kMeta));
  EXPECT_EQ(instance->memory(), before) << "the guest does not get back what it was given";
}

TEST(Processor, TakesAndGivesMegabytes) {
  auto instance = guest("processor", {.deadline = 10'000ms}).instantiate();
  const std::string input(5'000'000, 'x');
  const auto out = instance->processor().process_data(input, kMeta);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->ends_with(std::string(5'000'000, 'X')));
}

TEST(Processor, CanBeReadInPlace) {
  auto instance = guest("processor").instantiate();
  std::string seen;
  const Result<std::size_t> out = instance->processor().process_data(
      view, "in place", kMeta, [&](std::expected<std::string_view, std::string_view> answer) {
        seen = *answer;
        return seen.size();
      });
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(seen, "[Processed by AnalyticsEngine v1.0.2]: IN PLACE");
  EXPECT_EQ(*out, seen.size());
}

TEST(AsciiProcessor, AnswersLikeTheOther) {
  auto instance = guest("ascii").instantiate();
  const auto out = instance->processor().process_data("hello techbytes", kMeta);
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES");
}

TEST(FaultyGuest, PanicIsATrapWithTheNamesOfTheFunctionsThatLedThere) {
  const Error error = failure(guest("faulty"), "panic");
  EXPECT_EQ(error.kind(), Error::Kind::guest_trap);
  EXPECT_EQ(error.message(),
            "faulty.wasm: process-data trapped: wasm `unreachable` instruction executed");
  std::string names;
  for (const Error::Frame& frame : error.backtrace()) names += frame.function + "\n";
  const std::size_t inner = names.find("::post_entry\n");
  const std::size_t outer = names.find("::close_the_books\n");
  EXPECT_NE(inner, std::string::npos) << names;
  EXPECT_NE(outer, std::string::npos) << names;
  EXPECT_LT(inner, outer) << names;
}

TEST(FaultyGuest, LoopEndsAtItsDeadline) {
  EXPECT_EQ(failure(guest("faulty", {.deadline = 20ms}), "loop").message(),
            "faulty.wasm: process-data was stopped at its deadline of 20 ms");
}

TEST(FaultyGuest, LoopEndsWithItsFuel) {
  EXPECT_EQ(failure(guest("faulty", {.fuel = Fuel{1'000'000}}), "loop").message(),
            "faulty.wasm: process-data used up its fuel of 1000000");
}

TEST(FaultyGuest, RecursionEndsAtItsStack) {
  EXPECT_EQ(failure(guest("faulty"), "recurse").message(),
            "faulty.wasm: process-data used up its stack of 512 KiB (EngineOptions::stack)");
}

TEST(FaultyGuest, HungerEndsAtItsMemory) {
  const Error error = failure(guest("faulty", {.memory = MiB(8)}), "grow");
  EXPECT_EQ(error.kind(), Error::Kind::limit_exceeded);
  EXPECT_EQ(error.limit(), Error::Limit::memory);
  EXPECT_TRUE(
      error.message().starts_with("faulty.wasm: process-data ran out of memory: it asked for "))
      << error.message();
  EXPECT_TRUE(error.message().ends_with(" in all, and 8 MiB are allowed (Limits::memory)"))
      << error.message();
}

TEST(FaultyGuest, DoesNotHarmItsNeighbours) {
  // Long enough for the neighbour on a busy machine: its calls must not end by it.
  const auto plugin = guest("faulty", {.deadline = 500ms, .memory = MiB(8)});
  auto neighbour = plugin.instantiate();
  for (const std::string_view what : {"panic", "loop", "recurse", "grow"}) {
    (void)failure(plugin, what);
    const auto out =
        neighbour->processor().process_data("still here", {.name = "echo", .version = "1"});
    ASSERT_TRUE(out) << "after " << what;
    EXPECT_EQ(*out, "still here");
  }
}

}  // namespace
}  // namespace mortise::testing
