// error: passing 'const Instance'
// error: as 'this' argument discards qualifiers
#include "common.h"

#if FIXED
void call(Instance& one) { (void)one.processor(); }
#else
void call(const Instance& one) { (void)one.processor(); }
#endif
