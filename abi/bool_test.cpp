#include <mortise/abi/bool.h>

#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;

static_assert(Lowerable<bool> && Liftable<bool>);
static_assert(Codec<bool>::layout == Layout{.size = 1, .align = 1, .flat = 1});
static_assert(Codec<bool>::type.kind == Kind::boolean);

TEST(Bool, IsStoredAsOneOrZero) {
  Guest guest;
  EXPECT_EQ(guest.hex(guest.store(true), 1), "01");
  EXPECT_EQ(guest.hex(guest.store(false), 1), "00");
}

TEST(Bool, IsLoweredToOneOrZero) {
  Guest guest;
  EXPECT_EQ(guest.lower(true), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(guest.lower(false), (std::vector<std::uint64_t>{0}));
}

TEST(Bool, IsTrueForEveryByteButZero) {
  Guest guest;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::uint32_t at = guest.put<std::uint8_t>({static_cast<std::uint8_t>(byte)});
    EXPECT_EQ(guest.load<bool>(at), byte != 0) << byte;
  }
}

TEST(Bool, IsTrueForEveryCoreValueButZero) {
  Guest guest;
  EXPECT_FALSE(guest.lift<bool>({0}));
  EXPECT_TRUE(guest.lift<bool>({1}));
  EXPECT_TRUE(guest.lift<bool>({0x100}));
  EXPECT_TRUE(guest.lift<bool>({0x80000000}));
}

TEST(Bool, LooksAtTheLowHalfOfItsSlotOnly) {
  Guest guest;
  EXPECT_FALSE(guest.lift<bool>({0xFFFFFFFF00000000}));
}

}  // namespace
}  // namespace mortise::abi
