#include <mortise/abi/map.h>

#include <concepts>
#include <string>
#include <tuple>
#include <vector>

#include <mortise/abi/option.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using testing::Shape;
using testing::ShapeRef;
using Slots = std::vector<std::uint64_t>;
using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
template <class K, class V>
using Map = std::vector<std::pair<K, V>>;
using Ages = Map<std::string, U8>;
using AgesView = ListView<std::pair<std::string_view, U8>>;

static_assert(Lowerable<Ages> && Liftable<Ages>);
static_assert(Lowerable<AgesView> && Liftable<AgesView>);
static_assert(std::same_as<View<Ages>, AgesView>);
static_assert(std::same_as<View<Map<U8, U8>>, ListView<std::pair<U8, U8>>>);
static_assert(Codec<Ages>::layout == Layout{.size = 8, .align = 4, .flat = 2});
static_assert(Codec<std::pair<U8, U64>>::layout == Layout{.size = 16, .align = 8, .flat = 2});
static_assert(!Lowerable<std::pair<U8, U8>>, "an entry alone is no type");

TEST(Map, TellsItsKeyAndItsValue) {
  for (const Type* type : {&Codec<Ages>::type, &Codec<AgesView>::type}) {
    EXPECT_EQ(type->kind, Kind::map);
    ASSERT_EQ(type->members.size(), 2u);
    EXPECT_EQ(type->members[0].type->kind, Kind::string);
    EXPECT_EQ(type->members[1].type, &Codec<U8>::type);
  }
  EXPECT_TRUE((lies_in_memory<Ages>()));
}

TEST(Map, IsNoListOfTuples) {
  EXPECT_EQ((Codec<std::vector<std::tuple<U8, U8>>>::type.kind), Kind::list);
}

TEST(Map, IsStoredAsAListOfPairs) {
  Guest guest;
  const U32 at = guest.store(Map<U8, U16>{{1, 0x2233}, {4, 5}});
  EXPECT_EQ(guest.load<U32>(at + 4), 2u);
  EXPECT_EQ(guest.hex(guest.load<U32>(at), 8), "01 aa 33 22 04 aa 05 00");
}

TEST(Map, IsLoweredAsAListOfPairs) {
  Guest guest;
  EXPECT_EQ(guest.lower(Map<U8, U16>{{1, 2}, {3, 4}}), (Slots{18, 2}));
  ASSERT_EQ(guest.blocks().size(), 1u);
  EXPECT_EQ(guest.blocks()[0].align, 2u);
}

template <class T>
void expect_back(const T& value) {
  Guest guest({.moves = Moves::yes});
  EXPECT_EQ(guest.load<T>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<T>(guest.lower(value)), value);
}

TEST(Map, ComesBackAsItWas) {
  expect_back(Ages{});
  expect_back(Ages{{"Ada", U8{36}}, {"", U8{0}}});
  expect_back(Map<U64, std::string>{{7, "seven"}, {8, "eight"}});
  expect_back(Map<std::string, Shape>{{"a", Shape::Circle{2}}, {"b", Shape::Named{"text"}}});
  expect_back(Map<std::string, Ages>{{"a", {{"Ada", U8{36}}}}, {"b", {}}});
  expect_back(std::optional(Ages{{"Ada", U8{36}}}));
}

// Canonical ABI: a map is a list, and nothing is said of its keys.
TEST(Map, KeepsItsOrderAndKeysThatAreThereTwice) {
  expect_back(Ages{{"b", U8{1}}, {"a", U8{2}}, {"b", U8{3}}});
}

TEST(Map, IsBorrowedFromPairsThatConvert) {
  Guest guest;
  const Ages ages{{"Ada", U8{36}}, {"Bob", U8{3}}};
  EXPECT_EQ(guest.load<Ages>(guest.store(AgesView(ages))), ages);
  const Map<std::string, Shape> shapes{{"a", Shape::Named{"text"}}};
  using Borrowed = ListView<std::pair<std::string_view, ShapeRef>>;
  EXPECT_EQ((guest.load<Map<std::string, Shape>>(guest.store(Borrowed(shapes)))), shapes);
}

TEST(Map, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<AgesView>(guest.store(Ages{{"Ada", U8{36}}, {"Bob", U8{3}}}));
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[0].first, "Ada");
  EXPECT_EQ(view[1].second, 3);
  EXPECT_EQ(guest.address(view[1].first.data()), guest.blocks()[3].at);
}

TEST(Map, TellsWhichKeyOrValueIsBad) {
  Guest guest;
  using Texts = Map<std::string, std::string>;
  EXPECT_EQ(guest.store_fault(Texts{{"a", ""}, {"\xFF", ""}}), "host bad utf8: byte 0; key < 1");
  EXPECT_EQ(guest.lower_fault(Texts{{"a", "b\xFF"}}), "host bad utf8: byte 1; value < 0");
  const U32 entries = guest.put<U32>({0, 0, 0, 0, 0x10000, 1, 0, 0});
  const std::string refusal = "out of bounds: 1 x 1 at 65536 of 65536; key < 1";
  EXPECT_EQ(guest.lift_fault<Texts>({entries, 2}), refusal);
  EXPECT_EQ(guest.lift_fault<View<Texts>>({entries, 2}), refusal);
  EXPECT_EQ((guest.lift_fault<Map<U32, testing::Level>>({guest.put<U32>({5, 9}), 1})),
            "bad discriminant: 9 of 3; value < 0");
}

TEST(Map, IsChargedAsAList) {
  Guest guest({.budget = 2 * sizeof(std::pair<std::string, U8>)});
  const U32 at = guest.store(Ages{{"", U8{1}}, {"", U8{2}}, {"", U8{3}}});
  EXPECT_EQ(guest.load_fault<Ages>(at),
            "over budget: " + std::to_string(sizeof(std::pair<std::string, U8>)) + " more than " +
                std::to_string(2 * sizeof(std::pair<std::string, U8>)));
}

}  // namespace
}  // namespace mortise::abi
