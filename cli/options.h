// What all commands share: how they end, how they read their command line, and what they print
// with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <mortise/runtime/engine.h>
#include <mortise/runtime/error.h>

namespace mortise::cli {

// How a command ends: what scripts look at, and each --help says.
enum Exit : int {
  kFine = 0,      // done; of `check`: the same, or compatible
  kBreaking = 1,  // of `check`: it breaks, or does not fit; of `audit`: it is denied something, or
                  // not what was approved; of `call`: it answered an error; of `build`: a
                  // compiler refused the plugin; of `cache verify`: something was damaged
  kUsage = 2,     // the command line is wrong
  kUnreadable = 3,  // the input cannot be read, or is not what it should be; nor the output written
  kFailed = 4,      // of `call`: the plugin trapped, crossed a limit, or called what nobody answers
};
inline constexpr std::string_view kExits =
    "Ends with 0 if all is well, 1 if `check` finds what breaks, `audit` what is denied or not "
    "approved,\n"
    "`call` gets an error for an answer or `cache verify` finds damage, 2 if the command line is "
    "wrong, 3 if\n"
    "the input cannot be read or is not what it should be, 4 "
    "if a\n"
    "plugin traps, crosses a limit or calls an import that nobody answers.";

// An app for the command, "check", whose help ends with `examples`.
void describe(CLI::App&, std::string_view command, std::string_view what,
              std::string_view examples);

// Reads the command line. A status: the command ends with that, and has said all it has to.
std::optional<int> parse(CLI::App&, int count, char** arguments);

// Adds --json.
void add_json(CLI::App&, bool& json);

// Says that the command line is wrong. kUsage.
int usage(const CLI::App&, std::string_view what);

// Says so on the standard error stream: "mortise check: ..". kUnreadable.
int fail(const CLI::App&, std::string_view message);
int fail(const CLI::App&, const Error&);

// All of an error, for people who do not write C++: what they can do about a limit is an option.
std::string text(const Error&);

// Adds --experimental-types.
void add_experimental(CLI::App&, bool& experimental_types);

// Adds --no-cache.
void add_no_cache(CLI::App&, bool& no_cache);

// An engine with the helper that is installed beside this command. With a cache: this user's, if
// there can be one; the standard error stream is told of one that is not safe.
Engine engine(bool experimental_types = false, bool with_cache = false);

// Colours, where the standard output stream is a terminal and NO_COLOR is not set; else the text.
std::string bold(std::string_view);
std::string green(std::string_view);
std::string yellow(std::string_view);
std::string red(std::string_view);

}  // namespace mortise::cli
