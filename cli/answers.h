// --answer: what the imports of a plugin answer that is called from the command line.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <mortise/runtime/dynamic.h>

namespace mortise::cli {

// Every import is provided, whatever it is; one that has no answer ends the call with an error that
// says how to give it one.
class Answers {
 public:
  Answers() = default;
  Answers(const Answers&) = delete;
  Answers& operator=(const Answers&) = delete;

  // Adds --answer.
  void add_to(CLI::App&);
  // For plugins that are loaded with them; this outlives them.
  DynamicImports imports();
  // Reads what was said against the contract of the plugin. Why it cannot be: of several lines.
  std::optional<std::string> fit(const DynamicPlugin&);

 private:
  struct Answer {
    DynamicAnswer value{};
    std::string resource{};   // where it is a new one each time: its name
    std::uint32_t given = 0;  // so many of them
  };

  Result<DynamicAnswer> answer(const CallContext&);
  std::optional<std::string> fit(const contract::Contract&, std::string_view plugin,
                                 std::string_view said);

  std::vector<std::string> said_;
  // By interface and function, as the contract has them.
  std::map<std::pair<std::string, std::string>, Answer> answers_;
  contract::Contract contract_;  // of the plugin, for what is said of imports without an answer
};

}  // namespace mortise::cli
