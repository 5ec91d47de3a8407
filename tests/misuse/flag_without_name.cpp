// error: a FlagsCodec has one name for each flag
#include "common.h"

namespace {
class Permissions : public mortise::Flags<Permissions, 2> {
 public:
  using Flags::Flags;
};
}  // namespace

template <>
#if FIXED
struct mortise::abi::Codec<Permissions> : FlagsCodec<Permissions, "permissions", "read", "write"> {
};
#else
struct mortise::abi::Codec<Permissions> : FlagsCodec<Permissions, "permissions", "read"> {
};
#endif
static_assert(mortise::abi::Codec<Permissions>::layout.size == 1);
