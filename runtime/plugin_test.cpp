// What loading says of everything that is not the plugin it should be.
#include <mortise/runtime/plugin.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "plugin_world.h"
#include "tests/guests.h"
#include "tests/support.h"

namespace {

struct Point {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
};

}  // namespace

template <>
struct mortise::abi::Codec<Point>
    : RecordCodec<Point, "point", Field<"x", &Point::x>, Field<"y", &Point::y>> {};

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""s;
using Kind = Error::Kind;
using Limit = Error::Limit;
using techbytes::plugins::PluginWorld;

using Answer = abi::Function<"run", std::uint32_t>;
using Points = abi::Function<"run", void, abi::Param<"points", std::vector<std::optional<Point>>>>;

// ---- Files -------------------------------------------------------------------------------------

// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "mortise-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string path(std::string_view name) const { return concat(path_, "/", name); }
  [[nodiscard]] std::string file(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

 private:
  std::string path_;
};

Failure failure_of_file(const std::string& path, const PluginOptions& options = {}) {
  return failure(Plugin<World<Answer>>::load(engine(), path, {}, options));
}

// run() -> 42, in 89 bytes.
constexpr std::string_view kAnswer(
    "\0asm\x0d\0\1\0"
    "\x01\x24"
    "\0asm\1\0\0\0"
    "\x01\x05\x01\x60\x00\x01\x7f"
    "\x03\x02\x01\x00"
    "\x07\x07\x01\x03run\x00\x00"
    "\x0a\x06\x01\x04\x00\x41\x2a\x0b"
    "\x02\x04\x01\x00\x00\x00"
    "\x06\x09\x01\x00\x00\x01\x00\x03run"
    "\x07\x05\x01\x40\x00\x00\x79"
    "\x08\x06\x01\x00\x00\x00\x00\x00"
    "\x0b\x09\x01\x00\x03run\x01\x00\x00",
    89);

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<Plugin<World<Answer>>> from_bytes(std::string_view bytes, const PluginOptions& options = {},
                                         std::string_view name = "guest") {
  return Plugin<World<Answer>>::from_bytes(engine(), name, as_bytes(bytes), {}, options);
}

TEST(PluginFile, IsLoadedAndCalledByItsName) {
  const Folder folder;
  auto plugin = Plugin<World<Answer>>::load(engine(), folder.file("answer.wasm", kAnswer), {});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(plugin->name(), "answer.wasm");
  EXPECT_EQ(instance_of(*plugin).call().run().value(), 42U);
}

TEST(PluginFile, IsCalledAsTheOptionsSay) {
  const Folder folder;
  auto plugin = Plugin<World<Answer>>::load(engine(), folder.file("answer.wasm", kAnswer), {},
                                            {.name = "one\n/two"});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(plugin->name(), "one\\u{a}/two");
}

constexpr std::string_view kAnswerText = R"((component
  (core module $m (func (export "run") (result i32) (i32.const 42)))
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run")))))";

TEST(PluginFile, IsTextIfItsNameSaysSo) {
  const Folder folder;
  auto plugin = Plugin<World<Answer>>::load(engine(), folder.file("answer.wat", kAnswerText), {});
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_EQ(plugin->name(), "answer.wat");
  EXPECT_EQ(instance_of(*plugin).call().run().value(), 42U);
}

TEST(PluginFile, IsMissing) {
  const Folder folder;
  const std::string path = folder.path("none.wasm");
  EXPECT_EQ(failure_of_file(path),
            fails(Kind::io, concat(path, " cannot be opened: No such file or directory")));
}

TEST(PluginFile, IsEmpty) {
  const Folder folder;
  EXPECT_EQ(failure_of_file(folder.file("empty.wasm", "")),
            fails(Kind::bad_component, "empty.wasm is empty"));
}

TEST(PluginFile, IsAnEmptyText) {
  const Folder folder;
  EXPECT_EQ(failure_of_file(folder.file("empty.wat", "")),
            fails(Kind::bad_component, "empty.wat is empty"));
}

TEST(PluginFile, IsAFolder) {
  const Folder folder;
  const std::string path = folder.path(".");
  EXPECT_EQ(failure_of_file(path), fails(Kind::io, concat(path, " is not a regular file")));
}

