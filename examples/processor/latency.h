// Times calls one by one and prints a line about them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <numeric>
#include <vector>

// 0, or 1 if a call failed. `bound` is what a call may take on average.
template <class Call>
int print_latency(std::size_t count, std::chrono::nanoseconds bound, Call&& call) {
  using Clock = std::chrono::steady_clock;
  std::vector<long long> ns(count);
  for (long long& one : ns) {
    const auto start = Clock::now();
    if (!call()) return std::cerr << "a timed call failed\n", 1;
    one = std::chrono::nanoseconds(Clock::now() - start).count();
  }
  std::sort(ns.begin(), ns.end());
  const auto sum = std::accumulate(ns.begin(), ns.end(), 0LL);
  const auto mean = sum / static_cast<long long>(count);
  std::cout << count << " calls: mean " << mean << " ns, p50 " << ns[count / 2] << " ns, p99 "
            << ns[count * 99 / 100] << " ns, max " << ns.back() << " ns; "
            << (mean <= bound.count() ? "within" : "ABOVE") << " the bound of " << bound.count()
            << " ns\n";
  return 0;
}
