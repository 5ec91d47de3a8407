#include <mortise/abi/list.h>

#include <algorithm>
#include <concepts>

#include <mortise/abi/bool.h>
#include <mortise/abi/char.h>
#include <mortise/abi/option.h>
#include <mortise/abi/record.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>

namespace {

// record item { name: string, count: u16 }, owned and borrowed
struct ItemRef {
  std::string_view name;
  std::uint16_t count = 0;
  friend bool operator==(const ItemRef&, const ItemRef&) = default;
};
struct Item {
  std::string name;
  std::uint16_t count = 0;
  friend bool operator==(const Item&, const Item&) = default;
  operator ItemRef() const { return {name, count}; }  // NOLINT: borrowing
};

}  // namespace

template <>
struct mortise::abi::Codec<Item>
    : RecordCodec<Item, "item", Field<"name", &Item::name>, Field<"count", &Item::count>> {};
template <>
struct mortise::abi::Codec<ItemRef>
    : RecordCodec<ItemRef, "item", Field<"name", &ItemRef::name>, Field<"count", &ItemRef::count>> {
};
template <>
struct mortise::abi::Viewed<Item> {
  using type = ItemRef;
};

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
using Strings = std::vector<std::string>;
using Texts = ListView<std::string_view>;
using Numbers = std::vector<std::uint32_t>;
using namespace std::string_view_literals;

static_assert(Codec<Numbers>::layout == Layout{.size = 8, .align = 4, .flat = 2});
static_assert(Codec<std::span<const double>>::layout == Codec<Numbers>::layout);
static_assert(Codec<Texts>::layout == Codec<Numbers>::layout);
static_assert(Codec<Strings>::type.kind == Kind::list);
static_assert(Codec<Strings>::type.members[0].type->kind == Kind::string);
static_assert(Lowerable<Strings> && Liftable<Strings>);
static_assert(Lowerable<Texts> && Liftable<Texts>);
static_assert(Lowerable<std::span<const float>> && Liftable<std::span<const float>>);

static_assert(std::same_as<View<Numbers>, std::span<const std::uint32_t>>);
static_assert(std::same_as<View<Strings>, Texts>);
static_assert(std::same_as<View<std::vector<bool>>, ListView<bool>>);
static_assert(std::same_as<View<std::vector<std::vector<std::uint16_t>>>,
                           ListView<std::span<const std::uint16_t>>>);
static_assert(std::same_as<View<std::vector<Item>>, ListView<ItemRef>>);

// What a view of strings holds, for comparisons.
Strings strings_of(const Texts& texts) {
  Strings all;
  for (const std::string_view text : texts) all.emplace_back(text);
  return all;
}

// ---- To the guest ----

TEST(List, IsStoredAsAddressAndCount) {
  Guest guest;
  const std::uint32_t at = guest.store(std::vector<std::uint16_t>{0x1234, 0xFFFF, 1});
  EXPECT_EQ(guest.hex(at, 8), "1e 00 00 00 03 00 00 00");
  EXPECT_EQ(guest.hex(0x1E, 6), "34 12 ff ff 01 00");
}

TEST(List, IsLoweredToAddressAndCount) {
  Guest guest;
  EXPECT_EQ(guest.lower(Numbers{7, 8}), (Slots{20, 2}));
  EXPECT_EQ(guest.hex(20, 8), "07 00 00 00 08 00 00 00");
}

TEST(List, AsksForABlockAlignedToItsElements) {
  Guest guest;
  guest.lower(std::vector<std::uint8_t>(3));
  guest.lower(std::vector<std::uint64_t>(3));
  guest.lower(std::vector<Item>(3));
  ASSERT_EQ(guest.blocks().size(), 3u + 3u);
  EXPECT_EQ(guest.blocks()[0].align, 1u);
  EXPECT_EQ(guest.blocks()[0].size, 3u);
  EXPECT_EQ(guest.blocks()[1].align, 8u);
  EXPECT_EQ(guest.blocks()[1].size, 24u);
  EXPECT_EQ(guest.blocks()[2].align, 4u);
  EXPECT_EQ(guest.blocks()[2].size, 36u);
}

TEST(List, WithoutElementsHasLengthZero) {
  Guest guest;
  EXPECT_EQ(guest.lower(Numbers{})[1], 0u);
  EXPECT_EQ(guest.lower(Strings{})[1], 0u);
  EXPECT_EQ(guest.lower(std::span<const std::uint32_t>{})[1], 0u);
  EXPECT_EQ(guest.lower(Texts{})[1], 0u);
}

