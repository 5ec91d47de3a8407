#include <mortise/runtime/inspect.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include <unistd.h>

#include <gtest/gtest.h>

#include <mortise/contract/compare.h>
#include <mortise/contract/text.h>
#include <tests/support.h>

namespace mortise {
namespace {

using testing::engine;
using Kind = Error::Kind;

// A folder of its own for each test, gone with it.
class Inspect : public ::testing::Test {
 protected:
  Inspect() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(::testing::TempDir()) /
              concat("mortise-inspect-", ::getpid(), "-", test->name());
    std::filesystem::create_directories(folder_);
  }
  ~Inspect() override { std::filesystem::remove_all(folder_); }

  std::string write(std::string_view name, std::string_view content) const {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::string folder() const { return folder_.string(); }

  Description described(std::string_view wat) const {
    auto found = inspect(engine(), write("guest.wat", wat));
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? *std::move(found) : Description{};
  }
  static std::string error_of(const std::string& path, const CompileLimits& limits = {}) {
    const auto found = inspect(engine(), path, limits);
    if (found) return "it is a component";
    return concat(to_string(found.error().kind()), ": ", found.error().message());
  }
  static std::string wit_error(const std::string& path, const WitOptions& options = {}) {
    const auto found = read_wit(engine(), path, options);
    if (found) return "it has no errors";
    return concat(to_string(found.error().kind()), ": ", found.error().message());
  }

 private:
  std::filesystem::path folder_;
};

std::string guest(std::string_view name) { return concat(MORTISE_GUEST_DIR, "/", name); }

constexpr std::string_view kAdder = R"((component $adder
  (import "acme:math/log" (instance $log
    (export "write" (func (param "text" string)))))
  (core module $m
    (memory (export "memory") 2 16)
    (data (i32.const 0) "abc")
    (@producers (language "WAT" "1") (processed-by "hand" ""))
    (func (export "add") (param i32 i32) (result i32)
      (i32.add (local.get 0) (local.get 1))))
  (core instance $i (instantiate $m))
  (func (export "add") (param "a" u32) (param "b" u32) (result u32)
    (canon lift (core func $i "add")))
  (@custom "version" "1.2.3")
))";

// ---- Components ----

TEST_F(Inspect, TellsWhatAComponentImportsAndExports) {
  const Description found = described(kAdder);
  ASSERT_EQ(found.contract.imports.size(), 1u);
  EXPECT_EQ(found.contract.imports[0].name, "acme:math/log");
  ASSERT_EQ(found.contract.exports.size(), 1u);
  EXPECT_EQ(found.contract.exports[0].functions.at(0).name, "add");
  EXPECT_EQ(found.wit,
            "package root:component;\n"
            "\n"
            "world root {\n"
            "  import acme:math/log;\n"
            "\n"
            "  export add: func(a: u32, b: u32) -> u32;\n"
            "}\n"
            "package acme:math {\n"
            "  interface log {\n"
            "    write: func(text: string);\n"
            "  }\n"
            "}\n");
  EXPECT_TRUE(found.notes.empty());
}

TEST_F(Inspect, TellsWhatAComponentIsCalledAndWhatMadeIt) {
  const Description found = described(kAdder);
  ASSERT_EQ(found.labels.size(), 2u);
  EXPECT_EQ(found.labels[0].key + "=" + found.labels[0].value, "name=adder");
  EXPECT_EQ(found.labels[1].key + "=" + found.labels[1].value, "version=1.2.3");
  ASSERT_EQ(found.tools.size(), 2u);
  EXPECT_EQ(found.tools[0].role, "language");
  EXPECT_EQ(found.tools[0].name, "WAT");
  EXPECT_EQ(found.tools[0].version, "1");
  EXPECT_EQ(found.tools[1].role, "processed-by");
  EXPECT_EQ(found.tools[1].version, "");
}

TEST_F(Inspect, TellsTheMemoryAndTheSizesOfAComponent) {
  const Description found = described(kAdder);
  EXPECT_EQ(found.modules, 1u);
  ASSERT_EQ(found.memories.size(), 1u);
  EXPECT_EQ(found.memories[0].initial, KiB(128));
  EXPECT_EQ(found.memories[0].most, MiB(1));
  EXPECT_GT(found.code.count, 0u);
  EXPECT_GT(found.data.count, 3u);
  EXPECT_EQ(found.debug.count, 0u);
  EXPECT_GT(found.custom.count, 0u);
}

TEST_F(Inspect, TellsTheSizeOfTheFile) {
  const auto found = inspect(engine(), guest("processor.wasm"));
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->size.count, std::filesystem::file_size(guest("processor.wasm")));
  EXPECT_FALSE(found->memories.at(0).most);
}

