// Thousands of guests and answers that chance made, from a fixed seed. Whatever they are: the
// outcome is a value or an error that says what it is, and the process goes on.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <expected>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "plugin_world.h"
#include "tests/guests.h"
#include "tests/support.h"

namespace {

struct Leaf {
  std::uint8_t tag = 0;
  std::string name;
  std::vector<std::uint32_t> values;
  std::optional<std::vector<std::string>> texts;
  std::expected<char32_t, std::string> letter;
};
struct LeafRef {
  std::uint8_t tag = 0;
  std::string_view name;
  std::span<const std::uint32_t> values;
  std::optional<mortise::ListView<std::string_view>> texts;
  std::expected<char32_t, std::string_view> letter;
};

}  // namespace

template <>
struct mortise::abi::Codec<Leaf>
    : RecordCodec<Leaf, "leaf", Field<"tag", &Leaf::tag>, Field<"name", &Leaf::name>,
                  Field<"values", &Leaf::values>, Field<"texts", &Leaf::texts>,
                  Field<"letter", &Leaf::letter>> {};
template <>
struct mortise::abi::Codec<LeafRef>
    : RecordCodec<LeafRef, "leaf", Field<"tag", &LeafRef::tag>, Field<"name", &LeafRef::name>,
                  Field<"values", &LeafRef::values>, Field<"texts", &LeafRef::texts>,
                  Field<"letter", &LeafRef::letter>> {};
template <>
struct mortise::abi::Viewed<Leaf> {
  using type = LeafRef;
};

namespace mortise::testing {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Kind = Error::Kind;
using techbytes::plugins::PluginWorld;

constexpr std::uint32_t kSeed = 20'240'229;

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}

  // 0 .. end - 1
  std::uint32_t below(std::uint32_t end) { return static_cast<std::uint32_t>(engine_()) % end; }
  std::uint32_t any() { return static_cast<std::uint32_t>(engine_()); }

  // A number of the kind that breaks things: near nothing, near an end, near a power of two.
  std::uint32_t number() {
    const std::uint32_t near = below(9) - 4;
    switch (below(6)) {
      case 0: return below(64);
      case 1: return 65'536 + near;
      case 2: return (1U << below(32)) + near;
      case 3: return near;
      case 4: return below(65'536);
      default: return any();
    }
  }

 private:
  std::mt19937 engine_;
};

void expect_kind_of_a_plugins_fault(const Error& error) {
  const std::array all{Kind::bad_component, Kind::contract_mismatch, Kind::denied, Kind::guest_trap,
                       Kind::limit_exceeded};
  EXPECT_NE(std::ranges::find(all, error.kind()), all.end())
      << to_string(error.kind()) << ": " << error.to_string();
  for (const char c : error.to_string())
    EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << error.to_string();
}

using Answer = abi::Function<"run", std::uint32_t>;

void expect_that_others_work() {
  const auto plugin = load<Answer>(R"((component
    (core module $m (func (export "run") (result i32) (i32.const 42)))
    (core instance $i (instantiate $m))
    (func (export "run") (result u32) (canon lift (core func $i "run")))))");
  EXPECT_EQ(good(instance_of(plugin).call().run()), 42U);
}

// ---- Answers -----------------------------------------------------------------------------------

// run(memory, at) puts the bytes at 0 of its memory and returns what is described at `at`.
using Answers =
    abi::Function<"run", std::vector<Leaf>, abi::Param<"memory", std::span<const std::uint8_t>>,
                  abi::Param<"at", std::uint32_t>>;

std::string answers(std::string_view encoding) {
  return component(R"(
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
    (func (export "run") (param i32 i32 i32) (result i32) (local.get 2)))",
                   concat(R"(
    (type $inner (record (field "tag" u8) (field "name" string) (field "values" (list u32))
      (field "texts" (option (list string))) (field "letter" (result char (error string)))))
    (import "leaf" (type $leaf (eq $inner)))
    (func (export "run") (param "memory" (list u8)) (param "at" u32) (result (list $leaf))
      (canon lift (core func $i "run") )",
                          encoding, " ", kWithMemory, "))"));
}

class Memory {
 public:
  void put(std::size_t at, std::uint32_t value) { std::memcpy(&bytes_.at(at), &value, 4); }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::uint8_t& at(std::size_t i) { return bytes_.at(i); }

 private:
  std::vector<std::uint8_t> bytes_ = std::vector<std::uint8_t>(1024);
};

constexpr std::size_t kLeaf = 44;

