// What it costs to have a plugin before it is called: to compile and load it, to make instances,
// and what it does to the rest of the process. Prints nanoseconds, or bytes; see measure.h.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/engine.h>

#include "bench/limits.h"
#include "bench/measure.h"
#include "plugin_world.h"

namespace {

using bench::fail;
using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::MetadataRef;
using Plugin = mortise::Plugin<PluginWorld>;
using Instance = mortise::Instance<PluginWorld>;
using Pool = mortise::Pool<PluginWorld>;

constexpr MetadataRef kMeta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};

Plugin load(const mortise::Engine& engine, const std::string& guest, const mortise::Limits& limits,
            mortise::Compile compile = mortise::Compile::in_process) {
  auto plugin =
      Plugin::load(engine, guest, PluginWorld::Imports{}, {.limits = limits, .compile = compile});
  if (!plugin) fail(plugin.error().to_string());
  return *std::move(plugin);
}

Instance instance_of(const Plugin& plugin) {
  auto instance = plugin.instantiate();
  if (!instance) fail(instance.error().to_string());
  return *std::move(instance);
}

template <class Callee>
std::string call(Callee& callee, const std::string& input) {
  auto out = callee.processor().process_data(input, kMeta);
  if (!out) fail("a call failed");
  return *std::move(out);
}

// From a file to a plugin that can be instantiated, compiled in this process or in the helper.
void compile(const bench::Run& run) {
  if (run.how() != "here" && run.how() != "apart") fail("no such case");
  const auto where =
      run.how() == "here" ? mortise::Compile::in_process : mortise::Compile::isolated;
  const mortise::Engine engine;
  run.time([&] { return load(engine, run.guest, {}, where).name().size(); });
}

