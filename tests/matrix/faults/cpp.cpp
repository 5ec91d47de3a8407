#include "faults_cpp.h"

#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

[[noreturn, gnu::noinline]] void fail_now(std::string_view input) {
  std::fprintf(stderr, "deliberate: %.*s\n", static_cast<int>(input.size()), input.data());
  std::abort();
}

[[noreturn, gnu::noinline]] void spin_now() {
  for (volatile unsigned n = 0;; n = n + 1) {
  }
}

[[noreturn, gnu::noinline]] void exhaust_now() {
  std::vector<std::vector<char>> all;
  for (;;) all.emplace_back(1 << 20, 'x');
}

}  // namespace

namespace exports::matrix::faults::faulty {

wit::string Work(How how, wit::string input) {
  switch (how) {
    case How::kPanic: fail_now(input);
    case How::kSpin: spin_now();
    case How::kExhaust: exhaust_now();
    case How::kWell: break;
  }
  return input;
}

}  // namespace exports::matrix::faults::faulty
