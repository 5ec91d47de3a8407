// Functions of the host, called by real components.
#include <mortise/runtime/host.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using Kind = Error::Kind;
using U8 = std::uint8_t;
using U32 = std::uint32_t;

// interface test:host/calls, as a binding has it.
class Calls {
 public:
  virtual ~Calls() = default;

  virtual Result<void> nothing(CallContext&) { return {}; }
  virtual Result<U32> add(CallContext&, U32 a, U32 b) { return a + b; }
  virtual Result<std::string> greet(CallContext&, std::string_view name) {
    return "hello " + std::string(name);
  }
  virtual Outcome<U32, std::string> parse(CallContext&, std::string_view text) {
    if (text.size() != 1)
      return std::expected<U32, std::string>(std::unexpect, "one digit, please");
    return std::expected<U32, std::string>(static_cast<U32>(text[0] - '0'));
  }
  // Seventeen core values, which come through memory.
  using Nine = std::tuple<U32, U32, U32, U32, U32, U32, U32, U32, U32>;
  virtual Result<U32> sum(CallContext&, const Nine& a, std::tuple<U32, U32, U32, U32> b,
                          std::span<const U8> c, std::string_view d) {
    return std::apply([](auto... n) { return (n + ...); }, a) +
           std::apply([](auto... n) { return (n + ...); }, b) + static_cast<U32>(c.size()) +
           static_cast<U32>(d.size());
  }

  static constexpr std::string_view interface = "test:host/calls";
  using Nothing = abi::Function<"nothing", void>;
  using Add = abi::Function<"add", U32, abi::Param<"a", U32>, abi::Param<"b", U32>>;
  using Greet = abi::Function<"greet", std::string, abi::Param<"name", std::string_view>>;
  using Parse =
      abi::Function<"parse", std::expected<U32, std::string>, abi::Param<"text", std::string_view>>;
  using Sum =
      abi::Function<"sum", U32, abi::Param<"a", Nine>,
                    abi::Param<"b", std::tuple<U32, U32, U32, U32>>,
                    abi::Param<"c", std::span<const U8>>, abi::Param<"d", std::string_view>>;
  using Functions = HostFunctions<Implements<Nothing, &Calls::nothing>,
                                  Implements<Add, &Calls::add>, Implements<Greet, &Calls::greet>,
                                  Implements<Parse, &Calls::parse>, Implements<Sum, &Calls::sum>>;
};

// A world that imports it and exports one function.
template <class F>
struct Calling : World<F> {
  struct Imports {
    Host<Calls> calls;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::calls>;
};

constexpr std::string_view kInterface = R"((component
  (import "test:host/calls" (instance $h
    (export "nothing" (func))
    (export "add" (func (param "a" u32) (param "b" u32) (result u32)))
    (export "greet" (func (param "name" string) (result string)))
    (export "parse" (func (param "text" string) (result (result u32 (error string)))))
    (export "sum" (func
      (param "a" (tuple u32 u32 u32 u32 u32 u32 u32 u32 u32)) (param "b" (tuple u32 u32 u32 u32))
      (param "c" (list u8)) (param "d" string) (result u32)))))
  (core module $mem
    (memory (export "mem") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7))
                                 (i32.const -8)))))
  (core instance $m (instantiate $mem))
  (core func $nothing (canon lower (func $h "nothing")))
  (core func $add (canon lower (func $h "add")))
  (core func $greet (canon lower (func $h "greet") (memory $m "mem") (realloc (func $m "realloc"))))
  (core func $parse (canon lower (func $h "parse") (memory $m "mem") (realloc (func $m "realloc"))))
  (core func $sum (canon lower (func $h "sum") (memory $m "mem") (realloc (func $m "realloc"))))
  (core module $code
    (import "h" "nothing" (func $nothing))
    (import "h" "add" (func $add (param i32 i32) (result i32)))
    (import "h" "greet" (func $greet (param i32 i32 i32)))
    (import "h" "parse" (func $parse (param i32 i32 i32)))
    (import "h" "sum" (func $sum (param i32) (result i32)))
    (import "h" "mem" (memory 1))
    )";
