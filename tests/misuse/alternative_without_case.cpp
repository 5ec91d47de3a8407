// error: a variant has one Case for each alternative
#include "common.h"

namespace {
struct Dot {};
struct Circle {
  float value = 0;
};
using Shape = std::variant<Dot, Circle>;
}  // namespace

template <>
#if FIXED
struct mortise::abi::Codec<Shape>
    : VariantCodec<Shape, "shape", Case<"dot", Dot>, Case<"circle", Circle>> {
};
#else
struct mortise::abi::Codec<Shape> : VariantCodec<Shape, "shape", Case<"dot", Dot>> {
};
#endif
static_assert(mortise::abi::Codec<Shape>::layout.align != 0);
