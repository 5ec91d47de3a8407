// error: use of deleted function 'mortise::Instance<
// error: (const mortise::Instance<techbytes::plugins::PluginWorld>&)'
#include "common.h"

Instance other() {
#if FIXED
  return std::move(instance());
#else
  return instance();
#endif
}
