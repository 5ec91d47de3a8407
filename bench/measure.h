// What the C++ programs share: their command line, and how calls are timed. rust/src/measure.rs
// is the same for Rust, step for step.
//
//   PROGRAM CASE INPUT_SIZE GUEST AMOUNT      AMOUNT: 0.3s, or a number of calls
#pragma once

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bench {

[[noreturn]] inline void fail(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);
}

// What the command line asks for.
struct Run {
  std::string_view name;
  std::size_t size = 0;
  std::string guest{};
  double seconds = 0;
  std::uint64_t calls = 0;  // in place of seconds, if there are any

  Run(int argc, char** argv) {
    if (argc != 5) fail("usage: PROGRAM CASE INPUT_SIZE GUEST AMOUNT (0.3s, or a number of calls)");
    name = argv[1];
    size = parse<std::size_t>(argv[2]);
    guest = argv[3];
    std::string_view amount = argv[4];
    if (amount.ends_with('s')) {
      amount.remove_suffix(1);
      seconds = parse<double>(amount);
    } else {
      calls = parse<std::uint64_t>(amount);
    }
  }

  // Text of the size that was asked for.
  [[nodiscard]] std::string input() const {
    constexpr std::string_view text = "hello techbytes ";
    std::string all;
    while (all.size() < size) all += text;
    all.resize(size);
    return all;
  }

  // Prints nanoseconds per call, on average. What the calls return is summed up, so that none of
  // them can be left out.
  template <class Call>
  void time(Call&& call) const {
    using Clock = std::chrono::steady_clock;
    const auto many = [&](std::uint64_t count) {
      std::size_t sum = 0;
      const auto start = Clock::now();
      for (std::uint64_t i = 0; i < count; ++i) sum += call();
      const std::chrono::duration<double> time = Clock::now() - start;
      asm volatile("" : : "r"(sum));
      return time.count();
    };
    std::uint64_t count = calls;
    if (count == 0) {
      // The warm-up says how many calls fill the time.
      const double warm = seconds / 5;
      count = 1;
      double time = many(1);
      while (time < warm / 2) time = many(count *= 2);
      count = static_cast<std::uint64_t>(seconds / time * static_cast<double>(count)) + 1;
    }
    std::printf("%.2f\n", many(count) * 1e9 / static_cast<double>(count));
  }

 private:
  template <class T>
  static T parse(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) fail("not a number");
    return value;
  }
};

// What the sample plugins answer to `input`, which is ASCII.
inline std::string upper_cased(std::string_view input) {
  std::string out = "[Processed by AnalyticsEngine v1.0.2]: ";
  for (const char c : input) out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

}  // namespace bench
