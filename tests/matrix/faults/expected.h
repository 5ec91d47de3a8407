// What the error of each language says, and how much of the plugin its backtrace shows.
#pragma once

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace mortise::testing {

struct Expected {
  std::string_view language;
  std::string_view source{};  // the end of the file's name, where there are lines
  bool has_functions = true;  // their names, as in the source
  bool has_lines = true;      // with --debug
  std::string_view panic{};   // the whole message
  // What the functions are called.
  std::string_view fail_now = "fail_now";
  std::string_view spin_now = "spin_now";
};

inline constexpr std::array kExpected{
    Expected{.language = "rust",
             .source = "src/lib.rs",
             .panic = "faults-rust.wasm: work trapped: wasm `unreachable` instruction executed"},
    Expected{.language = "go",
             .has_lines = false,
             .panic = "faults-go.wasm: work trapped: wasm `unreachable` instruction executed"},
    // The functions of their engines have no names, or are those of no plugin.
    Expected{.language = "js",
             .has_functions = false,
             .has_lines = false,
             .panic = "faults-js.wasm: work trapped: wasm `unreachable` instruction executed"},
    Expected{.language = "python",
             .has_functions = false,
             .has_lines = false,
             .panic = "faults-python.wasm: work trapped: wasm `unreachable` instruction executed"},
    Expected{.language = "c",
             .source = "src/plugin.c",
             .panic = "faults-c.wasm: work trapped: wasm `unreachable` instruction executed"},
    Expected{.language = "cpp",
             .source = "src/plugin.cpp",
             .panic = "faults-cpp.wasm: work trapped: wasm `unreachable` instruction executed"},
    Expected{.language = "zig",
             .source = "src/plugin.zig",
             .panic = "faults-zig.wasm: work trapped: wasm `unreachable` instruction executed",
             .fail_now = "failNow",
             .spin_now = "spinNow"},
};

inline const Expected& expected_of(std::string_view language) {
  for (const Expected& one : kExpected)
    if (one.language == language) return one;
  ADD_FAILURE() << "faults/expected.h does not know " << language;
  return kExpected.front();
}

}  // namespace mortise::testing
