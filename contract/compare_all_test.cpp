// compare(): all that differs between two contracts, and whom it breaks. What differs within a
// function is compare_test.cpp's; the oracle is tests/contract/.
#include <mortise/contract/compare.h>

#include <string>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <tests/wit.h>

namespace mortise::contract {
namespace {

namespace wit = testing::wit;
using wit::add_export;
using wit::add_import;
using wit::named;
using wit::option;
using wit::plain;
using wit::record;
using wit::string;
using wit::u32;
using wit::u8;

wit::Function log() { return {.name = "log", .params = {{"text", string()}}}; }
wit::Function run() { return {.name = "run", .params = {}, .result = u32()}; }

std::string whom(const Difference& difference) {
  if (difference.breaks_plugins) return difference.breaks_hosts ? "both" : "plugins";
  return difference.breaks_hosts ? "hosts" : "nobody";
}

// One line for each difference, and the verdicts.
std::string told(const Contract& before, const Contract& after,
                 const CompareOptions& options = {}) {
  const Comparison found = compare(before, after, options);
  std::string out;
  for (const Difference& difference : found.differences)
    out += concat(difference.where, ": ", difference.what, " [", to_string(difference.kind),
                  ", breaks ", whom(difference), "]\n");
  return concat(out, "plugins ", to_string(found.for_plugins), ", hosts ",
                to_string(found.for_hosts));
}

Contract importing(std::string name, const std::vector<wit::Function>& functions) {
  Contract contract;
  add_import(contract, std::move(name), functions);
  return contract;
}
Contract exporting(std::string name, const std::vector<wit::Function>& functions) {
  return wit::exporting(std::move(name), functions);
}

TEST(CompareAll, FindsTheSame) {
  EXPECT_EQ(told({}, {}), "plugins same, hosts same");
  EXPECT_EQ(told(exporting("a:b/c", {run()}), exporting("a:b/c", {run()})),
            "plugins same, hosts same");
}

// ---- What comes and goes ----

TEST(CompareAll, AnImportThatIsGoneBreaksPlugins) {
  EXPECT_EQ(told(importing("a:b/log", {log()}), {}),
            "import a:b/log: the new one does not have this interface [removed, breaks plugins]\n"
            "plugins breaking, hosts compatible");
  EXPECT_EQ(told(importing("a:b/log", {log(), run()}), importing("a:b/log", {run()})),
            "import a:b/log: log: the new one does not have this function [removed, breaks "
            "plugins]\n"
            "plugins breaking, hosts compatible");
}

TEST(CompareAll, AnImportThatIsNewBreaksHosts) {
  EXPECT_EQ(told({}, importing("a:b/log", {log()})),
            "import a:b/log: the old one does not have this interface [added, breaks hosts]\n"
            "plugins compatible, hosts breaking");
  EXPECT_EQ(told(importing("a:b/log", {run()}), importing("a:b/log", {log(), run()})),
            "import a:b/log: log: the old one does not have this function [added, breaks hosts]\n"
            "plugins compatible, hosts breaking");
}

TEST(CompareAll, AnExportThatIsGoneBreaksHosts) {
  EXPECT_EQ(told(exporting("a:b/c", {run()}), {}),
            "export a:b/c: the new one does not have this interface [removed, breaks hosts]\n"
            "plugins compatible, hosts breaking");
  EXPECT_EQ(told(exporting("a:b/c", {run(), log()}), exporting("a:b/c", {run()})),
            "export a:b/c: log: the new one does not have this function [removed, breaks hosts]\n"
            "plugins compatible, hosts breaking");
}

TEST(CompareAll, AnExportThatIsNewBreaksPlugins) {
  EXPECT_EQ(told({}, exporting("a:b/c", {run()})),
            "export a:b/c: the old one does not have this interface [added, breaks plugins]\n"
            "plugins breaking, hosts compatible");
}

TEST(CompareAll, NamesTheFunctionsOfTheWorldOneByOne) {
  EXPECT_EQ(told(exporting("", {run()}), importing("", {log()})),
            "import log: the old one does not have this function [added, breaks hosts]\n"
            "export run: the new one does not have this function [removed, breaks hosts]\n"
            "plugins compatible, hosts breaking");
}

TEST(CompareAll, AnImportedInterfaceWithoutFunctionsIsNobodysConcern) {
  EXPECT_EQ(told(importing("a:b/empty", {}), {}),
            "import a:b/empty: the new one does not have this interface [removed, breaks nobody]\n"
            "plugins compatible, hosts compatible");
}

TEST(CompareAll, TheOrderOfFunctionsAndInterfacesIsNobodysConcern) {
  Contract one = exporting("a:b/c", {run(), log()});
  add_export(one, "a:b/d", {});
  Contract other = exporting("a:b/d", {});
  add_export(other, "a:b/c", {log(), run()});
  EXPECT_EQ(told(one, other), "plugins same, hosts same");
}

// ---- What differs within ----

TEST(CompareAll, AnotherTypeBreaksBoth) {
  wit::Function other = log();
  other.params[0].type = u8();
  const std::string what =
      ": log: parameter `text`: the old one has string, the new one has u8 [type, breaks both]\n"
      "plugins breaking, hosts breaking";
  EXPECT_EQ(told(importing("a:b/c", {log()}), importing("a:b/c", {other})), "import a:b/c" + what);
  EXPECT_EQ(told(exporting("a:b/c", {log()}), exporting("a:b/c", {other})), "export a:b/c" + what);
}

TEST(CompareAll, AnAsyncFunctionIsAnotherOne) {
  wit::Function other = run();
  other.is_async = true;
  EXPECT_EQ(told(exporting("a:b/c", {run()}), exporting("a:b/c", {other})),
            "export a:b/c: run: the old one has a sync function, the new one has an async function "
            "[async, breaks both]\n"
            "plugins breaking, hosts breaking");
  EXPECT_EQ(told(exporting("a:b/c", {other}), exporting("a:b/c", {other})),
            "plugins same, hosts same");
}

TEST(CompareAll, GivesTheParts) {
  wit::Function before = run();
  before.params = {{"m", record("meta", {{"x", u32()}})}};
  wit::Function after = run();
  after.params = {{"m", record("meta", {{"x", u8()}})}};
  const Comparison found = compare(exporting("a:b/c", {before}), exporting("a:b/c", {after}));
  ASSERT_EQ(found.differences.size(), 1u);
  const Difference& difference = found.differences[0];
  EXPECT_EQ(difference.kind, Difference::Kind::type);
  EXPECT_EQ(difference.direction, Direction::exports);
  EXPECT_EQ(difference.interface, "a:b/c");
  EXPECT_EQ(difference.function, "run");
  EXPECT_EQ(difference.path, "parameter `m`, record `meta`, field `x`");
  EXPECT_EQ(difference.expected, "u32");
  EXPECT_EQ(difference.actual, "u8");
}

TEST(CompareAll, LooksIntoAFieldUnderItsNewName) {
  wit::Function before = run();
  before.params = {{"m", record("meta", {{"x", u32()}})}};
  wit::Function after = run();
  after.params = {{"m", record("meta", {{"y", u8()}})}};
  EXPECT_EQ(told(exporting("", {before}), exporting("", {after})),
            "export run: parameter `m`, record `meta`: the old one has field `x`, the new one has "
            "`y` in its place [renamed, breaks both]\n"
            "export run: parameter `m`, record `meta`, field `x`: the old one has u32, the new one "
            "has u8 [type, breaks both]\n"
            "plugins breaking, hosts breaking");
}

TEST(CompareAll, DoesNotMindOtherNamesOfTypesInFunctions) {
  wit::Function before = run();
  before.params = {{"m", record("meta", {{"x", u32()}})}};
  wit::Function after = run();
  after.params = {{"m", record("data", {{"x", u32()}})}};
  EXPECT_EQ(told(exporting("", {before}), exporting("", {after})), "plugins same, hosts same");
}

// ---- Types that interfaces declare ----

// An interface that declares a type, with a function or without one.
Contract declaring(Direction direction, const wit::Type& type, bool used = true) {
  Contract out;
  const TypeId id = wit::add(out, type);
  auto& interfaces = direction == Direction::imports ? out.imports : out.exports;
  interfaces.push_back({.name = "a:b/c", .types = {{.name = type.name, .type = id, .used = used}}});
  return out;
}

TEST(CompareAll, SaysOnceWhatDiffersInATypeThatManyFunctionsUse) {
  const auto with = [](const wit::Type& field) {
    Contract out = declaring(Direction::exports, record("meta", {{"x", field}}));
    for (const char* name : {"f", "g"})
      out.exports[0].functions.push_back(
          {.name = name, .params = {{.name = "m", .type = out.exports[0].types[0].type}}});
    return out;
  };
  EXPECT_EQ(told(with(u32()), with(u8())),
            "export a:b/c: record `meta`, field `x`: the old one has u32, the new one has u8 "
            "[type, breaks both]\n"
            "plugins breaking, hosts breaking");
}

TEST(CompareAll, ATypeCountsByItsNameWhereItIsDeclared) {
  const wit::Type meta = record("meta", {{"x", u32()}});
  const wit::Type data = record("data", {{"x", u32()}});
  EXPECT_EQ(told(declaring(Direction::exports, meta), declaring(Direction::exports, data)),
            "export a:b/c: the new one does not have type `meta` [removed, breaks hosts]\n"
            "export a:b/c: the old one does not have type `data` [added, breaks plugins]\n"
            "plugins breaking, hosts breaking");
}

TEST(CompareAll, AnImportedTypeThatNobodyUsesBreaksNobody) {
  const wit::Type before = record("meta", {{"x", u32()}});
  const wit::Type after = record("meta", {{"x", u8()}});
  EXPECT_EQ(told(declaring(Direction::imports, before, false),
                 declaring(Direction::imports, after, false)),
            "import a:b/c: record `meta`, field `x`: the old one has u32, the new one has u8 "
            "[type, breaks nobody]\n"
            "plugins compatible, hosts compatible");
  EXPECT_EQ(
      told(declaring(Direction::imports, before), declaring(Direction::imports, after, false)),
      "import a:b/c: record `meta`, field `x`: the old one has u32, the new one has u8 "
      "[type, breaks plugins]\n"
      "plugins breaking, hosts compatible");
}

TEST(CompareAll, NamesAnAliasByItsName) {
  const auto alias = [](const wit::Type& of) {
    Contract out;
    const TypeId id = wit::add(out, of);
    out.exports.push_back({.name = "a:b/c", .types = {{.name = "id", .type = id}}});
    return out;
  };
  EXPECT_EQ(told(alias(u32()), alias(u8())),
            "export a:b/c: type `id`: the old one has u32, the new one has u8 [type, breaks both]\n"
            "plugins breaking, hosts breaking");
}

// ---- Versions ----

TEST(CompareAll, AnotherVersionIsAnotherName) {
  EXPECT_EQ(told(exporting("a:b/c@1.0.0", {run()}), exporting("a:b/c@1.1.0", {run()})),
            "export a:b/c@1.0.0: the old one has version 1.0.0, the new one has version 1.1.0 "
            "[version, breaks both]\n"
            "plugins breaking, hosts breaking");
  EXPECT_EQ(told(exporting("a:b/c", {run()}), exporting("a:b/c@1.1.0", {run()})),
            "export a:b/c: the old one has no version, the new one has version 1.1.0 "
            "[version, breaks both]\n"
            "plugins breaking, hosts breaking");
}

TEST(CompareAll, LooksIntoAnInterfaceOfAnotherVersion) {
  EXPECT_EQ(told(exporting("a:b/c@1.0.0", {run()}), exporting("a:b/c@2.0.0", {run(), log()}),
                 {.ignore_versions = true}),
            "export a:b/c@2.0.0: log: the old one does not have this function [added, breaks "
            "plugins]\n"
            "plugins breaking, hosts compatible");
}

TEST(CompareAll, PairsTheSameVersionsFirst) {
  Contract both = exporting("a:b/c@1.0.0", {run()});
  add_export(both, "a:b/c@2.0.0", {log()});
  EXPECT_EQ(told(both, exporting("a:b/c@2.0.0", {log()})),
            "export a:b/c@1.0.0: the new one does not have this interface [removed, breaks hosts]\n"
            "plugins compatible, hosts breaking");
}

TEST(CompareAll, FollowsResourcesIntoAnotherVersion) {
  const auto with = [](const std::string& version) {
    wit::Type file = named(Kind::own, "file");
    file.owner = "export a:b/c" + version;
    return exporting("a:b/c" + version, {{.name = "open", .params = {}, .result = file}});
  };
  EXPECT_EQ(told(with("@1.0.0"), with("@1.0.1"), {.ignore_versions = true}),
            "plugins same, hosts same");
}

// ---- What the sides are called ----

TEST(CompareAll, CallsTheSidesAsItIsTold) {
  EXPECT_EQ(told(exporting("a:b/c", {run()}), {},
                 {.expected = "the contract", .actual = "the component"}),
            "export a:b/c: the component does not have this interface [removed, breaks hosts]\n"
            "plugins compatible, hosts breaking");
}

TEST(CompareAll, EscapesNames) {
  EXPECT_EQ(told(exporting("", {{.name = "\x1b[31m"}}), {}),
            "export \\u{1b}[31m: the new one does not have this function [removed, breaks hosts]\n"
            "plugins compatible, hosts breaking");
}

// ---- Contracts that are made to be hard ----

// 2^60 ways lead to its innermost type.
TEST(CompareAll, LooksOnceAtTypesThatDouble) {
  const auto doubling = [](Kind innermost) {
    Contract out;
    out.types.push_back({.kind = innermost, .name = ""});
    for (TypeId id = 0; id < 60; ++id)
      out.types.push_back({.kind = Kind::record,
                           .name = concat("r", id),
                           .members = {{.name = "a", .type = id}, {.name = "b", .type = id}}});
    out.exports.push_back({.name = "a:b/c", .functions = {{.name = "f", .result = 60}}});
    return out;
  };
  EXPECT_EQ(told(doubling(Kind::u8), doubling(Kind::u8)), "plugins same, hosts same");
  // Both fields of the innermost record; the others have been spoken of.
  EXPECT_EQ(compare(doubling(Kind::u8), doubling(Kind::u32)).differences.size(), 2u);
}

// The same without names, which are said everywhere: it gives up.
TEST(CompareAll, GivesUpOnWhatIsTooLarge) {
  const auto doubling = [](Kind innermost) {
    Contract out;
    out.types.push_back({.kind = innermost, .name = ""});
    for (TypeId id = 0; id < 60; ++id)
      out.types.push_back({.kind = Kind::tuple,
                           .name = "",
                           .members = {{.name = "", .type = id}, {.name = "", .type = id}}});
    out.exports.push_back({.name = "a:b/c", .functions = {{.name = "f", .result = 60}}});
    return out;
  };
  const Comparison found = compare(doubling(Kind::u8), doubling(Kind::u32));
  EXPECT_EQ(found.differences.size(), Comparison::kMost);
  EXPECT_GT(found.more, 0u);
  EXPECT_EQ(found.for_hosts, Verdict::breaking);
}

TEST(CompareAll, IsNotQuadraticInFieldsAndFunctions) {
  const auto large = [](std::string_view prefix) {
    Contract out;
    out.types.push_back({.kind = Kind::u8, .name = ""});
    Type wide{.kind = Kind::record, .name = "wide"};
    Interface interface{.name = "a:b/c"};
    for (int i = 0; i < 100'000; ++i) {
      wide.members.push_back({.name = concat(prefix, i), .type = 0});
      interface.functions.push_back({.name = concat(prefix, i)});
    }
    out.types.push_back(std::move(wide));
    interface.functions.push_back({.name = "f", .result = 1});
    out.exports.push_back(std::move(interface));
    return out;
  };
  EXPECT_EQ(told(large("x"), large("x")), "plugins same, hosts same");
  const Comparison found = compare(large("x"), large("y"));
  EXPECT_EQ(found.differences.size() + found.more, 300'000u);
}

TEST(CompareAll, ShortensTheWayIntoDeepTypes) {
  const auto deep = [](Kind innermost) {
    wit::Type type = plain(innermost);
    for (int i = 0; i < 90; ++i) type = option(type);
    return exporting("", {{.name = "f", .params = {}, .result = type}});
  };
  const Comparison found = compare(deep(Kind::u8), deep(Kind::u32));
  ASSERT_EQ(found.differences.size(), 1u);
  EXPECT_LT(found.differences[0].path.size(), 300u);
  EXPECT_TRUE(found.differences[0].path.find(", .., ") != std::string::npos);
}

}  // namespace
}  // namespace mortise::contract
