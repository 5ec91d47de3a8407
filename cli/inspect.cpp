// mortise inspect: what a component says of itself, for people and for programs.
#include <mortise/runtime/inspect.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>

#include "asks.h"
#include "commands.h"
#include "input.h"
#include "options.h"

namespace mortise::cli {

namespace {

using nlohmann::ordered_json;

constexpr std::string_view kExamples =
    "  mortise inspect plugin.wasm                  what it exports, imports and needs\n"
    "  mortise inspect --wit plugin.wasm > x.wit    its contract, as WIT that can be parsed\n"
    "  mortise inspect --json plugin.wasm           the same for programs\n";

std::string line(std::string_view label, std::string_view text) {
  return concat("  ", label, std::string(label.size() < 12 ? 12 - label.size() : 1, ' '), text,
                "\n");
}

std::string amount(Bytes bytes) { return bytes_text(bytes.count); }

std::string label(const Description& found, std::string_view key) {
  for (const Description::Label& label : found.labels)
    if (label.key == key) return escape(label.value, 200);
  return {};
}

// The language that a tool is for, where nothing else says what a component was written in.
struct Toolchain {
  std::string_view tool;
  std::string_view language;
};
constexpr std::array kToolchains{
    Toolchain{.tool = "rustc", .language = "Rust"},
    Toolchain{.tool = "clang", .language = "C or C++"},
    Toolchain{.tool = "componentize-py", .language = "Python"},
    Toolchain{.tool = "componentize-js", .language = "JavaScript"},
    Toolchain{.tool = "ComponentizeJS", .language = "JavaScript"},
    Toolchain{.tool = "TinyGo", .language = "Go"},
    Toolchain{.tool = "tinygo", .language = "Go"},
};

// "rustc 1.95.0, wit-component 0.254.2"
std::string tools(const Description& found, bool language) {
  std::string out;
  for (const Description::Tool& tool : found.tools) {
    if ((tool.role == "language") != language) continue;
    if (!out.empty()) out += ", ";
    out += escape(tool.name, 200);
    if (!tool.version.empty()) out += concat(" ", escape(tool.version, 200));
  }
  return out;
}

std::string language(const Description& found) {
  std::string said = tools(found, true);
  if (!said.empty()) return said;
  for (const Toolchain& toolchain : kToolchains)
    for (const Description::Tool& tool : found.tools)
      if (tool.name == toolchain.tool) return std::string(toolchain.language);
  return {};
}

std::string memory(const Description& found) {
  if (found.memories.empty()) return "none of its own";
  std::uint64_t initial = 0;
  std::uint64_t most = 0;
  bool bounded = true;
  for (const Description::Memory& memory : found.memories) {
    initial += memory.initial.count;
    most += memory.most.value_or(Bytes{}).count;
    bounded = bounded && memory.most;
  }
  return concat(
      bytes_text(initial), " at the start, ",
      bounded ? concat("at most ", bytes_text(most)) : "as much as the host allows later",
      found.memories.size() == 1 ? "" : concat(", in ", found.memories.size(), " memories"));
}

// Safe to print, and nothing cut: it has to parse again.
std::string wit_text(const Description& found) {
  constexpr std::size_t kAll = std::string::npos;
  std::string out;
  std::string_view left = found.wit;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    out += escape(left.substr(0, end), kAll);
    out += '\n';
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return out;
}

std::string text(const Description& found, std::string_view path) {
  std::string out = concat(bold(escape(path)), "\n");
  for (const std::string_view key :
       {"name", "version", "description", "authors", "licenses", "homepage", "source", "revision"})
    if (const std::string value = label(found, key); !value.empty()) out += line(key, value);
  if (const std::string written = language(found); !written.empty())
    out += line("written in", written);
  if (const std::string others = tools(found, false); !others.empty())
    out += line("made with", others);
  out += line("size", concat(amount(found.size), ": code ", amount(found.code), ", data ",
                             amount(found.data), ", debug information ", amount(found.debug),
                             ", other custom sections ", amount(found.custom)));
  out += line("memory", memory(found));
  std::string_view word = "asks for";
  for (const std::string& ask : asks(found.contract)) {
    out += line(word, ask);
    word = "";
  }
  for (const std::string& note : found.notes) out += line("note", yellow(escape(note)));
  return concat(out, "\n", wit_text(found));
}

ordered_json interfaces(const std::vector<contract::Interface>& all) {
  ordered_json out = ordered_json::array();
  for (const contract::Interface& interface : all) {
    ordered_json functions = ordered_json::array();
    for (const contract::Function& function : interface.functions)
      functions.push_back(function.name);
    ordered_json types = ordered_json::array();
    for (const contract::Declared& declared : interface.types) types.push_back(declared.name);
    out.push_back({{"interface", interface.name}, {"functions", functions}, {"types", types}});
  }
  return out;
}

ordered_json json(const Description& found) {
  ordered_json out{
      {"labels", ordered_json::object()},
      {"size",
       {{"file", found.size.count},
        {"code", found.code.count},
        {"data", found.data.count},
        {"debug", found.debug.count},
        {"custom", found.custom.count}}},
      {"modules", found.modules},
      {"memories", ordered_json::array()},
      {"language", language(found)},
      {"tools", ordered_json::array()},
      {"asks", asks(found.contract)},
      {"notes", found.notes},
      {"imports", interfaces(found.contract.imports)},
      {"exports", interfaces(found.contract.exports)},
      {"wit", found.wit},
  };
  for (const Description::Label& label : found.labels) out["labels"][label.key] = label.value;
  for (const Description::Memory& memory : found.memories)
    out["memories"].push_back(
        {{"initial", memory.initial.count},
         {"most", memory.most ? ordered_json(memory.most->count) : ordered_json(nullptr)}});
  for (const Description::Tool& tool : found.tools)
    out["tools"].push_back({{"role", tool.role}, {"name", tool.name}, {"version", tool.version}});
  return out;
}

}  // namespace

int inspect(int count, char** arguments) {
  CLI::App app;
  describe(app, "inspect", "What a component exports, imports and needs. It is not run.",
           kExamples);
  std::string path;
  bool only_wit = false;
  bool as_json = false;
  add_component(app, path);
  app.add_flag("--wit", only_wit, "print its WIT alone, which parses to the same contract");
  add_json(app, as_json);
  if (const auto status = parse(app, count, arguments)) return *status;
  if (only_wit && as_json) return usage(app, "either --wit or --json, not both");
  if (const auto status = find_component(app, path)) return *status;
  if (looks_like_wit(path))
    return fail(app,
                concat(escape(path), " is WIT, not a component; `mortise wit check` reads it"));

  const auto found = mortise::inspect(engine(), path);
  if (!found) return fail(app, found.error());
  if (as_json) {
    print(json(*found));
  } else {
    std::cout << (only_wit ? wit_text(*found) : text(*found, path));
  }
  return kFine;
}

}  // namespace mortise::cli
