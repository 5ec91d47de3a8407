#include <mortise/runtime/detail/compile.h>

#include <algorithm>
#include <utility>

#include <mortise/contract/detail/decode.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/plugin.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;
using Limit = Error::Limit;

Result<Compiled> check(ByteVector code, std::span<const std::uint8_t> contract,
                       std::uint64_t footprint, std::string_view name,
                       const CompileLimits& limits) {
  if (std::optional<Error> more = too_much_code(code.size(), name, limits))
    return std::unexpected(*std::move(more));
  std::optional<Compiled> compiled = compiled_form(contract, footprint);
  if (!compiled)
    return std::unexpected(
        Error(Kind::internal, concat(name, ": the engine wrote a bad contract")));
  compiled->code = std::move(code);
  compiled->form = ByteVector(contract.begin(), contract.end());
  return *std::move(compiled);
}

}  // namespace

std::optional<Compiled> compiled_form(std::span<const std::uint8_t> form, std::uint64_t footprint) {
  auto decoded = contract::detail::decode(form);
  if (!decoded) return std::nullopt;
  return Compiled{.code = {}, .contract = *std::move(decoded), .footprint = footprint};
}

std::optional<Error> too_much_code(std::uint64_t size, std::string_view name,
                                   const CompileLimits& limits) {
  if (size <= limits.code.count) return std::nullopt;
  return limit_error(Limit::compile_code,
                     concat(name, " compiles to ", bytes_text(size), " of native code, and ",
                            bytes_text(limits.code.count), " are allowed"),
                     "CompileLimits::code");
}

Result<Compiled> compile_here(const mortise_engine_t& engine, std::span<const std::uint8_t> input,
                              mortise_input_t kind, std::string_view name,
                              const CompileLimits& limits) {
  mortise_artifact_t* artifact = nullptr;
  const EngineError error(
      mortise_compile(&engine, {.data = input.data(), .size = input.size()}, kind, &artifact));
  if (error) return std::unexpected(explain_component(name, *error, kind));
  const std::unique_ptr<mortise_artifact_t, decltype(&mortise_artifact_delete)> owned(
      artifact, &mortise_artifact_delete);
  const mortise_bytes_t code = mortise_artifact_code(artifact);
  const mortise_bytes_t contract = mortise_artifact_contract(artifact);
  return check(ByteVector(code.data, code.data + code.size), {contract.data, contract.size},
               mortise_artifact_footprint(artifact), name, limits);
}

Result<Compiled> compile_apart(const EngineCore& engine, mortise_engine_mode_t mode,
                               std::span<const std::uint8_t> input, mortise_input_t kind,
                               std::string_view name, const PluginOptions& plugin,
                               std::optional<std::chrono::steady_clock::time_point> until) {
  const EngineOptions& options = engine.options();
  const CompileLimits& limits = plugin.compile_limits;
  // The contract is small beside the code; the helper's memory bounds both.
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
  const std::string too_much =
      concat(name, " compiles to more than the ", bytes_text(limits.code.count),
             " of native code that are allowed");
  Result<HelperAnswer> answer = ask_helper(
      options,
      {.name = name,
       .arguments = {"compile", std::to_string(kind), std::to_string(mode),
                     options.experimental_types ? "1" : "0", std::to_string(options.stack.count)},
       .input = input,
       .doing = "compiling",
       .done = "compiled",
       .advice = ", or compile components that you trust in process (Compile::in_process)",
       .most = std::min(limits.code.count, kMost) + std::min(limits.component.count, kMost),
       .too_much = too_much,
       .setting = "CompileLimits::code",
       .stop = plugin.stop,
       .progress = &plugin.progress,
       .until = until},
      limits);
  if (!answer) return std::unexpected(std::move(answer).error());
  if (answer->refused) return std::unexpected(refused_component(name, answer->text(), kind));
  const std::span<const std::uint8_t> code = answer->rest();
  return check(ByteVector(code.begin(), code.end()), answer->contract(), answer->footprint, name,
               limits);
}

}  // namespace mortise::detail
