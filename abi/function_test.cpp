#include <mortise/abi/function.h>

#include <concepts>

#include <mortise/abi/bool.h>
#include <mortise/abi/char.h>
#include <mortise/abi/list.h>
#include <mortise/abi/number.h>
#include <mortise/abi/option.h>
#include <mortise/abi/record.h>
#include <mortise/abi/result.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Moves;
using Slots = std::vector<std::uint64_t>;
using U8 = std::uint8_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using namespace std::string_view_literals;

constexpr U64 kStale = Guest::kStaleSlot;

// Sixteen slots, of which the first are these and nobody has written the rest.
Slots first(Slots slots) {
  slots.resize(kMaxFlatParams, kStale);
  return slots;
}

// ---- What a function tells of itself ----

using Greet = Function<"greet", std::expected<std::string, U32>, Param<"name", std::string_view>,
                       Param<"times", U8>>;

TEST(Function, TellsItsNameParametersAndResult) {
  EXPECT_EQ(Greet::name, "greet");
  ASSERT_EQ(Greet::params.size(), 2u);
  EXPECT_EQ(Greet::params[0].name, "name");
  EXPECT_EQ(Greet::params[0].type, &Codec<std::string_view>::type);
  EXPECT_EQ(Greet::params[1].name, "times");
  EXPECT_EQ(Greet::params[1].type, &Codec<U8>::type);
  EXPECT_EQ(Greet::result, (&Codec<std::expected<std::string, U32>>::type));
}

TEST(Function, WithoutResultTellsNone) { EXPECT_EQ((Function<"f", void>::result), nullptr); }

template <class F>
bool in_memory() {
  return F::params_in_memory;
}

TEST(Function, TellsWhetherItsParametersLieInMemory) {
  EXPECT_FALSE((in_memory<Function<"f", void>>()));
  EXPECT_FALSE((in_memory<Function<"f", std::string, Param<"a", std::tuple<U8, U64>>>>()));
  EXPECT_TRUE((in_memory<Function<"f", void, Param<"a", std::string_view>>>()));
  EXPECT_TRUE((in_memory<Function<"f", void, Param<"a", std::span<const U8>>>>()));
  using Nested = std::tuple<U8, std::optional<std::string_view>>;
  EXPECT_TRUE((in_memory<Function<"f", void, Param<"a", Nested>>>()));
}

TEST(Function, TellsWhetherItsResultLiesInMemory) {
  EXPECT_FALSE((Function<"f", void, Param<"a", std::string_view>>::result_in_memory));
  EXPECT_FALSE((Function<"f", U64>::result_in_memory));
  EXPECT_FALSE((Function<"f", std::expected<void, std::monostate>>::result_in_memory));
  EXPECT_TRUE((Function<"f", std::tuple<U8, U8>>::result_in_memory));
  EXPECT_TRUE((Function<"f", std::string>::result_in_memory));
}

// ---- Parameters ----

TEST(Function, WithoutParametersWritesNothing) {
  Guest guest;
  EXPECT_EQ((guest.call<Function<"f", void>>()), first({}));
  EXPECT_TRUE(guest.blocks().empty());
}

TEST(Function, PassesParametersOneAfterTheOther) {
  Guest guest;
  EXPECT_EQ((guest.call<Greet>("hey"sv, U8{7})), first({17, 3, 7}));
}

TEST(Function, PassesPartsOfParametersInTheirOrder) {
  using F = Function<"f", void, Param<"a", std::tuple<U8, U64>>, Param<"b", std::optional<U32>>,
                     Param<"c", bool>>;
  Guest guest;
  EXPECT_EQ((guest.call<F>(std::tuple<U8, U64>(1, 2), std::optional<U32>(), true)),
            first({1, 2, 0, 0, 1}));
}

using Eight = std::tuple<U8, U8, U8, U8, U8, U8, U8, U8>;
constexpr Eight kEight{1, 2, 3, 4, 5, 6, 7, 8};
using Sixteen = Function<"f", void, Param<"a", Eight>, Param<"b", Eight>>;
using Seventeen =
    Function<"f", void, Param<"a", Eight>, Param<"b", Eight>, Param<"c", std::uint16_t>>;

