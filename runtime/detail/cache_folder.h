// The folder of a code cache: what is in it, and who may have written it.
//
//   secret                32 random bytes, which seals are keyed with
//   lock                  held by whoever removes the oldest files to make room, and takes it
//   KEY                   an entry (cache_entry.h): complete from the moment that it has this name
//   KEY.PID.N.part        one that is being written, of its full size, locked by its writer
//
// Everything goes by a descriptor of the folder, which was looked at once: a path that leads
// elsewhere later changes nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <mortise/runtime/cache.h>
#include <mortise/runtime/detail/cache_entry.h>
#include <mortise/runtime/detail/cache_files.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

struct DeleteCode {
  void operator()(mortise_code_t* code) const { mortise_code_delete(code); }
};

// An entry that was read, and is what its writer sealed.
struct KeptEntry {
  EntryHead head{};
  std::unique_ptr<mortise_code_t, DeleteCode> code{};  // where it can run
  std::vector<std::uint8_t> rest{};                    // of the file, behind the code

  [[nodiscard]] EntryParts parts() const;
};

class CacheFolder {
 public:
  // Makes the folder, and its secret, where they are not there. Errors: io, denied.
  static Result<CacheFolder> open(const std::string& path);

  [[nodiscard]] const std::string& path() const { return path_; }

  // What is bad is removed.
  Found read(const CacheKey&, KeptEntry& out) const;
  // What `read` found good, and is no good for another reason.
  void remove(const CacheKey&) const;

  struct Stored {
    bool done = false;
    std::uint64_t evicted = 0;
  };
  // Makes room by what was used the longest ago, so that all is never more than `most`. Whatever
  // fails, nothing is stored.
  Stored write(const CacheKey&, const EntryParts&, std::uint64_t most) const;

  Result<std::vector<CacheEntry>> entries() const;
  Result<CacheTotal> clear() const;
  Result<CacheTotal> verify() const;

 private:
  CacheFolder(std::string path, File folder, const Digest& secret)
      : path_(std::move(path)), folder_(std::move(folder)), secret_(secret) {}

  std::string path_;
  File folder_;
  Digest secret_;
};

}  // namespace mortise::detail
