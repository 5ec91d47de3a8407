#include <mortise/telemetry/prometheus.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <numeric>
#include <span>
#include <sstream>
#include <utility>

#include <prometheus/client_metric.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

namespace mortise {

namespace {

using ::prometheus::ClientMetric;
using ::prometheus::MetricFamily;
using ::prometheus::MetricType;
using std::chrono::nanoseconds;

using Count = std::atomic<std::uint64_t>;
constexpr auto kRelaxed = std::memory_order_relaxed;
void add(Count& count, std::uint64_t more = 1) { count.fetch_add(more, kRelaxed); }
std::uint64_t of(const Count& count) { return count.load(kRelaxed); }

// Upper bounds of buckets, in nanoseconds. What is above them all has a bucket of its own.
constexpr std::array<std::int64_t, 24> kDurations{
    100,         250,         500,         1'000,         2'500,         5'000,
    10'000,      25'000,      50'000,      100'000,       250'000,       500'000,
    1'000'000,   2'500'000,   5'000'000,   10'000'000,    25'000'000,    50'000'000,
    100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 2'500'000'000, 5'000'000'000};
constexpr std::array<std::int64_t, 8> kWaits{
    1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000, 10'000'000'000};

constexpr double seconds(std::uint64_t count) { return static_cast<double>(count) * 1e-9; }

template <std::size_t kBounds>
struct Buckets {
  std::array<Count, kBounds + 1> counts{};
  Count sum{};  // of nanoseconds

  void observe(nanoseconds time, const std::array<std::int64_t, kBounds>& bounds) {
    const auto at = std::ranges::lower_bound(bounds, time.count()) - bounds.begin();
    add(counts[static_cast<std::size_t>(at)]);
    add(sum, static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)));
  }
};

constexpr std::size_t kKinds = static_cast<std::size_t>(Error::Kind::internal) + 1;
constexpr std::size_t at(Error::Kind kind) { return static_cast<std::size_t>(kind); }
using ByKind = std::array<Count, kKinds>;

// What calls of one function add to. Threads share one of several, so that they do not fight over
// cache lines.
struct alignas(64) CallCounts {
  Count answered{};
  Count refused{};
  ByKind failed{};
  Count fuel{};
  Buckets<kDurations.size()> durations{};
  Buckets<kWaits.size()> waits{};
};

// And what takes of one plugin do.
struct alignas(64) TakeCounts {
  Count taken{};
  ByKind refused{};
  Buckets<kWaits.size()> durations{};
};

// Threads are counted as they come.
std::uint32_t thread_number() {
  static std::atomic<std::uint32_t> next{0};
  thread_local const std::uint32_t number = next.fetch_add(1, kRelaxed);
  return number;
}

template <class Counts>
struct Shared {
  std::array<Counts, 8> shares{};
  Counts& mine() { return shares[thread_number() % shares.size()]; }
};
using FunctionCounts = Shared<CallCounts>;

using FunctionName = std::pair<std::string, std::string>;  // interface, name

struct PluginCounts {
  std::map<FunctionName, std::unique_ptr<FunctionCounts>> functions{};

