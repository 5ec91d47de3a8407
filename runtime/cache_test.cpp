#include <mortise/runtime/cache.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include <mortise/mortise.h>
#include <mortise/runtime/detail/cache_folder.h>

#include "tests/caches.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;

// ---- What it is for ----------------------------------------------------------------------------

TEST_F(Cache, IsWhatAnObserverIsToldOf) {
  struct Seen : Observer {
    std::shared_ptr<void> loaded(const LoadReport& load) noexcept override {
      from_cache.push_back(load.from_cache);
      return nullptr;
    }
    std::vector<bool> from_cache;
  };
  const auto seen = std::make_shared<Seen>();
  const CodeCache cache = open();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(load_in(cache, 1, {.observer = seen}));
  EXPECT_EQ(seen->from_cache, (std::vector{false, true}));
}

TEST_F(Cache, GivesCodeThatRunsInThePoolsMemoryToo) {
  const CodeCache cache = open();
  const Engine engine({.cache = cache});
  for (int i = 0; i < 2; ++i) {
    const auto plugin = good(Guest::from_text(engine, "guest", guest(5), {}));
    auto pool =
        good(Pool<World<Answer>>::create(plugin, {.isolation = Isolation::fresh, .max = 1}));
    EXPECT_EQ(good(pool.call().run()), 5U);
  }
  EXPECT_EQ(cache.state().hits, 1U);
}

TEST_F(Cache, HasWhatWasCompiledBefore) {
  EXPECT_EQ(load(7), kMiss);
  EXPECT_EQ(load(7), kHit);
  EXPECT_EQ(load(8), kMiss);
}

TEST_F(Cache, KeepsTheContract) {
  (void)load(7);
  const CodeCache cache = open();
  const Engine engine({.cache = cache});
  using Other = abi::Function<"other", std::uint32_t>;
  const auto without =
      failure(Plugin<World<Other>>::from_text(testing::engine(), "it", guest(7), {}));
  EXPECT_EQ(failure(Plugin<World<Other>>::from_text(engine, "it", guest(7), {})), without);
  EXPECT_EQ(without.kind, Kind::contract_mismatch);
  EXPECT_EQ(cache.state(), kHit);
}

// Each of these would be other code, or would be refused.
TEST_F(Cache, TellsApartWhatCodeDependsOn) {
  (void)load(7);
  const auto other = [&](EngineOptions engine_options, const PluginOptions& options) {
    const CodeCache cache = open();
    engine_options.cache = cache;
    const Engine engine(engine_options);
    EXPECT_TRUE(works(Guest::from_text(engine, "guest", guest(7), {}, options), 7));
    return cache.state();
  };
  EXPECT_EQ(other({}, {.limits = {.deadline = std::nullopt}}), kMiss);
  EXPECT_EQ(other({}, {.limits = {.fuel = Fuel{1'000'000}}}), kMiss);
  EXPECT_EQ(other({}, {.compile = Compile::in_process}), kMiss);
  EXPECT_EQ(other({.stack = MiB(1)}, {}), kMiss);
  EXPECT_EQ(other({.experimental_types = true}, {}), kMiss);
  EXPECT_EQ(other({}, {}), kHit);
  EXPECT_EQ(other({}, {.limits = {.memory = MiB(1)}}), kHit);
}

TEST_F(Cache, IsNotAskedForWhatCannotBeAComponent) {
  const CodeCache cache = open();
  const Engine engine({.cache = cache});
  const std::array<std::uint8_t, 3> bytes{1, 2, 3};
  EXPECT_FALSE(Guest::from_bytes(engine, "it", bytes, {}));
  EXPECT_EQ(cache.state(), CacheState{});
}

TEST_F(Cache, IsNotAskedWhereALoadDoesNotWantIt) {
  (void)load(7);
  const CodeCache cache = open();
  for (int n = 7; n <= 8; ++n) EXPECT_TRUE(works(load_in(cache, n, {.cached = false}), n));
  EXPECT_EQ(cache.state(), CacheState{});
  EXPECT_EQ(good(cache.entries()).size(), 1U);
}

TEST_F(Cache, KeepsNothingThatDoesNotCompile) {
  const CodeCache cache = open();
  const Engine engine({.cache = cache});
  EXPECT_FALSE(Guest::from_text(engine, "it", "(component (oh))", {}));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1}));
  EXPECT_TRUE(good(cache.entries()).empty());
}

TEST_F(Cache, KeepsToTheLimitsOfALoad) {
  (void)load(7);
  const CodeCache cache = open();
  const PluginOptions options{.compile_limits = {.code = KiB(1)}};
  const Failure with = failure(load_in(cache, 7, options));
  const Engine none;
  EXPECT_EQ(with, failure(Guest::from_text(none, "guest7", guest(7), {}, options)));
  EXPECT_EQ(with.limit, Error::Limit::compile_code);
}

// Compiled once, whoever comes first.
TEST_F(Cache, CompilesOnceForThreadsThatLoadTheSame) {
  const CodeCache cache = open();
  const Engine engine({.cache = cache});
  constexpr std::uint64_t kThreads = 8;
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < kThreads; ++i)
    threads.emplace_back(
        [&] { EXPECT_TRUE(works(Guest::from_text(engine, "guest", guest(7), {}), 7)); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.state(), (CacheState{.hits = kThreads - 1, .misses = 1, .stored = 1}));
}

