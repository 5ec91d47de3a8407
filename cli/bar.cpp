#include "bar.h"

#include <unistd.h>

#include <iostream>
#include <utility>

#include <mortise/contract/text.h>

namespace mortise::cli {

Bar::Bar(std::string what) : what_(std::move(what)), on_terminal_(::isatty(STDERR_FILENO) != 0) {}

Bar::~Bar() {
  // Back to the first column, and all that is right of it away.
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
}

CompileProgressHandler Bar::handler() {
  if (!on_terminal_) return {};
  return [this](const CompileProgress& progress) { show(progress); };
}

void Bar::show(const CompileProgress& progress) {
  constexpr std::chrono::milliseconds kMoment{300};
  constexpr std::uint64_t kWidth = 30;
  if (std::chrono::steady_clock::now() - start_ < kMoment) return;
  shown_ = true;
  // As few as there are, neither product wraps around.
  const std::uint64_t done = progress.done * kWidth / progress.total;
  const std::uint64_t percent = progress.done * 100 / progress.total;
  std::cerr << concat("\r\x1b[K", what_, ": compiling [", std::string(done, '#'),
                      std::string(kWidth - done, '.'), "] ", percent, " %")
            << std::flush;
}

}  // namespace mortise::cli