TEST(List, OfStringsHoldsAnAddressAndALengthForEach) {
  Guest guest;
  EXPECT_EQ(guest.lower(Strings{"ab", "c"}), (Slots{20, 2}));
  ASSERT_EQ(guest.blocks().size(), 3u);
  EXPECT_EQ(guest.blocks()[1].at, 0x25u);
  EXPECT_EQ(guest.blocks()[2].at, 0x27u);
  EXPECT_EQ(guest.hex(20, 16), "25 00 00 00 02 00 00 00 27 00 00 00 01 00 00 00");
  EXPECT_EQ(guest.hex(0x25, 3), "61 62 63");
}

TEST(List, OfBoolsTakesAByteForEach) {
  Guest guest;
  const Slots slots = guest.lower(std::vector<bool>{true, false, true});
  EXPECT_EQ(guest.hex(static_cast<std::uint32_t>(slots[0]), 3), "01 00 01");
}

TEST(List, OfRecordsKeepsTheirPadding) {
  Guest guest;
  const Slots slots = guest.lower(std::vector<Item>{{"", 0x0102}, {"", 0x0304}});
  const auto at = static_cast<std::uint32_t>(slots[0]);
  EXPECT_EQ(guest.hex(at + 8, 4), "02 01 aa aa");
  EXPECT_EQ(guest.hex(at + 20, 4), "04 03 aa aa");
}

TEST(List, IsStoredWhereMemoryIsAfterEachRealloc) {
  Guest guest({.moves = Moves::yes});
  const std::vector<Strings> lists{{"a", "bc"}, {}, {"def"}};
  EXPECT_EQ(guest.load<std::vector<Strings>>(guest.store(lists)), lists);
}

TEST(List, OwnedAndBorrowedAreTheSameToTheGuest) {
  const Numbers numbers{1, 2, 3};
  Guest owned;
  Guest borrowed;
  EXPECT_EQ(owned.lower(numbers), borrowed.lower(std::span<const std::uint32_t>(numbers)));
  EXPECT_EQ(owned.hex(16, 20), borrowed.hex(16, 20));
}

TEST(List, LongerThanTheAbiAllowsIsRefusedUnread) {
  Guest guest;
  // The elements are not there: they must not be looked at.
  const std::uint8_t byte = 0;
  const double number = 0;
  const std::string text;
  EXPECT_EQ(guest.lower_fault(std::span<const std::uint8_t>(&byte, std::size_t{1} << 31)),
            "too long: 2147483648 of 2147483647");
  EXPECT_EQ(guest.lower_fault(std::span<const double>(&number, std::size_t{1} << 60)),
            "too long: 2147483648 of 2147483647");
  EXPECT_EQ(guest.lower_fault(Texts(std::span<const std::string>(&text, std::size_t{1} << 58))),
            "too long: 2147483648 of 2147483647");
  EXPECT_TRUE(guest.blocks().empty());
}

TEST(List, WithABadElementOfTheHostIsRefusedByItsNumber) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(Strings{"a", "b", "\xFF"}), "host bad utf8: byte 0; 2");
  EXPECT_EQ(guest.store_fault(std::vector<Strings>{{}, {"a", "b\xFF"}}),
            "host bad utf8: byte 1; 1 < 1");
  EXPECT_EQ(guest.lower_fault(std::vector<char32_t>{U'a', 0xD800}), "host bad char: 55296; 1");
}

TEST(List, ThatTheGuestHasNoRoomForIsRefused) {
  Guest none({.reallocs = 0});
  EXPECT_EQ(none.lower_fault(Numbers{1}), "realloc failed");
  Guest two({.reallocs = 2});
  EXPECT_EQ(two.lower_fault(Strings{"a", "b"}), "realloc failed; 1");
}

// ---- Borrowed from ranges of the host ----

TEST(ListView, OfAnyContiguousRangeHasItsElements) {
  const Strings vector{"a", "b"};
  const std::array<std::string_view, 2> array{"a", "b"};
  const char* const plain[] = {"a", "b"};  // NOLINT(modernize-avoid-c-arrays): what it tests
  EXPECT_EQ(strings_of(vector), vector);
  EXPECT_EQ(strings_of(array), vector);
  EXPECT_EQ(strings_of(std::span(vector)), vector);
  EXPECT_EQ(strings_of(plain), vector);
}

