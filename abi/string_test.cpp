#include <mortise/abi/string.h>

#include <concepts>

#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
using namespace std::string_literals;
using namespace std::string_view_literals;

static_assert(Lowerable<std::string> && Liftable<std::string>);
static_assert(Lowerable<std::string_view> && Liftable<std::string_view>);
static_assert(Codec<std::string>::layout == Layout{.size = 8, .align = 4, .flat = 2});
static_assert(Codec<std::string_view>::layout == Layout{.size = 8, .align = 4, .flat = 2});
static_assert(Codec<std::string>::type.kind == Kind::string);
static_assert(std::same_as<View<std::string>, std::string_view>);

constexpr Encoding kUtf16 = Encoding::utf16;
constexpr Encoding kLatin1 = Encoding::latin1_utf16;

// a, e acute, euro sign, grinning face: one to four bytes of UTF-8.
constexpr std::string_view kMixed = "a\u00E9\u20AC\U0001F600"sv;

// ---- To the guest, in UTF-8 ----

TEST(String, IsStoredAsAddressAndLength) {
  Guest guest;
  const std::uint32_t at = guest.store("hey"sv);
  ASSERT_EQ(guest.blocks().size(), 2u);
  EXPECT_EQ(guest.blocks()[1].at, 29u);
  EXPECT_EQ(guest.hex(at, 8), "1d 00 00 00 03 00 00 00");
  EXPECT_EQ(guest.hex(29, 3), "68 65 79");
}

TEST(String, IsLoweredToAddressAndLength) {
  Guest guest;
  EXPECT_EQ(guest.lower("hey"sv), (Slots{17, 3}));
  EXPECT_EQ(guest.hex(17, 3), "68 65 79");
}

TEST(String, AsksForItsBytesWithoutAlignment) {
  Guest guest;
  guest.lower(kMixed);
  ASSERT_EQ(guest.blocks().size(), 1u);
  EXPECT_EQ(guest.blocks()[0].size, kMixed.size());
  EXPECT_EQ(guest.blocks()[0].align, 1u);
}

TEST(String, IsCopiedByteForByte) {
  Guest guest;
  const Slots slots = guest.lower("\xC3\xA9\0z"sv);
  EXPECT_EQ(slots[1], 4u);
  EXPECT_EQ(guest.hex(static_cast<std::uint32_t>(slots[0]), 4), "c3 a9 00 7a");
}

TEST(String, WithoutCharactersHasLengthZero) {
  Guest guest;
  EXPECT_EQ(guest.lower(""sv)[1], 0u);
  EXPECT_EQ(guest.lower(std::string_view())[1], 0u);
}

TEST(String, IsStoredWhereMemoryIsAfterItsRealloc) {
  Guest guest({.moves = Moves::yes});
  const std::uint32_t at = guest.store("it moved"s);
  EXPECT_EQ(guest.load<std::string>(at), "it moved");
}

TEST(String, OwnedAndBorrowedAreTheSameToTheGuest) {
  Guest owned;
  Guest borrowed;
  EXPECT_EQ(owned.lower(std::string(kMixed)), borrowed.lower(kMixed));
  EXPECT_EQ(owned.hex(17, 10), borrowed.hex(17, 10));
}

TEST(String, OfTheHostThatIsNotUtf8IsRefusedInEveryEncoding) {
  for (const Encoding encoding : {Encoding::utf8, kUtf16, kLatin1}) {
    Guest guest({.encoding = encoding});
    EXPECT_EQ(guest.store_fault("abc\xFFz"sv), "host bad utf8: byte 3");
    EXPECT_EQ(guest.lower_fault("abc\xFFz"sv), "host bad utf8: byte 3");
    EXPECT_EQ(guest.lower_fault("\xED\xA0\x80"sv), "host bad utf8: byte 0");
  }
}

TEST(String, LongerThanTheAbiAllowsIsRefusedUnread) {
  Guest guest;
  // The text is not there: it must not be looked at.
  const std::string_view text("", std::size_t{1} << 31);
  EXPECT_EQ(guest.lower_fault(text), "too long: 2147483648 of 2147483647");
  EXPECT_TRUE(guest.blocks().empty());
}

TEST(String, ThatTheGuestHasNoRoomForIsRefused) {
  Guest guest({.reallocs = 0});
  EXPECT_EQ(guest.lower_fault("hey"sv), "realloc failed");
}

// ---- From the guest, in UTF-8 ----

TEST(String, ComesBackAsItWas) {
  Guest guest;
  for (const std::string& text :
       {""s, "a"s, std::string(1, 0), std::string(kMixed), std::string(1000, 'x')}) {
    EXPECT_EQ(guest.load<std::string>(guest.store(text)), text);
    EXPECT_EQ(guest.lift<std::string>(guest.lower(text)), text);
    EXPECT_EQ(guest.load<std::string_view>(guest.store(text)), text);
    EXPECT_EQ(guest.lift<std::string_view>(guest.lower(text)), text);
  }
}

