// error: has no member named 'processor'
#include "common.h"

void call() {
#if FIXED
  (void)instance().processor();
#else
  (void)plugin().processor();
#endif
}
