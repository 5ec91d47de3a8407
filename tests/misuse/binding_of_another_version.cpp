// error: This binding was written for another version of Mortise.
#include <mortise/mortise.h>

#if !FIXED
#undef MORTISE_BINDING_ABI
#define MORTISE_BINDING_ABI 2
#endif

#include <examples/processor/plugin_world.h>
