// A process in which the system refuses what a test names: memory, an open file, a read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mortise::testing {

// What `run` answers in a child process, and nothing of that stays here.
template <class Run>
bool in_child(Run run) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(run() ? 0 : 1);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// What becomes of a call of the system.
inline std::uint32_t fails_with(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}
inline constexpr std::uint32_t kEndsTheProcess = SECCOMP_RET_KILL_PROCESS;

// From now on, in this thread and all that it starts, for calls of that number with `value` as
// their argument `index`. False: it cannot be done here.
inline bool refuse(long call, std::size_t index, std::uint32_t value, std::uint32_t outcome) {
  constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;
  constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
  // The lower half of the argument: this machine is little-endian.
  const auto at = static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * index);
  std::array<sock_filter, 6> program{
      sock_filter BPF_STMT(kLoad, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(kEqual, static_cast<std::uint32_t>(call), 0, 3),
      sock_filter BPF_STMT(kLoad, at),
      sock_filter BPF_JUMP(kEqual, value, 0, 1),
      sock_filter BPF_STMT(kReturn, outcome),
      sock_filter BPF_STMT(kReturn, SECCOMP_RET_ALLOW)};
  const sock_fprog all{.len = program.size(), .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all) == 0;
}

}  // namespace mortise::testing