TEST_F(Inspect, ListsTheTypesThatInterfacesDeclare) {
  const auto found = inspect(engine(), guest("processor.wasm"));
  ASSERT_TRUE(found) << found.error().to_string();
  const contract::Interface& processor = found->contract.exports.at(0);
  ASSERT_EQ(processor.types.size(), 1u);
  EXPECT_EQ(processor.types[0].name, "metadata");
  EXPECT_EQ(found->contract.types.at(processor.types[0].type).kind, abi::Kind::record);
}

TEST_F(Inspect, DescribesWhatThisVersionDoesNotRunAndSaysSo) {
  const Description found = described(R"((component
    (import "tick" (func async (param "s" (stream u8))))))");
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_EQ(found.notes[0],
            "it imports the async function `tick`, and this version of Mortise runs no async "
            "functions: build the plugin with sync ones");
  EXPECT_TRUE(found.wit.find("import tick: async func(s: stream<u8>);") != std::string::npos)
      << found.wit;
}

TEST_F(Inspect, SaysWhatIsExperimental) {
  const Description found = described(R"((component (import "f" (func (param "m" (list u8 4))))))");
  ASSERT_EQ(found.notes.size(), 1u);
  EXPECT_EQ(found.notes[0],
            "it uses a list of fixed length, which is experimental: hosts have to allow "
            "experimental types");
}

TEST_F(Inspect, WritesWitThatIsTheSameContract) {
  for (const char* name : {"processor.wasm", "shop.wasm", "ascii.wasm", "faulty.wasm",
                           "passing.wasm", "round_trip.wasm"}) {
    const auto found = inspect(engine(), guest(name));
    ASSERT_TRUE(found) << found.error().to_string();
    const auto read = read_wit(engine(), write("printed.wit", found->wit));
    ASSERT_TRUE(read) << name << ": " << read.error().to_string();
    const auto compared = contract::compare(found->contract, read->contract);
    EXPECT_EQ(compared.for_hosts, contract::Verdict::same)
        << name << "\n"
        << contract::explain(compared.differences);
  }
}

// ---- What is no component ----

TEST_F(Inspect, NamesWhatIsNoComponent) {
  EXPECT_EQ(error_of("/nowhere/x.wasm"),
            "io: /nowhere/x.wasm cannot be opened: No such file or directory");
  EXPECT_EQ(error_of(folder()), concat("io: ", folder(), " is not a regular file"));
  EXPECT_EQ(error_of(write("x.wasm", "")), "bad_component: x.wasm is empty");
  EXPECT_EQ(error_of(write("x.wasm", std::string_view("\0asm\1\0\0\0", 8))),
            "bad_component: x.wasm is a core module, not a component: componentize it, for "
            "example with `wasm-tools component new`");
  EXPECT_EQ(error_of(write("x.wat", "(module)")),
            "bad_component: x.wat is not a component that can run here: it is the text of a core "
            "module; that of a component begins with `(component`");
  EXPECT_EQ(error_of(write("x.wat", "(component (foo))")),
            "bad_component: x.wat is not a component that can run here: expected valid "
            "component field\n"
            "     --> x.wat:1:13\n"
            "      |\n"
            "    1 | (component (foo))\n"
            "      |             ^");
}

// Its code is looked at too.
TEST_F(Inspect, RefusesAComponentWithBadCode) {
  EXPECT_EQ(error_of(write("x.wat", "(component (core module (func (result i32))))")),
            "bad_component: x.wat is not a component that can run here: type mismatch: expected "
            "i32 but nothing on stack (at offset 0x22)");
}

TEST_F(Inspect, NamesTheLimitThatIsCrossed) {
  EXPECT_EQ(error_of(guest("processor.wasm"), {.component = KiB(1)}).substr(0, 28),
            "limit_exceeded: processor.wa");
  EXPECT_EQ(error_of(guest("processor.wasm"), {.memory = KiB(64)}),
            "limit_exceeded: processor.wasm needs more than the 64 KiB of memory that reading it "
            "may (CompileLimits::memory)");
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Inspect, SurvivesComponentsThatAreCutShort) {
  const std::string whole = read_file(guest("shop.wasm"));
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40) {
    const std::string error = error_of(write("cut.wasm", whole.substr(0, size)));
    EXPECT_TRUE(error.starts_with("bad_component: cut.wasm ")) << error;
  }
}

// Any answer is fine that is one of ours: a flipped bit in code or names may be a component.
TEST_F(Inspect, SurvivesFlippedBits) {
  const std::string whole = read_file(guest("shop.wasm"));
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): the same each time
  for (int i = 0; i < 60; ++i) {
    std::string flipped = whole;
    // Most of what is parsed is at both ends.
    const std::size_t range = i % 2 == 0 ? whole.size() : std::min<std::size_t>(whole.size(), 600);
    char& byte = flipped[random() % range];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ 1U << random() % 8);
    const std::string error = error_of(write("flipped.wasm", flipped));
    EXPECT_TRUE(error == "it is a component" || error.starts_with("bad_component: flipped.wasm "))
        << error;
  }
}

