#include <mortise/runtime/instance.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;

using Double = abi::Function<"double", std::uint32_t, abi::Param<"n", std::uint32_t>>;
using Spin = abi::Function<"run", void>;

constexpr std::string_view kDouble = R"((component
  (core module $m
    (func (export "double") (param i32) (result i32)
      (i32.mul (local.get 0) (i32.const 2))))
  (core instance $i (instantiate $m))
  (func (export "double") (param "n" u32) (result u32) (canon lift (core func $i "double")))))";

constexpr std::string_view kSpin = R"((component
  (core module $m (func (export "run") (loop $l (br $l))))
  (core instance $i (instantiate $m))
  (func (export "run") (canon lift (core func $i "run")))))";

TEST(Instance, CallsAFunctionOfTheWorld) {
  auto instance = instance_of(load<Double>(kDouble));
  const Result<std::uint32_t> out = instance.call().run(21U);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(*out, 42U);
}

TEST(Instance, IsStoppedAtItsDeadlineAndTheNextOneWorks) {
  const auto plugin = load<Spin>(kSpin, {.limits = {.deadline = 20ms}});
  auto instance = instance_of(plugin);
  EXPECT_FALSE(instance.ended());
  const Result<void> out = instance.call().run();
  ASSERT_FALSE(out);
  EXPECT_TRUE(instance.ended());
  EXPECT_EQ(out.error().kind(), Error::Kind::limit_exceeded);
  EXPECT_EQ(out.error().limit(), Error::Limit::deadline);
  EXPECT_EQ(out.error().message(), "guest: run was stopped at its deadline of 20 ms");

  EXPECT_EQ(instance.call().run().error().message(),
            "guest: run was not called: an earlier call failed and ended the instance; make a new "
            "one with Plugin::instantiate");
  EXPECT_EQ(instance_of(plugin).call().run().error().kind(), Error::Kind::limit_exceeded);
}

// What was looked up for a function holds as long as no memory grows.
TEST(Instance, SeesMemoryThatHasGrown) {
  using Grow = abi::Function<"run", std::string, abi::Param<"at", std::uint32_t>>;
  constexpr std::string_view kGrow = R"((component
    (core module $m
      (memory (export "mem") 1)
      (func (export "run") (param $at i32) (result i32)
        (if (i32.ge_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))
          (then (drop (memory.grow (i32.const 1)))))
        (i32.store8 (local.get $at) (i32.const 120))
        (i32.store (i32.const 8) (local.get $at))
        (i32.store (i32.const 12) (i32.const 1))
        (i32.const 8)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "at" u32) (result string)
      (canon lift (core func $i "run") (memory $i "mem")))))";
  auto instance = instance_of(load<Grow>(kGrow));
  for (const std::uint32_t at : {100U, 65'536U, 100U, 2 * 65'536U + 7})
    EXPECT_EQ(instance.call().run(at).value(), "x") << at;
}

// ---- Produced parameters ----

// Says how many bytes it was given.
using Count = abi::Function<"count", std::uint32_t, abi::Param<"text", StringArg>>;
constexpr std::string_view kCount = R"((component
  (core module $m
    (memory (export "mem") 1)
    (func (export "count") (param i32 i32) (result i32) (local.get 1))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $i (instantiate $m))
  (func (export "count") (param "text" string) (result u32)
    (canon lift (core func $i "count") (memory $i "mem") (realloc (func $i "realloc"))))))";

TEST(Instance, IsGivenWhatTheHostProduces) {
  auto instance = instance_of(load<Count>(kCount));
  const auto x = [](std::span<char> room) { std::ranges::fill(room, 'x'); };
  EXPECT_EQ(instance.call().run(StringArg(produce(5, x))).value(), 5U);
  EXPECT_EQ(instance.call().run(StringArg("again")).value(), 5U);
}

TEST(Instance, SaysThatTheHostGaveUp) {
  auto instance = instance_of(load<Count>(kCount));
  const auto none = [](std::span<char>) { return false; };
  const auto out = instance.call().run(StringArg(produce(5, none)));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind(), Error::Kind::io);
  EXPECT_EQ(out.error().message(),
            "guest: count was not called: the host did not produce parameter `text`; that ended "
            "the instance");
  EXPECT_EQ(instance.call().run(StringArg("again")).error().kind(), Error::Kind::misuse);
}

TEST(Instance, LetsTheExceptionOfAProducerOut) {
  auto instance = instance_of(load<Count>(kCount));
  const auto throws = [](std::span<char>) { throw std::runtime_error("the socket is gone"); };
  try {
    (void)instance.call().run(StringArg(produce(5, throws)));
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the socket is gone");
  }
  EXPECT_EQ(instance.call().run(StringArg("again")).error().kind(), Error::Kind::misuse);
}

TEST(Instance, RefusesACallFromAProducer) {
  auto instance = instance_of(load<Count>(kCount));
  std::string refused;
  const auto nested = [&](std::span<char> room) {
    std::ranges::fill(room, 'x');
    refused = instance.call().run(StringArg("nested")).error().message();
  };
  EXPECT_EQ(instance.call().run(StringArg(produce(5, nested))).value(), 5U);
  EXPECT_EQ(refused,
            "guest: count was not called: the instance is in a call already, and a call into it "
            "from there is not possible");
}

}  // namespace
}  // namespace mortise::testing
