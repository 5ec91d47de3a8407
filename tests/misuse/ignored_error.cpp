// error: ignoring returned value of type 'mortise::Error'
// error: declared with attribute 'nodiscard'
#include "common.h"

Error why();

void ask() {
#if FIXED
  (void)why();
#else
  why();
#endif
}