TEST(Function, TellsThatMoreThanSixteenCoreValuesLieInMemory) {
  EXPECT_FALSE(in_memory<Sixteen>());
  EXPECT_TRUE(in_memory<Seventeen>());
}

TEST(Function, PassesSixteenCoreValuesAsSuch) {
  Guest guest;
  EXPECT_EQ((guest.call<Sixteen>(kEight, kEight)),
            (Slots{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8}));
  EXPECT_TRUE(guest.blocks().empty());
}

TEST(Function, PassesMoreThanSixteenThroughMemory) {
  Guest guest;
  const Slots slots = guest.call<Seventeen>(kEight, kEight, std::uint16_t{0x1234});
  EXPECT_EQ(slots, first({18}));
  EXPECT_EQ(guest.hex(18, 18), "01 02 03 04 05 06 07 08 01 02 03 04 05 06 07 08 34 12");
}

TEST(Function, AsksForMemoryForItsParametersAsForATuple) {
  Guest guest;
  guest.call<Seventeen>(kEight, kEight, std::uint16_t{0});
  ASSERT_EQ(guest.blocks().size(), 1u);
  EXPECT_EQ(guest.blocks()[0].size, 18u);
  EXPECT_EQ(guest.blocks()[0].align, 2u);
}

using Text = std::string_view;
using Nine = Function<"f", void, Param<"flag", bool>, Param<"a", Text>, Param<"b", Text>,
                      Param<"c", Text>, Param<"d", Text>, Param<"e", Text>, Param<"f", Text>,
                      Param<"g", Text>, Param<"names", ListView<Text>>>;

template <class F, class... Args>
Slots call_nine(Guest& guest, const Args&... last) {
  return guest.call<F>(true, "a"sv, "bc"sv, ""sv, "def"sv, "e"sv, "f"sv, "g"sv, last...);
}

TEST(Function, StoresStringsThatItPassesThroughMemory) {
  Guest guest;
  const std::vector<std::string> names{"x", "yz"};
  const Slots slots = call_nine<Nine>(guest, ListView<Text>(names));
  EXPECT_EQ(slots, first({20}));
  const auto at = static_cast<U32>(slots[0]);
  EXPECT_EQ(guest.hex(at, 4), "01 aa aa aa");
  EXPECT_EQ(guest.load<Text>(at + 4), "a");
  EXPECT_EQ(guest.load<Text>(at + 8 + 4), "bc");
  EXPECT_EQ(guest.load<std::vector<std::string>>(at + 7 * 8 + 4), names);
}

// Each string moves the memory that the block of parameters lies in.
TEST(Function, FindsItsParametersAgainAfterEachRealloc) {
  Guest guest({.moves = Moves::yes});
  const std::vector<std::string> names{"x", "yz"};
  const Slots slots = call_nine<Nine>(guest, ListView<Text>(names));
  using Back = std::tuple<bool, std::string, std::string, std::string, std::string, std::string,
                          std::string, std::string, std::vector<std::string>>;
  EXPECT_EQ(guest.load<Back>(static_cast<U32>(slots[0])),
            (Back{true, "a", "bc", "", "def", "e", "f", "g", names}));
}

TEST(Function, NamesTheParameterThatIsBad) {
  Guest guest;
  EXPECT_EQ((guest.call_fault<Greet>("\xFF"sv, U8{0})), "host bad utf8: byte 0; name");
  using F = Function<"f", void, Param<"ok", U8>, Param<"items", std::vector<std::optional<Text>>>>;
  EXPECT_EQ((guest.call_fault<F>(U8{0}, std::vector<std::optional<Text>>{"a"sv, "\xFF"sv})),
            "host bad utf8: byte 0; some < 1 < items");
}

TEST(Function, NamesTheParameterInMemoryThatIsBad) {
  Guest guest;
  const std::array<Text, 2> names{"x", "y\xFF"};
  EXPECT_EQ((guest.call_fault<Nine>(true, ""sv, ""sv, ""sv, ""sv, ""sv, ""sv, ""sv,
                                    ListView<Text>(names))),
            "host bad utf8: byte 1; 1 < names");
}

