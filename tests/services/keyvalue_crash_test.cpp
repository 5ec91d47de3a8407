// A process that is killed while a plugin writes: nothing that was acknowledged is lost.
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mortise/contract/text.h>
#include <mortise/services/keyvalue/keyvalue.h>

#include "keyvalue_world.h"
#include "tests/services/files.h"
#include "tests/services/in_call.h"

namespace mortise::services {
namespace {

using testing::Folder;
using testing::host_of;
using testing::in_call;

namespace draft2 = wasi::keyvalue_0_2_0_draft2;

// How often it is killed. A thousand times takes a minute: MORTISE_CRASHES=1000.
int rounds() {
  const char* const said = std::getenv("MORTISE_CRASHES");
  return said == nullptr ? 200 : std::atoi(said);
}

// The value of a key that is written in a round: it needs no page, or several.
std::string value_of(int round, std::uint32_t i) {
  return std::string((static_cast<std::size_t>(round) * 7919 + i * 977) % 9000,
                     static_cast<char>('a' + (i + static_cast<std::uint32_t>(round)) % 26));
}
std::string key_of(int round, std::uint32_t i) { return concat(round, "-", i); }

// The process that is killed: sets a key, counts it, and acknowledges both, without end.
[[noreturn]] void write_until_killed(const std::string& file, int round, int acknowledge) {
  auto store = Keyvalue::open({.file = file});
  if (!store) _exit(1);
  KeyvalueGrant grant;
  grant.keys = UINT64_MAX;
  grant.bytes = GiB(4);
  const Service service = store->for_plugin("writer", grant);
  in_call([&](CallContext& call) {
    auto bucket = host_of<draft2::store::Host>(service).open(call, "default");
    for (std::uint32_t i = 0;; ++i) {
      const std::string value = value_of(round, i);
      const std::span bytes(reinterpret_cast<const std::uint8_t*>(value.data()), value.size());
      auto& atomics = host_of<draft2::atomics::Host>(service);
      if (!(*bucket)->set(call, key_of(round, i), bytes) ||
          !atomics.increment(call, **bucket, "count", 1) ||
          write(acknowledge, &i, sizeof i) != sizeof i)
        _exit(2);
    }
  });
  _exit(3);
}

// Looks into the file as nobody of ours: what there is must be right for SQLite alone.
class Reader {
 public:
  explicit Reader(const std::string& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
    // What was written last stays where the killed process has left it.
    sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  ~Reader() { sqlite3_close(database_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Of one row; "none": there is none.
  std::string text(std::string_view statement, std::string_view key = {}) {
    sqlite3_stmt* prepared = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database_, statement.data(), static_cast<int>(statement.size()),
                                 &prepared, nullptr),
              SQLITE_OK);
    if (!key.empty())
      sqlite3_bind_blob(prepared, 1, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
    std::string found = "none";
    if (sqlite3_step(prepared) == SQLITE_ROW) {
      const void* bytes = sqlite3_column_blob(prepared, 0);
      found.assign(static_cast<const char*>(bytes),
                   static_cast<std::size_t>(sqlite3_column_bytes(prepared, 0)));
    }
    sqlite3_finalize(prepared);
    return found;
  }

 private:
  sqlite3* database_ = nullptr;
};

// This process makes no engine, and so has no threads: it can fork.
TEST(KeyvalueCrash, LosesNothingThatWasAcknowledged) {
  const Folder folder;
  const std::string file = folder.file("state.db");
  std::mt19937 random(20261128);  // NOLINT(cert-msc51-cpp): the same rounds each time
  std::uint64_t acknowledged = 0;
  const int all = rounds();
  for (int round = 0; round < all; ++round) {
    int ends[2];  // NOLINT(modernize-avoid-c-arrays): pipe writes to one
    ASSERT_EQ(pipe(ends), 0);
    const pid_t writer = fork();
    ASSERT_NE(writer, -1);
    if (writer == 0) {
      close(ends[0]);
      write_until_killed(file, round, ends[1]);
    }
    close(ends[1]);
    // Killed some time after its first write, at whatever it is about then.
    std::uint32_t last = 0;
    ASSERT_EQ(read(ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last)) << round;
    usleep(static_cast<useconds_t>(random() % 4000));
    kill(writer, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);
    while (read(ends[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) {
    }
    close(ends[0]);
    acknowledged += last + 1;

    Reader reader(file);
    for (std::uint32_t i = 0; i <= last; ++i)
      ASSERT_EQ(reader.text("SELECT value FROM entry WHERE key = ?", key_of(round, i)),
                value_of(round, i))
          << round << " " << i;
    // One that was not acknowledged may be counted, and no more than one a round.
    const std::uint64_t count =
        std::stoull(reader.text("SELECT value FROM entry WHERE key = ?", "count"));
    ASSERT_GE(count, acknowledged);
    ASSERT_LE(count, acknowledged + static_cast<std::uint64_t>(round) + 1);
    if (round % 100 != 0 && round != all - 1) continue;
    ASSERT_EQ(reader.text("PRAGMA integrity_check"), "ok");
    ASSERT_EQ(reader.text("SELECT keys || ' ' || bytes FROM plugin"),
              reader.text("SELECT count(*) || ' ' || sum(length(key) + length(value)) FROM entry"));
  }
  RecordProperty("rounds", all);
  RecordProperty("acknowledged", std::to_string(acknowledged));
}

}  // namespace
}  // namespace mortise::services
