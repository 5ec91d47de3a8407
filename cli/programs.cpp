#include "programs.h"

#include <cerrno>
#include <filesystem>

namespace mortise::cli {

std::string program(const std::string& name) {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  errno = error.value();
  if (error) return {};
  return (self.parent_path() / MORTISE_LIBEXEC / name).lexically_normal().string();
}

}  // namespace mortise::cli
