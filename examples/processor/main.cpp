// The whole of a host: load a component, make an instance with limits, call it as if it were C++.
#include <iostream>

#include "latency.h"
#include "plugin_world.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  using techbytes::plugins::PluginWorld;

  const mortise::Engine engine;
  const auto plugin = mortise::Plugin<PluginWorld>::load(
      engine, argc > 1 ? argv[1] : "processor.wasm", PluginWorld::Imports{},
      {.limits = {.deadline = 50ms, .memory = mortise::MiB(64)}});
  if (!plugin) return std::cerr << plugin.error().to_string() << '\n', 1;
  auto instance = plugin->instantiate();
  if (!instance) return std::cerr << instance.error().to_string() << '\n', 1;

  // One call has three ends: an answer, the plugin's own error, and a failure.
  const auto call = [&](std::string_view input) {
    return instance->processor().process_data(
        input, {.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1});
  };
  for (const std::string_view input : {"hello techbytes", ""}) {
    const auto out = call(input);
    if (out)
      std::cout << "Result: " << *out << '\n';
    else if (const auto* said = out.refusal())
      std::cout << "Plugin error: " << *said << '\n';
    else
      return std::cerr << out.failure()->to_string() << '\n', 1;
  }
  return print_latency(10'000, 5us, [&] { return bool(call("hello techbytes")); });
}