TEST(String, ViewedPointsIntoTheGuest) {
  Guest guest;
  const std::uint32_t at = guest.put("hey");
  const auto text = guest.lift<std::string_view>({at, 3});
  EXPECT_EQ(guest.address(text.data()), at);
}

TEST(String, OwnedIsACopy) {
  Guest guest;
  const std::uint32_t at = guest.put("hey");
  const auto text = guest.lift<std::string>({at, 3});
  guest.poke(at, 'X');
  EXPECT_EQ(text, "hey");
}

TEST(String, LooksAtTheLowHalvesOfItsSlotsOnly) {
  Guest guest;
  const std::uint32_t at = guest.put("hey");
  EXPECT_EQ(guest.lift<std::string>({0xFFFFFFFF00000000 | at, 0xABCD000000000003}), "hey");
}

template <class T>
class BothStrings : public ::testing::Test {};
using Strings = ::testing::Types<std::string, std::string_view>;
TYPED_TEST_SUITE(BothStrings, Strings);

TYPED_TEST(BothStrings, MayEndWhereMemoryEnds) {
  Guest guest({.memory = 64});
  guest.poke(63, 'z');
  EXPECT_EQ(guest.lift<TypeParam>({63, 1}), "z");
}

TYPED_TEST(BothStrings, MayNotEndPastMemory) {
  Guest guest({.memory = 64});
  EXPECT_EQ(guest.lift_fault<TypeParam>({63, 2}), "out of bounds: 2 x 1 at 63 of 64");
  EXPECT_EQ(guest.lift_fault<TypeParam>({64, 1}), "out of bounds: 1 x 1 at 64 of 64");
  EXPECT_EQ(guest.lift_fault<TypeParam>({0, 65}), "out of bounds: 65 x 1 at 0 of 64");
}

TYPED_TEST(BothStrings, WhoseEndOverflowsIsOutOfBounds) {
  Guest guest({.memory = 64});
  EXPECT_EQ(guest.lift_fault<TypeParam>({0xFFFFFFFF, 0xFFFFFFFF}),
            "out of bounds: 4294967295 x 1 at 4294967295 of 64");
  EXPECT_EQ(guest.lift_fault<TypeParam>({0xFFFFFFFF, 1}),
            "out of bounds: 1 x 1 at 4294967295 of 64");
  EXPECT_EQ(guest.lift_fault<TypeParam>({16, 0xFFFFFFF0}),
            "out of bounds: 4294967280 x 1 at 16 of 64");
}

TYPED_TEST(BothStrings, WithoutCharactersLiesInMemoryToo) {
  Guest guest({.memory = 64});
  EXPECT_EQ(guest.lift<TypeParam>({64, 0}), "");
  EXPECT_EQ(guest.lift_fault<TypeParam>({65, 0}), "out of bounds: 0 x 1 at 65 of 64");
}

TYPED_TEST(BothStrings, ThatIsNotUtf8IsRefusedWithItsPlace) {
  Guest guest;
  const std::uint32_t at = guest.put("hey\xC0\x80");
  EXPECT_EQ(guest.lift_fault<TypeParam>({at, 5}), "bad utf8: byte 3, at 20");
  EXPECT_EQ(at, 17u);
}

TYPED_TEST(BothStrings, CutWithinACharacterIsRefused) {
  Guest guest;
  const std::uint32_t at = guest.put("\u20AC");
  EXPECT_EQ(guest.lift_fault<TypeParam>({at, 2}), "bad utf8: byte 0, at 17");
}

TYPED_TEST(BothStrings, MayUseUpWhatTheCallMayHandOver) {
  Guest guest({.budget = 3});
  EXPECT_EQ(guest.lift<TypeParam>({guest.put("hey"), 3}), "hey");
}

TYPED_TEST(BothStrings, BeyondWhatTheCallMayHandOverIsRefused) {
  Guest guest({.budget = 3});
  EXPECT_EQ(guest.lift_fault<TypeParam>({guest.put("hello"), 5}), "over budget: 2 more than 3");
}

// ---- Guests in UTF-16 ----

TEST(StringInUtf16, IsLoweredAsUnits) {
  Guest guest({.encoding = kUtf16});
  EXPECT_EQ(guest.lower(kMixed), (Slots{18, 5}));
  EXPECT_EQ(guest.hex(18, 10), "61 00 e9 00 ac 20 3d d8 00 de");
}

