// error: a result needs a Codec: structs get one in their binding, from RecordCodec
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

using Pick = mortise::abi::Function<"pick", Color>;
static_assert(Pick::name == "pick");
