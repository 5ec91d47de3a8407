// error: a Field points to a member of another struct than the record
#include "common.h"

namespace {
struct Point {
  int x = 0;
};
struct Size {
  int x = 0;
};
}  // namespace

#if FIXED
using X = mortise::abi::Field<"x", &Point::x>;
#else
using X = mortise::abi::Field<"x", &Size::x>;
#endif

template <>
struct mortise::abi::Codec<Point> : RecordCodec<Point, "point", X> {};
static_assert(mortise::abi::Codec<Point>::layout.size == 4);
