// wasi:keyvalue on files of SQLite's.
#include <mortise/services/keyvalue/keyvalue.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <mortise/contract/text.h>

#include "keyvalue_world.h"
#include "tests/services/files.h"
#include "tests/services/in_call.h"

namespace mortise::services {
namespace {

using std::chrono_literals::operator""ms;
using testing::Folder;
using testing::host_of;
using testing::in_call;

namespace draft = wasi::keyvalue_0_2_0_draft;
namespace draft2 = wasi::keyvalue_0_2_0_draft2;
using Error = draft2::store::Error;
using Bytes8 = std::vector<std::uint8_t>;

Bytes8 bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string words(const draft2::store::Error& error) {
  if (std::holds_alternative<Error::NoSuchStore>(error)) return "no-such-store";
  if (std::holds_alternative<Error::AccessDenied>(error)) return "access-denied";
  return "other: " + std::get<Error::Other>(error).value;
}
template <class T>
std::string refusal(Outcome<T, Error> outcome) {
  if (outcome.refusal() != nullptr) return words(*outcome.refusal());
  return outcome.failure() == nullptr ? "nothing" : outcome.failure()->to_string();
}

// A store, and what one plugin sees of it.
class KeyvalueTest : public ::testing::Test {
 protected:
  Keyvalue open(KeyvalueOptions options = {}) {
    options.file = folder_.file("state.db");
    options.on_denied = [this](const Denial& denial) {
      denials_.push_back(concat(denial.plugin, " ", denial.service, ": ", denial.what));
    };
    auto opened = Keyvalue::open(options);
    EXPECT_TRUE(opened) << opened.error().to_string();
    return *std::move(opened);
  }

  // Runs `act` with a bucket, in a call.
  template <class Act>
  void with(const Service& service, std::string_view name, Act act) {
    in_call([&](CallContext& call) {
      auto bucket = host_of<draft2::store::Host>(service).open(call, name);
      ASSERT_TRUE(bucket) << words(*bucket.refusal());
      act(call, **bucket);
    });
  }

  Folder folder_;
  std::vector<std::string> denials_;
};

using Bucket = draft2::store::Bucket;

TEST_F(KeyvalueTest, KeepsWhatItIsGiven) {
  const Service service = open().for_plugin("pricing", {});
  with(service, "default", [](CallContext& call, Bucket& bucket) {
    ASSERT_TRUE(bucket.set(call, "apple", bytes("red")));
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("red"));
    EXPECT_EQ(*bucket.get(call, "pear"), std::nullopt);
    EXPECT_TRUE(*bucket.exists(call, "apple"));
    EXPECT_FALSE(*bucket.exists(call, "pear"));
    ASSERT_TRUE(bucket.set(call, "apple", bytes("green")));
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("green"));
    ASSERT_TRUE(bucket.delete_(call, "apple"));
    ASSERT_TRUE(bucket.delete_(call, "apple"));
    EXPECT_EQ(*bucket.get(call, "apple"), std::nullopt);
  });
}

TEST_F(KeyvalueTest, KeepsItWhenItIsOpenedAgain) {
  with(open().for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    ASSERT_TRUE(bucket.set(call, "apple", bytes("red")));
  });
  with(open().for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("red"));
  });
}

TEST_F(KeyvalueTest, TakesAnyKeyForAKey) {
  const std::string nul("a\0b", 3);
  const std::vector<std::string> keys = {
      "",     nul,        "a",         "a'; DROP TABLE entry; --", "%",
      "../x", "\xC3\xA9", "e\xCC\x81", "\xF0\x9F\x8D\x8F"};
  with(open().for_plugin("pricing", {}), "default", [&](CallContext& call, Bucket& bucket) {
    for (const std::string& key : keys) ASSERT_TRUE(bucket.set(call, key, bytes("of " + key)));
    for (const std::string& key : keys) EXPECT_EQ(*bucket.get(call, key), bytes("of " + key));
    auto listed = bucket.list_keys(call, std::nullopt);
    ASSERT_TRUE(listed);
    EXPECT_EQ(listed->keys.size(), keys.size());
  });
}

