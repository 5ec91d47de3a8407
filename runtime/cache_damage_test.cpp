// What a code cache makes of files that are no good.
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mortise/mortise.h>

#include "tests/caches.h"

namespace mortise::testing {
namespace {

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

}  // namespace
}  // namespace mortise::testing
