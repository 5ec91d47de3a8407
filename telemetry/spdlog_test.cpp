// A log has a line for what went wrong, and no more of them than the host allows.
#include <chrono>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/telemetry/spdlog.h>
#include <spdlog/sinks/ostream_sink.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;

// An observer, a plugin that is loaded in nothing but reports, and the lines that were written.
class SpdlogTest : public ::testing::Test {
 protected:
  explicit SpdlogTest(std::uint32_t most = 10) {
    auto sink = std::make_shared<::spdlog::sinks::ostream_sink_mt>(out_);
    sink->set_pattern("%l %v");
    observer_ = std::make_shared<SpdlogObserver>(
        std::make_shared<::spdlog::logger>("test", sink),
        SpdlogOptions{.lines = most, .now = [this] { return now_; }});
    context_ = observer_->loaded({.plugin = plugin_, .duration = 15'200us});
    plugin_.context = context_.get();
  }

  // Since the last look.
  std::string lines() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }
  void call(const Error* error, const TraceContext* trace = nullptr) {
    observer_->called({.plugin = plugin_,
                       .function = function_,
                       .error = error,
                       .duration = 124'999ns,
                       .queued = 2ms,
                       .trace = trace});
  }

  std::ostringstream out_;
  std::chrono::steady_clock::time_point now_{};
  std::shared_ptr<SpdlogObserver> observer_;
  ObservedFunction function_{.interface = "acme:shop/cart", .name = "[method]cart.add"};
  ObservedPlugin plugin_{.name = "shop.wasm", .functions = {&function_, 1}};
  std::shared_ptr<void> context_;
};

TEST_F(SpdlogTest, WritesOfLoads) {
  EXPECT_EQ(lines(), "info event=load plugin=shop.wasm ms=15.2\n");
  (void)observer_->loaded({.plugin = plugin_, .duration = 32us, .from_cache = true});
  const Error denied(Error::Kind::denied, "x imports \"y\"\n  z");
  (void)observer_->loaded({.plugin = {.name = "x y"}, .error = &denied, .duration = 1ms});
  EXPECT_EQ(lines(),
            "info event=load plugin=shop.wasm ms=0.032 from=cache\n"
            "warning event=load plugin=\"x y\" kind=denied ms=1 message=\"x imports \\\"y\\\"\\n  "
            "z\"\n");
}

TEST_F(SpdlogTest, WritesOfCallsThatFailed) {
  (void)lines();
  call(nullptr);
  EXPECT_EQ(lines(), "");
  const Error trap(Error::Kind::guest_trap, "shop.wasm: add trapped");
  call(&trap);
  EXPECT_EQ(lines(),
            "warning event=call plugin=shop.wasm interface=acme:shop/cart "
            "function=[method]cart.add kind=guest_trap ms=0.124 queued_ms=2 message=\"shop.wasm: "
            "add trapped\"\n");
}

TEST_F(SpdlogTest, WritesWhichTraceACallWasOf) {
  (void)lines();
  const auto trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  const Error misuse(Error::Kind::misuse, "so");
  call(&misuse, &*trace);
  EXPECT_EQ(lines(),
            "error event=call plugin=shop.wasm interface=acme:shop/cart "
            "function=[method]cart.add kind=misuse ms=0.124 queued_ms=2 "
            "trace=4bf92f3577b34da6a3ce929d0e0e4736 span=00f067aa0ba902b7 message=so\n");
}

TEST_F(SpdlogTest, WritesOfLeasesThatWereNotGiven) {
  (void)lines();
  observer_->taken({.plugin = plugin_, .duration = 1ms});
  EXPECT_EQ(lines(), "");
  const auto trace = TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
  const Error busy(Error::Kind::overloaded, "shop.wasm: no instance was free in time");
  observer_->taken({.plugin = plugin_, .error = &busy, .duration = 50ms, .trace = &*trace});
  EXPECT_EQ(lines(),
            "warning event=take plugin=shop.wasm kind=overloaded ms=50 "
            "trace=4bf92f3577b34da6a3ce929d0e0e4736 span=00f067aa0ba902b7 "
            "message=\"shop.wasm: no instance was free in time\"\n");
}

TEST_F(SpdlogTest, WritesOfInstances) {
  (void)lines();
  using Event = InstanceReport::Event;
  for (const Event event : {Event::made, Event::retired, Event::released, Event::faulted})
    observer_->instance({.plugin = plugin_, .event = event, .memory = KiB(64)});
  const Error io(Error::Kind::io, "no memory");
  observer_->instance({.plugin = plugin_, .event = Event::not_made, .error = &io, .duration = 1ms});
  EXPECT_EQ(lines(),
            "info event=instance plugin=shop.wasm change=faulted memory=65536\n"
            "error event=instance plugin=shop.wasm change=not_made kind=io ms=1 memory=0 "
            "message=\"no memory\"\n");
}

TEST_F(SpdlogTest, WritesOfBreakers) {
  (void)lines();
  using State = BreakerReport::State;
  for (const State state : {State::open, State::trial, State::closed})
    observer_->breaker({.plugin = plugin_,
                        .state = state,
                        .faults = 5,
                        .back_off = 1000ms,
                        .last_fault = "it trapped"});
  EXPECT_EQ(lines(),
            "warning event=breaker plugin=shop.wasm state=open faults=5 back_off_ms=1000 "
            "last_fault=\"it trapped\"\n"
            "warning event=breaker plugin=shop.wasm state=trial faults=5 back_off_ms=1000 "
            "last_fault=\"it trapped\"\n"
            "info event=breaker plugin=shop.wasm state=closed\n");
}

TEST_F(SpdlogTest, EscapesWhatStrangersWrote) {
  (void)lines();
  const Error said(Error::Kind::denied, "a\x1b[31m\\\"\x7f\nevent=fake");
  observer_->instance(
      {.plugin = plugin_, .event = InstanceReport::Event::not_made, .error = &said});
  EXPECT_EQ(lines(),
            "warning event=instance plugin=shop.wasm change=not_made kind=denied ms=0 memory=0 "
            "message=\"a\\x1b[31m\\\\\\\"\\x7f\\nevent=fake\"\n");
}

class SpdlogFloodTest : public SpdlogTest {
 protected:
  SpdlogFloodTest() : SpdlogTest(2) {}
  std::size_t count() {
    std::size_t out = 0;
    for (const char c : lines()) out += c == '\n' ? 1 : 0;
    return out;
  }
};

TEST_F(SpdlogFloodTest, LeavesOutWhatIsTooMuchAndSaysHowMuch) {
  (void)lines();
  const Error trap(Error::Kind::guest_trap, "so");
  for (int i = 0; i < 20; ++i) call(&trap);  // with that of the load, two are written
  EXPECT_EQ(count(), 1U);
  now_ += 999ms;
  call(&trap);
  EXPECT_EQ(count(), 0U);
  now_ += 1ms;
  call(&trap);
  EXPECT_EQ(lines(),
            "warning event=call plugin=shop.wasm interface=acme:shop/cart "
            "function=[method]cart.add kind=guest_trap ms=0.124 queued_ms=2 message=so "
            "left_out=20\n");
}

TEST_F(SpdlogFloodTest, BoundsEachPluginByItself) {
  (void)lines();
  const Error trap(Error::Kind::guest_trap, "so");
  for (int i = 0; i < 20; ++i) call(&trap);
  (void)lines();
  const auto other = observer_->loaded({.plugin = plugin_, .duration = 1ms});
  EXPECT_EQ(count(), 1U);
  const Error io(Error::Kind::io, "so");
  for (int i = 0; i < 20; ++i)
    (void)observer_->loaded({.plugin = plugin_, .error = &io, .duration = 1ms});
  EXPECT_EQ(count(), 2U);
}

TEST_F(SpdlogTest, HearsOfAPlugin) {
  (void)lines();
  using Run = Gives<std::uint32_t>;
  const auto plugin = load<Run>(
      component(R"((func (export "run") (result i32) unreachable))",
                R"((func (export "run") (result u32) (canon lift (core func $i "run"))))"),
      {.observer = observer_});
  (void)lines();
  {
    auto instance = instance_of(plugin);
    EXPECT_FALSE(instance.call().run());
  }
  const std::string text = lines();
  EXPECT_TRUE(text.starts_with("warning event=call plugin=guest function=run kind=guest_trap ms="))
      << text;
  EXPECT_TRUE(
      text.ends_with("message=\"guest: run trapped: wasm `unreachable` instruction executed\"\n"
                     "info event=instance plugin=guest change=faulted memory=0\n"))
      << text;
}

}  // namespace
}  // namespace mortise::testing
