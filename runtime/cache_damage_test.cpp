// What a code cache makes of files that are no good, and of those that are and cannot be read.
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <mortise/mortise.h>

#include "tests/caches.h"
#include "tests/refused.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;

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

// ---- What is good and cannot be read just now ---------------------------------------------------

// A load in a process to which something is refused: it compiles, and counts no damage. It can
// store nothing, so that what is there afterwards is what was there before.
void stays(const std::string& folder, long call, std::size_t index, std::uint32_t value,
           int error) {
  EXPECT_TRUE(in_child([&] {
    const auto cache = CodeCache::open({.folder = folder, .max = KiB(1)});
    const Engine engine({.cache = *cache});
    if (!refuse(call, index, value, fails_with(error))) return false;
    (void)Guest::from_text(engine, "guest7", guest(7), {});
    const CacheState state = cache->state();
    return state.misses == 1 && state.rejected == 0;
  }));
}
// What is said by whoever looks for damage there.
bool is_verified(const CodeCache& cache, long call, std::size_t index, std::uint32_t value,
                 int error, const Failure& failure_of_it) {
  return in_child([&] {
    return refuse(call, index, value, fails_with(error)) &&
           failure(cache.verify()) == failure_of_it;
  });
}

TEST_F(Cache, KeepsWhatThereIsNoMemoryFor) {
  (void)load(7);
  constexpr std::uint32_t kOfCode = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
  stays(folder(), SYS_mmap, 3, kOfCode, ENOMEM);
  const std::string key = fs::path(entry()).filename();
  EXPECT_TRUE(
      is_verified(open(), SYS_mmap, 3, kOfCode, ENOMEM,
                  fails(Kind::io, concat("the code cache ", folder(), " cannot be verified: ", key,
                                         ": Cannot allocate memory"))));
  EXPECT_EQ(load(7), kHit);
}

TEST_F(Cache, KeepsWhatTheDiskCannotReadOnce) {
  (void)load(7);
  constexpr std::uint32_t kCodeAt = 104;
  stays(folder(), SYS_pread64, 3, kCodeAt, EIO);
  const std::string key = fs::path(entry()).filename();
  EXPECT_TRUE(
      is_verified(open(), SYS_pread64, 3, kCodeAt, EIO,
                  fails(Kind::io, concat("the code cache ", folder(), " cannot be verified: ", key,
                                         ": Input/output error"))));
  EXPECT_EQ(load(7), kHit);
}

TEST_F(Cache, KeepsWhatTheEngineCannotTakeOnce) {
  (void)load(7);
  stays(folder(), SYS_mprotect, 2, PROT_READ, ENOMEM);
  EXPECT_EQ(load(7), kHit);
}

// Without its secret all that is kept is worthless.
TEST_F(Cache, KeepsASecretThatCannotBeReadOnce) {
  (void)load(7);
  EXPECT_TRUE(in_child([&] {
    constexpr std::uint32_t kToRead = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    return refuse(SYS_openat, 2, kToRead, fails_with(EMFILE)) &&
           failure(CodeCache::open({.folder = folder()})) ==
               fails(Kind::io, concat("the code cache ", folder(),
                                      " is not used: its secret cannot be read: Too many open "
                                      "files"));
  }));
  EXPECT_EQ(load(7), kHit);
}

}  // namespace
}  // namespace mortise::testing
