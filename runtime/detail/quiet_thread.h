// Starts a thread of the library's own.
#pragma once

#include <csignal>
#include <optional>
#include <thread>
#include <utility>

#if defined(__cpp_exceptions)
#include <system_error>
#endif

namespace mortise::detail {

// With all signals blocked: the host's handlers are not to run on a thread that it does not know.
// Nothing: the system starts no more threads.
template <class Body>
std::optional<std::thread> start_quiet_thread(Body body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::optional<std::thread> started;
#if defined(__cpp_exceptions)
  try {
    started.emplace(std::move(body));
  } catch (const std::system_error&) {
  }
#else
  started.emplace(std::move(body));
#endif
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

}  // namespace mortise::detail
