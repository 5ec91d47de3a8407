// CodeCache, behind its handle: the folder, who compiles what just now, and the counters.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include <mortise/runtime/cache.h>
#include <mortise/runtime/detail/cache_entry.h>
#include <mortise/runtime/detail/cache_folder.h>

namespace mortise::detail {

struct Compiled;

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
  // Whether it is stored.
  bool keep(const CacheKey&, const EntryParts&);

 private:
  // What one thread compiles, and others wait for.
  struct Work {
    bool done = false;
    std::shared_ptr<const Compiled> handed{};
  };

 public:
  // One thread at a time compiles for a key. Others wait until it is done, and look again, for what
  // it kept or handed on; where that is nothing, they ask for the next turn.
  class Turn {
   public:
    Turn(CacheCore&, const CacheKey&, std::chrono::steady_clock::time_point until, std::stop_token);
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn();

    // This thread's, until it ends. Otherwise another had it and is done, or the wait was too long.
    [[nodiscard]] bool mine() const { return mine_; }
    // Gives those who wait what could not be kept for them.
    void hand_on(std::shared_ptr<const Compiled> made);
    // What this thread was given so, if it was.
    [[nodiscard]] std::shared_ptr<const Compiled> handed() const;

   private:
    CacheCore& cache_;
    CacheKey key_;
    std::shared_ptr<Work> work_;
    bool mine_ = false;
  };

 private:
  CacheFolder folder_;
  std::uint64_t most_;

  std::mutex mutex_;
  std::condition_variable_any done_;
  std::map<CacheKey, std::shared_ptr<Work>> compiling_;

  std::atomic<std::uint64_t> hits_{0};
  std::atomic<std::uint64_t> misses_{0};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> stored_{0};
  std::atomic<std::uint64_t> unstored_{0};
  std::atomic<std::uint64_t> evicted_{0};
};

}  // namespace mortise::detail
