// Keeps a signal that a write may raise from this thread, and takes back one that came: SIGPIPE
// where nobody reads, SIGXFSZ where a file may not become so long. The write fails then, and that
// is all.
#pragma once

#include <cerrno>
#include <csignal>
#include <ctime>

namespace mortise::detail {

class QuietSignal {
 public:
  explicit QuietSignal(int signal) {
    sigemptyset(&signal_);
    sigaddset(&signal_, signal);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, signal) == 1;
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  QuietSignal(const QuietSignal&) = delete;
  QuietSignal& operator=(const QuietSignal&) = delete;
  ~QuietSignal() {
    const int error = errno;  // of the write
    const timespec now{};
    if (!was_pending_)
      while (sigtimedwait(&signal_, nullptr, &now) < 0 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error;
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace mortise::detail