constexpr std::string_view kEnd = R"()
  (core instance $i (instantiate $code (with "h" (instance
    (export "nothing" (func $nothing)) (export "add" (func $add)) (export "greet" (func $greet))
    (export "parse" (func $parse)) (export "sum" (func $sum)) (export "mem" (memory $m "mem"))))))
  )";

// A component whose `run` has this code and this type.
std::string guest(std::string_view code, std::string_view type, std::string_view core,
                  std::string_view data = "") {
  return concat(kInterface, data, "(func (export \"run\") ", core, " ", code, ")", kEnd,
                "(func (export \"run\") ", type,
                " (canon lift (core func $i \"run\") (memory $m \"mem\")"
                " (realloc (func $m \"realloc\")))))");
}

using RunNumber = abi::Function<"run", U32>;
using RunText = abi::Function<"run", std::string>;

const std::string kAdds =
    guest("(call $add (i32.const 40) (i32.const 2))", "(result u32)", "(result i32)");
// Answers what greet("you") has answered: its pointer and length, as they lie.
const std::string kGreets =
    guest("(call $greet (i32.const 16) (i32.const 3) (i32.const 64)) (i32.const 64)",
          "(result string)", "(result i32)", "(data (i32.const 16) \"you\")");

template <class F>
Result<Plugin<Calling<F>>> load_calling(std::string_view wat, Host<Calls> calls,
                                        const PluginOptions& options = {}) {
  return Plugin<Calling<F>>::from_text(engine(), "guest", wat, {.calls = std::move(calls)},
                                       options);
}

// What `run` of a guest answers, or why not.
template <class F>
auto run(std::string_view wat, Host<Calls> calls, const PluginOptions& options = {}) {
  auto plugin = load_calling<F>(wat, std::move(calls), options);
  EXPECT_TRUE(plugin) << plugin.error().to_string();
  auto instance = plugin->instantiate();
  EXPECT_TRUE(instance) << instance.error().to_string();
  return instance->call().run();
}

TEST(HostFunction, TakesAndReturnsNumbers) {
  Calls calls;
  EXPECT_EQ(run<RunNumber>(kAdds, calls).value(), 42U);
}

TEST(HostFunction, TakesAndReturnsNothing) {
  Calls calls;
  EXPECT_EQ(
      run<RunNumber>(guest("(call $nothing) (i32.const 7)", "(result u32)", "(result i32)"), calls)
          .value(),
      7U);
}

TEST(HostFunction, TakesAndReturnsText) {
  Calls calls;
  EXPECT_EQ(run<RunText>(kGreets, calls).value(), "hello you");
}

