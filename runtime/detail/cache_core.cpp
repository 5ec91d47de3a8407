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
  const Found found = folder_.read(key, entry);
  bad = bad || found == Found::bad;
  if (found != Found::good) return std::nullopt;
  return entry;
}

void CacheCore::missed(bool bad) {
  misses_.fetch_add(1, kCount);
  if (bad) rejected_.fetch_add(1, kCount);
}

bool CacheCore::keep(const CacheKey& key, const EntryParts& parts) {
  const CacheFolder::Stored stored = folder_.write(key, parts, most_);
  (stored.done ? stored_ : unstored_).fetch_add(1, kCount);
  evicted_.fetch_add(stored.evicted, kCount);
  return stored.done;
}

CacheCore::Turn::Turn(CacheCore& cache, const CacheKey& key,
                      std::chrono::steady_clock::time_point until, std::stop_token stop)
    : cache_(cache), key_(key) {
  std::unique_lock lock(cache_.mutex_);
  std::shared_ptr<Work>& work = cache_.compiling_[key_];
  mine_ = work == nullptr;
  if (mine_) work = std::make_shared<Work>();
  work_ = work;
  if (!mine_) cache_.done_.wait_until(lock, std::move(stop), until, [&] { return work_->done; });
}

void CacheCore::Turn::hand_on(std::shared_ptr<const Compiled> made) {
  const std::scoped_lock lock(cache_.mutex_);
  work_->handed = std::move(made);
}

std::shared_ptr<const Compiled> CacheCore::Turn::handed() const {
  const std::scoped_lock lock(cache_.mutex_);
  return work_->handed;
}

CacheCore::Turn::~Turn() {
  if (!mine_) return;
  {
    const std::scoped_lock lock(cache_.mutex_);
    work_->done = true;
    cache_.compiling_.erase(key_);
  }
  cache_.done_.notify_all();
}

}  // namespace mortise::detail