TEST_F(Cache, OutlivesWhatItLoaded) {
  (void)load(7);
  std::optional<CodeCache> cache = open();
  auto plugin = load_in(*cache, 7);
  cache.reset();
  fs::remove_all(folder());
  EXPECT_TRUE(works(plugin, 7));
  auto instance = good(plugin->instantiate());
  plugin = std::unexpected(Error(Kind::internal, "gone"));
  EXPECT_EQ(instance.call().run().value(), 7U);
}

TEST_F(Cache, NamesWhatItKeepsTheLatestFirst) {
  (void)load(7);
  (void)load(8);
  const auto all = good(open().entries());
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].plugin, "guest8");
  EXPECT_EQ(all[1].plugin, "guest7");
  EXPECT_EQ(all[0].size.count, fs::file_size(concat(folder(), "/", all[0].key)));
}

// Also where an earlier version cut one in the middle of a character.
TEST_F(Cache, NamesWhatItKeepsInTextThatCanBePrinted) {
  const auto kept = good(detail::CacheFolder::open(folder()));
  const std::array<std::uint8_t, 1> bytes{0};
  const detail::EntryParts parts{.code = bytes, .contract = bytes, .name = "plugin\xe2\x82"};
  EXPECT_TRUE(kept.write({}, parts, 1000).done);
  const auto all = good(open().entries());
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].plugin, R"(plugin\xe2\x82)");
}

TEST_F(Cache, CanBeCleared) {
  (void)load(7);
  (void)load(8);
  write(folder() + "/notes.txt", "somebody else's");
  const CacheTotal cleared = good(open().clear());
  EXPECT_EQ(cleared.entries, 2U);
  EXPECT_GT(cleared.size.count, 2000U);
  EXPECT_EQ(files(), (std::vector<std::string>{"lock", "notes.txt", "secret"}));
  EXPECT_EQ(load(7), kMiss);
}

// ---- A folder that is not used -----------------------------------------------------------------

TEST_F(Cache, IsRefusedWhereOthersMayWrite) {
  fs::create_directory(folder());
  fs::permissions(folder(), fs::perms::group_write, fs::perm_options::add);
  EXPECT_EQ(failure(CodeCache::open({.folder = folder()})),
            fails(Kind::denied, concat("the code cache ", folder(),
                                       " is not used: others may write to it; `chmod go-w` it, and "
                                       "clear it")));
}

TEST_F(Cache, IsRefusedWhereItIsALink) {
  fs::create_directory(root_ + "/real");
  fs::create_directory_symlink(root_ + "/real", folder());
  EXPECT_EQ(failure(CodeCache::open({.folder = folder() + "/"})),
            fails(Kind::denied, concat("the code cache ", folder(),
                                       " is not used: it is a symbolic link; name the folder that "
                                       "it leads to")));
}

TEST_F(Cache, IsRefusedWhereItIsAnotherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "NOTE: only root can give a folder to another user";
  fs::create_directory(folder());
  ASSERT_EQ(::chown(folder().c_str(), 1234, 1234), 0);
  EXPECT_EQ(failure(CodeCache::open({.folder = folder()})),
            fails(Kind::denied, concat("the code cache ", folder(),
                                       " is not used: it belongs to user 1234, and this process is "
                                       "of user 0; name a folder of this user's own")));
}

TEST_F(Cache, IsRefusedWhereThereIsAFile) {
  write(folder(), "a file");
  EXPECT_EQ(failure(CodeCache::open({.folder = folder()})),
            fails(Kind::io, concat("the code cache ", folder(),
                                   " is not used: it cannot be opened: Not a directory")));
  EXPECT_EQ(failure(CodeCache::open({.folder = folder() + "/below"})),
            fails(Kind::io, concat("the code cache ", folder(),
                                   "/below is not used: it cannot be made: Not a directory")));
}

TEST_F(Cache, IsMadeForItsOwnerAlone) {
  const CodeCache cache = good(CodeCache::open({.folder = root_ + "/a/b/c/"}));
  EXPECT_EQ(cache.folder(), root_ + "/a/b/c");
  EXPECT_EQ(fs::status(cache.folder()).permissions(), fs::perms::owner_all);
}

// ---- Where it is -------------------------------------------------------------------------------

TEST_F(Cache, IsWhereTheEnvironmentSays) {
  ::setenv("XDG_CACHE_HOME", root_.c_str(), 1);
  EXPECT_EQ(good(CodeCache::open()).folder(), root_ + "/mortise");
  ::setenv("XDG_CACHE_HOME", "relative", 1);
  ::setenv("HOME", root_.c_str(), 1);
  EXPECT_EQ(good(CodeCache::open()).folder(), root_ + "/.cache/mortise");
  ::setenv("HOME", "", 1);
  EXPECT_EQ(failure(CodeCache::open()),
            fails(Kind::io,
                  "there is no folder for a code cache: neither XDG_CACHE_HOME nor HOME names one "
                  "(CacheOptions::folder)"));
}

// Nobody may make one there: not root, and not anyone else.
TEST(CacheFolder, SaysWhyItCannotBeMade) {
  const std::string message = failure(CodeCache::open({.folder = "/sys/mortise/cache"})).message;
  EXPECT_TRUE(message.ends_with(": Operation not permitted") ||
              message.ends_with(": Permission denied") ||
              message.ends_with(": Read-only file system"))
      << message;
}

}  // namespace
}  // namespace mortise::testing
