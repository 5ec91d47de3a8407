// What plugins in C++ hold text and lists in, compiled for this machine.
#include "toolchain/src/language/cpp/wit.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

TEST(WitVector, CopiesWhatIsPassedByName) {
  std::vector<std::string> kept{"a text that is too long to be kept in place"};
  const auto first = wit::vector<std::string>::of(kept);
  const auto second = wit::vector<std::string>::of(kept);
  EXPECT_EQ(first[0], kept[0]);
  EXPECT_EQ(second[0], kept[0]);
}

TEST(WitVector, TakesWhatIsGivenAway) {
  std::vector<std::string> given{"a text that is too long to be kept in place"};
  const char* const text = given[0].data();
  const auto taken = wit::vector<std::string>::of(std::move(given));
  EXPECT_EQ(taken[0].data(), text);
}

}  // namespace
