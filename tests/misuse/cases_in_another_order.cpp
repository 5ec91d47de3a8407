// error: alternatives and Cases are in the same order, that of the contract
#include "common.h"

namespace {
struct Dot {};
struct Circle {
  float value = 0;
};
#if FIXED
using Shape = std::variant<Dot, Circle>;
#else
using Shape = std::variant<Circle, Dot>;
#endif
}  // namespace

template <>
struct mortise::abi::Codec<Shape>
    : VariantCodec<Shape, "shape", Case<"dot", Dot>, Case<"circle", Circle>> {};
static_assert(mortise::abi::Codec<Shape>::layout.size == 8);
