#include <mortise/runtime/cache.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mortise/mortise.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise {

void PrintTo(const CacheState& s, std::ostream* out) {
  *out << "hits " << s.hits << ", misses " << s.misses << ", rejected " << s.rejected << ", stored "
       << s.stored << ", unstored " << s.unstored << ", evicted " << s.evicted;
}

}  // namespace mortise

namespace mortise::testing {
namespace {

namespace fs = std::filesystem;
using Kind = Error::Kind;
using Answer = abi::Function<"run", std::uint32_t>;
using Guest = Plugin<World<Answer>>;

// A component that answers `n`.
std::string guest(int n) {
  return concat(R"((component
  (core module $m (func (export "run") (result i32) (i32.const )",
                n, R"()))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run")))))");
}

// Whether it answers as it should.
bool works(const Result<Guest>& plugin, int n) {
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

constexpr CacheState kHit{.hits = 1};
constexpr CacheState kMiss{.misses = 1, .stored = 1};
constexpr CacheState kRejected{.misses = 1, .rejected = 1, .stored = 1};

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

// ---- Damage ------------------------------------------------------------------------------------

// A prime number of bytes apart, and all of the head.
TEST_F(Cache, TakesNoEntryWithABitThatFlipped) {
  (void)load(7);
  const std::string path = entry();
  const std::string whole = read(path);
  ASSERT_GT(whole.size(), 1000U);
  const CodeCache cache = open();
  std::uint64_t tried = 0;
  for (std::size_t at = 0; at < whole.size(); at += at < 120 ? 1 : 997) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << (at % 8));
    write(path, damaged);
    const CacheTotal total = good(cache.verify());
    EXPECT_EQ(total.removed, 1U) << "byte " << at;
    EXPECT_FALSE(fs::exists(path));
    ++tried;
  }
  EXPECT_GT(tried, 120U);
  // And a load counts it, and mends it.
  std::string damaged = whole;
  damaged[whole.size() / 2] ^= 1;
  write(path, damaged);
  EXPECT_EQ(load(7), kRejected);
  EXPECT_EQ(load(7), kHit);
}

TEST_F(Cache, TakesNoEntryThatIsCutShortOrTooLong) {
  (void)load(7);
  const std::string path = entry();
  const std::string whole = read(path);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{8}, std::size_t{103}, std::size_t{104},
        std::size_t{105}, std::size_t{4096}, whole.size() / 2, whole.size() - 1}) {
    write(path, whole.substr(0, size));
    EXPECT_EQ(load(7), kRejected) << size << " bytes";
    EXPECT_EQ(read(path), whole) << "not mended";
  }
  write(path, whole + '\0');
  EXPECT_EQ(load(7), kRejected);
  // Sizes in its head that are more than all memory.
  std::string vast = whole;
  for (std::size_t at = 88; at < 104; ++at) vast[at] = static_cast<char>(0xFF);
  write(path, vast);
  EXPECT_EQ(load(7), kRejected);
}

TEST_F(Cache, TakesNoEntryThatStandsForAnother) {
  (void)load(7);
  const std::string seven = entry();
  (void)good(open().verify());
  const std::string bytes = read(seven);
  fs::remove(seven);
  (void)load(8);
  const std::string eight = entry();
  write(eight, bytes);
  EXPECT_EQ(load(8), kRejected);
}

TEST_F(Cache, TakesNoEntryOfAnotherSecret) {
  (void)load(7);
  write(folder() + "/secret", std::string(32, 'x'));
  EXPECT_EQ(load(7), kRejected);
  EXPECT_EQ(load(7), kHit);
}

