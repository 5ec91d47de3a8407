// Calls through Mortise, as a host makes them. Prints nanoseconds per call; see measure.h.
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "bench/measure.h"
#include "bench/noop_world.h"
#include "examples/processor/plugin_world.h"

namespace {

using bench::fail;
using mortise_bench::NoopWorld;
using techbytes::plugins::MetadataRef;
using techbytes::plugins::PluginWorld;

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

void noop(const bench::Run& run, const mortise::Limits& limits) {
  auto instance = instance_of<NoopWorld>(run.guest, limits);
  run.time([&] {
    if (!instance.nothing().noop()) fail("a timed call failed");
    return 0;
  });
}

}  // namespace

// CASE is what to measure and under which limits, such as owned-trusted.
int main(int argc, char** argv) {
  const bench::Run run(argc, argv);
  const auto dash = run.name.find('-');
  const std::string_view what = run.name.substr(0, dash);
  const std::string_view limits = dash == run.name.npos ? "" : run.name.substr(dash + 1);

  mortise::Limits chosen;
  if (limits == "trusted")
    chosen.deadline = std::nullopt;
  else if (limits != "limited")
    fail("no such limits");

  if (what == "owned")
    owned(run, chosen);
  else if (what == "viewed")
    viewed(run, chosen);
  else if (what == "noop")
    noop(run, chosen);
  else
    fail("no such case");
}
