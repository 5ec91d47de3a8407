// mortise doctor: what is installed, what is missing, and how to get it.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include <mortise/contract/text.h>
#include <mortise/runtime/dynamic.h>

#include "commands.h"
#include "input.h"
#include "options.h"
#include "programs.h"

namespace mortise::cli {

namespace {

constexpr std::string_view kExamples = "  mortise doctor\n  mortise doctor --json\n";

struct Finding {
  std::string what;     // "cmake"
  std::string purpose;  // "to build hosts"
  bool needed;          // by the command itself
  bool found;
  std::string said;  // what is there, or why it is not, and how to get it
};

// A tool that others bring.
struct Tool {
  std::string_view what;
  std::string_view purpose;
  std::vector<const char*> commands;  // the first that answers counts
  int major;                          // the least that will do
  int minor;
  std::string_view how;  // to get it
};
const std::array kTools{
    Tool{.what = "a C++23 compiler",
         .purpose = "to build hosts",
         .commands = {"c++ --version", "g++ --version", "clang++ --version"},
         .major = 12,
         .minor = 0,
         .how = "install g++ 12 or newer, or clang 17 or newer"},
    Tool{.what = "CMake",
         .purpose = "to build hosts",
         .commands = {"cmake --version"},
         .major = 3,
         .minor = 25,
         .how = "install the package cmake, or from https://cmake.org"},
};

// The first line that a command of ours prints; empty: it is not there.
std::string first_line(std::string_view command) {
  constexpr std::size_t kLongest = 1 << 16;
  const std::string quiet = concat(command, " 2>/dev/null");
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(quiet.c_str(), "r"), &pclose);
  std::vector<char> line(kLongest);
  if (!pipe || std::fgets(line.data(), kLongest, pipe.get()) == nullptr) return {};
  std::string_view text(line.data());
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return std::string(text);
}

// The first "12.2" in a text. False: there is none.
bool version_in(std::string_view text, int& major, int& minor) {
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    const auto [dot, error] = std::from_chars(text.data() + i, end, major);
    if (error == std::errc{} && dot != end && *dot == '.' &&
        std::from_chars(dot + 1, end, minor).ec == std::errc{})
      return true;
    while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') ++i;
  }
  return false;
}

Finding look_for(const Tool& tool) {
  Finding out{.what = std::string(tool.what),
              .purpose = std::string(tool.purpose),
              .needed = false,
              .found = false,
              .said = concat("not found: ", tool.how)};
  for (const char* command : tool.commands) {
    const std::string line = first_line(command);
    if (line.empty()) continue;
    int major = 0;
    int minor = 0;
    out.found = version_in(line, major, minor) &&
                (major > tool.major || (major == tool.major && minor >= tool.minor));
    out.said = escape(line, 100);
    if (!out.found)
      out.said += concat(", and ", tool.major, ".", tool.minor, " or newer is needed: ", tool.how);
    break;
  }
  return out;
}

// The whole way of a component: the helper process, the compiler, memory for code.
Finding try_engine() {
  Finding out{.what = "the engine",
              .purpose = "to run plugins",
              .needed = true,
              .found = false,
              .said = {}};
  const Engine one = engine();
  const auto plugin = DynamicPlugin::from_text(one, "a test", R"((component
    (core module $m (func (export "f") (result i32) (i32.const 7)))
    (core instance $i (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $i "f")))))");
  if (!plugin) return out.said = text(plugin.error()), out;
  const auto function = plugin->find("f");
  auto instance = plugin->instantiate();
  if (!function || !instance) return out.said = "it makes no instances", out;
  const auto answer = instance->call(*function, {});
  if (!answer) return out.said = text(answer.error()), out;
  out.found = *answer == Value::u32(7);
  out.said = "compiles and runs components";
  return out;
}

// A program that is installed with the command.
Finding find_program(std::string_view name, std::string_view what, std::string_view purpose) {
  const std::string path = program(std::string(name));
  const bool found = !path.empty() && access(path.c_str(), X_OK) == 0;
  return {.what = std::string(what),
          .purpose = std::string(purpose),
          .needed = true,
          .found = found,
          .said = found ? escape(path)
                        : concat(escape(path),
                                 " is not there: `make install` of the whole, or "
                                 "the package libmortise-dev")};
}

// One language of plugins, as `mortise languages --json` has it.
Finding language(const nlohmann::json& about) {
  const std::string title = about.value("title", "");
  Finding out{.what = title,
              .purpose = concat("to build plugins in ", title),
              .needed = false,
              .found = true,
              .said = {}};
  std::string missing;
  for (const nlohmann::json& tool : about.value("tools", nlohmann::json::array())) {
    const std::string what = tool.value("what", "");
    if (tool.contains("version") && tool["version"].is_string()) {
      out.said += concat(out.said.empty() ? "" : ", ", escape(what), ": ",
                         escape(tool["version"].get<std::string>(), 100));
      continue;
    }
    out.found = false;
    std::string how = tool.value("how", "");
    std::ranges::replace(how, '\n', ' ');
    how = escape(how);
    missing += concat(missing.empty() ? "" : "; ", escape(what), " is missing: ", how);
  }
  if (!out.found) out.said = missing;
  return out;
}

std::vector<Finding> find_languages() {
  const std::string path = program("mortise-toolchain");
  const std::string said = first_line(concat("'", path, "' languages --json"));
  const auto found = nlohmann::json::parse(said, nullptr, false);
  std::vector<Finding> all;
  if (!found.is_object()) return all;
  for (const nlohmann::json& one : found.value("languages", nlohmann::json::array()))
    all.push_back(language(one));
  return all;
}

std::string line(const Finding& finding) {
  const std::string mark = finding.found ? green("ok     ") : red("missing");
  return concat("  ", mark, "  ", finding.what, ", ", finding.purpose, "\n           ",
                finding.said, "\n");
}

}  // namespace

int doctor(int count, char** arguments) {
  CLI::App app;
  describe(app, "doctor", "What is installed for Mortise, what is missing, and how to get it.",
           kExamples);
  bool as_json = false;
  add_json(app, as_json);
  if (const auto status = parse(app, count, arguments)) return *status;

  std::vector<Finding> all{
      try_engine(),
      find_program("mortise-bindgen", "mortise bindgen", "to make headers of contracts"),
      find_program("mortise-toolchain", "mortise build", "to make and build plugins")};
  for (const Tool& tool : kTools) all.push_back(look_for(tool));
  for (Finding& finding : find_languages()) all.push_back(std::move(finding));
  bool whole = true;
  auto json = nlohmann::ordered_json::array();
  for (const Finding& finding : all) {
    whole = whole && (finding.found || !finding.needed);
    json.push_back({{"what", finding.what},
                    {"purpose", finding.purpose},
                    {"needed", finding.needed},
                    {"found", finding.found},
                    {"said", finding.said}});
    if (!as_json) std::cout << line(finding);
  }
  if (as_json) print({{"findings", json}});
  return whole ? kFine : kUnreadable;
}

}  // namespace mortise::cli
