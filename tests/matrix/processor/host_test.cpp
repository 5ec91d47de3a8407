// The sample of each language, as `mortise new` writes it.
#include <string>

#include <gtest/gtest.h>

#include "plugin_world.h"
#include "tests/matrix/plugin.h"

namespace mortise::testing {
namespace {

using techbytes::plugins::PluginWorld;

constexpr techbytes::plugins::processor::MetadataRef kMeta{
    .name = "AnalyticsEngine", .version = "1.0.2", .priority = 1};

Instance<PluginWorld> instance() { return started<PluginWorld>(plugin<PluginWorld>()); }

TEST(MatrixProcessor, AnswersInUpperCase) {
  auto one = instance();
  const auto out = one.processor().process_data("hello techbytes", kMeta);
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "[Processed by AnalyticsEngine v1.0.2]: HELLO TECHBYTES");
}

TEST(MatrixProcessor, PassesEveryAsciiCharacter) {
  auto one = instance();
  std::string input;
  std::string upper;
  for (char c = 1; c < 127; ++c) {
    input += c;
    upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const auto out = one.processor().process_data(input, {.name = "n", .version = "v"});
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, "[Processed by n vv]: " + upper);
}

TEST(MatrixProcessor, KnowsUnicodeWhereTheLanguageDoes) {
  auto one = instance();
  const auto out = one.processor().process_data("grüße, ǆ", {.name = "n", .version = "v"});
  ASSERT_TRUE(out);
  // Go maps single characters, which ß has no upper case among.
  const std::string upper = language() == "go" ? "GRÜßE, Ǆ"
                            : knows_unicode()  ? "GRÜSSE, Ǆ"
                                               : "GRüßE, ǆ";
  EXPECT_EQ(*out, "[Processed by n vv]: " + upper);
}

TEST(MatrixProcessor, RefusesAnEmptyInputWithItsOwnError) {
  auto one = instance();
  const auto out = one.processor().process_data("", kMeta);
  ASSERT_NE(out.refusal(), nullptr);
  EXPECT_EQ(*out.refusal(), "Input cannot be empty");
}

TEST(MatrixProcessor, NeedsNoMoreMemoryForManyCalls) {
  auto one = instance();
  const std::string input(10'000, 'x');
  const auto call = [&](int times) {
    for (int i = 0; i < times; ++i) ASSERT_TRUE(one.processor().process_data(input, kMeta));
  };
  // Collectors take what they want first.
  call(3000);
  const Bytes before = one.memory();
  call(3000);
  EXPECT_LE(one.memory().count, before.count + MiB(8).count);
}

}  // namespace
}  // namespace mortise::testing
