// How large a code cache is, and what it is beside other processes.
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mortise/mortise.h>
#include <mortise/runtime/detail/cache_entry.h>

#include "tests/caches.h"
#include "tests/refused.h"

namespace mortise::testing {
namespace {

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

TEST_F(Cache, HasAtMostTenThousandEntries) {
  const CodeCache cache = open();
  constexpr int kMost = 10'000;
  const std::string zeros(60, '0');
  for (int i = 0; i < kMost; ++i)
    std::ofstream(concat(folder(), "/", zeros, std::to_string(kMost + i).substr(1)));
  EXPECT_EQ(load(7), (CacheState{.misses = 1, .stored = 1, .evicted = 1}));
  EXPECT_EQ(files().size(), kMost + std::size_t{2});  // with its lock and its secret
}

// Ended where it begins to write.
TEST_F(Cache, IsNeverLargerThanItMayBeWhileOneIsWritten) {
  for (int n = 1; n <= 2; ++n) (void)load(n);
  const std::uint64_t size = good(open().entries()).front().size.count;
  const CodeCache cache = open(Bytes{2 * size});
  EXPECT_FALSE(in_child([&] {
    return refuse(SYS_write, 2, detail::EntryHead::kSize, kEndsTheProcess) &&
           works(load_in(cache, 3), 3);
  }));
  std::uint64_t written = 0;
  std::uint64_t total = 0;
  for (const fs::directory_entry& one : fs::directory_iterator(folder())) {
    if (one.path().extension() == ".part") written += one.file_size();
    if (one.path().filename().string().size() >= 64) total += one.file_size();
  }
  EXPECT_EQ(written, size);
  EXPECT_LE(total, 2 * size);
}

// What others are writing leaves no room: nothing need go for what cannot be stored.
TEST_F(Cache, RemovesNothingWhereNoRoomCanBeMade) {
  (void)load(7);
  const std::uint64_t most = 4 * good(open().entries()).front().size.count;
  const std::string other = entry() + ".1.0.part";
  write(other, std::string(most, 'x'));
  const int writer = ::open(other.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(writer, LOCK_EX), 0);
  const CodeCache cache = open(Bytes{most});
  EXPECT_TRUE(works(load_in(cache, 8), 8));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .unstored = 1}));
  EXPECT_EQ(load(7), kHit);
  ::close(writer);
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
  EXPECT_TRUE(in_child([&] {
    const rlimit limit{.rlim_cur = 2000, .rlim_max = 2000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    return works(load_in(cache, 7), 7) && cache.state() == CacheState{.misses = 1, .unstored = 1};
  }));
  EXPECT_EQ(files(), (std::vector<std::string>{"lock", "secret"}));
}

TEST_F(Cache, SaysWhyItsSecretCannotBeWritten) {
  EXPECT_TRUE(in_child([&] {
    return refuse(SYS_write, 2, sizeof(detail::Digest), fails_with(ENOSPC)) &&
           failure(CodeCache::open({.folder = folder()})) ==
               fails(Error::Kind::io,
                     concat("the code cache ", folder(),
                            " is not used: its secret cannot be written: No space left on device"));
  }));
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

// ---- Other processes ---------------------------------------------------------------------------

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

// It has no secret yet, and only who holds the lock makes one.
TEST_F(Cache, SaysThatAnotherProcessHoldsItsLock) {
  fs::create_directory(folder());
  fs::permissions(folder(), fs::perms::owner_all);
  const int held = ::open((folder() + "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_EQ(::flock(held, LOCK_EX), 0);
  EXPECT_EQ(failure(CodeCache::open({.folder = folder()})),
            fails(Error::Kind::io,
                  concat("the code cache ", folder(),
                         " is not used: a process has held its file `lock` for a second, and may "
                         "have been stopped: let it go on, or end it")));
  ::close(held);
}

TEST_F(Cache, LoadsWhereItsFolderIsGone) {
  const CodeCache cache = open();
  fs::remove_all(folder());
  EXPECT_TRUE(works(load_in(cache, 7), 7));
  EXPECT_EQ(cache.state(), (CacheState{.misses = 1, .unstored = 1}));
}

}  // namespace
}  // namespace mortise::testing
