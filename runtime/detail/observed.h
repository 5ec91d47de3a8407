// A plugin that is watched: its observer, and the names that reports have.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/pool_handle.h>
#include <mortise/runtime/observer.h>

namespace mortise::detail {

// Immutable once the plugin is loaded, but for what the observer does with its context.
class Observed {
 public:
  using Clock = std::chrono::steady_clock;

  // Null where there is no observer. `foreign`: the world was learnt from the plugin.
  static std::unique_ptr<Observed> make(std::shared_ptr<Observer>, std::string_view plugin,
                                        const WorldInfo&, bool foreign);

  [[nodiscard]] Observer& observer() const { return *observer_; }
  [[nodiscard]] const ObservedPlugin& plugin() const { return plugin_; }
  [[nodiscard]] const ObservedFunction& function(std::uint32_t number) const {
    return functions_[number];
  }

  // A call that never reached an instance, begun at `asked`. It is all that is reported of it.
  void refused(std::uint32_t number, const Error&, Clock::time_point asked,
               const TraceContext*) const;
  // A lease that was asked for at `asked`. Null: it was given.
  void taken(const Error*, Clock::time_point asked, const TraceContext*) const;

  bool from_cache = false;  // set by whoever loads it
  void loaded(std::chrono::nanoseconds duration);

 private:
  Observed(std::shared_ptr<Observer> observer, std::string_view name)
      : observer_(std::move(observer)), name_(name) {}

  std::shared_ptr<Observer> observer_;
  std::string name_;
  std::vector<ObservedFunction> functions_{};
  ObservedPlugin plugin_{};
  std::shared_ptr<void> context_{};
};

// What take_async is to answer, when the observer of the plugin, if there is one, has been told.
std::move_only_function<void(Result<Held>)> told_first(
    const PluginHandle&, const CallOptions&, std::move_only_function<void(Result<Held>)> done);

// An Error as an observer sees it, of a body that stays the caller's. Null: there is none.
class ShownError {
 public:
  explicit ShownError(ErrorBody* body)
      : body_(body), error_(ErrorBody::seal(std::unique_ptr<ErrorBody>(body))) {}
  // The caller's again.
  ~ShownError() { (void)ErrorBody::open(std::move(error_)).release(); }  // NOLINT
  ShownError(const ShownError&) = delete;
  ShownError& operator=(const ShownError&) = delete;

  [[nodiscard]] const Error* get() const { return body_ == nullptr ? nullptr : &error_; }

 private:
  ErrorBody* body_;
  Error error_;
};

}  // namespace mortise::detail
