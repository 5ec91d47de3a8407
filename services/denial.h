// What services refuse to plugins, for those who keep an eye on that.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace mortise::services {

// Something that a plugin wanted and its grant does not allow, or allows no more of. The plugin got
// the contract's own error. The text is safe to print.
struct Denial {
  std::string_view plugin;   // as the service was told to call it
  std::string_view service;  // "keyvalue"
  std::string_view what;     // "to write to the bucket `prices`, which is read-only"
};

// Called on the thread that calls the plugin, in the middle of that call, several at once where
// several do. Must not throw. What it says is good until it returns.
using OnDenied = std::function<void(const Denial&)>;

// Counts them, and tells. Safe on any number of threads.
class Denials {
 public:
  Denials(std::string_view service, OnDenied tell) : service_(service), tell_(std::move(tell)) {}

  void report(std::string_view plugin, std::string_view what) {
    count_.fetch_add(1, std::memory_order_relaxed);
    if (tell_) tell_({.plugin = plugin, .service = service_, .what = what});
  }
  [[nodiscard]] std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::string_view service_;
  OnDenied tell_;
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace mortise::services
