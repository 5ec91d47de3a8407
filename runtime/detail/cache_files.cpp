#include <mortise/runtime/detail/cache_files.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <memory>
#include <span>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/quiet_signal.h>

namespace mortise::detail {

namespace {

constexpr std::string_view kDraftEnd = ".part";
constexpr const char* kSecret = "secret";
constexpr const char* kLock = "lock";
constexpr mode_t kOwnerOnly = 0600;

constexpr std::size_t kKeyText = 2 * std::size_t{MORTISE_DIGEST_SIZE};

}  // namespace

OwnFile open_own(int folder, const std::string& name) {
  // Not blocking: a pipe that nobody writes to would be waited for.
  OwnFile own{
      .file = File(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC))};
  if (!own.file) {
    // A link, what its owner may not read, or a socket. All else, as too many open files, says
    // nothing of it.
    own.bad = errno == ELOOP || errno == EACCES || errno == ENXIO;
    return own;
  }
  struct ::stat info{};
  if (::fstat(own.file.fd(), &info) != 0) {
    const int error = errno;
    own.file.reset();
    errno = error;
    return own;
  }
  own.bad = !S_ISREG(info.st_mode) || info.st_uid != ::geteuid() ||
            (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  own.size = static_cast<std::uint64_t>(info.st_size);
  own.used = info.st_mtim;
  own.mode = info.st_mode;
  return own;
}

Found read_at(int file, std::uint64_t at, std::uint8_t* to, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::pread(file, to, size, static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0 ? Found::bad : Found::nothing;
    to += n;
    at += static_cast<std::uint64_t>(n);
    size -= static_cast<std::size_t>(n);
  }
  return Found::good;
}

bool write_all(int file, std::span<const std::uint8_t> bytes) {
  const QuietSignal quiet(SIGXFSZ);
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

// ---- Drafts ----------------------------------------------------------------------------------

Draft::Draft(int folder, const std::string& for_name, std::uint64_t size) : folder_(folder) {
  static std::atomic<std::uint64_t> count{0};
  constexpr int kTries = 100;  // of names that a process left which had this one's number
  for (int i = 0; i < kTries; ++i) {
    name_ = concat(for_name, ".", ::getpid(), ".", count.fetch_add(1), kDraftEnd);
    file_ = File(::openat(folder, name_.c_str(),
                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
    if (file_ || errno != EEXIST) break;
  }
  if (!file_) return;
  // Whoever took it for a leftover just now has removed it; then publishing fails.
  ::flock(file_.fd(), LOCK_EX | LOCK_NB);
  const QuietSignal quiet(SIGXFSZ);
  if (::ftruncate(file_.fd(), static_cast<off_t>(size)) != 0) remove();
}

void Draft::remove() {
  if (file_ && !name_.empty()) ::unlinkat(folder_, name_.c_str(), 0);
  file_.reset();
}

bool Draft::publish(const std::string& as) {
  if (::renameat(folder_, name_.c_str(), folder_, as.c_str()) != 0) return false;
  name_.clear();
  return true;
}

bool is_draft(std::string_view name) { return name.ends_with(kDraftEnd); }

bool is_left(int folder, const std::string& draft) {
  const OwnFile own = open_own(folder, draft);
  if (!own.file) return own.bad;
  return ::flock(own.file.fd(), LOCK_EX | LOCK_NB) == 0;
}

// ---- The folder ------------------------------------------------------------------------------

FolderLock::FolderLock(int folder)
    : file_(::openat(folder, kLock, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                     kOwnerOnly)) {
  constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
  constexpr int kTries = 1000;
  if (!file_) error_ = errno;
  for (int i = 0; file_ && i < kTries; ++i) {
    error_ = ::flock(file_.fd(), LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (error_ != EWOULDBLOCK && error_ != EINTR) return;
    ::nanosleep(&kPause, nullptr);
  }
}

std::string FolderLock::why() const {
  if (error_ == EWOULDBLOCK)
    return concat("a process has held its file `", kLock,
                  "` for a second, and may have been stopped: let it go on, or end it");
  return concat("its file `", kLock, "` cannot be locked: ", system_text(error_));
}

std::optional<std::vector<Listed>> list(int folder) {
  File again(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct Close {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };
  const std::unique_ptr<DIR, Close> stream(again ? ::fdopendir(again.fd()) : nullptr);
  if (!stream) return std::nullopt;
  again.release();  // it is the stream's
  std::vector<Listed> all;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    Listed one{.name = entry->d_name};
    const bool is_ours =
        CacheKey::of(one.name) || (is_draft(one.name) && one.name.size() > kKeyText);
    struct ::stat info{};
    if (is_ours && ::fstatat(folder, one.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      one.size = static_cast<std::uint64_t>(info.st_size);
      one.used = info.st_mtim;
      all.push_back(std::move(one));
    }
    errno = 0;
  }
  if (errno != 0) return std::nullopt;
  return all;
}

// ---- The secret ------------------------------------------------------------------------------

namespace {

// Bad: also one that others could have read.
Found read_secret(int folder, Digest& out) {
  const OwnFile own = open_own(folder, kSecret);
  if (own.bad) return Found::bad;
  if (!own.file) return Found::nothing;
  if (own.size != out.size() || (own.mode & (S_IRWXG | S_IRWXO)) != 0) return Found::bad;
  return read_at(own.file.fd(), 0, out.data(), out.size());
}

std::unexpected<std::string> no_secret(std::string_view can) {
  return std::unexpected(concat("its secret cannot be ", can, ": ", system_text(errno)));
}

bool random_bytes(Digest& out) {
  std::size_t have = 0;
  while (have < out.size()) {
    const ssize_t n = ::getrandom(out.data() + have, out.size() - have, 0);
    if (n < 0 && errno != EINTR) return false;
    have += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
  }
  return true;
}

}  // namespace

std::expected<Digest, std::string> secret_of(int folder) {
  // Where it cannot be read just now it stays: without it all entries are worthless.
  Digest secret{};
  Found found = read_secret(folder, secret);
  if (found == Found::good) return secret;
  if (found == Found::nothing && errno != ENOENT) return no_secret("read");
  // Under the lock, so that all who find none, or a bad one, agree on the next.
  const FolderLock lock(folder);
  if (!lock) return std::unexpected(lock.why());
  found = read_secret(folder, secret);
  if (found == Found::good) return secret;
  if (found == Found::nothing && errno != ENOENT) return no_secret("read");
  Digest fresh{};
  Draft draft(folder, std::string(kKeyText, '0'), fresh.size());
  // It must be whole on the disk before it has its name: without it all entries are worthless.
  if (!draft || !random_bytes(fresh) || !write_all(draft.fd(), fresh) || ::fsync(draft.fd()) != 0 ||
      !draft.publish(kSecret))
    return no_secret("written");
  return fresh;
}

}  // namespace mortise::detail
