// What the C++ programs share: their command line, and how calls are timed. rust/src/measure.rs
// is the same for Rust, step for step.
//
//   PROGRAM CASE INPUT_SIZE GUEST AMOUNT      AMOUNT: 0.3s, or a number of calls
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

[[noreturn]] inline void fail(std::string_view why) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(why.size()), why.data());
  std::exit(1);  // NOLINT: no other thread of ours is running
}

// What run.py reads.
inline void print(double value) { std::printf("%.2f\n", value); }

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

  // A case has two parts: owned-limited is `owned` under the limits `limited`.
  [[nodiscard]] std::string_view what() const { return name.substr(0, name.find('-')); }
  [[nodiscard]] std::string_view how() const {
    const std::size_t dash = name.find('-');
    return dash == std::string_view::npos ? std::string_view() : name.substr(dash + 1);
  }

  // Text of the size that was asked for.
  [[nodiscard]] std::string input() const {
    constexpr std::string_view text = "hello techbytes ";
    std::string all;
    while (all.size() < size) all += text;
    all.resize(size);
    return all;
  }

  // Prints nanoseconds per call. The time is spent in batches of a millisecond, and the median
  // batch counts: one in which the system ran something else says nothing of the call. What the
  // calls return is summed up, so that none of them can be left out. One `call` makes `times` of
  // the calls that are measured.
  template <class Call>
  void time(Call&& call, std::uint32_t times = 1) const {
    using Clock = std::chrono::steady_clock;
    const auto batch = [&](std::uint64_t count) {
      const auto start = Clock::now();
      const std::size_t sum = repeat(call, count);
      const std::chrono::duration<double, std::nano> time = Clock::now() - start;
      asm volatile("" : : "r"(sum));
      return time.count() / static_cast<double>(count * times);
    };
    if (calls != 0) {
      call();  // the first may start a thread
      print(batch(calls));
      return;
    }
    // The warm-up says how many calls fill a millisecond.
    std::uint64_t count = 1;
    const auto warm = Clock::now();
    double ns = batch(count);
    while (Clock::now() - warm < std::chrono::milliseconds(20)) {
      count = static_cast<std::uint64_t>(1e6 / (ns * times)) + 1;
      ns = batch(count);
    }
    std::vector<double> all;
    const auto start = Clock::now();
    do all.push_back(batch(count));
    while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    print(*middle);
  }

  // Prints the median of what calls say that they took, which is not all that they do: for parts of
  // some microseconds and more, beside which reading the clock is nothing.
  template <class Call>
  void time_parts(Call&& call) const {
    using Clock = std::chrono::steady_clock;
    std::vector<double> all;
    const auto start = Clock::now();
    do all.push_back(std::chrono::duration<double, std::nano>(call()).count());
    while (calls != 0 ? all.size() < calls
                      : std::chrono::duration<double>(Clock::now() - start).count() < seconds);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    print(*middle);
  }

 private:
  // A function of its own, so that instructions.py can count what is done in it and nothing else.
  template <class Call>
  [[gnu::noinline]] static std::size_t repeat(Call& call, std::uint64_t count) {
    std::size_t sum = 0;
    for (std::uint64_t i = 0; i < count; ++i) sum += call();
    return sum;
  }

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