TEST(ListView, OfARangePointsToItsElements) {
  const Strings names{"a text that is too long to be kept in place", "b"};
  const Texts view = names;
  EXPECT_EQ(view[0].data(), names[0].data());
}

TEST(ListView, ThatIsNewIsEmpty) {
  const Texts view;
  EXPECT_TRUE(view.empty());
  EXPECT_EQ(view.size(), 0u);
  EXPECT_TRUE(view.begin() == view.end());
}

TEST(ListView, CanBeCopied) {
  const Strings names{"a", "b"};
  const Texts view = names;
  const Texts copy = view;
  EXPECT_EQ(strings_of(copy), names);
}

TEST(ListView, IsARangeForAlgorithms) {
  static_assert(std::ranges::input_range<Texts> && std::ranges::sized_range<Texts>);
  const Strings names{"c", "a", "b"};
  const Texts view = names;
  EXPECT_EQ(std::ranges::count(view, "a"sv), 1);
  EXPECT_EQ(std::vector<std::string_view>(view.begin(), view.end()),
            (std::vector<std::string_view>{"c", "a", "b"}));
}

TEST(ListView, IteratesByBothIncrements) {
  const Strings names{"a", "b"};
  const Texts view = names;
  auto it = view.begin();
  EXPECT_EQ(*it++, "a");
  EXPECT_EQ(*it, "b");
  EXPECT_TRUE(++it == view.end());
}

template <class T, class R>
void expect_lowered_alike(const R& host) {
  Guest owned;
  Guest borrowed;
  const std::uint32_t at = owned.store(host);
  EXPECT_EQ(borrowed.store(ListView<T>(host)), at);
  EXPECT_EQ(borrowed.load<R>(at), host);
  EXPECT_EQ(owned.hex(0, 256), borrowed.hex(0, 256));
}

TEST(ListView, IsLoweredLikeTheRangeItWasMadeFrom) {
  expect_lowered_alike<std::string_view>(Strings{"a", "", "bc"});
  expect_lowered_alike<ItemRef>(std::vector<Item>{{"x", 1}, {"y", 2}});
  expect_lowered_alike<Texts>(std::vector<Strings>{{"a"}, {}, {"b", "c"}});
  expect_lowered_alike<std::span<const std::uint32_t>>(std::vector<Numbers>{{1, 2}, {}, {3}});
  expect_lowered_alike<std::optional<std::string_view>>(
      std::vector<std::optional<std::string>>{"a", std::nullopt});
  expect_lowered_alike<std::tuple<std::string_view, char32_t>>(
      std::vector<std::tuple<std::string, char32_t>>{{"a", U'b'}});
}

// ---- From the guest, owned ----

TEST(List, ComesBackAsItWas) {
  Guest guest;
  const auto expect_back = [&guest](const auto& list) {
    using T = std::remove_cvref_t<decltype(list)>;
    EXPECT_EQ(guest.load<T>(guest.store(list)), list);
    EXPECT_EQ(guest.lift<T>(guest.lower(list)), list);
  };
  expect_back(Numbers{});
  expect_back(Numbers{0, 1, 0xFFFFFFFF});
  expect_back(std::vector<std::int64_t>{-1, 1});
  expect_back(std::vector<bool>{true, false, false, true});
  expect_back(std::vector<char32_t>{0, 0x10FFFF});
  expect_back(Strings{"", "a", "\u20AC"});
  expect_back(std::vector<Item>{{"x", 1}, {"", 2}});
  expect_back(std::vector<std::vector<Strings>>{{{"a"}, {}}, {}, {{"b", "c"}}});
}

TEST(List, OfBoolsIsBorrowedFromAVectorOfBits) {
  const std::vector<bool> bits{true, false, true};
  const ListView<bool> borrowed = bits;
  EXPECT_EQ(std::vector<bool>(borrowed.begin(), borrowed.end()), bits);
  Guest guest;
  EXPECT_EQ(guest.load<std::vector<bool>>(guest.store(borrowed)), bits);
}

