#include <mortise/abi/tuple.h>

#include <concepts>

#include <mortise/abi/char.h>
#include <mortise/abi/number.h>
#include <mortise/abi/string.h>
#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
using Small = std::tuple<std::uint8_t, std::uint32_t>;
using Nested = std::tuple<std::string, Small, char32_t>;

static_assert(Lowerable<Small> && Liftable<Small>);
static_assert(Codec<Small>::layout == Layout{.size = 8, .align = 4, .flat = 2});
static_assert(Codec<Small>::offsets == std::array<std::uint32_t, 2>{0, 4});
static_assert(Codec<Nested>::layout == Layout{.size = 20, .align = 4, .flat = 5});
static_assert(std::same_as<View<Nested>, std::tuple<std::string_view, Small, char32_t>>);

TEST(Tuple, TellsItsPartsWithoutNames) {
  const Type& type = Codec<Small>::type;
  EXPECT_EQ(type.kind, Kind::tuple);
  EXPECT_EQ(type.name, "");
  ASSERT_EQ(type.members.size(), 2u);
  EXPECT_EQ(type.members[0].name, "");
  EXPECT_EQ(type.members[0].type, &Codec<std::uint8_t>::type);
  EXPECT_EQ(type.members[1].type, &Codec<std::uint32_t>::type);
}

TEST(Tuple, StoresItsPartsAndNothingBetweenThem) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Small{1, 2}), 8), "01 aa aa aa 02 00 00 00");
}

TEST(Tuple, LowersItsPartsOneAfterTheOther) {
  Guest guest;
  EXPECT_EQ(guest.lower(Small{1, 2}), (Slots{1, 2}));
}

TEST(Tuple, ComesBackAsItWas) {
  Guest guest({.moves = Moves::yes});
  const Nested value{"text", {255, 0xFFFFFFFF}, U'\u20AC'};
  EXPECT_EQ(guest.load<Nested>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<Nested>(guest.lower(value)), value);
}

TEST(Tuple, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<View<Nested>>(guest.store(Nested{"text", {1, 2}, U'a'}));
  EXPECT_EQ(std::get<0>(view), "text");
  EXPECT_EQ(guest.address(std::get<0>(view).data()), guest.blocks()[1].at);
}

TEST(Tuple, NumbersThePartThatIsBad) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(Nested{"", {}, 0xD800}), "host bad char: 55296; 2");
  EXPECT_EQ(guest.store_fault(Nested{"\xFF", {}, 0xD800}), "host bad utf8: byte 0; 0");
  EXPECT_EQ(guest.lift_fault<Nested>({16, 0, 1, 2, 0xD800}), "bad char: 55296; 2");
  const std::uint32_t at = guest.put<std::uint32_t>({16, 0, 1, 2, 0xD800});
  EXPECT_EQ(guest.load_fault<Nested>(at), "bad char: 55296; 2");
}

}  // namespace
}  // namespace mortise::abi