// A folder that is gone afterwards.
class Folder {
 public:
  Folder() : path_((std::filesystem::temp_directory_path() / "mortise-bench-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) fail("no folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// The same where the code is in the cache: read, and proved to be what was written. Dropping it
// again is not counted.
void cached(const bench::Run& run) {
  const Folder folder;
  const auto cache = mortise::CodeCache::open({.folder = folder.path()});
  if (!cache) fail(cache.error().to_string());
  const mortise::Engine engine({.cache = *cache});
  load(engine, run.guest, {}, mortise::Compile::isolated);
  run.time_parts([&] {
    const auto start = std::chrono::steady_clock::now();
    const auto plugin = load(engine, run.guest, {}, mortise::Compile::isolated);
    return std::chrono::steady_clock::now() - start;
  });
  const mortise::CacheState state = cache->state();
  if (state.misses != 1 || state.hits == 0) fail("it was compiled");
}

struct Delete {
  void operator()(mortise_engine_t* it) const { mortise_engine_delete(it); }
  void operator()(mortise_artifact_t* it) const { mortise_artifact_delete(it); }
  void operator()(mortise_component_t* it) const { mortise_component_delete(it); }
};

// `make(&out)`, or the end.
template <class T, class Make>
std::unique_ptr<T, Delete> made(Make&& make) {
  T* out = nullptr;
  if (make(&out) != nullptr) fail("the engine refused");
  return std::unique_ptr<T, Delete>(out);
}

// Native code that is in memory already, to what can be instantiated; and dropped.
void load(const bench::Run& run) {
  const auto bytes = [](const auto& text) {
    return mortise_bytes_t{.data = reinterpret_cast<const std::uint8_t*>(text.data()),
                           .size = text.size()};
  };
  std::ifstream file(run.guest, std::ios::binary);
  const std::string wasm(std::istreambuf_iterator<char>(file), {});
  const auto engine = made<mortise_engine_t>([](auto** out) {
    return mortise_engine_new({.mode = MORTISE_ENGINE_LIMITED,
                               .experimental_types = false,
                               .stack = mortise::EngineOptions{}.stack.count},
                              out);
  });
  const auto artifact = made<mortise_artifact_t>([&](auto** out) {
    return mortise_compile(engine.get(), bytes(wasm), MORTISE_INPUT_BINARY, out);
  });
  using Processor = techbytes::plugins::processor::Guest;
  // Never called, so it needs no callbacks.
  mortise_callee_t process_data{};
  process_data.name = {.interface = bytes(Processor::interface),
                       .item = bytes(std::string_view("process-data"))};
  run.time([&] {
    const auto component = made<mortise_component_t>([&](auto** out) {
      return mortise_component_new(engine.get(), mortise_artifact_code(artifact.get()),
                                   mortise_artifact_footprint(artifact.get()), out);
    });
    if (mortise_component_link(component.get(), &process_data, 1, nullptr, 0, nullptr, 0, nullptr,
                               nullptr) != nullptr)
      fail("it does not link");
    return std::size_t{0};
  });
}

// A new instance, dropped.
void instantiate(const bench::Run& run) {
  const mortise::Engine engine;
  const Plugin plugin = load(engine, run.guest, bench::limits_named(run.how()));
  run.time([&] { return instance_of(plugin).memory().count; });
}

// The same by a pool: limited-pooled; or, where the memory of instances is kept, limited-resident.
void fresh_of_pool(const bench::Run& run, std::string_view limits, bool keep) {
  const mortise::Engine engine({.keep_resident = keep});
  const Plugin plugin = load(engine, run.guest, bench::limits_named(limits));
  auto pool = Pool::create(plugin, {.isolation = mortise::Isolation::fresh, .max = 1});
  if (!pool) fail(pool.error().to_string());
  const std::string input = run.input();
  if (call(*pool, input) != bench::upper_cased(input)) fail("a wrong answer");
  if (pool->state().pooled == 0) fail("the engine has no memory for pools");
  run.time([&] { return call(*pool, input).size(); });
}

// A new instance for each call.
void fresh(const bench::Run& run) {
  const std::size_t dash = run.how().find('-');
  if (dash != std::string_view::npos)
    return fresh_of_pool(run, run.how().substr(0, dash), run.how().ends_with("-resident"));
  const mortise::Engine engine;
  const Plugin plugin = load(engine, run.guest, bench::limits_named(run.how()));
  const std::string input = run.input();
  const auto once = [&] {
    Instance instance = instance_of(plugin);
    return call(instance, input);
  };
  if (once() != bench::upper_cased(input)) fail("a wrong answer");
  run.time([&] { return once().size(); });
}

// What a file of the system says under a name, in bytes.
std::size_t said(const char* path, std::string_view name) {
  std::ifstream file(path);
  std::string word;
  while (file >> word)
    if (std::size_t kib = 0; word == name && file >> kib) return kib * 1024;
  fail("/proc does not say how much memory is in use");
}

// Bytes of memory that this process has, and the system for it, which maps that. (The quicker statm
// is less exact.)
std::size_t resident() {
  return said("/proc/self/smaps_rollup", "Rss:") + said("/proc/self/status", "VmPTE:");
}

// Memory of an instance that was never called (idle), or was called once; by itself, or leased from
// a pool, whose instances have theirs from the engine's pool (leased-idle, leased-called).
template <class One, class Make>
void memory(const bench::Run& run, Make make) {
  const bool called = run.how().ends_with("called");
  if (!called && !run.how().ends_with("idle")) fail("no such case");
  constexpr std::size_t kInstances = 500;
  const std::string input = run.input();
  std::vector<One> all;
  all.reserve(kInstances + 1);
  const auto add = [&] {
    all.push_back(make());
    if (called && call(all.back(), input) != bench::upper_cased(input)) fail("a wrong answer");
  };
  add();  // what is made once
  const std::size_t before = resident();
  while (all.size() <= kInstances) add();
  bench::print(static_cast<double>(resident() - before) / kInstances);
}

void memory(const bench::Run& run) {
  const mortise::Engine engine;
  const Plugin plugin = load(engine, run.guest, {});
  if (!run.how().starts_with("leased-"))
    return memory<Instance>(run, [&] { return instance_of(plugin); });
  auto pool = Pool::create(plugin, {.isolation = mortise::Isolation::session, .max = 1000});
  if (!pool) fail(pool.error().to_string());
  memory<mortise::Lease<PluginWorld>>(run, [&] {
    auto lease = pool->take();
    if (!lease) fail(lease.error().to_string());
    return *std::move(lease);
  });
}

struct Thrown {};
[[gnu::noinline]] void throw_one() { throw Thrown(); }

// A C++ exception, thrown and caught, in a process with so many plugins: the unwinder looks for the
// function in all code that it was told of.
void throwing(const bench::Run& run) {
  if (run.how() != "0" && run.how() != "1" && run.how() != "50") fail("no such case");
  const mortise::Engine engine;
  std::vector<Plugin> plugins;
  for (int n = std::stoi(std::string(run.how())); n > 0; --n)
    plugins.push_back(load(engine, run.guest, {}));
  run.time([&] {
    try {
      throw_one();
    } catch (const Thrown&) {
      return std::size_t{1};
    }
    return std::size_t{0};
  });
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Run run(argc, argv);
  if (run.what() == "compile")
    compile(run);
  else if (run.what() == "cached")
    cached(run);
  else if (run.what() == "load")
    load(run);
  else if (run.what() == "instantiate")
    instantiate(run);
  else if (run.what() == "fresh")
    fresh(run);
  else if (run.what() == "memory")
    memory(run);
  else if (run.what() == "throw")
    throwing(run);
  else
    fail("no such case");
}
