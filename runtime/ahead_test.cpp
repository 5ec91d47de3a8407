#include <mortise/runtime/ahead.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/mortise.h>
#include <mortise/runtime/dynamic.h>
#include <mortise/runtime/inspect.h>

#include "tests/guests.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using ByteVector = std::vector<std::uint8_t>;

const std::string kPath = concat(MORTISE_GUEST_DIR, "/processor.wasm");

Engine& engine() {
  static Engine one;
  return one;
}

const ByteVector& compiled() {
  static const ByteVector code = good(compile_ahead(engine(), kPath));
  return code;
}

Result<DynamicPlugin> load(const ByteVector& code, const Limits& limits = {}) {
  return DynamicPlugin::from_bytes(engine(), "it", code, {},
                                   {.limits = limits, .compile = Compile::ahead});
}

TEST(Ahead, RunsWhatWasCompiledBefore) {
  const DynamicPlugin plugin = good(load(compiled()));
  auto instance = good(plugin.instantiate());
  const Value meta = Value::record({{"name", "n"}, {"version", "1"}, {"priority", Value::u32(1)}});
  EXPECT_EQ(good(instance.call(good(plugin.find("process-data")), {"hi", meta})),
            Value::ok("[Processed by n v1]: HI"));
}

TEST(Ahead, LoadsFromAFile) {
  const std::string path = ::testing::TempDir() + "/processor.native";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(compiled().data()),  // bytes as bytes
             static_cast<std::streamsize>(compiled().size()));
  EXPECT_TRUE(is_compiled_ahead(path));
  EXPECT_FALSE(is_compiled_ahead(kPath));
  EXPECT_TRUE(DynamicPlugin::load(engine(), path, {}, {.compile = Compile::ahead}));
  EXPECT_EQ(failure(DynamicPlugin::load(engine(), path)),
            fails(Kind::bad_component,
                  "processor.native is native code that was compiled ahead of time: load it with "
                  "Compile::ahead if you would run it as a program"));
}

TEST(Ahead, CanBeInspected) {
  const std::string path = ::testing::TempDir() + "/inspected.native";
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(compiled().data()),  // bytes as bytes
             static_cast<std::streamsize>(compiled().size()));
  EXPECT_EQ(good(inspect(engine(), path)).wit, good(inspect(engine(), kPath)).wit);
}

TEST(Ahead, RefusesAComponent) {
  EXPECT_EQ(failure(DynamicPlugin::load(engine(), kPath, {}, {.compile = Compile::ahead})),
            fails(Kind::bad_component,
                  "processor.wasm is no native code that was compiled ahead of time"));
}

// A folder for a cache, which goes with the test.
class AheadInACache : public ::testing::Test {
 protected:
  AheadInACache() { folder_ = ::mkdtemp(folder_.data()); }
  ~AheadInACache() override { std::filesystem::remove_all(folder_); }

  // As in another process.
  [[nodiscard]] CodeCache open() const { return good(CodeCache::open({.folder = folder_})); }
  static ByteVector compile_in(const CodeCache& cache) {
    return good(compile_ahead(Engine({.cache = cache}), kPath));
  }

 private:
  std::string folder_ = ::testing::TempDir() + "/ahead-cache-XXXXXX";
};

TEST_F(AheadInACache, IsFoundWhereALoadHasCompiledIt) {
  EXPECT_TRUE(DynamicPlugin::load(Engine({.cache = open()}), kPath));
  const CodeCache cache = open();
  const ByteVector found = compile_in(cache);
  EXPECT_EQ(cache.state(), (CacheState{.hits = 1}));
  EXPECT_EQ(found, compiled());
  EXPECT_TRUE(load(found));
}

TEST_F(AheadInACache, IsKeptForLoads) {
  const CodeCache cache = open();
  EXPECT_EQ(compile_in(cache), compiled());
  EXPECT_TRUE(DynamicPlugin::load(Engine({.cache = cache}), kPath));
  EXPECT_EQ(cache.state(), (CacheState{.hits = 1, .misses = 1, .stored = 1}));
}

TEST_F(AheadInACache, IsBoundedWhereItIsFound) {
  (void)compile_in(open());
  EXPECT_EQ(
      failure(compile_ahead(Engine({.cache = open()}), kPath, {.compile_limits = {.code = KiB(1)}}))
          .kind,
      Kind::limit_exceeded);
}

TEST(Ahead, RefusesOtherLimits) {
  const Limits limits{.deadline = std::nullopt};
  EXPECT_EQ(failure(load(compiled(), limits)),
            fails(Kind::bad_component,
                  "it was compiled for plugins with a deadline and no fuel, and is loaded with "
                  "neither deadline nor fuel: compile it with the same limits (Limits)"));
}

TEST(Ahead, RefusesWhatIsCutShort) {
  for (const std::size_t size : {std::size_t{9}, compiled().size() / 2, compiled().size() - 1}) {
    ByteVector code = compiled();
    code.resize(size);
    const Failure why = failure(load(code));
    EXPECT_EQ(why.kind, Kind::bad_component);
    EXPECT_TRUE(why.message.starts_with("it is cut short")) << why.message;
  }
}

// Each bit of the header, and one in some bytes behind it.
TEST(Ahead, RefusesWhatIsDamaged) {
  for (std::size_t at = 0; at < compiled().size(); at += at < 64 ? 1 : 4099) {
    ByteVector code = compiled();
    code[at] ^= 0x10;
    EXPECT_EQ(failure(load(code)).kind, Kind::bad_component) << "byte " << at;
  }
}

TEST(Ahead, SaysWhatElseAFileIs) {
  EXPECT_EQ(failure(compile_ahead(engine(), MORTISE_SOURCE_DIR "/README.md")),
            fails(Kind::bad_component,
                  "README.md is text, not a component; the text format is read from a file "
                  "whose name ends in .wat, or by Plugin::from_text"));
}

}  // namespace
}  // namespace mortise::testing
