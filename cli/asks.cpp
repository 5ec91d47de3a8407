#include "asks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>

#include <mortise/contract/text.h>

namespace mortise::cli {

namespace {

// What the interfaces of WASI give, by the beginning of their names.
struct Meaning {
  std::string_view prefix;
  std::string_view what;
};
constexpr std::array kMeanings{
    Meaning{.prefix = "wasi:cli/environment", .what = "environment variables and arguments"},
    Meaning{.prefix = "wasi:cli/exit", .what = "to end the program"},
    Meaning{.prefix = "wasi:cli/stdin", .what = "the standard input stream"},
    Meaning{.prefix = "wasi:cli/stdout", .what = "the standard output stream"},
    Meaning{.prefix = "wasi:cli/stderr", .what = "the standard error stream"},
    Meaning{.prefix = "wasi:cli/terminal", .what = "the terminal"},
    Meaning{.prefix = "wasi:clocks/", .what = "the time"},
    Meaning{.prefix = "wasi:filesystem/", .what = "files and folders"},
    Meaning{.prefix = "wasi:http/", .what = "HTTP requests"},
    Meaning{.prefix = "wasi:io/", .what = "streams and waiting, which other parts of WASI use"},
    Meaning{.prefix = "wasi:keyvalue/", .what = "a key-value store"},
    Meaning{.prefix = "wasi:logging/", .what = "a log"},
    Meaning{.prefix = "wasi:config/", .what = "settings"},
    Meaning{.prefix = "wasi:random/", .what = "random numbers"},
    Meaning{.prefix = "wasi:sockets/", .what = "the network"},
};

// "wasi:clocks" of "wasi:clocks/wall-clock@0.2.0"
std::string_view package(std::string_view interface) {
  return interface.substr(0, interface.find_first_of("/@"));
}

std::string own(const contract::Interface& interface) {
  const std::size_t n = interface.functions.size();
  const std::string_view noun = n == 1 ? "function" : "functions";
  if (interface.name.empty()) return concat(n, " ", noun, " of the host's, in no interface");
  return concat(escape(interface.name, 200), ": ", n, " ", noun, " of the host's");
}

}  // namespace

std::vector<std::string> asks(const contract::Contract& contract) {
  std::vector<std::string> all;
  std::set<const Meaning*> said;
  for (const contract::Interface& interface : contract.imports) {
    // Types alone ask for nothing.
    if (interface.functions.empty()) continue;
    const auto* meaning = std::ranges::find_if(
        kMeanings, [&](const Meaning& m) { return interface.name.starts_with(m.prefix); });
    if (meaning == kMeanings.end()) {
      all.push_back(own(interface));
    } else if (said.insert(meaning).second) {
      all.push_back(concat(meaning->what, " (", package(interface.name), ")"));
    }
  }
  if (all.empty()) all.emplace_back("nothing");
  return all;
}

}  // namespace mortise::cli