TEST(HostFunction, ReturnsTextThatIsTooLongForItsPlace) {
  struct Long : Calls {
    Result<std::string> greet(CallContext&, std::string_view) override {
      return std::string(20'000, 'x');
    }
  } calls;
  EXPECT_EQ(run<RunText>(kGreets, calls).value(), std::string(20'000, 'x'));
}

TEST(HostFunction, AnswersTheContractsError) {
  Calls calls;
  // The tag, then the payload: an error is a string, the number is the same word as its pointer.
  const std::string parses =
      guest("(call $parse (i32.const 16) (i32.const 3) (i32.const 64)) (i32.const 68)",
            "(result string)", "(result i32)", "(data (i32.const 16) \"you\")");
  EXPECT_EQ(run<RunText>(parses, calls).value(), "one digit, please");
  const std::string number =
      guest("(call $parse (i32.const 16) (i32.const 1) (i32.const 64)) (i32.load (i32.const 68))",
            "(result u32)", "(result i32)", "(data (i32.const 16) \"7\")");
  EXPECT_EQ(run<RunNumber>(number, calls).value(), 7U);
}

TEST(HostFunction, TakesMoreThanSixteenCoreValues) {
  std::string code;
  for (int i = 0; i < 13; ++i)
    code += concat("(i32.store (i32.const ", 64 + 4 * i, ") (i32.const ", i + 1, "))");
  code +=
      "(i32.store (i32.const 116) (i32.const 16)) (i32.store (i32.const 120) (i32.const 100))"
      "(i32.store (i32.const 124) (i32.const 16)) (i32.store (i32.const 128) (i32.const 3))"
      "(call $sum (i32.const 64))";
  Calls calls;
  EXPECT_EQ(run<RunNumber>(guest(code, "(result u32)", "(result i32)"), calls).value(), 91U + 103U);
}

// ---- What a function may return ----

TEST(Outcome, IsMadeOfAValueARefusalOrAFailure) {
  const auto make = [](int what) -> Outcome<std::string, std::string> {
    if (what == 0) return "a value";
    if (what == 1) return std::unexpected("a refusal");
    if (what == 2) return Error(Kind::io, "a failure");
    return std::unexpected(Error(Kind::io, "a failure"));
  };
  EXPECT_EQ(*make(0), "a value");
  EXPECT_EQ(*make(1).refusal(), "a refusal");
  EXPECT_EQ(make(2).failure()->message(), "a failure");
  EXPECT_EQ(make(3).failure()->message(), "a failure");
}

TEST(Outcome, OfNothingIsMadeOfNothing) {
  const auto make = [](bool fine) -> Outcome<void, U32> {
    if (fine) return {};
    return std::unexpected(7U);
  };
  EXPECT_TRUE(make(true));
  EXPECT_EQ(*make(false).refusal(), 7U);
}

// ---- What ends the plugin's call ----

struct Failing : Calls {
  Result<U32> add(CallContext&, U32, U32) override {
    return std::unexpected(Error(Kind::io, "the database is gone"));
  }
};

TEST(HostFunction, EndsTheCallWithItsError) {
  Failing calls;
  const auto out = run<RunNumber>(kAdds, calls);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind(), Kind::io);
  EXPECT_EQ(out.error().message(), "the database is gone");
  ASSERT_EQ(out.error().notes().size(), 1U);
  EXPECT_EQ(out.error().notes()[0], "in `test:host/calls: add` of the host, called by guest: run");
}

TEST(HostFunction, EndsTheInstanceWithItsError) {
  Failing calls;
  auto plugin = load_calling<RunNumber>(kAdds, calls);
  auto instance = plugin->instantiate();
  ASSERT_FALSE(instance->call().run());
  EXPECT_EQ(failure(instance->call().run()),
            (Failure{Kind::misuse,
                     {},
                     "guest: run was not called: an earlier call failed and ended the instance; "
                     "make a new one with Plugin::instantiate"}));
}

TEST(HostFunction, MayThrow) {
  struct Throwing : Calls {
    Result<U32> add(CallContext&, U32, U32) override { throw std::runtime_error("out of luck"); }
  } calls;
  EXPECT_EQ(failure(run<RunNumber>(kAdds, calls)),
            (Failure{Kind::misuse, {}, "an exception was thrown: out of luck"}));
  struct Odd : Calls {
    Result<U32> add(CallContext&, U32, U32) override { throw 42; }
  } odd;
  EXPECT_EQ(
      failure(run<RunNumber>(kAdds, odd)),
      (Failure{Kind::misuse, {}, "an exception was thrown: something that is no std::exception"}));
}

TEST(HostFunction, IsNotGivenBadData) {
  Calls calls;
  const std::string bad =
      guest("(call $greet (i32.const 16) (i32.const 2) (i32.const 64)) (i32.const 64)",
            "(result string)", "(result i32)", "(data (i32.const 16) \"a\\ff\")");
  EXPECT_EQ(
      failure(run<RunText>(bad, calls)),
      (Failure{Kind::guest_trap,
               {},
               "guest: run passed bad data to `test:host/calls: greet` of the host: parameter "
               "`name`: the text is not UTF-8 at its byte 1 (0x11)"}));
  const std::string far =
      guest("(call $greet (i32.const 65535) (i32.const 2) (i32.const 64)) (i32.const 64)",
            "(result string)", "(result i32)");
  EXPECT_EQ(
      failure(run<RunText>(far, calls)),
      (Failure{Kind::guest_trap,
               {},
               "guest: run passed bad data to `test:host/calls: greet` of the host: parameter "
               "`name`: 2 bytes at 0xffff reach past the end of its memory of 64 KiB"}));
}

TEST(HostFunction, IsGivenNoMoreThanTheLimit) {
  Calls calls;
  const std::string large =
      guest("(call $greet (i32.const 0) (i32.const 60000) (i32.const 64)) (i32.const 64)",
            "(result string)", "(result i32)");
  EXPECT_EQ(failure(run<RunText>(large, calls, {.limits = {.lift = KiB(10)}})),
            (Failure{Kind::limit_exceeded, Error::Limit::lift,
                     "guest: run passes more to `test:host/calls: greet` of the host than the 10 "
                     "KiB that one call may (Limits::lift)"}));
}

TEST(HostFunction, IsGivenNoMoreNumbersThanTheLimit) {
  // `c` is a list of bytes: in a view nothing is copied, and it counts all the same.
  std::string code;
  for (int i = 0; i < 17; ++i)
    code += concat("(i32.store (i32.const ", 64 + 4 * i, ") (i32.const 0))");
  code += "(i32.store (i32.const 120) (i32.const 60000)) (call $sum (i32.const 64))";
  Calls calls;
  EXPECT_EQ(failure(run<RunNumber>(guest(code, "(result u32)", "(result i32)"), calls,
                                   {.limits = {.lift = KiB(10)}})),
            (Failure{Kind::limit_exceeded, Error::Limit::lift,
                     "guest: run passes more to `test:host/calls: sum` of the host than the 10 KiB "
                     "that one call may (Limits::lift)"}));
}

TEST(HostFunction, ReturnsNoBadData) {
  struct Bad : Calls {
    Result<std::string> greet(CallContext&, std::string_view) override { return "a\xFF"; }
  } calls;
  EXPECT_EQ(failure(run<RunText>(kGreets, calls)),
            (Failure{Kind::misuse,
                     {},
                     "`test:host/calls: greet` of the host returned bad data to guest: run: the "
                     "text is not UTF-8 at its byte 1"}));
}

TEST(HostFunction, HasItsResultPlacedWithinMemory) {
  Calls calls;
  const std::string out =
      guest("(call $greet (i32.const 16) (i32.const 0) (i32.const 65532)) (i32.const 64)",
            "(result string)", "(result i32)");
  EXPECT_EQ(
      failure(run<RunText>(out, calls)),
      (Failure{Kind::guest_trap, {}, "guest: run broke the canonical ABI: pointer out of bounds"}));
}

TEST(HostFunction, CannotCallTheInstanceThatCallsIt) {
  struct Back : Calls {
    Result<U32> add(CallContext&, U32, U32) override {
      said = std::string(instance->call().run().error().message());
      return 1;
    }
    Instance<Calling<RunNumber>>* instance = nullptr;
    std::string said;
  } calls;
  auto plugin = load_calling<RunNumber>(kAdds, calls);
  auto instance = plugin->instantiate();
  calls.instance = &*instance;
  EXPECT_EQ(instance->call().run().value(), 1U);
  EXPECT_EQ(calls.said,
            "guest: run was not called: the instance is in a call already, and a call into it from "
            "there is not possible");
}

TEST(HostFunction, MayCallAnotherInstance) {
  Calls plain;
  auto inner_plugin = load_calling<RunNumber>(kAdds, plain);
  auto inner = inner_plugin->instantiate();
  struct Outer : Calls {
    explicit Outer(Instance<Calling<RunNumber>>& i) : instance(i) {}
    Result<U32> add(CallContext&, U32, U32) override { return instance.call().run(); }
    Instance<Calling<RunNumber>>& instance;
  } calls(*inner);
  EXPECT_EQ(run<RunNumber>(kAdds, calls).value(), 42U);
}

// The guest has used up its share, and the host's functions have theirs on top of it.
TEST(HostFunction, HasStackOfItsOwn) {
  struct Deep : Calls {
    Result<U32> add(CallContext&, U32, U32) override {
      std::array<volatile char, 200 * 1024> large;
      for (std::size_t i = 0; i < large.size(); i += 4096) large[i] = 1;
      return static_cast<U32>(large[4096]);
    }
  } calls;
  auto plugin = load_calling<RunNumber>(kAdds, calls);
  auto instance = plugin->instantiate();
  std::optional<Failure> small;
  on_stack_of(KiB(700), [&] { small = failure(instance->call().run()); });
  ASSERT_TRUE(small);
  EXPECT_EQ(small->kind, Kind::misuse);
  EXPECT_TRUE(small->message.starts_with(
      "guest: run cannot run on this thread: it needs 832 KiB of stack, and "))
      << small->message;
  std::optional<U32> enough;
  on_stack_of(KiB(900), [&] { enough = instance->call().run().value(); });
  EXPECT_EQ(enough, 1U);
}

// Whoever drains a pool may take down what its plugins call as soon as that is over.
TEST(HostFunction, IsNotCalledOnceThePoolIsDrained) {
  struct Watching : Calls {
    Result<U32> add(CallContext&, U32, U32) override {
      if (is_down) was_called = true;
      return 0;
    }
    std::atomic<bool> is_down = false;
    std::atomic<bool> was_called = false;
  } calls;
  const auto plugin = load_calling<RunNumber>(kAdds, calls);
  for (int i = 0; i < 500; ++i) {
    auto pool = Pool<Calling<RunNumber>>::create(
        *plugin, {.isolation = Isolation::reuse, .max = 1, .min = 1});
    std::atomic<bool> begins = false;
    std::jthread caller([&] {
      begins = true;
      (void)pool->call().run();
    });
    while (!begins) std::this_thread::yield();
    EXPECT_TRUE(pool->drain());
    calls.is_down = true;
    caller.join();
    ASSERT_FALSE(calls.was_called);
    calls.is_down = false;
  }
}

// ---- What it is told ----

TEST(CallContext, TellsThePluginAndItsTime) {
  struct Asking : Calls {
    Result<U32> add(CallContext& call, U32, U32) override {
      plugin = std::string(call.plugin());
      left = call.time_left();
      return 0;
    }
    std::string plugin;
    std::optional<std::chrono::milliseconds> left;
  } calls;
  ASSERT_TRUE(run<RunNumber>(kAdds, calls, {.limits = {.deadline = 1000ms}}));
  EXPECT_EQ(calls.plugin, "guest");
  ASSERT_TRUE(calls.left);
  EXPECT_GT(*calls.left, 0ms);
  EXPECT_LE(*calls.left, 1001ms);
  ASSERT_TRUE(run<RunNumber>(kAdds, calls, {.limits = {.deadline = std::nullopt}}));
  EXPECT_FALSE(calls.left);
}

TEST(CallContext, TellsNoLessTimeThanIsLeft) {
  struct Asking : Calls {
    Result<U32> add(CallContext& call, U32, U32) override {
      left = *call.time_left();
      return 0;
    }
    std::chrono::milliseconds left{};
  } calls;
  const auto plugin = load_calling<RunNumber>(kAdds, calls, {.limits = {.deadline = 1000ms}});
  auto instance = plugin->instantiate();
  // Once the clock of deadlines has been running for a while.
  for (int i = 0; i < 2; ++i) {
    std::this_thread::sleep_for(50ms);
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(instance->call().run());
    EXPECT_GE(calls.left + (std::chrono::steady_clock::now() - begin), 1000ms);
  }
}

// What a pool makes for one call has one deadline with it: the start function is in the host for a
// while, and the call has what that left.
TEST(CallContext, CountsTheMakingOfAnInstanceForACall) {
  struct Slow : Calls {
    Result<void> nothing(CallContext& call) override {
      // The clock of deadlines moves when it can.
      while (*call.time_left() > 59'980ms) std::this_thread::sleep_for(1ms);
      after_start = *call.time_left();
      return {};
    }
    Result<U32> add(CallContext& call, U32, U32) override {
      in_call = *call.time_left();
      return 0;
    }
    std::chrono::milliseconds after_start{};
    std::chrono::milliseconds in_call{};
  } calls;
  const auto plugin =
      load_calling<RunNumber>(guest("(call $add (i32.const 40) (i32.const 2))", "(result u32)",
                                    "(result i32)", "(func $start (call $nothing)) (start $start)"),
                              calls, {.limits = {.deadline = 1min}});
  auto pool = Pool<Calling<RunNumber>>::create(*plugin, {.isolation = Isolation::fresh, .max = 1});
  ASSERT_TRUE(pool->call().run());
  EXPECT_GT(calls.in_call, 0ms);
  EXPECT_LE(calls.in_call, calls.after_start);
}

TEST(CallContext, SeesWhereAnInstanceIsMadeThatItMayBeCancelled) {
  struct Asking : Calls {
    Result<void> nothing(CallContext& call) override {
      can_be = call.stop().stop_possible();
      return {};
    }
    bool can_be = false;
  } calls;
  const auto plugin = load_calling<RunNumber>(guest("(i32.const 1)", "(result u32)", "(result i32)",
                                                    "(func $start (call $nothing)) (start $start)"),
                                              calls);
  const std::stop_source stop;
  ASSERT_TRUE(plugin->instantiate({.start = {.stop = stop.get_token()}}));
  EXPECT_TRUE(calls.can_be);
}

TEST(CallContext, HasNoTimeLeftAfterTheDeadline) {
  struct Slow : Calls {
    Result<U32> add(CallContext& call, U32, U32) override {
      while (*call.time_left() > 0ms) std::this_thread::sleep_for(1ms);
      return 0;
    }
  } calls;
  // The guest itself does nothing more that would notice.
  const std::string loops =
      guest("(drop (call $add (i32.const 0) (i32.const 0))) (loop $l (br $l)) (unreachable)",
            "(result u32)", "(result i32)");
  EXPECT_EQ(failure(run<RunNumber>(loops, calls, {.limits = {.deadline = 20ms}})),
            (Failure{Kind::limit_exceeded, Error::Limit::deadline,
                     "guest: run was stopped at its deadline of 20 ms"}));
}

TEST(CallContext, TellsWhenTheCallIsNotWantedAnyMore) {
  struct Waiting : Calls {
    Result<U32> add(CallContext& call, U32, U32) override {
      const std::stop_token stop = call.stop();
      if (!stop.stop_possible()) return 1;
      source.request_stop();
      return stop.stop_requested() ? 2 : 3;
    }
    std::stop_source source;
  } calls;
  // The guest does nothing more that would be stopped.
  const auto plugin = load_calling<RunNumber>(kAdds, calls, {.limits = {.deadline = 10min}});
  auto instance = plugin->instantiate();
  EXPECT_EQ(instance->call().run().value(), 1U);
  EXPECT_EQ(instance->call({.stop = calls.source.get_token()}).run().value(), 2U);
  EXPECT_EQ(instance->call().run().value(), 1U);
}

// ---- What it may take ----

// Runs `act` in the middle of a plugin's call.
template <class Act>
struct Within : Calls {
  explicit Within(Act one) : act(std::move(one)) {}
  Result<U32> add(CallContext& call, U32, U32) override {
    act(call);
    return 42;
  }
  Act act;
};

TEST(CallContext, ChargesFuelToTheCall) {
  Within calls([](CallContext& call) {
    const Fuel left = *call.fuel_left();
    EXPECT_GT(left.units, 900'000U);
    call.charge(Fuel(500'000));
    EXPECT_EQ(call.fuel_left()->units, left.units - 500'000);
  });
  const auto plugin = load_calling<RunNumber>(kAdds, calls, {.limits = {.fuel = Fuel(1'000'000)}});
  auto instance = plugin->instantiate();
  EXPECT_EQ(instance->call().run().value(), 42U);
  EXPECT_GT(instance->fuel_used().units, 500'000U);
  EXPECT_LT(instance->fuel_used().units, 501'000U);
}

TEST(CallContext, ChargesNoMoreFuelThanThereIsAndEndsTheCallThen) {
  Within calls([](CallContext& call) {
    call.charge(Fuel(2'000'000));
    EXPECT_EQ(call.fuel_left(), Fuel(0));
  });
  EXPECT_EQ(failure(run<RunNumber>(
                guest("(call $add (i32.const 1) (i32.const 2)) (loop $l (br $l)) (unreachable)",
                      "(result u32)", "(result i32)"),
                calls, {.limits = {.fuel = Fuel(1'000'000)}})),
            (Failure{Kind::limit_exceeded, Error::Limit::fuel,
                     "guest: run used up its fuel of 1000000"}));
}

TEST(CallContext, CountsNoFuelWhereThePluginHasNone) {
  Within calls([](CallContext& call) {
    EXPECT_FALSE(call.fuel_left());
    call.charge(Fuel(1));
  });
  EXPECT_EQ(run<RunNumber>(kAdds, calls).value(), 42U);
}

TEST(CallContext, ReservesMemoryOfThePlugin) {
  std::optional<Reservation> kept;
  bool once = false;
  Within calls([&](CallContext& call) {
    if (std::exchange(once, true)) return;
    EXPECT_EQ(call.memory_left(), KiB(960));  // it has a page
    EXPECT_FALSE(call.reserve(KiB(961)));
    kept = call.reserve(KiB(900));
    EXPECT_EQ(call.memory_left(), KiB(60));
  });
  // Grows by a page after each call.
  const auto plugin = load_calling<RunNumber>(
      guest("(drop (call $add (i32.const 1) (i32.const 2))) (memory.grow (i32.const 1))",
            "(result u32)", "(result i32)"),
      calls, {.limits = {.memory = MiB(1)}});
  auto instance = plugin->instantiate();
  EXPECT_EQ(instance->call().run().value(), 0xFFFF'FFFF);
  kept.reset();
  EXPECT_EQ(instance->call().run().value(), 1U);
}

TEST(CallContext, ReservesMemoryThatOutlivesThePlugin) {
  std::optional<Reservation> kept;
  Within calls([&](CallContext& call) { kept = call.reserve(KiB(900)); });
  EXPECT_EQ(run<RunNumber>(kAdds, calls).value(), 42U);
  EXPECT_TRUE(kept);
}

// ---- Whose it is ----

TEST(HostObject, MayBeShared) {
  auto calls = std::make_shared<Calls>();
  {
    auto plugin = load_calling<RunNumber>(kAdds, calls);
    EXPECT_EQ(calls.use_count(), 2);
    EXPECT_EQ(plugin->instantiate()->call().run().value(), 42U);
  }
  EXPECT_EQ(calls.use_count(), 1);
}

struct Counting : Calls {
  explicit Counting(int& n) : alive(n) { ++alive; }
  ~Counting() override { --alive; }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;
  Result<U32> add(CallContext&, U32, U32) override { return ++calls; }
  int& alive;
  U32 calls = 0;
};

TEST(HostObject, MayBeOneForEachInstance) {
  int alive = 0;
  std::string name;
  auto plugin = load_calling<RunNumber>(
      kAdds, PerInstance<Calls>{[&](std::string_view of) -> Result<std::unique_ptr<Calls>> {
        name = std::string(of);
        return std::make_unique<Counting>(alive);
      }});
  ASSERT_TRUE(plugin);
  {
    auto one = plugin->instantiate();
    auto two = plugin->instantiate();
    EXPECT_EQ(alive, 2);
    EXPECT_EQ(one->call().run().value(), 1U);
    EXPECT_EQ(one->call().run().value(), 2U);
    EXPECT_EQ(two->call().run().value(), 1U);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(name, "guest");
}

TEST(HostObject, MayBeMissing) {
  auto none = load_calling<RunNumber>(
      kAdds, PerInstance<Calls>{[](std::string_view) -> Result<std::unique_ptr<Calls>> {
        return std::unexpected(Error(Kind::io, "no connection"));
      }});
  EXPECT_EQ(failure(none->instantiate()), (Failure{Kind::io, {}, "no connection"}));
  auto throws = load_calling<RunNumber>(
      kAdds, PerInstance<Calls>{[](std::string_view) -> Result<std::unique_ptr<Calls>> {
        throw std::runtime_error("no memory");
      }});
  EXPECT_EQ(failure(throws->instantiate()),
            (Failure{Kind::misuse, {}, "an exception was thrown: no memory"}));
  auto null = load_calling<RunNumber>(kAdds, std::shared_ptr<Calls>());
  EXPECT_EQ(failure(null->instantiate()),
            (Failure{Kind::misuse,
                     {},
                     "guest was not instantiated: the host object for the interface "
                     "test:host/calls is null"}));
}

// ---- What does not fit ----

std::string importing(std::string_view interface, std::string_view function,
                      std::string_view type) {
  return concat("(component (import \"", interface, "\" (instance (export \"", function,
                "\" (func ", type, "))))", R"(
  (core module $m (func (export "run") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run")))))");
}

Failure load_failure(std::string_view wat) {
  static Calls calls;
  return failure(load_calling<RunNumber>(wat, calls));
}

TEST(Imports, NeedNotAllBeUsed) {
  Calls calls;
  EXPECT_EQ(run<RunNumber>(importing("test:host/calls", "nothing", ""), calls).value(), 1U);
}

TEST(Imports, AreRefusedIfNobodyProvidesThem) {
  EXPECT_EQ(load_failure(importing("test:host/others", "add", "")),
            (Failure{Kind::denied,
                     {},
                     "guest imports what this host does not provide\n  import test:host/others: "
                     "add\n  Build the plugin against the world of this host, test:guests/world: "
                     "names, versions and types of imports have to be the same."}));
  EXPECT_EQ(load_failure(importing("test:host/calls", "multiply", "")).kind, Kind::denied);
  // Compatible or not, its types were not looked at.
  EXPECT_EQ(load_failure(importing("test:host/calls@1.0.0", "add", "")).kind, Kind::denied);
}

TEST(Imports, AreRefusedIfTheirTypesDiffer) {
  EXPECT_EQ(
      load_failure(
          importing("test:host/calls", "add", R"((param "a" u32) (param "b" u64) (result u32))")),
      (Failure{Kind::contract_mismatch,
               {},
               "guest does not fit world test:guests/world\n  import test:host/calls: add\n    "
               "parameter `b`: the host expects u32, the plugin has u64\n  The plugin was "
               "built against another version of the contract. Rebuild it with this one, or "
               "load it with the host it was built for."}));
}

// Not allowed, and no crash: it is leaked.
#if !defined(__SANITIZE_ADDRESS__)
TEST(HostFunction, ThatDestroysTheInstanceThatCallsItLeaksIt) {
  struct Destroys : Calls {
    Result<void> nothing(CallContext&) override {
      instance.reset();
      return {};
    }
    std::optional<Instance<Calling<RunNumber>>> instance{};
  } calls;
  const auto plugin = load_calling<RunNumber>(
      guest("(call $nothing) (i32.const 7)", "(result u32)", "(result i32)"), calls);
  calls.instance = plugin->instantiate().value();
  EXPECT_EQ(calls.instance->call().run().value(), 7U);
}
#endif

}  // namespace
}  // namespace mortise::testing
