// error: no matching function for call to
// error: mortise::Instance<techbytes::plugins::PluginWorld>::Instance()'
#include "common.h"

#if FIXED
mortise::Result<Instance> made = plugin().instantiate();
#else
Instance made;
#endif
