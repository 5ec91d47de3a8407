// A code cache in a folder of a test's own, and small guests to keep in it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/mortise.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise {

inline void PrintTo(const CacheState& s, std::ostream* out) {
  *out << "hits " << s.hits << ", misses " << s.misses << ", rejected " << s.rejected << ", stored "
       << s.stored << ", unstored " << s.unstored << ", evicted " << s.evicted;
}

}  // namespace mortise

namespace mortise::testing {

namespace fs = std::filesystem;
using Answer = abi::Function<"run", std::uint32_t>;
using Guest = Plugin<World<Answer>>;

// A component that answers `n`.
inline std::string guest(int n) {
  return concat(R"((component
  (core module $m (func (export "run") (result i32) (i32.const )",
                n, R"()))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run")))))");
}

// Whether it answers as it should.
inline bool works(const Result<Guest>& plugin, int n) {
  if (!plugin) return false;
  auto instance = plugin->instantiate();
  if (!instance) return false;
  const auto answer = instance->call().run();
  return answer && *answer == static_cast<std::uint32_t>(n);
}

// A folder of a test's own, with a cache in it, which is another one each time that it is opened:
// as in another process.
class Cache : public ::testing::Test {
 protected:
  Cache() : root_((fs::temp_directory_path() / "mortise-cache-XXXXXX").string()) {
    if (::mkdtemp(root_.data()) == nullptr) std::abort();
  }
  ~Cache() override { fs::remove_all(root_); }

  [[nodiscard]] std::string folder() const { return root_ + "/cache"; }
  [[nodiscard]] CodeCache open(Bytes max = GiB(1)) const {
    return good(CodeCache::open({.folder = folder(), .max = max}));
  }

  static Result<Guest> load_in(const CodeCache& cache, int n, const PluginOptions& options = {}) {
    const Engine engine({.cache = cache});
    return Guest::from_text(engine, concat("guest", n), guest(n), {}, options);
  }
  // What a load of it adds to the counters of a cache that was just opened.
  [[nodiscard]] CacheState load(int n) const {
    const CodeCache cache = open();
    EXPECT_TRUE(works(load_in(cache, n), n));
    return cache.state();
  }

  // The one entry that there is.
  [[nodiscard]] std::string entry() const {
    const auto all = good(open().entries());
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? std::string() : concat(folder(), "/", all.front().key);
  }
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, std::string_view bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    out.close();
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& one : fs::directory_iterator(folder()))
      names.push_back(one.path().filename());
    std::ranges::sort(names);
    return names;
  }

  std::string root_;
};

inline constexpr CacheState kHit{.hits = 1};
inline constexpr CacheState kMiss{.misses = 1, .stored = 1};
inline constexpr CacheState kRejected{.misses = 1, .rejected = 1, .stored = 1};

}  // namespace mortise::testing