TEST_F(KeyvalueTest, TakesAnEmptyValueForAValue) {
  with(open().for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    ASSERT_TRUE(bucket.set(call, "nothing", {}));
    EXPECT_EQ(*bucket.get(call, "nothing"), Bytes8());
  });
}

TEST_F(KeyvalueTest, KeepsPluginsApart) {
  const Keyvalue store = open();
  with(store.for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    ASSERT_TRUE(bucket.set(call, "secret", bytes("of pricing")));
  });
  // However it calls itself, its buckets and its keys.
  for (const std::string_view plugin : {"other", "", "pricing/default", "Pricing", "pricing "}) {
    KeyvalueGrant grant;
    grant.buckets = {"default",
                     "",
                     "pricing",
                     "pricing/default",
                     "../pricing/default",
                     std::string("default\0", 8)};
    const Service service = store.for_plugin(std::string(plugin), grant);
    for (const std::string& name : grant.buckets)
      with(service, name, [&](CallContext& call, Bucket& bucket) {
        EXPECT_EQ(*bucket.get(call, "secret"), std::nullopt) << plugin << " " << name;
        EXPECT_TRUE(bucket.list_keys(call, std::nullopt)->keys.empty());
        EXPECT_TRUE(bucket.list_keys(call, "")->keys.empty());
        ASSERT_TRUE(bucket.delete_(call, "secret"));
      });
  }
  with(store.for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(*bucket.get(call, "secret"), bytes("of pricing"));
  });
}

TEST_F(KeyvalueTest, KeepsBucketsApart) {
  KeyvalueGrant grant;
  grant.buckets = {"a", "b"};
  const Service service = open().for_plugin("pricing", grant);
  with(service, "a",
       [](CallContext& call, Bucket& bucket) { ASSERT_TRUE(bucket.set(call, "key", bytes("a"))); });
  with(service, "b", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(*bucket.get(call, "key"), std::nullopt);
  });
}

TEST_F(KeyvalueTest, OpensNothingThatWasNotGranted) {
  const Keyvalue store = open();
  const Service service = store.for_plugin("pricing", {});
  in_call([&](CallContext& call) {
    auto& host = host_of<draft2::store::Host>(service);
    EXPECT_EQ(refusal(host.open(call, "orders")), "no-such-store");
    EXPECT_EQ(refusal(host.open(call, "default\n")), "no-such-store");
  });
  EXPECT_EQ(denials_,
            (std::vector<std::string>{"pricing keyvalue: to open the bucket `orders`",
                                      "pricing keyvalue: to open the bucket `default\\u{a}`"}));
  EXPECT_EQ(store.denied(), 2U);
}

TEST_F(KeyvalueTest, WritesNothingWhereItMayOnlyRead) {
  const Keyvalue store = open();
  with(store.for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    ASSERT_TRUE(bucket.set(call, "apple", bytes("1")));
  });
  const Service service = store.for_plugin("pricing", {.access = Access::read_only});
  with(service, "default", [&](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("1"));
    EXPECT_EQ(refusal(bucket.set(call, "apple", bytes("2"))), "access-denied");
    EXPECT_EQ(refusal(bucket.delete_(call, "apple")), "access-denied");
    auto& atomics = host_of<draft2::atomics::Host>(service);
    EXPECT_EQ(refusal(atomics.increment(call, bucket, "apple", 1)), "access-denied");
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("1"));
  });
  EXPECT_EQ(denials_.size(), 3U);
  EXPECT_EQ(denials_[0], "pricing keyvalue: to write to the bucket `default`: it may only read");
}

