// Services, called as if by a plugin: with the context of a call that is really under way.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support.h"

namespace mortise::testing {

// interface test:services/act, as a binding has it: what runs in the middle of a plugin's call.
class Act {
 public:
  explicit Act(std::function<void(CallContext&)> act) : act_(std::move(act)) {}
  virtual ~Act() = default;
  Result<void> go(CallContext& call) {
    act_(call);
    return {};
  }

  static constexpr std::string_view interface = "test:services/act";
  using Go = abi::Function<"go", void>;
  using Functions = HostFunctions<Implements<Go, &Act::go>>;

 private:
  std::function<void(CallContext&)> act_;
};
using RunAct = abi::Function<"run", void>;
struct ActWorld : World<RunAct> {
  struct Imports {
    Host<Act> act;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::act>;
};

inline constexpr std::string_view kActing = R"((component
  (import "test:services/act" (instance $h (export "go" (func))))
  (core func $go (canon lower (func $h "go")))
  (core module $code (import "h" "go" (func $go)) (func (export "run") (call $go)))
  (core instance $i (instantiate $code (with "h" (instance (export "go" (func $go))))))
  (func (export "run") (canon lift (core func $i "run"))))
)";

// Runs `act` in a call of a plugin's.
inline void in_call(std::function<void(CallContext&)> act, const CallOptions& options = {}) {
  auto plugin = Plugin<ActWorld>::from_text(
      engine(), "guest", kActing, {.act = std::make_shared<Act>(std::move(act))},
      {.limits = {.deadline = std::chrono::seconds(30)}, .compile = Compile::in_process});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  auto instance = plugin->instantiate();
  ASSERT_TRUE(instance) << instance.error().to_string();
  auto done = instance->call(options).run();
  EXPECT_TRUE(done) << done.error().to_string();
}

// Who answers an interface of a service: H is the class of its binding.
template <class H>
H& host_of(const Service& service) {
  for (std::size_t i = 0; i < service.interfaces().size(); ++i)
    if (service.interfaces()[i].name == H::interface)
      return *static_cast<H*>(service.objects()[i].shared);  // its binding's class, as Host<H> does
  ADD_FAILURE() << "the service has no " << H::interface;
  std::abort();
}

}  // namespace mortise::testing
