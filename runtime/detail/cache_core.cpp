#include <mortise/runtime/detail/cache_core.h>

#include <utility>

namespace mortise::detail {

namespace {
constexpr std::memory_order kCount = std::memory_order_relaxed;
}

CacheState CacheCore::state() const {
  return {.hits = hits_.load(kCount),
          .misses = misses_.load(kCount),
          .rejected = rejected_.load(kCount),
          .stored = stored_.load(kCount),
          .unstored = unstored_.load(kCount),
          .evicted = evicted_.load(kCount)};
}

std::optional<KeptEntry> CacheCore::find(const CacheKey& key, bool& bad) const {
  KeptEntry entry;
  const CacheFolder::Found found = folder_.read(key, entry);
  bad = bad || found == CacheFolder::Found::bad;
  if (found != CacheFolder::Found::good) return std::nullopt;
  return entry;
}

void CacheCore::missed(bool bad) {
  misses_.fetch_add(1, kCount);
  if (bad) rejected_.fetch_add(1, kCount);
}

void CacheCore::keep(const CacheKey& key, const EntryParts& parts) {
  const CacheFolder::Stored stored = folder_.write(key, parts, most_);
  (stored.done ? stored_ : unstored_).fetch_add(1, kCount);
  evicted_.fetch_add(stored.evicted, kCount);
}

CacheCore::Turn::Turn(CacheCore& cache, const CacheKey& key,
                      std::chrono::steady_clock::time_point until, std::stop_token stop)
    : cache_(cache), key_(key) {
  std::unique_lock lock(cache_.mutex_);
  mine_ = cache_.compiling_.insert(key_).second;
  if (mine_) return;
  cache_.done_.wait_until(lock, std::move(stop), until,
                          [&] { return !cache_.compiling_.contains(key_); });
}

CacheCore::Turn::~Turn() {
  if (!mine_) return;
  {
    const std::scoped_lock lock(cache_.mutex_);
    cache_.compiling_.erase(key_);
  }
  cache_.done_.notify_all();
}

}  // namespace mortise::detail
