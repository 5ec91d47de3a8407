// Calls through Mortise, as a host makes them. Prints nanoseconds per call; see measure.h.
#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "bench/limits.h"
#include "bench/measure.h"
#include "bench/passing.h"
#include "echo_world.h"
#include "noop_world.h"
#include "plugin_world.h"

namespace {

using bench::fail;
using mortise_::bench::EchoWorld;
using mortise_::bench::NoopWorld;
using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::MetadataRef;

template <class World>
mortise::Instance<World> instance_of(const std::string& guest, const mortise::Limits& limits) {
  const mortise::Engine engine;  // the plugin keeps what it needs of it
  const auto plugin =
      mortise::Plugin<World>::load(engine, guest, typename World::Imports{},
                                   {.limits = limits, .compile = mortise::Compile::in_process});
  if (!plugin) fail(plugin.error().to_string());
  auto instance = plugin->instantiate();
  if (!instance) fail(instance.error().to_string());
  return *std::move(instance);
}

constexpr MetadataRef kMeta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};

void owned(const bench::Run& run, const mortise::Limits& limits) {
  auto instance = instance_of<PluginWorld>(run.guest, limits);
  const std::string input = run.input();
  const auto call = [&] { return instance.processor().process_data(input, kMeta); };

  const auto answer = call();
  if (!answer || *answer != bench::upper_cased(input)) fail("a wrong answer");
  run.time([&] {
    const auto out = call();
    if (!out) fail("a timed call failed");
    return out->size();
  });
}

// The same through a pool whose one instance is free.
void pooled(const bench::Run& run, const mortise::Limits& limits) {
  const mortise::Engine engine;
  auto plugin = mortise::Plugin<PluginWorld>::load(
      engine, run.guest, PluginWorld::Imports{},
      {.limits = limits, .compile = mortise::Compile::in_process});
  if (!plugin) fail(plugin.error().to_string());
  auto pool = mortise::Pool<PluginWorld>::create(
      *plugin, {.isolation = mortise::Isolation::reuse, .max = 1, .min = 1});
  if (!pool) fail(pool.error().to_string());
  const std::string input = run.input();
  const auto call = [&] { return pool->processor().process_data(input, kMeta); };

  const auto answer = call();
  if (!answer || *answer != bench::upper_cased(input)) fail("a wrong answer");
  run.time([&] {
    const auto out = call();
    if (!out) fail("a timed call failed");
    return out->size();
  });
}

void viewed(const bench::Run& run, const mortise::Limits& limits) {
  auto instance = instance_of<PluginWorld>(run.guest, limits);
  const std::string input = run.input();
  const auto call = [&](auto&& read) {
    return instance.processor().process_data(mortise::view, input, kMeta, read);
  };
  using Answer = std::expected<std::string_view, std::string_view>;

  const auto right = call([&](Answer a) { return a && *a == bench::upper_cased(input); });
  if (!right || !*right) fail("a wrong answer");
  run.time([&] {
    const auto size = call([](Answer a) { return a ? a->size() : 0; });
    if (!size || *size == 0) fail("a timed call failed");
    return *size;
  });
}

// The host writes the input where the guest reads it: here it copies, where others would read from
// a socket.
void produced(const bench::Run& run, const mortise::Limits& limits) {
  auto instance = instance_of<PluginWorld>(run.guest, limits);
  const std::string input = run.input();
  const auto call = [&] {
    const auto write = [&](std::span<char> room) { input.copy(room.data(), room.size()); };
    return instance.processor().process_data(mortise::produce(input.size(), write), kMeta);
  };

  const auto answer = call();
  if (!answer || *answer != bench::upper_cased(input)) fail("a wrong answer");
  run.time([&] {
    const auto out = call();
    if (!out) fail("a timed call failed");
    return out->size();
  });
}

void noop(const bench::Run& run, const mortise::Limits& limits) {
  auto instance = instance_of<NoopWorld>(run.guest, limits);
  run.time([&] {
    if (!instance.nothing().noop()) fail("a timed call failed");
    return std::size_t{0};
  });
}

// A text there and back, for a guest that keeps its texts in one encoding.
template <class Call>
void echo(const bench::Run& run, const mortise::Limits& limits, Call call) {
  auto instance = instance_of<EchoWorld>(run.guest, limits);
  const auto texts = instance.texts();
  const std::string input = run.input();
  const auto answer = call(texts, input);
  if (!answer || *answer != input) fail("a wrong answer");
  run.time([&] {
    const auto out = call(texts, input);
    if (!out) fail("a timed call failed");
    return out->size();
  });
}

}  // namespace

// CASE is what to measure and under which limits, such as owned-trusted.
int main(int argc, char** argv) {
  const bench::Run run(argc, argv);
  const mortise::Limits limits = bench::limits_named(run.how());
  if (run.what() == "owned")
    owned(run, limits);
  else if (run.what() == "pooled")
    pooled(run, limits);
  else if (run.what() == "viewed")
    viewed(run, limits);
  else if (run.what() == "produced")
    produced(run, limits);
  else if (run.what() == "noop")
    noop(run, limits);
  else if (run.what() == "utf8")
    echo(run, limits, [](const auto& texts, const auto& text) { return texts.utf8(text); });
  else if (run.what() == "utf16")
    echo(run, limits, [](const auto& texts, const auto& text) { return texts.utf16(text); });
  else if (run.what() == "latin1")
    echo(run, limits, [](const auto& texts, const auto& text) { return texts.latin1_utf16(text); });
  else if (!bench::passing(run, limits))
    fail("no such case");
}
