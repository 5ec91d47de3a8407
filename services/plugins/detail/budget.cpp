#include <mortise/services/plugins/detail/budget.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mortise::services::detail {

namespace {

using mortise_::plugins::runner::Share;
using std::chrono::milliseconds;

// Longer than any call that there is.
constexpr milliseconds kLong = std::chrono::years(1);
constexpr Fuel kMuch{INT64_MAX};

template <class T>
std::optional<T> least(std::optional<T> a, std::optional<T> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<milliseconds> time_of(const Share& share) {
  if (!share.time) return std::nullopt;
  return milliseconds(std::min(*share.time, static_cast<std::uint64_t>(kLong.count())));
}

std::optional<Fuel> fuel_of(const Share& share) {
  if (!share.fuel) return std::nullopt;
  return Fuel(*share.fuel);
}

}  // namespace

CallOptions bounds(const CallContext& call, const Share& share, const Limits& limits) {
  CallOptions out;
  // Code that nothing can stop cannot be given less; then the parent is such code itself.
  if (limits.deadline || limits.fuel) {
    out.deadline = least(least(time_of(share), call.time_left()), limits.deadline);
    out.stop = call.stop();
  }
  if (limits.fuel) out.fuel = least(least(fuel_of(share), call.fuel_left()), limits.fuel);
  return out;
}

Limits limits_of(const CallContext& call, Limits limits) {
  if (call.time_left() && !limits.deadline) limits.deadline = kLong;
  if (call.fuel_left() && !limits.fuel) limits.fuel = kMuch;
  return limits;
}

bool is_spent(const CallOptions& given) {
  return (given.deadline && given.deadline->count() <= 0) || (given.fuel && given.fuel->units == 0);
}

void pay(const CallContext& call, const CallOptions& given, std::optional<Fuel> used) {
  if (given.fuel) call.charge(used.value_or(*given.fuel));
}

}  // namespace mortise::services::detail
