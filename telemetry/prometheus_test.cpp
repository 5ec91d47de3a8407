// What is scraped is what happened.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/dynamic.h>
#include <mortise/telemetry/prometheus.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;

constexpr ObservedFunction kRun{.interface = "acme:shop/cart", .name = "run", .number = 0};

// A plugin that is loaded in nothing but reports.
class Reports {
 public:
  explicit Reports(PrometheusObserver& observer, std::string_view name = "guest",
                   std::vector<ObservedFunction> functions = {kRun}, bool foreign = false)
      : observer_(observer), functions_(std::move(functions)) {
    plugin_ = {.name = name, .functions = functions_, .names_are_foreign = foreign};
    context_ = observer.loaded({.plugin = plugin_, .duration = 1ms});
    plugin_.context = context_.get();
  }

  void call(std::chrono::nanoseconds duration, std::chrono::nanoseconds queued = {},
            const Error* error = nullptr, bool refused = false, std::size_t number = 0) {
    observer_.called({.plugin = plugin_,
                      .function = functions_[number],
                      .error = error,
                      .refused = refused,
                      .duration = duration,
                      .queued = queued,
                      .fuel = Fuel{5},
                      .memory = KiB(64)});
  }
  void take(std::chrono::nanoseconds duration, const Error* error = nullptr) {
    observer_.taken({.plugin = plugin_, .error = error, .duration = duration});
  }
  void instance(InstanceReport::Event event, const Error* error = nullptr) {
    observer_.instance({.plugin = plugin_, .event = event, .error = error});
  }
  void breaker(BreakerReport::State state) {
    observer_.breaker({.plugin = plugin_, .state = state});
  }

 private:
  PrometheusObserver& observer_;
  std::vector<ObservedFunction> functions_;
  ObservedPlugin plugin_{};
  std::shared_ptr<void> context_{};
};

// The lines that begin so.
std::string lines(const PrometheusObserver& observer, std::string_view start) {
  std::string text = observer.text();
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.starts_with(start)) out.append(line).append("\n");
    at = end + 1;
  }
  return out;
}

TEST(Prometheus, CountsCallsByHowTheyEnded) {
  PrometheusObserver observer;
  Reports guest(observer);
  const Error trap(Error::Kind::guest_trap, "");
  guest.call(1us);
  guest.call(1us);
  guest.call(1us, {}, nullptr, true);
  guest.call(1us, {}, &trap);
  EXPECT_EQ(
      lines(observer, "mortise_calls_total"),
      R"(mortise_calls_total{plugin="guest",interface="acme:shop/cart",function="run",result="answered"} 2
mortise_calls_total{plugin="guest",interface="acme:shop/cart",function="run",result="refused"} 1
mortise_calls_total{plugin="guest",interface="acme:shop/cart",function="run",result="guest_trap"} 1
)");
  EXPECT_EQ(
      lines(observer, "mortise_call_fuel_total"),
      "mortise_call_fuel_total{plugin=\"guest\",interface=\"acme:shop/cart\",function=\"run\"} "
      "20\n");
}

