// A host that has a log of its plugins.
#include <mortise/runtime/dynamic.h>
#include <mortise/telemetry/spdlog.h>
#include <spdlog/sinks/stdout_sinks.h>

int main(int argc, char** argv) {
  if (argc != 2) return 1;
  const mortise::Engine engine;
  auto log = std::make_shared<mortise::SpdlogObserver>(::spdlog::stdout_logger_mt("plugins"));
  return mortise::DynamicPlugin::load(engine, argv[1], {}, {.observer = log}) ? 0 : 1;
}
