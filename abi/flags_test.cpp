#include <mortise/abi/flags.h>

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <mortise/abi/list.h>
#include <mortise/abi/option.h>
#include <mortise/abi/tuple.h>
#include <tests/guest_memory.h>
#include <tests/shapes.h>

namespace {

// flags with `Count` of them: c000, c001, ..
template <std::size_t Count>
class Many : public mortise::Flags<Many<Count>, Count> {
 public:
  using mortise::Flags<Many, Count>::Flags;
};

template <class X, class>
struct NumberedCodec;
template <class X, std::size_t... I>
struct NumberedCodec<X, std::index_sequence<I...>>
    : mortise::abi::FlagsCodec<X, "many", mortise::testing::numbered(I)...> {};

// Flags that are called as what all flags can do.
class Odd : public mortise::Flags<Odd, 3> {
 public:
  using Flags::Flags;
  static const Odd empty, bits, contains;
};
inline constexpr Odd Odd::empty{0x1};
inline constexpr Odd Odd::bits{0x2};
inline constexpr Odd Odd::contains{0x4};

}  // namespace

template <std::size_t Count>
struct mortise::abi::Codec<Many<Count>>
    : NumberedCodec<Many<Count>, std::make_index_sequence<Count>> {};
template <>
struct mortise::abi::Codec<Odd> : FlagsCodec<Odd, "odd", "empty", "bits", "contains"> {};

namespace mortise::abi {
namespace {

using testing::Guest;
using testing::Permissions;
using Slots = std::vector<std::uint64_t>;

static_assert(Lowerable<Permissions> && Liftable<Permissions>);
static_assert(std::same_as<View<Permissions>, Permissions>);
static_assert(Codec<Permissions>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<Many<1>>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<Many<8>>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<Many<9>>::layout == Layout{.size = 2, .align = 2, .flat = 1});
static_assert(Codec<Many<16>>::layout == Layout{.size = 2, .align = 2, .flat = 1});
static_assert(Codec<Many<17>>::layout == Layout{.size = 4, .align = 4, .flat = 1});
static_assert(Codec<Many<32>>::layout == Layout{.size = 4, .align = 4, .flat = 1});
static_assert(sizeof(Permissions) == 1 && sizeof(Many<9>) == 2 && sizeof(Many<32>) == 4);

constexpr Permissions kNone;
constexpr Permissions kRead = Permissions::read;
constexpr Permissions kWrite = Permissions::write;
constexpr Permissions kExec = Permissions::exec;
constexpr Permissions kAll = ~kNone;

// ---- A set ----

static_assert(kNone.empty() && !kRead.empty());
static_assert(kRead != kWrite && kRead == Permissions::read);
static_assert((kRead | kWrite) == Permissions{0x3});
static_assert((kAll & kWrite) == kWrite);
static_assert(((kRead | kWrite) ^ (kWrite | kExec)) == (kRead | kExec));
static_assert((kAll - kWrite) == (kRead | kExec));
static_assert((kRead - kWrite) == kRead);
static_assert(~(kRead | kWrite) == kExec);
static_assert(kAll.contains(kRead | kExec) && !kRead.contains(kRead | kExec));
static_assert(kRead.contains(kNone) && !kNone.contains(kRead));
static_assert(kAll.bits() == 0x7);
static_assert((~Many<32>()).bits() == 0xFFFFFFFF);

static_assert(!std::is_convertible_v<Permissions, int> && !std::is_convertible_v<int, Permissions>);
static_assert(!std::is_convertible_v<Permissions, bool>);

TEST(Flags, ChangeAsSetsDo) {
  Permissions p = kRead;
  EXPECT_EQ(p |= kWrite, kRead | kWrite);
  EXPECT_EQ(p &= kWrite | kExec, kWrite);
  EXPECT_EQ(p ^= kAll, kRead | kExec);
  EXPECT_EQ(p -= kExec, kRead);
  EXPECT_EQ(p, kRead);
}

TEST(Flags, DropBitsThatStandForNone) { EXPECT_EQ(Permissions{0xFF}.bits(), 0x7); }

TEST(Flags, MayBeCalledAsWhatAllFlagsCanDo) {
  Guest guest;
  EXPECT_EQ(guest.lower(Odd::bits | Odd::contains), (Slots{6}));
  EXPECT_EQ(guest.lift<Odd>({1}), Odd::empty);
}

// ---- There and back ----

TEST(Flags, TellTheirNames) {
  const Type& type = Codec<Permissions>::type;
  EXPECT_EQ(type.kind, Kind::flags);
  EXPECT_EQ(type.name, "permissions");
  ASSERT_EQ(type.members.size(), 3u);
  EXPECT_EQ(type.members[0].name, "read");
  EXPECT_EQ(type.members[2].name, "exec");
  EXPECT_EQ(type.members[2].type, nullptr);
}

TEST(Flags, AreStoredAsBitsTheFirstAsTheLowest) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(kRead), 2), "01 aa");
  EXPECT_EQ(guest.hex(guest.store(kWrite | kExec), 2), "06 aa");
  EXPECT_EQ(guest.hex(guest.store(Many<9>{0x100}), 3), "00 01 aa");
  EXPECT_EQ(guest.hex(guest.store(Many<17>{0x10002}), 5), "02 00 01 00 aa");
}

TEST(Flags, AreLoweredToOneCoreValue) {
  Guest guest;
  EXPECT_EQ(guest.lower(kWrite | kExec), (Slots{6}));
  EXPECT_EQ(guest.lower(~Many<32>()), (Slots{0xFFFFFFFF}));
}

template <class T>
void expect_back(const T& value) {
  Guest guest;
  EXPECT_EQ(guest.load<T>(guest.store(value)), value);
  EXPECT_EQ(guest.lift<T>(guest.lower(value)), value);
}

TEST(Flags, ComeBackAsTheyWere) {
  expect_back(kNone);
  expect_back(kAll);
  expect_back(Many<8>{0x81});
  expect_back(Many<9>{0x101});
  expect_back(Many<16>{0x8001});
  expect_back(Many<17>{0x10001});
  expect_back(Many<32>{0x80000001});
}

TEST(Flags, ComeBackFromWithinOtherTypes) {
  expect_back(std::optional(kExec));
  expect_back(std::vector<Permissions>{kRead, kNone, kAll});
  expect_back(std::tuple<std::uint8_t, Many<17>, Many<9>>(1, Many<17>{0x10001}, Many<9>{0x101}));
}

TEST(Flags, InAListAreViewed) {
  Guest guest;
  const auto view = guest.load<View<std::vector<Permissions>>>(
      guest.store(std::vector<Permissions>{kRead, kAll}));
  ASSERT_EQ(view.size(), 2u);
  EXPECT_EQ(view[1], kAll);
}

// Canonical ABI: unpack_flags_from_int takes as many bits as there are labels.
TEST(Flags, OfTheGuestMayHaveBitsThatStandForNone) {
  Guest guest;
  EXPECT_EQ(guest.load<Permissions>(guest.put<std::uint8_t>({0xFA})), kWrite);
  EXPECT_EQ(guest.lift<Permissions>({0xFFFFFFFFFFFFFFFD}), kRead | kExec);
  EXPECT_EQ(guest.load<Many<17>>(guest.put<std::uint32_t>({0xFFFE0001})), Many<17>{1});
  EXPECT_EQ(guest.lift<Many<32>>({0xFFFFFFFF00000001}), Many<32>{1});
}

}  // namespace
}  // namespace mortise::abi
