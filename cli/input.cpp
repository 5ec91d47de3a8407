#include "input.h"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <iostream>
#include <string_view>
#include <utility>

#include <toml++/toml.h>
#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>

#include "options.h"

namespace mortise::cli {

bool looks_like_wit(const std::string& path) {
  std::error_code error;
  return path.ends_with(".wit") || std::filesystem::is_directory(path, error);
}

void add_features(CLI::App& app, WitOptions& options) {
  app.add_option("--features", options.features, "@unstable parts of the WIT that are there: a,b")
      ->delimiter(',')
      ->type_name("NAMES");
  app.add_flag("--all-features", options.all_features, "all of them");
}

// ---- The project in the current folder ---------------------------------------------------------

namespace {

constexpr const char* kProject = "mortise.toml";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_in_names(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

// What the project calls its plugin, or why nobody knows. It becomes part of a path.
std::expected<std::string, std::string> plugin_name() {
  constexpr std::uintmax_t kMost = std::uintmax_t{1} << 20;
  std::error_code error;
  if (!std::filesystem::is_regular_file(kProject, error) ||
      std::filesystem::file_size(kProject, error) > kMost)
    return std::unexpected(concat(kProject, " is no file, or has more than 1 MiB"));
  const toml::parse_result read = toml::parse_file(kProject);
  if (!read) {
    const toml::source_position at = read.error().source().begin;
    return std::unexpected(concat(kProject, ": line ", at.line, ", column ", at.column, ": ",
                                  escape(read.error().description())));
  }
  const auto name = read.table()["plugin"]["name"].value<std::string>();
  if (!name)
    return std::unexpected(
        concat(kProject, " names no plugin; it should say\n  [plugin]\n  name = \"my-plugin\""));
  if (name->empty() || !std::ranges::all_of(*name, is_in_names))
    return std::unexpected(concat(kProject, ": `", escape(*name, 100),
                                  "` is no name of a plugin: letters, digits, - and _ are"));
  return *name;
}

bool in_project() {
  std::error_code error;
  return std::filesystem::exists(kProject, error);
}

}  // namespace

void add_component(CLI::App& app, std::string& path) {
  app.add_option(
      "X", path,
      "a component, its text (.wat), or what `mortise compile` made of it; in the folder "
      "of a mortise.toml its plugin, if X is left out");
}

std::optional<int> find_component(const CLI::App& app, std::string& path, std::string_view name) {
  if (!path.empty()) return std::nullopt;
  if (!in_project())
    return usage(
        app, concat(name, " is missing, and there is no ", kProject, " here that names a plugin"));
  const auto plugin = plugin_name();
  if (!plugin) return fail(app, plugin.error());
  path = concat("build/", *plugin, ".wasm");
  std::error_code error;
  if (std::filesystem::exists(path, error)) return std::nullopt;
  return fail(app, concat(*plugin, " is not built yet: run `mortise build`"));
}

bool is_call_in_project(const std::string& argument) {
  std::error_code error;
  if (argument.empty() || std::filesystem::exists(argument, error) || !in_project()) return false;
  return argument.contains('(') ||
         (is_letter(argument.front()) && std::ranges::all_of(argument, is_in_names));
}

// ---- What is read ------------------------------------------------------------------------------

namespace {

// "plugin-world" of "techbytes:plugins/plugin-world@1.0.0"
std::string_view bare(std::string_view world) {
  world = world.substr(world.find('/') + 1);
  return world.substr(0, world.find('@'));
}

// Of a world that is not there, the one that may be meant.
Error with_hint(Error error, const Engine& engine, const std::string& path,
                const WitOptions& options) {
  if (options.world.empty()) return error;
  const auto worlds = list_worlds(engine, path, options);
  if (!worlds) return error;
  std::vector<std::string_view> names;
  for (const WitWorld& world : *worlds) names.push_back(bare(world.name));
  for (const std::string_view near : near_names(options.world, names, 1))
    if (near != options.world && near.substr(0, 1) == options.world.substr(0, 1))
      error.note(concat("did you mean `", escape(near), "`?"));
  return error;
}

}  // namespace

Result<Input> read(const Engine& engine, const std::string& path, const WitOptions& options) {
  Input out{.path = path, .is_wit = looks_like_wit(path)};
  if (out.is_wit) {
    Result<WitWorld> world = read_wit(engine, path, options);
    if (!world) return std::unexpected(with_hint(std::move(world).error(), engine, path, options));
    out.world = std::move(world->name);
    out.contract = std::move(world->contract);
    out.notes = std::move(world->notes);
  } else {
    Result<Description> component = mortise::inspect(engine, path);
    if (!component) return std::unexpected(std::move(component).error());
    out.contract = std::move(component->contract);
    out.notes = std::move(component->notes);
  }
  return out;
}

void print(const nlohmann::ordered_json& json) {
  constexpr bool kAscii = true;
  std::cout << json.dump(2, ' ', kAscii, nlohmann::ordered_json::error_handler_t::replace) << "\n";
}

}  // namespace mortise::cli