// Three leaves that are right, with all their texts.
Memory three_leaves(bool wide) {
  Memory memory;
  memory.put(16, 32);
  memory.put(20, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t leaf = 32 + i * kLeaf;
    memory.at(leaf) = static_cast<std::uint8_t>(i);
    memory.put(leaf + 4, 512);  // name
    memory.put(leaf + 8, 6);
    memory.put(leaf + 12, 256);  // values
    memory.put(leaf + 16, 4);
    memory.at(leaf + 20) = i == 1 ? 0 : 1;  // texts
    memory.put(leaf + 24, 320);
    memory.put(leaf + 28, 2);
    memory.at(leaf + 32) = i == 2 ? 1 : 0;  // letter
    memory.put(leaf + 36, i == 2 ? 512 : 0x20AC);
    memory.put(leaf + 40, 6);
  }
  memory.put(320, 512);
  memory.put(324, 6);
  memory.put(328, 512);
  memory.put(332, 1);
  constexpr std::u16string_view kWide = u"a€😀éz";
  constexpr std::string_view kNarrow = "a\xc3\xa9\xe2\x82\xac";
  for (std::size_t i = 0; i < 6; ++i) {
    if (!wide) memory.at(512 + i) = static_cast<std::uint8_t>(kNarrow[i]);
    if (wide) memory.at(512 + 2 * i) = static_cast<std::uint8_t>(kWide[i] & 0xFF);
    if (wide) memory.at(513 + 2 * i) = static_cast<std::uint8_t>(kWide[i] >> 8);
  }
  return memory;
}

void spoil(Chance& chance, Memory& memory) {
  for (std::uint32_t n = 1 + chance.below(3); n > 0; --n) {
    switch (chance.below(4)) {
      case 0: memory.at(chance.below(1024)) = static_cast<std::uint8_t>(chance.any()); break;
      case 1: memory.put(32 + 4 * chance.below(33), chance.number()); break;  // within the leaves
      case 2: memory.put(16 + 4 * chance.below(2), chance.number()); break;   // all of them
      default: memory.at(512 + chance.below(12)) ^= static_cast<std::uint8_t>(1 << chance.below(8));
    }
  }
}

// Looks at every part, as a host would.
std::size_t weigh(const ListView<LeafRef>& leaves) {
  std::size_t sum = 0;
  for (const LeafRef leaf : leaves) {
    sum += leaf.tag + leaf.name.size();
    for (const char c : leaf.name) sum += c == 'a' ? 1U : 0U;
    for (const std::uint32_t value : leaf.values) sum += value;
    if (leaf.texts)
      for (const std::string_view text : *leaf.texts) sum += text.size();
    sum += leaf.letter ? *leaf.letter : leaf.letter.error().size();
  }
  return sum;
}

class HostileAnswers : public ::testing::TestWithParam<std::string_view> {};

INSTANTIATE_TEST_SUITE_P(Encodings, HostileAnswers,
                         ::testing::Values("utf8", "utf16", "latin1+utf16"), [](const auto& test) {
                           return test.param == "latin1+utf16" ? "latin1" : std::string(test.param);
                         });

TEST_P(HostileAnswers, AreValuesOrErrors) {
  const bool wide = GetParam() == "utf16";
  const auto plugin =
      load<Answers>(answers(concat("string-encoding=", GetParam())), {.limits = {.lift = MiB(1)}});
  ASSERT_TRUE(instance_of(plugin).call().run(three_leaves(wide).bytes(), 16U));
  Chance chance(kSeed);
  std::optional<Instance<World<Answers>>> instance;
  int good = 0;
  int bad = 0;
  for (int i = 0; i < 20'000; ++i) {
    Memory memory = three_leaves(wide);
    spoil(chance, memory);
    const std::uint32_t at = chance.below(50) == 0 ? chance.number() : 16;
    if (!instance) instance.emplace(instance_of(plugin));
    const auto judge = [&](const auto& out) {
      if (out) {
        ++good;
      } else {
        ++bad;
        expect_kind_of_a_plugins_fault(out.error());
        instance.reset();
      }
    };
    if (i % 2 == 0) {
      judge(instance->call().run(memory.bytes(), at));
    } else {
      judge(instance->call().view([](const auto& leaves) { return weigh(leaves); }, memory.bytes(),
                                  at));
    }
    if (HasFailure()) FAIL() << "at answer " << i;
  }
  EXPECT_GT(good, 1000);
  EXPECT_GT(bad, 1000);
  expect_that_others_work();
}

