#include <mortise/abi/utf8.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mortise::abi {
namespace {

// ---- A decoder that is slow and plain, after the table of RFC 3629 and its rules ----

// The length of the scalar value at the start of `text`, or 0.
std::size_t plain_length(const std::uint8_t* text, std::size_t size) {
  const std::uint8_t lead = text[0];
  std::size_t length = 0;
  std::uint32_t c = 0;
  if (lead < 0b1000'0000) return 1;
  if ((lead & 0b1110'0000) == 0b1100'0000) length = 2, c = lead & 0b0001'1111;
  if ((lead & 0b1111'0000) == 0b1110'0000) length = 3, c = lead & 0b0000'1111;
  if ((lead & 0b1111'1000) == 0b1111'0000) length = 4, c = lead & 0b0000'0111;
  if (length == 0 || length > size) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (text[i] < 0b1000'0000 || text[i] > 0b1011'1111) return 0;
    c = c * 64 + (text[i] & 0b0011'1111U);
  }
  constexpr std::array<std::uint32_t, 5> kShortest{0, 0, 0x80, 0x800, 0x10000};
  if (c < kShortest[length]) return 0;
  if (c >= 0xD800 && c <= 0xDFFF) return 0;
  return c <= 0x10FFFF ? length : 0;
}

std::size_t plain_check(const std::uint8_t* text, std::size_t size) {
  std::size_t i = 0;
  while (i < size) {
    const std::size_t length = plain_length(text + i, size - i);
    if (length == 0) return i;
    i += length;
  }
  return size;
}

using Bytes = std::vector<std::uint8_t>;

::testing::AssertionResult agrees(const Bytes& text) {
  const std::size_t want = plain_check(text.data(), text.size());
  const std::size_t checked = check_utf8(text.data(), text.size());
  Bytes copy(text.size(), 0xCC);
  const std::size_t copied = copy_utf8(copy.data(), text.data(), text.size());
  const bool same = want != text.size() || copy == text;
  if (checked == want && copied == want && same) return ::testing::AssertionSuccess();
  auto failure = ::testing::AssertionFailure()
                 << "valid up to " << want << ", check says " << checked << ", copy says " << copied
                 << (same ? "" : ", and the copy differs") << ", of " << text.size() << " bytes:";
  for (const std::uint8_t byte : text) failure << ' ' << std::hex << unsigned{byte};
  return failure;
}

// ---- All short sequences ----

TEST(Utf8, OfOneOrTwoBytesIsCheckedAsTheRfcSays) {
  for (unsigned a = 0; a < 256; ++a) {
    const auto lead = static_cast<std::uint8_t>(a);
    ASSERT_TRUE(agrees({lead}));
    for (unsigned b = 0; b < 256; ++b) ASSERT_TRUE(agrees({lead, static_cast<std::uint8_t>(b)}));
  }
}

// Sixteen million: bare loops, and words for the first disagreement alone.
TEST(Utf8, OfThreeBytesIsCheckedAsTheRfcSays) {
  for (std::uint32_t all = 0; all < 1U << 24; ++all) {
    const std::array<std::uint8_t, 3> text{static_cast<std::uint8_t>(all >> 16),
                                           static_cast<std::uint8_t>(all >> 8),
                                           static_cast<std::uint8_t>(all)};
    if (check_utf8(text.data(), 3) != plain_check(text.data(), 3))
      FAIL() << agrees({text.begin(), text.end()}).message();
  }
}

constexpr std::array<std::uint8_t, 10> kEdges{0x00, 0x7F, 0x80, 0x8F, 0x90,
                                              0x9F, 0xA0, 0xBF, 0xC0, 0xFF};

TEST(Utf8, OfFourBytesIsCheckedAsTheRfcSays) {
  for (unsigned a = 0x80; a < 256; ++a) {
    for (unsigned b = 0; b < 256; ++b) {
      for (const std::uint8_t c : kEdges) {
        for (const std::uint8_t d : kEdges) {
          const std::array<std::uint8_t, 4> text{static_cast<std::uint8_t>(a),
                                                 static_cast<std::uint8_t>(b), c, d};
          if (check_utf8(text.data(), 4) != plain_check(text.data(), 4))
            FAIL() << agrees({text.begin(), text.end()}).message();
        }
      }
    }
  }
}

// ---- Every scalar value ----

TEST(Utf8, GivesBackEveryScalarValue) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c == 0xD800) c = 0xE000;
    std::array<char, 4> text{};
    char* end = text.data();
    encode_utf8(c, end);
    const auto size = static_cast<std::size_t>(end - text.data());
    ASSERT_EQ(size, utf8_size(c)) << std::uint32_t{c};
    ASSERT_EQ(check_utf8(text.data(), size), size) << std::uint32_t{c};
    const auto* from = reinterpret_cast<const std::uint8_t*>(text.data());  // bytes as bytes
    const auto* p = from;
    ASSERT_EQ(utf8_length(p, size), size) << std::uint32_t{c};
    ASSERT_EQ(std::uint32_t{decode_utf8(p)}, std::uint32_t{c});
    ASSERT_EQ(p, from + size) << std::uint32_t{c};
  }
}

// ---- At every place in a longer text ----

// Words of 8 and blocks of 64 bytes begin and end at all places around these.
constexpr std::size_t kLongest = 64 + 64 + 8 + 4;

// `piece` at every place of ASCII texts of every length.
void expect_agreement_everywhere(const Bytes& piece) {
  for (std::size_t size = piece.size(); size <= kLongest; ++size) {
    for (std::size_t at = 0; at + piece.size() <= size; ++at) {
      Bytes text(size, 'a');
      std::ranges::copy(piece, text.begin() + static_cast<std::ptrdiff_t>(at));
      ASSERT_TRUE(agrees(text)) << "at " << at;
    }
  }
}

TEST(Utf8, IsAcceptedAtEveryPlaceInAText) {
  for (const Bytes& piece : {Bytes{}, Bytes{0xC2, 0x80}, Bytes{0xE2, 0x82, 0xAC},
                             Bytes{0xF4, 0x8F, 0xBF, 0xBF}, Bytes{0xC3, 0xA9, 0xC3, 0xA9}})
    expect_agreement_everywhere(piece);
}

TEST(Utf8, IsRefusedAtEveryPlaceInAText) {
  for (const Bytes& piece : {Bytes{0x80}, Bytes{0xFF}, Bytes{0xC2}, Bytes{0xE2, 0x82},
                             Bytes{0xF0, 0x9F, 0x98}, Bytes{0xED, 0xA0, 0x80}, Bytes{0xC0, 0xAF}})
    expect_agreement_everywhere(piece);
}

TEST(Utf8, CutAnywhereIsRefusedWhereItsLastCharacterBegins) {
  for (std::size_t before = 0; before <= kLongest; ++before) {
    for (std::size_t kept = 1; kept < 4; ++kept) {
      Bytes text(before, 'a');
      const Bytes whole{0xF0, 0x9F, 0x98, 0x80};
      text.insert(text.end(), whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(kept));
      ASSERT_EQ(check_utf8(text.data(), text.size()), before);
      ASSERT_TRUE(agrees(text));
    }
  }
}

TEST(Utf8, OfRandomCharactersAndOneWrongByteIsCheckedAsTheRfcSays) {
  std::mt19937 random(1);  // NOLINT(bugprone-random-generator-seed): a failure comes again
  const auto below = [&random](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  constexpr std::array<char32_t, 6> kMost{0x80, 0x80, 0x80, 0x800, 0xD800, 0x110000};
  for (int round = 0; round < 20000; ++round) {
    Bytes text;
    const std::size_t size = below(300);
    // Runs of one length, so that the fast and the slow path take turns.
    char32_t most = 0x80;
    while (text.size() < size) {
      if (below(20) == 0) most = kMost.at(below(kMost.size()));
      char32_t c = below(most);
      if (c >= 0xD800 && c <= 0xDFFF) c = '-';
      std::array<char, 4> one{};
      char* end = one.data();
      encode_utf8(c, end);
      text.insert(text.end(), one.data(), end);
    }
    ASSERT_EQ(plain_check(text.data(), text.size()), text.size());
    ASSERT_TRUE(agrees(text));
    if (text.empty()) continue;
    text[below(text.size())] = static_cast<std::uint8_t>(below(256));
    ASSERT_TRUE(agrees(text));
  }
}

TEST(Utf8, IsCopiedFromAndToAnyAddress) {
  Bytes source(300, 'x');
  for (std::size_t i = 0; i < source.size(); i += 3) source[i] = 'y';
  for (std::size_t from = 0; from < 16; ++from) {
    for (std::size_t to = 0; to < 16; ++to) {
      Bytes target(320, 0xCC);
      constexpr std::size_t kSize = 200;
      ASSERT_EQ(copy_utf8(target.data() + to, source.data() + from, kSize), kSize);
      ASSERT_TRUE(std::equal(target.data() + to, target.data() + to + kSize, source.data() + from));
      ASSERT_TRUE(std::all_of(target.data(), target.data() + to, [](auto b) { return b == 0xCC; }));
      ASSERT_EQ(target[to + kSize], 0xCC) << "it wrote past the end";
    }
  }
}

TEST(Utf8, WithoutABitOfTextIsValid) {
  EXPECT_EQ(check_utf8(nullptr, 0), 0u);
  EXPECT_EQ(copy_utf8(nullptr, nullptr, 0), 0u);
}

}  // namespace
}  // namespace mortise::abi