  Shared<TakeCounts> takes{};
  Count memory{};  // of the instance that served the last call
  Count made{};
  Count making{};  // nanoseconds
  ByKind not_made{};
  std::array<Count, 5> ended{};  // by InstanceReport::Event
  Count compiled{};
  Count cached{};
  ByKind not_loaded{};
  Count loading{};  // nanoseconds
  Count opened{};
  std::atomic<BreakerReport::State> breaker{BreakerReport::State::closed};
};

// The context of a plugin: its counts, and those of its functions by number.
struct Context {
  PluginCounts* plugin;
  std::vector<FunctionCounts*> functions;
};
const Context* context_of(const ObservedPlugin& plugin) {
  return static_cast<const Context*>(plugin.context);
}

// ---- What is scraped ----

using Labels = std::vector<ClientMetric::Label>;

MetricFamily family(std::string name, std::string help, MetricType type) {
  return {.name = std::move(name), .help = std::move(help), .type = type, .metric = {}};
}

void put(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  if (family.type == MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}
void put(MetricFamily& family, Labels labels, std::uint64_t value) {
  put(family, std::move(labels), static_cast<double>(value));
}

Labels with(Labels labels, std::string_view name, std::string_view value) {
  labels.push_back({.name = std::string(name), .value = std::string(value)});
  return labels;
}

template <std::size_t kBounds, class Counts>
void put(MetricFamily& family, Labels labels, const std::array<std::int64_t, kBounds>& bounds,
         const Shared<Counts>& counted, Buckets<kBounds> Counts::* buckets) {
  ClientMetric metric;
  metric.label = std::move(labels);
  std::array<std::uint64_t, kBounds + 1> counts{};
  std::uint64_t sum = 0;
  for (const Counts& share : counted.shares) {
    const Buckets<kBounds>& some = share.*buckets;
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += of(some.counts[i]);
    sum += of(some.sum);
  }
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kBounds; ++i) {
    total += counts[i];
    // Divided, so that the bound is written as it is read: 0.0001, not 0.00010000000000000002.
    metric.histogram.bucket.push_back(
        {.cumulative_count = total, .upper_bound = static_cast<double>(bounds[i]) / 1e9});
  }
  metric.histogram.sample_count = total + counts[kBounds];
  metric.histogram.sample_sum = seconds(sum);
  family.metric.push_back(std::move(metric));
}

// Those that happened, so that there are few.
void put_kinds(MetricFamily& family, const Labels& labels, std::string_view name,
               std::span<const std::uint64_t> kinds) {
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (kinds[i] > 0)
      put(family, with(labels, name, to_string(static_cast<Error::Kind>(i))), kinds[i]);
}
std::array<std::uint64_t, kKinds> now(const ByKind& kinds) {
  std::array<std::uint64_t, kKinds> out{};
  std::ranges::transform(kinds, out.begin(), of);
  return out;
}

class CallFamilies {
 public:
  void add(const std::string& plugin, const FunctionName& name, const FunctionCounts& function) {
    const Labels labels{{.name = "plugin", .value = plugin},
                        {.name = "interface", .value = name.first},
                        {.name = "function", .value = name.second}};
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;
    std::uint64_t fuel = 0;
    std::array<std::uint64_t, kKinds> failed{};
    for (const CallCounts& share : function.shares) {
      answered += of(share.answered);
      refused += of(share.refused);
      fuel += of(share.fuel);
      for (std::size_t i = 0; i < kKinds; ++i) failed[i] += of(share.failed[i]);
    }
    put(calls_, with(labels, "result", "answered"), answered);
    if (refused > 0) put(calls_, with(labels, "result", "refused"), refused);
    put_kinds(calls_, labels, "result", failed);
    put(durations_, labels, kDurations, function, &CallCounts::durations);
    put(waits_, labels, kWaits, function, &CallCounts::waits);
    if (fuel > 0) put(fuel_, labels, fuel);
  }

  void move_to(std::vector<MetricFamily>& out) {
    for (MetricFamily* one : {&calls_, &durations_, &waits_, &fuel_})
      out.push_back(std::move(*one));
  }

 private:
  MetricFamily calls_ =
      family("mortise_calls_total", "Calls, by how they ended", MetricType::Counter);
  MetricFamily durations_ =
      family("mortise_call_seconds", "From asking to the answer", MetricType::Histogram);
  MetricFamily waits_ = family("mortise_call_queue_seconds", "From asking to the plugin's own code",
                               MetricType::Histogram);
  MetricFamily fuel_ =
      family("mortise_call_fuel_total", "Fuel that calls have used", MetricType::Counter);
};

class TakeFamilies {
 public:
  void add(const std::string& plugin, const Shared<TakeCounts>& takes) {
    const Labels labels{{.name = "plugin", .value = plugin}};
    std::uint64_t taken = 0;
    std::array<std::uint64_t, kKinds> refused{};
    for (const TakeCounts& share : takes.shares) {
      taken += of(share.taken);
      for (std::size_t i = 0; i < kKinds; ++i) refused[i] += of(share.refused[i]);
    }
    // Most plugins are called without a lease, and have none of this.
    if (std::accumulate(refused.begin(), refused.end(), taken) == 0) return;
    put(takes_, with(labels, "result", "taken"), taken);
    put_kinds(takes_, labels, "result", refused);
    put(durations_, labels, kWaits, takes, &TakeCounts::durations);
  }

