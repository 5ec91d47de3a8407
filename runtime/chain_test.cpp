// A chain asks its members in their order, under one deadline.
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/chain.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using Run = Maps<std::uint32_t, std::uint32_t>;
using OneWorld = World<Run>;
using OnePool = Pool<OneWorld>;
using OneChain = Chain<OneWorld>;
using Names = std::vector<std::string_view>;
using OnFailure = ChainOptions::OnFailure;
using How = ChainEnd::How;

// run(value) computes.
OnePool pool(std::string_view computes,
             const PoolOptions& options = {.isolation = Isolation::reuse, .max = 1}) {
  const auto plugin = load<Run>(
      component(concat(R"((func (export "run") (param i32) (result i32) )", computes, ")"),
                R"((func (export "run") (param "value" u32) (result u32)
      (canon lift (core func $i "run"))))"),
      {.limits = {.deadline = 60s}});
  return good(OnePool::create(plugin, options));
}
OnePool adding(std::uint32_t number) {
  return pool(concat("(i32.add (local.get 0) (i32.const ", number, "))"));
}
OnePool doubling() { return pool("(i32.mul (local.get 0) (i32.const 2))"); }
OnePool trapping() { return pool("unreachable"); }

// Gives each the answer of the one before it.
auto passing(std::uint32_t& value) {
  return [&value](ChainMember<OneWorld>& member) -> Result<Next> {
    Result<std::uint32_t> out = member.call().run(value);
    if (!out) return std::unexpected(std::move(out).error());
    value = *out;
    return Next::go_on;
  };
}

TEST(Chain, AsksItsMembersInTheOrderOfTheirPriorities) {
  OneChain chain;
  chain.add("double", doubling(), 2).add("add", adding(1), 1).add("late", adding(5), 10);
  EXPECT_EQ(chain.members(), (Names{"add", "double", "late"}));
  std::uint32_t value = 3;
  const ChainEnd end = chain.run({}, passing(value));
  EXPECT_EQ(value, 13U);
  EXPECT_EQ(end.how, How::finished);
  EXPECT_EQ(end.member, "");
}

TEST(Chain, AsksThoseOfOnePriorityByName) {
  OneChain chain;
  chain.add("b", adding(1), 0).add("a", doubling(), 0).add("b", doubling(), 0);
  chain.add("z", adding(1), -1);
  EXPECT_EQ(chain.members(), (Names{"z", "a", "b", "b"}));
  std::uint32_t value = 3;
  EXPECT_FALSE(chain.run({}, passing(value)).failed());
  EXPECT_EQ(value, 18U);  // ((3 + 1) * 2 + 1) * 2: of the two, the one that was added first
}

TEST(Chain, IsDoneAtOnceWithoutMembers) {
  std::uint32_t value = 3;
  EXPECT_EQ(OneChain().run({.deadline = 0ms}, passing(value)).how, How::finished);
}

TEST(Chain, StopsWhereItIsToldTo) {
  OneChain chain;
  chain.add("first", adding(1), 1).add("second", adding(1), 2).add("third", adding(1), 3);
  Names asked;
  const ChainEnd end = chain.run({}, [&](ChainMember<OneWorld>& member) -> Result<Next> {
    asked.push_back(member.name());
    return member.priority() == 2 ? Next::stop : Next::go_on;
  });
  EXPECT_EQ(asked, (Names{"first", "second"}));
  EXPECT_EQ(end.how, How::stopped);
  EXPECT_EQ(end.member, "second");
}

TEST(Chain, FailsWithTheMemberThatFails) {
  OneChain chain;
  chain.add("add", adding(1), 1).add("trap", trapping(), 2).add("more", adding(1), 3);
  std::uint32_t value = 3;
  const ChainEnd end = chain.run({}, passing(value));
  EXPECT_TRUE(end.failed());
  EXPECT_EQ(end.member, "trap");
  EXPECT_EQ(end.error->kind(), Error::Kind::guest_trap);
  EXPECT_EQ(value, 4U);
}

TEST(Chain, LeavesOutWhatFails) {
  OneChain chain;
  chain.add("add", adding(1), 1).add("trap", trapping(), 2).add("more", adding(1), 3);
  std::uint32_t value = 3;
  const ChainEnd end = chain.run({.on_failure = OnFailure::skip}, passing(value));
  EXPECT_EQ(end.how, How::finished);
  EXPECT_EQ(value, 5U);
  ASSERT_EQ(end.skipped.size(), 1U);
  EXPECT_EQ(end.skipped[0].member, "trap");
  EXPECT_EQ(end.skipped[0].error.kind(), Error::Kind::guest_trap);
}

