// What the command line names: components, and contracts written in WIT.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>

#include <mortise/runtime/inspect.h>

namespace mortise::cli {

// A folder, or a file whose name ends in .wit.
bool looks_like_wit(const std::string& path);

// Adds --features and --all-features.
void add_features(CLI::App&, WitOptions&);

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
