// What was approved, and what is new.
#include <mortise/policy/lock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/sha256.h>

#include "tests/services/files.h"

namespace mortise {
namespace {

using Lines = std::vector<std::string>;

// ---- Hashes ------------------------------------------------------------------------------------

// FIPS 180-4, and a size at each side of a block's end.
TEST(Sha256, IsThatOfTheStandard) {
  using policy::sha256;
  EXPECT_EQ(sha256(std::string_view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(std::string_view("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(std::string_view("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInWhateverParts) {
  const std::string text(300, 'x');
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  for (std::size_t first = 0; first <= 130; ++first) {
    policy::Sha256 hash;
    hash.add(bytes.first(first));
    hash.add(bytes.subspan(first));
    EXPECT_EQ(hash.finish(), policy::sha256(text)) << first;
  }
}

TEST(ComponentHash, IsThatOfTheFile) {
  const testing::Folder folder;
  folder.write("x", "abc");
  EXPECT_EQ(component_hash(folder.file("x")).value(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(component_hash("/dev/zero").error().message(), "/dev/zero is not a regular file");
}

// A function of a record, whose types stand in this order or the other.
contract::Contract contract(bool other_order, std::string_view field = "x") {
  using contract::Kind;
  contract::Contract out;
  const contract::Type text{.kind = Kind::string, .name = ""};
  const contract::Type number{.kind = Kind::u32, .name = ""};
  out.types = other_order ? std::vector{number, text} : std::vector{text, number};
  const contract::TypeId text_id = other_order ? 1 : 0;
  const contract::TypeId number_id = other_order ? 0 : 1;
  out.types.push_back({.kind = Kind::record,
                       .name = "r",
                       .members = {{.name = std::string(field), .type = number_id}}});
  out.exports.push_back(
      {.name = "a:b/c",
       .functions = {{.name = "f", .params = {{.name = "p", .type = 2}}, .result = text_id}}});
  return out;
}

TEST(ContractHash, IsOfWhatTypesAreAndNotOfTheirOrder) {
  EXPECT_EQ(contract_hash(contract(false)), contract_hash(contract(true)));
  EXPECT_NE(contract_hash(contract(false)), contract_hash(contract(false, "y")));
  contract::Contract imported = contract(false);
  std::swap(imported.imports, imported.exports);
  EXPECT_NE(contract_hash(imported), contract_hash(contract(false)));
}

// ---- Lock files --------------------------------------------------------------------------------

const std::string kOne(64, '1');
const std::string kTwo(64, '2');

Approved approved() {
  return {.component = kOne,
          .contract = kOne,
          .exports = {"a:b/c"},
          .imports = {"wasi:logging/logging"},
          .grants = {"log: all of \"it\"\\"},
          .children = {{"tax", kTwo}}};
}

TEST(Lock, IsReadAsItWasWritten) {
  const Lock lock{.plugins = {{"b.c", approved()}, {"a", {.component = kOne, .contract = kTwo}}}};
  const std::string text = lock.text();
  EXPECT_EQ(text, concat("# What was approved of each plugin. Written by `mortise audit "
                         "--approve`; keep it with the\n# policy.\n"
                         "\n[plugins.\"a\"]\ncomponent = \"",
                         kOne, "\"\ncontract = \"", kTwo,
                         "\"\n"
                         "\n[plugins.\"b.c\"]\ncomponent = \"",
                         kOne, "\"\ncontract = \"", kOne,
                         "\"\nexports = [\n  \"a:b/c\",\n]\nimports = [\n  "
                         "\"wasi:logging/logging\",\n]\ngrants = [\n  \"log: all of "
                         "\\\"it\\\"\\\\\",\n]\n[plugins.\"b.c\".children]\n\"tax\" = \"",
                         kTwo, "\"\n"));
  const Result<Lock> read = Lock::parse(text, "x.lock");
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(read->plugins, lock.plugins);
}

TEST(Lock, IsWrittenAtOnce) {
  const testing::Folder folder;
  const Lock lock{.plugins = {{"a", approved()}}};
  ASSERT_TRUE(lock.write(folder.file("x.lock")));
  ASSERT_TRUE(lock.write(folder.file("x.lock")));
  EXPECT_EQ(Lock::read(folder.file("x.lock")).value().plugins, lock.plugins);
  const std::filesystem::directory_iterator there(folder.file(""));
  EXPECT_EQ(std::distance(begin(there), end(there)), 1);
  EXPECT_EQ(lock.write("/nowhere/x.lock").error().message(),
            "/nowhere/x.lock cannot be written: No such file or directory");
}

TEST(Lock, IsNotWrittenOverTheDraftOfAnother) {
  const testing::Folder folder;
  folder.write("x.lock.part", "of another");
  ASSERT_TRUE(Lock().write(folder.file("x.lock")));
  std::ifstream in(folder.file("x.lock.part"));
  std::string text;
  std::getline(in, text);
  EXPECT_EQ(text, "of another");
}

TEST(Lock, KeepsWhatAllHaveChangedAtTheSameTime) {
  const testing::Folder folder;
  constexpr int kMany = 8;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kMany; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < kMany; ++j)
        EXPECT_TRUE(Lock::change(folder.file("x.lock"), [&](Lock& lock) {
          lock.plugins[concat("p", i, ".", j)] = approved();
        }));
    });
  threads.clear();
  EXPECT_EQ(Lock::read(folder.file("x.lock")).value().plugins.size(), std::size_t{kMany * kMany});
}

TEST(Lock, IsLeftAloneWhereItCannotBeRead) {
  const testing::Folder folder;
  folder.write("x.lock", "[plugin.a]\n");
  const auto changed = Lock::change(folder.file("x.lock"), [](Lock&) { FAIL(); });
  EXPECT_EQ(changed.error().message(),
            "x.lock:1:2: there is no key `plugin` in the file; did you mean `plugins`?");
}

std::string error(std::string_view text) {
  const Result<Lock> lock = Lock::parse(text, "x.lock");
  return lock ? "no error" : std::string(lock.error().message());
}

TEST(Lock, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(error("[plugins.a]\ncomponent = \"12\"\n"),
            "x.lock:1:10: [plugins.a] says no `contract`\n"
            "x.lock:2:13: `component` is \"12\"; it should be a SHA-256 of 64 digits");
  EXPECT_EQ(error("[plugin.a]\n"),
            "x.lock:1:2: there is no key `plugin` in the file; did you mean `plugins`?");
  EXPECT_EQ(error(concat("[plugins.a]\ncomponent = \"", kOne, "\"\ncontract = \"", kOne,
                         "\"\ngrants = \"all\"\nchildren = { tax = 1 }\n")),
            "x.lock:4:10: `grants` is \"all\"; it should be a list of texts\n"
            "x.lock:5:20: `tax` is 1; it should be a SHA-256 of 64 digits");
}

// ---- What is new -------------------------------------------------------------------------------

TEST(Changes, AreNone) { EXPECT_EQ(changes(approved(), approved()), Lines{}); }

TEST(Changes, AreNamedInWords) {
  Approved now = approved();
  now.component = kTwo;
  now.contract = kTwo;
  now.exports = {"a:b/d"};
  now.imports = {};
  now.grants = {"log: all of \"it\"\\", "sql orders: read"};
  now.children = {{"tax", kOne}, {"new", kOne}};
  EXPECT_EQ(changes(approved(), now),
            (Lines{"is another component", "exports now a:b/d", "no longer exports a:b/c",
                   "no longer imports wasi:logging/logging", "is now granted sql orders: read",
                   "runs a component as `new` that was not approved",
                   "runs another component as `tax`"}));
}

TEST(Changes, OfFunctionsAreChanges) {
  Approved now = approved();
  now.contract = kTwo;
  EXPECT_EQ(changes(approved(), now),
            Lines{"has other functions or types in the interfaces that it had"});
}

TEST(Changes, AreSafeToPrint) {
  Approved now = approved();
  now.imports.emplace_back("\x1b[31m");
  EXPECT_EQ(changes(approved(), now), Lines{"imports now \\u{1b}[31m"});
}

}  // namespace
}  // namespace mortise
