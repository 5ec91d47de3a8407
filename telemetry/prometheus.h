// Metrics of plugins for Prometheus, by prometheus-cpp. The target is mortise::prometheus.
//
//   auto metrics = std::make_shared<mortise::PrometheusObserver>();
//   auto plugin = mortise::Plugin<PluginWorld>::load(
//       engine, "processor.wasm", {}, {.observer = metrics});
//   metrics->add_pool("processor", *pool);        // what they count themselves, at each scrape
//   metrics->add_cache("main", *cache);
//   prometheus::Exposer exposer("127.0.0.1:9464");
//   exposer.RegisterCollectable(metrics);          // or: metrics->text()
//
// A call that is counted takes 110 ns longer, of an empty call's 177: two looks at the clock are 70
// of them, and six additions to memory that its thread shares with few others the rest. There is no
// lock in it.
//
// docs/guide/observing.md lists the metrics. Their labels are the plugin's name and those of the
// functions of its contract. A plugin past `plugins`, and a function past `functions`, are counted
// under "other": names that strangers chose fill no memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/runtime/cache.h>
#include <mortise/runtime/observer.h>
#include <mortise/runtime/pool.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

namespace mortise {

struct PrometheusOptions {
  std::uint32_t plugins = 200;            // by their names
  std::uint32_t functions = 2000;         // of all plugins together
  std::uint32_t foreign_functions = 200;  // of these, of plugins whose contracts strangers wrote
};

// Safe on any thread. What it has counted it keeps, whether the plugin is still there or not.
class PrometheusObserver final : public Observer, public ::prometheus::Collectable {
 public:
  explicit PrometheusObserver(const PrometheusOptions& options = {});
  ~PrometheusObserver() override;

  // From now on its state is part of each scrape, under this name; replaces one of that name. Keeps
  // the pool.
  template <class W>
  void add_pool(std::string_view name, const Pool<W>& pool) {
    add_pool_state(name, [pool] { return pool.state(); });
  }
  void remove_pool(std::string_view name);

  // The same of a cache of native code. Any number of engines may have it.
  void add_cache(std::string_view name, const CodeCache& cache);

  // The metrics now, as those who scrape want them.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::vector<::prometheus::MetricFamily> Collect() const override;

  std::shared_ptr<void> loaded(const LoadReport&) noexcept override;
  void called(const CallReport&) noexcept override;
  void taken(const TakeReport&) noexcept override;
  void instance(const InstanceReport&) noexcept override;
  void breaker(const BreakerReport&) noexcept override;

 private:
  void add_pool_state(std::string_view name, std::function<PoolState()> state);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mortise