TEST_F(Cache, MakesANewSecretForOneThatIsNoGood) {
  (void)load(7);
  const std::string path = folder() + "/secret";
  const std::string first = read(path);
  EXPECT_EQ(first.size(), 32U);
  for (const std::string& damaged : {std::string(), first.substr(0, 31), first + "x"}) {
    write(path, damaged);
    EXPECT_EQ(load(7), kRejected);
    EXPECT_EQ(load(7), kHit);
    EXPECT_NE(read(path), first);
  }
  // One that others could have read.
  fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(load(7), kRejected);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Cache, TakesNoLinkAndNothingElseThatIsNoFile) {
  (void)load(7);
  const std::string path = entry();
  fs::rename(path, root_ + "/elsewhere");
  fs::create_symlink(root_ + "/elsewhere", path);
  EXPECT_EQ(load(7), kRejected);
  EXPECT_FALSE(fs::is_symlink(path));
  EXPECT_TRUE(fs::exists(root_ + "/elsewhere"));

  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(load(7), kRejected);

  // A folder cannot be removed as a file, nor replaced by one: nothing is kept.
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_EQ(load(7), (CacheState{.misses = 1, .rejected = 1, .unstored = 1}));
}

TEST_F(Cache, TakesNoEntryThatOthersMayWriteTo) {
  (void)load(7);
  fs::permissions(entry(), fs::perms::group_write, fs::perm_options::add);
  EXPECT_EQ(load(7), kRejected);
}

TEST_F(Cache, TakesNoEntryOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "NOTE: only root can give a file to another user";
  (void)load(7);
  ASSERT_EQ(::chown(entry().c_str(), 1234, 1234), 0);
  EXPECT_EQ(load(7), kRejected);
}

// ---- A folder that is not used
// -------------------------------------------------------------------

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

// ---- Room --------------------------------------------------------------------------------------

// Sets when an entry was used.
void set_used(const std::string& path, std::int64_t seconds) {
  const std::array<timespec, 2> times{timespec{.tv_sec = seconds, .tv_nsec = 0},
                                      timespec{.tv_sec = seconds, .tv_nsec = 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
}

TEST_F(Cache, MakesRoomByWhatWasUsedTheLongestAgo) {
  for (int n = 1; n <= 3; ++n) (void)load(n);
  for (const CacheEntry& one : good(open().entries()))
    set_used(concat(folder(), "/", one.key), one.plugin == "guest2" ? 1000 : 2000);
  // It is of the size of the others.
  const std::uint64_t size = good(open().entries()).front().size.count;
  const CodeCache cache = open(Bytes{3 * size + size / 2});
  EXPECT_TRUE(works(load_in(cache, 4), 4));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .stored = 1, .evicted = 1}));
  std::set<std::string> left;
  for (const CacheEntry& one : good(cache.entries())) left.insert(one.plugin);
  EXPECT_EQ(left, (std::set<std::string>{"guest1", "guest3", "guest4"}));
}

TEST_F(Cache, CountsAHitAsUse) {
  for (int n = 1; n <= 2; ++n) (void)load(n);
  for (const CacheEntry& one : good(open().entries()))
    set_used(concat(folder(), "/", one.key), one.plugin == "guest1" ? 1000 : 2000);
  EXPECT_EQ(load(1), kHit);
  EXPECT_EQ(good(open().entries()).front().plugin, "guest1");
}

TEST_F(Cache, IsNeverLargerThanItMayBe) {
  (void)load(0);
  const std::uint64_t size = good(open().entries()).front().size.count;
  const std::uint64_t most = 4 * size;
  const CodeCache cache = open(Bytes{most});
  for (int n = 1; n <= 12; ++n) {
    EXPECT_TRUE(works(load_in(cache, n), n));
    std::uint64_t total = 0;
    for (const CacheEntry& one : good(cache.entries())) total += one.size.count;
    EXPECT_LE(total, most);
  }
  EXPECT_EQ(cache.state().stored, 12U);
}

TEST_F(Cache, KeepsNothingThatIsLargerThanAllOfIt) {
  const CodeCache cache = open(KiB(1));
  EXPECT_TRUE(works(load_in(cache, 7), 7));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .unstored = 1}));
  EXPECT_TRUE(good(cache.entries()).empty());
}

