#include <mortise/abi/result.h>

#include <bit>
#include <concepts>

#include <mortise/abi/number.h>
#include <mortise/abi/option.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
using None = std::monostate;
using U8 = std::uint8_t;
using U64 = std::uint64_t;
template <class T, class E>
using Answer = std::expected<T, E>;
using Text = Answer<std::string, std::string>;
using Bare = Answer<void, None>;

static_assert(Lowerable<Text> && Liftable<Text> && Lowerable<Bare> && Liftable<Bare>);
static_assert(Codec<Bare>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<Text>::layout == Layout{.size = 12, .align = 4, .flat = 3});
static_assert(Codec<Answer<U8, U64>>::layout == Layout{.size = 16, .align = 8, .flat = 2});
static_assert(Codec<Answer<void, U8>>::layout == Layout{.size = 2, .align = 1, .flat = 2});
static_assert(std::same_as<View<Text>, Answer<std::string_view, std::string_view>>);
static_assert(std::same_as<View<Answer<void, std::string>>, Answer<void, std::string_view>>);
static_assert(std::same_as<View<Bare>, Bare>);

Text refusal(std::string text) { return std::unexpected(std::move(text)); }

TEST(ResultType, TellsBothItsSides) {
  const Type& type = Codec<Answer<U8, U64>>::type;
  EXPECT_EQ(type.kind, Kind::result);
  ASSERT_EQ(type.members.size(), 2u);
  EXPECT_EQ(type.members[0].name, "ok");
  EXPECT_EQ(type.members[0].type, &Codec<U8>::type);
  EXPECT_EQ(type.members[1].name, "error");
  EXPECT_EQ(type.members[1].type, &Codec<U64>::type);
}

TEST(ResultType, WithoutPayloadsTellsNone) {
  EXPECT_EQ(Codec<Bare>::type.members[0].type, nullptr);
  EXPECT_EQ(Codec<Bare>::type.members[1].type, nullptr);
}

TEST(ResultType, IsStoredAsZeroForOkAndOneForError) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Answer<U8, U8>(7)), 2), "00 07");
  EXPECT_EQ(guest.hex(guest.store(Answer<U8, U8>(std::unexpected(U8{9}))), 2), "01 09");
  EXPECT_EQ(guest.hex(guest.store(Bare()), 1), "00");
  EXPECT_EQ(guest.hex(guest.store(Bare(std::unexpected(None()))), 1), "01");
}

TEST(ResultType, StoresBothPayloadsAtTheSamePlace) {
  Guest guest;
  using Uneven = Answer<U8, U64>;
  EXPECT_EQ(guest.hex(guest.store(Uneven(U8{7})), 16),
            "00 aa aa aa aa aa aa aa 07 aa aa aa aa aa aa aa");
  EXPECT_EQ(guest.hex(guest.store(Uneven(std::unexpected(U64{9}))), 16),
            "01 aa aa aa aa aa aa aa 09 00 00 00 00 00 00 00");
}

TEST(ResultType, IsLoweredToItsCaseAndItsPayload) {
  Guest guest;
  EXPECT_EQ(guest.lower(Text("hey")), (Slots{0, 17, 3}));
  EXPECT_EQ(guest.lower(refusal("no")), (Slots{1, 21, 2}));
  EXPECT_EQ(guest.lower(Bare()), (Slots{0}));
  EXPECT_EQ(guest.lower(Bare(std::unexpected(None()))), (Slots{1}));
}

// What the slots held before is the host's own, and no business of the guest's.
TEST(ResultType, LowersZerosWhereItsPayloadIsShorterThanTheOther) {
  Guest guest;
  using Uneven = Answer<U8, std::tuple<U64, U64, U64>>;
  EXPECT_EQ(guest.lower(Uneven(U8{7})), (Slots{0, 7, 0, 0}));
  using NoOk = Answer<void, std::string>;
  EXPECT_EQ(guest.lower(NoOk()), (Slots{0, 0, 0}));
  using NoError = Answer<std::string, None>;
  EXPECT_EQ(guest.lower(NoError(std::unexpected(None()))), (Slots{1, 0, 0}));
}

// Canonical ABI: lower_flat_variant. i32 and f32 become an i64 with zeros above them.
TEST(ResultType, JoinsCoreValuesOf32BitsWithOnesOf64) {
  Guest guest;
  EXPECT_EQ(guest.lower(Answer<float, U64>(1.0F)), (Slots{0, 0x3F800000}));
  EXPECT_EQ(guest.lower(Answer<std::int8_t, U64>(std::int8_t{-1})), (Slots{0, 0xFFFFFFFF}));
  EXPECT_EQ(guest.lower(Answer<float, std::int32_t>(-0.0F)), (Slots{0, 0x80000000}));
  EXPECT_EQ(guest.lower(Answer<double, std::uint32_t>(-0.0)), (Slots{0, U64{1} << 63}));
}