TEST(PluginFile, IsAPipeThatNobodyWritesTo) {
  const Folder folder;
  const std::string path = folder.path("pipe.wasm");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(failure_of_file(path), fails(Kind::io, concat(path, " is not a regular file")));
}

TEST(PluginFile, IsADevice) {
  EXPECT_EQ(failure_of_file("/dev/zero"), fails(Kind::io, "/dev/zero is not a regular file"));
}

TEST(PluginFile, IsProse) {
  const Folder folder;
  EXPECT_EQ(failure_of_file(folder.file("notes.wasm", "These are my notes.\n")),
            fails(Kind::bad_component,
                  "notes.wasm is text, not a component; the text format is read from a file "
                  "whose name ends in .wat, or by Plugin::from_text"));
}

TEST(PluginFile, IsTextUnderTheNameOfABinary) {
  const Folder folder;
  EXPECT_EQ(failure_of_file(folder.file("answer.wasm", kAnswerText)),
            fails(Kind::bad_component,
                  "answer.wasm is text, not a component; the text format is read from a file "
                  "whose name ends in .wat, or by Plugin::from_text"));
}

TEST(PluginFile, IsNativeCode) {
  EXPECT_EQ(failure_of_file("/proc/self/exe"),
            fails(Kind::bad_component,
                  "exe is an ELF file, native code: a plugin is a WebAssembly component"));
}

TEST(PluginFile, IsACoreModule) {
  const Folder folder;
  EXPECT_EQ(failure_of_file(folder.file("core.wasm", std::string_view("\0asm\1\0\0\0", 8))),
            fails(Kind::bad_component,
                  "core.wasm is a core module, not a component: componentize it, for example with "
                  "`wasm-tools component new`"));
}

TEST(PluginFile, HasANameWithControlCharacters) {
  const Folder folder;
  EXPECT_EQ(failure_of_file(folder.file("a\nb\x1b[2J.wasm", "")),
            fails(Kind::bad_component, "a\\u{a}b\\u{1b}[2J.wasm is empty"));
}

// ---- Bytes -------------------------------------------------------------------------------------

TEST(PluginBytes, AreEmpty) {
  EXPECT_EQ(failure(from_bytes("")), fails(Kind::bad_component, "guest is empty"));
}

TEST(PluginBytes, EndWithinTheMagic) {
  EXPECT_EQ(
      failure(from_bytes(kAnswer.substr(0, 3))),
      fails(Kind::bad_component, "guest is cut short: a component begins with 8 bytes of header"));
}

TEST(PluginBytes, EndWithinTheHeader) {
  EXPECT_EQ(
      failure(from_bytes(kAnswer.substr(0, 7))),
      fails(Kind::bad_component, "guest is cut short: a component begins with 8 bytes of header"));
}

TEST(PluginBytes, EndAfterTheHeader) {
  EXPECT_EQ(failure(from_bytes(kAnswer.substr(0, 8))),
            fails(Kind::contract_mismatch,
                  "guest does not fit world test:guests/world\n"
                  "  export run\n"
                  "    the plugin does not export it. It exports nothing\n"
                  "  The plugin was built against another version of the contract. Rebuild it with "
                  "this one, or load it with the host it was built for."));
}

TEST(PluginBytes, AreCutInHalf) {
  EXPECT_EQ(failure(from_bytes(kAnswer.substr(0, kAnswer.size() / 2))),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: unexpected end-of-file (at offset "
                  "0x2a)"));
}

// Cut between two sections it is a component that lacks something.
TEST(PluginBytes, AreNeverLoadedWhenCut) {
  for (std::size_t size = 0; size < kAnswer.size(); ++size) {
    const auto plugin = from_bytes(kAnswer.substr(0, size), {.compile = Compile::in_process});
    ASSERT_FALSE(plugin) << size;
    EXPECT_TRUE(plugin.error().kind() == Kind::bad_component ||
                plugin.error().kind() == Kind::contract_mismatch)
        << size << ": " << plugin.error().to_string();
  }
}

TEST(PluginBytes, AreLoaded) {
  const auto plugin = from_bytes(kAnswer);
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  EXPECT_GT(plugin->code(), Bytes{0});
  EXPECT_EQ(instance_of(*plugin).call().run().value(), 42U);
}

