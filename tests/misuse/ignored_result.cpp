// error: ignoring return value of
// error: declared with attribute 'nodiscard'
#include "common.h"

void make() {
#if FIXED
  if (!plugin().instantiate()) return;
#else
  plugin().instantiate();
#endif
}
