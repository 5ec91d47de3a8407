#include <mortise/contract/compare.h>

#include <gtest/gtest.h>

#include <tests/wit.h>

namespace mortise::contract {
namespace {

namespace wit = testing::wit;
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
using wit::u16;
using wit::u32;
using wit::u64;
using wit::u8;

std::string differences(const Contract& expected, const Contract& actual) {
  return explain(compare_exports(expected, actual));
}

// ---- The contract of the README, and plugins that have something else ----

wit::Type metadata() {
  return record("metadata", {{"name", string()}, {"version", string()}, {"priority", u32()}});
}
wit::Function process_data() {
  return {.name = "process-data",
          .params = {{"input", string()}, {"meta", metadata()}},
          .result = result(string(), string())};
}

Contract processor(const std::vector<wit::Function>& functions = {process_data()}) {
  return exporting("techbytes:plugins/processor", functions);
}
// A plugin whose process-data differs from the host's.
std::string about(const wit::Function& function) {
  return differences(processor(), processor({function}));
}
std::string about_metadata(const std::vector<wit::Part>& fields) {
  wit::Function function = process_data();
  function.params[1].type = record("metadata", fields);
  return about(function);
}

std::string where() { return "  export techbytes:plugins/processor: process-data\n    "; }
std::string in_metadata() { return where() + "parameter `meta`, record `metadata`"; }

TEST(Compare, FindsNothingWhereAllIsTheSame) { EXPECT_EQ(about(process_data()), ""); }

TEST(Compare, FindsAFieldOfAnotherType) {
  EXPECT_EQ(about_metadata({{"name", string()}, {"version", string()}, {"priority", u64()}}),
            in_metadata() + ", field `priority`: the host expects u32, the plugin has u64\n");
}

TEST(Compare, FindsAMissingField) {
  EXPECT_EQ(about_metadata({{"name", string()}, {"version", string()}}),
            in_metadata() + ": the plugin lacks field `priority`\n");
}

TEST(Compare, FindsAnAddedField) {
  EXPECT_EQ(
      about_metadata(
          {{"name", string()}, {"version", string()}, {"priority", u32()}, {"author", string()}}),
      in_metadata() + ": the plugin has field `author`, which the host does not know\n");
}

TEST(Compare, FindsAFieldThatWasAddedInTheMiddle) {
  EXPECT_EQ(
      about_metadata(
          {{"name", string()}, {"author", string()}, {"version", string()}, {"priority", u32()}}),
      in_metadata() + ": the plugin has field `author`, which the host does not know\n");
}

TEST(Compare, FindsARenamedField) {
  EXPECT_EQ(
      about_metadata({{"name", string()}, {"release", string()}, {"priority", u32()}}),
      in_metadata() + ": the host has field `version`, the plugin has `release` in its place\n");
}

TEST(Compare, DoesNotTakeAFieldThatMovedUpForANewName) {
  EXPECT_EQ(about_metadata({{"version", string()}, {"priority", u32()}, {"author", string()}}),
            in_metadata() + ": the plugin lacks field `name`\n" +
                "    parameter `meta`, record `metadata`: the plugin has field `author`, which the "
                "host does not know\n");
}

TEST(Compare, FindsFieldsInAnotherOrder) {
  EXPECT_EQ(about_metadata({{"version", string()}, {"name", string()}, {"priority", u32()}}),
            in_metadata() +
                ": the fields are in another order: the host has name, version, priority, the "
                "plugin has version, name, priority\n");
}

TEST(Compare, FindsAnotherResult) {
  wit::Function function = process_data();
  function.result = string();
  EXPECT_EQ(about(function), where() +
                                 "the result: the host expects result<string, string>, the plugin "
                                 "has string\n");
}

TEST(Compare, FindsAMissingResult) {
  wit::Function function = process_data();
  function.result = kNothing;
  EXPECT_EQ(about(function), where() +
                                 "the result: the host expects result<string, string>, the plugin "
                                 "has nothing\n");
}

TEST(Compare, FindsAResultThatTheHostDoesNotExpect) {
  const wit::Function none{.name = "process-data", .params = process_data().params};
  EXPECT_EQ(differences(processor({none}), processor()),
            where() +
                "the result: the host expects nothing, the plugin has result<string, "
                "string>\n");
}

TEST(Compare, FindsAnotherSideOfTheResult) {
  wit::Function function = process_data();
  function.result = result(string(), u32());
  EXPECT_EQ(about(function),
            where() + "the result, the error value: the host expects string, the plugin has u32\n");
  function.result = result(kNothing, string());
  EXPECT_EQ(
      about(function),
      where() + "the result, the ok value: the host expects string, the plugin has nothing\n");
}

TEST(Compare, FindsAParameterOfAnotherType) {
  wit::Function function = process_data();
  function.params[0].type = list(u8());
  EXPECT_EQ(about(function),
            where() + "parameter `input`: the host expects string, the plugin has list<u8>\n");
}

TEST(Compare, FindsAMissingParameter) {
  wit::Function function = process_data();
  function.params.pop_back();
  EXPECT_EQ(about(function), where() + "the plugin lacks parameter `meta`\n");
}

TEST(Compare, FindsAnAddedParameter) {
  wit::Function function = process_data();
  function.params.push_back({"flags", u32()});
  EXPECT_EQ(about(function),
            where() + "the plugin has parameter `flags`, which the host does not know\n");
}

TEST(Compare, FindsARenamedParameter) {
  wit::Function function = process_data();
  function.params[0].name = "text";
  EXPECT_EQ(about(function),
            where() + "the host has parameter `input`, the plugin has `text` in its place\n");
}

TEST(Compare, FindsParametersInAnotherOrder) {
  wit::Function function = process_data();
  std::swap(function.params[0], function.params[1]);
  EXPECT_EQ(about(function), where() +
                                 "the parameters are in another order: the host has input, meta, "
                                 "the plugin has meta, input\n");
}

TEST(Compare, FindsAnAsyncFunction) {
  wit::Function function = process_data();
  function.is_async = true;
  EXPECT_EQ(about(function),
            where() + "the plugin's function is async, which Mortise does not run\n");
}

// ---- Each kind of type ----

// What is said of a function f(x: T) where the host expects one T and the plugin has another.
std::string about(const wit::Type& want, const wit::Type& have) {
  const auto taking = [](const wit::Type& type) {
    return exporting("a:b/c", {{.name = "f", .params = {{"x", type}}}});
  };
  const std::string all = differences(taking(want), taking(have));
  const std::string head = "  export a:b/c: f\n    parameter `x`";
  return all.starts_with(head) ? all.substr(head.size()) : all;
}

TEST(Compare, FindsEveryOtherPlainType) {
  constexpr std::array kPlain{Kind::boolean, Kind::s8,        Kind::u8,    Kind::s16, Kind::u16,
                              Kind::s32,     Kind::u32,       Kind::s64,   Kind::u64, Kind::f32,
                              Kind::f64,     Kind::character, Kind::string};
  for (const Kind want : kPlain) {
    for (const Kind have : kPlain)
      EXPECT_EQ(about(plain(want), plain(have)).empty(), want == have)
          << static_cast<int>(want) << " and " << static_cast<int>(have);
  }
}

TEST(Compare, FindsAnotherKindOfType) {
  EXPECT_EQ(about(option(u8()), list(u8())),
            ": the host expects option<u8>, the plugin has list<u8>\n");
  EXPECT_EQ(about(metadata(), tuple({u8()})),
            ": the host expects record `metadata`, the plugin has tuple<u8>\n");
}

TEST(Compare, FindsAnotherElementOrValue) {
  const std::string what = ": the host expects u8, the plugin has u16\n";
  EXPECT_EQ(about(list(u8()), list(u16())), ", the element" + what);
  EXPECT_EQ(about(option(u8()), option(u16())), ", the value" + what);
  EXPECT_EQ(about(of(Kind::stream, {u8()}), of(Kind::stream, {u16()})), ", the element" + what);
  EXPECT_EQ(about(of(Kind::future, {u8()}), of(Kind::future, {u16()})), ", the element" + what);
  EXPECT_EQ(about(of(Kind::map, {u8(), string()}), of(Kind::map, {u16(), string()})),
            ", the key" + what);
  EXPECT_EQ(about(of(Kind::map, {string(), u8()}), of(Kind::map, {string(), u16()})),
            ", the value" + what);
}

TEST(Compare, FindsAnotherFixedLength) {
  EXPECT_EQ(about(fixed_list(u8(), 4), fixed_list(u8(), 4)), "");
  EXPECT_EQ(about(fixed_list(u8(), 4), fixed_list(u8(), 5)),
            ": the host expects list<u8, 4>, the plugin has list<u8, 5>\n");
  EXPECT_EQ(about(fixed_list(u8(), 4), fixed_list(u16(), 4)),
            ", the element: the host expects u8, the plugin has u16\n");
  EXPECT_EQ(about(list(u8()), fixed_list(u8(), 4)),
            ": the host expects list<u8>, the plugin has list<u8, 4>\n");
}

TEST(Compare, FindsAnotherPartOfATuple) {
  EXPECT_EQ(about(tuple({u8(), u8()}), tuple({u8(), u16()})),
            ", element 1: the host expects u8, the plugin has u16\n");
}

TEST(Compare, FindsATupleOfAnotherLength) {
  EXPECT_EQ(about(tuple({u8(), u8()}), tuple({u8()})),
            ": the host expects tuple<u8, u8>, the plugin has tuple<u8>\n");
}

wit::Type shape() { return named(Kind::variant, "shape", {{"dot", kNothing}, {"circle", u32()}}); }

TEST(Compare, FindsAnotherPayloadOfACase) {
  EXPECT_EQ(about(shape(), named(Kind::variant, "shape", {{"dot", kNothing}, {"circle", u64()}})),
            ", variant `shape`, case `circle`: the host expects u32, the plugin has u64\n");
  EXPECT_EQ(about(shape(), named(Kind::variant, "shape", {{"dot", u8()}, {"circle", u32()}})),
            ", variant `shape`, case `dot`: the host expects nothing, the plugin has u8\n");
  EXPECT_EQ(
      about(shape(), named(Kind::variant, "shape", {{"dot", kNothing}, {"circle", kNothing}})),
      ", variant `shape`, case `circle`: the host expects u32, the plugin has nothing\n");
}

TEST(Compare, FindsAMissingCase) {
  EXPECT_EQ(about(shape(), named(Kind::variant, "shape", {{"dot", kNothing}})),
            ", variant `shape`: the plugin lacks case `circle`\n");
}

TEST(Compare, FindsARenamedCase) {
  EXPECT_EQ(about(shape(), named(Kind::variant, "shape", {{"point", kNothing}, {"circle", u32()}})),
            ", variant `shape`: the host has case `dot`, the plugin has `point` in its place\n");
}

TEST(Compare, FindsCasesInAnotherOrder) {
  EXPECT_EQ(about(shape(), named(Kind::variant, "shape", {{"circle", u32()}, {"dot", kNothing}})),
            ", variant `shape`: the cases are in another order: the host has dot, circle, the "
            "plugin has circle, dot\n");
}

wit::Type side() {
  return named(Kind::enumeration, "side", {{"left", kNothing}, {"right", kNothing}});
}

TEST(Compare, FindsCasesOfAnEnumInAnotherOrder) {
  EXPECT_EQ(about(side(), side()), "");
  EXPECT_EQ(
      about(side(), named(Kind::enumeration, "side", {{"right", kNothing}, {"left", kNothing}})),
      ", enum `side`: the cases are in another order: the host has left, right, the plugin "
      "has right, left\n");
}

TEST(Compare, FindsAnAddedCaseOfAnEnum) {
  EXPECT_EQ(about(side(), named(Kind::enumeration, "side",
                                {{"left", kNothing}, {"right", kNothing}, {"top", kNothing}})),
            ", enum `side`: the plugin has case `top`, which the host does not know\n");
}

wit::Type rights(const std::vector<std::string>& names) {
  std::vector<wit::Part> flags;
  for (const std::string& name : names) flags.push_back({name, kNothing});
  return named(Kind::flags, "rights", flags);
}

TEST(Compare, FindsAnotherFlag) {
  EXPECT_EQ(about(rights({"read", "exec"}), rights({"read", "exec"})), "");
  EXPECT_EQ(about(rights({"read"}), rights({"write"})),
            ", flags `rights`: the host has flag `read`, the plugin has `write` in its place\n");
  EXPECT_EQ(about(rights({"read", "exec"}), rights({"read"})),
            ", flags `rights`: the plugin lacks flag `exec`\n");
}

TEST(Compare, FindsFlagsInAnotherOrder) {
  EXPECT_EQ(about(rights({"read", "write"}), rights({"write", "read"})),
            ", flags `rights`: the flags are in another order: the host has read, write, the "
            "plugin has write, read\n");
}

TEST(Compare, TellsFlagsFromAnEnumOfTheSameNames) {
  EXPECT_EQ(about(rights({"left", "right"}), side()),
            ": the host expects flags `rights`, the plugin has enum `side`\n");
}

TEST(Compare, TellsAMapFromAListOfTuples) {
  EXPECT_EQ(about(of(Kind::map, {string(), u8()}), list(tuple({string(), u8()}))),
            ": the host expects map<string, u8>, the plugin has list<tuple<string, u8>>\n");
}

TEST(Compare, FindsAHandleOfAnotherResource) {
  for (const auto& [kind, word] :
       {std::pair(Kind::own, "own"), std::pair(Kind::borrow, "borrow")}) {
    EXPECT_EQ(about(named(kind, "file"), named(kind, "file")), "");
    EXPECT_EQ(about(named(kind, "file"), named(kind, "socket")),
              std::string(": the host expects ") + word + "<file>, the plugin has " + word +
                  "<socket>\n");
  }
}

TEST(Compare, FindsAHandleOfAResourceOfTheSameNameFromElsewhere) {
  const auto file = [](std::string_view owner) {
    wit::Type type = named(Kind::own, "file");
    type.owner = owner;
    return type;
  };
  EXPECT_EQ(about(file("import a:b/c"), file("import a:b/c")), "");
  EXPECT_EQ(
      about(file("import a:b/c"), file("export a:b/c")),
      ": the host expects own<file> (import a:b/c), the plugin has own<file> (export a:b/c)\n");
}

TEST(Compare, FindsABorrowedHandleWhereAnOwnedOneIsExpected) {
  EXPECT_EQ(about(named(Kind::own, "file"), named(Kind::borrow, "file")),
            ": the host expects own<file>, the plugin has borrow<file>\n");
}

TEST(Compare, TellsTheWholeWayToADifferenceDeepWithin) {
  const auto nested = [](const wit::Type& inner) {
    return list(option(record("box", {{"pair", tuple({u8(), result(kNothing, inner)})}})));
  };
  EXPECT_EQ(about(nested(u8()), nested(u16())),
            ", the element, the value, record `box`, field `pair`, element 1, the error value: the "
            "host expects u8, the plugin has u16\n");
}

// ---- Names of types are no part of the contract ----

TEST(Compare, DoesNotMindOtherNamesOfTypes) {
  wit::Function function = process_data();
  function.params[1].type = record("info", metadata().parts);
  EXPECT_EQ(about(function), "");
  EXPECT_EQ(about(shape(), named(Kind::variant, "figure", shape().parts)), "");
}

// As the engine's own types have none.
TEST(Compare, DoesNotMindTypesWithoutNames) {
  wit::Function function = process_data();
  function.params[1].type = record("", metadata().parts);
  EXPECT_EQ(about(function), "");
}

// What a handle is of is what it is.
TEST(Compare, MindsAHandleWithoutAName) {
  EXPECT_EQ(about(named(Kind::own, "file"), named(Kind::own, "")),
            ": the host expects own<file>, the plugin has own<_>\n");
}

// ---- Interfaces and functions ----

TEST(Compare, FindsAMissingFunctionAndNamesThoseThereAre) {
  EXPECT_EQ(differences(processor(), processor({{.name = "process"}, {.name = "version"}})),
            where() +
                "the plugin does not have this function. The interface has `process`, "
                "`version`\n");
  EXPECT_EQ(differences(processor(), processor(std::vector<wit::Function>{})),
            where() + "the plugin does not have this function. The interface has no functions\n");
}

TEST(Compare, NamesTheNearestOfManyFunctions) {
  EXPECT_EQ(differences(processor(), processor({{.name = "unrelated"},
                                                {.name = "process-date"},
                                                {.name = "something-else"},
                                                {.name = "process"},
                                                {.name = "process-dates"}})),
            where() +
                "the plugin does not have this function. The interface has `process-date`, "
                "`process-dates`, `process` and 2 more\n");
}

TEST(Compare, FindsAMissingInterfaceAndNamesThoseThereAre) {
  const std::string where = "  export techbytes:plugins/processor\n    ";
  EXPECT_EQ(differences(processor(), Contract{}),
            where + "the plugin does not export it. It exports nothing\n");
  EXPECT_EQ(differences(processor(), exporting("techbytes:plugins/processors", {})),
            where + "the plugin does not export it. It exports `techbytes:plugins/processors`\n");
  EXPECT_EQ(differences(processor(), exporting("", {{.name = "run"}})),
            where + "the plugin does not export it. It exports `run`\n");
}

TEST(Compare, FindsAnInterfaceOfAnotherVersion) {
  EXPECT_EQ(differences(exporting("a:b/c@1.0.0", {}), exporting("a:b/c@2.0.0", {})),
            "  export a:b/c@1.0.0\n    the plugin does not export it. It exports `a:b/c@2.0.0`\n");
}

TEST(Compare, ComparesFunctionsOfTheWorldItself) {
  const auto world = [](const wit::Type& type) {
    return exporting("", {{.name = "run", .params = {{"x", type}}}});
  };
  EXPECT_EQ(differences(world(u8()), world(u8())), "");
  EXPECT_EQ(differences(world(u8()), world(u16())),
            "  export run\n    parameter `x`: the host expects u8, the plugin has u16\n");
}

TEST(Compare, FindsAMissingFunctionOfTheWorldItself) {
  const Contract world = exporting("", {{.name = "run"}});
  EXPECT_EQ(differences(world, exporting("", {{.name = "ran"}})),
            "  export run\n    the plugin does not export it. It exports `ran`\n");
  EXPECT_EQ(differences(world, processor()),
            "  export run\n    the plugin does not export it. It exports "
            "`techbytes:plugins/processor`\n");
  EXPECT_EQ(differences(world, Contract{}),
            "  export run\n    the plugin does not export it. It exports nothing\n");
}

TEST(Compare, DoesNotMindWhatThePluginHasBeyond) {
  Contract actual =
      processor({{.name = "other", .params = {}, .result = {}, .is_async = true}, process_data()});
  add_export(actual, "a:b/c", {{.name = "f"}});
  add_export(actual, "", {{.name = "g"}});
  EXPECT_EQ(differences(processor(), actual), "");
}

TEST(Compare, DoesNotMindWhatThePluginImports) {
  Contract actual = processor();
  actual.imports.push_back({.name = "techbytes:plugins/log"});
  EXPECT_EQ(differences(processor(), actual), "");
}

// ---- Several differences, and what is made of them ----

TEST(Compare, FindsAllDifferencesAtOnce) {
  wit::Function function = process_data();
  function.params[1].type = record("metadata", {{"name", u8()}, {"version", u8()}});
  function.result = string();
  EXPECT_EQ(about(function),
            in_metadata() + ", field `name`: the host expects string, the plugin has u8\n" +
                "    parameter `meta`, record `metadata`, field `version`: the host expects "
                "string, the plugin has u8\n" +
                "    parameter `meta`, record `metadata`: the plugin lacks field `priority`\n" +
                "    the result: the host expects result<string, string>, the plugin has "
                "string\n");
}

TEST(Explain, PutsTheDifferencesOfOnePlaceUnderOneHead) {
  Contract expected = exporting("a:b/c", {{.name = "f", .params = {{"x", u8()}, {"y", u8()}}},
                                          {.name = "g", .params = {{"x", u8()}}}});
  Contract actual = exporting("a:b/c", {{.name = "f", .params = {{"x", u16()}, {"y", u16()}}},
                                        {.name = "g", .params = {{"x", u16()}}}});
  add_export(expected, "a:b/d", {});
  EXPECT_EQ(differences(expected, actual),
            "  export a:b/c: f\n"
            "    parameter `x`: the host expects u8, the plugin has u16\n"
            "    parameter `y`: the host expects u8, the plugin has u16\n"
            "  export a:b/c: g\n"
            "    parameter `x`: the host expects u8, the plugin has u16\n"
            "  export a:b/d\n"
            "    the plugin does not export it. It exports `a:b/c`\n");
}

TEST(Explain, CutsALongList) {
  const std::string text = explain(std::vector<Difference>(23, {.where = "w", .what = "x"}));
  EXPECT_TRUE(text.starts_with("  w\n    x\n    x\n")) << text;
  EXPECT_TRUE(text.ends_with("    x\n  and 3 differences more\n")) << text;
}

TEST(Explain, SaysNothingOfNothing) { EXPECT_EQ(explain({}), ""); }

TEST(Compare, EscapesWhatThePluginIsCalled) {
  EXPECT_EQ(differences(processor(), exporting("evil\u202E\n", {})),
            "  export techbytes:plugins/processor\n    the plugin does not export it. It exports "
            "`evil\\u{202e}\\u{a}`\n");
  wit::Function function = process_data();
  function.params[0].name = "a\x1B[2Jb";
  EXPECT_EQ(about(function), where() +
                                 "the host has parameter `input`, the plugin has "
                                 "`a\\u{1b}[2Jb` in its place\n");
}

}  // namespace
}  // namespace mortise::contract
