// Plugins that run plugins: what a test does stands for the code of the first of them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/services/plugins/plugins.h>

#include "plugins_world.h"
#include "tests/guests.h"
#include "tests/services/files.h"
#include "tests/services/in_call.h"
#include "tests/support.h"

namespace mortise::testing {

namespace runner = mortise_::plugins::runner;

// "limit-exceeded/fuel: the message"
inline std::string text_of(const runner::Failure& failure) {
  constexpr std::array kKinds{
      "bad-component", "contract-mismatch", "denied", "guest-trap", "limit-exceeded",
      "overloaded",    "cancelled",         "misuse", "io",         "internal"};
  return concat(kKinds.at(static_cast<std::size_t>(failure.kind)), failure.limit ? "/" : "",
                failure.limit.value_or(""), ": ", failure.message);
}
// Of something that should have failed.
template <class T>
std::string failure_of(const Outcome<T, runner::Failure>& outcome) {
  if (outcome) return "nothing: it went well";
  return outcome.refusal() != nullptr ? text_of(*outcome.refusal())
                                      : outcome.failure()->to_string();
}
// Of something that should have gone well.
template <class T>
T value_of(Outcome<T, runner::Failure> outcome) {
  if (!outcome) throw std::runtime_error(failure_of(outcome));  // ends the test
  return *std::move(outcome);
}

// One instance of a plugin that may run others.
class Parent {
 public:
  using Act = std::function<void(CallContext&, runner::Host&)>;

  Parent(services::PluginsGrant grant, const Limits& limits)
      : service_(services::plugins(engine(), "pipeline", std::move(grant))) {
    auto plugin = Plugin<ActWorld>::from_text(
        engine(), "pipeline", kActing,
        {.act =
             std::make_shared<testing::Act>([this](CallContext& call) { act_(call, *runner_); })},
        {.limits = limits});
    EXPECT_TRUE(plugin) << plugin.error().to_string();
    instance_.emplace(good(plugin->instantiate()));
    auto made = service_.objects()[0].make("pipeline");
    EXPECT_TRUE(made) << made.error().to_string();
    // The class of its binding, as Host<H> has it.
    runner_ = std::static_pointer_cast<runner::Host>(*std::move(made));
  }
  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;

  // One call of it, in the middle of which `act` runs.
  Result<void> run(Act act, const CallOptions& options = {}) {
    act_ = std::move(act);
    return instance_->call(options).run();
  }
  [[nodiscard]] Fuel fuel_used() const { return instance_->fuel_used(); }

 private:
  Service service_;
  Act act_;
  std::shared_ptr<runner::Host> runner_;
  std::optional<Instance<ActWorld>> instance_;
};

inline constexpr runner::Share kAll{};

// What children do. `tax` is listed; its functions are the world's own.
inline std::string child_text() {
  return component(concat(kMemory, R"(
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "nothing"))
    (func (export "work") (param $n i32)
      (loop $l
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br_if $l (i32.gt_s (local.get $n) (i32.const 0)))))
    (func (export "trap") unreachable)
    (func (export "forever") (loop $l (br $l)))
    (func $recurse (export "recurse") (call $recurse) (call $recurse))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "need") (param i32)
      (if (i32.eq (i32.const -1) (memory.grow (local.get 0))) (then unreachable)))
    (func (export "long") (param $size i32) (result i32)
      (i32.store (i32.const 16) (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (local.get $size)))
      (i32.store (i32.const 20) (local.get $size))
      (i32.const 16)))"),
                   concat(R"(
    (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (func (export "nothing") (canon lift (core func $i "nothing")))
    (func (export "work") (param "times" s32) (canon lift (core func $i "work")))
    (func (export "trap") (canon lift (core func $i "trap")))
    (func (export "forever") (canon lift (core func $i "forever")))
    (func (export "recurse") (canon lift (core func $i "recurse")))
    (func (export "grow") (param "pages" u32) (result s32) (canon lift (core func $i "grow")))
    (func (export "need") (param "pages" u32) (canon lift (core func $i "need")))
    (func (export "long") (param "size" u32) (result string) (canon lift (core func $i "long") )",
                          kWithMemory, "))"));
}

inline std::vector<std::uint8_t> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A parent that may run these, and one that calls test:services/act.
class PluginsTest : public ::testing::Test {
 protected:
  PluginsTest() {
    list("tax", child_text());
    list("acts", kActing);
    grant_.listed["processor"] = MORTISE_GUEST_DIR "/processor.wasm";
    grant_.on_denied = [this](const services::Denial& denial) {
      denials_.push_back(concat(denial.plugin, " ", denial.service, ": ", denial.what));
    };
  }

  void list(const std::string& name, std::string_view text) {
    folder_.write(name + ".wat", text);
    grant_.listed[name] = folder_.file(name + ".wat");
  }
  void give_act(std::function<void(CallContext&)> act) {
    grant_.services.insert_or_assign(
        "act", Service::of<ActService>({.act = std::make_shared<Act>(std::move(act))}));
  }

  // One call of a parent, in which this runs.
  Result<void> run(Parent::Act act, const Limits& limits = {.deadline = std::chrono::seconds(30)},
                   const CallOptions& options = {}) {
    Parent parent(grant_, limits);
    Result<void> done = parent.run(std::move(act), options);
    fuel_used_ = parent.fuel_used();
    return done;
  }
  // The same where the parent's own call is to end well.
  void go(Parent::Act act, const Limits& limits = {.deadline = std::chrono::seconds(30)}) {
    const Result<void> done = run(std::move(act), limits);
    EXPECT_TRUE(done) << done.error().to_string();
  }

  static std::unique_ptr<runner::Plugin> load(CallContext& call, runner::Host& host,
                                              std::string_view name = "tax",
                                              const std::vector<std::string_view>& grants = {}) {
    return value_of(host.plugin_load(call, name, grants));
  }
  static std::unique_ptr<runner::Instance> start(CallContext& call, runner::Host& host,
                                                 std::string_view name = "tax",
                                                 const std::vector<std::string_view>& grants = {}) {
    return value_of(load(call, host, name, grants)->start(call, std::nullopt, kAll));
  }
  static std::string wave(CallContext& call, runner::Instance& child, std::string_view expression,
                          const runner::Share& share = kAll) {
    const auto answer = child.call_(call, expression, share);
    if (!answer) return failure_of(answer);
    return answer->value_or("nothing");
  }

  // A service that gives test:services/act.
  struct ActService {
    static constexpr std::string_view name = "test:services/acting";
    using Imports = ActWorld::Imports;
    using HostInterfaces = ActWorld::HostInterfaces;
    using Exports = mortise::Exports<>;
  };

  Folder folder_;
  services::PluginsGrant grant_{.limits = {.deadline = std::chrono::seconds(20)}};
  std::vector<std::string> denials_;
  Fuel fuel_used_;
};

}  // namespace mortise::testing
