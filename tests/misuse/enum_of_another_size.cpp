// error: an enum class is a std::uint8_t up to 256 values, a std::uint16_t up to 65536
#include "common.h"

#if FIXED
enum class Level : std::uint8_t { debug, info };
#else
enum class Level { debug, info };
#endif

template <>
struct mortise::abi::Codec<Level> : EnumCodec<Level, "level", "debug", "info"> {};
static_assert(mortise::abi::Codec<Level>::layout.size == 1);