  void move_to(std::vector<MetricFamily>& out) {
    for (MetricFamily* one : {&takes_, &durations_}) out.push_back(std::move(*one));
  }

 private:
  MetricFamily takes_ = family(
      "mortise_takes_total", "Leases that were asked for, by what came of it", MetricType::Counter);
  MetricFamily durations_ =
      family("mortise_take_seconds", "From asking for a lease to having it, or being refused",
             MetricType::Histogram);
};

class PluginFamilies {
 public:
  void add(const std::string& name, const PluginCounts& plugin) {
    const Labels labels{{.name = "plugin", .value = name}};
    std::uint64_t ended = 0;
    using Event = InstanceReport::Event;
    for (const Event event : {Event::faulted, Event::retired, Event::released}) {
      const std::uint64_t count = of(plugin.ended[static_cast<std::size_t>(event)]);
      ended += count;
      put(ended_, with(labels, "why", to_string(event)), count);
    }
    // Who ends one has told of making it before; who looks here may see the end alone.
    const std::uint64_t made = of(plugin.made);
    put(instances_, labels, made - std::min(made, ended));
    put(made_, labels, made);
    put_kinds(not_made_, labels, "kind", now(plugin.not_made));
    put(making_, labels, seconds(of(plugin.making)));
    put(memory_, labels, of(plugin.memory));
    put(loads_, with(labels, "result", "compiled"), of(plugin.compiled));
    put(loads_, with(labels, "result", "cached"), of(plugin.cached));
    put_kinds(loads_, labels, "result", now(plugin.not_loaded));
    put(loading_, labels, seconds(of(plugin.loading)));
    put(opened_, labels, of(plugin.opened));
    put(open_, labels,
        std::uint64_t{plugin.breaker.load(kRelaxed) != BreakerReport::State::closed});
  }

  void move_to(std::vector<MetricFamily>& out) {
    for (MetricFamily* one : {&instances_, &made_, &not_made_, &ended_, &making_, &memory_, &loads_,
                              &loading_, &opened_, &open_})
      out.push_back(std::move(*one));
  }

 private:
  MetricFamily instances_ =
      family("mortise_instances", "Instances that there are", MetricType::Gauge);
  MetricFamily made_ =
      family("mortise_instances_made_total", "Instances that were made", MetricType::Counter);
  MetricFamily not_made_ =
      family("mortise_instances_not_made_total",
             "Instances that could not be made, by the kind of error", MetricType::Counter);
  MetricFamily ended_ = family("mortise_instances_ended_total",
                               "Instances that have ended, and why", MetricType::Counter);
  MetricFamily making_ = family("mortise_instance_making_seconds_total",
                                "Time spent on making instances", MetricType::Counter);
  MetricFamily memory_ =
      family("mortise_instance_memory_bytes", "Memory of the instance that served the last call",
             MetricType::Gauge);
  MetricFamily loads_ =
      family("mortise_loads_total", "Loads of the plugin, by how they ended", MetricType::Counter);
  MetricFamily loading_ =
      family("mortise_loading_seconds_total", "Time spent on loading", MetricType::Counter);
  MetricFamily opened_ =
      family("mortise_breaker_opened_total", "How often the plugin was put into quarantine",
             MetricType::Counter);
  MetricFamily open_ = family("mortise_breaker_open", "1: it is in quarantine", MetricType::Gauge);
};

class PoolFamilies {
 public:
  void add(const std::string& name, const PoolState& pool) {
    const Labels labels{{.name = "pool", .value = name}};
    put(instances_, with(labels, "state", "idle"), std::uint64_t{pool.idle});
    put(instances_, with(labels, "state", "busy"), std::uint64_t{pool.busy});
    put(waiting_, labels, std::uint64_t{pool.waiting});
    put(waited_, labels, pool.waited);
    put(refused_, with(labels, "kind", "overloaded"), pool.refused);
    put(refused_, with(labels, "kind", "quarantined"), pool.quarantined);
  }

  void move_to(std::vector<MetricFamily>& out) {
    for (MetricFamily* one : {&instances_, &waiting_, &waited_, &refused_})
      out.push_back(std::move(*one));
  }