TEST(List, ReplacesWhatTheHostHadThere) {
  Guest guest;
  const std::uint32_t at = guest.store(Strings{"new"});
  Strings list{"old", "older", "oldest"};
  LiftContext& context = guest.begin_lifting();
  ASSERT_TRUE(Codec<Strings>::load(context, context.range(at, 1, 8, 4), list));
  EXPECT_EQ(list, Strings{"new"});
}

TEST(List, LooksAtTheLowHalvesOfItsSlotsOnly) {
  Guest guest;
  const std::uint32_t at = guest.put<std::uint32_t>({5, 6});
  EXPECT_EQ(guest.lift<Numbers>({0xFFFFFFFF00000000 | at, 0xABCD000000000002}), (Numbers{5, 6}));
}

template <class T>
class BothLists : public ::testing::Test {};
using NumberLists = ::testing::Types<std::vector<std::uint64_t>, std::span<const std::uint64_t>>;
TYPED_TEST_SUITE(BothLists, NumberLists);

TYPED_TEST(BothLists, MayEndWhereMemoryEnds) {
  Guest guest({.memory = 64});
  EXPECT_EQ((guest.lift<TypeParam>({48, 2}).size()), 2u);
}

TYPED_TEST(BothLists, MayNotEndPastMemory) {
  Guest guest({.memory = 68});
  EXPECT_EQ((guest.lift_fault<TypeParam>({56, 2})), "out of bounds: 2 x 8 at 56 of 68");
  EXPECT_EQ((guest.lift_fault<TypeParam>({64, 1})), "out of bounds: 1 x 8 at 64 of 68");
}

TYPED_TEST(BothLists, WhoseSizeOverflowsIsOutOfBounds) {
  Guest guest({.memory = 64});
  // 2^29 elements of 8 bytes are 2^32 bytes.
  EXPECT_EQ((guest.lift_fault<TypeParam>({0, 0x20000000})),
            "out of bounds: 536870912 x 8 at 0 of 64");
  EXPECT_EQ((guest.lift_fault<TypeParam>({0xFFFFFFF8, 0xFFFFFFFF})),
            "out of bounds: 4294967295 x 8 at 4294967288 of 64");
}

TYPED_TEST(BothLists, WithoutElementsLiesInMemoryToo) {
  Guest guest({.memory = 64});
  EXPECT_TRUE((guest.lift<TypeParam>({64, 0}).empty()));
  EXPECT_EQ((guest.lift_fault<TypeParam>({72, 0})), "out of bounds: 0 x 8 at 72 of 64");
}

TYPED_TEST(BothLists, ThatIsNotAlignedToItsElementsIsRefusedEvenIfEmpty) {
  Guest guest;
  EXPECT_EQ((guest.lift_fault<TypeParam>({20, 1})), "unaligned: 20 to 8");
  EXPECT_EQ((guest.lift_fault<TypeParam>({20, 0})), "unaligned: 20 to 8");
}

template <class T>
class BothStringLists : public ::testing::Test {};
using StringLists = ::testing::Types<Strings, Texts>;
TYPED_TEST_SUITE(BothStringLists, StringLists);

TYPED_TEST(BothStringLists, NameTheElementThatIsBad) {
  Guest guest;
  const std::uint32_t a = guest.put("a");
  const std::uint32_t bad = guest.put("b\xFF");
  const std::uint32_t at = guest.put<std::uint32_t>({a, 1, a, 1, bad, 2});
  EXPECT_EQ((guest.lift_fault<TypeParam>({at, 3})),
            "bad utf8: byte 1, at " + std::to_string(bad + 1) + "; 2");
}

TYPED_TEST(BothStringLists, AreRefusedWhereTheyAreNotAlignedEvenIfEmpty) {
  Guest guest;
  EXPECT_EQ((guest.lift_fault<TypeParam>({18, 0})), "unaligned: 18 to 4");
}

TYPED_TEST(BothStringLists, AreBoundByTheSizeOfTheirElements) {
  Guest guest({.memory = 68});
  EXPECT_EQ((guest.lift_fault<TypeParam>({64, 1})), "out of bounds: 1 x 8 at 64 of 68");
  EXPECT_EQ((guest.lift_fault<TypeParam>({72, 0})), "out of bounds: 0 x 8 at 72 of 68");
}

