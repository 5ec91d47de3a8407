// How plugins fail, and what their host is told.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "faults.h"
#include "tests/matrix/faults/expected.h"
#include "tests/matrix/plugin.h"

namespace mortise::testing {
namespace {

using matrix::faults::Faults;
using matrix::faults::faulty::How;

Error failure(How how, const CallOptions& options = {}) {
  auto one = started(plugin<Faults>());
  auto out = one.faulty(options).work(how, "x");
  if (out) {
    ADD_FAILURE() << "it did not fail, and answered " << *out;
    return {Error::Kind::internal, "none"};
  }
  return std::move(out.error());
}

// The frame of the function that fails, by its name in the source.
const Error::Frame* frame(const Error& error, std::string_view name) {
  const auto trace = error.backtrace();
  const auto found = std::ranges::find_if(
      trace, [&](const Error::Frame& one) { return one.function.find(name) != std::string::npos; });
  return found == trace.end() ? nullptr : &*found;
}

void expect_place(const Error& error, std::string_view name) {
  EXPECT_FALSE(error.backtrace().empty()) << error.to_string();
  const Expected& expected = expected_of(language());
  if (!expected.has_functions) return;
  const Error::Frame* at = frame(error, name);
  ASSERT_NE(at, nullptr) << error.to_string();
  if (expected.has_lines) {
    EXPECT_TRUE(at->file.ends_with(expected.source)) << at->file;
    EXPECT_GT(at->line, 0U);
  }
}

TEST(MatrixFaults, WorkWhenAskedTo) {
  auto one = started(plugin<Faults>());
  const auto out = one.faulty().work(How::well, "hello");
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(*out, "hello");
}

TEST(MatrixFaults, APanicIsATrapOfTheGuest) {
  const Error error = failure(How::panic);
  EXPECT_EQ(error.kind(), Error::Kind::guest_trap) << error.to_string();
  EXPECT_EQ(error.message(), expected_of(language()).panic);
  expect_place(error, expected_of(language()).fail_now);
}

TEST(MatrixFaults, AnEndlessLoopEndsAtTheDeadline) {
  const Error error = failure(How::spin, {.deadline = std::chrono::milliseconds(400)});
  EXPECT_EQ(error.kind(), Error::Kind::limit_exceeded) << error.to_string();
  EXPECT_EQ(error.limit(), Error::Limit::deadline) << error.to_string();
  EXPECT_EQ(error.message(),
            "faults-" + language() + ".wasm: work was stopped at its deadline of 400 ms");
  expect_place(error, expected_of(language()).spin_now);
}

TEST(MatrixFaults, AnInstanceThatTakesAllMemoryIsStoppedByItsLimit) {
  const Error error = failure(How::exhaust);
  EXPECT_EQ(error.kind(), Error::Kind::limit_exceeded) << error.to_string();
  EXPECT_EQ(error.limit(), Error::Limit::memory) << error.to_string();
  EXPECT_FALSE(error.backtrace().empty());
}

TEST(MatrixFaults, AreOverWithTheInstance) {
  (void)failure(How::panic);
  auto one = started(plugin<Faults>());
  EXPECT_EQ(one.faulty().work(How::well, "again").value(), "again");
}

}  // namespace
}  // namespace mortise::testing
