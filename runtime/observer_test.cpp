// An observer hears of everything, once.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/dynamic.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using Answer = std::expected<std::uint32_t, std::uint32_t>;
using Act = Maps<Answer, std::uint32_t>;
using OneWorld = World<Act>;
using OnePool = Pool<OneWorld>;
using Kind = Error::Kind;

constexpr std::uint32_t kAnswer = 0;
constexpr std::uint32_t kTrap = 1;
constexpr std::uint32_t kSpin = 2;
constexpr std::uint32_t kRefuse = 3;

// What was reported, as lines, in order.
class Recorder : public Observer {
 public:
  std::shared_ptr<void> loaded(const LoadReport& load) noexcept override {
    add(concat("load ", load.plugin.name, " ", load.plugin.functions.size(), " functions",
               load.plugin.names_are_foreign ? " of its own" : "", ending(load.error, false)));
    return load.error != nullptr ? nullptr : std::make_shared<int>(7);
  }
  void called(const CallReport& call) noexcept override {
    add(concat("call ", call.plugin.name, " ", call.function.interface, "/", call.function.name,
               ending(call.error, call.refused), call.fuel.units > 0 ? " fuel" : "",
               call.memory.count > 0 ? " memory" : ""));
    EXPECT_EQ(*static_cast<const int*>(call.plugin.context), 7);
    EXPECT_EQ(&call.plugin.functions[call.function.number], &call.function);
    EXPECT_GE(call.duration, call.queued);
    if (call.trace != nullptr) add(concat("  of ", call.trace->traceparent().view()));
    last_queued = call.queued;
    last_duration = call.duration;
  }
  void taken(const TakeReport& take) noexcept override {
    add(concat("take ", take.plugin.name, ending(take.error, false)));
    EXPECT_EQ(*static_cast<const int*>(take.plugin.context), 7);
    if (take.trace != nullptr)
      add(concat("  of ", take.trace->traceparent().view(), take.trace->tracestate));
    last_duration = take.duration;
  }
  void instance(const InstanceReport& report) noexcept override {
    add(concat("instance ", to_string(report.event), ending(report.error, false)));
  }
  void breaker(const BreakerReport& report) noexcept override {
    add(concat("breaker ", to_string(report.state), " ", report.faults, " ",
               report.back_off.count(), " ", report.last_fault));
  }

  std::vector<std::string> lines() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(lines_, {});
  }
  std::atomic<std::chrono::nanoseconds> last_queued{};
  std::atomic<std::chrono::nanoseconds> last_duration{};

 private:
  static std::string ending(const Error* error, bool refused) {
    if (error == nullptr) return refused ? " refused" : "";
    return concat(" ", to_string(error->kind()));
  }
  void add(std::string line) {
    const std::scoped_lock lock(mutex_);
    lines_.push_back(std::move(line));
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

using Lines = std::vector<std::string>;

// run(act) answers, traps, never returns or refuses.
const std::string kGuest = component(R"((memory (export "memory") 1)
    (func (export "run") (param $act i32) (result i32)
      (if (i32.eq (local.get $act) (i32.const 1)) (then unreachable))
      (if (i32.eq (local.get $act) (i32.const 2)) (then (loop $l (br $l))))
      (i32.store (i32.const 16) (i32.eq (local.get $act) (i32.const 3)))
      (i32.const 16)))",
                                     R"((func (export "run") (param "value" u32)
      (result (result u32 (error u32)))
      (canon lift (core func $i "run") (memory $i "memory"))))");

const std::string kTrapsAtItsStart =
    component(R"((memory (export "memory") 1) (func $s unreachable) (start $s)
    (func (export "run") (param i32) (result i32) (i32.const 16)))",
              R"((func (export "run") (param "value" u32) (result (result u32 (error u32)))
      (canon lift (core func $i "run") (memory $i "memory"))))");

class ObserverTest : public ::testing::Test {
 protected:
  // Loaded, with nothing left in the recorder.
  Plugin<OneWorld> plugin(const Limits& limits = {.deadline = 60s}) {
    auto loaded = load<Act>(kGuest, {.limits = limits, .observer = seen_});
    (void)seen_->lines();
    return loaded;
  }
  OnePool pool(const PoolOptions& options) {
    OnePool made = good(OnePool::create(plugin(), options));
    (void)seen_->lines();
    return made;
  }
  Lines lines() { return seen_->lines(); }

  std::shared_ptr<Recorder> seen_ = std::make_shared<Recorder>();
};

TEST_F(ObserverTest, HearsOfALoad) {
  (void)load<Act>(kGuest, {.observer = seen_});
  EXPECT_EQ(lines(), Lines{"load guest 1 functions"});
}

