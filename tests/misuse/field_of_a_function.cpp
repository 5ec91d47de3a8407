// error: a Field points to a member variable: Field<"x", &Point::x>
#include "common.h"

namespace {
struct Point {
  int x = 0;
  int area() const;
};
}  // namespace

#if FIXED
using X = mortise::abi::Field<"x", &Point::x>;
#else
using X = mortise::abi::Field<"x", &Point::area>;
#endif

template <>
struct mortise::abi::Codec<Point> : RecordCodec<Point, "point", X> {};
static_assert(mortise::abi::Codec<Point>::layout.size == 4);
