// A host that has its plugins counted.
#include <iostream>

#include <mortise/runtime/dynamic.h>
#include <mortise/telemetry/prometheus.h>

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const mortise::Engine engine;
  auto metrics = std::make_shared<mortise::PrometheusObserver>();
  auto plugin = mortise::DynamicPlugin::load(engine, argv[1], {}, {.observer = metrics});
  if (!plugin || !plugin->instantiate()) return 1;
  std::cout << metrics->text();
  return 0;
}
