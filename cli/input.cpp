#include "input.h"

#include <filesystem>
#include <iostream>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>

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