 private:
  MetricFamily instances_ =
      family("mortise_pool_instances", "Instances of the pool, by state", MetricType::Gauge);
  MetricFamily waiting_ =
      family("mortise_pool_waiting", "Callers that wait for an instance", MetricType::Gauge);
  MetricFamily waited_ =
      family("mortise_pool_waited_total", "Callers that had to wait", MetricType::Counter);
  MetricFamily refused_ = family("mortise_pool_refused_total",
                                 "Callers that got no instance, and why", MetricType::Counter);
};

class CacheFamilies {
 public:
  void add(const std::string& name, const CacheState& cache) {
    const Labels labels{{.name = "cache", .value = name}};
    put(asked_, with(labels, "result", "hit"), cache.hits);
    // Who rejects has counted a miss before; who looks here may see the rejection alone.
    put(asked_, with(labels, "result", "miss"),
        cache.misses - std::min(cache.misses, cache.rejected));
    put(asked_, with(labels, "result", "rejected"), cache.rejected);
    put(stored_, with(labels, "result", "stored"), cache.stored);
    put(stored_, with(labels, "result", "unstored"), cache.unstored);
    put(evicted_, labels, cache.evicted);
  }

  void move_to(std::vector<MetricFamily>& out) {
    for (MetricFamily* one : {&asked_, &stored_, &evicted_}) out.push_back(std::move(*one));
  }

 private:
  MetricFamily asked_ =
      family("mortise_cache_requests_total", "Loads that looked into the cache, by what was there",
             MetricType::Counter);
  MetricFamily stored_ = family("mortise_cache_stores_total",
                                "What was to be kept, by whether it was", MetricType::Counter);
  MetricFamily evicted_ = family("mortise_cache_evicted_total",
                                 "What had to go for what was stored", MetricType::Counter);
};

}  // namespace

// ---- The observer ----------------------------------------------------------------------------

constexpr const char* kOther = "other";

struct PrometheusObserver::State {
  PrometheusOptions options;
  // Of the maps, not of the counts.
  mutable std::mutex mutex{};
  std::map<std::string, PluginCounts, std::less<>> plugins{};  // which stay where they are
  std::map<std::string, std::function<PoolState()>, std::less<>> pools{};
  std::map<std::string, CodeCache, std::less<>> caches{};
  std::uint32_t functions = 0;
  std::uint32_t foreign = 0;

  // With the lock:
  PluginCounts& plugin(std::string_view name) {
    auto found = plugins.find(name);
    if (found == plugins.end()) {
      std::string key(plugins.size() < options.plugins ? name : kOther);
      found = plugins.try_emplace(std::move(key)).first;
    }
    return found->second;
  }

  FunctionCounts& function(PluginCounts& plugin, const ObservedFunction& function,
                           bool is_foreign) {
    FunctionName name(function.interface, function.name);
    if (const auto found = plugin.functions.find(name); found != plugin.functions.end())
      return *found->second;
    const bool fits =
        functions < options.functions && (!is_foreign || foreign < options.foreign_functions);
    if (fits) {
      ++functions;
      foreign += is_foreign ? 1 : 0;
    } else {
      name = {"", kOther};
    }
    auto& counts = plugin.functions[std::move(name)];
    if (!counts) counts = std::make_unique<FunctionCounts>();
    return *counts;
  }
};

PrometheusObserver::PrometheusObserver(const PrometheusOptions& options)
    : state_(std::make_unique<State>(options)) {}
PrometheusObserver::~PrometheusObserver() = default;

void PrometheusObserver::add_pool_state(std::string_view name, std::function<PoolState()> state) {
  const std::scoped_lock lock(state_->mutex);
  state_->pools[std::string(name)].swap(state);
}

void PrometheusObserver::remove_pool(std::string_view name) {
  std::function<PoolState()> removed;  // goes after the lock: a pool may end with it
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->pools.find(name);
  if (found == state_->pools.end()) return;
  removed.swap(found->second);
  state_->pools.erase(found);
}

void PrometheusObserver::add_cache(std::string_view name, const CodeCache& cache) {
  const std::scoped_lock lock(state_->mutex);
  state_->caches.insert_or_assign(std::string(name), cache);
}

