// Files of this folder's own: policies, locks, the audit log.
#pragma once

#include <string>
#include <string_view>

#include <mortise/policy/detail/document.h>
#include <mortise/runtime/result.h>

namespace mortise::policy {

// All of a small text file. Errors: io, for what is no regular file, or has more than 1 MiB.
Result<std::string> read_file(const std::string& path);

// Written beside where it goes, and then put in its place at once: nobody sees half of it.
// Error: io.
Result<void> write_file(const std::string& path, std::string_view text);

// "policy.toml:3:1: .."
Error syntax_error(std::string_view name, const SyntaxError&);

}  // namespace mortise::policy
