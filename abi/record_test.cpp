#include <mortise/abi/record.h>

#include <gtest/gtest.h>

#include <mortise/abi/number.h>

namespace {

struct Point {
  std::uint8_t x = 0;
  std::uint64_t y = 0;
  std::uint16_t z = 0;
};

}  // namespace

template <>
struct mortise::abi::Codec<Point>
    : RecordCodec<Point, "point", Field<"x", &Point::x>, Field<"y", &Point::y>,
                  Field<"z", &Point::z>> {};

namespace mortise::abi {
namespace {

TEST(Record, LaysOutItsFieldsWithPadding) {
  EXPECT_EQ(Codec<Point>::layout, (Layout{.size = 24, .align = 8, .flat = 3}));
  EXPECT_EQ(Codec<Point>::offsets, (std::array<std::uint32_t, 3>{0, 8, 16}));
}

}  // namespace
}  // namespace mortise::abi
