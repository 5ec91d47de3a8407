// The breaker of a pool: what BreakerOptions says, for any thread at once.
//
// `alert_` is all that a call looks at while things go well: it is quiet, and no lock is taken.
// Whoever changes it has the lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <mortise/runtime/breaker.h>
#include <mortise/runtime/detail/observed.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

class Breaker {
 public:
  // How a call goes through.
  enum class Pass : std::uint8_t { usual, trial };
  // What a call, or a lease, says about the plugin.
  enum class Verdict : std::uint8_t { good, fault, unclear };

  // `observed` may be null. Both outlive it.
  Breaker(const BreakerOptions& options, std::string_view plugin, const Observed* observed)
      : options_(options), plugin_(plugin), observed_(observed) {}

  // Each that is let through is settled once. Errors: quarantined.
  Result<Pass> admit() {
    if (is_closed()) [[likely]]
      return Pass::usual;
    return admit_slowly();
  }

  // `message` is that of a fault.
  void settle(Pass pass, Verdict verdict, std::string_view message = {}) {
    if (pass == Pass::usual && changes_nothing(verdict)) [[likely]]
      return;
    settle_slowly(pass, verdict, message);
  }

  // Whether calls go through as usual.
  [[nodiscard]] bool is_closed() const {
    return alert_.load(std::memory_order_relaxed) != Alert::open;
  }

  static Verdict verdict(Error::Kind kind) {
    const bool fault = kind == Error::Kind::guest_trap || kind == Error::Kind::limit_exceeded;
    return fault ? Verdict::fault : Verdict::unclear;
  }

 private:
  using Clock = std::chrono::steady_clock;
  // Closed without and with faults that count, and open, with a trial under way or without.
  enum class Alert : std::uint8_t { quiet, faulty, open };

  // What an observer is told of, once the lock is gone.
  struct Change {
    BreakerReport::State state;
    std::uint32_t faults;
    std::chrono::milliseconds back_off;
    std::string last_fault;
  };

  // A call that goes well ends a row of faults, and no other.
  [[nodiscard]] bool changes_nothing(Verdict verdict) const {
    if (verdict == Verdict::good)
      return alert_.load(std::memory_order_relaxed) != Alert::faulty || options_.window;
    return verdict == Verdict::unclear;
  }

  Result<Pass> admit_slowly();
  void settle_slowly(Pass, Verdict, std::string_view message);

  // With the lock:
  void remember(std::string_view fault);
  void close();
  std::optional<Change> settle_usual(Clock::time_point now, Verdict);
  Change settle_trial(Clock::time_point now, Verdict);
  Change open(Clock::time_point now, std::chrono::milliseconds back_off);
  [[nodiscard]] Change change(BreakerReport::State) const;
  [[nodiscard]] Error quarantined(Clock::time_point now) const;

  // Without:
  void report(const Change&) const;
  [[nodiscard]] Clock::time_point now() const {
    return options_.now ? options_.now() : Clock::now();
  }

  const BreakerOptions options_;
  const std::string_view plugin_;
  const Observed* const observed_;

  std::atomic<Alert> alert_{Alert::quiet};
  std::mutex mutex_;
  std::deque<Clock::time_point> faults_{};  // that count, the oldest first
  std::uint32_t fault_count_ = 0;           // since it was closed, trials that failed too
  std::string last_fault_{};
  Clock::time_point opened_{};
  std::chrono::milliseconds back_off_{};
  bool trial_ = false;  // one is under way
  Clock::time_point trial_began_{};
  std::uint32_t trials_passed_ = 0;
};

// Null: they make sense.
std::string_view wrong_with(const BreakerOptions&);

}  // namespace mortise::detail
