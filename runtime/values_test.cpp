// Data between host and guest that is good: all types, there and back, owned and viewed.
#include <array>
#include <bit>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/guests.h"
#include "tests/named.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;

// ---- Texts -------------------------------------------------------------------------------------

TEST(Utf16, IsReadAsItLies) {
  EXPECT_EQ(result_of<std::string>(returns_utf16({'a', 0xE9, 0x20AC, 0xD83D, 0xDE00})).value(),
            "aé€😀");
}

TEST(Latin1, IsReadAsItLiesInTheNarrowForm) {
  EXPECT_EQ(
      result_of<std::string>(returns("string", list_of("a\xe9\xff\x80", 4), 16, kLatin1)).value(),
      "aéÿ\u0080");
}

TEST(Latin1, IsReadAsItLiesInTheWideForm) {
  EXPECT_EQ(result_of<std::string>(
                returns("string", list_of(utf16({'a', 0x20AC, 0xE9}), 3 | kWide), 16, kLatin1))
                .value(),
            "a€é");
}

constexpr std::array<std::string_view, 13> kTexts{"",
                                                  "a",
                                                  "é",
                                                  "ÿ",
                                                  "Ā",
                                                  "€",
                                                  "😀",
                                                  "aé",
                                                  "é€",
                                                  "a😀b",
                                                  "\u0080",
                                                  "\xef\xbf\xbf" /* U+FFFF */,
                                                  "\xf4\x8f\xbf\xbf" /* U+10FFFF */};

class Strings : public ::testing::TestWithParam<std::string_view> {
 protected:
  // run(text) returns the text that it was given.
  static std::string echo() {
    return run(R"(
    (func (export "run") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))",
               "string");
  }
  // run(text) returns the length that it was given and the bytes that are there.
  static std::string bytes(std::string_view size) {
    return run(concat(R"(
    (func (export "run") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 1))
      (i32.store (i32.const 20) (local.get 0))
      (i32.store (i32.const 24) )",
                      size, R"()
      (i32.const 16)))"),
               "(tuple u32 (list u8))");
  }

  template <class R>
  static R given(const std::string& wat, std::string_view text) {
    auto out = instance_of(load<Maps<R, std::string_view>>(wat)).call().run(text);
    EXPECT_TRUE(out) << out.error().to_string();
    return *std::move(out);
  }

 private:
  static std::string run(std::string_view function, std::string_view result) {
    return component(
        concat(kMemory, function),
        concat(R"((func (export "run") (param "value" string) (result )", result,
               R"() (canon lift (core func $i "run") )", GetParam(), " ", kWithMemory, "))"));
  }
};

INSTANTIATE_TEST_SUITE_P(Encodings, Strings,
                         ::testing::Values("string-encoding=utf8", kUtf16, kLatin1),
                         [](const auto& test) {
                           if (test.param == kUtf16) return "Utf16";
                           return test.param == kLatin1 ? "Latin1" : "Utf8";
                         });

TEST_P(Strings, GoThereAndBack) {
  auto instance = instance_of(load<Maps<std::string, std::string_view>>(echo()));
  for (const std::string_view text : kTexts) {
    const auto out = instance.call().run(text);
    ASSERT_TRUE(out) << out.error().to_string();
    EXPECT_EQ(*out, text);
  }
}

TEST_P(Strings, GoThereAndAreViewed) {
  auto instance = instance_of(load<Maps<std::string, std::string_view>>(echo()));
  for (const std::string_view text : kTexts) {
    const auto out =
        instance.call().view([](std::string_view seen) { return std::string(seen); }, text);
    ASSERT_TRUE(out) << out.error().to_string();
    EXPECT_EQ(*out, text);
  }
}

TEST_P(Strings, OfManyLengthsGoThereAndBack) {
  auto instance = instance_of(load<Maps<std::string, std::string_view>>(echo()));
  for (std::size_t length = 0; length < 200; ++length) {
    std::string text(length, 'x');
    for (const std::string_view end : {"", "é", "€", "😀"}) {
      const auto out = instance.call().run(std::string_view(text + std::string(end)));
      ASSERT_TRUE(out) << out.error().to_string();
      EXPECT_EQ(*out, text + std::string(end));
    }
  }
}

