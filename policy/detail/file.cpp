#include <mortise/policy/detail/file.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mortise/contract/text.h>

namespace mortise::policy {

namespace {

constexpr std::size_t kMost = std::size_t{1} << 20U;

Error failed(const std::string& path, std::string_view what) {
  return {Error::Kind::io, concat(escape(path, 500), " ", what)};
}
Error failed(const std::string& path, std::string_view what, int error) {
  return failed(path, concat(what, ": ", system_text(error)));
}

}  // namespace

Result<void> read_parts(const std::string& path,
                        const std::function<bool(std::span<const std::uint8_t>)>& take) {
  // Not blocking: opening a pipe that nobody writes to would wait for ever.
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct ::stat info{};
  if (!file || ::fstat(file.fd(), &info) != 0)
    return std::unexpected(failed(path, "cannot be opened", errno));
  if (!S_ISREG(info.st_mode)) return std::unexpected(failed(path, "is not a regular file"));
  std::vector<std::uint8_t> part(std::size_t{64} << 10U);
  while (true) {
    const ssize_t n = ::read(file.fd(), part.data(), part.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(failed(path, "cannot be read", errno));
    if (n == 0 || !take(std::span(part).first(static_cast<std::size_t>(n)))) return {};
  }
}

Result<std::string> read_file(const std::string& path) {
  std::string text;
  // What is read counts, whatever its size was when it was opened.
  Result<void> read = read_parts(path, [&](std::span<const std::uint8_t> part) {
    text.append(part.begin(), part.end());
    return text.size() <= kMost;
  });
  if (!read) return std::unexpected(std::move(read).error());
  if (text.size() > kMost)
    return std::unexpected(failed(path, concat("has more than ", bytes_text(kMost))));
  return text;
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const std::string draft = path + ".part";
  constexpr mode_t kMode = 0666;  // less what the user's mask takes off
  const auto fail = [&](int error) -> Result<void> {
    ::unlink(draft.c_str());
    return std::unexpected(failed(path, "cannot be written", error));
  };
  const File file(
      ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!file) return std::unexpected(failed(path, "cannot be written", errno));
  while (!text.empty()) {
    const ssize_t n = ::write(file.fd(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file.fd()) != 0) return fail(errno);
  std::error_code error;
  std::filesystem::rename(draft, path, error);
  if (error) return fail(error.value());
  return {};
}

Error syntax_error(std::string_view name, const SyntaxError& error) {
  return {Error::Kind::misuse,
          concat(name, ":", error.at.line, ":", error.at.column, ": ", error.message)};
}

}  // namespace mortise::policy
