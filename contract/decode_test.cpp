#include <mortise/contract/detail/decode.h>

#include <functional>
#include <random>
#include <string_view>

#include <gtest/gtest.h>

#include <mortise/contract/compare.h>

namespace mortise::contract::detail {
namespace {

// Writes the form as engine/src/contract/mod.rs does.
class Writer {
 public:
  Writer& byte(unsigned value) {
    bytes.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  Writer& number(std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) byte(value >> shift & 0xFF);
    return *this;
  }
  Writer& text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    for (const char c : value) byte(static_cast<std::uint8_t>(c));
    return *this;
  }
  Writer& type(Kind kind, std::string_view name = "", std::uint32_t length = 0) {
    return byte(static_cast<unsigned>(kind)).text(name).text("").number(length);
  }
  // No imports and no exports.
  Writer& nothing_more() { return number(0).number(0); }

  std::vector<std::uint8_t> bytes{};
};

// package a:b: interface c { r: record { x: u8 }; f: func(p: r) -> result<_, u8>; }, exported, and
// interface i, imported, without functions.
std::vector<std::uint8_t> whole() {
  Writer out;
  out.number(3);
  out.type(Kind::u8).number(0);
  out.type(Kind::record, "r").number(1).text("x").number(0);
  out.type(Kind::result).number(2).text("").number(kNone).text("").number(0);
  out.number(1).text("a:b/i").number(0).number(0);
  out.number(1).text("a:b/c").number(1);
  out.text("f").byte(1).number(1).text("p").number(1).number(2);
  out.number(1).text("r").number(1).byte(0);
  return out.bytes;
}

// Fails the test, and gives an empty one, if they are refused.
Contract decoded(std::span<const std::uint8_t> bytes) {
  std::optional<Contract> contract = decode(bytes);
  EXPECT_TRUE(contract) << "it is refused";
  return std::move(contract).value_or(Contract{});
}

TEST(Decode, TakesTheBytesThatTheEngineWrites) {
  // By hand: this is the form, which two languages must agree on.
  const std::vector<std::uint8_t> bytes{
      2,   0,   0,   0,                                         // two types
      2,   0,   0,   0,   0,   0,   0,   0,   0,                // u8: no name, no owner,
      0,   0,   0,   0,   0,   0,   0,   0,                     // no length, no members
      16,  1,   0,   0,   0,   'r', 0,   0,   0,   0,           // record r, no owner,
      0,   0,   0,   0,   1,   0,   0,   0,                     // no length, one field:
      1,   0,   0,   0,   'x', 0,   0,   0,   0,                // x, of the first type
      0,   0,   0,   0,                                         // no imports
      1,   0,   0,   0,                                         // one export:
      5,   0,   0,   0,   'a', ':', 'b', '/', 'c', 1, 0, 0, 0,  // a:b/c, one function:
      1,   0,   0,   0,   'f', 0,                               // f, not async
      1,   0,   0,   0,                                         // one parameter:
      1,   0,   0,   0,   'p', 1,   0,   0,   0,                // p, of the second type
      255, 255, 255, 255,                                       // no result
      0,   0,   0,   0,                                         // no types of its own
  };
  const Contract contract = decoded(bytes);
  ASSERT_EQ(contract.types.size(), 2u);
  EXPECT_EQ(contract.types[0].kind, Kind::u8);
  EXPECT_EQ(contract.types[1].kind, Kind::record);
  EXPECT_EQ(contract.types[1].name, "r");
  ASSERT_EQ(contract.types[1].members.size(), 1u);
  EXPECT_EQ(contract.types[1].members[0].name, "x");
  EXPECT_EQ(contract.types[1].members[0].type, 0u);
  EXPECT_TRUE(contract.imports.empty());
  ASSERT_EQ(contract.exports.size(), 1u);
  EXPECT_EQ(contract.exports[0].name, "a:b/c");
  ASSERT_EQ(contract.exports[0].functions.size(), 1u);
  const Function& f = contract.exports[0].functions[0];
  EXPECT_EQ(f.name, "f");
  EXPECT_FALSE(f.is_async);
  ASSERT_EQ(f.params.size(), 1u);
  EXPECT_EQ(f.params[0].name, "p");
  EXPECT_EQ(f.params[0].type, 1u);
  EXPECT_EQ(f.result, kNone);
}

TEST(Decode, KeepsImportsAsyncAndPartsThatAreNotThere) {
  const Contract contract = decoded(whole());
  ASSERT_EQ(contract.imports.size(), 1u);
  EXPECT_EQ(contract.imports[0].name, "a:b/i");
  EXPECT_TRUE(contract.exports.at(0).functions.at(0).is_async);
  EXPECT_EQ(contract.exports.at(0).types.at(0).name, "r");
  EXPECT_EQ(contract.exports.at(0).types.at(0).type, 1u);
  EXPECT_FALSE(contract.exports.at(0).types.at(0).used);
  EXPECT_EQ(contract.types.at(2).members.at(0).type, kNone);
  EXPECT_EQ(contract.types.at(2).members.at(1).type, 0u);
}

TEST(Decode, KeepsTheOwnerOfAHandle) {
  Writer out;
  out.number(1).byte(static_cast<unsigned>(Kind::own)).text("file").text("import a:b/c");
  out.number(0).number(0).nothing_more();
  const Contract contract = decoded(out.bytes);
  EXPECT_EQ(contract.types.at(0).name, "file");
  EXPECT_EQ(contract.types.at(0).owner, "import a:b/c");
}

TEST(Decode, KeepsTheLengthOfAListOfFixedLength) {
  Writer out;
  out.number(2).type(Kind::u8).number(0);
  out.type(Kind::fixed_list, "", 0x01020304).number(1).text("").number(0).nothing_more();
  const Contract contract = decoded(out.bytes);
  EXPECT_EQ(contract.types.at(1).length, 0x01020304u);
}

TEST(Decode, TakesAContractOfNothing) {
  EXPECT_TRUE(decode(Writer().number(0).nothing_more().bytes));
}

TEST(Decode, RefusesNoBytesAtAll) { EXPECT_FALSE(decode({})); }

TEST(Decode, RefusesEveryTruncation) {
  const std::vector<std::uint8_t> bytes = whole();
  ASSERT_TRUE(decode(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode(std::span(bytes).first(size))) << size;
}

TEST(Decode, RefusesBytesBehindTheEnd) {
  std::vector<std::uint8_t> bytes = whole();
  bytes.push_back(0);
  EXPECT_FALSE(decode(bytes));
}

// One type of `kind` with `members` of u8, after u8 itself.
std::vector<std::uint8_t> one_type(unsigned kind, std::uint32_t members) {
  Writer out;
  out.number(2).type(Kind::u8).number(0).byte(kind).text("").text("").number(0).number(members);
  for (std::uint32_t i = 0; i < members; ++i) out.text("").number(0);
  return out.nothing_more().bytes;
}

TEST(Decode, RefusesKindsThatThereAreNot) {
  EXPECT_TRUE(decode(one_type(static_cast<unsigned>(Kind::error_context), 0)));
  for (unsigned kind = static_cast<unsigned>(Kind::error_context) + 1; kind < 256; ++kind)
    EXPECT_FALSE(decode(one_type(kind, 0))) << kind;
}

TEST(Decode, RefusesTypesWithMoreOrFewerPartsThanTheirKindHas) {
  const auto takes = [](Kind kind, std::uint32_t members) {
    return decode(one_type(static_cast<unsigned>(kind), members)).has_value();
  };
  for (const Kind kind : {Kind::u8, Kind::string, Kind::own, Kind::borrow, Kind::error_context}) {
    EXPECT_TRUE(takes(kind, 0)) << static_cast<int>(kind);
    EXPECT_FALSE(takes(kind, 1)) << static_cast<int>(kind);
  }
  for (const Kind kind : {Kind::list, Kind::fixed_list, Kind::option, Kind::stream, Kind::future}) {
    EXPECT_FALSE(takes(kind, 0)) << static_cast<int>(kind);
    EXPECT_TRUE(takes(kind, 1)) << static_cast<int>(kind);
    EXPECT_FALSE(takes(kind, 2)) << static_cast<int>(kind);
  }
  for (const Kind kind : {Kind::map, Kind::result}) {
    EXPECT_FALSE(takes(kind, 1)) << static_cast<int>(kind);
    EXPECT_TRUE(takes(kind, 2)) << static_cast<int>(kind);
    EXPECT_FALSE(takes(kind, 3)) << static_cast<int>(kind);
  }
  for (const Kind kind : {Kind::record, Kind::tuple, Kind::variant, Kind::enumeration, Kind::flags})
    for (const std::uint32_t members : {0U, 1U, 2U, 99U, 100U})
      EXPECT_TRUE(takes(kind, members)) << static_cast<int>(kind) << ", " << members;
}

TEST(Decode, RefusesATypeMadeOfOneThatDoesNotStandBeforeIt) {
  const auto list_of = [](std::uint32_t element) {
    Writer out;
    out.number(2).type(Kind::u8).number(0).type(Kind::list).number(1).text("").number(element);
    return out.nothing_more().bytes;
  };
  EXPECT_TRUE(decode(list_of(0)));
  EXPECT_TRUE(decode(list_of(kNone)));
  EXPECT_FALSE(decode(list_of(1))) << "itself";
  EXPECT_FALSE(decode(list_of(2)));
  EXPECT_FALSE(decode(list_of(kNone - 1)));
}

// One type, and a function with these indices.
std::vector<std::uint8_t> one_function(std::uint32_t param, std::uint32_t result) {
  Writer out;
  out.number(1).type(Kind::u8).number(0).number(0).number(1).text("").number(1);
  out.text("f").byte(0).number(1).text("p").number(param).number(result).number(0);
  return out.bytes;
}

TEST(Decode, RefusesParametersAndResultsOfTypesThatThereAreNot) {
  EXPECT_TRUE(decode(one_function(0, 0)));
  EXPECT_TRUE(decode(one_function(0, kNone)));
  EXPECT_FALSE(decode(one_function(1, 0)));
  EXPECT_FALSE(decode(one_function(0, 1)));
  EXPECT_FALSE(decode(one_function(kNone - 1, 0)));
}

// An interface with nothing but a declared type.
std::vector<std::uint8_t> one_declared(std::uint32_t type) {
  Writer out;
  out.number(1).type(Kind::u8).number(0).number(0);
  out.number(1).text("i").number(0).number(1).text("t").number(type).byte(1);
  return out.bytes;
}

TEST(Decode, RefusesDeclaredTypesThatThereAreNot) {
  EXPECT_TRUE(decode(one_declared(0)));
  EXPECT_FALSE(decode(one_declared(1)));
  EXPECT_FALSE(decode(one_declared(kNone)));
}

// Lists of lists, so many types in all.
std::vector<std::uint8_t> nested(std::uint32_t types) {
  Writer out;
  out.number(types).type(Kind::u8).number(0);
  for (std::uint32_t i = 1; i < types; ++i) out.type(Kind::list).number(1).text("").number(i - 1);
  return out.nothing_more().bytes;
}

TEST(Decode, RefusesTypesThatAreNestedTooDeeply) {
  EXPECT_TRUE(decode(nested(kMaxNesting)));
  EXPECT_FALSE(decode(nested(kMaxNesting + 1)));
}

// A count that is believed makes room for that many.
TEST(Decode, RefusesCountsOfMoreThanThereCanBe) {
  constexpr std::uint32_t kHuge = 0xFFFFFFFF;
  EXPECT_FALSE(decode(Writer().number(kHuge).nothing_more().bytes)) << "types";
  EXPECT_FALSE(decode(Writer().number(1).type(Kind::record).number(kHuge).nothing_more().bytes))
      << "members";
  EXPECT_FALSE(decode(Writer().number(0).number(kHuge).number(0).bytes)) << "imports";
  EXPECT_FALSE(decode(Writer().number(0).number(0).number(kHuge).bytes)) << "exports";
  EXPECT_FALSE(decode(Writer().number(0).number(0).number(1).text("i").number(kHuge).bytes))
      << "functions";
  EXPECT_FALSE(
      decode(Writer().number(0).number(0).number(1).text("i").number(0).number(kHuge).bytes))
      << "types of an interface";
  EXPECT_FALSE(decode(Writer().number(0).number(0).number(1).number(kHuge).number(0).bytes))
      << "a text";
}

// ---- Bytes that nobody has written ----

// Looks at all of it: indices that lead nowhere would show, under sanitizers at the latest.
void look_at(const Contract& contract) {
  for (TypeId id = 0; id < contract.types.size(); ++id) (void)describe(contract, id);
  (void)explain(compare_exports(contract, contract));
}

TEST(Decode, TakesOrRefusesRandomBytes) {
  std::mt19937 random(7);  // NOLINT(bugprone-random-generator-seed): a failure comes again
  for (int round = 0; round < 100'000; ++round) {
    std::vector<std::uint8_t> bytes(random() % 200);
    // Small numbers lead further in than large ones.
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random() % 3 == 0 ? random() % 8 : 0);
    if (const std::optional<Contract> contract = decode(bytes)) look_at(*contract);
  }
}

TEST(Decode, TakesOrRefusesSpoiledContracts) {
  const std::vector<std::uint8_t> good = whole();
  std::mt19937 random(8);  // NOLINT(bugprone-random-generator-seed): a failure comes again
  int taken = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::vector<std::uint8_t> bytes = good;
    for (std::size_t left = 1 + random() % 3; left > 0; --left) {
      const std::size_t value = random() % 2 == 0 ? random() % 256 : random() % 4;
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(value);
    }
    if (const std::optional<Contract> contract = decode(bytes)) {
      look_at(*contract);
      ++taken;
    }
  }
  EXPECT_GT(taken, 1000) << "it spoils too much to say anything";
}

}  // namespace
}  // namespace mortise::contract::detail
