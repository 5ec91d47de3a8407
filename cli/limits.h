// --deadline, --memory and --fuel: what a plugin may use.
#pragma once

#include <CLI/CLI.hpp>

#include <mortise/runtime/limits.h>

namespace mortise::cli {

// Adds them; `limits` has the defaults and what was said.
void add_limits(CLI::App&, Limits& limits);

}  // namespace mortise::cli
