#include <mortise/abi/fault.h>

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <tests/guest_memory.h>

namespace mortise::abi {
namespace {

using testing::text_of;

Fault some_fault() {
  Fault fault{};
  fault.code = FaultCode::realloc_failed;
  return fault;
}

TEST(Fault, IsNoneAtFirst) {
  const Fault fault{};
  EXPECT_EQ(fault.code, FaultCode::none);
  EXPECT_EQ(fault.depth, 0u);
}

TEST(Fault, StepReadsAsAFailure) {
  Fault fault{};
  EXPECT_FALSE(fault.in("field"));
  EXPECT_FALSE(fault.in(std::uint64_t{7}));
}

TEST(Fault, KeepsItsPathInnermostFirst) {
  Fault fault = some_fault();
  fault.in("name");
  fault.in(std::uint64_t{4'000'000'000'000});
  fault.in("items");
  EXPECT_EQ(text_of(fault), "realloc failed; name < 4000000000000 < items");
}

TEST(Fault, KeepsTheInnermostStepsOfALongPath) {
  Fault fault = some_fault();
  for (std::uint64_t i = 0; i < 8; ++i) fault.in(i);
  EXPECT_EQ(text_of(fault), "realloc failed; 0 < 1 < 2 < 3 < 4 < 5 < 6 < 7");
  fault.in("outer");
  fault.in("outermost");
  EXPECT_EQ(text_of(fault), "realloc failed; 0 < 1 < 2 < 3 < 4 < 5 < 6 < 7 < ..");
  EXPECT_EQ(fault.depth, 10u);
}

TEST(Fault, KeepsNamesThatAreNotTerminated) {
  Fault fault = some_fault();
  fault.in(std::string_view("names").substr(0, 4));
  EXPECT_EQ(text_of(fault), "realloc failed; name");
}

}  // namespace
}  // namespace mortise::abi
