// What tests of the runtime share: plugins from text, and worlds of one function.
#pragma once

#include <pthread.h>

#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <mortise/mortise.h>

namespace mortise::testing {

// A world that exports one function `F` and nothing else: world<F>().run(arguments..). For
// guests in the text format, which export it directly.
template <class F>
struct OneFunction {
  static constexpr std::string_view interface = "";  // the world itself
  using Functions = mortise::Functions<F>;

  explicit OneFunction(CallTarget<OneFunction> target) : target_(target) {}

  template <class... Args>
  auto run(const Args&... args) const {
    return target_.template call<F>(typename F::Arguments(args...));
  }
  template <class Read, class... Args>
  auto view(Read&& read, const Args&... args) const {
    return target_.template view<F>(typename F::Arguments(args...), read);
  }

 private:
  CallTarget<OneFunction> target_;
};

template <class F>
struct World {
  static constexpr std::string_view name = "test:guests/world";
  struct Imports {};
  using Exports = mortise::Exports<OneFunction<F>>;

  template <class Instance>
  class Accessors {
   public:
    OneFunction<F> call(const CallOptions& options = {}) {
      return OneFunction<F>(static_cast<Instance&>(*this).template target<OneFunction<F>>(options));
    }
  };
};

// One engine for a whole test program: starting one costs more than most tests. It runs all types.
inline const Engine& engine() {
  // Lives until the program ends.
  static const Engine* const shared = new Engine({.experimental_types = true});
  return *shared;
}

// A plugin from text, called "guest" in messages. Fails the test if it does not load.
template <class F>
Plugin<World<F>> load(std::string_view wat, const PluginOptions& options = {}) {
  auto plugin = Plugin<World<F>>::from_text(engine(), "guest", wat, {}, options);
  EXPECT_TRUE(plugin) << plugin.error().to_string();
  return *std::move(plugin);
}

// What loading it says. Fails the test if it loads.
template <class F>
Error load_error(std::string_view wat, const PluginOptions& options = {}) {
  auto plugin = Plugin<World<F>>::from_text(engine(), "guest", wat, {}, options);
  EXPECT_FALSE(plugin) << "it loads";
  return std::move(plugin).error();
}

// An instance of it. Fails the test if there is none.
template <class F>
Instance<World<F>> instance_of(const Plugin<World<F>>& plugin) {
  auto instance = plugin.instantiate();
  EXPECT_TRUE(instance) << instance.error().to_string();
  return *std::move(instance);
}

// Runs `act` on a thread with a stack of that size.
template <class Act>
void on_stack_of(Bytes stack, Act act) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, stack.count), 0);
  pthread_t thread{};
  const auto enter = [](void* argument) -> void* {
    (*static_cast<Act*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, enter, &act), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

}  // namespace mortise::testing
