// CodeCache, behind its handle: the folder, who compiles what just now, and the counters.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>

#include <mortise/runtime/cache.h>
#include <mortise/runtime/detail/cache_entry.h>
#include <mortise/runtime/detail/cache_folder.h>

namespace mortise::detail {

class CacheCore {
 public:
  CacheCore(CacheFolder folder, Bytes most) : folder_(std::move(folder)), most_(most.count) {}

  [[nodiscard]] const CacheFolder& folder() const { return folder_; }
  [[nodiscard]] CacheState state() const;

  // What is kept under the key. What is no good goes: that is `bad` from then on.
  std::optional<KeptEntry> find(const CacheKey&, bool& bad) const;
  // It was found, and is no good.
  void remove(const CacheKey& key) const { folder_.remove(key); }

  void hit() { hits_.fetch_add(1, std::memory_order_relaxed); }
  void missed(bool bad);
  void keep(const CacheKey&, const EntryParts&);

  // One thread at a time compiles for a key; others wait for it, and look again.
  class Turn {
   public:
    Turn(CacheCore&, const CacheKey&, std::chrono::steady_clock::time_point until, std::stop_token);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

    // Another thread had it, and is done; or the time is up.
    [[nodiscard]] bool waited() const { return !mine_; }

   private:
    CacheCore& cache_;
    CacheKey key_;
    bool mine_ = false;
  };

 private:
  CacheFolder folder_;
  std::uint64_t most_;

  std::mutex mutex_;
  std::condition_variable_any done_;
  std::set<CacheKey> compiling_;

  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> unstored_{0};
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace mortise::detail