TEST(Prometheus, PutsDurationsIntoBuckets) {
  PrometheusObserver observer;
  Reports guest(observer);
  for (const auto duration : {100ns, 101ns, 1'000'000ns, 9'000'000'000ns})
    guest.call(duration, duration / 100);
  const std::string head = R"({plugin="guest",interface="acme:shop/cart",function="run")";
  std::string expected;
  const auto bucket = [&](std::string_view bound, int count) {
    expected += concat("mortise_call_seconds_bucket", head, ",le=\"", bound, "\"} ", count, "\n");
  };
  expected += concat("mortise_call_seconds_count", head, "} 4\n");
  expected += concat("mortise_call_seconds_sum", head, "} 9.001000201\n");
  bucket("1e-07", 1);
  for (const std::string_view bound : {"2.5e-07", "5e-07", "1e-06", "2.5e-06", "5e-06", "1e-05",
                                       "2.5e-05", "5e-05", "0.0001", "0.00025", "0.0005"})
    bucket(bound, 2);
  for (const std::string_view bound :
       {"0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5"})
    bucket(bound, 3);
  bucket("+Inf", 4);
  EXPECT_EQ(lines(observer, "mortise_call_seconds"), expected);
  EXPECT_EQ(lines(observer, "mortise_call_queue_seconds_count"),
            concat("mortise_call_queue_seconds_count", head, "} 4\n"));
  EXPECT_EQ(lines(observer, concat("mortise_call_queue_seconds_bucket", head, ",le=\"1e-05\"")),
            concat("mortise_call_queue_seconds_bucket", head, ",le=\"1e-05\"} 3\n"));
}

TEST(Prometheus, CountsLeasesByWhatCameOfAskingForThem) {
  PrometheusObserver observer;
  Reports guest(observer);
  EXPECT_EQ(lines(observer, "mortise_take"), "");
  const Error busy(Error::Kind::overloaded, "");
  const Error cancelled(Error::Kind::cancelled, "");
  guest.take(500ns);
  guest.take(2ms);
  guest.take(50ms, &busy);
  guest.take(50ms, &cancelled);
  EXPECT_EQ(lines(observer, "mortise_take"),
            R"(mortise_takes_total{plugin="guest",result="taken"} 2
mortise_takes_total{plugin="guest",result="overloaded"} 1
mortise_takes_total{plugin="guest",result="cancelled"} 1
mortise_take_seconds_count{plugin="guest"} 4
mortise_take_seconds_sum{plugin="guest"} 0.1020005
mortise_take_seconds_bucket{plugin="guest",le="1e-06"} 1
mortise_take_seconds_bucket{plugin="guest",le="1e-05"} 1
mortise_take_seconds_bucket{plugin="guest",le="0.0001"} 1
mortise_take_seconds_bucket{plugin="guest",le="0.001"} 1
mortise_take_seconds_bucket{plugin="guest",le="0.01"} 2
mortise_take_seconds_bucket{plugin="guest",le="0.1"} 4
mortise_take_seconds_bucket{plugin="guest",le="1"} 4
mortise_take_seconds_bucket{plugin="guest",le="10"} 4
mortise_take_seconds_bucket{plugin="guest",le="+Inf"} 4
)");
}

TEST(Prometheus, CountsInstancesLoadsAndQuarantine) {
  PrometheusObserver observer;
  Reports guest(observer);
  using Event = InstanceReport::Event;
  for (int i = 0; i < 4; ++i) guest.instance(Event::made);
  guest.instance(Event::faulted);
  guest.instance(Event::retired);
  const Error limit(Error::Kind::limit_exceeded, "");
  guest.instance(Event::not_made, &limit);
  guest.breaker(BreakerReport::State::open);
  guest.call(1us);
  const Error denied(Error::Kind::denied, "");
  (void)observer.loaded({.plugin = {.name = "guest"}, .error = &denied, .duration = 1ms});
  (void)observer.loaded({.plugin = {.name = "guest"}, .duration = 1ms, .from_cache = true});
  EXPECT_EQ(lines(observer, "mortise_instance"),
            R"(mortise_instances{plugin="guest"} 2
mortise_instances_made_total{plugin="guest"} 4
mortise_instances_not_made_total{plugin="guest",kind="limit_exceeded"} 1
mortise_instances_ended_total{plugin="guest",why="faulted"} 1
mortise_instances_ended_total{plugin="guest",why="retired"} 1
mortise_instances_ended_total{plugin="guest",why="released"} 0
mortise_instance_making_seconds_total{plugin="guest"} 0
mortise_instance_memory_bytes{plugin="guest"} 65536
)");
  EXPECT_EQ(lines(observer, "mortise_load"),
            R"(mortise_loads_total{plugin="guest",result="compiled"} 1
mortise_loads_total{plugin="guest",result="cached"} 1
mortise_loads_total{plugin="guest",result="denied"} 1
mortise_loading_seconds_total{plugin="guest"} 0.003
)");
  EXPECT_EQ(lines(observer, "mortise_breaker"),
            R"(mortise_breaker_opened_total{plugin="guest"} 1
mortise_breaker_open{plugin="guest"} 1
)");
}

TEST(Prometheus, SaysWhatEachMetricIs) {
  PrometheusObserver observer;
  Reports guest(observer);
  EXPECT_EQ(lines(observer, "# HELP mortise_calls_total"),
            "# HELP mortise_calls_total Calls, by how they ended\n");
  EXPECT_EQ(lines(observer, "# TYPE mortise_call_seconds"),
            "# TYPE mortise_call_seconds histogram\n");
}

TEST(Prometheus, BoundsWhatStrangersName) {
  PrometheusObserver observer({.plugins = 2, .functions = 4, .foreign_functions = 1});
  const std::vector<ObservedFunction> functions{
      {.name = "a", .number = 0}, {.name = "b", .number = 1}, {.name = "c", .number = 2}};
  Reports foreign(observer, "foreign", functions, true);
  Reports own(observer, "own", functions);
  Reports third(observer, "third", functions);
  for (std::size_t i = 0; i < 3; ++i) {
    foreign.call(1us, {}, nullptr, false, i);
    own.call(1us, {}, nullptr, false, i);
    third.call(1us, {}, nullptr, false, i);
  }
  EXPECT_EQ(lines(observer, "mortise_calls_total"),
            R"(mortise_calls_total{plugin="foreign",interface="",function="a",result="answered"} 1
mortise_calls_total{plugin="foreign",interface="",function="other",result="answered"} 2
mortise_calls_total{plugin="other",interface="",function="other",result="answered"} 3
mortise_calls_total{plugin="own",interface="",function="a",result="answered"} 1
mortise_calls_total{plugin="own",interface="",function="b",result="answered"} 1
mortise_calls_total{plugin="own",interface="",function="c",result="answered"} 1
)");
}

TEST(Prometheus, EscapesNames) {
  PrometheusObserver observer;
  Reports guest(observer, "a\"b\\\n", {{.name = "run", .number = 0}});
  guest.call(1us);
  EXPECT_EQ(lines(observer, "mortise_instances{"),
            "mortise_instances{plugin=\"a\\\"b\\\\\\n\"} 0\n");
}

TEST(Prometheus, KeepsWhatItCountedOfAPluginThatIsLoadedAgain) {
  PrometheusObserver observer;
  for (int i = 0; i < 3; ++i) Reports(observer).call(1us);
  EXPECT_EQ(lines(observer, "mortise_calls_total"),
            "mortise_calls_total{plugin=\"guest\",interface=\"acme:shop/"
            "cart\",function=\"run\",result=\"answered\"} 3\n");
}

TEST(Prometheus, CountsPluginsAndPoolsFromAnyThread) {
  const auto observer = std::make_shared<PrometheusObserver>();
  using Run = Gives<std::uint32_t>;
  const auto plugin = load<Run>(
      component(R"((func (export "run") (result i32) (i32.const 7)))",
                R"((func (export "run") (result u32) (canon lift (core func $i "run"))))"),
      {.observer = observer});
  auto pool =
      good(Pool<World<Run>>::create(plugin, {.isolation = Isolation::reuse, .max = 2, .min = 2}));
  observer->add_pool("main", pool);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 500; ++i) {
          EXPECT_TRUE(pool.call({.deadline = 60'000ms}).run());
          if (i % 100 == 0) (void)observer->text();
        }
      });
  }
  const auto lease = good(pool.take());
  EXPECT_EQ(lines(*observer, "mortise_calls_total"),
            "mortise_calls_total{plugin=\"guest\",interface=\"\",function=\"run\",result="
            "\"answered\"} 2000\n");
  EXPECT_EQ(lines(*observer, "mortise_pool_instances"),
            R"(mortise_pool_instances{pool="main",state="idle"} 1
mortise_pool_instances{pool="main",state="busy"} 1
)");
  EXPECT_EQ(lines(*observer, "mortise_pool_waiting"), "mortise_pool_waiting{pool=\"main\"} 0\n");
  EXPECT_EQ(lines(*observer, "mortise_pool_refused"),
            R"(mortise_pool_refused_total{pool="main",kind="overloaded"} 0
mortise_pool_refused_total{pool="main",kind="quarantined"} 0
)");
  observer->remove_pool("main");
  EXPECT_EQ(lines(*observer, "mortise_pool"), "");
}

TEST(Prometheus, CountsWhatCachesDid) {
  const std::string folder = ::testing::TempDir() + "/prometheus-cache";
  std::filesystem::remove_all(folder);
  const CodeCache cache = good(CodeCache::open({.folder = folder}));
  PrometheusObserver observer;
  observer.add_cache("main", cache);
  const Engine engine({.cache = cache});
  const auto load = [&] {
    EXPECT_TRUE(DynamicPlugin::from_text(engine, "guest", "(component)", {}));
  };
  load();
  load();
  load();
  const auto entries = good(cache.entries());
  std::filesystem::resize_file(concat(folder, "/", entries.front().key), 10);
  load();
  EXPECT_EQ(lines(observer, "mortise_cache"),
            R"(mortise_cache_requests_total{cache="main",result="hit"} 2
mortise_cache_requests_total{cache="main",result="miss"} 1
mortise_cache_requests_total{cache="main",result="rejected"} 1
mortise_cache_stores_total{cache="main",result="stored"} 2
mortise_cache_stores_total{cache="main",result="unstored"} 0
mortise_cache_evicted_total{cache="main"} 0
)");
  // Nothing can be kept in it, and what is of that name is replaced.
  const CodeCache small = good(CodeCache::open({.folder = folder, .max = Bytes{1}}));
  observer.add_cache("main", small);
  EXPECT_TRUE(
      DynamicPlugin::from_text(Engine({.cache = small}), "guest", "(component (component))", {}));
  EXPECT_EQ(lines(observer, "mortise_cache_stores"),
            R"(mortise_cache_stores_total{cache="main",result="stored"} 0
mortise_cache_stores_total{cache="main",result="unstored"} 1
)");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace mortise::testing