TEST_F(KeyvalueTest, BoundsWhatAPluginKeeps) {
  const Service service =
      open().for_plugin("pricing", {.keys = 2, .bytes = {20}, .key = {5}, .value = {12}});
  with(service, "default", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(refusal(bucket.set(call, "123456", {})),
              "other: a key of 6 bytes: a key may have 5 bytes");
    EXPECT_EQ(refusal(bucket.get(call, "123456")),
              "other: a key of 6 bytes: a key may have 5 bytes");
    EXPECT_EQ(refusal(bucket.set(call, "a", bytes("1234567890123"))),
              "other: a value of 13 bytes: a value may have 12 bytes");
    ASSERT_TRUE(bucket.set(call, "a", bytes("123456789")));
    ASSERT_TRUE(bucket.set(call, "b", bytes("123456789")));
    EXPECT_EQ(refusal(bucket.set(call, "c", {})), "other: to keep more than 2 keys or 20 bytes");
    EXPECT_EQ(refusal(bucket.set(call, "b", bytes("1234567890"))),
              "other: to keep more than 2 keys or 20 bytes");
    // What was refused has changed nothing, and what is removed makes room.
    EXPECT_EQ(*bucket.get(call, "b"), bytes("123456789"));
    ASSERT_TRUE(bucket.delete_(call, "a"));
    ASSERT_TRUE(bucket.set(call, "b", bytes("123456789012")));
    ASSERT_TRUE(bucket.set(call, "c", bytes("123456")));
    EXPECT_EQ(refusal(bucket.set(call, "c", bytes("1234567"))),
              "other: to keep more than 2 keys or 20 bytes");
  });
  EXPECT_EQ(denials_.back(), "pricing keyvalue: to keep more than 2 keys or 20 bytes");
}

TEST_F(KeyvalueTest, LetsAPluginShrinkWhatItsGrantHasNoRoomFor) {
  const Keyvalue store = open();
  with(store.for_plugin("pricing", {}), "default", [](CallContext& call, Bucket& bucket) {
    for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(bucket.set(call, key, bytes("12345")));
  });
  with(store.for_plugin("pricing", {.keys = 1, .bytes = {4}}), "default",
       [](CallContext& call, Bucket& bucket) {
         EXPECT_EQ(refusal(bucket.set(call, "d", {})),
                   "other: to keep more than 1 keys or 4 bytes");
         ASSERT_TRUE(bucket.set(call, "a", bytes("1")));
         ASSERT_TRUE(bucket.delete_(call, "b"));
       });
}

TEST_F(KeyvalueTest, ListsAllKeysPageByPage) {
  const Service service = open().for_plugin("pricing", {.batch = 3000});
  with(service, "default", [&](CallContext& call, Bucket& bucket) {
    std::vector<std::string> names;
    for (int i = 0; i < 2500; ++i) names.push_back(concat("key-", 10'000 + i));
    std::vector<std::tuple<std::string_view, std::span<const std::uint8_t>>> pairs;
    for (const std::string& name : names) pairs.emplace_back(name, std::span<const std::uint8_t>());
    ASSERT_TRUE(host_of<draft2::batch::Host>(service).set_many(call, bucket, pairs));

    std::vector<std::string> listed;
    std::size_t pages = 0;
    std::optional<std::string> cursor;
    do {
      auto page = bucket.list_keys(call, cursor);
      ASSERT_TRUE(page);
      ++pages;
      listed.insert(listed.end(), page->keys.begin(), page->keys.end());
      cursor = page->cursor;
      // Removing what was listed makes nothing that follows disappear.
      ASSERT_TRUE(bucket.delete_(call, page->keys.front()));
    } while (cursor);
    EXPECT_EQ(listed, names);
    EXPECT_EQ(pages, 3U);
  });
}

TEST_F(KeyvalueTest, ListsByNumbersInTheFirstDraft) {
  const Service service = open().for_plugin("pricing", {.batch = 3000});
  in_call([&](CallContext& call) {
    auto opened = host_of<draft::store::Host>(service).open(call, "default");
    ASSERT_TRUE(opened);
    draft::store::Bucket& bucket = **opened;
    for (int i = 0; i < 1001; ++i) ASSERT_TRUE(bucket.set(call, concat("key-", 1000 + i), {}));
    auto first = bucket.list_keys(call, std::nullopt);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->keys.size(), 1000U);
    auto second = bucket.list_keys(call, first->cursor);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->keys, std::vector<std::string>{"key-2000"});
    EXPECT_EQ(second->cursor, std::nullopt);
    auto unknown = bucket.list_keys(call, 4711);
    ASSERT_NE(unknown.refusal(), nullptr);
    EXPECT_EQ(std::get<draft::store::Error::Other>(*unknown.refusal()).value,
              "there is no such cursor any more: list from the start");
  });
}

