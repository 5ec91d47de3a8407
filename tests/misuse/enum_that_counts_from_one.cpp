// error: the values of the enum class count from 0, and each has a name in its EnumCodec
#include "common.h"

#if FIXED
enum class Level : std::uint8_t { debug, info };
#else
enum class Level : std::uint8_t { debug = 1, info };
#endif

template <>
struct mortise::abi::Codec<Level> : EnumCodec<Level, "level", "debug", "info"> {};
static_assert(mortise::abi::Codec<Level>::layout.size == 1);
