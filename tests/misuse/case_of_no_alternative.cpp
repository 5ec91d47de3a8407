// error: a Case names an alternative of the variant
#include "common.h"

namespace {
struct Dot {};
struct Circle {
  float value = 0;
};
struct Square {
  float value = 0;
};
using Shape = std::variant<Dot, Circle>;
}  // namespace

#if FIXED
using Second = mortise::abi::Case<"circle", Circle>;
#else
using Second = mortise::abi::Case<"circle", Square>;
#endif

template <>
struct mortise::abi::Codec<Shape> : VariantCodec<Shape, "shape", Case<"dot", Dot>, Second> {};
static_assert(mortise::abi::Codec<Shape>::layout.size == 8);