TEST_F(ObserverTest, HearsOfALoadThatFailed) {
  (void)load_error<Act>("(component", {.observer = seen_});
  (void)load_error<Act>("(component (import \"f\" (func)))", {.observer = seen_});
  (void)Plugin<OneWorld>::load(engine(), "/nowhere/x.wasm", {}, {.observer = seen_});
  EXPECT_EQ(lines(), (Lines{"load guest 0 functions bad_component", "load guest 0 functions denied",
                            "load x.wasm 0 functions io"}));
}

TEST_F(ObserverTest, HearsOfTheLifeOfAnInstance) {
  {
    const auto instance = instance_of(plugin());
    EXPECT_EQ(lines(), Lines{"instance made"});
  }
  EXPECT_EQ(lines(), Lines{"instance released"});
}

TEST_F(ObserverTest, HearsOfAnInstanceThatIsNotMade) {
  const auto starts = load<Act>(kTrapsAtItsStart, {.observer = seen_});
  (void)lines();
  EXPECT_FALSE(starts.instantiate());
  EXPECT_EQ(lines(), Lines{"instance not_made guest_trap"});
  OnePool pool = good(OnePool::create(starts, {.isolation = Isolation::reuse, .max = 1}));
  EXPECT_FALSE(pool.call().run(kAnswer));
  EXPECT_EQ(lines(), (Lines{"instance not_made guest_trap", "call guest /run guest_trap"}));
}

TEST_F(ObserverTest, HearsOnceOfACallThatIsAnswered) {
  auto instance = instance_of(plugin());
  (void)lines();
  EXPECT_TRUE(instance.call().run(kAnswer));
  EXPECT_EQ(lines(), Lines{"call guest /run memory"});
}

TEST_F(ObserverTest, HearsOnceOfACallThatThePluginRefuses) {
  auto instance = instance_of(plugin());
  (void)lines();
  EXPECT_NE(instance.call().run(kRefuse).refusal(), nullptr);
  EXPECT_TRUE(instance.call().view([](const Answer& answer) { EXPECT_FALSE(answer); }, kRefuse));
  EXPECT_TRUE(instance.call().view([](const Answer& answer) { EXPECT_TRUE(answer); }, kAnswer));
  EXPECT_EQ(lines(), (Lines{"call guest /run refused memory", "call guest /run refused memory",
                            "call guest /run memory"}));
}

TEST_F(ObserverTest, HearsOnceOfACallThatTraps) {
  {
    auto instance = instance_of(plugin());
    (void)lines();
    EXPECT_FALSE(instance.call().run(kTrap));
    EXPECT_EQ(lines(), Lines{"call guest /run guest_trap memory"});
    // It has ended.
    EXPECT_FALSE(instance.call().run(kAnswer));
    EXPECT_EQ(lines(), Lines{"call guest /run misuse memory"});
  }
  EXPECT_EQ(lines(), Lines{"instance faulted"});
}

TEST_F(ObserverTest, HearsOnceOfACallThatCrossesALimit) {
  auto instance = instance_of(plugin());
  (void)lines();
  EXPECT_FALSE(instance.call({.deadline = 1ms}).run(kSpin));
  EXPECT_EQ(lines(), Lines{"call guest /run limit_exceeded memory"});
}

TEST_F(ObserverTest, HearsOnceOfACallThatIsMisuse) {
  auto instance = instance_of(plugin());
  (void)lines();
  EXPECT_FALSE(instance.call({.fuel = Fuel{1}}).run(kAnswer));
  EXPECT_EQ(lines(), Lines{"call guest /run misuse memory"});
  OnePool session = pool({.isolation = Isolation::session, .max = 1});
  EXPECT_FALSE(session.call().run(kAnswer));
  EXPECT_EQ(lines(), Lines{"call guest /run misuse"});
}

TEST_F(ObserverTest, HearsOfTheFuelThatACallUsed) {
  auto instance = instance_of(plugin({.fuel = Fuel{1'000'000}}));
  (void)lines();
  EXPECT_TRUE(instance.call().run(kAnswer));
  EXPECT_FALSE(instance.call().run(kTrap));
  // What is refused uses none.
  EXPECT_FALSE(instance.call().run(kAnswer));
  EXPECT_EQ(lines(), (Lines{"call guest /run fuel memory", "call guest /run guest_trap fuel memory",
                            "call guest /run misuse memory"}));
}

TEST_F(ObserverTest, HearsOnceOfACallThatFindsNoInstance) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1});
  const auto lease = good(one.take());
  (void)lines();
  EXPECT_FALSE(one.call({.deadline = 5ms}).run(kAnswer));
  EXPECT_EQ(lines(), Lines{"call guest /run overloaded"});
  EXPECT_GE(seen_->last_queued.load(), 5ms);
}

