// Data between host and guest, good and bad: what arrives, and what is said of what must not.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/guests.h"
#include "tests/heap.h"
#include "tests/support.h"

namespace {

struct Named {
  std::uint8_t tag = 0;
  std::string name;
};
struct NamedRef {
  std::uint8_t tag = 0;
  std::string_view name;
};

}  // namespace

template <>
struct mortise::abi::Codec<Named>
    : RecordCodec<Named, "named", Field<"tag", &Named::tag>, Field<"name", &Named::name>> {};
template <>
struct mortise::abi::Codec<NamedRef>
    : RecordCodec<NamedRef, "named", Field<"tag", &NamedRef::tag>,
                  Field<"name", &NamedRef::name>> {};
template <>
struct mortise::abi::Viewed<Named> {
  using type = NamedRef;
};

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using Limit = Error::Limit;

template <class R>
using Gives = abi::Function<"run", R>;
template <class R, class P>
using Maps = abi::Function<"run", R, abi::Param<"value", P>>;
template <class T>
using Echoes = Maps<T, T>;

// ---- Guests that return what they were made with -------------------------------------------------

// Bytes as the text format writes them.
std::string raw(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += concat('\\', kDigits[byte >> 4], kDigits[byte & 15]);
  }
  return out;
}

template <class T>
std::string little(T value) {
  return raw({reinterpret_cast<const char*>(&value), sizeof value});  // bytes as bytes
}

std::string data(std::uint32_t at, std::string_view escaped) {
  return concat("(data (i32.const ", at, ") \"", escaped, "\")");
}

// A list or string in the return area at 16, with `content` at 32.
std::string list_at(std::uint32_t at, std::uint32_t length, std::string_view content = {}) {
  return data(16, little(at) + little(length)) + data(32, raw(content));
}
std::string list_of(std::string_view content, std::uint32_t length) {
  return list_at(32, length, content);
}
std::string text_of(std::string_view content) {
  return list_of(content, static_cast<std::uint32_t>(content.size()));
}

// run() -> `type`: returns `at`, in a memory of 64 KiB with this in it. `options` are more of those
// of canon lift.
std::string returns(std::string_view type, std::string_view memory, std::uint32_t at = 16,
                    std::string_view options = {}) {
  return component(
      concat(R"((memory (export "memory") 1) )", memory,
             R"((func (export "run") (result i32) (i32.const )", at, "))"),
      concat(R"((func (export "run") (result )", type,
             R"() (canon lift (core func $i "run") (memory $i "memory") )", options, "))"));
}

constexpr std::string_view kUtf16 = "string-encoding=utf16";
constexpr std::string_view kLatin1 = "string-encoding=latin1+utf16";
constexpr std::uint32_t kWide = 1U << 31;  // in the length of a latin1+utf16 string

template <class R>
auto result_of(const std::string& wat) {
  return instance_of(load<Gives<R>>(wat)).call().run();
}

// The whole message of a run that returned something it must not.
Failure bad_data(std::string_view what) {
  return fails(Kind::guest_trap, concat("guest: run returned bad data: ", what));
}

// ---- Pointers and lengths ------------------------------------------------------------------------