// What is viewed is what is owned.
TEST_P(HostileAnswers, AreTheSameOwnedAndViewed) {
  const bool wide = GetParam() == "utf16";
  const auto plugin = load<Answers>(answers(concat("string-encoding=", GetParam())));
  Chance chance(kSeed + 1);
  for (int i = 0; i < 3'000; ++i) {
    Memory memory = three_leaves(wide);
    spoil(chance, memory);
    const auto owned = instance_of(plugin).call().run(memory.bytes(), 16U);
    const auto viewed = instance_of(plugin).call().view(
        [&owned](const ListView<LeafRef>& leaves) {
          if (!owned || leaves.size() != owned->size()) return false;
          for (std::size_t n = 0; n < leaves.size(); ++n) {
            const Leaf& a = (*owned)[n];
            const LeafRef b = leaves[n];
            const bool same =
                a.tag == b.tag && a.name == b.name && std::ranges::equal(a.values, b.values) &&
                a.texts.has_value() == b.texts.has_value() &&
                a.letter.has_value() == b.letter.has_value() &&
                (a.letter ? *a.letter == *b.letter : a.letter.error() == b.letter.error()) &&
                (!a.texts || std::ranges::equal(*a.texts, *b.texts));
            if (!same) return false;
          }
          return true;
        },
        memory.bytes(), 16U);
    ASSERT_EQ(owned.has_value(), viewed.has_value()) << "at answer " << i;
    if (owned) {
      ASSERT_TRUE(*viewed) << "at answer " << i;
    } else {
      ASSERT_EQ(failure(owned), failure(viewed)) << "at answer " << i;
    }
  }
}

// ---- Texts -------------------------------------------------------------------------------------

using Shout = abi::Function<"run", std::string, abi::Param<"text", std::string_view>>;