// Sizes of files are limited for a process as the rest of a disk is.
TEST_F(Cache, KeepsNothingWhereFilesMayNotGrow) {
  const CodeCache cache = open();
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{.rlim_cur = 2000, .rlim_max = 2000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const bool fine = works(load_in(cache, 7), 7);
    ::_exit(fine && cache.state() == CacheState{.misses = 1, .unstored = 1} ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(files(), (std::vector<std::string>{"lock", "secret"}));
}

TEST_F(Cache, KeepsNothingWhereTheDiskIsFull) {
  fs::create_directory(folder());
  if (::mount("tmpfs", folder().c_str(), "tmpfs", 0, "size=16k,mode=0700") != 0)
    GTEST_SKIP() << "NOTE: no small disk can be made here to be filled";
  const CodeCache cache = open();
  std::ofstream(folder() + "/filler") << std::string(1 << 16, 'x');
  EXPECT_TRUE(works(load_in(cache, 7), 7));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .unstored = 1}));
  EXPECT_EQ(files(), (std::vector<std::string>{"filler", "lock", "secret"}));
  ASSERT_EQ(::umount2(folder().c_str(), MNT_DETACH), 0);
}

// ---- Other processes
// -----------------------------------------------------------------------------

// The end of a child that loads all of these, again and again.
pid_t start_loading(const std::string& folder, int count, int rounds) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  const auto cache = CodeCache::open({.folder = folder});
  if (!cache) ::_exit(2);
  for (int round = 0; round < rounds; ++round)
    for (int n = 0; n < count; ++n) {
      const Engine engine({.cache = *cache});
      if (!works(Guest::from_text(engine, concat("guest", n), guest(n), {},
                                  {.compile = Compile::in_process}),
                 n))
        ::_exit(1);
    }
  ::_exit(0);
}

TEST_F(Cache, IsSharedByProcesses) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) children.push_back(start_loading(folder(), 6, 3));
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const CacheTotal total = good(open().verify());
  EXPECT_EQ(total.entries, 6U);
  EXPECT_EQ(total.removed, 0U);
  EXPECT_EQ(total.leftovers, 0U);
}

// Ended at moments that differ, whatever they are: in the middle of a write among them.
TEST_F(Cache, SurvivesProcessesThatAreKilled) {
  constexpr int kRounds = 60;
  constexpr int kGuests = 5;
  for (int round = 0; round < kRounds; ++round) {
    const pid_t child = start_loading(folder(), kGuests, 1000);
    std::this_thread::sleep_for(std::chrono::microseconds(1500 + 977 * round % 40'000));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << status;
    if (round % 10 == 9) {
      const CodeCache cache = open();
      EXPECT_EQ(good(cache.verify()).removed, 0U);
      (void)good(cache.clear());
    }
  }
  const CodeCache cache = open();
  for (int n = 0; n < kGuests; ++n) EXPECT_TRUE(works(load_in(cache, n), n));
  const CacheTotal total = good(cache.verify());
  EXPECT_EQ(total.removed, 0U);
  EXPECT_EQ(good(cache.verify()).leftovers, 0U);
}

// A draft that a process left is removed; one that is being written is not.
TEST_F(Cache, RemovesWhatEndedProcessesLeft) {
  (void)load(7);
  const std::string left = entry() + ".1.0.part";
  const std::string live = entry() + ".1.1.part";
  write(left, "half of");
  write(live, "half of");
  const int writer = ::open(live.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(writer, LOCK_EX), 0);
  EXPECT_EQ(good(open().verify()).leftovers, 1U);
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(live));
  ::close(writer);
  EXPECT_EQ(load(8), kMiss);  // which makes room first
  EXPECT_FALSE(fs::exists(live));
}

// Nobody waits for ever for a process that was stopped where it holds the lock.
TEST_F(Cache, LoadsWhereTheLockIsHeld) {
  const CodeCache cache = open();
  const int held = ::open((folder() + "/lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  EXPECT_TRUE(works(load_in(cache, 7), 7));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .unstored = 1}));
  ::close(held);
}

TEST_F(Cache, LoadsWhereItsFolderIsGone) {
  const CodeCache cache = open();
  fs::remove_all(folder());
  EXPECT_TRUE(works(load_in(cache, 7), 7));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .unstored = 1}));
}

// ---- Where it is
// ---------------------------------------------------------------------------------

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

}  // namespace
}  // namespace mortise::testing
