#include <mortise/contract/model.h>

#include <gtest/gtest.h>

#include <tests/wit.h>

namespace mortise::contract {
namespace {

namespace wit = testing::wit;
using wit::add;
using wit::add_export;
using wit::exporting;
using wit::fixed_list;
using wit::kNothing;
using wit::list;
using wit::named;
using wit::of;
using wit::option;
using wit::plain;
using wit::record;
using wit::result;
using wit::string;
using wit::tuple;
using wit::u8;

std::string described(const wit::Type& type) {
  Contract contract;
  const TypeId id = add(contract, type);
  return describe(contract, id);
}

TEST(Describe, NamesPlainTypesAsWitDoes) {
  EXPECT_EQ(described(plain(Kind::boolean)), "bool");
  EXPECT_EQ(described(plain(Kind::s8)), "s8");
  EXPECT_EQ(described(plain(Kind::u8)), "u8");
  EXPECT_EQ(described(plain(Kind::s16)), "s16");
  EXPECT_EQ(described(plain(Kind::u16)), "u16");
  EXPECT_EQ(described(plain(Kind::s32)), "s32");
  EXPECT_EQ(described(plain(Kind::u32)), "u32");
  EXPECT_EQ(described(plain(Kind::s64)), "s64");
  EXPECT_EQ(described(plain(Kind::u64)), "u64");
  EXPECT_EQ(described(plain(Kind::f32)), "f32");
  EXPECT_EQ(described(plain(Kind::f64)), "f64");
  EXPECT_EQ(described(plain(Kind::character)), "char");
  EXPECT_EQ(described(plain(Kind::string)), "string");
  EXPECT_EQ(described(plain(Kind::error_context)), "error-context");
}

TEST(Describe, WritesOutTypesThatHaveParts) {
  EXPECT_EQ(described(list(u8())), "list<u8>");
  EXPECT_EQ(described(fixed_list(u8(), 4)), "list<u8, 4>");
  EXPECT_EQ(described(of(Kind::map, {string(), u8()})), "map<string, u8>");
  EXPECT_EQ(described(tuple({u8(), string()})), "tuple<u8, string>");
  EXPECT_EQ(described(option(string())), "option<string>");
  EXPECT_EQ(described(of(Kind::stream, {u8()})), "stream<u8>");
  EXPECT_EQ(described(of(Kind::future, {u8()})), "future<u8>");
  EXPECT_EQ(described(of(Kind::future, {kNothing})), "future<_>");
}

TEST(Describe, WritesResultsAsWitDoes) {
  EXPECT_EQ(described(result(string(), u8())), "result<string, u8>");
  EXPECT_EQ(described(result(string(), kNothing)), "result<string>");
  EXPECT_EQ(described(result(kNothing, u8())), "result<_, u8>");
  EXPECT_EQ(described(result(kNothing, kNothing)), "result");
}

TEST(Describe, CallsTypesThatHaveNamesByThem) {
  EXPECT_EQ(described(record("metadata", {{"x", u8()}})), "record `metadata`");
  EXPECT_EQ(described(named(Kind::variant, "shape", {{"dot", kNothing}})), "variant `shape`");
  EXPECT_EQ(described(named(Kind::enumeration, "color", {{"red", kNothing}})), "enum `color`");
  EXPECT_EQ(described(named(Kind::flags, "rights", {{"read", kNothing}})), "flags `rights`");
  EXPECT_EQ(described(named(Kind::own, "file")), "own<file>");
  EXPECT_EQ(described(named(Kind::borrow, "file")), "borrow<file>");
}

TEST(Describe, CallsTypesWithoutNameByTheirKind) {
  EXPECT_EQ(described(record("", {{"x", u8()}})), "a record");
  EXPECT_EQ(described(named(Kind::variant, "")), "a variant");
  EXPECT_EQ(described(named(Kind::enumeration, "")), "an enum");
  EXPECT_EQ(described(named(Kind::flags, "")), "flags");
  EXPECT_EQ(described(named(Kind::own, "")), "own<_>");
  EXPECT_EQ(described(named(Kind::borrow, "")), "borrow<_>");
}

TEST(Describe, EscapesNames) {
  EXPECT_EQ(described(record("a\u202Eb", {})), "record `a\\u{202e}b`");
  EXPECT_EQ(described(named(Kind::own, "a\nb")), "own<a\\u{a}b>");
}

TEST(Describe, LeavesOutWhatIsTooDeep) {
  wit::Type type = u8();
  for (int i = 0; i < 4; ++i) type = list(type);
  EXPECT_EQ(described(type), "list<list<list<list<u8>>>>");
  for (int i = 0; i < 100; ++i) type = option(type);
  EXPECT_EQ(described(type), "option<option<option<option<option<..>>>>>");
}

TEST(Describe, LeavesOutWhatIsTooLong) {
  const std::string all = described(tuple(std::vector<std::optional<wit::Type>>(1000, u8())));
  EXPECT_LT(all.size(), 300u);
  EXPECT_TRUE(all.starts_with("tuple<u8, u8, u8, ")) << all;
  EXPECT_TRUE(all.ends_with("u8, ..>")) << all;
}

// A few types that stand for a thousand to the power of five.
TEST(Describe, IsDoneSoonWithTypesThatUnfold) {
  Contract contract;
  add(contract, u8());
  for (TypeId i = 0; i < 5; ++i) {
    contract::Type all{.kind = Kind::tuple, .name = "", .length = 0};
    all.members.resize(1000, {.name = "", .type = i});
    contract.types.push_back(std::move(all));
  }
  EXPECT_LT(describe(contract, 5).size(), 500u);
}

TEST(Describe, CallsTheAbsenceOfATypeNothing) { EXPECT_EQ(describe({}, kNone), "nothing"); }

TEST(Find, GivesTheInterfaceOrFunctionOfThatName) {
  Contract contract = exporting("a:b/c", {{.name = "f"}, {.name = "g"}});
  add_export(contract, "", {{.name = "h"}});
  const Interface* interface = find(contract.exports, "a:b/c");
  ASSERT_EQ(interface, &contract.exports[0]);
  EXPECT_EQ(find(*interface, "g"), &interface->functions[1]);
  EXPECT_EQ(find(contract.exports, ""), &contract.exports[1]);
}

TEST(Find, GivesNothingWhereThereIsNone) {
  const Contract contract = exporting("a:b/c", {{.name = "f"}});
  EXPECT_EQ(find(contract.exports, "a:b/d"), nullptr);
  EXPECT_EQ(find(contract.exports, ""), nullptr);
  EXPECT_EQ(find(contract.exports[0], "g"), nullptr);
  EXPECT_EQ(find(contract.imports, "a:b/c"), nullptr);
}

}  // namespace
}  // namespace mortise::contract
