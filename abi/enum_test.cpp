#include <mortise/abi/enum.h>

#include <concepts>
#include <optional>
#include <string>
#include <vector>

#include <mortise/abi/list.h>
#include <mortise/abi/option.h>
#include <mortise/abi/record.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace {

// Enums of 256 and 257 values: c000, c001, ..
#define TEN(c) c##0, c##1, c##2, c##3, c##4, c##5, c##6, c##7, c##8, c##9
#define HUNDRED(c)                                                                        \
  TEN(c##0), TEN(c##1), TEN(c##2), TEN(c##3), TEN(c##4), TEN(c##5), TEN(c##6), TEN(c##7), \
      TEN(c##8), TEN(c##9)
#define TO_255(c)                                                                           \
  HUNDRED(c##0), HUNDRED(c##1), TEN(c##20), TEN(c##21), TEN(c##22), TEN(c##23), TEN(c##24), \
      c##250, c##251, c##252, c##253, c##254, c##255
enum class Many : std::uint8_t { TO_255(c) };
enum class More : std::uint16_t { TO_255(c), c256 };

template <class X, class>
struct NumberedCodec;
template <class X, std::size_t... I>
struct NumberedCodec<X, std::index_sequence<I...>>
    : mortise::abi::EnumCodec<X, "many", mortise::testing::numbered(I)...> {};

// record line { level: level, text: string }
struct Line {
  mortise::testing::Level level{};
  std::string text;
  friend bool operator==(const Line&, const Line&) = default;
};

enum class Single : std::uint8_t { it };

}  // namespace

template <>
struct mortise::abi::Codec<Many> : NumberedCodec<Many, std::make_index_sequence<256>> {};
template <>
struct mortise::abi::Codec<More> : NumberedCodec<More, std::make_index_sequence<257>> {};
template <>
struct mortise::abi::Codec<Line>
    : RecordCodec<Line, "line", Field<"level", &Line::level>, Field<"text", &Line::text>> {};
template <>
struct mortise::abi::Codec<Single> : EnumCodec<Single, "single", "it"> {};

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Level;
using Slots = std::vector<std::uint64_t>;
using U8 = std::uint8_t;
using U16 = std::uint16_t;

static_assert(Lowerable<Level> && Liftable<Level>);
static_assert(std::same_as<View<Level>, Level>);
static_assert(Codec<Level>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<Single>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<Many>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<More>::layout == Layout{.size = 2, .align = 2, .flat = 1});

static_assert(name_of(Level::debug) == "debug");
static_assert(name_of(Level::error) == "error");
static_assert(name_of(Level{3}).empty());
static_assert(name_of(More::c256) == "c256");

// Values that the enums have not. NOLINTBEGIN(clang-analyzer-optin.core.EnumCastOutOfRange)
constexpr Level kNoLevel{7};
constexpr More kNoMore{257};
// NOLINTEND(clang-analyzer-optin.core.EnumCastOutOfRange)

TEST(Enum, TellsItsNameAndThoseOfItsValues) {
  const Type& type = Codec<Level>::type;
  EXPECT_EQ(type.kind, Kind::enumeration);
  EXPECT_EQ(type.name, "level");
  ASSERT_EQ(type.members.size(), 3u);
  EXPECT_EQ(type.members[0].name, "debug");
  EXPECT_EQ(type.members[1].name, "info");
  EXPECT_EQ(type.members[2].name, "error");
  EXPECT_EQ(type.members[2].type, nullptr);
}

TEST(Enum, IsStoredAsItsNumber) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(Level::error), 2), "02 aa");
  EXPECT_EQ(guest.hex(guest.store(Many::c255), 2), "ff aa");
}

TEST(Enum, OfMoreThan256ValuesIsStoredInTwoBytes) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(More::c255), 2), "ff 00");
  EXPECT_EQ(guest.hex(guest.store(More::c256), 2), "00 01");
}

TEST(Enum, IsLoweredToItsNumber) {
  Guest guest;
  EXPECT_EQ(guest.lower(Level::error), (Slots{2}));
  EXPECT_EQ(guest.lower(More::c256), (Slots{256}));
}

template <class T>
void expect_back(const T& value) {
  Guest guest;
  EXPECT_EQ(guest.load<T>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<T>(guest.lower(value)), value);
}

TEST(Enum, ComesBackAsItWas) {
  expect_back(Level::debug);
  expect_back(Level::error);
  expect_back(Single::it);
  expect_back(Many::c255);
  expect_back(More::c000);
  expect_back(More::c256);
}

TEST(Enum, ComesBackFromWithinOtherTypes) {
  expect_back(std::vector<Level>{Level::error, Level::debug, Level::info});
  expect_back(std::vector<More>{More::c256, More::c001});
  expect_back(std::optional(Level::info));
  expect_back(std::vector<Line>{{.level = Level::info, .text = "text"}, {}});
}

TEST(Enum, InAListIsViewed) {
  Guest guest;
  const auto view = guest.load<View<std::vector<Level>>>(
      guest.store(std::vector<Level>{Level::error, Level::info}));
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[0], Level::error);
  EXPECT_EQ(view[1], Level::info);
}

TEST(Enum, LooksAtTheLowHalfOfItsSlotOnly) {
  Guest guest;
  EXPECT_EQ(guest.lift<Level>({0xFFFFFFFF00000001}), Level::info);
}

TEST(Enum, OfTheGuestIsRefusedWhereItHasNoSuchValue) {
  Guest guest;
  EXPECT_EQ(guest.lift_fault<Level>({3}), "bad discriminant: 3 of 3");
  EXPECT_EQ(guest.lift_fault<Level>({0x100}), "bad discriminant: 256 of 3");
  EXPECT_EQ(guest.lift_fault<Many>({0x100}), "bad discriminant: 256 of 256");
  EXPECT_EQ(guest.load_fault<Level>(guest.put<U8>({3})), "bad discriminant: 3 of 3");
  EXPECT_EQ(guest.load_fault<More>(guest.put<U16>({257})), "bad discriminant: 257 of 257");
  EXPECT_EQ(guest.load_fault<More>(guest.put<U16>({0xFFFF})), "bad discriminant: 65535 of 257");
  EXPECT_EQ(guest.load_fault<Line>(guest.put<std::uint32_t>({9, 0, 0})),
            "bad discriminant: 9 of 3; level");
}

TEST(Enum, OfTheHostIsRefusedWhereItHasNoSuchValue) {
  Guest guest;
  EXPECT_EQ(guest.store_fault(kNoLevel), "host bad case: 7 of 3");
  EXPECT_EQ(guest.lower_fault(kNoLevel), "host bad case: 7 of 3");
  EXPECT_EQ(guest.lower_fault(kNoMore), "host bad case: 257 of 257");
  EXPECT_EQ(guest.store_fault(std::vector<Level>{Level::info, kNoLevel}),
            "host bad case: 7 of 3; 1");
}

TEST(Enum, HasNamesForMessages) {
  EXPECT_EQ(name_of(Level::info), "info");
  EXPECT_EQ(name_of(kNoLevel), "");
}

}  // namespace
}  // namespace mortise::abi
