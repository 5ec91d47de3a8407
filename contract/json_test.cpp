#include <mortise/contract/json.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/contract/wave.h>
#include <tests/random_values.h>
#include <tests/wit.h>

namespace mortise::json {
namespace {

using contract::check;
using contract::Contract;
using contract::Kind;
using contract::kMaxDepth;
using contract::TypeId;
namespace wit = testing::wit;
using wit::character;
using wit::f32;
using wit::f64;
using wit::kNothing;
using wit::list;
using wit::named;
using wit::of;
using wit::option;
using wit::plain;
using wit::record;
using wit::result;
using wit::s64;
using wit::string;
using wit::tuple;
using wit::u32;
using wit::u64;
using wit::u8;

wit::Type map_of(const wit::Type& key) { return of(Kind::map, {key, u32()}); }
wit::Type basic() { return record("basic", {{"required", u8()}, {"optional", option(u8())}}); }
wit::Type hand() { return named(Kind::enumeration, "hand", {{"left", {}}, {"right", {}}}); }
wit::Type access() { return named(Kind::flags, "access", {{"read", {}}, {"write", {}}}); }
wit::Type shape() {
  return named(Kind::variant, "shape", {{"empty", kNothing}, {"circle", f64()}});
}

// What a text is read as, in WAVE; or what is wrong with it.
std::string read(const wit::Type& type, std::string_view text) {
  Contract contract;
  const TypeId id = wit::add(contract, type);
  const auto value = parse(contract, id, text);
  if (!value) return value.error().message;
  EXPECT_TRUE(check(contract, id, *value));
  return wave::print(*value);
}
// What a text is read as, printed.
std::string again(const wit::Type& type, std::string_view text) {
  Contract contract;
  const TypeId id = wit::add(contract, type);
  const auto value = parse(contract, id, text);
  if (!value) return value.error().message;
  const auto printed = print(contract, id, *value);
  return printed ? *printed : printed.error().message;
}
void keeps(const wit::Type& type, std::string_view text) { EXPECT_EQ(again(type, text), text); }

// ---- Plain values ----

TEST(Json, ReadsBools) {
  keeps(plain(Kind::boolean), "true");
  keeps(plain(Kind::boolean), "false");
  EXPECT_EQ(read(plain(Kind::boolean), "\"true\""),
            "line 1, column 1: expected bool, found a string \"true\"; for example true");
}

TEST(Json, ReadsIntegersToTheirEdges) {
  keeps(plain(Kind::s8), "-128");
  keeps(u32(), "4294967295");
  EXPECT_EQ(read(u8(), "256"),
            "line 1, column 1: expected u8, found 256, which is not from 0 to 255; for example 1");
}

TEST(Json, RefusesWhatIsNoInteger) {
  EXPECT_EQ(read(u8(), "1.0"), "line 1, column 1: expected u8, found 1.0; for example 1");
  EXPECT_EQ(read(u8(), "1e2"), "line 1, column 1: expected u8, found 1e2; for example 1");
  EXPECT_EQ(read(u8(), "\"1\""),
            "line 1, column 1: expected u8, found a string \"1\"; for example 1");
  EXPECT_EQ(read(u8(), "null"), "line 1, column 1: expected u8, found null; for example 1");
}

TEST(Json, PrintsLargeIntegersAsStrings) {
  keeps(s64(), "9007199254740991");
  keeps(s64(), "-9007199254740991");
  EXPECT_EQ(again(s64(), "9007199254740992"), "\"9007199254740992\"");
  EXPECT_EQ(again(s64(), "-9007199254740992"), "\"-9007199254740992\"");
}

TEST(Json, ReadsLargeIntegersExactlyAsNumbersAndAsStrings) {
  EXPECT_EQ(read(u64(), "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(read(u64(), "\"18446744073709551615\""), "18446744073709551615");
  EXPECT_EQ(read(s64(), "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(read(u64(), "18446744073709551616"),
            "line 1, column 1: expected u64, found 18446744073709551616, which is not from 0 to "
            "18446744073709551615; for example 1");
  EXPECT_EQ(read(u64(), "\" 1\""),
            "line 1, column 1: expected u64, found a string \" 1\"; for example 1");
}

TEST(Json, ReadsFloats) {
  keeps(f64(), "0.1");
  keeps(f32(), "0.1");
  keeps(f64(), "-0.0");
  keeps(f64(), "1e+300");
  EXPECT_EQ(again(f64(), "-0"), "-0.0");
  EXPECT_EQ(again(f32(), "1e-400"), "0");
}

TEST(Json, SaysNanAndInfinityInStrings) {
  keeps(f64(), "\"NaN\"");
  keeps(f32(), "\"Infinity\"");
  keeps(f32(), "\"-Infinity\"");
  EXPECT_EQ(read(f64(), "\"nan\""),
            "line 1, column 1: expected f64, found a string \"nan\"; for example 1.5");
}

TEST(Json, RefusesFloatsThatAreTooLarge) {
  EXPECT_EQ(read(f32(), "1e39"),
            "line 1, column 1: expected f32, found 1e39, which is too large for it; for example "
            "1.5");
  EXPECT_EQ(read(list(f64()), "[1, 1e400]"), "line 1, column 5: the number 1e400 is too large");
}

// ---- Text ----

TEST(Json, ReadsCharsAsStringsOfOne) {
  keeps(character(), "\"x\"");
  keeps(character(), "\"☃\"");
  keeps(character(), "\"\\\"\"");
  EXPECT_EQ(read(character(), "\"\""),
            "line 1, column 1: expected char, found a string \"\"; for example \"x\"");
  EXPECT_EQ(read(character(), "\"xy\""),
            "line 1, column 1: expected char, found a string \"xy\"; for example \"x\"");
}

TEST(Json, ReadsStringsAndTheirEscapes) {
  keeps(string(), "\"\"");
  EXPECT_EQ(again(string(), R"("\"\\\/\b\f\n\r\t\u0041\ud83c\udf0a")"),
            R"("\"\\/\u0008\u000c\n\r\tA🌊")");
}

TEST(Json, RefusesSurrogatesThatStandAlone) {
  EXPECT_EQ(read(string(), R"("\ud83c")"),
            "line 1, column 8: this is not JSON: invalid string: surrogate U+D800..U+DBFF must be "
            "followed by U+DC00..U+DFFF");
  EXPECT_EQ(read(string(), R"("\udf0a")"),
            "line 1, column 7: this is not JSON: invalid string: surrogate U+DC00..U+DFFF must "
            "follow U+D800..U+DBFF");
}

TEST(Json, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(read(string(), "\"\xC3\xA4 \xED\xA0\x80\""), "line 1, column 4: the text is not UTF-8");
}

// ---- Lists, tuples, maps ----

TEST(Json, ReadsLists) {
  keeps(list(string()), "[]");
  keeps(list(string()), "[\"a\",\"b\"]");
  keeps(wit::fixed_list(f32(), 2), "[1,2.5]");
  EXPECT_EQ(read(list(u32()), "[1, \"x\"]"),
            "line 1, column 5: element 1: expected u32, found a string \"x\"; for example 1");
  EXPECT_EQ(read(wit::fixed_list(f32(), 2), "[1]"),
            "line 1, column 1: expected list<f32, 2>, found an array of 1 element; for example "
            "[1.5,1.5]");
}

TEST(Json, PrintsBytesInBase64) {
  keeps(list(u8()), "\"\"");
  keeps(list(u8()), "\"AQ==\"");
  keeps(list(u8()), "\"AQL/\"");
  keeps(wit::fixed_list(u8(), 2), "\"AQI=\"");
}

TEST(Json, ReadsBytesAsAnArrayToo) {
  EXPECT_EQ(again(list(u8()), "[1, 2, 255]"), "\"AQL/\"");
  EXPECT_EQ(again(list(u8()), "[]"), "\"\"");
  EXPECT_EQ(read(list(u8()), "[256]"),
            "line 1, column 2: element 0: expected u8, found 256, which is not from 0 to 255; for "
            "example 1");
}

TEST(Json, RefusesWhatIsNotBase64) {
  for (const char* text : {"\"A\"", "\"AQ\"", "\"AQ=\"", "\"AR==\"", "\"A===\"", "\"====\"",
                           "\"AQ==AQ==\"", "\"A-__\"", "\"AQ= \""}) {
    const std::string_view shown = text;
    EXPECT_EQ(read(list(u8()), text), concat("line 1, column 1: expected list<u8>, found a string ",
                                             shown, ", which is not base64; for example \"AQ==\""));
  }
  EXPECT_EQ(read(wit::fixed_list(u8(), 2), "\"AQ==\""),
            "line 1, column 1: expected list<u8, 2>, found base64 of 1 byte; for example "
            "\"AQE=\"");
}

TEST(Json, ReadsTuples) {
  keeps(tuple({u8(), string()}), "[1,\"x\"]");
  EXPECT_EQ(read(tuple({u8(), string()}), "[1]"),
            "line 1, column 1: expected tuple<u8, string>, found an array of 1 element; for "
            "example [1,\"text\"]");
}

TEST(Json, ReadsMapsOfStringsAsObjects) {
  keeps(map_of(string()), "{}");
  keeps(map_of(string()), "{\"a\":1,\"b\":2}");
  EXPECT_EQ(again(map_of(string()), "[[\"a\", 1]]"), "{\"a\":1}");
  EXPECT_EQ(read(map_of(string()), "{\"a\": \"x\"}"),
            "line 1, column 7: key `a`: expected u32, found a string \"x\"; for example 1");
}

TEST(Json, ReadsOtherMapsAsArraysOfPairs) {
  keeps(map_of(u8()), "[]");
  keeps(map_of(u8()), "[[1,2],[1,3]]");
  keeps(map_of(string()), "[[\"a\",1],[\"a\",2]]");
  EXPECT_EQ(read(map_of(u8()), "{}"),
            "line 1, column 1: expected map<u8, u32>, found an object; for example [[1,1]]");
  EXPECT_EQ(read(map_of(u8()), "[[1]]"),
            "line 1, column 2: expected map<u8, u32>, found an array for an entry, which is an "
            "array of key and value; for example [[1,1]]");
  EXPECT_EQ(read(map_of(u8()), "[[1, 2], [1, true]]"),
            "line 1, column 14: entry 1, the value: expected u32, found true; for example 1");
}

TEST(Json, RefusesAKeyThatIsThereTwice) {
  EXPECT_EQ(read(map_of(string()), "{\"a\": 1, \"b\": 1, \"a\": 2}"),
            "line 1, column 18: key `a` is there twice");
}

// ---- Records and flags ----

TEST(Json, ReadsRecordsInAnyOrder) {
  EXPECT_EQ(read(basic(), "{\"optional\": 2, \"required\": 1}"),
            "{required: 1, optional: some(2)}");
  EXPECT_EQ(read(basic(), "{\"required\": 1}"), "{required: 1}");
  keeps(basic(), "{\"required\":1,\"optional\":null}");
}

TEST(Json, RefusesFieldsThatAreMissingUnknownOrThereTwice) {
  EXPECT_EQ(read(basic(), "{\"optional\": 1}"),
            "line 1, column 1: record `basic`: field `required`, u8, is missing; for example "
            "{\"required\":1,\"optional\":1}");
  EXPECT_EQ(read(basic(), "{\"requird\": 1}"),
            "line 1, column 2: record `basic` has no field `requird`: it has `required`, "
            "`optional`; for example {\"required\":1,\"optional\":1}");
  EXPECT_EQ(read(basic(), "{\"required\": 1, \"required\": 1}"),
            "line 1, column 17: record `basic`: field `required` is there twice");
}

TEST(Json, ReadsFlagsInAnyOrder) {
  keeps(access(), "[]");
  EXPECT_EQ(again(access(), "[\"write\", \"read\"]"), "[\"read\",\"write\"]");
  EXPECT_EQ(read(access(), "[\"wrote\"]"),
            "line 1, column 2: flags `access` has no flag `wrote`: it has `write`, `read`; for "
            "example [\"read\"]");
  EXPECT_EQ(read(access(), "[\"read\", \"read\"]"),
            "line 1, column 10: flags `access`: flag `read` is there twice");
  EXPECT_EQ(read(access(), "[1]"),
            "line 1, column 2: element 0: expected the name of a flag, found 1; for example "
            "[\"read\"]");
}

// ---- Cases ----

TEST(Json, ReadsEnums) {
  keeps(hand(), "\"left\"");
  EXPECT_EQ(read(hand(), "\"lift\""),
            "line 1, column 1: enum `hand` has no case `lift`: it has `left`, `right`; for example "
            "\"left\"");
}

TEST(Json, ReadsVariants) {
  keeps(shape(), "\"empty\"");
  keeps(shape(), "{\"circle\":1.5}");
}

TEST(Json, AsksForThePayloadThatACaseHas) {
  EXPECT_EQ(read(shape(), "\"circle\""),
            "line 1, column 1: variant `shape`, case `circle`: expected a payload, f64, found "
            "none; for example {\"circle\":1.5}");
  EXPECT_EQ(read(shape(), "{\"empty\": null}"),
            "line 1, column 11: variant `shape`, case `empty`: expected no payload, found null; "
            "write \"empty\"");
  EXPECT_EQ(read(shape(), "{\"round\": 1}"),
            "line 1, column 2: variant `shape` has no case `round`: it has `empty`, `circle`; for "
            "example {\"circle\":1.5}");
  EXPECT_EQ(read(shape(), "{\"circle\": 1, \"empty\": 1}"),
            "line 1, column 1: expected variant `shape`, found an object; for example "
            "{\"circle\":1.5}");
  EXPECT_EQ(read(shape(), "{}"),
            "line 1, column 1: expected variant `shape`, found an object; for example "
            "{\"circle\":1.5}");
}

TEST(Json, ReadsOptionsAsNullOrTheirValue) {
  keeps(option(u8()), "null");
  keeps(option(u8()), "1");
  keeps(option(list(option(u8()))), "[null,1]");
  EXPECT_EQ(read(option(u8()), "\"x\""),
            "line 1, column 1: option<u8>: expected u8, found a string \"x\"; for example 1");
}

TEST(Json, TellsOptionsOfOptionsApart) {
  const wit::Type nested = option(option(u8()));
  keeps(nested, "null");
  keeps(nested, "{\"some\":null}");
  keeps(nested, "{\"some\":1}");
  keeps(option(nested), "{\"some\":{\"some\":1}}");
  EXPECT_EQ(read(nested, "1"),
            "line 1, column 1: expected option<option<u8>>, found 1; for example {\"some\":1}");
}

TEST(Json, ReadsResults) {
  keeps(result(u8(), string()), "{\"ok\":1}");
  keeps(result(u8(), string()), "{\"error\":\"x\"}");
  keeps(result(kNothing, kNothing), "{\"ok\":null}");
  keeps(result(kNothing, kNothing), "{\"error\":null}");
  keeps(result(option(u8()), kNothing), "{\"ok\":null}");
  EXPECT_EQ(read(result(kNothing, u8()), "{\"ok\": 1}"),
            "line 1, column 8: the ok value: expected null, found 1");
  EXPECT_EQ(read(result(u8(), kNothing), "1"),
            "line 1, column 1: expected result<u8>, found 1; for example {\"ok\":1}");
  EXPECT_EQ(read(result(u8(), kNothing), "{\"err\": null}"),
            "line 1, column 1: expected result<u8>, found an object; for example {\"ok\":1}");
}

TEST(Json, ReadsHandles) {
  keeps(named(Kind::own, "cart"), "{\"cart\":1}");
  EXPECT_EQ(read(named(Kind::own, "cart"), "{\"store\": 1}"),
            "line 1, column 1: expected own<cart>, found an object; for example {\"cart\":1}");
  EXPECT_EQ(read(named(Kind::own, "cart"), "{\"cart\": -1}"),
            "line 1, column 10: expected the number of a handle, found -1; for example "
            "{\"cart\":1}");
}

TEST(Json, HasNoValuesOfStreams) {
  EXPECT_EQ(read(of(Kind::stream, {u8()}), "[]"),
            "line 1, column 1: there are no values of type stream<u8> here");
}

// ---- Printing ----

TEST(Json, PrintsNothingThatDoesNotFit) {
  Contract contract;
  const TypeId id = wit::add(contract, basic());
  EXPECT_EQ(print(contract, id, Value::record({{"required", 1}})).error().message,
            "record `basic`, field `required`: expected u8, this is s32 1");
}

// ---- Texts that are not JSON ----

TEST(Json, RefusesWhatIsNotJson) {
  EXPECT_EQ(read(u8(), ""),
            "line 1, column 1: this is not JSON: unexpected end of input; expected '[', '{', or a "
            "literal");
  EXPECT_EQ(read(list(u8()), "[1,\n 2,]"),
            "line 2, column 4: this is not JSON: unexpected ']'; expected '[', '{', or a literal");
  EXPECT_EQ(read(list(u8()), "[1 2]"),
            "line 1, column 4: this is not JSON: unexpected number literal; expected ']'");
  EXPECT_EQ(read(basic(), "{required: 1}"), "line 1, column 2: this is not JSON: invalid literal");
}

TEST(Json, RefusesWhatFollows) {
  EXPECT_EQ(read(u8(), "1 1"),
            "line 1, column 3: this is not JSON: unexpected number literal; expected end of input");
  EXPECT_EQ(read(u8(), std::string_view("1\0 1", 4)),
            "line 1, column 2: this is not JSON: there is something behind the value");
}

TEST(Json, SkipsAByteOrderMark) {
  EXPECT_EQ(read(u8(), "\xEF\xBB\xBF 1"), "1");
  EXPECT_EQ(read(u8(), "\xEF\xBB\xBF 256"),
            "line 1, column 3: expected u8, found 256, which is not from 0 to 255; for example 1");
}

// ---- What is large ----

TEST(Json, ReadsValuesOfSoManyLevels) {
  wit::Type type = u8();
  std::string text = "1";
  for (int level = 1; level < kMaxDepth; ++level) {
    type = list(type);
    text = concat("[", text, "]");
  }
  keeps(list(u8()), "\"AQ==\"");
  EXPECT_TRUE(read(type, text).starts_with("[[[["));
  EXPECT_TRUE(read(list(list(type)), concat("[[", text, "]]"))
                  .ends_with(": it is nested deeper than 100 levels"));
}

TEST(Json, TakesNoStackForTextThatIsNestedDeeply) {
  const std::string deep(1'000'000, '[');
  EXPECT_EQ(read(u8(), deep + std::string(deep.size(), ']')),
            "line 1, column 1: expected u8, found an array; for example 1");
}

// ---- Arguments ----

std::string read_arguments(std::string_view text) {
  const Contract contract =
      wit::exporting("techbytes:plugins/processor",
                     {{"process-data", {{"input", string()}, {"count", option(u8())}}, kNothing}});
  const auto arguments = parse_arguments(contract, contract.exports[0].functions[0], text);
  if (!arguments) return arguments.error().message;
  std::string out;
  for (const Value& argument : *arguments) out += concat(wave::print(argument), ";");
  return out;
}

TEST(JsonArguments, AreAnObjectOrAnArray) {
  EXPECT_EQ(read_arguments("{\"count\": 1, \"input\": \"x\"}"), "\"x\";some(1);");
  EXPECT_EQ(read_arguments("[\"x\", null]"), "\"x\";none;");
  EXPECT_EQ(read_arguments("1"),
            "line 1, column 1: expected the arguments of process-data, an object or an array, "
            "found 1");
}

TEST(JsonArguments, NameTheParameter) {
  EXPECT_EQ(read_arguments("[1, 1]"),
            "line 1, column 2: parameter `input`: expected string, found 1; for example \"text\"");
  EXPECT_EQ(read_arguments("{\"input\": 1}"),
            "line 1, column 11: parameter `input`: expected string, found 1; for example "
            "\"text\"");
}

TEST(JsonArguments, AreAllThereAndNoOthers) {
  EXPECT_EQ(read_arguments("[\"x\"]"),
            "line 1, column 1: parameter `count`, option<u8>, is missing; for example 1");
  EXPECT_EQ(read_arguments("{\"input\": \"x\"}"),
            "line 1, column 1: parameter `count`, option<u8>, is missing; for example 1");
  EXPECT_EQ(read_arguments("[\"x\", 1, 2]"),
            "line 1, column 10: process-data takes 2 arguments, found 2 after them");
  EXPECT_EQ(read_arguments("{\"input\": \"x\", \"cout\": 1}"),
            "line 1, column 16: process-data has no parameter `cout`: it has `count`, `input`");
  EXPECT_EQ(read_arguments("{\"input\": \"x\", \"count\": 1, \"input\": \"x\"}"),
            "line 1, column 28: parameter `input` is there twice");
}

// ---- Everything ----

TEST(Json, ReadsWhatItPrints) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    testing::RandomValues random(seed);
    Contract contract;
    const TypeId type = random.type(contract, 5);
    const Value value = random.value(contract, type);
    const auto text = print(contract, type, value);
    ASSERT_TRUE(text) << seed << ": " << text.error().message;
    const auto read_again = parse(contract, type, *text);
    ASSERT_TRUE(read_again) << seed << ": " << *text << ": " << read_again.error().message;
    ASSERT_EQ(*read_again, value) << seed << ": " << *text;
  }
}

}  // namespace
}  // namespace mortise::json
