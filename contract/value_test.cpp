#include <mortise/contract/value.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tests/random_values.h>
#include <tests/wit.h>

namespace mortise::contract {
namespace {

namespace wit = testing::wit;
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
using wit::u32;
using wit::u8;

wit::Type metadata() {
  return record("metadata", {{"name", string()}, {"priority", u32()}, {"tag", option(string())}});
}
wit::Type shape() {
  return named(Kind::variant, "shape", {{"empty", kNothing}, {"circle", u32()}});
}

Value meta() { return Value::record({{"name", "x"}, {"priority", Value::u32(1)}}); }

// What check() says of a value; nothing where it fits.
std::string misfit(const wit::Type& type, const Value& value) {
  Contract contract;
  const TypeId id = wit::add(contract, type);
  const auto fits = check(contract, id, value);
  return fits ? "" : fits.error().message;
}

// ---- Making and looking ----

TEST(Value, IsFalseIfNothingIsSaid) { EXPECT_EQ(Value(), Value(false)); }

TEST(Value, IsOfTheKindThatItsCppTypeSays) {
  EXPECT_EQ(Value(std::uint16_t{7}), Value::u16(7));
  EXPECT_EQ(Value(7), Value::s32(7));
  EXPECT_EQ(Value(1.5F), Value::f32(1.5F));
  EXPECT_EQ(Value(U'x'), Value::character(U'x'));
  EXPECT_TRUE(Value("x").get<std::string>());
  EXPECT_TRUE(Value(std::string_view("x")).get<std::string>());
}

TEST(Value, DoesNotTakeACharForANumber) {
  EXPECT_FALSE((std::is_constructible_v<Value, char>));
  EXPECT_FALSE((std::is_constructible_v<Value, const int*>));
}

TEST(Value, IsGotByItsTypeAndByNoOther) {
  const Value value = Value::u32(7);
  ASSERT_TRUE(value.get<std::uint32_t>());
  EXPECT_EQ(*value.get<std::uint32_t>(), 7U);
  EXPECT_FALSE(value.get<std::int32_t>());
}

TEST(Value, FindsFieldsByName) {
  const Value value = meta();
  ASSERT_TRUE(value.find("priority"));
  EXPECT_EQ(*value.find("priority"), Value::u32(1));
  EXPECT_FALSE(value.find("other"));
  EXPECT_FALSE(Value(1).find("priority"));
}

TEST(Value, HasElementsWhereItIsAListOrATuple) {
  EXPECT_EQ(Value::list({"a", "b"}).elements().size(), 2U);
  EXPECT_EQ(Value::tuple({1, "b"}).elements()[1], Value("b"));
  EXPECT_TRUE(Value(1).elements().empty());
}

TEST(Value, KeepsAListOfU8AsBytes) {
  const Value value = Value::list({Value::u8(1), Value::u8(2)});
  ASSERT_TRUE(value.get<Value::Bytes>());
  EXPECT_EQ(value, Value::bytes({1, 2}));
  EXPECT_FALSE(Value::list({Value::u8(1), Value::u16(2)}).get<Value::Bytes>());
}

TEST(Value, StaysAsItWasWhenItsCopyChanges) {
  const Value value = Value::some(Value::list({"a"}));
  Value copy = value;
  copy = Value::none();
  EXPECT_EQ(value, Value::some(Value::list({"a"})));
}

TEST(Value, MayBecomeAPartOfItself) {
  Value value = Value::some(Value::list({Value::list({"a", "b"}), "c"}));
  value = *value.get<Value::Option>()->payload;
  value = value.elements()[0];
  value = value.elements()[1];
  EXPECT_EQ(value, Value("b"));
}

// ---- Comparing ----

TEST(Value, OfAnotherKindIsAnotherValue) {
  EXPECT_FALSE(Value::u8(1) == Value::u16(1));
  EXPECT_FALSE(Value::enumeration("a") == Value::variant("a"));
  EXPECT_FALSE(Value::list({1}) == Value::tuple({1}));
}

TEST(Value, HasOneNan) {
  EXPECT_EQ(Value(std::nan("")), Value(-std::nan("5")));
  EXPECT_EQ(Value(std::nanf("")), Value(-std::nanf("5")));
}

TEST(Value, TellsZerosApart) { EXPECT_FALSE(Value(0.0) == Value(-0.0)); }

TEST(Value, OfARecordIsTheSameInAnyOrder) {
  EXPECT_EQ(meta(), Value::record({{"priority", Value::u32(1)}, {"name", "x"}}));
  EXPECT_FALSE(meta() == Value::record({{"name", "x"}, {"priority", Value::u32(2)}}));
}

TEST(Value, OfARecordIsTheSameWithoutFieldsThatAreNone) {
  EXPECT_EQ(Value::record({{"a", Value::none()}, {"b", 1}}), Value::record({{"b", 1}}));
  EXPECT_FALSE(Value::record({{"a", Value::some(1)}, {"b", 1}}) == Value::record({{"b", 1}}));
}

TEST(Value, OfFlagsIsTheSameInAnyOrder) {
  EXPECT_EQ(Value::flags({"a", "b"}), Value::flags({"b", "a"}));
  EXPECT_FALSE(Value::flags({"a", "b"}) == Value::flags({"a"}));
}

TEST(Value, OfAnEmptyListIsTheSameWhateverItIsOf) {
  EXPECT_EQ(Value::list({}), Value::bytes({}));
  EXPECT_FALSE(Value::list({}) == Value::bytes({1}));
  EXPECT_FALSE(Value::list({}) == Value::tuple({}));
}

TEST(Value, OfTheOtherSideOfAResultIsAnotherValue) {
  EXPECT_EQ(Value::ok(1), Value::ok(1));
  EXPECT_FALSE(Value::ok(1) == Value::error(1));
  EXPECT_FALSE(Value::ok() == Value::ok(1));
}

TEST(Value, OfAHandleIsItsResourceAndItsNumber) {
  EXPECT_EQ(Value::handle("cart", 1), Value::handle("cart", 1));
  EXPECT_FALSE(Value::handle("cart", 1) == Value::handle("cart", 2));
  EXPECT_FALSE(Value::handle("cart", 1) == Value::handle("store", 1));
}

// ---- Fitting a type ----

TEST(Check, FindsNothingWhereAValueFits) { EXPECT_EQ(misfit(metadata(), meta()), ""); }

TEST(Check, SaysWhereAPartDoesNotFit) {
  EXPECT_EQ(misfit(metadata(), Value::record({{"name", "x"}, {"priority", "high"}})),
            "record `metadata`, field `priority`: expected u32, this is a string \"high\"");
}

TEST(Check, NamesTheParameter) {
  Contract contract =
      wit::exporting("a:b/c", {{"f", {{"input", string()}, {"meta", metadata()}}, kNothing}});
  const Function& function = contract.exports[0].functions[0];
  const std::vector<Value> good{"x", meta()};
  EXPECT_TRUE(check(contract, function, good));
  const std::vector<Value> bad{"x", Value::record({{"name", 1}, {"priority", Value::u32(1)}})};
  EXPECT_EQ(check(contract, function, bad).error().message,
            "parameter `meta`, record `metadata`, field `name`: expected string, this is s32 1");
  const std::vector<Value> few{"x"};
  EXPECT_EQ(check(contract, function, few).error().message, "f takes 2 arguments, these are 1");
}

TEST(Check, TellsIntegersApart) {
  EXPECT_EQ(misfit(u32(), Value(1)), "expected u32, this is s32 1");
  EXPECT_EQ(misfit(plain(Kind::s64), Value::u64(1)), "expected s64, this is u64 1");
}

TEST(Check, FindsCharsThatAreNone) {
  EXPECT_EQ(misfit(plain(Kind::character), Value(U'x')), "");
  EXPECT_EQ(misfit(plain(Kind::character), Value(char32_t{0xD800})),
            "expected char, 55296 is no scalar value");
  EXPECT_EQ(misfit(plain(Kind::character), Value(char32_t{0x110000})),
            "expected char, 1114112 is no scalar value");
}

TEST(Check, FindsTextThatIsNotUtf8) {
  EXPECT_EQ(misfit(string(), "ab\xFF"), "the text is not UTF-8 at its byte 2");
}

TEST(Check, FindsFieldsThatAreMissingUnknownOrThereTwice) {
  EXPECT_EQ(misfit(metadata(), Value::record({{"name", "x"}})),
            "record `metadata`: field `priority`, u32, is missing");
  EXPECT_EQ(misfit(metadata(), Value::record({{"nam", "x"}})),
            "record `metadata` has no field `nam`: it has `name`, `tag`, `priority`");
  EXPECT_EQ(misfit(metadata(), Value::record({{"name", "x"}, {"name", "y"}})),
            "record `metadata`: field `name` is there twice");
}

TEST(Check, AsksForAListOfTheRightElements) {
  EXPECT_EQ(misfit(list(string()), Value::list({"a", 1})),
            "element 1: expected string, this is s32 1");
  EXPECT_EQ(misfit(list(u8()), Value::bytes({1})), "");
  EXPECT_EQ(misfit(list(u32()), Value::bytes({1})), "expected list<u32>, this is a list of 1 u8");
  EXPECT_EQ(misfit(list(u32()), Value::bytes({})), "");
  EXPECT_EQ(misfit(list(u8()), Value::list({})), "");
}

TEST(Check, CountsTheElementsOfFixedListsAndTuples) {
  EXPECT_EQ(misfit(wit::fixed_list(u8(), 2), Value::bytes({1, 2})), "");
  EXPECT_EQ(misfit(wit::fixed_list(u8(), 2), Value::bytes({1})),
            "expected list<u8, 2>, this is a list of 1 u8");
  EXPECT_EQ(misfit(tuple({u32(), string()}), Value::tuple({Value::u32(1)})),
            "expected tuple<u32, string>, this is a tuple of 1");
}

TEST(Check, LooksIntoMaps) {
  const wit::Type map = of(Kind::map, {string(), u32()});
  EXPECT_EQ(misfit(map, Value::map({{"a", Value::u32(1)}})), "");
  EXPECT_EQ(misfit(map, Value::map({{"a", Value::u32(1)}, {"b", "c"}})),
            "entry 1, the value: expected u32, this is a string \"c\"");
}

TEST(Check, AsksForThePayloadThatACaseHas) {
  EXPECT_EQ(misfit(shape(), Value::variant("empty")), "");
  EXPECT_EQ(misfit(shape(), Value::variant("circle", Value::u32(1))), "");
  EXPECT_EQ(misfit(shape(), Value::variant("circle")),
            "variant `shape`, case `circle`: expected u32, this has no payload");
  EXPECT_EQ(misfit(shape(), Value::variant("empty", 1)),
            "variant `shape`, case `empty`: expected no payload, this is s32 1");
  EXPECT_EQ(misfit(shape(), Value::variant("round")),
            "variant `shape` has no case `round`: it has `empty`, `circle`");
}

TEST(Check, LooksIntoOptionsAndResults) {
  EXPECT_EQ(misfit(option(u32()), Value::none()), "");
  EXPECT_EQ(misfit(option(u32()), Value::u32(1)), "expected option<u32>, this is u32 1");
  EXPECT_EQ(misfit(option(u32()), Value::some("x")),
            "the value: expected u32, this is a string \"x\"");
  EXPECT_EQ(misfit(result(u32(), kNothing), Value::error()), "");
  EXPECT_EQ(misfit(result(u32(), kNothing), Value::error("x")),
            "the error value: expected no payload, this is a string \"x\"");
}

TEST(Check, KnowsTheFlags) {
  const wit::Type access = named(Kind::flags, "access", {{"read", kNothing}, {"write", kNothing}});
  EXPECT_EQ(misfit(access, Value::flags({"write", "read"})), "");
  EXPECT_EQ(misfit(access, Value::flags({"wrote"})),
            "flags `access` has no flag `wrote`: it has `write`, `read`");
  EXPECT_EQ(misfit(access, Value::flags({"read", "read"})),
            "flags `access`: flag `read` is there twice");
}

TEST(Check, KnowsTheResource) {
  EXPECT_EQ(misfit(named(Kind::own, "cart"), Value::handle("cart", 1)), "");
  EXPECT_EQ(misfit(named(Kind::borrow, "cart"), Value::handle("store", 1)),
            "expected borrow<cart>, this is a handle of `store`");
}

TEST(Check, CallsAResourceSoThatNobodyKnowsTheNameOf) {
  EXPECT_EQ(misfit(named(Kind::own, ""), Value::handle("resource", 1)), "");
  EXPECT_EQ(misfit(named(Kind::own, ""), Value::handle("store", 1)),
            "expected own<_>, this is a handle of `store`");
}

TEST(Check, HasNoValuesOfStreams) {
  EXPECT_EQ(misfit(of(Kind::stream, {u8()}), Value::bytes({})),
            "there are no values of type stream<u8> here");
}

TEST(Check, EndsWhereAValueIsTooDeep) {
  wit::Type type = u8();
  Value value = Value::u8(1);
  for (int level = 1; level < kMaxDepth; ++level) {
    type = option(type);
    value = Value::some(value);
  }
  EXPECT_EQ(misfit(type, value), "");
  const std::string message = misfit(option(type), Value::some(value));
  EXPECT_TRUE(message.ends_with("the value: it is nested deeper than 100 levels")) << message;
}

// ---- Examples ----

TEST(Example, FitsItsType) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    testing::RandomValues random(seed);
    Contract contract;
    const TypeId type = random.type(contract, 4);
    const auto fits = check(contract, type, example(contract, type));
    EXPECT_TRUE(fits) << seed << ": " << fits.error().message;
  }
}

TEST(Example, OfATypeWithoutEndIsCut) {
  wit::Type type = wit::fixed_list(u32(), std::numeric_limits<std::uint32_t>::max());
  Contract contract;
  const Value value = example(contract, wit::add(contract, type));
  EXPECT_LT(value.elements().size(), 1001U);
}

// ---- Places ----

TEST(Excerpt, PointsIntoTheLine) {
  EXPECT_EQ(excerpt("ab\ncd ef\ngh", {.message = "", .offset = 6}), "cd ef\n   ^");
  EXPECT_EQ(excerpt("", {.message = ""}), "\n^");
}

TEST(Excerpt, CutsALongLine) {
  const std::string text(500, 'x');
  EXPECT_EQ(excerpt(text, {.message = "", .offset = 250}),
            std::string(80, 'x') + "\n" + std::string(60, ' ') + "^");
}

TEST(Excerpt, CountsCharacters) {
  EXPECT_EQ(excerpt("\xC3\xA4\xC3\xB6 x", {.message = "", .offset = 5}),
            "\xC3\xA4\xC3\xB6 x\n   ^");
}

}  // namespace
}  // namespace mortise::contract
