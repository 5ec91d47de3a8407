// The programs that are installed with the command, in libexec/mortise/.
#pragma once

#include <string>

namespace mortise::cli {

// The path of one of them, relative to where this command is: an installed package can be moved.
// Empty where that is unknown; `errno` says why.
std::string program(const std::string& name);

}  // namespace mortise::cli
