#include <mortise/contract/wave.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <tests/random_values.h>
#include <tests/wit.h>

namespace mortise::wave {
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
using wit::string;
using wit::tuple;
using wit::u32;
using wit::u8;

wit::Type basic() { return record("basic", {{"required", u8()}, {"optional", option(u8())}}); }
wit::Type hand() { return named(Kind::enumeration, "hand", {{"left", {}}, {"none", {}}}); }
wit::Type access() { return named(Kind::flags, "access", {{"read", {}}, {"write", {}}}); }
wit::Type shape() {
  return named(Kind::variant, "shape", {{"empty", kNothing}, {"circle", f64()}, {"ok", u8()}});
}
wit::Type nested_options(int levels) {
  wit::Type type = u8();
  for (int level = 1; level < levels; ++level) type = option(type);
  return type;
}

// What a text is read as, printed; or what is wrong with it.
std::string read(const wit::Type& type, std::string_view text) {
  Contract contract;
  const TypeId id = wit::add(contract, type);
  const auto value = parse(contract, id, text);
  if (!value) return value.error().message;
  EXPECT_TRUE(check(contract, id, *value));
  return print(*value);
}
// The same for what is read as it was written.
void keeps(const wit::Type& type, std::string_view text) { EXPECT_EQ(read(type, text), text); }

// ---- Plain values ----

TEST(Wave, ReadsBools) {
  keeps(plain(Kind::boolean), "true");
  keeps(plain(Kind::boolean), "false");
}

TEST(Wave, ReadsIntegersToTheirEdges) {
  keeps(plain(Kind::s8), "-128");
  keeps(plain(Kind::u16), "65535");
  keeps(plain(Kind::s64), "-9223372036854775808");
  keeps(plain(Kind::u64), "18446744073709551615");
}

TEST(Wave, RefusesIntegersOutOfRange) {
  EXPECT_EQ(read(u8(), "256"),
            "line 1, column 1: expected u8, found 256, which is not from 0 to 255; for example 1");
  EXPECT_EQ(read(plain(Kind::s8), "-129"),
            "line 1, column 1: expected s8, found -129, which is not from -128 to 127; for "
            "example 1");
}

TEST(Wave, RefusesWhatIsNoInteger) {
  EXPECT_EQ(read(u8(), "1.0"), "line 1, column 1: expected u8, found 1.0; for example 1");
  EXPECT_EQ(read(u8(), "-1"), "line 1, column 1: expected u8, found -1; for example 1");
  EXPECT_EQ(read(u8(), "0x10"),
            "line 1, column 1: expected u8, found `0x10`, which is not written as a number; for "
            "example 1");
  EXPECT_EQ(read(u8(), "01"),
            "line 1, column 1: expected u8, found `01`, which is not written as a number; for "
            "example 1");
  EXPECT_EQ(read(u8(), "\"1\""),
            "line 1, column 1: expected u8, found a string \"1\"; for example 1");
}

TEST(Wave, ReadsFloatsInEachForm) {
  EXPECT_EQ(read(list(f32()), "[0, 0.0, 0e0, 0.0e0, 0e-1, 0e+1, 0.000e100]"),
            "[0, 0, 0, 0, 0, 0, 0]");
  EXPECT_EQ(read(list(f32()), "[-3.1415, -100000, -0.0e-0]"), "[-3.1415, -100000, -0]");
  keeps(list(f64()), "[nan, inf, -inf]");
}

TEST(Wave, RoundsFloatsAsTheirTypeDoes) {
  EXPECT_EQ(read(f32(), "3.4028234664123e38"), read(f32(), "3.4028234664e38"));
  EXPECT_EQ(read(f32(), "1.4012984643e-45"), "1e-45");
  EXPECT_EQ(read(f32(), "-1.4012984643e-46"), "-0");
  EXPECT_EQ(read(f64(), "1e-99999999999999999999"), "0");
  EXPECT_EQ(read(f64(), concat("0.", std::string(400, '0'), "1")), "0");
  EXPECT_EQ(read(f64(), "10000e-400"), "0");
}

TEST(Wave, RefusesFloatsThatAreTooLarge) {
  EXPECT_EQ(read(f64(), "1e999"),
            "line 1, column 1: expected f64, found 1e999, which is too large for it: infinity is "
            "written `inf`; for example 1.5");
  EXPECT_EQ(read(f32(), "-3.4028234664e39"),
            "line 1, column 1: expected f32, found -3.4028234664e39, which is too large for it: "
            "infinity is written `-inf`; for example 1.5");
  for (const std::string& text : {std::string("-1e99999999999999999999"), std::string("0.0001e400"),
                                  concat("-", std::string(400, '9'), "e-1")})
    EXPECT_TRUE(read(f64(), text).contains(", which is too large for it: ")) << text;
}

TEST(Wave, PrintsTheShortestFloatThatIsTheSame) {
  EXPECT_EQ(print(0.1F), "0.1");
  EXPECT_EQ(print(0.1), "0.1");
  EXPECT_EQ(print(1.7e9), "1700000000");
  EXPECT_EQ(print(1e300), "1e+300");
  EXPECT_EQ(print(5e-324), "5e-324");
}

TEST(Wave, RefusesOtherWordsForNan) {
  EXPECT_EQ(read(f64(), "-nan"),
            "line 1, column 1: expected f64, found `-nan`, which is not written as a number; for "
            "example 1.5");
  EXPECT_EQ(read(f64(), "NaN"), "line 1, column 1: expected f64, found `NaN`; for example 1.5");
  EXPECT_EQ(read(f64(), "%inf"), "line 1, column 1: expected f64, found `%inf`; for example 1.5");
}

// ---- Chars and strings ----

TEST(Wave, ReadsCharsAndTheirEscapes) {
  EXPECT_EQ(read(list(character()), R"(['x', '"', '\'', '\"', '\\', '\t', '\n', '\r'])"),
            R"(['x', '"', '\'', '"', '\\', '\t', '\n', '\r'])");
  EXPECT_EQ(read(list(character()), R"(['\u{78}', '\u{000078}', '\u{0}', '☃', '\u{2603}'])"),
            R"(['x', 'x', '\u{0}', '☃', '☃'])");
}