TEST(StringInUtf16, IsStoredAsAddressAndCountOfUnits) {
  Guest guest({.encoding = kUtf16});
  const std::uint32_t at = guest.store("\U0001F600"sv);
  EXPECT_EQ(guest.hex(at, 8), "1e 00 00 00 02 00 00 00");
  EXPECT_EQ(guest.hex(0x1E, 4), "3d d8 00 de");
}

TEST(StringInUtf16, AsksForWhatItNeedsAlignedToUnits) {
  Guest guest({.encoding = kUtf16});
  guest.lower(kMixed);
  ASSERT_EQ(guest.blocks().size(), 1u);
  EXPECT_EQ(guest.blocks()[0].size, 10u);
  EXPECT_EQ(guest.blocks()[0].align, 2u);
}

TEST(StringInUtf16, BecomesUtf8) {
  Guest guest({.encoding = kUtf16});
  const std::uint32_t at = guest.put<std::uint16_t>({'a', 0xE9, 0x20AC, 0xD83D, 0xDE00});
  EXPECT_EQ(guest.lift<std::string>({at, 5}), kMixed);
  EXPECT_EQ(guest.lift<std::string_view>({at, 5}), kMixed);
}

TEST(StringInUtf16, WithHalfAPairIsRefusedWithItsPlace) {
  Guest guest({.encoding = kUtf16});
  const std::uint32_t at = guest.put<std::uint16_t>({'a', 'b', 0xD800, 'c'});
  ASSERT_EQ(at, 18u);
  EXPECT_EQ(guest.lift_fault<std::string>({at, 4}), "bad utf16: unit 2, at 22");
  EXPECT_EQ(guest.lift_fault<std::string_view>({at, 4}), "bad utf16: unit 2, at 22");
  EXPECT_EQ(guest.lift_fault<std::string>({at, 3}), "bad utf16: unit 2, at 22");
}

TEST(StringInUtf16, CountsItsBoundsInUnits) {
  Guest guest({.encoding = kUtf16, .memory = 64});
  guest.poke<std::uint16_t>(62, 'z');
  EXPECT_EQ(guest.lift<std::string>({62, 1}), "z");
  EXPECT_EQ(guest.lift_fault<std::string>({62, 2}), "out of bounds: 2 x 2 at 62 of 64");
  EXPECT_EQ(guest.lift_fault<std::string>({0, 0x80000000}),
            "out of bounds: 2147483648 x 2 at 0 of 64");
}

TEST(StringInUtf16, AtAnOddAddressIsRefusedEvenIfEmpty) {
  Guest guest({.encoding = kUtf16});
  EXPECT_EQ(guest.lift_fault<std::string>({17, 1}), "unaligned: 17 to 2");
  EXPECT_EQ(guest.lift_fault<std::string_view>({17, 0}), "unaligned: 17 to 2");
}

TEST(StringInUtf16, IsChargedForItsBytesInUtf8) {
  Guest guest({.encoding = kUtf16, .budget = 3});
  const std::uint32_t at = guest.put<std::uint16_t>({0x20AC, 'a'});
  EXPECT_EQ(guest.lift<std::string>({at, 1}), "\u20AC");
  EXPECT_EQ(guest.lift_fault<std::string>({at, 2}), "over budget: 1 more than 3");
  EXPECT_EQ(guest.lift_fault<std::string_view>({at, 2}), "over budget: 1 more than 3");
}

TEST(StringInUtf16, ThatAViewNeedsStaysWhileOthersAreDecoded) {
  Guest guest({.encoding = kUtf16});
  const std::uint32_t at = guest.put<std::uint16_t>({'a', 'b', 'c', 'd'});
  const auto first = guest.lift<std::string_view>({at, 1});
  const void* const place = first.data();
  for (int i = 0; i < 100; ++i) {
    const std::array<Slot, 2> slots{{{at, 0}, {4, 0}}};
    const Slot* from = slots.data();
    std::string_view another;
    ASSERT_TRUE(Codec<std::string_view>::lift(guest.lifting(), from, another));
    ASSERT_EQ(another, "abcd");
  }
  EXPECT_EQ(first, "a");
  EXPECT_EQ(first.data(), place);
}

TEST(StringInUtf16, IsStoredWhereMemoryIsAfterItsRealloc) {
  Guest guest({.encoding = kUtf16, .moves = Moves::yes});
  EXPECT_EQ(guest.load<std::string>(guest.store(kMixed)), kMixed);
}

// ---- Guests in Latin-1 or UTF-16 ----

TEST(StringInLatin1, IsLoweredAsBytesWhereAllCharactersFit) {
  Guest guest({.encoding = kLatin1});
  EXPECT_EQ(guest.lower("\u00E9\u00FF!"sv), (Slots{18, 3}));
  EXPECT_EQ(guest.hex(18, 3), "e9 ff 21");
}

