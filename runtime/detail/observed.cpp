#include <mortise/runtime/detail/observed.h>

#include <optional>
#include <utility>

#include <mortise/runtime/detail/plugin_core.h>

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

std::move_only_function<void(Result<Held>)> told_first(
    const PluginHandle& plugin, const CallOptions& options,
    std::move_only_function<void(Result<Held>)> done) {
  if (plugin->observed() == nullptr) return done;
  std::optional<TraceContext> trace;
  if (options.trace != nullptr) trace = *options.trace;
  // A view of what need not be there any more.
  if (trace) trace->tracestate = {};
  return [plugin, asked = Observed::Clock::now(), trace,
          done = std::move(done)](Result<Held> held) mutable {
    plugin->observed()->taken(held ? nullptr : &held.error(), asked, trace ? &*trace : nullptr);
    done(std::move(held));
  };
}

}  // namespace mortise::detail
