#include <mortise/abi/char.h>

#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;

static_assert(Lowerable<char32_t> && Liftable<char32_t>);
static_assert(Codec<char32_t>::layout == Layout{.size = 4, .align = 4, .flat = 1});
static_assert(Codec<char32_t>::type.kind == Kind::character);

constexpr std::array<char32_t, 8> kEdges{0, 'a', 0x7F, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF};
constexpr std::array<char32_t, 5> kNone{0xD800, 0xDBFF, 0xDFFF, 0x110000, 0xFFFFFFFF};

TEST(Char, IsStoredAsItsScalarValue) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(char32_t{0x10FFFF}), 4), "ff ff 10 00");
}

TEST(Char, IsLoweredToItsScalarValue) {
  Guest guest;
  EXPECT_EQ(guest.lower(char32_t{0x10FFFF}), (std::vector<std::uint64_t>{0x10FFFF}));
}

TEST(Char, ComesBackFromMemoryAndFromCoreValues) {
  Guest guest;
  for (const char32_t c : kEdges) {
    EXPECT_EQ(guest.load<char32_t>(guest.store(c)), c);
    EXPECT_EQ(guest.lift<char32_t>(guest.lower(c)), c);
  }
}

TEST(Char, LooksAtTheLowHalfOfItsSlotOnly) {
  Guest guest;
  EXPECT_EQ(guest.lift<char32_t>({0xFFFFFFFF00000061}), U'a');
}

TEST(Char, OfTheGuestIsRefusedWhereItIsNoScalarValue) {
  Guest guest;
  for (const char32_t c : kNone) {
    const std::string refusal = "bad char: " + std::to_string(static_cast<std::uint32_t>(c));
    EXPECT_EQ(guest.load_fault<char32_t>(guest.put<char32_t>({c})), refusal);
    EXPECT_EQ(guest.lift_fault<char32_t>({c}), refusal);
  }
}

TEST(Char, OfTheHostIsRefusedWhereItIsNoScalarValue) {
  Guest guest;
  for (const char32_t c : kNone) {
    const std::string refusal = "host bad char: " + std::to_string(static_cast<std::uint32_t>(c));
    EXPECT_EQ(guest.store_fault(c), refusal);
    EXPECT_EQ(guest.lower_fault(c), refusal);
  }
}

TEST(Char, HasAsManyValuesAsUnicode) {
  std::uint32_t count = 0;
  for (char32_t c = 0; c < 0x120000; ++c)
    if (is_scalar_value(c)) ++count;
  EXPECT_EQ(count, 0x110000U - 0x800U);
}

}  // namespace
}  // namespace mortise::abi
