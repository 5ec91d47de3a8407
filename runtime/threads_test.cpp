// One engine and one plugin for many threads, each with instances of its own.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
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
using std::chrono_literals::operator""s;

constexpr int kThreads = 8;

using Shout = abi::Function<"run", std::string, abi::Param<"text", std::string_view>>;
using Guest = Plugin<World<Shout>>;

// run(text) returns the text with an end put behind it. "trap.." traps, "spin.." never returns.
std::string shouts() {
  return component(concat(kMemory, R"(
    (func (export "run") (param $at i32) (param $size i32) (result i32) (local $to i32)
      (block $known
        (br_if $known (i32.lt_u (local.get $size) (i32.const 4)))
        (if (i32.eq (i32.load align=1 (local.get $at)) (i32.const 0x70617274)) (then unreachable))
        (if (i32.eq (i32.load align=1 (local.get $at)) (i32.const 0x6e697073))
          (then (loop $l (br $l)))))
      (local.set $to (call $realloc (i32.const 0) (i32.const 0) (i32.const 1)
                                    (i32.add (local.get $size) (i32.const 1))))
      (memory.copy (local.get $to) (local.get $at) (local.get $size))
      (i32.store8 (i32.add (local.get $to) (local.get $size)) (i32.const 33))
      (i32.store (i32.const 16) (local.get $to))
      (i32.store (i32.const 20) (i32.add (local.get $size) (i32.const 1)))
      (i32.const 16))
    (func (export "after") (param i32) (global.set $next (i32.const 4096))))"),
                   concat(R"((func (export "run") (param "text" string) (result string)
    (canon lift (core func $i "run") (post-return (func $i "after")) )",
                          kWithMemory, "))"));
}

// Runs `act(number)` on all threads at once.
template <class Act>
void on_threads(Act act) {
  std::vector<std::jthread> threads;
  for (int number = 0; number < kThreads; ++number)
    threads.emplace_back([&act, number] { act(number); });
}

// One thread's calls: most answer, some trap, some are stopped.
void call_many(const Guest& plugin, int number, int calls) {
  auto instance = instance_of(plugin);
  for (int i = 1; i <= calls; ++i) {
    const bool spin = i % 500 == 0;
    const bool trap = !spin && i % 50 == 0;
    const std::string text = concat(spin ? "spin" : trap ? "trap" : "call", " ", number, " ", i);
    const auto out = spin ? instance.call({.deadline = 5ms}).run(std::string_view(text))
                          : instance.call({.deadline = 60s}).run(std::string_view(text));
    if (spin || trap) {
      ASSERT_FALSE(out);
      ASSERT_EQ(out.error().kind(), spin ? Error::Kind::limit_exceeded : Error::Kind::guest_trap)
          << out.error().to_string();
      instance = instance_of(plugin);
    } else {
      ASSERT_TRUE(out) << out.error().to_string();
      ASSERT_EQ(*out, text + "!");
    }
  }
}

TEST(Threads, CallInstancesOfOnePlugin) {
  const Guest plugin = load<Shout>(shouts());
  on_threads([&plugin](int number) { call_many(plugin, number, 2000); });
}

TEST(Threads, CallInstancesOfOnePluginWithFuel) {
  const Guest plugin = load<Shout>(shouts(), {.limits = {.fuel = Fuel{1'000'000'000'000}}});
  on_threads([&plugin](int number) { call_many(plugin, number, 500); });
}

TEST(Threads, CopyAndDropOnePlugin) {
  // No deadline: on a busy machine a thread may wait longer than it is.
  const Guest plugin = load<Shout>(shouts(), {.limits = {.deadline = std::nullopt}});
  on_threads([&plugin](int) {
    std::optional<Instance<World<Shout>>> instance;
    for (int i = 0; i < 200; ++i) {
      const Guest copy = plugin;
      instance.emplace(instance_of(copy));  // drops the one before it
      const auto answer = instance->call().run(std::string_view("text"));
      ASSERT_TRUE(answer) << answer.error().to_string();
    }
  });
}

// Which thread lets go of the last of it, is up to them.
TEST(Threads, ShareAnEngineThatIsGone) {
  std::array<std::optional<Guest>, kThreads> plugins;
  {
    const Engine passing;
    auto plugin = Guest::from_text(passing, "guest", shouts(), {});
    ASSERT_TRUE(plugin) << plugin.error().to_string();
    plugins.fill(*plugin);
  }
  on_threads([&plugins](int number) {
    std::optional<Guest>& own = plugins[static_cast<std::size_t>(number)];
    call_many(*own, number, 100);
    own.reset();
  });
}

TEST(Threads, LoadPluginsAtOnce) {
  const Engine fresh;  // whose parts are made by whoever comes first
  on_threads([&fresh](int number) {
    for (int i = 0; i < 3; ++i) {
      PluginOptions options;
      options.compile = (number + i) % 2 == 0 ? Compile::isolated : Compile::in_process;
      if (number % 3 == 1) options.limits.fuel = Fuel{1'000'000'000'000};
      if (number % 3 == 2) options.limits.deadline = std::nullopt;
      auto plugin = Guest::from_text(fresh, "guest", shouts(), {}, options);
      ASSERT_TRUE(plugin) << plugin.error().to_string();
      const auto out = instance_of(*plugin).call().run(std::string_view("text"));
      ASSERT_TRUE(out) << out.error().to_string();
      ASSERT_EQ(*out, "text!");
    }
  });
}

TEST(Threads, FailToLoadAtOnce) {
  on_threads([](int) {
    for (int i = 0; i < 5; ++i)
      ASSERT_EQ(load_error<Shout>("(component").kind(), Error::Kind::bad_component);
  });
}

// What one thread after the other has.
template <class T>
class HandedOn {
 public:
  void put(T value) {
    const std::scoped_lock lock(mutex_);
    value_ = std::move(value);
    changed_.notify_all();
  }
  T take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return value_.has_value(); });
    T value = *std::move(value_);
    value_.reset();
    return value;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> value_;
};

TEST(Threads, HandAnInstanceOn) {
  const Guest plugin = load<Shout>(shouts());
  std::array<HandedOn<Instance<World<Shout>>>, kThreads> places;
  places[0].put(instance_of(plugin));
  on_threads([&places](int number) {
    const auto own = static_cast<std::size_t>(number);
    for (int i = 0; i < 100; ++i) {
      auto instance = places[own].take();
      const auto out = instance.call().run(std::string_view("text"));
      ASSERT_TRUE(out) << out.error().to_string();
      ASSERT_EQ(*out, "text!");
      places[(own + 1) % kThreads].put(std::move(instance));
    }
  });
}

TEST(Threads, EndAnInstanceThatAnotherHasMade) {
  const Guest plugin = load<Shout>(shouts());
  std::array<std::optional<Instance<World<Shout>>>, kThreads> instances;
  on_threads([&](int number) {
    instances[static_cast<std::size_t>(number)].emplace(instance_of(plugin));
  });
  on_threads([&](int number) {
    auto& next = instances[static_cast<std::size_t>((number + 1) % kThreads)];
    ASSERT_FALSE(next->call().run(std::string_view("trap")));
    next.reset();
  });
}

TEST(Threads, ReadErrorsThatAnotherHasMade) {
  std::optional<Error> error;
  std::jthread([&error] {
    error = instance_of(load<Shout>(shouts())).call().run(std::string_view("trap")).error();
  }).join();
  EXPECT_EQ(error->message(), "guest: run trapped: wasm `unreachable` instruction executed");
}

}  // namespace
}  // namespace mortise::testing
