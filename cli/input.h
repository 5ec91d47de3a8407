// What the command line names: components, and contracts written in WIT.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>

#include <mortise/runtime/inspect.h>

namespace mortise::cli {

// A folder, or a file whose name ends in .wit.
bool looks_like_wit(const std::string& path);

// Adds --features and --all-features.
void add_features(CLI::App&, WitOptions&);

// Adds X, a component that may be left out in a project.
void add_component(CLI::App&, std::string& path);
// In place of a component that was not given, as `name` of the command line, that of the project in
// the current folder: its mortise.toml names it. A status: there is none, and that was said.
std::optional<int> find_component(const CLI::App&, std::string& path, std::string_view name = "X");
// Whether a first argument is the call of a function, in a project: no file, and `name` or
// `name(..)`.
bool is_call_in_project(const std::string& argument);

// A component, or a contract.
struct Input {
  std::string path;
  bool is_wit = false;
  std::string world{};  // its name, where it is WIT
  contract::Contract contract{};
  std::vector<std::string> notes{};
};
// `options` are for what looks like WIT.
Result<Input> read(const Engine&, const std::string& path, const WitOptions& options);

// Prints JSON, in ASCII: whatever strangers wrote in it, a terminal shows it.
void print(const nlohmann::ordered_json&);

}  // namespace mortise::cli