TEST(Function, FailsWhereTheGuestHasNoRoomForItsParameters) {
  Guest guest({.reallocs = 0});
  EXPECT_EQ((guest.call_fault<Seventeen>(kEight, kEight, std::uint16_t{0})), "realloc failed");
}

// ---- Results ----

template <class R>
using Returns = Function<"f", R>;

TEST(Function, TakesAResultOfOneCoreValueFromItsSlot) {
  Guest guest;
  EXPECT_EQ((guest.result<Returns<U32>, U32>(7)), 7u);
  EXPECT_EQ((guest.result<Returns<double>, double>(U64{0x3FF0000000000000})), 1.0);
  EXPECT_EQ((guest.result<Returns<char32_t>, char32_t>(U'a')), U'a');
  using Single = std::tuple<std::tuple<U8>>;
  EXPECT_EQ((guest.result<Returns<Single>, Single>(0x107)), Single(7));
  using Bare = std::expected<void, std::monostate>;
  EXPECT_FALSE((guest.result<Returns<Bare>, Bare>(1).has_value()));
}

TEST(Function, TakesAResultOfMoreCoreValuesFromMemory) {
  Guest guest;
  const U32 at = guest.store("hey"sv);
  EXPECT_EQ((guest.result<Returns<std::string>, std::string>(at)), "hey");
  using Pair = std::tuple<U8, U32>;
  EXPECT_EQ((guest.result<Returns<Pair>, Pair>(guest.put<U32>({1, 2}))), Pair(1, 2));
  using Maybe = std::optional<U8>;
  EXPECT_EQ((guest.result<Returns<Maybe>, Maybe>(guest.put<U8>({1, 9}))), 9);
}

TEST(Function, LooksAtTheLowHalfOfTheSlotThatPointsToItsResult) {
  Guest guest;
  const U32 at = guest.store("hey"sv);
  EXPECT_EQ((guest.result<Returns<std::string>, std::string>(0xABCDEF0100000000 | at)), "hey");
}

TEST(Function, ViewsItsResultInPlace) {
  Guest guest;
  using R = std::expected<std::vector<std::string>, std::string>;
  const U32 at = guest.store(R(std::vector<std::string>{"hey"}));
  const auto view = guest.result<Returns<R>, View<R>>(at);
  ASSERT_TRUE(view);
  ASSERT_EQ(view->size(), 1u);
  EXPECT_EQ(guest.address((*view)[0].data()), guest.blocks()[2].at);
}

TEST(Function, RefusesAResultPastTheEndOfMemory) {
  Guest guest({.memory = 64});
  using F = Returns<std::string>;
  EXPECT_EQ((guest.result_fault<F, std::string>(60)), "out of bounds: 1 x 8 at 60 of 64");
  EXPECT_EQ((guest.result_fault<F, std::string>(64)), "out of bounds: 1 x 8 at 64 of 64");
  EXPECT_EQ((guest.result_fault<F, std::string>(0xFFFFFFFC)),
            "out of bounds: 1 x 8 at 4294967292 of 64");
  EXPECT_EQ((guest.result_fault<F, std::string_view>(60)), "out of bounds: 1 x 8 at 60 of 64");
}

TEST(Function, RefusesAResultThatIsNotAligned) {
  Guest guest;
  EXPECT_EQ((guest.result_fault<Returns<std::string>, std::string>(18)), "unaligned: 18 to 4");
  using Wide = std::tuple<U64, U8>;
  EXPECT_EQ((guest.result_fault<Returns<Wide>, Wide>(20)), "unaligned: 20 to 8");
}

TEST(Function, TellsTheWayToWhatIsBadInItsResult) {
  Guest guest;
  using R = std::expected<std::vector<std::string>, std::string>;
  const U32 strings = guest.put<U32>({16, 0, 0x10000, 1});
  const U32 at = guest.put<U32>({0, strings, 2});
  const std::string refusal = "out of bounds: 1 x 1 at 65536 of 65536; 1 < ok";
  EXPECT_EQ((guest.result_fault<Returns<R>, R>(at)), refusal);
  EXPECT_EQ((guest.result_fault<Returns<R>, View<R>>(at)), refusal);
}

}  // namespace
}  // namespace mortise::abi