TEST_F(KeyvalueTest, ShowsBothDraftsTheSameBuckets) {
  const Service service = open().for_plugin("pricing", {});
  with(service, "default", [&](CallContext& call, Bucket& bucket) {
    ASSERT_TRUE(bucket.set(call, "apple", bytes("red")));
    auto other = host_of<draft::store::Host>(service).open(call, "default");
    EXPECT_EQ(*(*other)->get(call, "apple"), bytes("red"));
  });
}

TEST_F(KeyvalueTest, IncrementsNumbersInDigits) {
  const Service service = open().for_plugin("pricing", {});
  auto& atomics = host_of<draft2::atomics::Host>(service);
  with(service, "default", [&](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(*atomics.increment(call, bucket, "n", 40), 40);
    EXPECT_EQ(*atomics.increment(call, bucket, "n", 2), 42);
    EXPECT_EQ(*atomics.increment(call, bucket, "n", -50), -8);
    EXPECT_EQ(*bucket.get(call, "n"), bytes("-8"));
    ASSERT_TRUE(bucket.set(call, "n", bytes("9223372036854775807")));
    EXPECT_EQ(refusal(atomics.increment(call, bucket, "n", 1)), "other: the sum is too large");
    ASSERT_TRUE(bucket.set(call, "n", bytes("12 apples")));
    EXPECT_EQ(refusal(atomics.increment(call, bucket, "n", 1)),
              "other: the value is no number in decimal digits");
    ASSERT_TRUE(bucket.set(call, "n", {}));
    EXPECT_EQ(refusal(atomics.increment(call, bucket, "n", 1)),
              "other: the value is no number in decimal digits");
  });
}

TEST_F(KeyvalueTest, LosesNoIncrementOfManyThreads) {
  const Service service = open().for_plugin("pricing", {});
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      with(service, "default", [&](CallContext& call, Bucket& bucket) {
        auto& atomics = host_of<draft2::atomics::Host>(service);
        for (int n = 0; n < kEach; ++n) ASSERT_TRUE(atomics.increment(call, bucket, "n", 1));
      });
    });
  for (std::thread& thread : threads) thread.join();
  with(service, "default", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(*bucket.get(call, "n"), bytes(std::to_string(kThreads * kEach)));
  });
}

TEST_F(KeyvalueTest, SwapsWhatNobodyHasWritten) {
  using CasError = draft2::atomics::CasError;
  const Service service = open().for_plugin("pricing", {});
  auto& atomics = host_of<draft2::atomics::Host>(service);
  with(service, "default", [&](CallContext& call, Bucket& bucket) {
    auto cas = atomics.cas_new(call, bucket, "apple");
    EXPECT_EQ(*(*cas)->current(call), std::nullopt);
    ASSERT_TRUE(atomics.swap(call, *std::move(cas), bytes("red")));
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("red"));

    cas = atomics.cas_new(call, bucket, "apple");
    // The same value, and yet another write.
    ASSERT_TRUE(bucket.set(call, "apple", bytes("red")));
    auto swapped = atomics.swap(call, *std::move(cas), bytes("green"));
    ASSERT_NE(swapped.refusal(), nullptr);
    auto& failed = std::get<CasError::CasFailed>(*swapped.refusal());
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("red"));
    EXPECT_EQ(*failed.value->current(call), bytes("red"));
    ASSERT_TRUE(atomics.swap(call, std::move(failed.value), bytes("green")));
    EXPECT_EQ(*bucket.get(call, "apple"), bytes("green"));

    // One that was removed and is there again is another one.
    cas = atomics.cas_new(call, bucket, "apple");
    ASSERT_TRUE(bucket.delete_(call, "apple"));
    ASSERT_TRUE(bucket.set(call, "apple", bytes("green")));
    EXPECT_NE(atomics.swap(call, *std::move(cas), bytes("x")).refusal(), nullptr);
  });
}

