#include <mortise/runtime/detail/observed.h>

#include <utility>

namespace mortise::detail {

std::unique_ptr<Observed> Observed::make(std::shared_ptr<Observer> observer,
                                         std::string_view plugin, const WorldInfo& world,
                                         bool foreign) {
  if (!observer) return nullptr;
  std::unique_ptr<Observed> made(new Observed(std::move(observer), plugin));
  // In the order in which the engine numbers them.
  for (const InterfaceInfo& interface : world.exports)
    for (const FunctionInfo& function : interface.functions)
      made->functions_.push_back({.interface = interface.name,
                                  .name = function.name,
                                  .number = static_cast<std::uint32_t>(made->functions_.size())});
  made->plugin_ = {
      .name = made->name_, .functions = made->functions_, .names_are_foreign = foreign};
  return made;
}

void Observed::loaded(std::chrono::nanoseconds duration) {
  context_ = observer_->loaded({.plugin = plugin_, .duration = duration, .from_cache = from_cache});
  plugin_.context = context_.get();
}

void Observed::refused(std::uint32_t number, const Error& error, Clock::time_point asked,
                       const TraceContext* trace) const {
  const auto waited = Clock::now() - asked;
  observer_->called({.plugin = plugin_,
                     .function = functions_[number],
                     .error = &error,
                     .duration = waited,
                     .queued = waited,
                     .trace = trace});
}

void Observed::taken(const Error* error, Clock::time_point asked, const TraceContext* trace) const {
  observer_->taken(
      {.plugin = plugin_, .error = error, .duration = Clock::now() - asked, .trace = trace});
}

}  // namespace mortise::detail