TEST(Chain, LeavesOutWhatIsInQuarantineAndNothingElse) {
  OnePool broken = pool("unreachable", {.isolation = Isolation::reuse,
                                        .max = 1,
                                        .breaker = BreakerOptions{.faults = 1, .back_off = 60s}});
  OneChain chain;
  chain.add("broken", broken, 1).add("add", adding(1), 2);
  std::uint32_t value = 3;
  EXPECT_EQ(chain.run({.on_failure = OnFailure::skip_unavailable}, passing(value)).member,
            "broken");
  const ChainEnd end = chain.run({.on_failure = OnFailure::skip_unavailable}, passing(value));
  EXPECT_EQ(end.how, How::finished);
  EXPECT_EQ(end.skipped[0].error.kind(), Error::Kind::quarantined);
  EXPECT_EQ(value, 4U);
}

TEST(Chain, GivesEachWhatIsLeftOfTheDeadline) {
  OneChain chain;
  chain.add("first", adding(1), 1).add("second", pool("(loop $l (br $l)) unreachable"), 2);
  const ChainEnd end =
      chain.run({.deadline = 1000ms}, [&](ChainMember<OneWorld>& member) -> Result<Next> {
        std::this_thread::sleep_for(30ms);
        EXPECT_LE(*member.time_left(), 970ms);
        const auto out = member.call({.deadline = 60s}).run(1U);
        if (out) return Next::go_on;
        // Whatever the machine does: it is called 60 ms after the start at least.
        EXPECT_EQ(out.error().limit(), Error::Limit::deadline);
        const std::string_view before = "guest: run was stopped at its deadline of ";
        EXPECT_TRUE(out.error().message().starts_with(before)) << out.error().message();
        EXPECT_LE(std::stoi(std::string(out.error().message().substr(before.size()))), 940);
        return Next::stop;
      });
  EXPECT_EQ(end.member, "second");
}

TEST(Chain, TakesAShorterDeadlineOfACall) {
  OneChain chain;
  chain.add("spin", pool("(loop $l (br $l)) unreachable"), 1);
  (void)chain.run({.deadline = 60s}, [&](ChainMember<OneWorld>& member) -> Result<Next> {
    EXPECT_EQ(failure(member.call({.deadline = 5ms}).run(1U)),
              crossed(Error::Limit::deadline, "guest: run was stopped at its deadline of 5 ms"));
    return Next::go_on;
  });
}

TEST(Chain, AsksNobodyAfterTheDeadline) {
  OneChain chain;
  chain.add("add", adding(1), 1);
  std::uint32_t value = 3;
  const ChainEnd end = chain.run({.deadline = 0ms, .on_failure = OnFailure::skip}, passing(value));
  EXPECT_EQ(end.member, "add");
  EXPECT_EQ(failure(*end.error),
            crossed(Error::Limit::deadline,
                    "add was not asked: the chain's deadline of 0 ms had passed "
                    "(ChainOptions::deadline)"));
  EXPECT_EQ(value, 3U);
}

TEST(Chain, AsksNobodyWhenItWasCancelled) {
  OneChain chain;
  chain.add("first", adding(1), 1).add("second", adding(1), 2);
  std::stop_source stop;
  std::uint32_t value = 0;
  const ChainEnd end =
      chain.run({.stop = stop.get_token(), .on_failure = OnFailure::skip}, [&](auto& member) {
        auto next = passing(value)(member);
        stop.request_stop();
        return next;
      });
  EXPECT_EQ(value, 1U);
  EXPECT_EQ(end.member, "second");
  EXPECT_EQ(failure(*end.error),
            fails(Error::Kind::cancelled, "second was not asked: the chain was cancelled"));
}

TEST(Chain, CancelsTheCallsOfItsMembers) {
  OneChain chain;
  chain.add("first", adding(1), 1);
  std::stop_source stop;
  std::uint32_t value = 0;
  const ChainEnd end = chain.run({.stop = stop.get_token()}, [&](auto& member) {
    stop.request_stop();
    return passing(value)(member);
  });
  EXPECT_EQ(failure(*end.error),
            fails(Error::Kind::cancelled, "guest: instantiation was not called: it was cancelled"));
}

TEST(Chain, LetsAMemberBeHeld) {
  OneChain chain;
  chain.add(
      "session",
      pool("(i32.add (local.get 0) (i32.const 1))", {.isolation = Isolation::session, .max = 1}),
      1);
  const ChainEnd end =
      chain.run({.deadline = 60s}, [&](ChainMember<OneWorld>& member) -> Result<Next> {
        auto lease = member.take();
        if (!lease) return std::unexpected(std::move(lease).error());
        EXPECT_EQ(good((*lease)->call().run(1U)), 2U);
        return Next::go_on;
      });
  EXPECT_EQ(end.how, How::finished);
}

}  // namespace
}  // namespace mortise::testing
