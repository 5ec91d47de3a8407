#include <mortise/runtime/observer.h>

#include <cstddef>
#include <utility>

namespace mortise {

std::string_view to_string(InstanceReport::Event event) {
  switch (event) {
    case InstanceReport::Event::made: return "made";
    case InstanceReport::Event::not_made: return "not_made";
    case InstanceReport::Event::faulted: return "faulted";
    case InstanceReport::Event::retired: return "retired";
    case InstanceReport::Event::released: return "released";
  }
  return "unknown";
}

std::string_view to_string(BreakerReport::State state) {
  switch (state) {
    case BreakerReport::State::closed: return "closed";
    case BreakerReport::State::open: return "open";
    case BreakerReport::State::trial: return "trial";
  }
  return "unknown";
}

namespace {

// Each has the plugin with a context of its own.
class All final : public Observer {
 public:
  explicit All(std::vector<std::shared_ptr<Observer>> observers)
      : observers_(std::move(observers)) {}

  std::shared_ptr<void> loaded(const LoadReport& load) noexcept override {
    auto all = std::make_shared<Contexts>();
    all->plugins.assign(observers_.size(), load.plugin);
    for (std::size_t i = 0; i < observers_.size(); ++i) {
      all->contexts.push_back(observers_[i]->loaded({.plugin = all->plugins[i],
                                                     .error = load.error,
                                                     .duration = load.duration,
                                                     .from_cache = load.from_cache}));
      all->plugins[i].context = all->contexts.back().get();
    }
    return all;
  }

  void called(const CallReport& call) noexcept override {
    for (std::size_t i = 0; i < observers_.size(); ++i)
      observers_[i]->called({.plugin = plugin(call.plugin, i),
                             .function = call.function,
                             .error = call.error,
                             .refused = call.refused,
                             .duration = call.duration,
                             .queued = call.queued,
                             .fuel = call.fuel,
                             .memory = call.memory,
                             .trace = call.trace});
  }

  void taken(const TakeReport& take) noexcept override {
    for (std::size_t i = 0; i < observers_.size(); ++i)
      observers_[i]->taken({.plugin = plugin(take.plugin, i),
                            .error = take.error,
                            .duration = take.duration,
                            .trace = take.trace});
  }

  void instance(const InstanceReport& report) noexcept override {
    for (std::size_t i = 0; i < observers_.size(); ++i)
      observers_[i]->instance({.plugin = plugin(report.plugin, i),
                               .event = report.event,
                               .error = report.error,
                               .duration = report.duration,
                               .memory = report.memory});
  }

  void breaker(const BreakerReport& report) noexcept override {
    for (std::size_t i = 0; i < observers_.size(); ++i)
      observers_[i]->breaker({.plugin = plugin(report.plugin, i),
                              .state = report.state,
                              .faults = report.faults,
                              .back_off = report.back_off,
                              .last_fault = report.last_fault});
  }

 private:
  // The plugin as each of them sees it, and what they keep there.
  struct Contexts {
    std::vector<ObservedPlugin> plugins;
    std::vector<std::shared_ptr<void>> contexts;
  };
  static const ObservedPlugin& plugin(const ObservedPlugin& plugin, std::size_t i) {
    return static_cast<const Contexts*>(plugin.context)->plugins[i];
  }

  std::vector<std::shared_ptr<Observer>> observers_;
};

}  // namespace

std::shared_ptr<Observer> detail::observe_all(std::vector<std::shared_ptr<Observer>> all) {
  return std::make_shared<All>(std::move(all));
}

}  // namespace mortise