// ---- WIT ----

constexpr std::string_view kShop =
    "package acme:shop@1.0.0;\n"
    "interface stock { record item { name: string } record spare { x: u8 }\n"
    "  count: func(i: item) -> u32; }\n"
    "world shop { import stock; }\n"
    "world other { export stock; @unstable(feature = tax) import tax: func() -> u32; }\n";

TEST_F(Inspect, ReadsTheContractOfAWorld) {
  const auto shop = read_wit(engine(), write("shop.wit", kShop), {.world = "shop"});
  ASSERT_TRUE(shop) << shop.error().to_string();
  EXPECT_EQ(shop->name, "acme:shop/shop@1.0.0");
  ASSERT_EQ(shop->contract.imports.size(), 1u);
  const contract::Interface& stock = shop->contract.imports[0];
  EXPECT_EQ(stock.name, "acme:shop/stock@1.0.0");
  ASSERT_EQ(stock.types.size(), 2u);
  EXPECT_TRUE(stock.types[0].used);
  EXPECT_FALSE(stock.types[1].used) << "no function speaks of it";
}

TEST_F(Inspect, ReadsFoldersWithTheirDependencies) {
  write("wit/main.wit", "package a:b; world w { import c:d/e; }");
  write("wit/deps/c/d.wit", "package c:d; interface e { f: func(); }");
  const auto found = read_wit(engine(), folder() + "/wit");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->contract.imports.at(0).name, "c:d/e");
}

TEST_F(Inspect, ListsAllWorlds) {
  const auto worlds = list_worlds(engine(), write("shop.wit", kShop));
  ASSERT_TRUE(worlds) << worlds.error().to_string();
  ASSERT_EQ(worlds->size(), 2u);
  EXPECT_EQ((*worlds)[0].name, "acme:shop/shop@1.0.0");
  EXPECT_EQ((*worlds)[1].name, "acme:shop/other@1.0.0");
}

TEST_F(Inspect, KnowsUnstablePartsByTheirFeature) {
  const std::string path = write("shop.wit", kShop);
  EXPECT_EQ(read_wit(engine(), path, {.world = "other"})->contract.imports.size(), 0u);
  EXPECT_EQ(read_wit(engine(), path, {.world = "other", .features = {"x", "tax"}})
                ->contract.imports.size(),
            1u);
  EXPECT_EQ(
      read_wit(engine(), path, {.world = "other", .all_features = true})->contract.imports.size(),
      1u);
}

TEST_F(Inspect, AsksWhichWorldWhereThereAreSeveral) {
  EXPECT_EQ(wit_error(write("shop.wit", kShop)),
            "bad_component: package `acme:shop@1.0.0` has 2 worlds: choose one with --world\n"
            "  shop\n"
            "  other");
  EXPECT_EQ(wit_error(write("shop.wit", kShop), {.world = "sho"}),
            "bad_component: package `acme:shop@1.0.0` has no world `sho`\n"
            "It has these:\n"
            "  shop\n"
            "  other");
  EXPECT_EQ(wit_error(write("none.wit", "package a:b;")),
            "bad_component: package `a:b` has no world");
}

TEST_F(Inspect, NamesThePlaceOfAnErrorInWit) {
  const std::string path = write("bad.wit", "package a:b;\ninterface c {\n  f: func(x: foo);\n}\n");
  EXPECT_EQ(wit_error(path), concat("bad_component: name `foo` does not exist\n     --> ", path,
                                    ":3:14\n"
                                    "      |\n"
                                    "    3 |   f: func(x: foo);\n"
                                    "      |              ^--"));
}

TEST_F(Inspect, BoundsHowDeepTypesAreNested) {
  std::string text = "package a:b; interface c { record r0 { x: u8 }\n";
  for (int i = 1; i < 60; ++i) text += concat("record r", i, " { x: option<r", i - 1, "> }\n");
  EXPECT_EQ(wit_error(write("deep.wit", text + "} world w { import c; }")),
            "bad_component: world `a:b/w`: its types are nested more than 100 deep");
}

TEST_F(Inspect, SaysWherePackagesAreLookedFor) {
  const std::string path = write("bad.wit", "package a:b;\nworld w { import c:d/e; }\n");
  const std::string error = wit_error(path);
  EXPECT_TRUE(
      error.ends_with("\nA file is read alone. Name its folder instead, and the packages "
                      "in its deps/ are read too"))
      << error;
}

TEST_F(Inspect, NamesWhatIsNoWit) {
  EXPECT_EQ(wit_error("/nowhere.wit"),
            "io: /nowhere.wit cannot be opened: No such file or directory");
  const std::string component = guest("processor.wasm");
  EXPECT_EQ(wit_error(component),
            concat("bad_component: ", component, " is a component, and no WIT"));
}

}  // namespace
}  // namespace mortise