// Canonical ABI: lift_flat_variant. What stands above an i32 in an i64 is dropped.
TEST(ResultType, SplitsCoreValuesOf32BitsFromOnesOf64) {
  Guest guest;
  const auto number = guest.lift<Answer<float, U64>>({0, 0xDEADBEEF3F800000});
  ASSERT_TRUE(number);
  EXPECT_EQ(*number, 1.0F);
  const auto small = guest.lift<Answer<std::int8_t, U64>>({0, 0xDEADBEEFFFFFFFFE});
  ASSERT_TRUE(small);
  EXPECT_EQ(*small, -2);
}

template <class T>
void expect_back(const T& value) {
  Guest guest({.moves = Moves::yes});
  EXPECT_EQ(guest.load<T>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<T>(guest.lower(value)), value);
}

TEST(ResultType, ComesBackAsItWas) {
  expect_back(Text("text"));
  expect_back(Text(""));
  expect_back(refusal("no"));
  expect_back(Answer<U8, double>(U8{255}));
  expect_back(Answer<U8, double>(std::unexpected(-0.5)));
  expect_back(Answer<Text, U8>(refusal("inner")));
  expect_back(Answer<U8, std::optional<std::string>>(std::unexpected("some")));
}

TEST(ResultType, WithoutPayloadsComesBackAsItWas) {
  Guest guest;
  for (const bool ok : {true, false}) {
    const Bare value = ok ? Bare() : Bare(std::unexpected(None()));
    EXPECT_EQ(guest.load<Bare>(guest.store(value)).has_value(), ok);
    EXPECT_EQ(guest.lift<Bare>(guest.lower(value)).has_value(), ok);
    using NoOk = Answer<void, U8>;
    const NoOk half = ok ? NoOk() : NoOk(std::unexpected(U8{7}));
    const NoOk back = guest.load<NoOk>(guest.store(half));
    EXPECT_EQ(back.has_value(), ok);
    if (!ok) {
      EXPECT_EQ(back.error(), 7);
    }
  }
}

TEST(ResultType, ReplacesWhatTheHostHadThere) {
  Guest guest;
  const std::uint32_t ok = guest.store(Text("ok"));
  const std::uint32_t error = guest.store(refusal("no"));
  LiftContext& context = guest.begin_lifting();
  Text value = refusal("old");
  ASSERT_TRUE(Codec<Text>::load(context, context.range(ok, 1, 12, 4), value));
  EXPECT_EQ(value, Text("ok"));
  ASSERT_TRUE(Codec<Text>::load(context, context.range(error, 1, 12, 4), value));
  EXPECT_EQ(value, refusal("no"));
}

TEST(ResultType, IsViewedInPlace) {
  Guest guest;
  const auto view = guest.load<View<Text>>(guest.store(refusal("no")));
  ASSERT_FALSE(view);
  EXPECT_EQ(guest.address(view.error().data()), guest.blocks()[1].at);
}

TEST(ResultType, OfAThirdCaseIsRefused) {
  Guest guest;
  EXPECT_EQ(guest.lift_fault<Text>({2, 0, 0}), "bad discriminant: 2 of 2");
  EXPECT_EQ(guest.lift_fault<Bare>({0x80000000}), "bad discriminant: 2147483648 of 2");
  EXPECT_EQ(guest.load_fault<Bare>(guest.put<U8>({2})), "bad discriminant: 2 of 2");
  EXPECT_EQ(guest.load_fault<Text>(guest.put<std::uint32_t>({255, 0, 0})),
            "bad discriminant: 255 of 2");
}

TEST(ResultType, NamesItsSideOnTheWayToWhatIsBad) {
  Guest guest;
  EXPECT_EQ(guest.lower_fault(Text("\xFF")), "host bad utf8: byte 0; ok");
  EXPECT_EQ(guest.store_fault(Text("\xFF")), "host bad utf8: byte 0; ok");
  EXPECT_EQ(guest.lower_fault(refusal("\xFF")), "host bad utf8: byte 0; error");
  EXPECT_EQ(guest.store_fault(refusal("\xFF")), "host bad utf8: byte 0; error");
  const std::string bounds = "out of bounds: 1 x 1 at 65536 of 65536; ";
  EXPECT_EQ(guest.lift_fault<Text>({0, 0x10000, 1}), bounds + "ok");
  EXPECT_EQ(guest.lift_fault<Text>({1, 0x10000, 1}), bounds + "error");
  EXPECT_EQ(guest.load_fault<Text>(guest.put<std::uint32_t>({1, 0x10000, 1})), bounds + "error");
}

}  // namespace
}  // namespace mortise::abi