std::string PrometheusObserver::text() const {
  std::ostringstream out;
  ::prometheus::TextSerializer().Serialize(out, Collect());
  return std::move(out).str();
}

std::vector<MetricFamily> PrometheusObserver::Collect() const {
  CallFamilies calls;
  TakeFamilies takes;
  PluginFamilies plugins;
  PoolFamilies pools;
  CacheFamilies caches;
  {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& [name, plugin] : state_->plugins) {
      plugins.add(name, plugin);
      takes.add(name, plugin.takes);
      for (const auto& [function, counts] : plugin.functions) calls.add(name, function, *counts);
    }
    for (const auto& [name, state] : state_->pools) pools.add(name, state());
    for (const auto& [name, cache] : state_->caches) caches.add(name, cache.state());
  }
  std::vector<MetricFamily> out;
  calls.move_to(out);
  takes.move_to(out);
  plugins.move_to(out);
  pools.move_to(out);
  caches.move_to(out);
  // One without metrics would be a name without a value.
  std::erase_if(out, [](const MetricFamily& one) { return one.metric.empty(); });
  return out;
}

std::shared_ptr<void> PrometheusObserver::loaded(const LoadReport& load) noexcept {
  try {
    const std::scoped_lock lock(state_->mutex);
    PluginCounts& plugin = state_->plugin(load.plugin.name);
    add(plugin.loading, static_cast<std::uint64_t>(load.duration.count()));
    if (load.error != nullptr) {
      add(plugin.not_loaded[at(load.error->kind())]);
      return nullptr;
    }
    add(load.from_cache ? plugin.cached : plugin.compiled);
    auto context = std::make_shared<Context>(Context{.plugin = &plugin, .functions = {}});
    for (const ObservedFunction& function : load.plugin.functions)
      context->functions.push_back(
          &state_->function(plugin, function, load.plugin.names_are_foreign));
    return context;
  } catch (...) {
    return nullptr;  // there is no memory: the plugin goes on, and is not counted
  }
}

void PrometheusObserver::called(const CallReport& call) noexcept {
  const Context* context = context_of(call.plugin);
  if (context == nullptr) return;
  CallCounts& counts = context->functions[call.function.number]->mine();
  if (call.error != nullptr)
    add(counts.failed[at(call.error->kind())]);
  else
    add(call.refused ? counts.refused : counts.answered);
  counts.durations.observe(call.duration, kDurations);
  counts.waits.observe(call.queued, kWaits);
  if (call.fuel.units > 0) add(counts.fuel, call.fuel.units);
  // A line that all threads read and few write: memory hardly ever changes.
  if (call.memory.count > 0 && of(context->plugin->memory) != call.memory.count)
    context->plugin->memory.store(call.memory.count, kRelaxed);
}

void PrometheusObserver::taken(const TakeReport& take) noexcept {
  const Context* context = context_of(take.plugin);
  if (context == nullptr) return;
  TakeCounts& counts = context->plugin->takes.mine();
  add(take.error == nullptr ? counts.taken : counts.refused[at(take.error->kind())]);
  counts.durations.observe(take.duration, kWaits);
}

void PrometheusObserver::instance(const InstanceReport& report) noexcept {
  const Context* context = context_of(report.plugin);
  if (context == nullptr) return;
  PluginCounts& plugin = *context->plugin;
  add(plugin.making, static_cast<std::uint64_t>(report.duration.count()));
  switch (report.event) {
    case InstanceReport::Event::made: return add(plugin.made);
    case InstanceReport::Event::not_made: return add(plugin.not_made[at(report.error->kind())]);
    case InstanceReport::Event::faulted:
    case InstanceReport::Event::retired:
    case InstanceReport::Event::released:
      return add(plugin.ended[static_cast<std::size_t>(report.event)]);
  }
}

void PrometheusObserver::breaker(const BreakerReport& report) noexcept {
  const Context* context = context_of(report.plugin);
  if (context == nullptr) return;
  if (report.state == BreakerReport::State::open) add(context->plugin->opened);
  context->plugin->breaker.store(report.state, kRelaxed);
}

}  // namespace mortise
