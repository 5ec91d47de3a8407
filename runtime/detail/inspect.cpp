// What runtime/inspect.h promises, by the helper.
#include <mortise/runtime/inspect.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <mortise/contract/detail/decode.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/compile.h>
#include <mortise/runtime/detail/description.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/detail/helper.h>
#include <mortise/runtime/detail/native_code.h>

namespace mortise {

namespace {

using Kind = Error::Kind;
using detail::ByteVector;
using detail::HelperAnswer;

Error bad_answer(std::string_view name) {
  return {Kind::internal, concat(name, ": the compile helper wrote a bad answer")};
}

// The helper's memory bounds what it can write.
Result<HelperAnswer> ask(const Engine& engine, detail::Task task, const CompileLimits& limits) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 40;
  const std::string too_much = concat(task.name, " has more to say than may be read");
  task.most = std::min(limits.memory.count, kMost);
  task.too_much = too_much;
  return detail::ask_helper(detail::EngineCore::of(engine)->options(), task, limits);
}

struct Worlds {
  std::vector<WitWorld> all;
  contract::Contract contract;  // of the one that was asked for
};

Result<Worlds> ask_worlds(const Engine& engine, const std::string& path, std::string world,
                          const WitOptions& options, const CompileLimits& limits) {
  const std::string name = detail::base_name(path);
  if (::access(path.c_str(), R_OK) != 0)
    return std::unexpected(
        Error(Kind::io, concat(escape(path), " cannot be opened: ", detail::system_text(errno))));
  std::string features = options.all_features ? "*" : "";
  if (!options.all_features)
    for (const std::string& feature : options.features)
      features += concat(features.empty() ? "" : ",", feature);
  Result<HelperAnswer> answer =
      ask(engine, {.name = name, .arguments = {"wit", path, std::move(world), std::move(features)}},
          limits);
  if (!answer) return std::unexpected(std::move(answer).error());
  if (answer->refused)
    return std::unexpected(Error(Kind::bad_component, escape_lines(answer->text())));
  auto worlds = detail::decode_worlds(answer->rest());
  auto contract = contract::detail::decode(answer->contract());
  if (!worlds || !contract) return std::unexpected(bad_answer(name));
  return Worlds{.all = *std::move(worlds), .contract = *std::move(contract)};
}

}  // namespace

Result<Description> inspect(const Engine& engine, const std::string& path,
                            const CompileLimits& limits) {
  const std::string name = detail::base_name(path);
  const bool native = detail::is_native_file(path);
  Result<ByteVector> file = native ? detail::read_native_file(path, name, limits)
                                   : detail::read_component(path, name, limits);
  if (!file) return std::unexpected(std::move(file).error());
  std::span<const std::uint8_t> component = *file;
  mortise_input_t kind = path.ends_with(".wat") ? MORTISE_INPUT_TEXT : MORTISE_INPUT_BINARY;
  if (native) {
    Result<detail::Original> original = detail::original_of(*file, name);
    if (!original) return std::unexpected(std::move(original).error());
    component = original->component;
    kind = original->kind;
  }
  Result<HelperAnswer> answer = ask(
      engine, {.name = name, .arguments = {"describe", std::to_string(kind)}, .input = component},
      limits);
  if (!answer) return std::unexpected(std::move(answer).error());
  if (answer->refused)
    return std::unexpected(detail::refused_component(name, answer->text(), kind));
  auto description = detail::decode_description(answer->rest());
  auto contract = contract::detail::decode(answer->contract());
  if (!description || !contract) return std::unexpected(bad_answer(name));
  description->contract = *std::move(contract);
  description->size = {component.size()};
  return *std::move(description);
}

Result<WitWorld> read_wit(const Engine& engine, const std::string& path, const WitOptions& options,
                          const CompileLimits& limits) {
  std::string world = options.world.empty() ? "one" : concat("=", options.world);
  Result<Worlds> worlds = ask_worlds(engine, path, std::move(world), options, limits);
  if (!worlds) return std::unexpected(std::move(worlds).error());
  if (worlds->all.size() != 1) return std::unexpected(bad_answer(detail::base_name(path)));
  WitWorld one = std::move(worlds->all.front());
  one.contract = std::move(worlds->contract);
  return one;
}

Result<std::vector<WitWorld>> list_worlds(const Engine& engine, const std::string& path,
                                          const WitOptions& options, const CompileLimits& limits) {
  Result<Worlds> worlds = ask_worlds(engine, path, "all", options, limits);
  if (!worlds) return std::unexpected(std::move(worlds).error());
  return std::move(worlds->all);
}

}  // namespace mortise
