// How much longer a call takes while all cores make calls than while one does: 1 is what every
// server hopes for. Prints that number. GUEST is a plugin, or anything for the native function.
//
//   CASE: reuse, fresh (calls through a pool) or native, and -all-cores
#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sched.h>

#include "bench/cores.h"
#include "bench/limits.h"
#include "bench/measure.h"
#include "bench/native_plugin.h"
#include "plugin_world.h"

namespace {

using bench::fail;
using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::MetadataRef;
using Clock = std::chrono::steady_clock;
using Call = std::function<std::size_t()>;

constexpr std::chrono::milliseconds kWindow(10);

std::vector<int> all_cores() {
  cpu_set_t may;
  CPU_ZERO(&may);
  if (sched_getaffinity(0, sizeof may, &may) != 0) fail("which cores there are is not known");
  std::vector<int> all;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(static_cast<std::size_t>(core), &may)) all.push_back(core);
  if (all.size() < 2) fail("there is one core only");
  return all;
}

// Calls in a microsecond, for one window.
double rate(const Call& call) {
  std::size_t calls = 0;
  std::size_t sum = 0;
  const auto start = Clock::now();
  auto now = start;
  do {
    for (int i = 0; i < 16; ++i) sum += call();
    calls += 16;
    now = Clock::now();
  } while (now - start < kWindow);
  asm volatile("" : : "r"(sum));
  return static_cast<double>(calls) /
         std::chrono::duration<double, std::micro>(now - start).count();
}

// A thread for each core, and windows in turn: in the first each core is alone, one after the
// other; in the last all call at once. What they do alone is compared with what they do together
// right after that, since a machine may change its speed within a second.
double slowdown(const Call& call, double seconds) {
  const std::vector<int> cores = all_cores();
  const std::size_t count = cores.size();
  std::vector<double> alone(count);
  std::vector<double> together(count);
  std::vector<double> all;
  bool done = false;
  std::barrier turn(static_cast<std::ptrdiff_t>(count));
  const auto start = Clock::now();
  const auto work = [&](std::size_t number) {
    bench::pin_to(cores[number]);
    call();
    while (!done) {
      for (std::size_t i = 0; i < count; ++i) {
        turn.arrive_and_wait();
        if (i == number) alone[i] = rate(call);
      }
      turn.arrive_and_wait();
      together[number] = rate(call);
      turn.arrive_and_wait();
      if (number == 0) {
        double one = 0;
        double many = 0;
        for (std::size_t i = 0; i < count; ++i) {
          one += alone[i];
          many += together[i];
        }
        all.push_back(one / many);
        done = std::chrono::duration<double>(Clock::now() - start).count() > seconds;
      }
      turn.arrive_and_wait();
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(work, i);
  }
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

double native(const bench::Run& run) {
  bench::ProcessData* const process_data = native_process_data();
  const std::string input = run.input();
  const bench::Metadata meta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};
  const auto call = [&] {
    const auto out = process_data(input, meta);
    return out ? out->size() : 0;
  };
  if (call() != bench::upper_cased(input).size()) fail("a wrong answer");
  return slowdown(call, run.seconds);
}

double pooled(const bench::Run& run, mortise::Isolation isolation) {
  const mortise::Engine engine;
  auto plugin = mortise::Plugin<PluginWorld>::load(
      engine, run.guest, PluginWorld::Imports{},
      {.limits = bench::limits_named("limited"), .compile = mortise::Compile::in_process});
  if (!plugin) fail(plugin.error().to_string());
  auto pool = mortise::Pool<PluginWorld>::create(*plugin, {.isolation = isolation});
  if (!pool) fail(pool.error().to_string());
  const std::string input = run.input();
  constexpr MetadataRef kMeta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};
  const auto call = [&] {
    const auto out = pool->processor().process_data(input, kMeta);
    return out ? out->size() : 0;
  };
  if (call() != bench::upper_cased(input).size()) fail("a wrong answer");
  return slowdown(call, run.seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Run run(argc, argv);
  if (run.what() == "native")
    bench::print(native(run));
  else if (run.what() == "reuse")
    bench::print(pooled(run, mortise::Isolation::reuse));
  else if (run.what() == "fresh")
    bench::print(pooled(run, mortise::Isolation::fresh));
  else
    fail("no such case");
}
