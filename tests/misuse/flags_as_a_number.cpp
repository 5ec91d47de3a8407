// error: cannot convert 'const Permissions' to 'int' in initialization
#include "common.h"

class Permissions : public mortise::Flags<Permissions, 2> {
 public:
  using Flags::Flags;
  static const Permissions read, write;
};
inline constexpr Permissions Permissions::read{0x1};
inline constexpr Permissions Permissions::write{0x2};

#if FIXED
int bits = Permissions::write.bits();
#else
int bits = Permissions::write;
#endif