TEST_F(ObserverTest, HearsHowLongACallHasWaited) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(one.take());
  std::jthread other([&] {
    while (one.state().waiting == 0) std::this_thread::yield();
    std::this_thread::sleep_for(20ms);
    lease.reset();
  });
  EXPECT_TRUE(one.call().run(kAnswer));
  EXPECT_GE(seen_->last_queued.load(), 20ms);
  EXPECT_TRUE(one.call().run(kAnswer));
  EXPECT_EQ(seen_->last_queued.load(), 0ms);
  EXPECT_GT(seen_->last_duration.load(), 0ms);
}

TEST_F(ObserverTest, HearsOnceOfALeaseThatIsGiven) {
  OnePool one = pool({.isolation = Isolation::session, .max = 1});
  {
    auto lease = good(one.take());
    EXPECT_TRUE(lease.call().run(kAnswer));
  }
  EXPECT_EQ(lines(),
            (Lines{"instance made", "take guest", "call guest /run memory", "instance released"}));
  one.take_async({}, [&](Result<Lease<OneWorld>> lease) {
    EXPECT_TRUE(lease);
    EXPECT_EQ(lines(), (Lines{"instance made", "take guest"}));
  });
  EXPECT_EQ(lines(), Lines{"instance released"});
}

TEST_F(ObserverTest, HearsHowLongALeaseWasWaitedFor) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1});
  std::optional lease = good(one.take());
  one.take_async({}, [](Result<Lease<OneWorld>> next) { EXPECT_TRUE(next); });
  std::this_thread::sleep_for(20ms);
  lease.reset();
  EXPECT_GE(seen_->last_duration.load(), 20ms);
  EXPECT_EQ(lines(), (Lines{"instance made", "take guest", "take guest"}));
}

// Of all that keeps a caller from having one, what a blocking take and the other one are told.
class RefusedTakeTest : public ObserverTest {
 protected:
  void refuses(OnePool& one, const CallOptions& options, const Lines& expected) {
    (void)lines();
    EXPECT_FALSE(one.take(options));
    EXPECT_EQ(lines(), expected);
    std::atomic<bool> done = false;
    one.take_async(options, [&](Result<Lease<OneWorld>> lease) {
      EXPECT_FALSE(lease);
      done = true;
      done.notify_all();
    });
    done.wait(false);
    EXPECT_EQ(lines(), expected);
  }
};

TEST_F(RefusedTakeTest, IsHeardOfWhereNoInstanceIsFree) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1});
  const auto lease = good(one.take());
  refuses(one, {.deadline = 5ms}, {"take guest overloaded"});
  EXPECT_GE(seen_->last_duration.load(), 5ms);
}

TEST_F(RefusedTakeTest, IsHeardOfWhereItIsCancelled) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1});
  const auto lease = good(one.take());
  std::stop_source stop;
  stop.request_stop();
  refuses(one, {.stop = stop.get_token()}, {"take guest cancelled"});
}

TEST_F(RefusedTakeTest, IsHeardOfWhereThePoolIsShutDown) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1});
  EXPECT_TRUE(one.drain());
  refuses(one, {}, {"take guest overloaded"});
}

TEST_F(RefusedTakeTest, IsHeardOfInQuarantine) {
  OnePool one = pool({.isolation = Isolation::reuse,
                      .max = 1,
                      .breaker = BreakerOptions{.faults = 1, .back_off = 60s}});
  EXPECT_FALSE(one.call().run(kTrap));
  refuses(one, {}, {"take guest quarantined"});
}

TEST_F(RefusedTakeTest, IsHeardOfWhereTheInstanceIsNotMade) {
  const auto starts = load<Act>(kTrapsAtItsStart, {.observer = seen_});
  OnePool one = good(OnePool::create(starts, {.isolation = Isolation::reuse, .max = 1}));
  refuses(one, {}, {"instance not_made guest_trap", "take guest guest_trap"});
}

TEST_F(ObserverTest, HearsOfTheBreakerAndOnceOfACallInQuarantine) {
  auto now = std::chrono::steady_clock::time_point();
  OnePool one = pool({.isolation = Isolation::reuse,
                      .max = 1,
                      .breaker = BreakerOptions{.faults = 1, .now = [&] { return now; }}});
  EXPECT_FALSE(one.call().run(kTrap));
  EXPECT_FALSE(one.call().run(kAnswer));
  now += 1s;
  EXPECT_TRUE(one.call().run(kAnswer));
  const std::string fault = "guest: run trapped: wasm `unreachable` instruction executed";
  EXPECT_EQ(
      lines(),
      (Lines{"instance made", "call guest /run guest_trap memory", "breaker open 1 1000 " + fault,
             "instance faulted", "call guest /run quarantined", "breaker trial 1 1000 " + fault,
             "instance made", "call guest /run memory", "breaker closed 0 1000 " + fault}));
}

