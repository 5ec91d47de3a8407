#include <mortise/runtime/detail/breaker.h>

#include <algorithm>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise::detail {

namespace {

using std::chrono::milliseconds;

// Of a message of several lines, which may have any length, what says which fault it was.
constexpr std::size_t kShownOfFault = 300;

milliseconds::rep whole(std::chrono::steady_clock::duration time) {
  return std::chrono::ceil<milliseconds>(time).count();
}

}  // namespace

Result<Breaker::Pass> Breaker::admit_slowly() {
  const Clock::time_point time = now();
  Change trial{};
  {
    const std::scoped_lock lock(mutex_);
    if (is_closed()) return Pass::usual;
    // One that takes long, as a lease may, keeps others out for no longer than a failure would.
    const bool waits = trial_ && time - trial_began_ < back_off_;
    if (waits || time - opened_ < back_off_) return std::unexpected(quarantined(time));
    trial_ = true;
    trial_began_ = time;
    trial = change(BreakerReport::State::trial);
  }
  report(trial);
  return Pass::trial;
}

void Breaker::settle_slowly(Pass pass, Verdict verdict, std::string_view message) {
  const Clock::time_point time = now();
  std::optional<Change> change;
  {
    const std::scoped_lock lock(mutex_);
    if (verdict == Verdict::fault) remember(message);
    change = pass == Pass::trial ? settle_trial(time, verdict) : settle_usual(time, verdict);
  }
  if (change) report(*change);
}

void Breaker::remember(std::string_view fault) {
  ++fault_count_;
  last_fault_ = fault.substr(0, fault.find('\n'));
  if (last_fault_.size() > kShownOfFault) last_fault_ = escape(last_fault_, kShownOfFault);
}

std::optional<Breaker::Change> Breaker::settle_usual(Clock::time_point time, Verdict verdict) {
  // Where it is open, the call began before.
  if (!is_closed()) return std::nullopt;
  if (verdict == Verdict::good) {
    close();
    return std::nullopt;
  }
  faults_.push_back(time);
  if (options_.window)
    std::erase_if(faults_, [&](Clock::time_point at) { return time - at > *options_.window; });
  fault_count_ = static_cast<std::uint32_t>(faults_.size());
  alert_.store(Alert::faulty, std::memory_order_relaxed);
  if (faults_.size() < options_.faults) return std::nullopt;
  return open(time, options_.back_off);
}

Breaker::Change Breaker::settle_trial(Clock::time_point time, Verdict verdict) {
  trial_ = false;
  if (verdict == Verdict::fault) return open(time, std::min(2 * back_off_, options_.most_back_off));
  if (verdict == Verdict::good && ++trials_passed_ >= options_.trials) {
    close();
    return change(BreakerReport::State::closed);
  }
  // The back-off is over: the next caller tries.
  return change(BreakerReport::State::open);
}

void Breaker::close() {
  faults_.clear();
  fault_count_ = 0;
  alert_.store(Alert::quiet, std::memory_order_relaxed);
}

Breaker::Change Breaker::open(Clock::time_point time, milliseconds back_off) {
  opened_ = time;
  back_off_ = back_off;
  trials_passed_ = 0;
  faults_.clear();
  alert_.store(Alert::open, std::memory_order_relaxed);
  return change(BreakerReport::State::open);
}

Breaker::Change Breaker::change(BreakerReport::State state) const {
  return {.state = state, .faults = fault_count_, .back_off = back_off_, .last_fault = last_fault_};
}

void Breaker::report(const Change& change) const {
  if (observed_ == nullptr) return;
  observed_->observer().breaker({.plugin = observed_->plugin(),
                                 .state = change.state,
                                 .faults = change.faults,
                                 .back_off = change.back_off,
                                 .last_fault = change.last_fault});
}

Error Breaker::quarantined(Clock::time_point time) const {
  const auto left = opened_ + back_off_ - time;
  const std::string until = left > Clock::duration::zero()
                                ? concat("for ", whole(left), " ms more")
                                : std::string("until the call ends that tries it");
  return advised_error(
      Error::Kind::quarantined,
      concat(plugin_, ": it is in quarantine since ", whole(time - opened_), " ms, and ", until,
             ", after ", fault_count_, fault_count_ == 1 ? " fault" : " faults",
             "; the last one: ", last_fault_),
      " (PoolOptions::breaker)");
}

std::string_view wrong_with(const BreakerOptions& options) {
  if (options.faults == 0 || options.faults > 1000)
    return "BreakerOptions::faults must be from 1 to 1000";
  if (options.trials == 0) return "BreakerOptions::trials must be more than nothing";
  if (options.back_off.count() <= 0) return "BreakerOptions::back_off must be more than nothing";
  if (options.most_back_off < options.back_off)
    return "BreakerOptions::most_back_off must be no less than back_off";
  if (options.most_back_off > std::chrono::hours(24 * 365))
    return "BreakerOptions::most_back_off must be at most a year";
  if (options.window && options.window->count() <= 0)
    return "BreakerOptions::window must be more than nothing";
  return {};
}

}  // namespace mortise::detail