TEST(PluginBytes, AreGarbage) {
  EXPECT_EQ(failure(from_bytes("\x93\x01\xfe\x00\x12\x99\x00\xff garbage")),
            fails(Kind::bad_component, "guest is not WebAssembly"));
}

TEST(PluginBytes, AreGarbageAfterAGoodHeader) {
  EXPECT_EQ(failure(from_bytes(std::string(kAnswer.substr(0, 8)) + "\x93\x01\xfe\x12\x99\xff")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: malformed section id (at offset "
                  "0x8)"));
}

TEST(PluginBytes, AreOfAnEarlierFormat) {
  EXPECT_EQ(failure(from_bytes(std::string_view("\0asm\x0a\0\1\0", 8))),
            fails(Kind::bad_component,
                  "guest has WebAssembly layer 1 and version 10, and a component of this time has "
                  "1 and 13"));
}

TEST(PluginBytes, AreOfAnUnknownLayer) {
  EXPECT_EQ(failure(from_bytes(std::string_view("\0asm\x0d\0\2\0", 8))),
            fails(Kind::bad_component,
                  "guest has WebAssembly layer 2 and version 13, and a component of this time has "
                  "1 and 13"));
}

TEST(PluginBytes, AreACoreModuleOfALaterVersion) {
  EXPECT_EQ(failure(from_bytes(std::string_view("\0asm\2\0\0\0", 8))),
            fails(Kind::bad_component,
                  "guest has WebAssembly layer 0 and version 2, and a component of this time has "
                  "1 and 13"));
}

TEST(PluginBytes, AreCalledByANameThatIsShownWithoutHarm) {
  EXPECT_EQ(failure(from_bytes("", {}, "evil\r\n\x1b[31m\u202etxt.exe\u0085\xff")),
            fails(Kind::bad_component,
                  "evil\\u{d}\\u{a}\\u{1b}[31m\\u{202e}txt.exe\\u{85}\\xff is empty"));
}

TEST(PluginBytes, AreCalledByANameThatIsCutWhereItIsEndless) {
  const std::string message(from_bytes("", {}, std::string(1'000'000, 'x')).error().message());
  EXPECT_LT(message.size(), 3000U);
}

// ---- Text --------------------------------------------------------------------------------------

TEST(PluginText, IsBroken) {
  EXPECT_EQ(failure(load_error<Answer>("(component\n  (core modul))")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: expected valid component field\n"
                  "     --> guest:2:4\n"
                  "      |\n"
                  "    2 |   (core modul))\n"
                  "      |    ^"));
}

TEST(PluginText, IsNoText) {
  EXPECT_EQ(failure(load_error<Answer>("(component \xff)")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: the text is not UTF-8: invalid "
                  "utf-8 sequence of 1 bytes from index 11"));
}

TEST(PluginText, IsEmpty) {
  EXPECT_EQ(failure(load_error<Answer>("")), fails(Kind::bad_component, "guest is empty"));
}

TEST(PluginText, IsACoreModule) {
  EXPECT_EQ(failure(load_error<Answer>("(module)")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: it is the text of a core module; "
                  "that of a component begins with `(component`"));
}

TEST(PluginText, IsInvalid) {
  EXPECT_EQ(failure(load_error<Answer>(R"((component
    (core module $m (func (export "run") (result i32) (i64.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: failed to compile: "
                  "wasm[0]::function[0]: WebAssembly translation error: Invalid input WebAssembly "
                  "code at offset 45: type mismatch: expected i32, found i64"));
}

TEST(PluginText, IsAWitPackage) {
  EXPECT_EQ(failure(load_error<Answer>(R"((component
    (type (export "world") (component
      (type (component
        (type (instance (export "f" (func))))
        (export "a:b/c" (instance (type 0)))))
      (export "a:b/w" (component (type 0)))))
    (@custom "wit-component-encoding" "\04\00")))")),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: it is a WIT package, which has "
                  "types and no code"));
}

// ---- Contracts ---------------------------------------------------------------------------------

// A component that exports the interface of the processor, or something like it.
struct Like {
  std::string_view interface = "techbytes:plugins/processor";
  std::string_view function = "process-data";
  std::string_view fields =
      R"((field "name" string) (field "version" string) (field "priority" u32))";
  std::string_view params = R"((param "input" string) (param "meta" $metadata))";
  std::string_view result = "(result (result string (error string)))";
  // What the function is in core WebAssembly.
  std::string_view core = "(param i32 i32 i32 i32 i32 i32 i32) (result i32)";

  [[nodiscard]] std::string text() const {
    const std::string type = concat(params, " ", result);
    return component(concat(kMemory, R"((func (export "run") )", core, " unreachable)"),
                     concat("(type $metadata (record ", fields, R"())
  (func $run )",
                            type, R"( (canon lift (core func $i "run") )", kWithMemory, R"())
  (component $shape
    (type $inner (record )",
                            fields, R"())
    (import "metadata" (type $metadata (eq $inner)))
    (import "run" (func $run )",
                            type, R"())
    (export $shown "metadata" (type $metadata))
    (export ")",
                            function, R"(" (func $run) (func )", shown(type), R"()))
  (instance $shaped (instantiate $shape (with "metadata" (type $metadata))
                                        (with "run" (func $run))))
  (export ")",
                            interface, R"(" (instance $shaped)))"));
  }

 private:
  static std::string shown(std::string type) {
    for (std::size_t at = 0; (at = type.find("$metadata", at)) != std::string::npos; at += 6)
      type.replace(at, 9, "$shown");
    return type;
  }
};

Failure failure_of(const Like& like) {
  return failure(Plugin<PluginWorld>::from_text(engine(), "guest", like.text(), {}));
}

// The whole message around the differences.
Failure mismatch(std::string_view differences) {
  return fails(Kind::contract_mismatch,
               concat("guest does not fit world techbytes:plugins/plugin-world\n", differences,
                      "\n  The plugin was built against another version of the contract. Rebuild "
                      "it with this one, or load it with the host it was built for."));
}

Failure mismatch_of_function(std::string_view difference) {
  return mismatch(concat("  export techbytes:plugins/processor: process-data\n    ", difference));
}

TEST(PluginContract, Fits) {
  const auto plugin = Plugin<PluginWorld>::from_text(engine(), "guest", Like().text(), {});
  EXPECT_TRUE(plugin) << plugin.error().to_string();
}

TEST(PluginContract, LacksTheInterface) {
  EXPECT_EQ(failure_of({.interface = "techbytes:plugins/procesor"}),
            mismatch("  export techbytes:plugins/processor\n"
                     "    the plugin does not export it. It exports "
                     "`techbytes:plugins/procesor`"));
}

TEST(PluginContract, HasTheInterfaceInAVersion) {
  EXPECT_EQ(failure_of({.interface = "techbytes:plugins/processor@1.2.0"}),
            mismatch("  export techbytes:plugins/processor\n"
                     "    the plugin does not export it. It exports "
                     "`techbytes:plugins/processor@1.2.0`"));
}

TEST(PluginContract, HasTheFunctionsOfTheWorldInstead) {
  const auto plugin = Plugin<PluginWorld>::from_text(engine(), "guest", kAnswerText, {});
  EXPECT_EQ(failure(plugin), mismatch("  export techbytes:plugins/processor\n"
                                      "    the plugin does not export it. It exports `run`"));
}

TEST(PluginContract, LacksTheFunction) {
  EXPECT_EQ(failure_of({.function = "process"}),
            mismatch_of_function("the plugin does not have this function. The interface has "
                                 "`process`"));
}

TEST(PluginContract, HasAParameterOfAnotherType) {
  EXPECT_EQ(failure_of({.params = R"((param "input" u64) (param "meta" $metadata))",
                        .core = "(param i64 i32 i32 i32 i32 i32) (result i32)"}),
            mismatch_of_function("parameter `input`: the host expects string, the plugin has u64"));
}

TEST(PluginContract, HasAParameterOfAnotherName) {
  EXPECT_EQ(failure_of({.params = R"((param "text" string) (param "meta" $metadata))"}),
            mismatch_of_function("the host has parameter `input`, the plugin has `text` in its "
                                 "place"));
}

TEST(PluginContract, LacksAParameter) {
  EXPECT_EQ(failure_of({.params = R"((param "meta" $metadata))",
                        .core = "(param i32 i32 i32 i32 i32) (result i32)"}),
            mismatch_of_function("the plugin lacks parameter `input`"));
}

TEST(PluginContract, HasAParameterTooMany) {
  EXPECT_EQ(failure_of({.params = R"((param "input" string) (param "meta" $metadata)
                                     (param "deep" bool))",
                        .core = "(param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)"}),
            mismatch_of_function("the plugin has parameter `deep`, which the host does not know"));
}

TEST(PluginContract, HasParametersInAnotherOrder) {
  EXPECT_EQ(failure_of({.params = R"((param "meta" $metadata) (param "input" string))"}),
            mismatch_of_function("the parameters are in another order: the host has input, meta, "
                                 "the plugin has meta, input"));
}

TEST(PluginContract, HasAnotherResult) {
  EXPECT_EQ(failure_of({.result = "(result string)"}),
            mismatch_of_function("the result: the host expects result<string, string>, the plugin "
                                 "has string"));
}

TEST(PluginContract, HasNoResult) {
  EXPECT_EQ(failure_of({.result = "", .core = "(param i32 i32 i32 i32 i32 i32 i32)"}),
            mismatch_of_function("the result: the host expects result<string, string>, the plugin "
                                 "has nothing"));
}

TEST(PluginContract, HasAResultWithAnotherError) {
  EXPECT_EQ(failure_of({.result = "(result (result string (error u32)))"}),
            mismatch_of_function("the result, the error value: the host expects string, the plugin "
                                 "has u32"));
}

TEST(PluginContract, HasAResultWithoutAnError) {
  EXPECT_EQ(failure_of({.result = "(result (result string))"}),
            mismatch_of_function("the result, the error value: the host expects string, the plugin "
                                 "has nothing"));
}

TEST(PluginContract, HasAFieldOfAnotherType) {
  EXPECT_EQ(failure_of({.fields = R"((field "name" string) (field "version" string)
                                     (field "priority" u16))"}),
            mismatch_of_function("parameter `meta`, record `metadata`, field `priority`: the host "
                                 "expects u32, the plugin has u16"));
}

TEST(PluginContract, LacksAField) {
  EXPECT_EQ(failure_of({.fields = R"((field "name" string) (field "priority" u32))",
                        .core = "(param i32 i32 i32 i32 i32) (result i32)"}),
            mismatch_of_function("parameter `meta`, record `metadata`: the plugin lacks field "
                                 "`version`"));
}

TEST(PluginContract, HasAFieldTooMany) {
  EXPECT_EQ(failure_of({.fields = R"((field "name" string) (field "version" string)
                                     (field "priority" u32) (field "deadline" u64))",
                        .core = "(param i32 i32 i32 i32 i32 i32 i32 i64) (result i32)"}),
            mismatch_of_function("parameter `meta`, record `metadata`: the plugin has field "
                                 "`deadline`, which the host does not know"));
}

TEST(PluginContract, HasAFieldOfAnotherName) {
  EXPECT_EQ(failure_of({.fields = R"((field "title" string) (field "version" string)
                                     (field "priority" u32))"}),
            mismatch_of_function("parameter `meta`, record `metadata`: the host has field `name`, "
                                 "the plugin has `title` in its place"));
}

// The two are of one type: only their names tell them apart.
TEST(PluginContract, HasFieldsInAnotherOrder) {
  EXPECT_EQ(failure_of({.fields = R"((field "version" string) (field "name" string)
                                     (field "priority" u32))"}),
            mismatch_of_function("parameter `meta`, record `metadata`: the fields are in another "
                                 "order: the host has name, version, priority, the plugin has "
                                 "version, name, priority"));
}

TEST(PluginContract, DiffersInAllWaysAtOnce) {
  EXPECT_EQ(failure_of({.fields = R"((field "title" string) (field "version" u32)
                                     (field "priority" u32))",
                        .params = R"((param "text" string) (param "meta" $metadata))",
                        .result = "(result string)",
                        .core = "(param i32 i32 i32 i32 i32 i32) (result i32)"}),
            mismatch("  export techbytes:plugins/processor: process-data\n"
                     "    the host has parameter `input`, the plugin has `text` in its place\n"
                     "    parameter `meta`, record `metadata`: the host has field `name`, the "
                     "plugin has `title` in its place\n"
                     "    parameter `meta`, record `metadata`, field `version`: the host expects "
                     "string, the plugin has u32\n"
                     "    the result: the host expects result<string, string>, the plugin has "
                     "string"));
}

TEST(PluginContract, DiffersDeepInside) {
  const std::string text = component(concat(kMemory, R"((func (export "run") (param i32 i32)))"),
                                     concat(R"(
    (type $inner (record (field "x" u32) (field "y" s32)))
    (import "point" (type $point (eq $inner)))
    (func (export "run") (param "points" (list (option $point)))
      (canon lift (core func $i "run") )",
                                            kWithMemory, "))"));
  EXPECT_EQ(failure(load_error<Points>(text)),
            fails(Kind::contract_mismatch,
                  "guest does not fit world test:guests/world\n"
                  "  export run\n"
                  "    parameter `points`, the element, the value, record `point`, field `y`: the "
                  "host expects u32, the plugin has s32\n"
                  "  The plugin was built against another version of the contract. Rebuild it with "
                  "this one, or load it with the host it was built for."));
}

TEST(PluginContract, MayHaveMoreThanTheHostAsksFor) {
  const auto plugin = load<Answer>(R"((component
    (core module $m (func (export "run") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "other") (result u32) (canon lift (core func $i "run")))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  EXPECT_EQ(instance_of(plugin).call().run().value(), 42U);
}

// ---- Imports -----------------------------------------------------------------------------------

TEST(PluginImports, AreAllListed) {
  const Error error = load_error<Answer>(R"((component
    (import "test:clocks/clock@0.2.0" (instance
      (export "now" (func (result u64)))
      (export "resolution" (func (result u64)))))
    (import "log" (func (param "text" string)))
    (core module $m (func (export "run") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import test:clocks/clock@0.2.0: now\n"
                  "  import test:clocks/clock@0.2.0: resolution\n"
                  "  import log\n"
                  "  Build the plugin against the world of this host, test:guests/world: names, "
                  "versions and types of imports have to be the same."));
}

TEST(PluginImports, OfWasiAloneAreSpokenOfAsSuch) {
  const Error error = load_error<Answer>(
      R"((component
    (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))
    (core module $m (func (export "run") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))",
      {.wasi = {.access = Wasi::Access::none}});
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide\n"
                  "  import wasi:clocks/monotonic-clock@0.2.0: now\n"
                  "  Build the plugin without WASI: this host provides none of it."));
}

TEST(PluginImports, OfTypesAloneAreFine) {
  const auto plugin = load<Answer>(R"((component
    (import "test:shapes/types" (instance
      (type $inner (record (field "x" u32)))
      (export "point" (type (eq $inner)))))
    (core module $m (func (export "run") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  EXPECT_EQ(instance_of(plugin).call().run().value(), 42U);
}

TEST(PluginImports, OfResourcesAreNamed) {
  const Error error = load_error<Answer>(R"((component
    (import "test:shapes/types" (instance
      (export "file" (type (sub resource)))))
    (core module $m (func (export "run") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::denied,
                  "guest imports what this host does not provide: the resource `file` of "
                  "`test:shapes/types`"));
}

// ---- What this version does not run ------------------------------------------------------------

TEST(PluginAsync, FunctionsAreRefusedByName) {
  const Error error = load_error<Answer>(R"((component
    (core module $m
      (func (export "run") (result i32) (i32.const 42))
      (func (export "after") (param i32 i32 i32) (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "run") async (result u32)
      (canon lift (core func $i "run") async (callback (func $i "after"))))))");
  EXPECT_EQ(failure(error),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: it exports the async function "
                  "`run`, and this version of Mortise runs no async functions: build the plugin "
                  "with sync ones"));
}

TEST(PluginAsync, StreamsAreRefusedByKind) {
  const Error error = load_error<Answer>(R"((component
    (core module $m (func (export "run") (param i32)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "bytes" (stream u8)) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: it uses `stream`, which this "
                  "version of Mortise does not run"));
}

TEST(PluginAsync, FuturesAreRefusedByKind) {
  const Error error = load_error<Answer>(R"((component
    (core module $m (func (export "run") (param i32)))
    (core instance $i (instantiate $m))
    (func (export "run") (param "later" (future u8)) (canon lift (core func $i "run")))))");
  EXPECT_EQ(failure(error),
            fails(Kind::bad_component,
                  "guest is not a component that can run here: it uses `future`, which this "
                  "version of Mortise does not run"));
}

// ---- Traps: names from the guest ---------------------------------------------------------------

TEST(PluginTrap, HasABacktraceWithFunctionNames) {
  const auto plugin = load<Answer>(R"((component
    (core module $m
      (func $inner unreachable)
      (func $middle (call $inner))
      (func $outer (export "run") (result i32) (call $middle) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  const auto out = instance_of(plugin).call().run();
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().to_string(),
            "guest: run trapped: wasm `unreachable` instruction executed\n"
            "  at inner\n"
            "  at middle\n"
            "  at outer");
}

// "f" and "s" are short, and no mangled names.
TEST(PluginTrap, ShowsShortFunctionNamesAsTheyAre) {
  const auto plugin = load<Answer>(R"((component
    (core module $m
      (func $s unreachable)
      (func $f (export "run") (result i32) (call $s) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  const auto out = instance_of(plugin).call().run();
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().to_string(),
            "guest: run trapped: wasm `unreachable` instruction executed\n"
            "  at s\n"
            "  at f");
}

TEST(PluginTrap, ShowsTheNamesOfRustAndCppFunctionsAsTheyWereWritten) {
  const auto plugin = load<Answer>(R"((component
    (core module $m
      (func $rust (@name "_ZN6ledger10post_entry17h0123456789abcdefE") unreachable)
      (func $cpp (@name "_ZN6ledger5closeEi") (export "run") (result i32)
        (call $rust) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  const auto out = instance_of(plugin).call().run();
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().backtrace()[0].function, "ledger::post_entry");
  EXPECT_EQ(out.error().backtrace()[1].function, "ledger::close(int)");
}

// What a mangled C++ name repeats can be repeated again: 245 bytes that stand for 40 MB.
TEST(PluginTrap, DoesNotUnfoldHostileFunctionNames) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string name = "_Z1f1a1pIS_S_E";
  for (std::size_t i = 1; i <= 21; ++i) name += concat("S0_IS", kDigits[i], "_S", kDigits[i], "_E");
  const auto plugin = load<Answer>(concat(R"((component
    (core module $m (func $f (@name ")",
                                          name, R"(") (export "run") (result i32) unreachable))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))"));
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  EXPECT_FALSE(instance_of(plugin).call().run());
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 32 << 10) << "KiB for one message";
}

TEST(PluginTrap, ShowsHostileFunctionNamesWithoutHarm) {
  const auto plugin = load<Answer>(R"((component
    (core module $m
      (func $f (@name "evil\0a\1b[31m\e2\80\aetxt") (export "run") (result i32) unreachable))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  const auto out = instance_of(plugin).call().run();
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().to_string(),
            "guest: run trapped: wasm `unreachable` instruction executed\n"
            "  at evil\\u{a}\\u{1b}[31m\\u{202e}txt");
}

TEST(PluginTrap, NumbersFunctionsWithoutNames) {
  const auto plugin = from_bytes(std::string(kAnswer).replace(43, 2, std::string_view("\0\1", 2)));
  ASSERT_TRUE(plugin) << plugin.error().to_string();
  const auto out = instance_of(*plugin).call().run();
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().to_string(),
            "guest: run trapped: wasm `unreachable` instruction executed\n"
            "  at function 0");
}

// ---- Where it is compiled ----------------------------------------------------------------------

class WhereverItIsCompiled : public ::testing::TestWithParam<std::string_view> {};

TEST_P(WhereverItIsCompiled, TheErrorIsTheSame) {
  const Error apart = load_error<Answer>(GetParam(), {.compile = Compile::isolated});
  const Error here = load_error<Answer>(GetParam(), {.compile = Compile::in_process});
  EXPECT_EQ(failure(apart), failure(here));
}

INSTANTIATE_TEST_SUITE_P(
    BadInput, WhereverItIsCompiled,
    ::testing::Values("", "(", "(module)", "(component (core modul))", "(component \xff)",
                      "(component)", "(component (import \"f\" (func)))",
                      "(component (core module (func (result i32))))",
                      "(component (export \"run\" (func 0)))",
                      "(component (func (export \"run\") (param \"s\" (stream u8)) unreachable))",
                      "(component (type (export \"t\") (record)))"));

TEST(CompileHelper, IsMissing) {
  const Engine other({.compiler = "/nonexistent/helper"});
  EXPECT_EQ(failure(Plugin<World<Answer>>::from_text(other, "guest", kAnswerText, {})),
            fails(Kind::io,
                  "the compile helper /nonexistent/helper cannot be started: No such file or "
                  "directory; install it, name it in EngineOptions::compiler, or compile "
                  "components that you trust in process (Compile::in_process)"));
}

TEST(CompileHelper, IsNotNeededInProcess) {
  const Engine other({.compiler = "/nonexistent/helper"});
  EXPECT_TRUE(Plugin<World<Answer>>::from_text(other, "guest", kAnswerText, {},
                                               {.compile = Compile::in_process}));
}

// Loads with a helper that is the shell, with this to do.
Failure failure_with_helper(const Folder& folder, std::string_view script) {
  const std::string path = folder.file("helper", concat("#!/bin/sh\n", script, "\n"));
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const Engine other({.compiler = path});
  return failure(Plugin<World<Answer>>::from_text(other, "guest", kAnswerText, {},
                                                  {.compile_limits = {.wall = 1s}}));
}

TEST(CompileHelper, IsAProgramThatSaysNothing) {
  const Engine other({.compiler = "/bin/true"});
  EXPECT_EQ(failure(Plugin<World<Answer>>::from_text(other, "guest", kAnswerText, {})),
            fails(Kind::io,
                  "guest: the compile helper gave no answer (exit status 0); is it of this "
                  "version?"));
}

TEST(CompileHelper, IsAProgramThatRepeatsWhatItReads) {
  EXPECT_EQ(failure_with_helper({}, "cat"),
            fails(Kind::io,
                  "guest: the compile helper gave no answer (exit status 0); is it of this "
                  "version?"));
}

TEST(CompileHelper, IsAProgramThatNeverEnds) {
  EXPECT_EQ(
      failure_with_helper({}, "exec sleep 100"),
      crossed(Limit::compile_time, "guest was not compiled within 1 s (CompileLimits::wall)"));
}

TEST(CompileHelper, IsAProgramThatNeverEndsAndHasClosedItsOutput) {
  EXPECT_EQ(
      failure_with_helper({}, "exec >&-; exec sleep 5"),
      crossed(Limit::compile_time, "guest was not compiled within 1 s (CompileLimits::wall)"));
}

TEST(CompileHelper, IsAProgramThatWritesWithoutEnd) {
  const Folder folder;
  const std::string path = folder.file("helper", "#!/bin/sh\nexec cat /dev/zero\n");
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const Engine other({.compiler = path});
  EXPECT_EQ(failure(Plugin<World<Answer>>::from_text(
                other, "guest", kAnswerText, {},
                {.compile_limits = {.component = MiB(1), .code = MiB(1)}})),
            crossed(Limit::compile_code,
                    "guest compiles to more than the 1 MiB of native code that are allowed "
                    "(CompileLimits::code)"));
}

TEST(CompileHelper, IsKilled) {
  EXPECT_EQ(failure_with_helper({}, "kill -KILL $$"),
            fails(Kind::io, "guest: the compile helper was ended by signal 9 and gave no answer"));
}

// ---- Plugins as values -------------------------------------------------------------------------

TEST(Plugin, IsSharedByItsCopies) {
  std::optional<Plugin<World<Answer>>> first = load<Answer>(kAnswerText);
  const Plugin<World<Answer>> second = *first;
  first.reset();
  EXPECT_EQ(instance_of(second).call().run().value(), 42U);
}

TEST(Plugin, OutlivesItsEngine) {
  std::optional<Engine> other(std::in_place);
  auto plugin = Plugin<World<Answer>>::from_text(*other, "guest", kAnswerText, {});
  ASSERT_TRUE(plugin);
  other.reset();
  EXPECT_EQ(instance_of(*plugin).call().run().value(), 42U);
}

TEST(Plugin, MayGoBeforeItsInstances) {
  std::optional<Plugin<World<Answer>>> plugin = load<Answer>(kAnswerText);
  auto instance = instance_of(*plugin);
  plugin.reset();
  EXPECT_EQ(instance.call().run().value(), 42U);
}

}  // namespace
}  // namespace mortise::testing
