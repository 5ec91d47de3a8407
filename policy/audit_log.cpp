#include <mortise/policy/audit_log.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/document.h>
#include <mortise/policy/detail/file.h>

namespace mortise {

namespace {

using policy::File;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLongest = 1000;  // of a text in a line

// "2026-01-31T12:00:00.123Z"
std::string now_text() {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): dates
  const auto now = floor<milliseconds>(system_clock::now());
  const auto day = floor<days>(now);
  const year_month_day date(day);
  const hh_mm_ss time(now - day);
  const auto digits = [](auto value, std::size_t width) {
    std::string text = concat(value);
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  return concat(digits(static_cast<int>(date.year()), 4), "-",
                digits(static_cast<unsigned>(date.month()), 2), "-",
                digits(static_cast<unsigned>(date.day()), 2), "T", digits(time.hours().count(), 2),
                ":", digits(time.minutes().count(), 2), ":", digits(time.seconds().count(), 2), ".",
                digits(time.subseconds().count(), 3), "Z");
}

std::string field(std::string_view name, std::string_view text) {
  return concat(policy::quoted(name), ":", policy::quoted(escape(text, kLongest)));
}

}  // namespace

struct AuditLog::State {
  // Of one plugin.
  struct Rate {
    double left;
    Clock::time_point at;
    std::uint64_t dropped = 0;  // since its last line
  };

  explicit State(AuditFile of) : options(std::move(of)) {}

  // Opens the file, or, after another process has moved it away, the new one.
  int reopen();
  bool append(std::string_view line);
  // Whether the file is where it was opened.
  [[nodiscard]] bool is_in_place() const;
  // Makes room where the file has grown to its size.
  void rotate(std::size_t more);

  const AuditFile options;
  std::atomic<std::uint64_t> dropped = 0;

  std::mutex mutex;
  File file;
  bool is_cut = false;  // what is in the file ends within a line
  std::map<std::string, Rate, std::less<>> rates;
};

int AuditLog::State::reopen() {
  constexpr mode_t kOwner = 0600;
  // Not blocking: a pipe that nobody reads would make plugins wait.
  File opened(
      ::open(options.file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kOwner));
  struct ::stat info{};
  if (!opened || ::fstat(opened.fd(), &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return EINVAL;
  char last = '\n';
  if (info.st_size > 0 && ::pread(opened.fd(), &last, 1, info.st_size - 1) != 1) return EIO;
  is_cut = last != '\n';
  file = std::move(opened);
  return 0;
}

bool AuditLog::State::is_in_place() const {
  struct ::stat ours{};
  struct ::stat there{};
  return ::fstat(file.fd(), &ours) == 0 && ::stat(options.file.c_str(), &there) == 0 &&
         ours.st_ino == there.st_ino && ours.st_dev == there.st_dev;
}

void AuditLog::State::rotate(std::size_t more) {
  // Another process may have done it, or somebody by hand.
  if (!is_in_place()) return (void)reopen();
  struct ::stat info{};
  if (::fstat(file.fd(), &info) != 0) return;
  if (static_cast<std::uint64_t>(info.st_size) + more <= options.size.count) return;
  // Of the processes that find it full one moves it, or the next would move the new one over it.
  // The others write behind what is there meanwhile: no plugin waits.
  if (::flock(file.fd(), LOCK_EX | LOCK_NB) != 0) return;
  std::error_code error;
  if (is_in_place()) std::filesystem::rename(options.file, options.file + ".1", error);
  // The lock goes with the file.
  if (error || reopen() != 0) (void)::flock(file.fd(), LOCK_UN);
}

bool AuditLog::State::append(std::string_view line) {
  rotate(line.size());
  std::string whole = concat(is_cut ? "\n" : "", line, "\n");
  struct ::stat info{};
  // It could not be moved away.
  if (::fstat(file.fd(), &info) != 0 ||
      static_cast<std::uint64_t>(info.st_size) > options.size.count)
    return false;
  ssize_t n = 0;
  do n = ::write(file.fd(), whole.data(), whole.size());
  while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  is_cut = static_cast<std::size_t>(n) < whole.size();
  return !is_cut;
}

AuditLog::AuditLog(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<AuditLog> AuditLog::open(AuditFile options) {
  auto state = std::make_shared<State>(std::move(options));
  const int error = state->reopen();
  if (error == 0) return AuditLog(std::move(state));
  const std::string file = escape(state->options.file, 500);
  return std::unexpected(Error(
      Error::Kind::io, error == EINVAL
                           ? concat(file, " is not a regular file")
                           : concat(file, " cannot be opened: ", policy::system_text(error))));
}

void AuditLog::write(std::string_view plugin, const services::Denial& denial) const {
  const std::scoped_lock lock(state_->mutex);
  const auto most = static_cast<double>(state_->options.lines_per_second);
  const auto now = Clock::now();
  auto found = state_->rates.find(plugin);
  if (found == state_->rates.end())
    found =
        state_->rates.try_emplace(std::string(plugin), State::Rate{.left = most, .at = now}).first;
  State::Rate& rate = found->second;
  const std::chrono::duration<double> since = now - rate.at;
  rate.left = std::min(most, rate.left + since.count() * most);
  rate.at = now;
  if (rate.left >= 1) {
    std::string line =
        concat("{", field("time", now_text()), ",", field("plugin", denial.plugin), ",",
               field("service", denial.service), ",", field("what", denial.what));
    if (rate.dropped > 0) line += concat(",\"dropped\":", rate.dropped);
    rate.left -= 1;
    if (state_->append(line + "}")) {
      rate.dropped = 0;
      return;
    }
  }
  ++rate.dropped;
  state_->dropped.fetch_add(1, std::memory_order_relaxed);
}

std::uint64_t AuditLog::dropped() const { return state_->dropped.load(std::memory_order_relaxed); }

}  // namespace mortise
