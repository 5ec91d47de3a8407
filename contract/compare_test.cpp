#include <mortise/contract/compare.h>

#include <gtest/gtest.h>

#include <tests/wit.h>

namespace mortise::contract {
namespace {

using namespace testing::wit;
using WitType = testing::wit::Type;
using WitFunction = testing::wit::Function;

const WitType kU8 = plain(Kind::u8);
const WitType kU16 = plain(Kind::u16);
const WitType kU32 = plain(Kind::u32);
const WitType kU64 = plain(Kind::u64);
const WitType kString = plain(Kind::string);

std::string differences(const Contract& expected, const Contract& actual) {
  return explain(compare_exports(expected, actual));
}

// ---- The contract of the README, and plugins that have something else ----

const WitType kMetadata =
    record("metadata", {{"name", kString}, {"version", kString}, {"priority", kU32}});
const WitFunction kProcessData{.name = "process-data",
                               .params = {{"input", kString}, {"meta", kMetadata}},
                               .result = result(kString, kString)};

Contract processor(const std::vector<WitFunction>& functions = {kProcessData}) {
  return exporting("techbytes:plugins/processor", functions);
}
// A plugin whose process-data differs from the host's.
std::string about(const WitFunction& function) {
  return differences(processor(), processor({function}));
}
std::string about_metadata(const std::vector<Part>& fields) {
  WitFunction function = kProcessData;
  function.params[1].type = record("metadata", fields);
  return about(function);
}

const std::string kWhere = "  export techbytes:plugins/processor: process-data\n    ";
const std::string kInMetadata = kWhere + "parameter `meta`, record `metadata`";

TEST(Compare, FindsNothingWhereAllIsTheSame) { EXPECT_EQ(about(kProcessData), ""); }

TEST(Compare, FindsAFieldOfAnotherType) {
  EXPECT_EQ(about_metadata({{"name", kString}, {"version", kString}, {"priority", kU64}}),
            kInMetadata + ", field `priority`: the host expects u32, the plugin has u64\n");
}

TEST(Compare, FindsAMissingField) {
  EXPECT_EQ(about_metadata({{"name", kString}, {"version", kString}}),
            kInMetadata + ": the plugin lacks field `priority`\n");
}

TEST(Compare, FindsAnAddedField) {
  EXPECT_EQ(about_metadata(
                {{"name", kString}, {"version", kString}, {"priority", kU32}, {"author", kString}}),
            kInMetadata + ": the plugin has field `author`, which the host does not know\n");
}

TEST(Compare, FindsAFieldThatWasAddedInTheMiddle) {
  EXPECT_EQ(about_metadata(
                {{"name", kString}, {"author", kString}, {"version", kString}, {"priority", kU32}}),
            kInMetadata + ": the plugin has field `author`, which the host does not know\n");
}

TEST(Compare, FindsARenamedField) {
  EXPECT_EQ(
      about_metadata({{"name", kString}, {"release", kString}, {"priority", kU32}}),
      kInMetadata + ": the host has field `version`, the plugin has `release` in its place\n");
}

TEST(Compare, DoesNotTakeAFieldThatMovedUpForANewName) {
  EXPECT_EQ(about_metadata({{"version", kString}, {"priority", kU32}, {"author", kString}}),
            kInMetadata + ": the plugin lacks field `name`\n" +
                "    parameter `meta`, record `metadata`: the plugin has field `author`, which the "
                "host does not know\n");
}

TEST(Compare, FindsFieldsInAnotherOrder) {
  EXPECT_EQ(about_metadata({{"version", kString}, {"name", kString}, {"priority", kU32}}),
            kInMetadata +
                ": the fields are in another order: the host has name, version, priority, the "
                "plugin has version, name, priority\n");
}

TEST(Compare, FindsAnotherResult) {
  WitFunction function = kProcessData;
  function.result = kString;
  EXPECT_EQ(about(function), kWhere +
                                 "the result: the host expects result<string, string>, the plugin "
                                 "has string\n");
}

TEST(Compare, FindsAMissingResult) {
  WitFunction function = kProcessData;
  function.result = kNothing;
  EXPECT_EQ(about(function), kWhere +
                                 "the result: the host expects result<string, string>, the plugin "
                                 "has nothing\n");
}

TEST(Compare, FindsAResultThatTheHostDoesNotExpect) {
  const WitFunction none{.name = "process-data", .params = kProcessData.params};
  EXPECT_EQ(differences(processor({none}), processor()),
            kWhere +
                "the result: the host expects nothing, the plugin has result<string, "
                "string>\n");
}

TEST(Compare, FindsAnotherSideOfTheResult) {
  WitFunction function = kProcessData;
  function.result = result(kString, kU32);
  EXPECT_EQ(about(function),
            kWhere + "the result, the error value: the host expects string, the plugin has u32\n");
  function.result = result(kNothing, kString);
  EXPECT_EQ(about(function),
            kWhere + "the result, the ok value: the host expects string, the plugin has nothing\n");
}

TEST(Compare, FindsAParameterOfAnotherType) {
  WitFunction function = kProcessData;
  function.params[0].type = list(kU8);
  EXPECT_EQ(about(function),
            kWhere + "parameter `input`: the host expects string, the plugin has list<u8>\n");
}

TEST(Compare, FindsAMissingParameter) {
  WitFunction function = kProcessData;
  function.params.pop_back();
  EXPECT_EQ(about(function), kWhere + "the plugin lacks parameter `meta`\n");
}

TEST(Compare, FindsAnAddedParameter) {
  WitFunction function = kProcessData;
  function.params.push_back({"flags", kU32});
  EXPECT_EQ(about(function),
            kWhere + "the plugin has parameter `flags`, which the host does not know\n");
}

TEST(Compare, FindsARenamedParameter) {
  WitFunction function = kProcessData;
  function.params[0].name = "text";
  EXPECT_EQ(about(function),
            kWhere + "the host has parameter `input`, the plugin has `text` in its place\n");
}

TEST(Compare, FindsParametersInAnotherOrder) {
  WitFunction function = kProcessData;
  std::swap(function.params[0], function.params[1]);
  EXPECT_EQ(about(function), kWhere +
                                 "the parameters are in another order: the host has input, meta, "
                                 "the plugin has meta, input\n");
}

TEST(Compare, FindsAnAsyncFunction) {
  WitFunction function = kProcessData;
  function.is_async = true;
  EXPECT_EQ(about(function),
            kWhere + "the plugin's function is async, which Mortise does not run\n");
}

// ---- Each kind of type ----

// What is said of a function f(x: T) where the host expects one T and the plugin has another.
std::string about(const WitType& want, const WitType& have) {
  const auto taking = [](const WitType& type) {
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
  EXPECT_EQ(about(option(kU8), list(kU8)),
            ": the host expects option<u8>, the plugin has list<u8>\n");
  EXPECT_EQ(about(kMetadata, tuple({kU8})),
            ": the host expects record `metadata`, the plugin has tuple<u8>\n");
}

TEST(Compare, FindsAnotherElementOrValue) {
  const std::string what = ": the host expects u8, the plugin has u16\n";
  EXPECT_EQ(about(list(kU8), list(kU16)), ", the element" + what);
  EXPECT_EQ(about(option(kU8), option(kU16)), ", the value" + what);
  EXPECT_EQ(about(of(Kind::stream, {kU8}), of(Kind::stream, {kU16})), ", the element" + what);
  EXPECT_EQ(about(of(Kind::future, {kU8}), of(Kind::future, {kU16})), ", the element" + what);
  EXPECT_EQ(about(of(Kind::map, {kU8, kString}), of(Kind::map, {kU16, kString})),
            ", the key" + what);
  EXPECT_EQ(about(of(Kind::map, {kString, kU8}), of(Kind::map, {kString, kU16})),
            ", the value" + what);
}

TEST(Compare, FindsAnotherFixedLength) {
  EXPECT_EQ(about(fixed_list(kU8, 4), fixed_list(kU8, 4)), "");
  EXPECT_EQ(about(fixed_list(kU8, 4), fixed_list(kU8, 5)),
            ": the host expects list<u8, 4>, the plugin has list<u8, 5>\n");
  EXPECT_EQ(about(fixed_list(kU8, 4), fixed_list(kU16, 4)),
            ", the element: the host expects u8, the plugin has u16\n");
  EXPECT_EQ(about(list(kU8), fixed_list(kU8, 4)),
            ": the host expects list<u8>, the plugin has list<u8, 4>\n");
}

TEST(Compare, FindsAnotherPartOfATuple) {
  EXPECT_EQ(about(tuple({kU8, kU8}), tuple({kU8, kU16})),
            ", element 1: the host expects u8, the plugin has u16\n");
}

TEST(Compare, FindsATupleOfAnotherLength) {
  EXPECT_EQ(about(tuple({kU8, kU8}), tuple({kU8})),
            ": the host expects tuple<u8, u8>, the plugin has tuple<u8>\n");
}

const WitType kShape = named(Kind::variant, "shape", {{"dot", kNothing}, {"circle", kU32}});

TEST(Compare, FindsAnotherPayloadOfACase) {
  EXPECT_EQ(about(kShape, named(Kind::variant, "shape", {{"dot", kNothing}, {"circle", kU64}})),
            ", variant `shape`, case `circle`: the host expects u32, the plugin has u64\n");
  EXPECT_EQ(about(kShape, named(Kind::variant, "shape", {{"dot", kU8}, {"circle", kU32}})),
            ", variant `shape`, case `dot`: the host expects nothing, the plugin has u8\n");
  EXPECT_EQ(about(kShape, named(Kind::variant, "shape", {{"dot", kNothing}, {"circle", kNothing}})),
            ", variant `shape`, case `circle`: the host expects u32, the plugin has nothing\n");
}

TEST(Compare, FindsAMissingCase) {
  EXPECT_EQ(about(kShape, named(Kind::variant, "shape", {{"dot", kNothing}})),
            ", variant `shape`: the plugin lacks case `circle`\n");
}

TEST(Compare, FindsCasesOfAnEnumInAnotherOrder) {
  EXPECT_EQ(about(named(Kind::enumeration, "side", {{"left", kNothing}, {"right", kNothing}}),
                  named(Kind::enumeration, "side", {{"right", kNothing}, {"left", kNothing}})),
            ", enum `side`: the cases are in another order: the host has left, right, the plugin "
            "has right, left\n");
}

TEST(Compare, FindsAnotherFlag) {
  EXPECT_EQ(about(named(Kind::flags, "rights", {{"read", kNothing}}),
                  named(Kind::flags, "rights", {{"write", kNothing}})),
            ", flags `rights`: the host has flag `read`, the plugin has `write` in its place\n");
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

TEST(Compare, FindsABorrowedHandleWhereAnOwnedOneIsExpected) {
  EXPECT_EQ(about(named(Kind::own, "file"), named(Kind::borrow, "file")),
            ": the host expects own<file>, the plugin has borrow<file>\n");
}

TEST(Compare, TellsTheWholeWayToADifferenceDeepWithin) {
  const auto nested = [](const WitType& inner) {
    return list(option(record("box", {{"pair", tuple({kU8, result(kNothing, inner)})}})));
  };
  EXPECT_EQ(about(nested(kU8), nested(kU16)),
            ", the element, the value, record `box`, field `pair`, element 1, the error value: the "
            "host expects u8, the plugin has u16\n");
}

// ---- Names of types are no part of the contract ----

TEST(Compare, DoesNotMindOtherNamesOfTypes) {
  WitFunction function = kProcessData;
  function.params[1].type->name = "info";
  EXPECT_EQ(about(function), "");
  EXPECT_EQ(about(kShape, named(Kind::variant, "figure", kShape.parts)), "");
}

// As the engine's own types have none.
TEST(Compare, DoesNotMindTypesWithoutNames) {
  WitFunction function = kProcessData;
  function.params[1].type->name = "";
  EXPECT_EQ(about(function), "");
  EXPECT_EQ(about(named(Kind::own, "file"), named(Kind::own, "")), "");
}

// ---- Interfaces and functions ----

TEST(Compare, FindsAMissingFunctionAndNamesThoseThereAre) {
  EXPECT_EQ(differences(processor(), processor({{.name = "process"}, {.name = "version"}})),
            kWhere +
                "the plugin does not have this function. The interface has `process`, "
                "`version`\n");
  EXPECT_EQ(differences(processor(), processor(std::vector<WitFunction>{})),
            kWhere + "the plugin does not have this function. The interface has no functions\n");
}

TEST(Compare, NamesTheNearestOfManyFunctions) {
  EXPECT_EQ(differences(processor(), processor({{.name = "unrelated"},
                                                {.name = "process-date"},
                                                {.name = "something-else"},
                                                {.name = "process"},
                                                {.name = "process-dates"}})),
            kWhere +
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
  const auto world = [](const WitType& type) {
    return exporting("", {{.name = "run", .params = {{"x", type}}}});
  };
  EXPECT_EQ(differences(world(kU8), world(kU8)), "");
  EXPECT_EQ(differences(world(kU8), world(kU16)),
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
      processor({{.name = "other", .params = {}, .result = {}, .is_async = true}, kProcessData});
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
  WitFunction function = kProcessData;
  function.params[1].type = record("metadata", {{"name", kU8}, {"version", kU8}});
  function.result = kString;
  EXPECT_EQ(about(function),
            kInMetadata + ", field `name`: the host expects string, the plugin has u8\n" +
                "    parameter `meta`, record `metadata`, field `version`: the host expects "
                "string, the plugin has u8\n" +
                "    parameter `meta`, record `metadata`: the plugin lacks field `priority`\n" +
                "    the result: the host expects result<string, string>, the plugin has "
                "string\n");
}

TEST(Explain, PutsTheDifferencesOfOnePlaceUnderOneHead) {
  Contract expected = exporting("a:b/c", {{.name = "f", .params = {{"x", kU8}, {"y", kU8}}},
                                          {.name = "g", .params = {{"x", kU8}}}});
  Contract actual = exporting("a:b/c", {{.name = "f", .params = {{"x", kU16}, {"y", kU16}}},
                                        {.name = "g", .params = {{"x", kU16}}}});
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

TEST(Explain, SaysNothingOfNothing) { EXPECT_EQ(explain({}), ""); }

TEST(Compare, EscapesWhatThePluginIsCalled) {
  EXPECT_EQ(differences(processor(), exporting("evil\u202E\n", {})),
            "  export techbytes:plugins/processor\n    the plugin does not export it. It exports "
            "`evil\\u{202e}\\u{a}`\n");
  WitFunction function = kProcessData;
  function.params[0].name = "a\x1B[2Jb";
  EXPECT_EQ(about(function), kWhere +
                                 "the host has parameter `input`, the plugin has "
                                 "`a\\u{1b}[2Jb` in its place\n");
}

}  // namespace
}  // namespace mortise::contract
