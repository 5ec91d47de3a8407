#include <mortise/abi/fixed_list.h>

#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include <mortise/abi/argument.h>
#include <mortise/abi/function.h>
#include <mortise/abi/list.h>
#include <mortise/abi/option.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Level;
using testing::Moves;
using testing::Shape;
using Slots = std::vector<std::uint64_t>;
using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using Numbers = std::array<U16, 3>;
using Texts = std::array<std::string, 2>;

static_assert(Lowerable<Texts> && Liftable<Texts>);
static_assert(std::same_as<View<Texts>, std::array<std::string_view, 2>>);
static_assert(std::same_as<View<Numbers>, Numbers>);
static_assert(Codec<Numbers>::layout == Layout{.size = 6, .align = 2, .flat = 3});
static_assert(Codec<Texts>::layout == Layout{.size = 16, .align = 4, .flat = 4});
static_assert(Codec<std::array<std::tuple<U32, U8>, 2>>::layout ==
              Layout{.size = 16, .align = 4, .flat = 4});
static_assert(Codec<std::array<Numbers, 2>>::layout == Layout{.size = 12, .align = 2, .flat = 6});

TEST(FixedList, TellsItsElementAndItsLength) {
  const Type& type = Codec<Numbers>::type;
  EXPECT_EQ(type.kind, Kind::fixed_list);
  EXPECT_EQ(type.length, 3u);
  ASSERT_EQ(type.members.size(), 1u);
  EXPECT_EQ(type.members[0].type, &Codec<U16>::type);
}

TEST(FixedList, LiesInMemoryIfItsElementsDo) {
  EXPECT_TRUE((lies_in_memory<Texts>()));
  EXPECT_FALSE((lies_in_memory<Numbers>()));
}

TEST(FixedList, IsStoredElementByElement) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Numbers{1, 0x2233, 3}), 7), "01 00 33 22 03 00 aa");
  EXPECT_EQ(guest.hex(guest.store(std::array{Level::error, Level::debug}), 3), "02 00 aa");
  EXPECT_EQ(guest.hex(guest.store(std::array<std::tuple<U16, U8>, 2>{{{1, 2}, {3, 4}}}), 8),
            "01 00 02 aa 03 00 04 aa");
}

TEST(FixedList, IsLoweredElementByElement) {
  Guest guest;
  EXPECT_EQ(guest.lower(Numbers{1, 2, 3}), (Slots{1, 2, 3}));
  EXPECT_EQ(guest.lower(std::array<std::string_view, 2>{"hey", "no"}), (Slots{17, 3, 21, 2}));
  EXPECT_EQ(guest.lower(std::array<std::optional<U8>, 2>{std::nullopt, U8{7}}),
            (Slots{0, 0, 1, 7}));
}

template <class T>
void expect_back(const T& value) {
  Guest guest({.moves = Moves::yes});
  EXPECT_EQ(guest.load<T>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<T>(guest.lower(value)), value);
}

TEST(FixedList, ComesBackAsItWas) {
  expect_back(Numbers{1, 2, 0xFFFF});
  expect_back(Texts{"text", ""});
  expect_back(std::array<float, 1>{-1.5F});
  expect_back(std::array<bool, 2>{true, false});
  expect_back(std::array<Shape, 2>{Shape::Named{"text"}, Shape::None()});
}

TEST(FixedList, ComesBackFromWithinOtherTypes) {
  expect_back(std::vector<Texts>{{"a", "b"}, {"c", ""}});
  expect_back(std::array<Texts, 2>{{{"a", "b"}, {"c", ""}}});
  expect_back(std::tuple<U8, Numbers, U8>(1, {2, 3, 4}, 5));
  expect_back(std::optional(Texts{"a", "b"}));
}

TEST(FixedList, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<View<Texts>>(guest.store(Texts{"one", "two"}));
  EXPECT_EQ(view[0], "one");
  EXPECT_EQ(guest.address(view[1].data()), guest.blocks()[2].at);
}

TEST(FixedList, AsAParameterOfMoreThanSixteenElementsGoesThroughMemory) {
  using F = Function<"f", void, Param<"key", std::array<U8, 32>>>;
  Guest guest;
  std::array<U8, 32> key{1, 2, 3};
  const Slots slots = guest.call<F>(key);
  EXPECT_EQ(guest.load<decltype(key)>(static_cast<U32>(slots[0])), key);
  EXPECT_EQ(slots[1], Guest::kStaleSlot);
}

TEST(FixedList, AsAResultComesFromMemory) {
  using F = Function<"f", Numbers>;
  Guest guest;
  EXPECT_EQ((guest.result<F, Numbers>(guest.put<U16>({1, 2, 3}))), (Numbers{1, 2, 3}));
}

TEST(FixedList, OfOneElementIsOneCoreValue) {
  using One = std::array<U8, 1>;
  Guest guest;
  EXPECT_EQ((guest.result<Function<"f", One>, One>(7)), One{7});
}

TEST(FixedList, TellsWhichElementIsBad) {
  Guest guest;
  EXPECT_EQ(guest.store_fault(Texts{"good", "ba\xFF"}), "host bad utf8: byte 2; 1");
  EXPECT_EQ(guest.lower_fault(Texts{"good", "ba\xFF"}), "host bad utf8: byte 2; 1");
  using Levels = std::array<Level, 2>;
  EXPECT_EQ(guest.load_fault<Levels>(guest.put<U8>({0, 3})), "bad discriminant: 3 of 3; 1");
  EXPECT_EQ(guest.lift_fault<Levels>({3, 0}), "bad discriminant: 3 of 3; 0");
}

// A std::array is borrowed as a list too.
TEST(FixedList, IsNoListWhereAListIsExpected) {
  Guest guest;
  EXPECT_EQ(guest.lower(ListArg<U16>(Numbers{1, 2, 3})), (Slots{18, 3}));
}

}  // namespace
}  // namespace mortise::abi
