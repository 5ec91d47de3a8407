// error: a parameter needs a Codec: structs get one in their binding, from RecordCodec
// error: Color
#include "common.h"

namespace {
struct Color {
  int red = 0;
};
}  // namespace

#if FIXED
template <>
struct mortise::abi::Codec<Color> : RecordCodec<Color, "color", Field<"red", &Color::red>> {};
#endif

using Paint = mortise::abi::Function<"paint", void, mortise::abi::Param<"color", Color>>;
static_assert(Paint::params.size() == 1);
