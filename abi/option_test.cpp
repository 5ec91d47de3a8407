#include <mortise/abi/option.h>

#include <concepts>

#include <mortise/abi/number.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
template <class T>
using Maybe = std::optional<T>;
using U8 = std::uint8_t;
using U64 = std::uint64_t;
using Text = Maybe<std::string>;

static_assert(Lowerable<Text> && Liftable<Text>);
static_assert(Codec<Maybe<U8>>::layout == Layout{.size = 2, .align = 1, .flat = 2});
static_assert(Codec<Maybe<U64>>::layout == Layout{.size = 16, .align = 8, .flat = 2});
static_assert(Codec<Text>::layout == Layout{.size = 12, .align = 4, .flat = 3});
static_assert(Codec<Maybe<Maybe<U8>>>::layout == Layout{.size = 3, .align = 1, .flat = 3});
static_assert(std::same_as<View<Text>, Maybe<std::string_view>>);

TEST(Option, TellsItsPart) {
  const Type& type = Codec<Maybe<U8>>::type;
  EXPECT_EQ(type.kind, Kind::option);
  ASSERT_EQ(type.members.size(), 1u);
  EXPECT_EQ(type.members[0].type, &Codec<U8>::type);
}

TEST(Option, OfSomethingIsStoredAsOneAndItsPayload) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Maybe<U8>(7)), 2), "01 07");
  EXPECT_EQ(guest.hex(guest.store(Maybe<U64>(7)), 16),
            "01 aa aa aa aa aa aa aa 07 00 00 00 00 00 00 00");
}

TEST(Option, OfNothingIsStoredAsZeroAndNoPayload) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Maybe<U8>()), 2), "00 aa");
  EXPECT_EQ(guest.hex(guest.store(Text()), 12), "00 aa aa aa aa aa aa aa aa aa aa aa");
}

TEST(Option, OfSomethingIsLoweredToOneAndItsPayload) {
  Guest guest;
  EXPECT_EQ(guest.lower(Maybe<U8>(7)), (Slots{1, 7}));
  EXPECT_EQ(guest.lower(Text("hey")), (Slots{1, 17, 3}));
}

// What the slots held before is the host's own, and no business of the guest's.
TEST(Option, OfNothingIsLoweredToZerosOnly) {
  Guest guest;
  EXPECT_EQ(guest.lower(Maybe<U8>()), (Slots{0, 0}));
  EXPECT_EQ(guest.lower(Text()), (Slots{0, 0, 0}));
  EXPECT_EQ((guest.lower(Maybe<std::tuple<U64, U64, Text>>())), (Slots{0, 0, 0, 0, 0, 0}));
}

TEST(Option, WithinAnOptionHasADiscriminantOfItsOwn) {
  Guest guest;
  using Twice = Maybe<Maybe<U8>>;
  EXPECT_EQ(guest.lower(Twice()), (Slots{0, 0, 0}));
  EXPECT_EQ(guest.lower(Twice(Maybe<U8>())), (Slots{1, 0, 0}));
  EXPECT_EQ(guest.lower(Twice(7)), (Slots{1, 1, 7}));
  EXPECT_EQ(guest.hex(guest.store(Twice(7)), 3), "01 01 07");
}

TEST(Option, ComesBackAsItWas) {
  Guest guest({.moves = Moves::yes});
  for (const Text& value : {Text(), Text(""), Text("text")}) {
    EXPECT_EQ(guest.load<Text>(guest.store(value)), value);
    EXPECT_EQ(guest.lift<Text>(guest.lower(value)), value);
  }
  using Twice = Maybe<Maybe<U8>>;
  for (const Twice& value : {Twice(), Twice(Maybe<U8>()), Twice(7)}) {
    EXPECT_EQ(guest.load<Twice>(guest.store(value)), value);
    EXPECT_EQ(guest.lift<Twice>(guest.lower(value)), value);
  }
}

TEST(Option, ReplacesWhatTheHostHadThere) {
  Guest guest;
  const std::uint32_t at = guest.store(Text());
  LiftContext& context = guest.begin_lifting();
  Text value = "old";
  ASSERT_TRUE(Codec<Text>::load(context, context.range(at, 1, 12, 4), value));
  EXPECT_EQ(value, std::nullopt);
}

TEST(Option, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<View<Text>>(guest.store(Text("text")));
  EXPECT_EQ(guest.address(view.value_or("").data()), guest.blocks()[1].at);
}

TEST(Option, OfNothingIgnoresItsPayload) {
  Guest guest;
  EXPECT_EQ(guest.lift<Text>({0, 0xFFFFFFFF, 0xFFFFFFFF}), std::nullopt);
  const std::uint32_t at = guest.put<std::uint32_t>({0, 0xFFFFFFFF, 0xFFFFFFFF});
  EXPECT_EQ(guest.load<Text>(at), std::nullopt);
}

TEST(Option, LooksAtTheFirstByteOfItsDiscriminantInMemory) {
  Guest guest;
  EXPECT_EQ(guest.load<Maybe<U64>>(guest.put<U64>({0xFFFFFFFFFFFFFF01, 5})), 5u);
}

TEST(Option, LooksAtTheLowHalfOfItsSlotOnly) {
  Guest guest;
  EXPECT_EQ(guest.lift<Maybe<U8>>({0xFFFFFFFF00000001, 7}), 7);
}

TEST(Option, OfAThirdCaseIsRefused) {
  Guest guest;
  EXPECT_EQ(guest.lift_fault<Maybe<U8>>({2, 0}), "bad discriminant: 2 of 2");
  EXPECT_EQ(guest.lift_fault<Maybe<U8>>({0x100, 0}), "bad discriminant: 256 of 2");
  EXPECT_EQ(guest.lift_fault<Maybe<U8>>({0xFFFFFFFF, 0}), "bad discriminant: 4294967295 of 2");
  EXPECT_EQ(guest.load_fault<Maybe<U8>>(guest.put<U8>({2, 0})), "bad discriminant: 2 of 2");
  EXPECT_EQ(guest.load_fault<Maybe<U8>>(guest.put<U8>({255, 0})), "bad discriminant: 255 of 2");
}

TEST(Option, NamesItsCaseOnTheWayToWhatIsBad) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(Text("\xFF")), "host bad utf8: byte 0; some");
  EXPECT_EQ(guest.store_fault(Text("\xFF")), "host bad utf8: byte 0; some");
  EXPECT_EQ(guest.lift_fault<Text>({1, 0x10000, 1}),
            "out of bounds: 1 x 1 at 65536 of 65536; some");
  EXPECT_EQ(guest.lift_fault<Maybe<Maybe<U8>>>({1, 2, 0}), "bad discriminant: 2 of 2; some");
}

}  // namespace
}  // namespace mortise::abi
