// error: the values of the enum class count from 0, and each has a name in its EnumCodec
#include "common.h"

namespace {
enum class Level : std::uint8_t { debug, info, error };
}

template <>
#if FIXED
struct mortise::abi::Codec<Level> : EnumCodec<Level, "level", "debug", "info", "error"> {
};
#else
struct mortise::abi::Codec<Level> : EnumCodec<Level, "level", "debug", "info"> {
};
#endif
static_assert(mortise::abi::Codec<Level>::layout.size == 1);
