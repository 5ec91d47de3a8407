#include <mortise/runtime/cache.h>

#include <cstdlib>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/cache_core.h>
#include <mortise/runtime/detail/error_body.h>

namespace mortise {

namespace {

// The folder of this user's. Empty: the environment names none.
std::string default_folder() {
  // Not from the environment of a set-uid program. The variables may be set to nothing, and
  // relative paths in the first are to be ignored (XDG Base Directory Specification).
  const char* cache = ::secure_getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return concat(cache, "/mortise");
  const char* home = ::secure_getenv("HOME");
  if (home != nullptr && *home == '/') return concat(home, "/.cache/mortise");
  return {};
}

}  // namespace

Result<CodeCache> CodeCache::open(const CacheOptions& options) {
  std::string path = options.folder.empty() ? default_folder() : options.folder;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path.empty())
    return std::unexpected(detail::advised_error(
        Error::Kind::io,
        "there is no folder for a code cache: neither XDG_CACHE_HOME nor HOME names one",
        " (CacheOptions::folder)"));
  Result<detail::CacheFolder> folder = detail::CacheFolder::open(path);
  if (!folder) return std::unexpected(std::move(folder).error());
  return CodeCache(std::make_shared<detail::CacheCore>(*std::move(folder), options.max));
}

const std::string& CodeCache::folder() const { return core_->folder().path(); }
CacheState CodeCache::state() const { return core_->state(); }
Result<std::vector<CacheEntry>> CodeCache::entries() const { return core_->folder().entries(); }
Result<CacheTotal> CodeCache::clear() const { return core_->folder().clear(); }
Result<CacheTotal> CodeCache::verify() const { return core_->folder().verify(); }

}  // namespace mortise
