#include <mortise/abi/number.h>

#include <bit>
#include <limits>

#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::Guest;
using Slots = std::vector<std::uint64_t>;

template <class T>
constexpr bool lies_as(Kind kind, std::uint32_t size) {
  return Lowerable<T> && Liftable<T> && Codec<T>::type.kind == kind &&
         Codec<T>::layout == Layout{.size = size, .align = size, .flat = 1};
}
static_assert(lies_as<std::int8_t>(Kind::s8, 1));
static_assert(lies_as<std::uint8_t>(Kind::u8, 1));
static_assert(lies_as<std::int16_t>(Kind::s16, 2));
static_assert(lies_as<std::uint16_t>(Kind::u16, 2));
static_assert(lies_as<std::int32_t>(Kind::s32, 4));
static_assert(lies_as<std::uint32_t>(Kind::u32, 4));
static_assert(lies_as<std::int64_t>(Kind::s64, 8));
static_assert(lies_as<std::uint64_t>(Kind::u64, 8));
static_assert(lies_as<float>(Kind::f32, 4));
static_assert(lies_as<double>(Kind::f64, 8));

// A character is no number, and neither is a type that WIT does not have.
static_assert(!Number<char> && !Number<bool> && !Number<char32_t> && !Number<long double>);

template <class T>
class EveryNumber : public ::testing::Test {
 public:
  static std::vector<T> extremes() {
    using Limits = std::numeric_limits<T>;
    std::vector<T> all{T{0}, T{1}, Limits::lowest(), Limits::max(), static_cast<T>(-1)};
    if constexpr (std::floating_point<T>) {
      for (const T value : {Limits::min(), Limits::denorm_min(), Limits::infinity(), T{-0.0},
                            Limits::quiet_NaN(), Limits::signaling_NaN(), -Limits::infinity()})
        all.push_back(value);
    }
    return all;
  }
  // NaNs are equal to nothing: bits are compared.
  static std::array<std::byte, sizeof(T)> bits(T value) {
    return std::bit_cast<std::array<std::byte, sizeof(T)>>(value);
  }
};

using Numbers =
    ::testing::Types<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                     std::uint32_t, std::int64_t, std::uint64_t, float, double>;
TYPED_TEST_SUITE(EveryNumber, Numbers);

TYPED_TEST(EveryNumber, KeepsItsBitsThroughMemory) {
  Guest guest;
  for (const TypeParam value : this->extremes()) {
    const TypeParam back = guest.load<TypeParam>(guest.store(value));
    EXPECT_EQ(this->bits(back), this->bits(value)) << value;
  }
}

TYPED_TEST(EveryNumber, KeepsItsBitsThroughCoreValues) {
  Guest guest;
  for (const TypeParam value : this->extremes()) {
    const TypeParam back = guest.lift<TypeParam>(guest.lower(value));
    EXPECT_EQ(this->bits(back), this->bits(value)) << value;
  }
}

TYPED_TEST(EveryNumber, OfLessThan64BitsIgnoresTheHighHalfOfItsSlot) {
  if constexpr (sizeof(TypeParam) < 8) {
    Guest guest;
    for (const TypeParam value : this->extremes()) {
      Slots slots = guest.lower(value);
      slots[0] |= 0xDEADBEEF00000000;
      EXPECT_EQ(this->bits(guest.lift<TypeParam>(slots)), this->bits(value)) << value;
    }
  }
}

TYPED_TEST(EveryNumber, OfLessThan64BitsLeavesTheHighHalfOfItsSlotZero) {
  if constexpr (sizeof(TypeParam) < 8) {
    Guest guest;
    for (const TypeParam value : this->extremes())
      EXPECT_EQ(guest.lower(value)[0] >> 32, 0u) << value;
  }
}

template <class T>
std::string stored(T value) {
  Guest guest;
  return guest.hex(guest.store(value), sizeof(T));
}

