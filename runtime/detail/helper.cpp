#include <mortise/runtime/detail/helper.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/bytes_at.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/detail/quiet_signal.h>

namespace mortise::detail {

// Where the compile helper is: compiler_path.cpp.
const char* compiler_path();

namespace {

using Kind = Error::Kind;
using Limit = Error::Limit;
using Clock = std::chrono::steady_clock;

// What the helper says: engine/src/bin/mortise-compile.rs.
constexpr std::string_view kMagic = "MORTISE2";
constexpr std::size_t kTagAt = 8;
constexpr std::size_t kFootprintAt = 9;
constexpr std::size_t kFirstAt = 17;  // how long the first part is, and the second
constexpr std::size_t kSecondAt = 25;
constexpr std::size_t kHeader = 33;

// No wait status is this.
constexpr int kUnknown = -1;

std::unexpected<Error> fail(Kind kind, std::string message) {
  return std::unexpected(Error(kind, std::move(message)));
}

std::string seconds_text(std::chrono::milliseconds time) {
  return time.count() % 1000 == 0 ? concat(time.count() / 1000, " s") : concat(time.count(), " ms");
}

// ---- The child -------------------------------------------------------------------------------

// A child process. Killed and waited for when this ends, if it has not ended before.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    (void)wait(Clock::time_point::max());
  }

  // Waits for its end, at most until then: a wait status, or kUnknown where the host reaps its
  // children itself. Nothing: it goes on.
  std::optional<int> wait(Clock::time_point until) {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 1'000'000};
    int status = 0;
    while (true) {
      const pid_t done = ::waitpid(pid_, &status, WNOHANG);
      if (done == 0 && Clock::now() >= until) return std::nullopt;
      if (done == 0) ::nanosleep(&kPause, nullptr);
      if (done == 0 || (done < 0 && errno == EINTR)) continue;
      pid_ = -1;
      return done < 0 ? kUnknown : status;
    }
  }

 private:
  pid_t pid_;
};

struct Pipe {
  File read;
  File write;

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = File(ends[0]);
    write = File(ends[1]);
    return true;
  }
};

std::string helper_path(const EngineOptions& options) {
  if (!options.compiler.empty()) return options.compiler;
  // Not from the environment of a set-uid program.
  if (const char* path = ::secure_getenv("MORTISE_COMPILER")) return path;
  return compiler_path();
}

struct SpawnSetup {
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};

  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

std::uint32_t threads(const CompileLimits& limits) {
  constexpr std::uint32_t kMost = 16;
  if (limits.threads != 0) return limits.threads;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
}

