// wasi:config for plugins: keys with values that the host gives them.
//
//   auto config = mortise::services::config({{"currency", "EUR"}});
//   auto plugin = mortise::Plugin<PluginWorld>::load(engine, "pricing.wasm", {},
//                                                    {.services = {config}});
//
// The interfaces: wasi:config/store@0.2.0-rc.1, and those of 0.2.0-draft, store and runtime.
#pragma once

#include <map>
#include <string>

#include <mortise/runtime/service.h>

namespace mortise::services {

// Text is UTF-8. The values stay as they are as long as the plugin is loaded: it may read them
// once.
Service config(std::map<std::string, std::string, std::less<>> values);

}  // namespace mortise::services