// A component that is right but for some of its numbers.
std::string spoiled_text(Chance& chance) {
  const auto number = [&chance](std::int64_t right) {
    return chance.below(8) == 0 ? static_cast<std::int64_t>(chance.number()) : right;
  };
  constexpr std::array<std::string_view, 3> kEncodings{"utf8", "utf16", "latin1+utf16"};
  constexpr std::array<std::string_view, 5> kAsides{
      "", "unreachable", "(loop $l (br $l))", "(drop (memory.grow (i32.const 3000)))",
      "(drop (i32.div_u (i32.const 1) (i32.load (i32.const 0))))"};
  const auto aside = [&] { return kAsides[chance.below(10) == 0 ? chance.below(5) : 0]; };
  return concat(
      R"((component
    (core module $m
      (memory (export "memory") )",
      number(1) % 70'000, R"()
      (table 4 funcref)
      (data (i32.const )",
      number(64), R"() "some text")
      (elem (i32.const )",
      number(0), R"() func $start)
      (func $start )",
      aside(), R"()
      (start $start)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        )",
      aside(), "(i32.const ", number(1024), R"())
      (func (export "run") (param i32 i32) (result i32)
        )",
      aside(), R"(
        (i32.store (i32.const )",
      number(16), R"() (i32.add (local.get 0) (i32.const )", number(0), R"()))
        (i32.store offset=4 (i32.const )",
      number(16), R"() (i32.xor (local.get 1) (i32.const )", number(0), R"()))
        (i32.const )",
      number(16), R"())
      (func (export "after") (param i32) )",
      aside(), R"())
    (core instance $i (instantiate $m))
    (func (export "run") (param "text" string) (result string)
      (canon lift (core func $i "run") (memory $i "memory") (realloc (func $i "realloc"))
        (post-return (func $i "after")) string-encoding=)",
      kEncodings[chance.below(3)], ")))");
}

TEST(HostileTexts, AreValuesOrErrors) {
  Chance chance(kSeed);
  int good = 0;
  int bad = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string text = spoiled_text(chance);
    SCOPED_TRACE(text);
    const auto plugin = Plugin<World<Shout>>::from_text(
        engine(), "guest", text, {}, {.limits = {.deadline = 10ms, .memory = MiB(16)}});
    if (!plugin) {
      expect_kind_of_a_plugins_fault(plugin.error());
      continue;
    }
    auto instance = plugin->instantiate();
    if (!instance) {
      expect_kind_of_a_plugins_fault(instance.error());
      continue;
    }
    const auto out = instance->call().run(std::string_view(i % 2 == 0 ? "text" : "t€xt"));
    if (!out) expect_kind_of_a_plugins_fault(out.error());
    (out ? good : bad) += 1;
  }
  EXPECT_GT(good, 50);
  EXPECT_GT(bad, 50);
  expect_that_others_work();
}

// ---- Bytes -------------------------------------------------------------------------------------

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

std::string spoiled_bytes(Chance& chance, std::string_view bytes) {
  std::string out(bytes);
  const auto place = [&] { return 8 + chance.below(static_cast<std::uint32_t>(out.size()) - 8); };
  for (std::uint32_t n = 1 + chance.below(3); n > 0 && out.size() > 16; --n) {
    switch (chance.below(5)) {
      case 0: out[place()] = static_cast<char>(chance.any()); break;
      case 1: out[place()] ^= static_cast<char>(1 << chance.below(8)); break;
      case 2: out.insert(place(), 1, static_cast<char>(chance.any())); break;
      case 3: out.erase(place(), 1 + chance.below(4)); break;
      default: out.resize(place()); break;
    }
  }
  return out;
}

TEST(HostileBytes, OfASmallComponentAreValuesOrErrors) {
  Chance chance(kSeed);
  for (int i = 0; i < 800; ++i) {
    const std::string bytes = spoiled_bytes(chance, kAnswer);
    const auto plugin = Plugin<World<Answer>>::from_bytes(engine(), "guest", as_bytes(bytes), {});
    if (!plugin) {
      expect_kind_of_a_plugins_fault(plugin.error());
    } else if (auto instance = plugin->instantiate(); !instance) {
      expect_kind_of_a_plugins_fault(instance.error());
    } else if (const auto out = instance->call().run(); !out) {
      expect_kind_of_a_plugins_fault(out.error());
    }
    if (HasFailure()) FAIL() << "at component " << i;
  }
  expect_that_others_work();
}

TEST(HostileBytes, OfARealPluginAreValuesOrErrors) {
  std::ifstream file(MORTISE_GUEST_DIR "/processor.wasm", std::ios::binary);
  if (!file) GTEST_SKIP() << "the guests were not built";
  const std::string real{std::istreambuf_iterator<char>(file), {}};
  Chance chance(kSeed);
  for (int i = 0; i < 150; ++i) {
    const std::string bytes = spoiled_bytes(chance, real);
    const auto plugin = Plugin<PluginWorld>::from_bytes(engine(), "guest", as_bytes(bytes), {},
                                                        {.limits = {.deadline = 20ms}});
    if (!plugin) {
      expect_kind_of_a_plugins_fault(plugin.error());
    } else if (auto instance = plugin->instantiate(); !instance) {
      expect_kind_of_a_plugins_fault(instance.error());
    } else {
      const auto out =
          instance->processor().process_data("hello", {.name = "name", .version = "1"});
      if (out.failure() != nullptr) expect_kind_of_a_plugins_fault(*out.failure());
    }
    if (HasFailure()) FAIL() << "at component " << i;
  }
  expect_that_others_work();
}

// Code that is spoiled where it still is code: within the functions of the core module.
TEST(HostileBytes, OfTheCodeOfARealPluginAreValuesOrErrors) {
  std::ifstream file(MORTISE_GUEST_DIR "/processor.wasm", std::ios::binary);
  if (!file) GTEST_SKIP() << "the guests were not built";
  const std::string real{std::istreambuf_iterator<char>(file), {}};
  Chance chance(kSeed);
  int called = 0;
  for (int i = 0; i < 150; ++i) {
    std::string bytes = real;
    // Small numbers become other small numbers: constants, locals, offsets, labels.
    for (int n = 0; n < 3; ++n) {
      const auto at = chance.below(static_cast<std::uint32_t>(real.size() / 2)) + 200;
      if (static_cast<std::uint8_t>(bytes[at]) < 0x40)
        bytes[at] = static_cast<char>(chance.below(0x40));
    }
    const auto plugin = Plugin<PluginWorld>::from_bytes(engine(), "guest", as_bytes(bytes), {},
                                                        {.limits = {.deadline = 20ms}});
    if (!plugin) {
      expect_kind_of_a_plugins_fault(plugin.error());
      continue;
    }
    auto instance = plugin->instantiate();
    if (!instance) {
      expect_kind_of_a_plugins_fault(instance.error());
      continue;
    }
    const auto out = instance->processor().process_data("hello", {.name = "name", .version = "1"});
    if (out.failure() != nullptr) expect_kind_of_a_plugins_fault(*out.failure());
    ++called;
    if (HasFailure()) FAIL() << "at component " << i;
  }
  EXPECT_GT(called, 5);
  expect_that_others_work();
}

}  // namespace
}  // namespace mortise::testing
