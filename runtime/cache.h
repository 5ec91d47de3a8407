// Native code of plugins that were compiled before, on disk: for all processes of one user.
//
//   auto cache = mortise::CodeCache::open();
//   if (!cache) return log(cache.error().to_string());
//   const mortise::Engine engine({.cache = *cache});      // loads look there first
//
// Whatever happens to the files, a load is as good as without them: one that is damaged, cut short,
// of another version, or not this user's, counts as not there, and goes. A full disk means that
// nothing is kept. What is loaded was read once, and proved to be what this user's own Mortise
// wrote: nothing is looked at again after that.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>

namespace mortise {

namespace detail {
class CacheCore;
class EngineCore;
}  // namespace detail

struct CacheOptions {
  // Made where it is not there yet. Empty: $XDG_CACHE_HOME/mortise, else ~/.cache/mortise.
  std::string folder{};
  // What all files together may have; there are at most 10 000. What was used the longest ago goes
  // first.
  Bytes max = GiB(1);
};

// What became of the loads, and of compile_ahead, that asked this cache, since it was opened. Each
// number is exact.
struct CacheState {
  std::uint64_t hits = 0;      // those that found it: kept, or just made by another thread
  std::uint64_t misses = 0;    // those that compiled
  std::uint64_t rejected = 0;  // of them: there was a file, and it was no good
  std::uint64_t stored = 0;
  std::uint64_t unstored = 0;  // what should have been: the disk is full, or it is too large
  std::uint64_t evicted = 0;   // for what was stored

  friend bool operator==(const CacheState&, const CacheState&) = default;
};

struct CacheEntry {
  std::string plugin;  // what messages called it when it was compiled; empty: it is no good
  std::string key;     // of 64 characters, and the name of its file
  Bytes size;
  std::chrono::system_clock::time_point used;  // to the minute
};

// What clear and verify found.
struct CacheTotal {
  std::uint64_t entries = 0;  // that are good, or were removed by clear
  Bytes size{};
  std::uint64_t removed = 0;    // by verify: they were no good
  std::uint64_t leftovers = 0;  // what processes left that ended while they wrote; removed
};

// Copies are the same cache. All methods may run on any number of threads, and in any number of
// processes, at once.
class CodeCache {
 public:
  // Errors: io, where there is no such folder and it cannot be made; denied, where others could
  // write to it.
  [[nodiscard]] static Result<CodeCache> open(const CacheOptions& options = {});

  [[nodiscard]] const std::string& folder() const;
  [[nodiscard]] CacheState state() const;

  // All that is kept, what was used last first. Errors: io.
  [[nodiscard]] Result<std::vector<CacheEntry>> entries() const;
  // Removes all that is kept. Plugins that are loaded stay. Errors: io.
  [[nodiscard]] Result<CacheTotal> clear() const;
  // Reads all that is kept, and removes what is no good. Errors: io, also where one cannot be read
  // just now, which says nothing of it.
  [[nodiscard]] Result<CacheTotal> verify() const;

 private:
  friend class detail::EngineCore;
  explicit CodeCache(std::shared_ptr<detail::CacheCore> core) : core_(std::move(core)) {}

  std::shared_ptr<detail::CacheCore> core_;
};

}  // namespace mortise