TEST(Number, IsStoredLittleEndian) {
  EXPECT_EQ(stored<std::uint8_t>(0x12), "12");
  EXPECT_EQ(stored<std::int8_t>(-2), "fe");
  EXPECT_EQ(stored<std::uint16_t>(0x1234), "34 12");
  EXPECT_EQ(stored<std::int16_t>(-2), "fe ff");
  EXPECT_EQ(stored<std::uint32_t>(0x12345678), "78 56 34 12");
  EXPECT_EQ(stored<std::int32_t>(-2), "fe ff ff ff");
  EXPECT_EQ(stored<std::uint64_t>(0x123456789ABCDEF0), "f0 de bc 9a 78 56 34 12");
  EXPECT_EQ(stored<std::int64_t>(-2), "fe ff ff ff ff ff ff ff");
}

TEST(Number, OfFloatingPointIsStoredAsItsBits) {
  EXPECT_EQ(stored(1.0F), "00 00 80 3f");
  EXPECT_EQ(stored(-0.0F), "00 00 00 80");
  EXPECT_EQ(stored(1.0), "00 00 00 00 00 00 f0 3f");
  EXPECT_EQ(stored(-0.0), "00 00 00 00 00 00 00 80");
}

TEST(Number, ThatIsNarrowAndSignedIsExtendedTo32Bits) {
  Guest guest;
  EXPECT_EQ(guest.lower(std::int8_t{-1}), (Slots{0xFFFFFFFF}));
  EXPECT_EQ(guest.lower(std::int8_t{-128}), (Slots{0xFFFFFF80}));
  EXPECT_EQ(guest.lower(std::int16_t{-2}), (Slots{0xFFFFFFFE}));
  EXPECT_EQ(guest.lower(std::int32_t{-2}), (Slots{0xFFFFFFFE}));
  EXPECT_EQ(guest.lower(std::int64_t{-2}), (Slots{0xFFFFFFFFFFFFFFFE}));
}

TEST(Number, ThatIsNarrowAndUnsignedIsExtendedWithZeros) {
  Guest guest;
  EXPECT_EQ(guest.lower(std::uint8_t{255}), (Slots{255}));
  EXPECT_EQ(guest.lower(std::uint16_t{65535}), (Slots{65535}));
  EXPECT_EQ(guest.lower(std::uint32_t{0xFFFFFFFF}), (Slots{0xFFFFFFFF}));
}

TEST(Number, OfFloatingPointIsLoweredAsItsBits) {
  Guest guest;
  EXPECT_EQ(guest.lower(1.0F), (Slots{0x3F800000}));
  EXPECT_EQ(guest.lower(-0.0F), (Slots{0x80000000}));
  EXPECT_EQ(guest.lower(-1.0), (Slots{0xBFF0000000000000}));
}

// Canonical ABI: lift_flat_unsigned, lift_flat_signed.
TEST(Number, TakesTheLowBitsOfACoreValueThatIsTooLarge) {
  Guest guest;
  EXPECT_EQ(guest.lift<std::uint8_t>({0x1FF}), 255);
  EXPECT_EQ(guest.lift<std::int8_t>({0x80}), -128);
  EXPECT_EQ(guest.lift<std::int8_t>({0x17F}), 127);
  EXPECT_EQ(guest.lift<std::uint16_t>({0x12345}), 0x2345);
  EXPECT_EQ(guest.lift<std::int16_t>({0x18000}), -32768);
}

template <class T, class Bits>
void expect_kept(Bits bits) {
  Guest guest;
  const T value = std::bit_cast<T>(bits);
  EXPECT_EQ(std::bit_cast<Bits>(guest.load<T>(guest.store(value))), bits);
  EXPECT_EQ(std::bit_cast<Bits>(guest.lift<T>(guest.lower(value))), bits);
}

TEST(Number, ThatIsNanKeepsSignPayloadAndKind) {
  for (const std::uint32_t bits : {0x7FC00000U, 0xFFC00001U, 0x7F800001U, 0xFFBFFFFFU})
    expect_kept<float>(bits);
  for (const std::uint64_t bits :
       {0x7FF8000000000000U, 0xFFF8000000000001U, 0x7FF0000000000001U, 0xFFF7FFFFFFFFFFFFU})
    expect_kept<double>(bits);
}

}  // namespace
}  // namespace mortise::abi