TEST(Wave, RefusesCharsThatAreNotOne) {
  EXPECT_EQ(read(character(), "''"),
            "line 1, column 1: expected char, found no character between the quotes; for example "
            "'x'");
  EXPECT_EQ(read(character(), "'ab'"),
            "line 1, column 1: expected char, found several characters between the quotes; for "
            "example 'x'");
  EXPECT_EQ(read(character(), "'x"),
            "line 1, column 1: expected char, found `'`: the char that begins here does not end "
            "on its line; for example 'x'");
}

constexpr const char* kEscapes =
    R"(there are \\ \" \' \n \r \t and \u{..}, with the number of a character in hexadecimal)";

TEST(Wave, RefusesEscapesThatAreNone) {
  for (const char* escape : {R"(\z)", R"(\x1f)", R"(\u1f)", R"(\u{1f)", R"(\u{}})", R"(\u{x})",
                             R"(\u{12345678})", R"(\u{110000})", R"(\u{d800})", R"(\u{+1})"}) {
    const std::string error = read(string(), concat("\"ab", escape, "\""));
    EXPECT_TRUE(error.starts_with("line 1, column 4: `\\") &&
                error.ends_with(concat("` is no escape: ", kEscapes)))
        << error;
  }
}

TEST(Wave, ReadsStrings) {
  EXPECT_EQ(read(string(), R"("")"), R"("")");
  EXPECT_EQ(read(string(), R"("WAVE🌊")"), R"("WAVE🌊")");
  EXPECT_EQ(read(string(), R"("\\\'\"\t\n\r\u{27}")"), R"("\\'\"\t\n\r'")");
}

TEST(Wave, EscapesWhatATerminalActsOn) {
  EXPECT_EQ(print("\x1b[31m\u202e"), R"("\u{1b}[31m\u{202e}")");
  keeps(string(), R"("\u{1b}[31m\u{202e}")");
}

TEST(Wave, RefusesAStringThatDoesNotEndOnItsLine) {
  EXPECT_EQ(read(string(), "\"ab\ncd\""),
            "line 1, column 1: expected string, found `\"`: the string that begins here does not "
            "end on its line: write \\n for the end of a line, or \"\"\" around several lines; for "
            "example \"text\"");
}

TEST(Wave, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(read(string(), "\"\xC3\xA4 \xFF\""), "line 1, column 4: the text is not UTF-8");
}

// What stands between the quotes, without the spaces before the last ones.
TEST(Wave, ReadsStringsOfSeveralLines) {
  EXPECT_EQ(read(string(), "\"\"\"\n\"\"\""), R"("")");
  EXPECT_EQ(read(string(), "\"\"\"\nA single line\n\"\"\""), R"("A single line")");
  EXPECT_EQ(read(string(), "\"\"\"\n    Indentation determined\n      by the end\n  \"\"\""),
            R"("  Indentation determined\n    by the end")");
  EXPECT_EQ(read(string(), "\"\"\"\n\n a\n\n\"\"\""), R"("\n a\n")");
  EXPECT_EQ(read(string(), "\"\"\"\r\n  kept: \\r\r\n  \"\"\\\"\"\r\n  \"\"\""),
            R"("kept: \r\n\"\"\"\"")");
}

TEST(Wave, RefusesStringsOfSeveralLinesThatAreLaidOutOtherwise) {
  EXPECT_EQ(read(string(), "\"\"\"\"\"\""),
            "line 1, column 4: a line ends after the \"\"\" that a string begins with");
  EXPECT_EQ(read(string(), "\"\"\"x\n\"\"\""),
            "line 1, column 4: a line ends after the \"\"\" that a string begins with");
  EXPECT_EQ(read(string(), "\"\"\"\nx\"\"\""),
            "line 2, column 2: only spaces stand before the \"\"\" that a string ends with");
  EXPECT_EQ(read(string(), "\"\"\"\n x\n  \"\"\""),
            "line 2, column 1: a line of a string begins with as many spaces as its last \"\"\" at "
            "the least");
  EXPECT_EQ(read(string(), "\"\"\"\nx\n\"\""),
            "line 1, column 1: expected string, found `\"\"\"`: the \"\"\" that begins here has no "
            "end; for example \"text\"");
}

// ---- Space between tokens ----

TEST(Wave, SkipsSpaceAndComments) {
  EXPECT_EQ(read(basic(), "// first\n {\r\n\trequired // one\n : 1 , } // last"), "{required: 1}");
  EXPECT_EQ(read(record("r", {{"a", option(u8())}}), "{ : }"), "{:}");
}

TEST(Wave, RefusesWhatFollows) {
  EXPECT_EQ(read(u8(), "1 2"), "line 1, column 3: expected the end, found 2");
  EXPECT_EQ(read(u8(), ""), "line 1, column 1: expected u8, found the end; for example 1");
  EXPECT_EQ(read(u8(), "#"),
            "line 1, column 1: expected u8, found `#`: no value begins like this; for example 1");
}

// ---- Lists, tuples, maps ----

TEST(Wave, ReadsLists) {
  keeps(list(string()), "[]");
  EXPECT_EQ(read(list(string()), R"(["a", "b",])"), R"(["a", "b"])");
  keeps(list(u8()), "[1, 2, 255]");
  keeps(wit::fixed_list(f32(), 2), "[1, 2.5]");
}

TEST(Wave, RefusesListsThatAreLaidOutOtherwise) {
  EXPECT_EQ(read(list(u8()), "[1,,2]"),
            "line 1, column 4: element 1: expected u8, found `,`; for example 1");
  EXPECT_EQ(read(list(string()), "[,]"),
            "line 1, column 2: element 0: expected string, found `,`; for example \"text\"");
  EXPECT_EQ(read(list(u8()), "[1 2]"),
            "line 1, column 4: expected `,` or `]`, found 2; for example [1]");
  EXPECT_EQ(read(list(u8()), "[1)"),
            "line 1, column 3: expected `,` or `]`, found `)`; for example [1]");
  EXPECT_EQ(read(list(u8()), "(1)"),
            "line 1, column 1: expected list<u8>, found a tuple; for example [1]");
}

TEST(Wave, CountsTheElementsOfListsOfFixedLength) {
  EXPECT_EQ(read(wit::fixed_list(u8(), 2), "[1]"),
            "line 1, column 3: expected list<u8, 2>, found 1 element; for example [1, 1]");
  EXPECT_EQ(read(wit::fixed_list(u32(), 2), "[1, 2, 3]"),
            "line 1, column 8: expected list<u32, 2>, found more than 2 elements; for example [1, "
            "1]");
}

TEST(Wave, ReadsTuples) {
  EXPECT_EQ(read(tuple({u8(), string()}), "(1, \"x\",)"), "(1, \"x\")");
  EXPECT_EQ(read(tuple({u8(), string()}), "(1)"),
            "line 1, column 3: expected tuple<u8, string>, found 1 element; for example (1, "
            "\"text\")");
  EXPECT_EQ(read(tuple({u8()}), "(1, 2)"),
            "line 1, column 5: expected tuple<u8>, found more than 1 element; for example (1)");
}

TEST(Wave, ReadsMapsAsListsOfPairs) {
  const wit::Type map = of(Kind::map, {string(), u32()});
  keeps(map, "[]");
  keeps(map, "[(\"a\", 1), (\"a\", 2)]");
  EXPECT_EQ(read(map, "[(\"a\", 1,),]"), "[(\"a\", 1)]");
  EXPECT_EQ(read(map, "[(\"a\", x)]"),
            "line 1, column 8: entry 0, the value: expected u32, found `x`; for example 1");
  EXPECT_EQ(read(map, "[(\"a\")]"),
            "line 1, column 6: entry 0: expected `,`, found `)`; for example [(\"text\", 1)]");
}

// ---- Records and flags ----

TEST(Wave, ReadsRecordsInAnyOrder) {
  EXPECT_EQ(read(basic(), "{optional: some(2), %required: 1,}"),
            "{required: 1, optional: some(2)}");
}

TEST(Wave, LeavesOutFieldsThatAreNone) {
  EXPECT_EQ(read(basic(), "{required: 1, optional: none}"), "{required: 1}");
  keeps(record("r", {{"a", option(u8())}}), "{:}");
}

TEST(Wave, DoesNotTakeWordsForFieldsAmiss) {
  keeps(record("words", {{"true", plain(Kind::boolean)}, {"some", option(u8())}, {"nan", f32()}}),
        "{true: true, some: some(1), nan: nan}");
}

TEST(Wave, RefusesFieldsThatAreMissingUnknownOrThereTwice) {
  EXPECT_EQ(read(basic(), "{optional: none}"),
            "line 1, column 16: record `basic`: field `required`, u8, is missing; for example "
            "{required: 1, optional: some(1)}");
  EXPECT_EQ(read(basic(), "{requird: 1}"),
            "line 1, column 2: record `basic` has no field `requird`: it has `required`, "
            "`optional`; for example {required: 1, optional: some(1)}");
  EXPECT_EQ(read(basic(), "{required: 1, required: 1}"),
            "line 1, column 15: record `basic`: field `required` is there twice");
}

TEST(Wave, RefusesRecordsThatAreLaidOutOtherwise) {
  EXPECT_EQ(read(basic(), "{}"),
            "line 1, column 1: expected record `basic`, found {}, which has no field and no `:`; "
            "for example {required: 1, optional: some(1)}");
  EXPECT_EQ(read(basic(), "{required = 1}"),
            "line 1, column 11: record `basic`, field `required`: expected `:`, found `=`: no "
            "value begins like this; for example {required: 1, optional: some(1)}");
  EXPECT_EQ(read(basic(), "{required: 1,,}"),
            "line 1, column 14: record `basic`: expected a field, found `,`; for example "
            "{required: 1, optional: some(1)}");
  EXPECT_EQ(read(basic(), "{\"required\": 1}"),
            "line 1, column 2: record `basic`: expected a field, found a string \"required\"; for "
            "example {required: 1, optional: some(1)}");
}

TEST(Wave, ReadsFlagsInAnyOrder) {
  keeps(access(), "{}");
  EXPECT_EQ(read(access(), "{write, %read,}"), "{read, write}");
}

TEST(Wave, RefusesFlagsThatAreUnknownOrThereTwice) {
  EXPECT_EQ(read(access(), "{write, write}"),
            "line 1, column 9: flags `access`: flag `write` is there twice");
  EXPECT_EQ(read(access(), "{wrote}"),
            "line 1, column 2: flags `access` has no flag `wrote`: it has `write`, `read`; for "
            "example {read}");
  EXPECT_EQ(read(access(), "{read: true}"),
            "line 1, column 1: expected flags `access`, found a record; for example {read}");
}

// ---- Cases ----

TEST(Wave, ReadsEnums) {
  keeps(hand(), "left");
  EXPECT_EQ(read(hand(), "%left"), "left");
  keeps(hand(), "%none");
}

TEST(Wave, AsksForAPercentSignBeforeWords) {
  EXPECT_EQ(read(hand(), "none"),
            "line 1, column 1: expected enum `hand`, found `none`, a word of WAVE: write %none; "
            "for example left");
  EXPECT_EQ(read(shape(), "ok(1)"),
            "line 1, column 1: expected variant `shape`, found `ok`, a word of WAVE: write %ok; "
            "for example circle(1.5)");
}

TEST(Wave, RefusesCasesThatAreUnknown) {
  EXPECT_EQ(read(hand(), "lift"),
            "line 1, column 1: enum `hand` has no case `lift`: it has `left`, `none`; for example "
            "left");
}

TEST(Wave, ReadsVariants) {
  keeps(shape(), "empty");
  keeps(shape(), "circle(1.5)");
  keeps(shape(), "%ok(1)");
}

TEST(Wave, AsksForThePayloadThatACaseHas) {
  EXPECT_EQ(read(shape(), "circle"),
            "line 1, column 7: variant `shape`, case `circle`: expected a payload, f64, found the "
            "end; for example circle(1.5)");
  EXPECT_EQ(read(shape(), "empty(1)"),
            "line 1, column 6: variant `shape`, case `empty`: expected no payload, found `(`");
  EXPECT_EQ(read(shape(), "circle(1, 2)"),
            "line 1, column 9: variant `shape`, case `circle`: expected `)`, found `,`; for "
            "example circle(1.5)");
}

TEST(Wave, ReadsOptionsWithAndWithoutSome) {
  keeps(option(u8()), "some(1)");
  keeps(option(u8()), "none");
  EXPECT_EQ(read(option(u8()), "1"), "some(1)");
  keeps(option(option(u8())), "some(none)");
}

TEST(Wave, AsksForSomeWhereTheRestIsAnOptionOrAResult) {
  EXPECT_EQ(read(option(option(u8())), "1"),
            "line 1, column 1: expected option<option<u8>>, found 1; for example some(some(1))");
  EXPECT_EQ(read(option(result(u8(), kNothing)), "ok(1)"),
            "line 1, column 1: expected option<result<u8>>, found `ok`; for example some(ok(1))");
}

TEST(Wave, NamesTheOptionWhoseValueDoesNotFit) {
  EXPECT_EQ(read(option(u8()), "x"),
            "line 1, column 1: option<u8>: expected u8, found `x`; for example 1");
}

TEST(Wave, RefusesOptionsThatAreLaidOutOtherwise) {
  EXPECT_EQ(read(option(u8()), "some"),
            "line 1, column 5: the value: expected a payload, u8, found the end; for example "
            "some(1)");
  EXPECT_EQ(read(option(u8()), "some()"),
            "line 1, column 6: the value: expected u8, found `)`; for example 1");
  EXPECT_EQ(read(option(u8()), "none(1)"), "line 1, column 5: expected the end, found a tuple");
}

TEST(Wave, ReadsResultsWithAndWithoutOk) {
  keeps(result(u8(), string()), "ok(1)");
  keeps(result(u8(), string()), "err(\"x\")");
  keeps(result(kNothing, kNothing), "ok");
  keeps(result(kNothing, kNothing), "err");
  EXPECT_EQ(read(result(u8(), string()), "1"), "ok(1)");
}

TEST(Wave, RefusesResultsThatAreLaidOutOtherwise) {
  EXPECT_EQ(read(result(u8(), kNothing), "ok"),
            "line 1, column 3: the ok value: expected a payload, u8, found the end; for example "
            "ok(1)");
  EXPECT_EQ(read(result(u8(), kNothing), "err(0)"),
            "line 1, column 4: the error value: expected no payload, found `(`");
  EXPECT_EQ(read(result(kNothing, u8()), "1"),
            "line 1, column 1: expected result<_, u8>, found 1; for example ok");
}

TEST(Wave, ReadsHandles) {
  keeps(named(Kind::own, "cart"), "cart(1)");
  keeps(named(Kind::borrow, "some"), "%some(4294967295)");
  EXPECT_EQ(read(named(Kind::own, "cart"), "store(1)"),
            "line 1, column 1: expected own<cart>, found `store`; for example cart(1)");
  EXPECT_EQ(read(named(Kind::own, "cart"), "cart(-1)"),
            "line 1, column 6: expected the number of a handle, found -1; for example cart(1)");
}

TEST(Wave, HasNoValuesOfStreams) {
  EXPECT_EQ(read(of(Kind::stream, {u8()}), "[]"),
            "line 1, column 1: there are no values of type stream<u8> here");
}

// ---- What is large ----

TEST(Wave, ReadsValuesOfSoManyLevels) {
  const std::string deep = read(nested_options(kMaxDepth), [] {
    std::string text = "1";
    for (int level = 1; level < kMaxDepth; ++level) text = concat("some(", text, ")");
    return text;
  }());
  EXPECT_TRUE(deep.starts_with("some(some(")) << deep;
}

TEST(Wave, RefusesValuesOfMoreLevels) {
  std::string text = "1";
  for (int level = 0; level < kMaxDepth; ++level) text = concat("some(", text, ")");
  const std::string error = read(nested_options(kMaxDepth + 1), text);
  EXPECT_TRUE(error.starts_with("line 1, column 501: the value, the value, ") &&
              error.ends_with(": it is nested deeper than 100 levels"))
      << error;
}

TEST(Wave, PrintsTheFirstLevelsOfWhatIsDeeper) {
  Value value = 1;
  for (int level = 0; level < kMaxDepth; ++level) value = Value::some(value);
  const std::string text = print(value);
  EXPECT_TRUE(text.contains("some(some(..))")) << text;
}

TEST(Wave, CutsWhatItFoundWhereItIsLong) {
  EXPECT_EQ(read(u8(), concat("\"", std::string(1000, 'x'), "\"")),
            concat("line 1, column 1: expected u8, found a string \"", std::string(39, 'x'),
                   ".. (962 bytes more); for example 1"));
}

// ---- Calls ----

wit::Type metadata() {
  return record("metadata", {{"name", string()}, {"version", string()}, {"priority", u32()}});
}
Contract processor() {
  return wit::exporting(
      "techbytes:plugins/processor",
      {{"process-data", {{"input", string()}, {"meta", metadata()}}, kNothing}, {"stop", {}, {}}});
}

// Interface and function of a call, and where its arguments begin.
std::string name_of(std::string_view text) {
  const auto call = parse_call(text);
  if (!call) return call.error().message;
  return concat(call->interface, "|", call->function, "|", call->arguments);
}
std::string read_call(std::string_view text, std::size_t function = 0) {
  const Contract contract = processor();
  const auto call = parse_call(text);
  if (!call) return call.error().message;
  const auto arguments = parse_arguments(contract, contract.exports[0].functions[function], *call);
  if (!arguments) return arguments.error().message;
  std::string out;
  for (const Value& argument : *arguments) out += concat(print(argument), ";");
  return out;
}
std::string read_bare(std::string_view text, std::size_t function = 0) {
  const Contract contract = processor();
  const auto arguments = parse_arguments(contract, contract.exports[0].functions[function], text);
  if (!arguments) return arguments.error().message;
  std::string out;
  for (const Value& argument : *arguments) out += concat(print(argument), ";");
  return out;
}

TEST(WaveCall, HasANameAndMayHaveAnInterface) {
  EXPECT_EQ(name_of("process-data(1)"), "|process-data|12");
  EXPECT_EQ(name_of("  ui.string ( \"\" )"), "ui|string|12");
  EXPECT_EQ(name_of("techbytes:plugins/processor.process-data()"),
            "techbytes:plugins/processor|process-data|40");
}

TEST(WaveCall, MayHaveAVersionInEitherPlace) {
  EXPECT_EQ(name_of("acme:shop/store@1.0.0.open()"), "acme:shop/store@1.0.0|open|26");
  EXPECT_EQ(name_of("acme:shop/store.open@1.0.0()"), "acme:shop/store@1.0.0|open|26");
  EXPECT_EQ(name_of("acme:shop/store@0.1.0-rc.2.open()"), "acme:shop/store@0.1.0-rc.2|open|31");
  EXPECT_EQ(name_of("acme:shop/store.open@0.1.0-rc.2()"), "acme:shop/store@0.1.0-rc.2|open|31");
}

TEST(WaveCall, MayBeOfAMethod) {
  EXPECT_EQ(name_of("[method]cart.total(cart(1))"), "|[method]cart.total|18");
  EXPECT_EQ(name_of("acme:shop/store@1.0.0.[constructor]cart()"),
            "acme:shop/store@1.0.0|[constructor]cart|39");
  EXPECT_EQ(name_of("acme:shop/store.[static]cart.open@1.0.0()"),
            "acme:shop/store@1.0.0|[static]cart.open|39");
}

TEST(WaveCall, IsRefusedWithoutANameOrArguments) {
  const std::string expected =
      "expected the name of a function and its arguments, as in process-data(..) or "
      "techbytes:plugins/processor.process-data(..)";
  EXPECT_EQ(name_of(""), "line 1, column 1: " + expected);
  EXPECT_EQ(name_of(" (1)"), "line 1, column 2: " + expected);
  EXPECT_EQ(name_of("acme:shop/store@1.0.0()"), "line 1, column 1: " + expected);
  EXPECT_EQ(name_of("[method]()"), "line 1, column 1: " + expected);
  EXPECT_EQ(name_of("stop"), "line 1, column 5: expected `(` after stop");
  EXPECT_EQ(name_of("stop {}"), "line 1, column 6: expected `(` after stop");
}

TEST(WaveCall, GivesAllArguments) {
  EXPECT_EQ(read_call("process-data(\"hello\", {name: \"n\", version: \"1\", priority: 1},)"),
            "\"hello\";{name: \"n\", version: \"1\", priority: 1};");
  EXPECT_EQ(read_call("stop( )", 1), "");
}

TEST(WaveCall, NamesTheParameter) {
  EXPECT_EQ(read_call("process-data(\"hello\",\n {name: \"n\", version: \"1\", priority: \"x\"})"),
            "line 2, column 38: parameter `meta`, record `metadata`, field `priority`: expected "
            "u32, found a string \"x\"; for example 1");
  EXPECT_EQ(read_call("process-data(\"hello\")"),
            "line 1, column 21: parameter `meta`, record `metadata`, is missing; for example "
            "{name: \"text\", version: \"text\", priority: 1}");
  EXPECT_EQ(read_call("process-data(\"hello\" 1)"),
            "line 1, column 22: parameter `input`: expected `,` or `)`, found 1");
}

TEST(WaveCall, GivesNoArgumentThatThereIsNoParameterFor) {
  EXPECT_EQ(read_call("stop(1)", 1),
            "line 1, column 6: stop takes 0 arguments, found 1 after them");
  EXPECT_EQ(read_call("stop() 1", 1), "line 1, column 8: expected the end, found 1");
}

TEST(WaveCall, HasArgumentsWithoutANameToo) {
  EXPECT_EQ(read_bare("\"hello\",\n{name: \"n\", version: \"1\", priority: 1}\n"),
            "\"hello\";{name: \"n\", version: \"1\", priority: 1};");
  EXPECT_EQ(read_bare("// nothing\n", 1), "");
  EXPECT_EQ(read_bare("\"hello\" 1"),
            "line 1, column 9: parameter `input`: expected `,` or the end, found 1");
}

// ---- Everything ----

TEST(Wave, ReadsWhatItPrints) {
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    testing::RandomValues random(seed);
    Contract contract;
    const TypeId type = random.type(contract, 5);
    const Value value = random.value(contract, type);
    const std::string text = print(value);
    const auto again = parse(contract, type, text);
    ASSERT_TRUE(again) << seed << ": " << text << ": " << again.error().message;
    ASSERT_EQ(*again, value) << seed << ": " << text << ", " << print(*again);
  }
}

}  // namespace
}  // namespace mortise::wave