// A thousand strings that are all the same thousand bytes.
TYPED_TEST(BothStringLists, ThatUnfoldIntoMoreThanTheCallMayHandOverAreRefused) {
  Guest guest({.budget = 100'000});
  const std::uint32_t text = guest.put(std::string(1000, 'x'));
  Numbers elements;
  for (int i = 0; i < 1000; ++i) elements.insert(elements.end(), {text, 1000});
  const std::string refusal = guest.lift_fault<TypeParam>({guest.put(elements), 1000});
  EXPECT_TRUE(refusal.starts_with("over budget: ")) << refusal;
}

TEST(List, OfListsNamesTheWayToTheBadElement) {
  Guest guest;
  const std::uint32_t ok = guest.put<char32_t>({U'a'});
  const std::uint32_t bad = guest.put<char32_t>({U'a', U'b', 0xDFFF});
  const std::uint32_t at = guest.put<std::uint32_t>({ok, 1, bad, 3});
  using Lists = std::vector<std::vector<char32_t>>;
  EXPECT_EQ(guest.lift_fault<Lists>({at, 2}), "bad char: 57343; 2 < 1");
  EXPECT_EQ(guest.lift_fault<View<Lists>>({at, 2}), "bad char: 57343; 2 < 1");
}

TEST(List, OfNumbersIsChargedForItsBytes) {
  Guest guest({.budget = 8});
  const std::uint32_t at = guest.put<std::uint32_t>({1, 2, 3});
  EXPECT_EQ(guest.lift<Numbers>({at, 2}), (Numbers{1, 2}));
  EXPECT_EQ(guest.lift_fault<Numbers>({at, 3}), "over budget: 4 more than 8");
}

TEST(List, OfStringsIsChargedForThemAndForTheirText) {
  constexpr std::uint64_t kStrings = 2 * sizeof(std::string);
  Guest guest({.budget = kStrings + 5});
  const std::uint32_t at = guest.store(Strings{"ab", "cde"});
  EXPECT_EQ(guest.load<Strings>(at), (Strings{"ab", "cde"}));
  guest.set_budget(kStrings + 4);
  EXPECT_EQ(guest.load_fault<Strings>(at),
            "over budget: 1 more than " + std::to_string(kStrings + 4) + "; 1");
  guest.set_budget(kStrings - 1);
  EXPECT_EQ(guest.load_fault<Strings>(at),
            "over budget: 1 more than " + std::to_string(kStrings - 1));
}

TEST(List, IsChargedBeforeItsElementsAreLookedAt) {
  Guest guest({.budget = 3});
  const std::uint32_t at = guest.put<char32_t>({0xD800});
  EXPECT_EQ(guest.lift_fault<std::vector<char32_t>>({at, 1}), "over budget: 1 more than 3");
  EXPECT_EQ(guest.lift_fault<ListView<char32_t>>({at, 1}), "over budget: 1 more than 3");
}

// ---- From the guest, viewed ----

TEST(List, OfNumbersIsViewedInPlaceAndCharged) {
  Guest guest({.budget = 12});
  const std::uint32_t at = guest.put<std::uint32_t>({5, 6, 7});
  const auto view = guest.lift<std::span<const std::uint32_t>>({at, 3});
  EXPECT_EQ(guest.address(view.data()), at);
  EXPECT_EQ(Numbers(view.begin(), view.end()), (Numbers{5, 6, 7}));
  guest.set_budget(11);
  EXPECT_EQ(guest.lift_fault<std::span<const std::uint32_t>>({at, 3}),
            "over budget: 1 more than 11");
}

TEST(ListView, OfAGuestHasItsElements) {
  Guest guest;
  const Strings names{"a", "", "\u20AC"};
  EXPECT_EQ(strings_of(guest.load<Texts>(guest.store(names))), names);
  const auto items = guest.load<ListView<ItemRef>>(guest.store(std::vector<Item>{{"x", 7}}));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0], (ItemRef{"x", 7}));
}

TEST(ListView, OfAGuestPointsIntoItsMemory) {
  Guest guest;
  const std::uint32_t text = guest.put("hey");
  const std::uint32_t at = guest.put<std::uint32_t>({text, 3, text + 1, 2});
  const auto view = guest.lift<Texts>({at, 2});
  EXPECT_EQ(guest.address(view[0].data()), text);
  EXPECT_EQ(guest.address(view[1].data()), text + 1);
}