TEST_F(ObserverTest, HearsWhyAPoolEndsInstances) {
  OnePool fresh = pool({.isolation = Isolation::fresh, .max = 1});
  EXPECT_TRUE(fresh.call().run(kAnswer));
  EXPECT_EQ(lines(), (Lines{"instance made", "call guest /run memory", "instance released"}));
  OnePool retiring = pool({.isolation = Isolation::reuse, .max = 1, .retire_after = 1});
  EXPECT_TRUE(retiring.call().run(kAnswer));
  EXPECT_EQ(lines(), (Lines{"instance made", "call guest /run memory", "instance retired"}));
}

TEST_F(ObserverTest, HearsOnceOfEachCallFromManyThreads) {
  OnePool one = pool({.isolation = Isolation::reuse, .max = 2});
  constexpr int kThreads = 4;
  constexpr std::uint32_t kCalls = 200;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&] {
        for (std::uint32_t i = 0; i < kCalls; ++i)
          (void)one.call({.deadline = i % 7 == 0 ? 1ms : 60s}).run(i % 5 == 0 ? kTrap : kAnswer);
      });
  }
  std::size_t calls = 0;
  for (const std::string& line : lines()) calls += line.starts_with("call ") ? 1 : 0;
  EXPECT_EQ(calls, kThreads * kCalls);
}

TEST_F(ObserverTest, HearsOfCallsByName) {
  auto loaded = good(DynamicPlugin::from_text(engine(), "guest", kGuest, {},
                                              {.limits = {.deadline = 60s}, .observer = seen_}));
  auto instance = good(loaded.instantiate());
  const auto run = good(loaded.find("run"));
  EXPECT_TRUE(instance.call(run, {Value::u32(kAnswer)}));
  EXPECT_TRUE(instance.call(run, {Value::u32(kRefuse)}));
  EXPECT_FALSE(instance.call(run, {Value("no number")}));
  EXPECT_EQ(lines(),
            (Lines{"load guest 1 functions of its own", "instance made", "call guest /run memory",
                   "call guest /run refused memory", "call guest /run misuse"}));
}

TEST_F(ObserverTest, IsOneOfSeveral) {
  const auto other = std::make_shared<Recorder>();
  const auto both_of_them = observers(seen_, other);
  {
    const auto plugin = load<Act>(kGuest, {.observer = both_of_them});
    OnePool pool = good(OnePool::create(plugin, {.isolation = Isolation::reuse, .max = 1}));
    EXPECT_TRUE(pool.drain());
    EXPECT_FALSE(pool.take());
    auto instance = instance_of(plugin);
    EXPECT_FALSE(instance.call().run(kTrap));
    (void)load_error<Act>("(component", {.observer = both_of_them});
  }
  const Lines both{"load guest 1 functions", "take guest overloaded", "instance made",
                   "call guest /run guest_trap memory"};
  Lines first = lines();
  EXPECT_EQ(first.back(), "instance faulted");
  first.pop_back();
  EXPECT_EQ(first.back(), "load guest 0 functions bad_component");
  first.pop_back();
  EXPECT_EQ(first, both);
  EXPECT_EQ(other->lines().size(), 6U);
}

TEST_F(ObserverTest, HearsWhichTraceALeaseIsOf) {
  const std::string of = "  of 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  OnePool one = pool({.isolation = Isolation::reuse, .max = 1, .min = 1});
  std::optional<Lease<OneWorld>> lease;
  {
    const std::string state = "vendor=1";
    const auto trace =
        TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", state);
    lease = good(one.take({.trace = &*trace}));
    EXPECT_EQ(lines(), (Lines{"take guest", of + state}));
    one.take_async({.trace = &*trace}, [](Result<Lease<OneWorld>> next) { EXPECT_TRUE(next); });
  }
  // What the wait began with is gone.
  lease.reset();
  EXPECT_EQ(lines(), (Lines{"take guest", of}));
}

TEST_F(ObserverTest, HearsWhichTraceACallIsOf) {
  const auto trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  auto instance = instance_of(plugin());
  (void)lines();
  EXPECT_TRUE(instance.call({.trace = &*trace}).run(kAnswer));
  EXPECT_EQ(lines(), (Lines{"call guest /run memory",
                            "  of 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}));
}

}  // namespace
}  // namespace mortise::testing
