// How far a compiler is, on a terminal.
#pragma once

#include <chrono>
#include <string>

#include <mortise/runtime/progress.h>

namespace mortise::cli {

// A line on the standard error stream, if that is a terminal, while it compiles for more than a
// moment; gone when this ends.
class Bar {
 public:
  explicit Bar(std::string what);
  Bar(const Bar&) = delete;
  Bar& operator=(const Bar&) = delete;
  ~Bar();

  // Empty, where nobody would see it. For as long as this lives.
  [[nodiscard]] CompileProgressHandler handler();

 private:
  void show(const CompileProgress&);

  std::string what_;
  bool on_terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace mortise::cli
