// error: a record has at least one Field
#include "common.h"

namespace {
struct Point {
  int x = 0;
};
}  // namespace

template <>
#if FIXED
struct mortise::abi::Codec<Point> : RecordCodec<Point, "point", Field<"x", &Point::x>> {
};
#else
struct mortise::abi::Codec<Point> : RecordCodec<Point, "point"> {
};
#endif
static_assert(mortise::abi::Codec<Point>::layout.size == 4);
