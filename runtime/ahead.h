// Components compiled ahead of time: a file of native code, which loads without a compiler.
//
//   auto code = mortise::compile_ahead(engine, "analytics.wasm");
//   write("analytics.native", *code);
//   auto plugin = mortise::Plugin<PluginWorld>::load(engine, "analytics.native", {},
//                                                    {.compile = mortise::Compile::ahead});
//
// The file is for this version of the library, for this kind of processor, and for plugins with the
// same limits set: code without a deadline cannot be given one. Any other is refused, and a file
// that was damaged too. That is no protection: whoever can write the file can run code in the host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <mortise/runtime/engine.h>
#include <mortise/runtime/plugin.h>
#include <mortise/runtime/result.h>

namespace mortise {

// Compiles a component as Plugin<W>::load does, or finds it in the cache of the engine, if that has
// one, where it is kept as well. Of `options.limits` it only matters which are set: fuel, or a
// deadline, or neither.
// Errors: as of Plugin<W>::load, without those of its contract.
[[nodiscard]] Result<std::vector<std::uint8_t>> compile_ahead(const Engine&,
                                                              const std::string& path,
                                                              const PluginOptions& options = {});

// Whether a file is such code, by how it begins: for programs that load either. A file that cannot
// be read is none.
[[nodiscard]] bool is_compiled_ahead(const std::string& path);

}  // namespace mortise
