// mortise: one command for all that Mortise does outside of a host.
//
// Each command is a program of its own, installed beside this one in libexec/mortise: it is run in
// place of this process, so its output and its end are the command's.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/text.h>

namespace {

using mortise::concat;

struct Command {
  std::string_view name;
  std::string_view program;
  std::string_view what;
  std::string_view package;  // which has the program
};
constexpr std::array kCommands{
    Command{.name = "bindgen",
            .program = "mortise-bindgen",
            .what = "the C++ header of a WIT world",
            .package = "libmortise-dev"},
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
  return 2;
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
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  // Relative to where this one is: an installed package can be moved.
  const std::filesystem::path program =
      (self.parent_path() / MORTISE_LIBEXEC / command.program).lexically_normal();
  if (!error) execv(program.c_str(), arguments);
  std::cerr << concat("mortise: ", command.name, " cannot be run: ", program.string(), ": ",
                      std::strerror(error ? error.value() : errno),
                      ". It is part of a whole installation: `make install`, or the package ",
                      command.package, ".\n");
  return 1;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view first = count > 1 ? arguments[1] : "";
  if (count < 2) return wrong("which command?");
  if (first == "--help" || first == "-h" || first == "help") return std::cout << usage(), 0;
  if (first == "--version") return std::cout << "mortise " MORTISE_VERSION "\n", 0;
  const auto* command = std::ranges::find(kCommands, first, &Command::name);
  if (command == kCommands.end()) return unknown(first);

  // The program is told what it was called as, for its own messages.
  std::string name = concat("mortise ", command->name);
  arguments[1] = name.data();
  return become(*command, arguments + 1);
}
