// Files of this folder's own: policies, locks, the audit log.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <mortise/policy/detail/document.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/result.h>

namespace mortise::policy {

using detail::File;
using detail::system_text;

// Reads a file in parts, until there are no more or `take` wants none. Errors: io, for what is no
// regular file, too.
Result<void> read_parts(const std::string& path,
                        const std::function<bool(std::span<const std::uint8_t> part)>& take);

// All of a small text file. Errors: io, for what is no regular file, or has more than 1 MiB.
Result<std::string> read_file(const std::string& path);

// Written beside where it goes, and then put in its place at once: nobody sees half of it, nor what
// two write at the same time. Error: io.
Result<void> write_file(const std::string& path, std::string_view text);

// Until this is gone no other process has one for a file in the same folder. The folder is locked
// and not the file, which writing puts another in the place of; where the file system has no locks,
// nothing is.
File lock_folder_of(const std::string& path);

// "policy.toml:3:1: .."
Error syntax_error(std::string_view name, const SyntaxError&);

}  // namespace mortise::policy