TEST(StringInLatin1, IsLoweredAsTaggedUtf16WhereOneDoesNotFit) {
  Guest guest({.encoding = kLatin1});
  EXPECT_EQ(guest.lower("\u00E9\u0100"sv), (Slots{18, 0x80000002}));
  EXPECT_EQ(guest.hex(18, 4), "e9 00 00 01");
}

TEST(StringInLatin1, WithoutCharactersHasNoTag) {
  Guest guest({.encoding = kLatin1});
  EXPECT_EQ(guest.lower(""sv)[1], 0u);
}

TEST(StringInLatin1, AsksForWhatItNeedsAlignedToUnitsInBothForms) {
  Guest guest({.encoding = kLatin1});
  guest.lower("\u00E9"sv);
  guest.lower("\u20AC"sv);
  ASSERT_EQ(guest.blocks().size(), 2u);
  EXPECT_EQ(guest.blocks()[0].size, 1u);
  EXPECT_EQ(guest.blocks()[0].align, 2u);
  EXPECT_EQ(guest.blocks()[1].size, 2u);
  EXPECT_EQ(guest.blocks()[1].align, 2u);
}

TEST(StringInLatin1, BecomesUtf8) {
  Guest guest({.encoding = kLatin1});
  std::vector<std::uint8_t> all(256);
  std::string utf8;
  for (unsigned c = 0; c < 256; ++c) {
    all[c] = static_cast<std::uint8_t>(c);
    if (c < 0x80) {
      utf8 += static_cast<char>(c);
    } else {
      utf8 += static_cast<char>(c < 0xC0 ? 0xC2 : 0xC3);
      utf8 += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  const std::uint32_t at = guest.put(all, 2);
  EXPECT_EQ(guest.lift<std::string>({at, 256}), utf8);
  EXPECT_EQ(guest.lift<std::string_view>({at, 256}), utf8);
}

TEST(StringInLatin1, WithTheTagIsUtf16) {
  Guest guest({.encoding = kLatin1});
  const std::uint32_t at = guest.put<std::uint16_t>({'a', 0xE9, 0x20AC, 0xD83D, 0xDE00});
  EXPECT_EQ(guest.lift<std::string>({at, 0x80000005}), kMixed);
  EXPECT_EQ(guest.lift<std::string_view>({at, 0x80000005}), kMixed);
}

TEST(StringInLatin1, WithTheTagMayHoldWhatWouldFitWithout) {
  Guest guest({.encoding = kLatin1});
  EXPECT_EQ(guest.lift<std::string>({guest.put<std::uint16_t>({'a'}), 0x80000001}), "a");
}

TEST(StringInLatin1, CountsItsBoundsInBytesWithoutTheTagAndInUnitsWithIt) {
  Guest guest({.encoding = kLatin1, .memory = 64});
  EXPECT_EQ(guest.lift_fault<std::string>({62, 3}), "out of bounds: 3 x 1 at 62 of 64");
  EXPECT_EQ(guest.lift_fault<std::string>({62, 0x80000002}), "out of bounds: 2 x 2 at 62 of 64");
  EXPECT_EQ(guest.lift_fault<std::string>({2, 0xFFFFFFFF}),
            "out of bounds: 2147483647 x 2 at 2 of 64");
}

TEST(StringInLatin1, AtAnOddAddressIsRefusedInBothForms) {
  Guest guest({.encoding = kLatin1});
  EXPECT_EQ(guest.lift_fault<std::string>({17, 1}), "unaligned: 17 to 2");
  EXPECT_EQ(guest.lift_fault<std::string>({17, 0}), "unaligned: 17 to 2");
  EXPECT_EQ(guest.lift_fault<std::string>({17, 0x80000000}), "unaligned: 17 to 2");
}

TEST(StringInLatin1, IsChargedForItsBytesInUtf8) {
  Guest guest({.encoding = kLatin1, .budget = 3});
  const std::uint32_t at = guest.put<std::uint8_t>({0xE9, 0xE9}, 2);
  EXPECT_EQ(guest.lift_fault<std::string>({at, 2}), "over budget: 1 more than 3");
}

TEST(StringInLatin1, ComesBackAsItWas) {
  Guest guest({.encoding = kLatin1, .moves = Moves::yes});
  for (const std::string& text : {""s, "a"s, "\u00FF"s, "\u0100"s, std::string(kMixed)}) {
    EXPECT_EQ(guest.load<std::string>(guest.store(text)), text);
    EXPECT_EQ(guest.lift<std::string>(guest.lower(text)), text);
  }
}

}  // namespace
}  // namespace mortise::abi
