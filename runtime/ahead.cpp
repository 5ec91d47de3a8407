#include <mortise/runtime/ahead.h>

#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/engine_core.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/detail/native_code.h>
#include <mortise/runtime/detail/plugin_core.h>
#include <mortise/runtime/detail/ready.h>

namespace mortise {

Result<std::vector<std::uint8_t>> compile_ahead(const Engine& engine, const std::string& path,
                                                const PluginOptions& options) {
  const std::string name = detail::base_name(path);
  if (options.compile == Compile::ahead)
    return std::unexpected(
        Error(Error::Kind::misuse, concat(name,
                                          " was not compiled: Compile::ahead says that it "
                                          "has been")));
  Result<detail::ByteVector> input = detail::read_component(path, name, options.compile_limits);
  if (!input) return std::unexpected(std::move(input).error());
  const auto core = detail::EngineCore::of(engine);
  const mortise_engine_mode_t mode = detail::mode_for(options.limits);
  Result<const mortise_engine_t*> native = core->mode(mode);
  if (!native) return std::unexpected(std::move(native).error());
  const detail::Form form = detail::form_of(path);
  Result<detail::Compiled> compiled =
      detail::ready_code(*core, **native, mode, name, *input, form, options);
  if (!compiled) return std::unexpected(std::move(compiled).error());
  return detail::write_native(
      *compiled, mode, *input,
      form == detail::Form::text ? MORTISE_INPUT_TEXT : MORTISE_INPUT_BINARY);
}

bool is_compiled_ahead(const std::string& path) { return detail::is_native_file(path); }

}  // namespace mortise
