// error: a case is a struct without members, or with one, `value`, which is its payload
#include "common.h"

namespace {
struct Circle {
#if FIXED
  float value = 0;
#else
  float radius = 0;
#endif
};
using Shape = std::variant<Circle>;
}  // namespace

template <>
struct mortise::abi::Codec<Shape> : VariantCodec<Shape, "shape", Case<"circle", Circle>> {};
static_assert(mortise::abi::Codec<Shape>::layout.align != 0);
