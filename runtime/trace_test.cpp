// Headers of traces are read as the standard has them, and nothing else is.
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/dynamic.h>
#include <mortise/runtime/trace.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

constexpr std::string_view kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string_view refused(std::string_view traceparent) {
  const auto parsed = TraceContext::parse(traceparent);
  return parsed ? "nothing: it was taken" : parsed.error();
}

TEST(TraceContext, IsReadAndWritten) {
  const auto trace = TraceContext::parse(kParent);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace_id[0], 0x4b);
  EXPECT_EQ(trace->trace_id[15], 0x36);
  EXPECT_EQ(trace->parent_id[1], 0xf0);
  EXPECT_TRUE(trace->sampled);
  EXPECT_EQ(trace->traceparent().view(), kParent);
}

TEST(TraceContext, IsReadOfALaterVersion) {
  const auto trace =
      TraceContext::parse("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe-what-comes");
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->traceparent().view(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
}

TEST(TraceContext, HasAChildOfTheSameTrace) {
  const TraceContext trace = *TraceContext::parse(kParent, "a=1");
  const TraceContext child = trace.child({1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(child.traceparent().view(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0102030405060708-01");
  EXPECT_EQ(child.tracestate, "a=1");
}

TEST(TraceContext, IsRefusedWithTheReason) {
  EXPECT_EQ(refused(""), "a traceparent has 55 characters");
  EXPECT_EQ(refused(kParent.substr(1)), "a traceparent has 55 characters");
  EXPECT_EQ(refused(std::string(kParent) + "-00"), "a traceparent of version 00 has 55 characters");
  EXPECT_EQ(refused("0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "its version is not two lower-case digits");
  EXPECT_EQ(refused("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "there is no version ff");
  EXPECT_EQ(refused("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x"),
            "no dash stands after its flags");
  EXPECT_EQ(refused("00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            "its parts are not divided by dashes");
  EXPECT_EQ(refused("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
            "its trace-id is not 32 lower-case digits, or is all zero");
  EXPECT_EQ(refused("00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
            "its trace-id is not 32 lower-case digits, or is all zero");
  EXPECT_EQ(refused("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
            "its parent-id is not 16 lower-case digits, or is all zero");
  EXPECT_EQ(refused("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0 "),
            "its flags are not two lower-case digits");
}

TEST(TraceContext, LeavesAWrongStateOut) {
  EXPECT_EQ(TraceContext::parse(kParent, "congo=t61rcWkgMzE")->tracestate, "congo=t61rcWkgMzE");
  EXPECT_EQ(TraceContext::parse(kParent, "congo")->tracestate, "");
}

TEST(TraceState, IsAListOfKeysAndValues) {
  for (const std::string_view good :
       {"a=1", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a=1 ,\tb=2", "a=1,,b=2", "a=b c",
        "0tenant@sys=1", "a_-*/0=!~"})
    EXPECT_TRUE(TraceContext::is_tracestate(good)) << good;
  for (const std::string_view bad : {"", " ", ",", "a", "=1", "a=", "A=1", "0=1", "a=1=2", "a\n=1",
                                     "a=\x01", "a=\xc3\xa9", "a@0=1", "@a=1", "a@=1", "a b=1"})
    EXPECT_FALSE(TraceContext::is_tracestate(bad)) << bad;
}

TEST(TraceState, IsBounded) {
  std::string many = "a=1";
  for (int i = 0; i < 31; ++i) many += ",a=1";
  EXPECT_TRUE(TraceContext::is_tracestate(many));
  EXPECT_FALSE(TraceContext::is_tracestate(many + ",a=1"));
  EXPECT_TRUE(TraceContext::is_tracestate(std::string(256, 'a') + "=" + std::string(255, 'v')));
  EXPECT_FALSE(TraceContext::is_tracestate(std::string(256, 'a') + "=" + std::string(256, 'v')));
  EXPECT_FALSE(TraceContext::is_tracestate(std::string(257, 'a') + "=1"));
  EXPECT_FALSE(TraceContext::is_tracestate("a=" + std::string(257, 'v')));
}

// ---- Calls that are part of one ----------------------------------------------------------------

// run() calls the host's `ask`.
const std::string kAsking = R"((component
  (import "ask" (func $ask))
  (core func $ask (canon lower (func $ask)))
  (core module $m (import "h" "ask" (func $ask)) (func (export "run") (call $ask)))
  (core instance $i (instantiate $m (with "h" (instance (export "ask" (func $ask))))))
  (func (export "run") (canon lift (core func $i "run")))))";

// An instance of it, and who answers.
class Asking {
 public:
  explicit Asking(std::function<void(CallContext&)> answer)
      : plugin_(good(DynamicPlugin::from_text(
            engine(), "guest", kAsking,
            DynamicImports().function("", "ask",
                                      [answer](CallContext& call, const std::vector<Value>&) {
                                        answer(call);
                                        return Result<DynamicAnswer>(std::nullopt);
                                      })))),
        instance_(good(plugin_.instantiate())) {}

  bool run(const CallOptions& options = {}) {
    return instance_.call(good(plugin_.find("run")), {}, options).has_value();
  }

 private:
  DynamicPlugin plugin_;
  DynamicInstance instance_;
};

TEST(CallOfATrace, ShowsItToFunctionsOfTheHost) {
  std::vector<const TraceContext*> seen;
  Asking guest([&](CallContext& call) { seen.push_back(call.trace()); });
  const TraceContext trace;
  EXPECT_TRUE(guest.run({.trace = &trace}));
  EXPECT_TRUE(guest.run());
  EXPECT_EQ(seen, (std::vector<const TraceContext*>{&trace, nullptr}));
}

// By the function of the host, which hands it on.
TEST(CallOfATrace, HandsItOnToAnotherPlugin) {
  std::vector<const TraceContext*> seen;
  Asking inner([&](CallContext& call) { seen.push_back(call.trace()); });
  Asking outer([&](CallContext& call) {
    EXPECT_TRUE(inner.run({.trace = call.trace()}));
    EXPECT_TRUE(inner.run());
    seen.push_back(call.trace());
  });
  const TraceContext trace;
  EXPECT_TRUE(outer.run({.trace = &trace}));
  EXPECT_EQ(seen, (std::vector<const TraceContext*>{&trace, nullptr, &trace}));
}

// A call of the same instance is refused in the middle of one, and takes nothing away.
TEST(CallOfATrace, KeepsItWhenACallIsRefused) {
  Asking* self = nullptr;
  const TraceContext* seen = nullptr;
  const TraceContext other;
  Asking guest([&](CallContext& call) {
    EXPECT_FALSE(self->run({.trace = &other}));
    seen = call.trace();
  });
  self = &guest;
  const TraceContext trace;
  EXPECT_TRUE(guest.run({.trace = &trace}));
  EXPECT_EQ(seen, &trace);
}

}  // namespace
}  // namespace mortise::testing
