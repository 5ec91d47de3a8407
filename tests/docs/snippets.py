"""Writes one C++ program out of all C++ snippets of the documentation: snippets.py ROOT OUT.

Each snippet becomes a function, in which the names that the text speaks of are there: an engine, a
plugin, an instance, an input, and what a host would do with an answer. The program runs them all.

Those marked ```cpp prometheus or ```cpp spdlog are there where that library is. Those marked ```cpp jukebox speak of the contract of docs/guide/walk.md, and are compiled alone: walk.py
runs a host of it.
"""

import sys

from blocks import blocks

PRELUDE = """// Generated from the documentation. Do not edit.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <spdlog/spdlog.h>

#include <mortise/contract/json.h>
#include <mortise/contract/text.h>
#include <mortise/contract/value.h>
#include <mortise/contract/wave.h>
#include <mortise/policy/granter.h>
#include <mortise/policy/policy.h>
#include <mortise/runtime/ahead.h>
#include <mortise/runtime/chain.h>
#include <mortise/runtime/dynamic.h>
#include <mortise/runtime/registry.h>
#ifdef MORTISE_HAS_PROMETHEUS
#include <mortise/telemetry/prometheus.h>
#endif
#ifdef MORTISE_HAS_SPDLOG
#include <mortise/telemetry/spdlog.h>
#endif
#include <mortise/services/config/config.h>
#include <mortise/services/keyvalue/keyvalue.h>
#include <mortise/services/log/log.h>
#include <mortise/services/sql/sql.h>

#include "jukebox.h"
#include "plugin_world.h"

// A snippet may use the names of the text for its own.
#pragma GCC diagnostic ignored "-Wshadow"

namespace {

using namespace std::chrono_literals;
namespace dj = home::jukebox::dj;
namespace library = home::jukebox::library;
namespace services = mortise::services;
using home::jukebox::Jukebox;
using techbytes::plugins::PluginWorld;
using techbytes::plugins::processor::MetadataRef;

std::string input = "hello techbytes";
MetadataRef meta{.name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};
int answers = 0;

[[maybe_unused]] void log(std::string_view text) { std::cout << text << '\\n'; }
[[maybe_unused]] void use(std::string_view) { ++answers; }
[[maybe_unused]] void reply(int, std::string_view) {}
[[maybe_unused]] bool send(std::expected<std::string_view, std::string_view>) { return true; }
constexpr std::size_t size = 4;
constexpr int socket = 0;
[[maybe_unused]] bool read_all(int, std::span<char> room) {
  std::ranges::fill(room, 'x');
  return true;
}
[[maybe_unused]] std::vector<std::uint8_t> download() { return {}; }

const mortise::Engine engine;
auto plugin = mortise::Plugin<PluginWorld>::load(engine, "processor.wasm", {});
auto instance = plugin->instantiate();

"""


def function(name, given, path, line, body):
    return f'void {name}({given}) {{\n#line {line} "{path}"\n{body}}}\n'


def main(root, out):
    names = []
    runs = []
    text = PRELUDE
    for path, line, body in blocks(root, "cpp"):
        name = f"snippet_{len(names)}"
        names.append((name, f"{path}:{line}"))
        text += function(name, "", path, line, body)
    for path, line, body in blocks(root, "cpp", "jukebox"):
        given = "[[maybe_unused]] mortise::Instance<Jukebox>& instance"
        text += "[[maybe_unused]] " + function(f"jukebox_{line}", given, path, line, body)
    # Those that need a library, where it is.
    for library in ["prometheus", "spdlog"]:
        text += f"#ifdef MORTISE_HAS_{library.upper()}\n"
        for path, line, body in blocks(root, "cpp", library):
            name = f"{library}_{line}"
            text += function(name, "", path, line, body)
            runs.append((name, f"{path}:{line}", library))
        text += "#endif\n"
    text += "}  // namespace\n\nint main() {\n"
    for name, place in names:
        text += f'  std::cout << "{place}" << std::endl;\n  {name}();\n'
    for name, place, library in runs:
        text += f"#ifdef MORTISE_HAS_{library.upper()}\n"
        text += f'  std::cout << "{place}" << std::endl;\n  {name}();\n#endif\n'
    text += "  return answers > 0 ? 0 : 1;\n}\n"
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)


main(*sys.argv[1:])