TEST_P(Strings, LieInGuestMemoryAsTheGuestAskedFor) {
  using Seen = std::tuple<std::uint32_t, std::vector<std::uint8_t>>;
  const auto seen = [](std::string_view size, std::string_view text) {
    const auto [length, content] = given<Seen>(bytes(size), text);
    return std::pair(length, std::string(content.begin(), content.end()));
  };
  const std::string_view narrow = "(local.get 1)";
  const std::string_view wide = "(i32.shl (local.get 1) (i32.const 1))";
  if (GetParam() == kUtf16) {
    EXPECT_EQ(seen(wide, "aé€😀"), std::pair(5U, utf16({'a', 0xE9, 0x20AC, 0xD83D, 0xDE00})));
  } else if (GetParam() == kLatin1) {
    EXPECT_EQ(seen(narrow, "aéÿ"), std::pair(3U, std::string("a\xe9\xff")));
    EXPECT_EQ(seen(wide, "aĀ"), std::pair(2U | kWide, utf16({'a', 0x100})));
    EXPECT_EQ(seen(wide, "😀"), std::pair(2U | kWide, utf16({0xD83D, 0xDE00})));
  } else {
    EXPECT_EQ(seen(narrow, "aé€😀"), std::pair(10U, std::string("aé€😀")));
  }
}

// ---- Views -------------------------------------------------------------------------------------

TEST(View, OfAText) {
  auto instance = instance_of(load<Gives<std::string>>(returns("string", text_of("good"))));
  EXPECT_EQ(instance.call().view([](std::string_view text) { return std::string(text); }).value(),
            "good");
}

TEST(View, OfNumbersIsASpan) {
  auto instance = instance_of(load<Gives<std::vector<std::uint32_t>>>(returns(
      "(list u32)",
      data(16, little(32U) + little(3U)) + data(32, little(7U) + little(8U) + little(9U)))));
  auto out = instance.call().view([](std::span<const std::uint32_t> all) {
    return std::vector<std::uint32_t>(all.begin(), all.end());
  });
  EXPECT_EQ(good(std::move(out)), (std::vector<std::uint32_t>{7, 8, 9}));
}

// Three strings at 32: "one", "zwei", "".
std::string three_texts() {
  return data(16, little(32U) + little(3U)) +
         data(32, little(64U) + little(3U) + little(67U) + little(4U) + little(0U) + little(0U)) +
         data(64, raw("onezwei"));
}

TEST(View, OfTextsIsAListView) {
  auto instance =
      instance_of(load<Gives<std::vector<std::string>>>(returns("(list string)", three_texts())));
  auto out = instance.call().view([](ListView<std::string_view> all) {
    std::vector<std::string> copies;
    for (const std::string_view text : all) copies.emplace_back(text);
    return copies;
  });
  EXPECT_EQ(good(std::move(out)), (std::vector<std::string>{"one", "zwei", ""}));
}

TEST(View, OfTextsChecksAllOfThemBeforeTheReader) {
  auto instance = instance_of(load<Gives<std::vector<std::string>>>(
      returns("(list string)", three_texts() + data(70, "\\ff"))));
  EXPECT_EQ(failure(instance.call().view([](ListView<std::string_view>) { FAIL(); })),
            bad_data("element 1: the text is not UTF-8 at its byte 3 (0x46)"));
}

TEST(View, OfListsWithinLists) {
  // Two lists of texts: the three above, and none.
  auto instance = instance_of(load<Gives<std::vector<std::vector<std::string>>>>(
      returns("(list (list string))",
              three_texts() + data(80, little(96U) + little(2U)) +
                  data(96, little(32U) + little(3U) + little(0U) + little(0U)),
              80)));
  auto out = instance.call().view([](ListView<ListView<std::string_view>> all) {
    EXPECT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[1].empty());
    return std::string(all[0][1]);
  });
  EXPECT_EQ(good(std::move(out)), "zwei");
}

