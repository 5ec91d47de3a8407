// Every type, there and back.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/matrix/plugin.h"
#include "types.h"

namespace mortise::testing {
namespace {

namespace echo = matrix::types::echo;
using matrix::types::Types;

Instance<Types>& instance() {
  // Lives until the program ends.
  static auto* const one = new Instance<Types>(started(plugin<Types>()));
  return *one;
}

// Calls Function with each of the values, and expects each back.
#define EXPECT_ECHO(function, ...)                                 \
  for (const auto& value : {__VA_ARGS__}) {                        \
    const auto out = instance().echo().function(value);            \
    ASSERT_TRUE(out) << #function ": " << out.error().to_string(); \
    EXPECT_EQ(*out, value) << #function;                           \
  }

template <class T>
constexpr T kLeast = std::numeric_limits<T>::min();
template <class T>
constexpr T kMost = std::numeric_limits<T>::max();

TEST(MatrixTypes, Integers){
    EXPECT_ECHO(unsigned8, std::uint8_t{0}, std::uint8_t{1},
                kMost<std::uint8_t>) EXPECT_ECHO(unsigned16, std::uint16_t{0}, kMost<std::uint16_t>)
        EXPECT_ECHO(unsigned32, 0U, 0x80000000U, kMost<std::uint32_t>)
            EXPECT_ECHO(unsigned64, std::uint64_t{0}, std::uint64_t{1} << 53, kMost<std::uint64_t>)
                EXPECT_ECHO(signed8, kLeast<std::int8_t>, std::int8_t{-1}, kMost<std::int8_t>)
                    EXPECT_ECHO(signed16, kLeast<std::int16_t>, std::int16_t{-1},
                                kMost<std::int16_t>)
                        EXPECT_ECHO(signed32, kLeast<std::int32_t>, -1, kMost<std::int32_t>)
                            EXPECT_ECHO(signed64, kLeast<std::int64_t>, std::int64_t{-1},
                                        kMost<std::int64_t>)}

TEST(MatrixTypes, BoolsAndCharacters){
    EXPECT_ECHO(truth, true, false)
        EXPECT_ECHO(letter, U'a', U'\0', U'ö', U'\uD7FF', U'\uE000', U'\U0010FFFF')}

TEST(MatrixTypes, Floats) {
  EXPECT_ECHO(single, 0.0F, 1.5F, -1.0e-45F, kMost<float>, -std::numeric_limits<float>::infinity())
  EXPECT_ECHO(double_size, 0.0, 0.1, 5e-324, kMost<double>, std::numeric_limits<double>::infinity())
  const auto zero = instance().echo().double_size(-0.0);
  ASSERT_TRUE(zero);
  EXPECT_TRUE(std::signbit(*zero));
  const auto nan = instance().echo().double_size(std::nan(""));
  ASSERT_TRUE(nan);
  EXPECT_TRUE(std::isnan(*nan));
}

TEST(MatrixTypes, Texts) {
  using std::string_literals::operator""s;
  EXPECT_ECHO(text, ""s, "a"s, "grüße"s, "\0x"s, "\U0001F600 \u200F"s, std::string(100'000, 'y'))
}

TEST(MatrixTypes, Lists) {
  using Bytes = std::vector<std::uint8_t>;
  EXPECT_ECHO(bytes, Bytes{}, Bytes{0, 255}, Bytes(70'000, 7))
  using Numbers = std::vector<std::int64_t>;
  EXPECT_ECHO(numbers, Numbers{}, Numbers{kLeast<std::int64_t>, 0, kMost<std::int64_t>})
  using Nested = std::vector<std::vector<std::uint16_t>>;
  for (const Nested& value : {Nested{}, Nested{{}}, Nested{{1, 2}, {}, {65535}}}) {
    std::vector<std::span<const std::uint16_t>> spans(value.begin(), value.end());
    const auto out = instance().echo().nested(spans);
    ASSERT_TRUE(out) << out.error().to_string();
    EXPECT_EQ(*out, value);
  }
  const std::vector<std::string> texts{"", "one", "zwölf"};
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const auto out = instance().echo().texts(views);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(*out, texts);
}

TEST(MatrixTypes, Options) {
  using Maybe = std::optional<std::uint32_t>;
  EXPECT_ECHO(maybe, Maybe{}, Maybe{0}, Maybe{kMost<std::uint32_t>})
  const auto none = instance().echo().maybe_text(std::nullopt);
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, std::nullopt);
  const auto empty = instance().echo().maybe_text("");
  ASSERT_TRUE(empty);
  EXPECT_EQ(*empty, "");
  using Twice = std::optional<std::optional<std::uint8_t>>;
  EXPECT_ECHO(maybe_maybe, Twice{}, Twice{std::optional<std::uint8_t>{}}, Twice{9})
}

TEST(MatrixTypes, TuplesAndRecords) {
  const auto pair = instance().echo().pair({"seven", kMost<std::uint64_t>});
  ASSERT_TRUE(pair);
  EXPECT_EQ(*pair, (std::tuple<std::string, std::uint64_t>("seven", kMost<std::uint64_t>)));
  EXPECT_ECHO(a_point, echo::Point{.x = 1, .y = kLeast<std::int32_t>})
  const echo::Person ada{.name = "Ada", .age = 36, .tags = {"a", ""}, .home = echo::Point{1, 2}};
  const echo::Person bob{.name = "", .age = 0, .tags = {}, .home = std::nullopt};
  for (const echo::Person& value : {ada, bob}) {
    const auto out = instance().echo().a_person(value);
    ASSERT_TRUE(out) << out.error().to_string();
    EXPECT_EQ(*out, value);
  }
  const std::vector<echo::Person> people{ada, bob, ada};
  const std::vector<echo::PersonRef> refs(people.begin(), people.end());
  const auto all = instance().echo().people(refs);
  ASSERT_TRUE(all) << all.error().to_string();
  EXPECT_EQ(*all, people);
}

TEST(MatrixTypes, Variants) {
  using Case = echo::ShapeCases;
  const std::vector<echo::Shape> shapes{Case::Nowhere{}, Case::Dot{{.x = 3, .y = 4}},
                                        Case::Line{{echo::Point{1, 2}, echo::Point{3, 4}}},
                                        Case::Label{"here"}, Case::Size{0.25}};
  const std::vector<echo::ShapeRef> refs(shapes.begin(), shapes.end());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto out = instance().echo().a_shape(refs[i]);
    ASSERT_TRUE(out) << out.error().to_string();
    EXPECT_EQ(*out, shapes[i]);
  }
  const auto all = instance().echo().shapes(refs);
  ASSERT_TRUE(all) << all.error().to_string();
  EXPECT_EQ(*all, shapes);
}

TEST(MatrixTypes, EnumsAndFlags){
    EXPECT_ECHO(a_color, echo::Color::red, echo::Color::green, echo::Color::dark_blue)
        EXPECT_ECHO(an_access, echo::Access{}, echo::Access(echo::Access::read),
                    echo::Access::read | echo::Access::run_it,
                    echo::Access::read | echo::Access::write | echo::Access::run_it)}

TEST(MatrixTypes, Results) {
  using Outcome = std::expected<std::uint32_t, std::string_view>;
  const auto fine = instance().echo().outcome(Outcome(7));
  ASSERT_TRUE(fine) << fine.failure()->to_string();
  EXPECT_EQ(*fine, 7U);
  const auto bad = instance().echo().outcome(Outcome(std::unexpected("no")));
  ASSERT_NE(bad.refusal(), nullptr);
  EXPECT_EQ(*bad.refusal(), "no");
  using Bare = std::expected<void, std::monostate>;
  EXPECT_TRUE(instance().echo().outcome_bare(Bare{}));
  EXPECT_NE(instance().echo().outcome_bare(Bare(std::unexpected(std::monostate{}))).refusal(),
            nullptr);
}

TEST(MatrixTypes, MoreParametersThanRegisters) {
  const auto out =
      instance().echo().many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);
  ASSERT_TRUE(out) << out.error().to_string();
  EXPECT_EQ(*out, "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17");
  EXPECT_TRUE(instance().echo().nothing());
}

TEST(MatrixTypes, ResourcesOfThePlugin) {
  auto counters = instance().counters();
  auto a = counters.new_counter(5);
  ASSERT_TRUE(a) << a.error().to_string();
  EXPECT_EQ(a->add(2).value(), 7U);
  EXPECT_EQ(a->add(0).value(), 7U);
  auto b = counters.new_counter(10);
  ASSERT_TRUE(b);
  auto sum = counters.counter_merge(*a, *b);
  ASSERT_TRUE(sum) << sum.error().to_string();
  EXPECT_EQ(sum->add(1).value(), 18U);
  EXPECT_EQ(b->add(1).value(), 11U);
}

TEST(MatrixTypes, ManyResources) {
  auto counters = instance().counters();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    auto one = counters.new_counter(i);
    ASSERT_TRUE(one) << one.error().to_string();
    ASSERT_EQ(one->add(1).value(), i + 1);
  }
}

}  // namespace
}  // namespace mortise::testing
