#include <mortise/runtime/instance.h>

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
  const Result<void> out = instance.call().run();
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind(), Error::Kind::limit_exceeded);
  EXPECT_EQ(out.error().limit(), Error::Limit::deadline);
  EXPECT_EQ(out.error().message(), "guest: run was stopped at its deadline of 20 ms");

  EXPECT_EQ(instance.call().run().error().message(),
            "guest: run was not called: an earlier call failed and ended the instance; make a new "
            "one with Plugin::instantiate");
  EXPECT_EQ(instance_of(plugin).call().run().error().kind(), Error::Kind::limit_exceeded);
}

}  // namespace
}  // namespace mortise::testing