TEST(BadPointer, PastTheEndOfMemory) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(65'536, 1)))),
            bad_data("1 bytes at 0x10000 reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, PastTheEndOfMemoryWithNothingThere) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(65'537, 0)))),
            bad_data("0 bytes at 0x10001 reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, AtTheEndOfMemoryWithNothingThereIsFine) {
  EXPECT_EQ(result_of<std::string>(returns("string", list_at(65'536, 0))).value(), "");
}

TEST(BadPointer, WithALengthThatReachesPastTheEnd) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(65'000, 537)))),
            bad_data("537 bytes at 0xfde8 reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, WithALengthThatWrapsAround) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(16, 0xFFFF'FFF0)))),
            bad_data("4294967280 bytes at 0x10 reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, AndLengthBothAsLargeAsTheyCanBe) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(0xFFFF'FFFF, 0xFFFF'FFFF)))),
            bad_data("4294967295 bytes at 0xffffffff reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, WithACountWhoseSizeWrapsAround) {
  EXPECT_EQ(failure(result_of<std::vector<std::uint32_t>>(
                returns("(list u32)", list_at(16, 0x4000'0001)))),
            bad_data("1073741825 elements of 4 bytes at 0x10 reach past the end of its memory of "
                     "64 KiB"));
}

TEST(BadPointer, ToAListThatIsNotAligned) {
  EXPECT_EQ(failure(result_of<std::vector<std::uint32_t>>(returns("(list u32)", list_at(34, 1)))),
            bad_data("the address 0x22 is not aligned to 4 bytes"));
}

TEST(BadPointer, ToAnEmptyListThatIsNotAligned) {
  EXPECT_EQ(failure(result_of<std::vector<std::uint64_t>>(returns("(list u64)", list_at(36, 0)))),
            bad_data("the address 0x24 is not aligned to 8 bytes"));
}

TEST(BadPointer, ToAResultThatIsNotAligned) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(0, 0), 18))),
            bad_data("the address 0x12 is not aligned to 4 bytes"));
}

TEST(BadPointer, ToAResultPastTheEndOfMemory) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(0, 0), 65'532))),
            bad_data("1 elements of 8 bytes at 0xfffc reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, ToAResultAtTheEndOfTheAddressSpace) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(0, 0), 0xFFFF'FFFC))),
            bad_data("1 elements of 8 bytes at 0xfffffffc reach past the end of its memory of "
                     "64 KiB"));
}

TEST(BadPointer, InAViewedResult) {
  auto instance = instance_of(
      load<Gives<std::vector<std::uint32_t>>>(returns("(list u32)", list_at(65'536, 1))));
  EXPECT_EQ(failure(instance.call().view([](std::span<const std::uint32_t>) { FAIL(); })),
            bad_data("1 elements of 4 bytes at 0x10000 reach past the end of its memory of "
                     "64 KiB"));
}

TEST(BadPointer, EndsTheInstanceAndNothingElse) {
  const auto bad = load<Gives<std::string>>(returns("string", list_at(65'536, 1)));
  auto instance = instance_of(bad);
  ASSERT_FALSE(instance.call().run());
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::misuse, "guest: run was not called: an earlier call failed and ended the "
                                "instance; make a new one with Plugin::instantiate"));
  EXPECT_EQ(result_of<std::string>(returns("string", text_of("good"))).value(), "good");
}

// The way into the value, from the outside in.
TEST(BadPointer, IsFoundDeepInside) {
  using Deep = std::vector<std::optional<Named>>;
  const std::string memory =
      data(16, little(32U) + little(2U)) +
      // Two options of 16 bytes: none, and some named with tag 7 and a bad name.
      data(32, little(0U) + little(0U) + little(0U) + little(0U)) +
      data(48, little(1U) + little(7U) + little(70'000U) + little(5U));
  EXPECT_EQ(failure(result_of<Deep>(component(
                concat(R"((memory (export "memory") 1) )", memory,
                       R"((func (export "run") (result i32) (i32.const 16)))"),
                R"((type $inner (record (field "tag" u8) (field "name" string)))
                   (import "named" (type $named (eq $inner)))
                   (func (export "run") (result (list (option $named)))
                     (canon lift (core func $i "run") (memory $i "memory"))))"))),
            bad_data("element 1, `some`, `name`: 5 bytes at 0x11170 reach past the end of its "
                     "memory of 64 KiB"));
}

// ---- Texts ---------------------------------------------------------------------------------------

struct BadText {
  std::string_view name;
  std::string bytes;
  std::uint32_t at;  // the first byte that is wrong
};

void PrintTo(const BadText& text, std::ostream* out) { *out << text.name; }

class BadUtf8 : public ::testing::TestWithParam<BadText> {};

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadUtf8,
    ::testing::Values(BadText{"ContinuationAlone", "ab\x80", 2}, BadText{"NoSuchByte", "\xff", 0},
                      BadText{"TooLong2", "a\xc0\x80", 1}, BadText{"TooLong3", "\xe0\x80\x80", 0},
                      BadText{"TooLong4", "\xf0\x80\x80\x80", 0},
                      BadText{"Surrogate", "\xed\xa0\x80", 0},
                      BadText{"PastTheLast", "\xf4\x90\x80\x80", 0},
                      BadText{"CutShort", "abc\xe2\x82", 3},
                      BadText{"Interrupted", "\xe2\x82z", 0},
                      BadText{"FarBehindGoodText", std::string(100, 'x') + "\x80", 100},
                      BadText{"FarBeforeGoodText", "\x80" + std::string(100, 'x'), 0}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(BadUtf8, IsRefusedFromAGuest) {
  const auto& [name, bytes, at] = GetParam();
  EXPECT_EQ(failure(result_of<std::string>(returns("string", text_of(bytes)))),
            bad_data(concat("the text is not UTF-8 at its byte ", at, " (0x",
                            at == 100 ? "84" : concat("2", at), ")")));
}

TEST_P(BadUtf8, IsRefusedFromAGuestThatIsViewed) {
  const auto& [name, bytes, at] = GetParam();
  auto instance = instance_of(load<Gives<std::string>>(returns("string", text_of(bytes))));
  EXPECT_EQ(failure(instance.call().view([](std::string_view) { FAIL(); })),
            bad_data(concat("the text is not UTF-8 at its byte ", at, " (0x",
                            at == 100 ? "84" : concat("2", at), ")")));
}

TEST_P(BadUtf8, IsRefusedFromTheHost) {
  const auto& [name, bytes, at] = GetParam();
  const std::string wat = component(
      concat(kMemory, R"((func (export "run") (param i32 i32) (result i32) (local.get 1)))"),
      concat(R"((func (export "run") (param "value" string) (result u32)
                  (canon lift (core func $i "run") )",
             kWithMemory, "))"));
  using Measures = Maps<std::uint32_t, std::string_view>;
  const auto plugin = load<Measures>(wat);
  EXPECT_EQ(failure(instance_of(plugin).call().run(std::string_view(bytes))),
            fails(Kind::misuse, concat("guest: run was given bad data by the host: parameter "
                                       "`value`: the text is not UTF-8 at its byte ",
                                       at)));
  EXPECT_EQ(instance_of(plugin).call().run(std::string_view("good")).value(), 4U);
}

std::string utf16(std::initializer_list<std::uint16_t> units) {
  std::string out;
  for (const std::uint16_t unit : units)
    out.append(reinterpret_cast<const char*>(&unit), sizeof unit);  // bytes as bytes
  return out;
}

std::string returns_utf16(std::initializer_list<std::uint16_t> units) {
  return returns("string", list_of(utf16(units), static_cast<std::uint32_t>(units.size())), 16,
                 kUtf16);
}

TEST(BadUtf16, FirstHalfAtTheEnd) {
  EXPECT_EQ(failure(result_of<std::string>(returns_utf16({'a', 0xD83D}))),
            bad_data("the text is not UTF-16 at its code unit 1 (0x22): half of a surrogate pair"));
}

TEST(BadUtf16, FirstHalfWithoutASecond) {
  EXPECT_EQ(failure(result_of<std::string>(returns_utf16({0xD83D, 'a'}))),
            bad_data("the text is not UTF-16 at its code unit 0 (0x20): half of a surrogate pair"));
}

TEST(BadUtf16, SecondHalfAlone) {
  EXPECT_EQ(failure(result_of<std::string>(returns_utf16({'a', 'b', 0xDE00}))),
            bad_data("the text is not UTF-16 at its code unit 2 (0x24): half of a surrogate pair"));
}

TEST(BadUtf16, NotAligned) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(33, 1), 16, kUtf16))),
            bad_data("the address 0x21 is not aligned to 2 bytes"));
}

TEST(BadUtf16, PastTheEndOfMemory) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(65'534, 2), 16, kUtf16))),
            bad_data("2 elements of 2 bytes at 0xfffe reach past the end of its memory of 64 KiB"));
}

TEST(BadUtf16, InAViewedResult) {
  auto instance = instance_of(load<Gives<std::string>>(returns_utf16({0xD83D})));
  EXPECT_EQ(failure(instance.call().view([](std::string_view) { FAIL(); })),
            bad_data("the text is not UTF-16 at its code unit 0 (0x20): half of a surrogate pair"));
}

TEST(BadLatin1, HalfOfAPairInTheWideForm) {
  EXPECT_EQ(failure(result_of<std::string>(
                returns("string", list_of(utf16({'a', 0xDC00}), 2 | kWide), 16, kLatin1))),
            bad_data("the text is not UTF-16 at its code unit 1 (0x22): half of a surrogate pair"));
}

TEST(BadLatin1, PastTheEndOfMemoryInTheNarrowForm) {
  EXPECT_EQ(failure(result_of<std::string>(
                returns("string", list_at(65'534, 3), 16, kLatin1))),
            bad_data("3 bytes at 0xfffe reach past the end of its memory of 64 KiB"));
}

TEST(BadLatin1, PastTheEndOfMemoryInTheWideForm) {
  EXPECT_EQ(failure(result_of<std::string>(
                returns("string", list_at(65'534, 3 | kWide), 16, kLatin1))),
            bad_data("3 elements of 2 bytes at 0xfffe reach past the end of its memory of 64 KiB"));
}

TEST(BadLatin1, NotAligned) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(33, 1), 16, kLatin1))),
            bad_data("the address 0x21 is not aligned to 2 bytes"));
}

TEST(Utf16, IsReadAsItLies) {
  EXPECT_EQ(result_of<std::string>(returns_utf16({'a', 0xE9, 0x20AC, 0xD83D, 0xDE00})).value(),
            "aé€😀");
}

TEST(Latin1, IsReadAsItLiesInTheNarrowForm) {
  EXPECT_EQ(result_of<std::string>(returns("string", list_of("a\xe9\xff\x80", 4), 16, kLatin1))
                .value(),
            "aéÿ\u0080");
}

TEST(Latin1, IsReadAsItLiesInTheWideForm) {
  EXPECT_EQ(result_of<std::string>(returns("string", list_of(utf16({'a', 0x20AC, 0xE9}), 3 | kWide),
                                           16, kLatin1))
                .value(),
            "a€é");
}

constexpr std::array<std::string_view, 13> kTexts{
    "",    "a",   "é",         "ÿ",  "Ā",  "€",  "😀", "aé", "é€", "a😀b", "\u0080",
    "\xef\xbf\xbf" /* U+FFFF */, "\xf4\x8f\xbf\xbf" /* U+10FFFF */};

class Strings : public ::testing::TestWithParam<std::string_view> {
 protected:
  // run(text) returns the text that it was given.
  static std::string echo() { return run(R"(
    (func (export "run") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.const 16)))",
                                         "string"); }
  // run(text) returns the length that it was given and the bytes that are there.
  static std::string bytes(std::string_view size) {
    return run(concat(R"(
    (func (export "run") (param i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 1))
      (i32.store (i32.const 20) (local.get 0))
      (i32.store (i32.const 24) )", size, R"()
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
    return component(concat(kMemory, function),
                     concat(R"((func (export "run") (param "value" string) (result )", result,
                            R"() (canon lift (core func $i "run") )", GetParam(), " ", kWithMemory,
                            "))"));
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

// ---- Cases and characters ------------------------------------------------------------------------

TEST(BadCase, OfAnOption) {
  EXPECT_EQ(failure(result_of<std::optional<std::uint32_t>>(
                returns("(option u32)", data(16, "\\02")))),
            bad_data("the discriminant 2 stands for none of the 2 cases"));
}

TEST(BadCase, OfAResult) {
  EXPECT_EQ(failure(result_of<std::expected<std::uint32_t, std::string>>(
                returns("(result u32 (error string))", data(16, "\\ff")))),
            bad_data("the discriminant 255 stands for none of the 2 cases"));
}

TEST(BadCase, OfAResultWithoutPayloads) {
  EXPECT_EQ(failure(result_of<std::expected<void, std::monostate>>(returns("(result)", "", 2))),
            bad_data("the discriminant 2 stands for none of the 2 cases"));
}

TEST(BadCase, OfAResultWithoutPayloadsThatWouldBeRightInItsLowByte) {
  EXPECT_EQ(failure(result_of<std::expected<void, std::monostate>>(returns("(result)", "", 256))),
            bad_data("the discriminant 256 stands for none of the 2 cases"));
}

TEST(BadCase, InAViewedList) {
  auto instance = instance_of(load<Gives<std::vector<std::optional<std::uint8_t>>>>(
      returns("(list (option u8))", list_of({"\0\0\1\7\3\0", 6}, 3))));
  EXPECT_EQ(failure(instance.call().view([](const auto&) { FAIL(); })),
            bad_data("element 2: the discriminant 3 stands for none of the 2 cases"));
}

TEST(BadChar, ThatIsHalfOfASurrogatePair) {
  EXPECT_EQ(failure(result_of<char32_t>(returns("char", "", 0xD800))),
            bad_data("0xd800 is no Unicode scalar value"));
}

TEST(BadChar, PastTheLastOne) {
  EXPECT_EQ(failure(result_of<char32_t>(returns("char", "", 0x110000))),
            bad_data("0x110000 is no Unicode scalar value"));
}

TEST(BadChar, InAList) {
  EXPECT_EQ(failure(result_of<std::vector<char32_t>>(
                returns("(list char)", data(16, little(32U) + little(2U)) +
                                           data(32, little(0x61U) + little(0xDFFFU))))),
            bad_data("element 1: 0xdfff is no Unicode scalar value"));
}

TEST(BadChar, FromTheHost) {
  const std::string wat =
      component(R"((func (export "run") (param i32) (result i32) (local.get 0)))",
                R"((func (export "run") (param "value" char) (result char)
                     (canon lift (core func $i "run"))))");
  EXPECT_EQ(failure(instance_of(load<Echoes<char32_t>>(wat)).call().run(char32_t{0xD800})),
            fails(Kind::misuse, "guest: run was given bad data by the host: parameter `value`: "
                                "0xd800 is no Unicode scalar value"));
}

TEST(BadText, FromTheHostIsFoundDeepInside) {
  using Takes = Maps<void, ListView<NamedRef>>;
  const auto plugin = load<Takes>(
      component(concat(kMemory, R"((func (export "run") (param i32 i32)))"),
                concat(R"((type $inner (record (field "tag" u8) (field "name" string)))
                          (import "named" (type $named (eq $inner)))
                          (func (export "run") (param "value" (list $named))
                            (canon lift (core func $i "run") )",
                       kWithMemory, "))")));
  const std::vector<NamedRef> values{{.tag = 1, .name = "good"}, {.tag = 2, .name = "ba\xff"}};
  EXPECT_EQ(failure(instance_of(plugin).call().run(ListView<NamedRef>(values))),
            fails(Kind::misuse, "guest: run was given bad data by the host: parameter `value`, "
                                "element 1, `name`: the text is not UTF-8 at its byte 2"));
}

// Room that nothing was ever put in.
class Reserved {
 public:
  explicit Reserved(std::size_t size)
      : base_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)),
        size_(size) {
    if (base_ == MAP_FAILED) throw std::bad_alloc();
  }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  ~Reserved() { ::munmap(base_, size_); }

  [[nodiscard]] std::span<const std::uint64_t> numbers() const {
    return {static_cast<const std::uint64_t*>(base_), size_ / sizeof(std::uint64_t)};
  }

 private:
  void* base_;
  std::size_t size_;
};

TEST(LargeList, FromTheHostIsRefused) {
  const Reserved room(std::size_t{1} << 31);
  using Takes = Maps<void, std::span<const std::uint64_t>>;
  const auto plugin = load<Takes>(
      component(concat(kMemory, R"((func (export "run") (param i32 i32)))"),
                concat(R"((func (export "run") (param "value" (list u64))
                            (canon lift (core func $i "run") )",
                       kWithMemory, "))")));
  EXPECT_EQ(failure(instance_of(plugin).call().run(room.numbers())),
            fails(Kind::misuse, "guest: run was given bad data by the host: parameter `value`: it "
                                "takes at least 2 GiB, and no guest can be given more than "
                                "2147483647 bytes at once"));
}

// What is beyond a narrow type in a core value is not looked at.
TEST(NarrowValue, LosesWhatDoesNotFit) {
  EXPECT_EQ(result_of<std::uint8_t>(returns("u8", "", 0x1FF)).value(), 255);
  EXPECT_EQ(result_of<std::int8_t>(returns("s8", "", 0x180)).value(), -128);
  EXPECT_EQ(result_of<std::uint16_t>(returns("u16", "", 0x1FFFF)).value(), 65'535);
  EXPECT_EQ(result_of<std::int16_t>(returns("s16", "", 0x18000)).value(), -32'768);
  EXPECT_EQ(result_of<bool>(returns("bool", "", 256)).value(), true);
}

// ---- realloc -------------------------------------------------------------------------------------

// run(value) with a realloc that does this.
template <class P>
Failure with_realloc(std::string_view type, std::string_view realloc, const P& value) {
  const std::string wat = component(
      concat(R"((memory (export "memory") 1)
                (func $bad (export "realloc") (param i32 i32 i32 i32) (result i32) )",
             realloc, R"()
                (func (export "run") (param i32 i32)))"),
      concat(R"((func (export "run") (param "value" )", type,
             R"() (canon lift (core func $i "run") )", kWithMemory, "))"));
  return failure(instance_of(load<Maps<void, P>>(wat)).call().run(value));
}

TEST(BadRealloc, PointsPastTheEndOfMemory) {
  EXPECT_EQ(with_realloc<std::string_view>("string", "(i32.const 65534)", "abc"),
            fails(Kind::guest_trap, "guest: run broke the canonical ABI: realloc return: beyond "
                                    "end of memory"));
}

TEST(BadRealloc, PointsToTheEndOfTheAddressSpace) {
  EXPECT_EQ(with_realloc<std::string_view>("string", "(i32.const -1)", "abc"),
            fails(Kind::guest_trap, "guest: run broke the canonical ABI: realloc return: beyond "
                                    "end of memory"));
}

TEST(BadRealloc, IsNotAligned) {
  const std::vector<std::uint32_t> numbers{1, 2, 3};
  EXPECT_EQ(with_realloc<std::span<const std::uint32_t>>("(list u32)", "(i32.const 6)", numbers),
            fails(Kind::guest_trap,
                  "guest: run broke the canonical ABI: realloc return: result not aligned"));
}

TEST(BadRealloc, Traps) {
  EXPECT_EQ(with_realloc<std::string_view>("string", "unreachable", "abc"),
            fails(Kind::guest_trap, "guest: run trapped: wasm `unreachable` instruction executed"));
}

// ---- A host without memory -----------------------------------------------------------------------

TEST(HostWithoutMemory, ForAText) {
  const auto plugin =
      load<Gives<std::string>>(returns("string", text_of(std::string(20'000, 'x'))));
  auto instance = instance_of(plugin);
  {
    const HeapLimit small(19'999);
    EXPECT_EQ(failure(instance.call().run()),
              fails(Kind::io, "guest: run: the host has no memory for the 20000 bytes that the "
                              "plugin hands over"));
  }
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::misuse, "guest: run was not called: an earlier call failed and ended the "
                                "instance; make a new one with Plugin::instantiate"));
  EXPECT_EQ(instance_of(plugin).call().run().value().size(), 20'000U);
}

TEST(HostWithoutMemory, ForAList) {
  const auto plugin =
      load<Gives<std::vector<std::uint32_t>>>(returns("(list u32)", list_at(16, 8192)));
  auto instance = instance_of(plugin);
  {
    const HeapLimit small(32'767);
    EXPECT_EQ(failure(instance.call().run()),
              fails(Kind::io, "guest: run: the host has no memory for the 32 KiB that the plugin "
                              "hands over"));
  }
  EXPECT_EQ(instance_of(plugin).call().run().value().size(), 8192U);
}

TEST(HostWithoutMemory, ForAListOfTexts) {
  const auto plugin =
      load<Gives<std::vector<std::string>>>(returns("(list string)", list_at(1024, 4096)));
  auto instance = instance_of(plugin);
  {
    const HeapLimit small(32'767);
    EXPECT_EQ(failure(instance.call().run()),
              fails(Kind::io, "guest: run: the host has no memory for the 128 KiB that the plugin "
                              "hands over"));
  }
  EXPECT_EQ(instance_of(plugin).call().run().value().size(), 4096U);
}

TEST(HostWithoutMemory, ForATextOfAnotherEncoding) {
  const auto plugin = load<Gives<std::string>>(
      returns("string", list_of(std::string(20'000, 'x'), 10'000), 16, kUtf16));
  auto instance = instance_of(plugin);
  {
    const HeapLimit small(19'999);
    EXPECT_EQ(failure(instance.call().run()),
              fails(Kind::io, "guest: run: the host has no memory for the 30000 bytes that the "
                              "plugin hands over"));
  }
  EXPECT_EQ(instance_of(plugin).call().run().value().size(), 30'000U);
}

TEST(HostWithoutMemory, ForAViewOfATextOfAnotherEncoding) {
  const auto plugin = load<Gives<std::string>>(
      returns("string", list_of(std::string(20'000, 'x'), 10'000), 16, kUtf16));
  auto instance = instance_of(plugin);
  {
    const HeapLimit small(19'999);
    EXPECT_EQ(failure(instance.call().view([](std::string_view) { FAIL(); })),
              fails(Kind::io, "guest: run: the host has no memory for the 30000 bytes that the "
                              "plugin hands over"));
  }
  EXPECT_TRUE(instance_of(plugin).call().view([](std::string_view) {}));
}

// The text is decoded when the reader asks for it.
TEST(HostWithoutMemory, ForATextWithinAViewEndsTheCallAfterTheReader) {
  const auto plugin = load<Gives<std::vector<std::string>>>(
      returns("(list string)",
              data(16, little(32U) + little(1U)) + data(32, little(40U) + little(10'000U)), 16,
              kUtf16));
  auto instance = instance_of(plugin);
  bool read = false;
  {
    const HeapLimit small(9'999);
    EXPECT_EQ(failure(instance.call().view([&read](ListView<std::string_view> all) {
      EXPECT_EQ(all[0], "");
      read = true;
    })),
              fails(Kind::io, "guest: run: the host has no memory for the 10000 bytes that the "
                              "plugin hands over"));
  }
  EXPECT_TRUE(read);
  EXPECT_TRUE(instance_of(plugin).call().view(
      [](ListView<std::string_view> all) { EXPECT_EQ(all[0].size(), 10'000U); }));
}

// ---- Views ---------------------------------------------------------------------------------------

TEST(View, OfAText) {
  auto instance = instance_of(load<Gives<std::string>>(returns("string", text_of("good"))));
  EXPECT_EQ(instance.call().view([](std::string_view text) { return std::string(text); }).value(),
            "good");
}

TEST(View, OfNumbersIsASpan) {
  auto instance = instance_of(load<Gives<std::vector<std::uint32_t>>>(
      returns("(list u32)", data(16, little(32U) + little(3U)) +
                                data(32, little(7U) + little(8U) + little(9U)))));
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
  auto instance = instance_of(load<Gives<std::uint32_t>>(
      component(R"((func (export "run") (result i32) (i32.const 42))
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
  EXPECT_EQ(inner, fails(Kind::misuse, "guest: run was not called: the instance is in a call "
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

// ---- Good data of all types ----------------------------------------------------------------------

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
  const std::string wat = component(
      concat(kMemory, R"((func (export "run") (param i32 i32) (result i32)
        (i32.store (i32.const 16) (local.get 0))
        (i32.store (i32.const 20) (local.get 1))
        (i32.const 16)))"),
      concat(R"((func (export "run") (param "value" (list )", type, ")) (result (list ", type,
             R"()) (canon lift (core func $i "run") )", kWithMemory, "))"));
  auto out = instance_of(load<Echoes<std::vector<T>>>(wat)).call().run(values);
  EXPECT_TRUE(out) << out.error().to_string();
  return *std::move(out);
}

template <class T>
void expect_extremes(std::string_view type, std::string_view core) {
  using Limits = std::numeric_limits<T>;
  const std::vector<T> values{Limits::lowest(), Limits::max(), Limits::min(), T{0}, T{1},
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
  EXPECT_EQ(std::bit_cast<std::uint64_t>(
                echo_list<double>("f64", {std::bit_cast<double>(kMore)}).at(0)),
            kMore);
}

TEST(Scalars, HoldBooleans) {
  EXPECT_TRUE(echo("bool", "i32", true));
  EXPECT_FALSE(echo("bool", "i32", false));
  EXPECT_EQ(echo_list<bool>("bool", {true, false, true}), (std::vector<bool>{true, false, true}));
}

TEST(Scalars, HoldCharacters) {
  for (const char32_t c : {U'\0', U'a', U'€', char32_t{0xD7FF}, char32_t{0xE000}, U'😀',
                           char32_t{0x10FFFF}})
    EXPECT_EQ(echo("char", "i32", c), c);
  const std::vector<char32_t> all{U'a', char32_t{0x10FFFF}};
  EXPECT_EQ(echo_list("char", all), all);
}

// run(value) -> value, of a variant: its case and its payload of one core value.
template <class T>
T echo_variant(std::string_view type, std::string_view core, std::uint32_t payload, const T& value) {
  const std::string wat = component(
      concat(kMemory, R"((func (export "run") (param i32 )", core, R"() (result i32)
        (i32.store8 (i32.const 16) (local.get 0))
        ()", core, ".store (i32.const ", 16 + payload, R"() (local.get 1))
        (i32.const 16)))"),
      concat(R"((func (export "run") (param "value" )", type, ") (result ", type,
             R"() (canon lift (core func $i "run") )", kWithMemory, "))"));
  auto out = instance_of(load<Maps<std::tuple<T>, std::tuple<T>>>(wat)).call().run(std::tuple(value));
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
  using Mixed = std::tuple<std::uint8_t, std::string, double, bool, char32_t, std::vector<std::uint16_t>,
                           std::int64_t, std::optional<std::string>, float, std::string, std::int8_t,
                           std::uint32_t>;
  using F = abi::Function<
      "run", Mixed, abi::Param<"a", std::uint8_t>, abi::Param<"b", std::string_view>,
      abi::Param<"c", double>, abi::Param<"d", bool>, abi::Param<"e", char32_t>,
      abi::Param<"f", std::vector<std::uint16_t>>, abi::Param<"g", std::int64_t>,
      abi::Param<"h", std::optional<std::string>>, abi::Param<"i", float>,
      abi::Param<"j", std::string_view>, abi::Param<"k", std::int8_t>, abi::Param<"l", std::uint32_t>>;
  auto instance = instance_of(load<F>(echo_block(
      "u8 string f64 bool char (list u16) s64 (option string) f32 string s8 u32",
      R"((param "a" u8) (param "b" string) (param "c" f64) (param "d" bool) (param "e" char)
         (param "f" (list u16)) (param "g" s64) (param "h" (option string)) (param "i" f32)
         (param "j" string) (param "k" s8) (param "l" u32))")));
  const std::vector<std::uint16_t> numbers{1, 65'535};
  const std::optional<std::string> some("some");
  const auto out = instance.call().run(std::uint8_t{200}, std::string_view("text"), -2.5, true, U'€',
                                       numbers, std::int64_t{-5}, some, 1.5F,
                                       std::string_view("more"), std::int8_t{-128}, 4'000'000'000U);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(*out, Mixed(200, "text", -2.5, true, U'€', numbers, -5, some, 1.5F, "more", -128,
                        4'000'000'000U));
}

TEST(Parameters, ThroughMemoryAreNamedWhenTheyAreBad) {
  using F = abi::Function<
      "run", std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                        std::string, std::string, std::string>,
      abi::Param<"a", std::string_view>, abi::Param<"b", std::string_view>,
      abi::Param<"c", std::string_view>, abi::Param<"d", std::string_view>,
      abi::Param<"e", std::string_view>, abi::Param<"f", std::string_view>,
      abi::Param<"g", std::string_view>, abi::Param<"h", std::string_view>,
      abi::Param<"last", std::string_view>>;
  const auto plugin = load<F>(echo_block(
      "string string string string string string string string string",
      R"((param "a" string) (param "b" string) (param "c" string) (param "d" string)
         (param "e" string) (param "f" string) (param "g" string) (param "h" string)
         (param "last" string))"));
  const std::string_view x = "x";
  EXPECT_EQ(failure(instance_of(plugin).call().run(x, x, x, x, x, x, x, x, std::string_view("\xff"))),
            fails(Kind::misuse, "guest: run was given bad data by the host: parameter `last`: the "
                                "text is not UTF-8 at its byte 0"));
  EXPECT_TRUE(instance_of(plugin).call().run(x, x, x, x, x, x, x, x, x));
}

TEST(Parameters, UpToSixteenGoAsCoreValues) {
  using U = std::uint32_t;
  using F = abi::Function<"run", U, abi::Param<"a", U>, abi::Param<"b", U>, abi::Param<"c", U>,
                          abi::Param<"d", U>, abi::Param<"e", U>, abi::Param<"f", U>,
                          abi::Param<"g", U>, abi::Param<"h", U>, abi::Param<"i", U>,
                          abi::Param<"j", U>, abi::Param<"k", U>, abi::Param<"l", U>,
                          abi::Param<"m", U>, abi::Param<"n", U>, abi::Param<"o", U>,
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
  const std::string wat = component(
      concat("(func (export \"run\") (param", core, ") (result i32) ", sum, ")"),
      concat("(func (export \"run\") ", params, R"((result u32) (canon lift (core func $i "run"))))"));
  U expected = 0;
  for (U i = 1; i <= 16; ++i) expected = expected * 3 + i;
  EXPECT_EQ(instance_of(load<F>(wat)).call().run(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 10U, 11U, 12U,
                                                 13U, 14U, 15U, 16U).value(),
            expected);
}

TEST(Lists, OfMillionsGoThereAndBack) {
  std::vector<std::uint64_t> numbers(1'000'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i * i;
  EXPECT_EQ(echo_list("u64", numbers), numbers);
}

}  // namespace
}  // namespace mortise::testing
