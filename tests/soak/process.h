// What these programs share: what a process has, and how it ends when something is wrong.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <mortise/contract/text.h>

namespace mortise::testing {

[[noreturn]] inline void give_up(std::string_view why) {
  std::fprintf(stderr, "failed: %.*s\n", static_cast<int>(why.size()), why.data());
  std::_Exit(1);
}

// By the kernel's count.
struct Held {
  std::uint64_t kib = 0;
  std::uint64_t threads = 0;
  std::uint64_t files = 0;
};
inline Held held() {
  Held out;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmRSS:") status >> out.kib;
    if (word == "Threads:") status >> out.threads;
  }
  const std::filesystem::directory_iterator files("/proc/self/fd");
  out.files = static_cast<std::uint64_t>(std::distance(begin(files), end(files)));
  return out;
}

// Of calls or threads, from the command line.
inline std::uint64_t number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out == 0)
    give_up(concat("`", text, "` is not a number of calls or threads"));
  return out;
}

}  // namespace mortise::testing
