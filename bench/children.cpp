// What it costs that a plugin calls another one: a call of the processor from C++, with a binding
// and by name, beside one that a plugin makes by mortise:plugins.
//
//   bench_children GUESTS          the folder of the plugins: build/guests
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/mortise.h>
#include <mortise/runtime/dynamic.h>
#include <mortise/services/plugins/plugins.h>

#include "bench/measure.h"
#include "plugin_world.h"

namespace {

using bench::fail;
using mortise::Value;
using techbytes::plugins::PluginWorld;

constexpr std::uint32_t kCalls = 20'000;
constexpr int kRounds = 11;
constexpr std::string_view kInput = "hello techbytes";

template <class T>
T need(mortise::Result<T> result) {
  if (!result) fail(result.error().to_string());
  return *std::move(result);
}

// interface test:nest/meter, which the plugin that calls tells what it does: here nobody listens.
class Meter {
 public:
  mortise::Result<void> tell(mortise::CallContext&, std::uint64_t) { return {}; }

  static constexpr std::string_view interface = "test:nest/meter";
  using Work = mortise::abi::Function<"work", void, mortise::abi::Param<"times", std::uint64_t>>;
  using Memory =
      mortise::abi::Function<"memory", void, mortise::abi::Param<"bytes", std::uint64_t>>;
  using Functions = mortise::HostFunctions<mortise::Implements<Work, &Meter::tell>,
                                           mortise::Implements<Memory, &Meter::tell>>;
};
struct Metered {
  static constexpr std::string_view name = "test:nest/measured";
  struct Imports {
    mortise::Host<Meter> meter;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::meter>;
  using Exports = mortise::Exports<>;
};

// Of this thread: what others do on the machine is no part of it.
double processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds of one of `calls` that this makes, the median of some rounds.
template <class Make>
double time_of(std::uint32_t calls, Make make) {
  std::vector<double> rounds;
  for (int i = 0; i < kRounds; ++i) {
    const double begin = processor_time();
    make(calls);
    rounds.push_back((processor_time() - begin) / calls);
  }
  std::ranges::sort(rounds);
  return rounds[kRounds / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: bench_children GUESTS");
  const std::string guests = std::string(argv[1]) + "/";
  const mortise::Engine engine;
  const mortise::Limits limits{.deadline = std::chrono::minutes(10),
                               .fuel = mortise::Fuel(INT64_MAX)};

  auto typed = need(need(mortise::Plugin<PluginWorld>::load(engine, guests + "processor.wasm", {},
                                                            {.limits = limits}))
                        .instantiate());
  const double with_binding = time_of(kCalls, [&](std::uint32_t calls) {
    for (std::uint32_t i = 0; i < calls; ++i)
      if (!typed.processor().process_data(kInput, {.name = "", .version = "", .priority = 0}))
        fail("it failed");
  });

  const auto dynamic =
      need(mortise::DynamicPlugin::load(engine, guests + "processor.wasm", {}, {.limits = limits}));
  const auto process = need(dynamic.find("process-data"));
  auto instance = need(dynamic.instantiate());
  const auto arguments = [](std::string_view input) {
    return std::vector<Value>{Value(input),
                              Value::record({{.name = "name", .value = ""},
                                             {.name = "version", .value = ""},
                                             {.name = "priority", .value = Value::u32(0)}})};
  };
  const double by_name = time_of(kCalls, [&](std::uint32_t calls) {
    for (std::uint32_t i = 0; i < calls; ++i) need(instance.call(process, arguments(kInput)));
  });

  const auto runner = mortise::services::plugins(
      engine, "bench", {.listed = {{"processor", guests + "processor.wasm"}}, .limits = limits});
  const auto nest = need(mortise::DynamicPlugin::load(
      engine, guests + "nest.wasm", {},
      {.limits = limits,
       .services = {runner, mortise::Service::of<Metered>({.meter = std::make_shared<Meter>()})}}));
  const auto script = need(nest.find("process-data"));
  auto parent = need(nest.instantiate());
  // So many that loading the child, once in each round, is lost in them.
  const double from_plugin = time_of(kCalls * 10, [&](std::uint32_t calls) {
    const auto one = "@processor *" + std::to_string(calls) + " {" + std::string(kInput) + "}";
    need(parent.call(script, arguments(one)));
  });

  std::printf("from C++, with a binding   %7.0f ns\n", with_binding);
  std::printf("from C++, by name          %7.0f ns\n", by_name);
  std::printf("from a plugin, typed       %7.0f ns\n", from_plugin);
  return 0;
}