// Starts the helper with these ends of pipes and nothing else that the host has open. `progress`
// may be none.
Result<pid_t> spawn(const EngineOptions& options, const Task& task, const CompileLimits& limits,
                    int in, int out, const File& progress) {
  SpawnSetup setup;
  posix_spawn_file_actions_adddup2(&setup.actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&setup.actions, out, STDOUT_FILENO);
  if (progress)
    posix_spawn_file_actions_adddup2(&setup.actions, progress.fd(), STDERR_FILENO);
  else
    posix_spawn_file_actions_addopen(&setup.actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&setup.actions, STDERR_FILENO + 1);
  // A host may have blocked or ignored the signals that end the helper.
  sigset_t none;
  sigset_t defaults;
  sigemptyset(&none);
  sigfillset(&defaults);
  posix_spawnattr_setsigmask(&setup.attributes, &none);
  posix_spawnattr_setsigdefault(&setup.attributes, &defaults);
  posix_spawnattr_setflags(&setup.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  const std::string path = helper_path(options);
  std::vector<std::string> arguments{"mortise-compile", std::to_string(limits.memory.count),
                                     std::to_string(limits.cpu.count()),
                                     std::to_string(threads(limits))};
  arguments.insert(arguments.end(), task.arguments.begin(), task.arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<char*, 1> environment{};

  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, path.c_str(), &setup.actions, &setup.attributes,
                                  argv.data(), environment.data());
  if (error != 0)
    return std::unexpected(
        advised_error(Kind::io,
                      concat("the compile helper ", escape(path),
                             " cannot be started: ", system_text(error), "; install it"),
                      concat(", name it in EngineOptions::compiler", task.advice)));
  return pid;
}

// Readable from when somebody asks to stop.
class Stop {
 public:
  // Without a file where nobody can ask.
  explicit Stop(const std::stop_token& token) : token_(token) {
    if (!token_.stop_possible()) return;
    event_ = File(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (event_) wake_.emplace(token_, Wake{event_.fd()});
  }

  [[nodiscard]] int fd() const { return event_.fd(); }
  [[nodiscard]] bool requested() const { return token_.stop_requested(); }

 private:
  struct Wake {
    int fd;
    void operator()() const { (void)::eventfd_write(fd, 1); }
  };
  std::stop_token token_;
  File event_;  // closed after `wake_` has ended
  std::optional<std::stop_callback<Wake>> wake_;
};

enum class Talk : std::uint8_t { done, out_of_time, too_much, cancelled, broken };

// What the helper says of how far it is.
class Listener {
 public:
  Listener(File from, const CompileProgressHandler* handler)
      : from_(std::move(from)), handler_(handler) {
    if (from_) ::fcntl(from_.fd(), F_SETFL, O_NONBLOCK);
  }

  [[nodiscard]] int fd() const { return from_.fd(); }

  void listen() {
    const ssize_t n = ::read(from_.fd(), said_.data() + have_, said_.size() - have_);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) from_.reset();
    if (n > 0) have_ += static_cast<std::size_t>(n);
    if (have_ < said_.size()) return;
    have_ = 0;
    const CompileProgress progress{.done = number<std::uint64_t>(said_, 0),
                                   .total = number<std::uint64_t>(said_, 8)};
    // Its threads do not take turns, and what reads strangers' input may say anything.
    if (progress.done <= last_ || progress.done > progress.total) return;
    last_ = progress.done;
    (*handler_)(progress);
  }

 private:
  File from_;
  const CompileProgressHandler* handler_;
  std::array<std::uint8_t, 16> said_{};
  std::size_t have_ = 0;
  std::uint64_t last_ = 0;
};

// Sends the input and takes the answer, both at once: either side may fill its pipe first.
class Conversation {
 public:
  Conversation(File to, File from, Listener listener, const Task& task, std::uint64_t most)
      : to_(std::move(to)),
        from_(std::move(from)),
        listener_(std::move(listener)),
        stop_(task.stop),
        input_(task.input),
        most_(most) {}

  Talk run(Clock::time_point until) {
    ::fcntl(to_.fd(), F_SETFL, O_NONBLOCK);
    ::fcntl(from_.fd(), F_SETFL, O_NONBLOCK);
    const QuietSignal quiet(SIGPIPE);
    while (from_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
      if (left <= 0) return Talk::out_of_time;
      if (stop_.requested()) return Talk::cancelled;
      std::array<pollfd, 4> fds{pollfd{.fd = from_.fd(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = to_.fd(), .events = POLLOUT, .revents = 0},
                                pollfd{.fd = listener_.fd(), .events = POLLIN, .revents = 0},
                                pollfd{.fd = stop_.fd(), .events = POLLIN, .revents = 0}};
      // A closed end is -1, which poll leaves out.
      const int ready =
          ::poll(fds.data(), fds.size(), static_cast<int>(std::min<long long>(left, 3'600'000)));
      if (ready < 0 && errno != EINTR) return Talk::broken;
      if (ready <= 0) continue;
      if (fds[1].revents != 0) send();
      if (fds[2].revents != 0) listener_.listen();
      if (fds[0].revents != 0 && !receive()) return Talk::broken;
      if (answer_.size() > most_) return Talk::too_much;
    }
    return Talk::done;
  }

  ByteVector& answer() { return answer_; }

 private:
  void send() {
    const ssize_t n = ::write(to_.fd(), input_.data(), input_.size());
    if (n > 0) input_ = input_.subspan(static_cast<std::size_t>(n));
    const bool again = n < 0 && (errno == EAGAIN || errno == EINTR);
    // A child that does not read on has failed, and its exit says how.
    if (input_.empty() || (n < 0 && !again)) to_.reset();
  }

  bool receive() {
    constexpr std::size_t kChunk = 1 << 16;
    const std::size_t have = answer_.size();
    answer_.resize(have + kChunk);
    const ssize_t n = ::read(from_.fd(), answer_.data() + have, kChunk);
    answer_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n == 0) from_.reset();
    return n >= 0 || errno == EAGAIN || errno == EINTR;
  }

  File to_;
  File from_;
  Listener listener_;
  Stop stop_;
  std::span<const std::uint8_t> input_;
  std::uint64_t most_;
  ByteVector answer_;
};

// A limit that the helper crossed, by the tag of its answer; nothing for other tags.
std::optional<Error> crossed(std::uint8_t tag, const Task& task, const CompileLimits& limits) {
  switch (tag) {
    case 'M':
      return limit_error(Limit::compile_memory,
                         concat(task.name, " needs more than the ", bytes_text(limits.memory.count),
                                " of memory that ", task.doing, " it may"),
                         "CompileLimits::memory");
    case 'R':
      return limit_error(Limit::compile_depth,
                         concat(task.name, " is nested too deeply to be ", task.done));
    case 'C':
      return limit_error(Limit::compile_time,
                         concat(task.name, " needs more than the ", seconds_text(limits.cpu),
                                " of processor time that ", task.doing, " it may"),
                         "CompileLimits::cpu");
    default: return std::nullopt;
  }
}

// How a helper that gave no answer ended.
Error died(int status, std::string_view name) {
  if (status == kUnknown)
    return {Kind::io, concat(name,
                             ": the compile helper gave no answer, and the host's own "
                             "handling of SIGCHLD took how it ended")};
  if (WIFSIGNALED(status))
    return {Kind::io, concat(name, ": the compile helper was ended by signal ", WTERMSIG(status),
                             " and gave no answer")};
  return {Kind::io, concat(name, ": the compile helper gave no answer (exit status ",
                           WEXITSTATUS(status), "); is it of this version?")};
}

// Whether the answer has come whole.
bool complete(const ByteVector& answer) {
  if (answer.size() < kHeader || std::memcmp(answer.data(), kMagic.data(), kMagic.size()) != 0)
    return false;
  const std::uint64_t body = answer.size() - kHeader;
  const auto first = number<std::uint64_t>(answer, kFirstAt);
  return first <= body && number<std::uint64_t>(answer, kSecondAt) == body - first;
}

// Takes a whole answer apart.
Result<HelperAnswer> understand(ByteVector bytes, const Task& task, const CompileLimits& limits) {
  const std::uint8_t tag = bytes[kTagAt];
  if (std::optional<Error> limit = crossed(tag, task, limits))
    return std::unexpected(*std::move(limit));
  const auto footprint = number<std::uint64_t>(bytes, kFootprintAt);
  const auto first = number<std::uint64_t>(bytes, kFirstAt);
  HelperAnswer answer{.refused = tag != 'A',
                      .footprint = footprint,
                      .bytes = std::move(bytes),
                      .second = kHeader + first};
  const std::span<const std::uint8_t> front = answer.contract();
  if (!answer.refused || (front.size() == 1 && front[0] == MORTISE_ERROR_COMPONENT)) return answer;
  return fail(Kind::internal,
              concat(task.name, ": the compile helper failed: ", escape(answer.text())));
}

}  // namespace

