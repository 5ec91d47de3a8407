// error: This binding was generated for another version of Mortise.
#include <mortise/mortise.h>

#if !FIXED
#undef MORTISE_BINDING_ABI
#define MORTISE_BINDING_ABI 2
#endif

#include <plugin_world.h>
