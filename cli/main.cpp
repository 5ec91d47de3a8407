// mortise: one command for all that Mortise does outside of a host.
//
// A command is a function (commands.h), or a program of its own, installed beside this one in
// libexec/mortise/: that is run in place of this process, so its output and its end are the
// command's.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/text.h>

#include "commands.h"
#include "options.h"
#include "programs.h"

namespace {

using mortise::concat;
namespace cli = mortise::cli;

struct Command {
  std::string_view name;
  std::string_view what;
  int (*run)(int count, char** arguments) = nullptr;
  // Where there is no function: the program, and the package that has it.
  std::string_view program{};
  std::string_view package{};
};
constexpr std::array kCommands{
    Command{.name = "new",
            .what = "a plugin's folder, in the language of your choice",
            .program = "mortise-toolchain",
            .package = "libmortise-dev"},
    Command{.name = "build",
            .what = "the component of a plugin's folder",
            .program = "mortise-toolchain",
            .package = "libmortise-dev"},
    Command{.name = "inspect",
            .what = "what a component exports, imports and needs",
            .run = cli::inspect},
    Command{.name = "check",
            .what = "whether a component fits a contract, or a new version the old one",
            .run = cli::check},
    Command{.name = "audit",
            .what = "what a component may do by a policy, and what is new of that",
            .run = cli::audit},
    Command{.name = "call", .what = "what a function of a component answers", .run = cli::call},
    Command{.name = "compile",
            .what = "native code of a component, ahead of time",
            .run = cli::compile},
    Command{.name = "cache", .what = "what is kept of compiled plugins", .run = cli::cache},
    Command{.name = "wit", .what = "the errors in WIT", .run = cli::wit},
    Command{.name = "bindgen",
            .what = "the C++ header of a WIT world",
            .program = "mortise-bindgen",
            .package = "libmortise-dev"},
    Command{.name = "component",
            .what = "a component of a core module",
            .program = "mortise-toolchain",
            .package = "libmortise-dev"},
    Command{.name = "languages",
            .what = "the languages of plugins, and what they need",
            .program = "mortise-toolchain",
            .package = "libmortise-dev"},
    Command{.name = "doctor", .what = "what is installed, and what is missing", .run = cli::doctor},
};

std::string usage() {
  std::string out = "usage: mortise COMMAND [ARGUMENT]..\n\n";
  for (const Command& command : kCommands)
    out +=
        concat("  ", command.name, std::string(12 - command.name.size(), ' '), command.what, "\n");
  return out + "\n`mortise COMMAND --help` says more. --version says which version this is.\n";
}

int wrong(std::string_view what) {
  std::cerr << "mortise: " << what << "\n\n" << usage();
  return cli::kUsage;
}

int unknown(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Command& command : kCommands) names.push_back(command.name);
  const std::string said = concat("there is no command `", mortise::escape(name), "`");
  // The nearest one may be far off.
  for (const std::string_view near : mortise::near_names(name, names, 1))
    if (near.starts_with(name.substr(0, 1)))
      return wrong(concat(said, "; did you mean `", near, "`?"));
  return wrong(said);
}

// Runs the program in place of this one. Comes back only where that fails.
int become(const Command& command, char** arguments) {
  const std::string program = cli::program(std::string(command.program));
  if (!program.empty()) execv(program.c_str(), arguments);
  std::cerr << concat("mortise: ", command.name, " cannot be run: ", program, ": ",
                      ::strerrordesc_np(errno),
                      ". It is part of a whole installation: `make install`, or the package ",
                      command.package, ".\n");
  return cli::kUnreadable;
}

int run(int count, char** arguments) {
  const std::string_view first = count > 1 ? arguments[1] : "";
  if (count < 2) return wrong("which command?");
  if (first == "--help" || first == "-h" || first == "help") return std::cout << usage(), 0;
  if (first == "--version") return std::cout << "mortise " MORTISE_VERSION "\n", 0;
  const auto* command = std::ranges::find(kCommands, first, &Command::name);
  if (command == kCommands.end()) return unknown(first);
  if (command->run != nullptr) return command->run(count - 1, arguments + 1);

  // The program is told what it was called as, for its own messages.
  std::string name = concat("mortise ", command->name);
  arguments[1] = name.data();
  return become(*command, arguments + 1);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    const int status = run(count, arguments);
    // A full disk must not look like success.
    if (std::cout.flush()) return status;
    std::cerr << "mortise: the output cannot be written\n";
  } catch (const std::exception& error) {  // no memory
    std::cerr << "mortise: " << error.what() << "\n";
  }
  return cli::kUnreadable;
}
