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
#include "tests/named.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using Limit = Error::Limit;

// What the engine hands over for core values is aligned as a number of 64 bits is, and no more.
TEST(CoreValues, AskForNoMoreAlignmentThanTheyGet) {
  EXPECT_EQ(sizeof(abi::Slot), 16U);
  EXPECT_EQ(alignof(abi::Slot), alignof(std::uint64_t));
}

// ---- Pointers and lengths ----------------------------------------------------------------------

TEST(BadPointer, PastTheEndOfMemory) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(65'536, 1)))),
            bad_data("1 byte at 0x10000 reaches past the end of its memory of 64 KiB"));
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
            bad_data("8 bytes at 0xfffc reach past the end of its memory of 64 KiB"));
}

TEST(BadPointer, ToAResultAtTheEndOfTheAddressSpace) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(0, 0), 0xFFFF'FFFC))),
            bad_data("8 bytes at 0xfffffffc reach past the end of its memory of "
                     "64 KiB"));
}

TEST(BadPointer, InAViewedResult) {
  auto instance = instance_of(
      load<Gives<std::vector<std::uint32_t>>>(returns("(list u32)", list_at(65'536, 1))));
  EXPECT_EQ(failure(instance.call().view([](std::span<const std::uint32_t>) { FAIL(); })),
            bad_data("4 bytes at 0x10000 reach past the end of its memory of "
                     "64 KiB"));
}

TEST(BadPointer, EndsTheInstanceAndNothingElse) {
  const auto bad = load<Gives<std::string>>(returns("string", list_at(65'536, 1)));
  auto instance = instance_of(bad);
  ASSERT_FALSE(instance.call().run());
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::misuse,
                  "guest: run was not called: an earlier call failed and ended the "
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
  EXPECT_EQ(failure(result_of<Deep>(
                component(concat(R"((memory (export "memory") 1) )", memory,
                                 R"((func (export "run") (result i32) (i32.const 16)))"),
                          R"((type $inner (record (field "tag" u8) (field "name" string)))
                   (import "named" (type $named (eq $inner)))
                   (func (export "run") (result (list (option $named)))
                     (canon lift (core func $i "run") (memory $i "memory"))))"))),
            bad_data("element 1, `some`, `name`: 5 bytes at 0x11170 reach past the end of its "
                     "memory of 64 KiB"));
}

// ---- Texts -------------------------------------------------------------------------------------

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
                      BadText{"CutShort", "abc\xe2\x82", 3}, BadText{"Interrupted", "\xe2\x82z", 0},
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

TEST(BadUtf16, FirstHalfAtTheEnd) {
  EXPECT_EQ(failure(result_of<std::string>(returns_utf16({'a', 0xD83D}))),
            bad_data("the text is not UTF-16 at its code unit 1 (0x22): half of a surrogate pair"));
}

TEST(BadUtf16, FirstHalfWithoutASecond) {
  EXPECT_EQ(failure(result_of<std::string>(returns_utf16({0xD83D, 'a'}))),
            bad_data("the text is not UTF-16 at its code unit 0 (0x20): half of a surrogate pair"));
}

TEST(BadUtf16, FirstHalfBeforeACharacterJustPastTheHalves) {
  EXPECT_EQ(failure(result_of<std::string>(returns_utf16({0xD83D, 0xE000}))),
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
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(65'534, 3), 16, kLatin1))),
            bad_data("3 bytes at 0xfffe reach past the end of its memory of 64 KiB"));
}

TEST(BadLatin1, PastTheEndOfMemoryInTheWideForm) {
  EXPECT_EQ(
      failure(result_of<std::string>(returns("string", list_at(65'534, 3 | kWide), 16, kLatin1))),
      bad_data("3 elements of 2 bytes at 0xfffe reach past the end of its memory of 64 KiB"));
}

TEST(BadLatin1, NotAligned) {
  EXPECT_EQ(failure(result_of<std::string>(returns("string", list_at(33, 1), 16, kLatin1))),
            bad_data("the address 0x21 is not aligned to 2 bytes"));
}

// ---- Cases and characters ----------------------------------------------------------------------

TEST(BadCase, OfAnOption) {
  EXPECT_EQ(
      failure(result_of<std::optional<std::uint32_t>>(returns("(option u32)", data(16, "\\02")))),
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
  EXPECT_EQ(failure(result_of<std::vector<char32_t>>(returns(
                "(list char)",
                data(16, little(32U) + little(2U)) + data(32, little(0x61U) + little(0xDFFFU))))),
            bad_data("element 1: 0xdfff is no Unicode scalar value"));
}

TEST(BadChar, FromTheHost) {
  const std::string wat =
      component(R"((func (export "run") (param i32) (result i32) (local.get 0)))",
                R"((func (export "run") (param "value" char) (result char)
                     (canon lift (core func $i "run"))))");
  EXPECT_EQ(failure(instance_of(load<Echoes<char32_t>>(wat)).call().run(char32_t{0xD800})),
            fails(Kind::misuse,
                  "guest: run was given bad data by the host: parameter `value`: "
                  "0xd800 is no Unicode scalar value"));
}

TEST(BadText, FromTheHostIsFoundDeepInside) {
  using Takes = Maps<void, ListView<NamedRef>>;
  const auto plugin =
      load<Takes>(component(concat(kMemory, R"((func (export "run") (param i32 i32)))"),
                            concat(R"((type $inner (record (field "tag" u8) (field "name" string)))
                          (import "named" (type $named (eq $inner)))
                          (func (export "run") (param "value" (list $named))
                            (canon lift (core func $i "run") )",
                                   kWithMemory, "))")));
  const std::vector<NamedRef> values{{.tag = 1, .name = "good"}, {.tag = 2, .name = "ba\xff"}};
  EXPECT_EQ(failure(instance_of(plugin).call().run(ListView<NamedRef>(values))),
            fails(Kind::misuse,
                  "guest: run was given bad data by the host: parameter `value`, "
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
  const auto plugin =
      load<Takes>(component(concat(kMemory, R"((func (export "run") (param i32 i32)))"),
                            concat(R"((func (export "run") (param "value" (list u64))
                            (canon lift (core func $i "run") )",
                                   kWithMemory, "))")));
  EXPECT_EQ(failure(instance_of(plugin).call().run(room.numbers())),
            fails(Kind::misuse,
                  "guest: run was given bad data by the host: parameter `value`: it "
                  "takes at least 2 GiB, and no guest can be given more than "
                  "2147483647 bytes at once"));
}

// ---- realloc -----------------------------------------------------------------------------------

// run(value) with a realloc that does this.
template <class P>
Failure with_realloc(std::string_view type, std::string_view realloc, const P& value) {
  const std::string wat =
      component(concat(R"((memory (export "memory") 1)
                (func $bad (export "realloc") (param i32 i32 i32 i32) (result i32) )",
                       realloc, R"()
                (func (export "run") (param i32 i32)))"),
                concat(R"((func (export "run") (param "value" )", type,
                       R"() (canon lift (core func $i "run") )", kWithMemory, "))"));
  return failure(instance_of(load<Maps<void, P>>(wat)).call().run(value));
}

TEST(BadRealloc, PointsPastTheEndOfMemory) {
  EXPECT_EQ(with_realloc<std::string_view>("string", "(i32.const 65534)", "abc"),
            fails(Kind::guest_trap,
                  "guest: run broke the canonical ABI: realloc return: beyond "
                  "end of memory"));
}

TEST(BadRealloc, PointsToTheEndOfTheAddressSpace) {
  EXPECT_EQ(with_realloc<std::string_view>("string", "(i32.const -1)", "abc"),
            fails(Kind::guest_trap,
                  "guest: run broke the canonical ABI: realloc return: beyond "
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

// ---- A host without memory ---------------------------------------------------------------------

TEST(HostWithoutMemory, ForAText) {
  const auto plugin =
      load<Gives<std::string>>(returns("string", text_of(std::string(20'000, 'x'))));
  auto instance = instance_of(plugin);
  {
    const HeapLimit small(19'999);
    EXPECT_EQ(failure(instance.call().run()),
              fails(Kind::io,
                    "guest: run: the host has no memory for the 20000 bytes that the "
                    "plugin hands over"));
  }
  EXPECT_EQ(failure(instance.call().run()),
            fails(Kind::misuse,
                  "guest: run was not called: an earlier call failed and ended the "
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
              fails(Kind::io,
                    "guest: run: the host has no memory for the 32 KiB that the plugin "
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
              fails(Kind::io,
                    "guest: run: the host has no memory for the 128 KiB that the plugin "
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
              fails(Kind::io,
                    "guest: run: the host has no memory for the 30000 bytes that the "
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
              fails(Kind::io,
                    "guest: run: the host has no memory for the 30000 bytes that the "
                    "plugin hands over"));
  }
  EXPECT_TRUE(instance_of(plugin).call().view([](std::string_view) {}));
}

// The text is decoded when the reader asks for it.
TEST(HostWithoutMemory, ForATextWithinAViewEndsTheCallAfterTheReader) {
  const auto plugin = load<Gives<std::vector<std::string>>>(returns(
      "(list string)", data(16, little(32U) + little(1U)) + data(32, little(40U) + little(10'000U)),
      16, kUtf16));
  auto instance = instance_of(plugin);
  bool read = false;
  {
    const HeapLimit small(9'999);
    EXPECT_EQ(failure(instance.call().view([&read](ListView<std::string_view> all) {
                EXPECT_EQ(all[0], "");
                read = true;
              })),
              fails(Kind::io,
                    "guest: run: the host has no memory for the 10000 bytes that the "
                    "plugin hands over"));
  }
  EXPECT_TRUE(read);
  EXPECT_TRUE(instance_of(plugin).call().view(
      [](ListView<std::string_view> all) { EXPECT_EQ(all[0].size(), 10'000U); }));
}

}  // namespace
}  // namespace mortise::testing