std::span<const std::uint8_t> HelperAnswer::contract() const {
  return std::span(bytes).first(second).subspan(kHeader);
}
std::span<const std::uint8_t> HelperAnswer::rest() const {
  return std::span(bytes).subspan(second);
}
std::string_view HelperAnswer::text() const {
  return {reinterpret_cast<const char*>(rest().data()), rest().size()};  // bytes as text
}

Clock::time_point end_of(const CompileLimits& limits) {
  // Far enough away for everyone, and near enough to be added.
  constexpr std::chrono::milliseconds kEver = std::chrono::years(1);
  return Clock::now() + std::min(limits.wall, kEver);
}

Error out_of_time(std::string_view name, std::string_view done, const CompileLimits& limits) {
  return limit_error(Limit::compile_time,
                     concat(name, " was not ", done, " within ", seconds_text(limits.wall)),
                     "CompileLimits::wall");
}

Error cancelled(std::string_view name, std::string_view doing) {
  return {Kind::cancelled, concat(name, ": ", doing, " was cancelled")};
}

Result<HelperAnswer> ask_helper(const EngineOptions& options, const Task& task,
                                const CompileLimits& limits) {
  const Clock::time_point until = task.until ? *task.until : end_of(limits);
  Pipe in;
  Pipe out;
  Pipe progress;
  const bool listens = task.progress != nullptr && *task.progress;
  if (!in.open() || !out.open() || (listens && !progress.open()))
    return fail(Kind::io, concat(task.name, " cannot be ", task.done,
                                 ": no pipe to the compile helper: ", system_text(errno)));
  // The helper does not wait for a host that does not listen.
  if (listens) ::fcntl(progress.write.fd(), F_SETFL, O_NONBLOCK);
  Result<pid_t> pid = spawn(options, task, limits, in.read.fd(), out.write.fd(), progress.write);
  if (!pid) return std::unexpected(std::move(pid).error());
  Child child(*pid);
  in.read.reset();
  out.write.reset();
  progress.write.reset();

  Conversation talk(std::move(in.write), std::move(out.read),
                    Listener(std::move(progress.read), task.progress), task, task.most + kHeader);
  switch (talk.run(until)) {
    case Talk::done: {
      if (complete(talk.answer())) return understand(std::move(talk.answer()), task, limits);
      const std::optional<int> status = child.wait(until);
      if (!status) return std::unexpected(out_of_time(task.name, task.done, limits));
      return std::unexpected(died(*status, task.name));
    }
    case Talk::out_of_time: return std::unexpected(out_of_time(task.name, task.done, limits));
    case Talk::too_much:
      return std::unexpected(
          limit_error(Limit::compile_code, std::string(task.too_much), task.setting));
    case Talk::cancelled: return std::unexpected(cancelled(task.name, task.doing));
    case Talk::broken: break;
  }
  return fail(Kind::io, concat(task.name, " was not ", task.done,
                               ": the pipe to the compile helper broke: ", system_text(errno)));
}

}  // namespace mortise::detail
