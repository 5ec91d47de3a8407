// Versions are read and ordered as semantic versioning has them.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/runtime/version.h>

namespace mortise::testing {
namespace {

Version version(std::string_view text) {
  const auto parsed = Version::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : Version();
}
std::string_view refused(std::string_view text) {
  const auto parsed = Version::parse(text);
  return parsed ? "nothing: it was taken" : parsed.error();
}
bool matches(std::string_view requirement, std::string_view text) {
  const auto parsed = VersionRequirement::parse(requirement);
  EXPECT_TRUE(parsed) << requirement;
  return parsed && parsed->matches(version(text));
}

TEST(Version, IsReadAndWritten) {
  const Version parsed = version("1.20.3-rc.1-x.0+build.007");
  EXPECT_EQ(
      parsed,
      (Version{.major = 1, .minor = 20, .patch = 3, .pre = "rc.1-x.0", .build = "build.007"}));
  EXPECT_EQ(parsed.to_string(), "1.20.3-rc.1-x.0+build.007");
  EXPECT_EQ(version("0.0.0").to_string(), "0.0.0");
  EXPECT_EQ(version("1.0.0+a-b").pre, "");
}

// The example of the standard, and what is a line of its own in it.
TEST(Version, IsOrdered) {
  const std::vector<std::string_view> rising{"0.9.9",
                                             "1.0.0-1",
                                             "1.0.0-alpha",
                                             "1.0.0-alpha.1",
                                             "1.0.0-alpha.beta",
                                             "1.0.0-beta",
                                             "1.0.0-beta.2",
                                             "1.0.0-beta.11",
                                             "1.0.0-rc.1",
                                             "1.0.0-rc.99999999999999999999",
                                             "1.0.0",
                                             "1.0.0+1",
                                             "1.0.1",
                                             "1.2.0",
                                             "1.10.0",
                                             "2.0.0"};
  for (std::size_t i = 1; i < rising.size(); ++i)
    EXPECT_LT(version(rising[i - 1]), version(rising[i])) << rising[i];
}

TEST(Version, IsRefusedWithTheReason) {
  const std::string_view numbers =
      "its numbers are not whole numbers, of 64 bits, without a zero before them";
  const std::string_view pre =
      "its pre-release is not made of letters, digits and dashes, with dots between them, and no "
      "zero before a number";
  const std::string_view build =
      "its build is not made of letters, digits and dashes, with dots between them";
  EXPECT_EQ(refused(""), "it has no numbers");
  EXPECT_EQ(refused("1"), "it has fewer than three numbers");
  EXPECT_EQ(refused("1.2"), "it has fewer than three numbers");
  EXPECT_EQ(refused("1.2.3.4"), "it has more than three numbers");
  EXPECT_EQ(refused("1.2.3."), "a number is missing after its last dot");
  EXPECT_EQ(refused("1..3"), numbers);
  EXPECT_EQ(refused("01.2.3"), numbers);
  EXPECT_EQ(refused("v1.2.3"), numbers);
  EXPECT_EQ(refused(" 1.2.3"), numbers);
  EXPECT_EQ(refused("1.2.x"), numbers);
  EXPECT_EQ(refused("1.2.18446744073709551615"), numbers);
  EXPECT_EQ(refused("1.2.99999999999999999999"), numbers);
  EXPECT_EQ(refused("1.2.3-"), pre);
  EXPECT_EQ(refused("1.2.3-a..b"), pre);
  EXPECT_EQ(refused("1.2.3-01"), pre);
  EXPECT_EQ(refused("1.2.3-a."), pre);
  EXPECT_EQ(refused("1.2.3-a b"), pre);
  EXPECT_EQ(refused("1.2.3+"), build);
  EXPECT_EQ(refused("1.2.3+a+b"), build);
  EXPECT_EQ(refused("1.2-rc"), "a pre-release or build needs three numbers before it");
  EXPECT_EQ(refused("1.2.3-" + std::string(251, 'a')), "a version has at most 256 characters");
}

TEST(VersionRequirement, IsCompatibleUnlessItSaysOtherwise) {
  for (const std::string_view requirement : {"1.2.3", "^1.2.3", " ^ 1.2.3 "}) {
    EXPECT_TRUE(matches(requirement, "1.2.3"));
    EXPECT_TRUE(matches(requirement, "1.9.0"));
    EXPECT_FALSE(matches(requirement, "1.2.2"));
    EXPECT_FALSE(matches(requirement, "2.0.0"));
  }
  EXPECT_TRUE(matches("0.2.3", "0.2.9"));
  EXPECT_FALSE(matches("0.2.3", "0.3.0"));
  EXPECT_FALSE(matches("0.0.3", "0.0.4"));
  EXPECT_TRUE(matches("0.0", "0.0.4"));
  EXPECT_FALSE(matches("0.0", "0.1.0"));
  EXPECT_TRUE(matches("0", "0.7.0"));
  EXPECT_FALSE(matches("0", "1.0.0"));
  EXPECT_TRUE(matches("1", "1.7.0"));
  EXPECT_FALSE(matches("1", "2.0.0"));
}

TEST(VersionRequirement, Compares) {
  EXPECT_TRUE(matches("~1.2.3", "1.2.9"));
  EXPECT_FALSE(matches("~1.2.3", "1.3.0"));
  EXPECT_TRUE(matches("~1", "1.3.0"));
  EXPECT_TRUE(matches("=1.2.3", "1.2.3+build"));
  EXPECT_FALSE(matches("=1.2.3", "1.2.4"));
  EXPECT_TRUE(matches("=1.2", "1.2.4"));
  EXPECT_TRUE(matches(">1.2.3", "1.2.4"));
  EXPECT_FALSE(matches(">1.2.3", "1.2.3"));
  EXPECT_FALSE(matches(">1.2", "1.2.9"));
  EXPECT_TRUE(matches(">=1.2.3", "9.0.0"));
  EXPECT_TRUE(matches("<=1.2.3", "1.2.3"));
  EXPECT_TRUE(matches("<=1.2", "1.2.9"));
  EXPECT_FALSE(matches("<=1.2", "1.3.0"));
  EXPECT_FALSE(matches("<1.2.3", "1.2.3"));
  EXPECT_TRUE(matches(">=1.2.0, <1.4", "1.3.9"));
  EXPECT_FALSE(matches(">=1.2.0, <1.4", "1.4.0"));
  EXPECT_TRUE(matches("*", "7.0.0"));
}

TEST(VersionRequirement, TakesAPreReleaseOnlyWhereItNamesOne) {
  EXPECT_FALSE(matches("*", "1.0.0-rc.1"));
  EXPECT_FALSE(matches("^1.0.0", "1.1.0-rc.1"));
  EXPECT_FALSE(matches("<2", "2.0.0-rc.1"));
  EXPECT_TRUE(matches("^1.0.0-rc.1", "1.0.0-rc.2"));
  EXPECT_TRUE(matches("^1.0.0-rc.1", "1.0.0"));
  EXPECT_FALSE(matches("^1.0.0-rc.1", "1.1.0-rc.2"));
  EXPECT_TRUE(matches("=1.0.0-rc.1", "1.0.0-rc.1"));
  EXPECT_FALSE(matches("=1.0.0-rc.1", "1.0.0-rc.1.1"));
}

TEST(VersionRequirement, IsRefusedWithTheReason) {
  const auto refused_requirement = [](std::string_view text) {
    const auto parsed = VersionRequirement::parse(text);
    return parsed ? std::string_view("nothing: it was taken") : parsed.error();
  };
  const std::string_view shape = "a requirement is a comparison, or some with commas between them";
  EXPECT_EQ(refused_requirement(""), shape);
  EXPECT_EQ(refused_requirement(" "), shape);
  EXPECT_EQ(refused_requirement("1,"), shape);
  EXPECT_EQ(refused_requirement("1,,2"), "it has no numbers");
  EXPECT_EQ(refused_requirement("!1"),
            "its numbers are not whole numbers, of 64 bits, without a zero before them");
  std::string many = "1";
  for (int i = 0; i < 16; ++i) many += ",1";
  EXPECT_EQ(refused_requirement(many), "a requirement has at most 16 comparisons");
}

}  // namespace
}  // namespace mortise::testing