TEST_F(KeyvalueTest, DoesBatchesAsAWhole) {
  const Service service = open().for_plugin("pricing", {.keys = 2, .batch = 3, .answer = {10}});
  auto& batch = host_of<draft2::batch::Host>(service);
  with(service, "default", [&](CallContext& call, Bucket& bucket) {
    const Bytes8 six = bytes("123456");
    using Pair = std::tuple<std::string_view, std::span<const std::uint8_t>>;
    ASSERT_TRUE(batch.set_many(call, bucket, std::vector<Pair>{{"a", six}, {"b", six}}));
    EXPECT_EQ(refusal(batch.set_many(call, bucket, std::vector<Pair>{{"a", {}}, {"c", six}})),
              "other: to keep more than 2 keys or 16 MiB");
    EXPECT_EQ(*bucket.get(call, "a"), six);

    const std::vector<std::string_view> both{"a", "none"};
    auto found = batch.get_many(call, bucket, both);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->size(), 2U);
    EXPECT_EQ((*found)[0], (std::tuple<std::string, Bytes8>("a", six)));
    EXPECT_EQ((*found)[1], std::nullopt);
    EXPECT_EQ(refusal(batch.get_many(call, bucket, std::vector<std::string_view>{"a", "b"})),
              "other: an answer of more than 10 bytes");
    EXPECT_EQ(
        refusal(batch.delete_many(call, bucket, std::vector<std::string_view>{"1", "2", "3", "4"})),
        "other: 4 keys at once: one call may have 3");
    ASSERT_TRUE(batch.delete_many(call, bucket, both));
    EXPECT_EQ(*bucket.get(call, "a"), std::nullopt);
  });
}

TEST_F(KeyvalueTest, WaitsForOthersNoLongerThanItMay) {
  const Service service = open({.file = {}, .patience = 50ms}).for_plugin("pricing", {});
  with(service, "default", [](CallContext&, Bucket&) {});  // it is made
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.file("state.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  with(service, "default", [](CallContext& call, Bucket& bucket) {
    EXPECT_EQ(refusal(bucket.set(call, "a", {})),
              "other: the store cannot be used: others were using it until the time was over");
    // Readers need not wait.
    EXPECT_EQ(*bucket.get(call, "a"), std::nullopt);
  });
  sqlite3_close(other);
}

TEST_F(KeyvalueTest, LeavesOtherFilesAlone) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(folder_.file("state.db").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  const auto opened = Keyvalue::open({.file = folder_.file("state.db")});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind(), mortise::Error::Kind::io);
  EXPECT_EQ(opened.error().message(),
            concat("the key-value store ", folder_.file("state.db"),
                   " cannot be used: it is a database of something else"));
}

TEST_F(KeyvalueTest, SaysWhichFileCannotBeOpened) {
  const auto opened = Keyvalue::open({.file = folder_.file("none/state.db")});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), concat("the key-value store ", folder_.file("none/state.db"),
                                             " cannot be used: it cannot be opened"));
  folder_.write("text.db",
                "This is no database, and is long enough not to be taken for one that "
                "is just empty, as files of no bytes are.");
  const auto text = Keyvalue::open({.file = folder_.file("text.db")});
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().message(), concat("the key-value store ", folder_.file("text.db"),
                                           " cannot be used: it is damaged"));
}

}  // namespace
}  // namespace mortise::services
