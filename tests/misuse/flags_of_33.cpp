// error: a WIT type has between 1 and 32 flags
#include "common.h"

#if FIXED
class Permissions : public mortise::Flags<Permissions, 32> {
#else
class Permissions : public mortise::Flags<Permissions, 33> {
#endif
 public:
  using Flags::Flags;
};
static_assert(Permissions().empty());
