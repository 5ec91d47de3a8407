#include <mortise/abi/record.h>

#include <concepts>

#include <mortise/abi/number.h>
#include <mortise/abi/string.h>
#include <tests/guest_memory.h>

namespace {

// record point { x: u8, y: u64, z: u16 }
struct Point {
  std::uint8_t x = 0;
  std::uint64_t y = 0;
  std::uint16_t z = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

// record person { name: string, at: point, mail: string }
struct Person {
  std::string name;
  Point at;
  std::string mail;
  friend bool operator==(const Person&, const Person&) = default;
};
struct PersonRef {
  std::string_view name;
  Point at;
  std::string_view mail;
};

// record swapped { second: u8, first: u8 }: its members in C++ are in another order.
struct Swapped {
  std::uint8_t first = 0;
  std::uint8_t second = 0;
};

}  // namespace

template <>
struct mortise::abi::Codec<Point> : RecordCodec<Point, "point", Field<"x", &Point::x>,
                                                Field<"y", &Point::y>, Field<"z", &Point::z>> {};
template <>
struct mortise::abi::Codec<Person>
    : RecordCodec<Person, "person", Field<"name", &Person::name>, Field<"at", &Person::at>,
                  Field<"mail", &Person::mail>> {};
template <>
struct mortise::abi::Codec<PersonRef>
    : RecordCodec<PersonRef, "person", Field<"name", &PersonRef::name>, Field<"at", &PersonRef::at>,
                  Field<"mail", &PersonRef::mail>> {};
template <>
struct mortise::abi::Viewed<Person> {
  using type = PersonRef;
};
template <>
struct mortise::abi::Codec<Swapped>
    : RecordCodec<Swapped, "swapped", Field<"second", &Swapped::second>,
                  Field<"first", &Swapped::first>> {};

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;

static_assert(Lowerable<Point> && Liftable<Point>);
static_assert(Lowerable<PersonRef> && Liftable<PersonRef>);
static_assert(std::same_as<View<Point>, Point>);
static_assert(std::same_as<View<Person>, PersonRef>);

constexpr Point kPoint{.x = 0x11, .y = 0x2233445566778899, .z = 0xAABB};
Person ada() { return {.name = "Ada", .at = kPoint, .mail = "ada@example.org"}; }

TEST(Record, LaysOutItsFieldsWithPadding) {
  EXPECT_EQ(Codec<Point>::layout, (Layout{.size = 24, .align = 8, .flat = 3}));
  EXPECT_EQ(Codec<Point>::offsets, (std::array<std::uint32_t, 3>{0, 8, 16}));
}

TEST(Record, LaysOutARecordWithinItAsAWhole) {
  EXPECT_EQ(Codec<Person>::layout, (Layout{.size = 40, .align = 8, .flat = 7}));
  EXPECT_EQ(Codec<Person>::offsets, (std::array<std::uint32_t, 3>{0, 8, 32}));
}

TEST(Record, OwnedAndBorrowedLieTheSame) {
  EXPECT_EQ(Codec<PersonRef>::layout, Codec<Person>::layout);
  EXPECT_EQ(Codec<PersonRef>::offsets, Codec<Person>::offsets);
}

TEST(Record, TellsItsNameAndThoseOfItsFields) {
  const Type& type = Codec<Point>::type;
  EXPECT_EQ(type.kind, Kind::record);
  EXPECT_EQ(type.name, "point");
  ASSERT_EQ(type.members.size(), 3u);
  EXPECT_EQ(type.members[0].name, "x");
  EXPECT_EQ(type.members[1].name, "y");
  EXPECT_EQ(type.members[1].type, &Codec<std::uint64_t>::type);
  EXPECT_EQ(type.members[2].name, "z");
}

TEST(Record, StoresItsFieldsAndNothingBetweenThem) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(kPoint), 24),
            "11 aa aa aa aa aa aa aa 99 88 77 66 55 44 33 22 bb aa aa aa aa aa aa aa");
}

TEST(Record, StoresItsFieldsInTheOrderOfTheContract) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Swapped{.first = 1, .second = 2}), 2), "02 01");
}

TEST(Record, LowersItsFieldsOneAfterTheOther) {
  Guest guest;
  EXPECT_EQ(guest.lower(kPoint), (Slots{0x11, 0x2233445566778899, 0xAABB}));
  EXPECT_EQ(guest.lower(Swapped{.first = 1, .second = 2}), (Slots{2, 1}));
}

TEST(Record, ComesBackAsItWas) {
  Guest guest({.moves = Moves::yes});
  EXPECT_EQ(guest.load<Person>(guest.store(ada())), ada());
  EXPECT_EQ(guest.lift<Person>(guest.lower(ada())), ada());
}

TEST(Record, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<PersonRef>(guest.store(ada()));
  EXPECT_EQ(view.name, "Ada");
  EXPECT_EQ(view.at, kPoint);
  EXPECT_EQ(guest.address(view.mail.data()), guest.blocks()[2].at);
}

TEST(Record, NamesTheFieldOfTheHostThatIsBad) {
  Guest guest;
  Person person = ada();
  person.mail = "ada\xFF";
  EXPECT_EQ(guest.store_fault(person), "host bad utf8: byte 3; mail");
  EXPECT_EQ(guest.lower_fault(person), "host bad utf8: byte 3; mail");
}

TEST(Record, NamesTheFieldOfTheGuestThatIsBad) {
  Guest guest;
  const std::uint32_t at = guest.store(ada());
  guest.poke<std::uint32_t>(at + 36, 0x10000);
  const std::string refusal =
      "out of bounds: 65536 x 1 at " + std::to_string(guest.blocks()[2].at) + " of 65536; mail";
  EXPECT_EQ(guest.load_fault<Person>(at), refusal);
  EXPECT_EQ(guest.load_fault<PersonRef>(at), refusal);
}

TEST(Record, StopsAtItsFirstBadField) {
  Guest guest;
  EXPECT_EQ(guest.lift_fault<Person>({0x10000, 1, 0, 0, 0, 0x20000, 1}),
            "out of bounds: 1 x 1 at 65536 of 65536; name");
  Person person = ada();
  person.name = person.mail = "\xFF";
  EXPECT_EQ(guest.lower_fault(person), "host bad utf8: byte 0; name");
}

TEST(Record, IsBoundAndAlignedAsAWhole) {
  Guest guest({.memory = 64});
  EXPECT_EQ(guest.load_fault<Point>(44), "unaligned: 44 to 8");
  EXPECT_EQ(guest.load_fault<Point>(48), "out of bounds: 1 x 24 at 48 of 64");
}

}  // namespace
}  // namespace mortise::abi
