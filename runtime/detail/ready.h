// From what was read to code that can be linked: kept in the cache, or compiled.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <mortise/engine.h>
#include <mortise/runtime/detail/compile.h>
#include <mortise/runtime/detail/engine_core.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/plugin_core.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

struct Ready {
  Compiled compiled;  // without its code, which `component` has
  Component component;
  Bytes size;  // of its code
  bool from_cache = false;
};

// In the way that the options ask for, and from the engine's cache if it has one.
Result<Ready> ready(EngineCore&, const mortise_engine_t&, mortise_engine_mode_t,
                    std::string_view name, std::span<const std::uint8_t> input, Form,
                    const PluginOptions&);

// The same for one who wants the code itself, to run it elsewhere.
Result<Compiled> ready_code(EngineCore&, const mortise_engine_t&, mortise_engine_mode_t,
                            std::string_view name, std::span<const std::uint8_t> input, Form,
                            const PluginOptions&);

}  // namespace mortise::detail