TEST(ListView, OfListsHasTheirElements) {
  Guest guest;
  const std::vector<std::vector<Strings>> lists{{{"a", "b"}, {}}, {}, {{"c"}}};
  const auto view = guest.load<View<std::vector<std::vector<Strings>>>>(guest.store(lists));
  std::vector<std::vector<Strings>> back;
  for (const ListView<Texts> outer : view) {
    back.emplace_back();
    for (const Texts inner : outer) back.back().push_back(strings_of(inner));
  }
  EXPECT_EQ(back, lists);
}

TEST(ListView, IsCheckedToTheLastElementBeforeItIsHandedOut) {
  Guest guest;
  const std::uint32_t at = guest.put<char32_t>({U'a', U'b', 0x110000});
  EXPECT_EQ(guest.lift_fault<ListView<char32_t>>({at, 3}), "bad char: 1114112; 2");
}

TEST(ListView, OfListsIsCheckedToTheInnermostElement) {
  Guest guest;
  const std::uint32_t options = guest.put<std::uint8_t>({1, 7, 0, 0, 2, 7});
  const std::uint32_t lists = guest.put<std::uint32_t>({options, 2, options, 3});
  const std::uint32_t at = guest.put<std::uint32_t>({lists, 1, lists, 2});
  using Options = std::vector<std::vector<std::vector<std::optional<std::uint8_t>>>>;
  EXPECT_EQ(guest.lift_fault<View<Options>>({at, 2}), "bad discriminant: 2 of 2; 2 < 1 < 1");
}

TEST(ListView, OfNumbersInListsIsCheckedForAlignment) {
  Guest guest;
  const std::uint32_t at = guest.put<std::uint32_t>({16, 1, 17, 0});
  EXPECT_EQ(guest.lift_fault<ListView<std::span<const std::uint16_t>>>({at, 2}),
            "unaligned: 17 to 2; 1");
}

TEST(ListView, OfAGuestIsChargedForTheWalkAndTheText) {
  Guest guest({.budget = 2 * 8 + 5});
  const std::uint32_t at = guest.store(Strings{"ab", "cde"});
  EXPECT_EQ(strings_of(guest.load<Texts>(at)), (Strings{"ab", "cde"}));
  guest.set_budget(2 * 8 + 4);
  EXPECT_EQ(guest.load_fault<Texts>(at), "over budget: 1 more than 20; 1");
  guest.set_budget(2 * 8 - 1);
  EXPECT_EQ(guest.load_fault<Texts>(at), "over budget: 1 more than 15");
}

TEST(ListView, IsReadAgainForNothing) {
  for (const Encoding encoding : {Encoding::utf8, Encoding::utf16, Encoding::latin1_utf16}) {
    Guest guest({.encoding = encoding, .budget = 2 * 8 + 5});
    const auto view = guest.load<Texts>(guest.store(Strings{"ab", "cde"}));
    for (int i = 0; i < 10; ++i) EXPECT_EQ(strings_of(view), (Strings{"ab", "cde"}));
    EXPECT_FALSE(guest.lifting().charge(1)) << "the budget was used up by the check";
  }
}

TEST(ListView, OfAGuestInUtf16KeepsTheTextsItDecoded) {
  Guest guest({.encoding = Encoding::utf16});
  const auto view = guest.load<Texts>(guest.store(Strings{"ab", "cde"}));
  const std::string_view first = view[0];
  for (int i = 0; i < 100; ++i) EXPECT_EQ(view[1], "cde");
  EXPECT_EQ(first, "ab");
}

TEST(ListView, OfAGuestInUtf16IsCheckedBeforeItIsHandedOut) {
  Guest guest({.encoding = Encoding::utf16});
  const std::uint32_t text = guest.put<std::uint16_t>({'a', 0xDC00});
  const std::uint32_t at = guest.put<std::uint32_t>({text, 1, text, 2});
  EXPECT_EQ(guest.lift_fault<Texts>({at, 2}),
            "bad utf16: unit 1, at " + std::to_string(text + 2) + "; 1");
}

TEST(ListView, LeavesTheContextAsItWasForWhatComesAfterIt) {
  Guest guest;
  const std::uint32_t at = guest.store(Strings{"a"});
  const Texts view = guest.load<Texts>(at);
  EXPECT_EQ(guest.lifting().pass, Pass::check_and_read);
  (void)view[0];
  EXPECT_EQ(guest.lifting().pass, Pass::check_and_read);
}

}  // namespace
}  // namespace mortise::abi