TEST(View, OfARecord) {
  auto instance = instance_of(load<Gives<Named>>(
      component(concat(R"((memory (export "memory") 1) )",
                       data(16, little(7U) + little(32U) + little(4U)) + data(32, "name"),
                       R"((func (export "run") (result i32) (i32.const 16)))"),
                R"((type $inner (record (field "tag" u8) (field "name" string)))
                   (import "named" (type $named (eq $inner)))
                   (func (export "run") (result $named)
                     (canon lift (core func $i "run") (memory $i "memory"))))")));
  auto out = instance.call().view(
      [](NamedRef seen) { return concat(static_cast<int>(seen.tag), " ", seen.name); });
  EXPECT_EQ(good(std::move(out)), "7 name");
}

TEST(View, OfAnErrorOfTheContract) {
  auto instance = instance_of(load<Gives<std::expected<std::uint32_t, std::string>>>(
      returns("(result u32 (error string))",
              data(16, little(1U) + little(32U) + little(2U)) + data(32, "no"))));
  auto out = instance.call().view([](std::expected<std::uint32_t, std::string_view> seen) {
    return seen ? std::string() : std::string(seen.error());
  });
  EXPECT_EQ(good(std::move(out)), "no");
}

TEST(View, OfTextsOfAUtf16Guest) {
  auto instance = instance_of(load<Gives<std::vector<std::string>>>(
      returns("(list string)",
              data(16, little(32U) + little(2U)) +
                  data(32, little(64U) + little(1U) + little(66U) + little(2U)) +
                  data(64, raw(utf16({0x20AC, 0xD83D, 0xDE00}))),
              16, kUtf16)));
  auto out = instance.call().view([](ListView<std::string_view> all) {
    // Both stay good while the reader runs.
    const std::string_view first = all[0];
    const std::string_view second = all[1];
    return concat(first, second);
  });
  EXPECT_EQ(good(std::move(out)), "€😀");
}

TEST(View, FailsIfThePluginFailsAfterIt) {
  auto instance = instance_of(
      load<Gives<std::uint32_t>>(component(R"((func (export "run") (result i32) (i32.const 42))
                   (func (export "after") (param i32) unreachable))",
                                           R"((func (export "run") (result u32)
                     (canon lift (core func $i "run") (post-return (func $i "after")))))")));
  bool read = false;
  EXPECT_EQ(failure(instance.call().view([&read](std::uint32_t) { read = true; })),
            fails(Kind::guest_trap, "guest: run trapped: wasm `unreachable` instruction executed"));
  EXPECT_TRUE(read);
}

TEST(View, OfOneInstanceMayCallAnother) {
  const auto plugin = load<Gives<std::string>>(returns("string", text_of("good")));
  auto outer = instance_of(plugin);
  auto inner = instance_of(plugin);
  auto out = outer.call().view([&inner](std::string_view first) {
    const auto second = inner.call().run();
    EXPECT_TRUE(second);
    return concat(first, " ", *second);
  });
  EXPECT_EQ(good(std::move(out)), "good good");
}

TEST(View, OfAnInstanceMayNotCallIt) {
  auto instance = instance_of(load<Gives<std::string>>(returns("string", text_of("good"))));
  std::optional<Failure> inner;
  auto out = instance.call().view([&](std::string_view text) {
    inner = failure(instance.call().run());
    return std::string(text);
  });
  EXPECT_EQ(inner, fails(Kind::misuse,
                         "guest: run was not called: the instance is in a call "
                         "already, and a call into it from there is not possible"));
  EXPECT_EQ(good(std::move(out)), "good");
  EXPECT_EQ(instance.call().run().value(), "good");
}

TEST(View, PassesOnWhatTheReaderThrows) {
  auto instance = instance_of(load<Gives<std::string>>(returns("string", text_of("good"))));
  EXPECT_THROW((void)instance.call().view(
                   [](std::string_view) -> int { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_EQ(instance.call().run().value(), "good");
}

TEST(View, PassesOnWhatTheReaderThrowsThroughOtherCalls) {
  const auto plugin = load<Gives<std::string>>(returns("string", text_of("good")));
  auto outer = instance_of(plugin);
  auto inner = instance_of(plugin);
  EXPECT_THROW((void)outer.call().view([&inner](std::string_view) {
    (void)inner.call().view([](std::string_view) { throw std::runtime_error("enough"); });
  }),
               std::runtime_error);
  EXPECT_EQ(outer.call().run().value(), "good");
  EXPECT_EQ(inner.call().run().value(), "good");
}

// ---- Good data of all types --------------------------------------------------------------------

// run(value) returns the value that it was given, in one core value.
template <class T>
auto echo(std::string_view type, std::string_view core, T value) {
  const std::string wat = component(
      concat("(func (export \"run\") (param ", core, ") (result ", core, ") (local.get 0))"),
      concat(R"((func (export "run") (param "value" )", type, ") (result ", type,
             R"() (canon lift (core func $i "run"))))"));
  auto out = instance_of(load<Echoes<T>>(wat)).call().run(value);
  EXPECT_TRUE(out) << out.error().to_string();
  return *out;
}

// The same for a list of such values, which go through memory.
template <class T>
std::vector<T> echo_list(std::string_view type, const std::vector<T>& values) {
  const std::string wat =
      component(concat(kMemory, R"((func (export "run") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16)))"),
                concat(R"((func (export "run") (param "value" (list )", type, ")) (result (list ",
                       type, R"()) (canon lift (core func $i "run") )", kWithMemory, "))"));
  auto out = instance_of(load<Echoes<std::vector<T>>>(wat)).call().run(values);
  EXPECT_TRUE(out) << out.error().to_string();
  return *std::move(out);
}

template <class T>
void expect_extremes(std::string_view type, std::string_view core) {
  using Limits = std::numeric_limits<T>;
  const std::vector<T> values{Limits::lowest(),  Limits::max(), Limits::min(), T{0}, T{1},
                              static_cast<T>(-1)};
  for (const T value : values) EXPECT_EQ(echo(type, core, value), value) << type;
  EXPECT_EQ(echo_list(type, values), values) << type;
}

TEST(Scalars, KeepTheirExtremes) {
  expect_extremes<std::int8_t>("s8", "i32");
  expect_extremes<std::uint8_t>("u8", "i32");
  expect_extremes<std::int16_t>("s16", "i32");
  expect_extremes<std::uint16_t>("u16", "i32");
  expect_extremes<std::int32_t>("s32", "i32");
  expect_extremes<std::uint32_t>("u32", "i32");
  expect_extremes<std::int64_t>("s64", "i64");
  expect_extremes<std::uint64_t>("u64", "i64");
  expect_extremes<float>("f32", "f32");
  expect_extremes<double>("f64", "f64");
}

TEST(Scalars, KeepInfinitiesAndTheSignOfZero) {
  EXPECT_EQ(echo("f32", "f32", -std::numeric_limits<float>::infinity()),
            -std::numeric_limits<float>::infinity());
  EXPECT_EQ(std::bit_cast<std::uint64_t>(echo("f64", "f64", -0.0)), 1ULL << 63);
}

TEST(Scalars, KeepTheBitsOfWhatIsNotANumber) {
  constexpr std::uint32_t kBits = 0x7FC1'2345;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(echo("f32", "f32", std::bit_cast<float>(kBits))), kBits);
  constexpr std::uint64_t kMore = 0xFFF8'1234'5678'9ABC;
  EXPECT_EQ(
      std::bit_cast<std::uint64_t>(echo_list<double>("f64", {std::bit_cast<double>(kMore)}).at(0)),
      kMore);
}

TEST(Scalars, HoldBooleans) {
  EXPECT_TRUE(echo("bool", "i32", true));
  EXPECT_FALSE(echo("bool", "i32", false));
  EXPECT_EQ(echo_list<bool>("bool", {true, false, true}), (std::vector<bool>{true, false, true}));
}

TEST(Scalars, HoldCharacters) {
  for (const char32_t c :
       {U'\0', U'a', U'€', char32_t{0xD7FF}, char32_t{0xE000}, U'😀', char32_t{0x10FFFF}})
    EXPECT_EQ(echo("char", "i32", c), c);
  const std::vector<char32_t> all{U'a', char32_t{0x10FFFF}};
  EXPECT_EQ(echo_list("char", all), all);
}

// What is beyond a narrow type in a core value is not looked at.
TEST(NarrowValue, LosesWhatDoesNotFit) {
  EXPECT_EQ(result_of<std::uint8_t>(returns("u8", "", 0x1FF)).value(), 255);
  EXPECT_EQ(result_of<std::int8_t>(returns("s8", "", 0x180)).value(), -128);
  EXPECT_EQ(result_of<std::uint16_t>(returns("u16", "", 0x1FFFF)).value(), 65'535);
  EXPECT_EQ(result_of<std::int16_t>(returns("s16", "", 0x18000)).value(), -32'768);
  EXPECT_EQ(result_of<bool>(returns("bool", "", 256)).value(), true);
}

// run(value) -> value, of a variant: its case and its payload of one core value.
template <class T>
T echo_variant(std::string_view type, std::string_view core, std::uint32_t payload,
               const T& value) {
  const std::string wat =
      component(concat(kMemory, R"((func (export "run") (param i32 )", core, R"() (result i32)
        (i32.store8 (i32.const 16) (local.get 0))
        ()",
                       core, ".store (i32.const ", 16 + payload, R"() (local.get 1))
        (i32.const 16)))"),
                concat(R"((func (export "run") (param "value" )", type, ") (result ", type,
                       R"() (canon lift (core func $i "run") )", kWithMemory, "))"));
  auto out =
      instance_of(load<Maps<std::tuple<T>, std::tuple<T>>>(wat)).call().run(std::tuple(value));
  EXPECT_TRUE(out) << out.error().to_string();
  return std::get<0>(*std::move(out));
}

TEST(Variants, GoThereAndBack) {
  using Narrow = std::optional<std::uint8_t>;
  EXPECT_EQ(echo_variant<Narrow>("(tuple (option u8))", "i32", 1, std::nullopt), std::nullopt);
  EXPECT_EQ(echo_variant<Narrow>("(tuple (option u8))", "i32", 1, 255), 255);
  using Wide = std::optional<double>;
  EXPECT_EQ(echo_variant<Wide>("(tuple (option f64))", "f64", 8, -1.5), -1.5);
}

// Core values without a meaning are zero: nothing of the host's stack reaches the guest.
TEST(Variants, LeaveNothingOfTheHostInWhatTheyDoNotUse) {
  using Seen = std::tuple<std::uint32_t, std::uint64_t>;
  auto instance = instance_of(load<Maps<Seen, std::optional<std::uint64_t>>>(component(
      R"((memory (export "memory") 1)
         (func (export "run") (param i32 i64) (result i32)
           (i32.store (i32.const 16) (local.get 0))
           (i64.store (i32.const 24) (local.get 1))
           (i32.const 16)))",
      R"((func (export "run") (param "value" (option u64)) (result (tuple u32 u64))
           (canon lift (core func $i "run") (memory $i "memory"))))")));
  for (int i = 0; i < 3; ++i) {
    const std::optional<std::uint64_t> all_ones = ~std::uint64_t{0};
    EXPECT_EQ(good(instance.call().run(all_ones)), Seen(1, ~std::uint64_t{0}));
    EXPECT_EQ(good(instance.call().run(std::optional<std::uint64_t>())), Seen(0, 0));
  }
}

TEST(Variants, ShareASlotBetweenTypes) {
  using Mixed = std::expected<std::uint64_t, float>;
  constexpr std::string_view kMixed = "(tuple (result u64 (error f32)))";
  EXPECT_EQ(echo_variant<Mixed>(kMixed, "i64", 8, ~std::uint64_t{0}), ~std::uint64_t{0});
  EXPECT_EQ(echo_variant<Mixed>(kMixed, "i64", 8, std::unexpected(-1.5F)),
            Mixed(std::unexpected(-1.5F)));
  using Same = std::expected<std::int32_t, float>;
  constexpr std::string_view kSame = "(tuple (result s32 (error f32)))";
  EXPECT_EQ(echo_variant<Same>(kSame, "i32", 4, -7), -7);
  EXPECT_EQ(echo_variant<Same>(kSame, "i32", 4, std::unexpected(-1.5F)),
            Same(std::unexpected(-1.5F)));
  using Floats = std::expected<float, double>;
  constexpr std::string_view kFloats = "(tuple (result f32 (error f64)))";
  EXPECT_EQ(echo_variant<Floats>(kFloats, "i64", 8, 2.5F), 2.5F);
  EXPECT_EQ(echo_variant<Floats>(kFloats, "i64", 8, std::unexpected(-2.5)),
            Floats(std::unexpected(-2.5)));
}

// Parameters through memory lie there as a tuple does, so the guest returns what it was given.
template <class... Ts>
std::string echo_block(std::string_view types, std::string_view params) {
  return component(
      concat(kMemory, R"((func (export "run") (param i32) (result i32) (local.get 0)))"),
      concat(R"((func (export "run") )", params, " (result (tuple ", types,
             R"()) (canon lift (core func $i "run") )", kWithMemory, "))"));
}

TEST(Parameters, PastSixteenGoThroughMemory) {
  using Mixed = std::tuple<std::uint8_t, std::string, double, bool, char32_t,
                           std::vector<std::uint16_t>, std::int64_t, std::optional<std::string>,
                           float, std::string, std::int8_t, std::uint32_t>;
  using F =
      abi::Function<"run", Mixed, abi::Param<"a", std::uint8_t>, abi::Param<"b", std::string_view>,
                    abi::Param<"c", double>, abi::Param<"d", bool>, abi::Param<"e", char32_t>,
                    abi::Param<"f", std::vector<std::uint16_t>>, abi::Param<"g", std::int64_t>,
                    abi::Param<"h", std::optional<std::string>>, abi::Param<"i", float>,
                    abi::Param<"j", std::string_view>, abi::Param<"k", std::int8_t>,
                    abi::Param<"l", std::uint32_t>>;
  auto instance = instance_of(load<F>(echo_block(
      "u8 string f64 bool char (list u16) s64 (option string) f32 string s8 u32",
      R"((param "a" u8) (param "b" string) (param "c" f64) (param "d" bool) (param "e" char)
         (param "f" (list u16)) (param "g" s64) (param "h" (option string)) (param "i" f32)
         (param "j" string) (param "k" s8) (param "l" u32))")));
  const std::vector<std::uint16_t> numbers{1, 65'535};
  const std::optional<std::string> some("some");
  const auto out = instance.call().run(std::uint8_t{200}, std::string_view("text"), -2.5, true,
                                       U'€', numbers, std::int64_t{-5}, some, 1.5F,
                                       std::string_view("more"), std::int8_t{-128}, 4'000'000'000U);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(*out, Mixed(200, "text", -2.5, true, U'€', numbers, -5, some, 1.5F, "more", -128,
                        4'000'000'000U));
}

TEST(Parameters, ThroughMemoryAreNamedWhenTheyAreBad) {
  using F =
      abi::Function<"run",
                    std::tuple<std::string, std::string, std::string, std::string, std::string,
                               std::string, std::string, std::string, std::string>,
                    abi::Param<"a", std::string_view>, abi::Param<"b", std::string_view>,
                    abi::Param<"c", std::string_view>, abi::Param<"d", std::string_view>,
                    abi::Param<"e", std::string_view>, abi::Param<"f", std::string_view>,
                    abi::Param<"g", std::string_view>, abi::Param<"h", std::string_view>,
                    abi::Param<"last", std::string_view>>;
  const auto plugin = load<F>(
      echo_block("string string string string string string string string string",
                 R"((param "a" string) (param "b" string) (param "c" string) (param "d" string)
         (param "e" string) (param "f" string) (param "g" string) (param "h" string)
         (param "last" string))"));
  const std::string_view x = "x";
  EXPECT_EQ(
      failure(instance_of(plugin).call().run(x, x, x, x, x, x, x, x, std::string_view("\xff"))),
      fails(Kind::misuse,
            "guest: run was given bad data by the host: parameter `last`: the "
            "text is not UTF-8 at its byte 0"));
  EXPECT_TRUE(instance_of(plugin).call().run(x, x, x, x, x, x, x, x, x));
}

TEST(Parameters, UpToSixteenGoAsCoreValues) {
  using U = std::uint32_t;
  using F =
      abi::Function<"run", U, abi::Param<"a", U>, abi::Param<"b", U>, abi::Param<"c", U>,
                    abi::Param<"d", U>, abi::Param<"e", U>, abi::Param<"f", U>, abi::Param<"g", U>,
                    abi::Param<"h", U>, abi::Param<"i", U>, abi::Param<"j", U>, abi::Param<"k", U>,
                    abi::Param<"l", U>, abi::Param<"m", U>, abi::Param<"n", U>, abi::Param<"o", U>,
                    abi::Param<"p", U>>;
  std::string params;
  std::string core;
  std::string sum = "(local.get 0)";
  for (char name = 'a'; name <= 'p'; ++name) {
    params += concat("(param \"", name, "\" u32)");
    core += " i32";
    if (name != 'a')
      sum = concat("(i32.add (i32.mul ", sum, " (i32.const 3)) (local.get ", name - 'a', "))");
  }
  const std::string wat =
      component(concat("(func (export \"run\") (param", core, ") (result i32) ", sum, ")"),
                concat("(func (export \"run\") ", params,
                       R"((result u32) (canon lift (core func $i "run"))))"));
  U expected = 0;
  for (U i = 1; i <= 16; ++i) expected = expected * 3 + i;
  EXPECT_EQ(instance_of(load<F>(wat))
                .call()
                .run(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U, 13U, 14U, 15U, 16U)
                .value(),
            expected);
}

TEST(Lists, OfMillionsGoThereAndBack) {
  std::vector<std::uint64_t> numbers(1'000'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i * i;
  EXPECT_EQ(echo_list("u64", numbers), numbers);
}

}  // namespace
}  // namespace mortise::testing
