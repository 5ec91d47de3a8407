// error: two Cases name the same alternative of the variant
#include "common.h"

namespace {
struct Dot {};
struct Circle {
  float value = 0;
};
using Shape = std::variant<Dot, Circle>;
}  // namespace

#if FIXED
using Second = mortise::abi::Case<"circle", Circle>;
#else
using Second = mortise::abi::Case<"circle", Dot>;
#endif

template <>
struct mortise::abi::Codec<Shape> : VariantCodec<Shape, "shape", Case<"dot", Dot>, Second> {};
static_assert(mortise::abi::Codec<Shape>::layout.align != 0);
