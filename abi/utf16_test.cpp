#include <mortise/abi/utf16.h>

#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mortise::abi {
namespace {

std::string utf8(std::initializer_list<char32_t> characters) {
  std::string text;
  for (const char32_t c : characters) {
    std::array<char, 4> one{};
    char* end = one.data();
    encode_utf8(c, end);
    text.append(one.data(), end);
  }
  return text;
}

using Units = std::vector<std::uint16_t>;

Units units_of(std::string_view text) {
  Units units(measure_utf16(text).units);
  write_utf16(reinterpret_cast<std::byte*>(units.data()), text);  // units as bytes
  return units;
}

// The scalar values of `units`, and the place that decoding stops at.
std::pair<std::u32string, std::size_t> decoded(const Units& units) {
  std::u32string out;
  const auto* from = reinterpret_cast<const std::byte*>(units.data());  // units as bytes
  const std::size_t end = decode_utf16(from, units.size(), [&out](char32_t c) { out += c; });
  return {out, end};
}

TEST(Utf16, OfTheBasicPlaneIsOneUnit) {
  EXPECT_EQ(units_of(utf8({0})), Units{0});
  EXPECT_EQ(units_of(utf8({0x7F, 0x80, 0x7FF, 0x800})), (Units{0x7F, 0x80, 0x7FF, 0x800}));
  EXPECT_EQ(units_of(utf8({0xD7FF, 0xE000, 0xFFFF})), (Units{0xD7FF, 0xE000, 0xFFFF}));
}

TEST(Utf16, BeyondTheBasicPlaneIsAPair) {
  EXPECT_EQ(units_of(utf8({0x10000})), (Units{0xD800, 0xDC00}));
  EXPECT_EQ(units_of(utf8({0x1F600})), (Units{0xD83D, 0xDE00}));
  EXPECT_EQ(units_of(utf8({0x10FFFF})), (Units{0xDBFF, 0xDFFF}));
}

TEST(Utf16, GivesBackEveryScalarValue) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;
    const Units units = units_of(utf8({c}));
    ASSERT_EQ(units.size(), c < 0x10000 ? 1u : 2u) << std::uint32_t{c};
    const auto [back, end] = decoded(units);
    ASSERT_EQ(end, units.size()) << std::uint32_t{c};
    ASSERT_EQ(back, std::u32string(1, c)) << std::uint32_t{c};
  }
}

TEST(Utf16, MeasuresLatin1UpToTheLastCharacterOfIt) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;
    ASSERT_EQ(measure_utf16(utf8({'a', c, 'b'})).latin1, c <= 0xFF) << std::uint32_t{c};
  }
}

TEST(Utf16, MeasuresTheSumOfAllCharacters) {
  EXPECT_EQ(measure_utf16("").units, 0u);
  EXPECT_EQ(measure_utf16(utf8({'a', 0xE9, 0x20AC, 0x1F600, 'z'})).units, 6u);
}

TEST(Utf16, WritesLatin1AsOneByteEach) {
  std::string text;
  for (char32_t c = 0; c < 256; ++c) text += utf8({c});
  std::array<std::byte, 256> bytes{};
  write_latin1(bytes.data(), text);
  for (std::size_t c = 0; c < 256; ++c) EXPECT_EQ(std::to_integer<std::size_t>(bytes.at(c)), c);
}

// After RFC 2781, section 2.2, with whole vectors.
std::pair<std::u32string, std::size_t> plainly_decoded(const Units& units) {
  std::u32string out;
  std::size_t i = 0;
  while (i < units.size()) {
    const auto is = [&units](std::size_t at, unsigned first, unsigned last) {
      return at < units.size() && units[at] >= first && units[at] <= last;
    };
    if (is(i, 0xD800, 0xDBFF) && is(i + 1, 0xDC00, 0xDFFF)) {
      out += static_cast<char32_t>(0x10000 + (units[i] - 0xD800) * 0x400 + (units[i + 1] - 0xDC00));
      i += 2;
    } else if (is(i, 0xD800, 0xDFFF)) {
      return {out, i};
    } else {
      out += static_cast<char32_t>(units[i++]);
    }
  }
  return {out, i};
}

TEST(Utf16, StopsAtTheFirstHalfOfNoPair) {
  constexpr std::array<std::uint16_t, 9> kEdges{0,      'a',    0xD7FF, 0xD800, 0xDBFF,
                                                0xDC00, 0xDFFF, 0xE000, 0xFFFF};
  for (const std::uint16_t a : kEdges) {
    EXPECT_EQ(decoded({a}), plainly_decoded({a}));
    for (const std::uint16_t b : kEdges) {
      EXPECT_EQ(decoded({a, b}), plainly_decoded({a, b}));
      for (const std::uint16_t c : kEdges)
        for (const std::uint16_t d : kEdges)
          EXPECT_EQ(decoded({a, b, c, d}), plainly_decoded({a, b, c, d}));
    }
  }
}

TEST(Utf16, DoesNotTakeTheSecondHalfFromBehindItsEnd) {
  const Units units{'a', 0xD83D, 0xDE00};
  const auto* from = reinterpret_cast<const std::byte*>(units.data());  // units as bytes
  EXPECT_EQ(decode_utf16(from, 2, [](char32_t) {}), 1u);
}

TEST(Utf16, NamesTheFirstUnitOfABrokenPair) {
  EXPECT_EQ(decoded({'a', 0xD800}).second, 1u);
  EXPECT_EQ(decoded({'a', 'b', 0xDC00, 'c'}).second, 2u);
  EXPECT_EQ(decoded({0xD800, 0xDC00, 0xD800, 'c'}).second, 2u);
}

}  // namespace
}  // namespace mortise::abi
