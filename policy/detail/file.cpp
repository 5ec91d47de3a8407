#include <mortise/policy/detail/file.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
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

// A new file beside `path`, whose name is of this process and this call; or errno.
File make_draft(const std::string& path, std::string& name) {
  static std::atomic<std::uint64_t> count{0};
  constexpr mode_t kMode = 0666;  // less what the user's mask takes off
  // A process that had this one's number may have left some.
  constexpr int kTries = 100;
  File file;
  for (int i = 0; i < kTries && !file; ++i) {
    name = concat(path, ".", ::getpid(), ".", count.fetch_add(1), ".part");
    file = File(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
    if (!file && errno != EEXIST) break;
  }
  return file;
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
  std::string name;
  const File draft = make_draft(path, name);
  if (!draft) return std::unexpected(failed(path, "cannot be written", errno));
  const auto fail = [&](int error) -> Result<void> {
    ::unlink(name.c_str());
    return std::unexpected(failed(path, "cannot be written", error));
  };
  while (!text.empty()) {
    const ssize_t n = ::write(draft.fd(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(errno);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(draft.fd()) != 0) return fail(errno);
  std::error_code error;
  std::filesystem::rename(name, path, error);
  if (error) return fail(error.value());
  return {};
}

File lock_folder_of(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  File file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (file && ::flock(file.fd(), LOCK_EX) != 0 && errno == EINTR) continue;
  return file;
}

Error syntax_error(std::string_view name, const SyntaxError& error) {
  return {Error::Kind::misuse,
          concat(name, ":", error.at.line, ":", error.at.column, ": ", error.message)};
}

}  // namespace mortise::policy
