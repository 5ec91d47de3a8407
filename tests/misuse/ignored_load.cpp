// error: ignoring return value of
// error: declared with attribute 'nodiscard'
#include "common.h"

void load(const Engine& engine) {
#if FIXED
  if (!Plugin::load(engine, "plugin.wasm", {})) return;
#else
  Plugin::load(engine, "plugin.wasm", {});
#endif
}
