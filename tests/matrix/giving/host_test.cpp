// Resources of a plugin's that are handed back to it for good. componentize-qjs does not know which
// one it gets back, so JavaScript takes no part.
#include <cstdint>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "giving.h"
#include "tests/matrix/plugin.h"

namespace mortise::testing {
namespace {

using matrix::giving::Giving;
namespace jars = matrix::giving::jars;

Instance<Giving>& instance() {
  // Lives until the program ends.
  static auto* const one = new Instance<Giving>(started(plugin<Giving>()));
  return *one;
}

jars::Jar jar(std::uint32_t coins) {
  auto made = instance().jars().new_jar(coins);
  EXPECT_TRUE(made) << made.error().to_string();
  return *std::move(made);
}

TEST(MatrixGiving, TakesTheOneThatItIsGiven) {
  jars::Jar one = jar(1);
  jars::Jar two = jar(2);
  EXPECT_EQ(instance().jars().jar_smash(std::move(one)).value(), 1U);
  EXPECT_EQ(two.coins().value(), 2U);
}

TEST(MatrixGiving, TakesAListOfThem) {
  std::vector<jars::Jar> all;
  for (std::uint32_t coins = 1; coins <= 10; ++coins) all.push_back(jar(coins));
  const auto sum = instance().jars().smash_all(std::move(all));
  ASSERT_TRUE(sum) << sum.error().to_string();
  EXPECT_EQ(*sum, 55U);
}

TEST(MatrixGiving, NeedsNoMoreMemoryForMany) {
  for (std::uint32_t i = 0; i < 3000; ++i)
    ASSERT_EQ(instance().jars().jar_smash(jar(i)).value(), i);
}

}  // namespace
}  // namespace mortise::testing
