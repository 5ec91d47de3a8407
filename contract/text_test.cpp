#include <mortise/contract/text.h>

#include <array>
#include <sstream>

#include <gtest/gtest.h>

#include <mortise/abi/utf8.h>

namespace mortise {
namespace {

using namespace std::string_view_literals;

TEST(Concat, PutsTextAndNumbersTogether) {
  EXPECT_EQ(concat("asked for ", 17, " bytes, '", 'x', "'"), "asked for 17 bytes, 'x'");
  EXPECT_EQ(concat(), "");
}

TEST(Concat, WritesTheWholeRangeOfNumbers) {
  EXPECT_EQ(concat(std::uint64_t{0xFFFFFFFFFFFFFFFF}), "18446744073709551615");
  EXPECT_EQ(concat(std::int64_t{-9223372036854775807 - 1}), "-9223372036854775808");
  EXPECT_EQ(concat(0), "0");
}

TEST(Escape, LeavesOrdinaryTextAlone) {
  for (const std::string_view text :
       {""sv, "plain"sv, "tab-less, 100 %!"sv, "caf\u00E9 \u20AC \U0001F600 \u4E16\u754C"sv})
    EXPECT_EQ(escape(text), text);
}

TEST(Escape, ShowsControlCharacters) {
  EXPECT_EQ(escape("\n"), "\\u{a}");
  EXPECT_EQ(escape("\x1B[31m"), "\\u{1b}[31m");
  EXPECT_EQ(escape("\0"sv), "\\u{0}");
  EXPECT_EQ(escape("\x1F\x7F"), "\\u{1f}\\u{7f}");
  EXPECT_EQ(escape("\u0080\u009F"), "\\u{80}\\u{9f}");
}

TEST(Escape, LeavesTheNeighboursOfControlCharactersAlone) {
  EXPECT_EQ(escape(" ~"), " ~");
  EXPECT_EQ(escape("\u00A0\u00A1"), "\u00A0\u00A1");
}

// One character, and how it is shown when it is escaped.
std::string character(char32_t c) {
  std::array<char, 4> text{};
  char* end = text.data();
  abi::encode_utf8(c, end);
  return {text.data(), end};
}
std::string code(char32_t c) {
  std::ostringstream out;
  out << "\\u{" << std::hex << std::uint32_t{c} << "}";
  return out.str();
}

TEST(Escape, ShowsWhatTurnsTheDirectionOfWriting) {
  EXPECT_EQ(escape("a\u202Eb"), "a\\u{202e}b");
  for (const char32_t c :
       U"\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067"
       U"\u2068\u2069"sv)
    EXPECT_EQ(escape(character(c)), code(c));
}

// The first and the last of each range that Unicode calls Default_Ignorable_Code_Point.
TEST(Escape, ShowsWhatIsNotToBeSeen) {
  for (const char32_t c :
       U"\u00AD\u034F\u115F\u1160\u17B4\u17B5\u180B\u180F\u200B\u200D"
       U"\u2060\u206F\u3164\uFE00\uFE0F\uFEFF\uFFA0\uFFF0\uFFF8\U0001BCA0"
       U"\U0001BCA3\U0001D173\U0001D17A\U000E0000\U000E0FFF"sv)
    EXPECT_EQ(escape(character(c)), code(c));
}

TEST(Escape, LeavesTheNeighboursOfTheseAlone) {
  for (const char32_t c :
       U"\u00AC\u00AE\u034E\u0350\u061B\u061D\u115E\u1161\u17B3\u17B6"
       U"\u180A\u1810\u200A\u2010\u2027\u202F\u205F\u2070\u3163\u3165"
       U"\uFDFF\uFE10\uFF9F\uFFA1\uFFEF\uFFFC\U000DFFFF"sv)
    EXPECT_EQ(escape(character(c)), character(c)) << code(c);
}

TEST(Escape, ShowsSeparatorsOfLines) { EXPECT_EQ(escape("\u2028\u2029"), "\\u{2028}\\u{2029}"); }

TEST(Escape, ShowsBytesThatAreNotUtf8) {
  EXPECT_EQ(escape("a\xFFz"), "a\\xffz");
  EXPECT_EQ(escape("\x80\xC0\xAF"), "\\x80\\xc0\\xaf");
  EXPECT_EQ(escape("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(escape("\xE2\x82"), "\\xe2\\x82");
}

TEST(Escape, KeepsTextOfTheLengthItMayHave) { EXPECT_EQ(escape("12345", 5), "12345"); }

TEST(Escape, CutsLongerTextAndSaysByHowMuch) {
  EXPECT_EQ(escape("1234567", 5), "12345.. (2 bytes more)");
  EXPECT_EQ(escape(std::string(3000, 'x')), std::string(2000, 'x') + ".. (1000 bytes more)");
}

TEST(Escape, CutsBetweenCharacters) {
  EXPECT_EQ(escape("1\u20AC2", 2), "1\u20AC.. (1 bytes more)");
  EXPECT_EQ(escape("\n\n\n", 5), "\\u{a}.. (2 bytes more)");
}

TEST(EscapeLines, KeepsTheEndsOfLinesAndEscapesTheRest) {
  EXPECT_EQ(escape_lines("error\n  |  \x1B[31mat\n\n\u202E"),
            "error\n  |  \\u{1b}[31mat\n\n\\u{202e}");
  EXPECT_EQ(escape_lines("one line"), "one line");
  EXPECT_EQ(escape_lines(""), "");
}

TEST(BytesText, IsExactInTheLargestUnitThatAllowsIt) {
  EXPECT_EQ(bytes_text(0), "0 bytes");
  EXPECT_EQ(bytes_text(1), "1 byte");
  EXPECT_EQ(bytes_text(1023), "1023 bytes");
  EXPECT_EQ(bytes_text(1024), "1 KiB");
  EXPECT_EQ(bytes_text(1025), "1025 bytes");
  EXPECT_EQ(bytes_text(1536), "1536 bytes");
  EXPECT_EQ(bytes_text(65536), "64 KiB");
  EXPECT_EQ(bytes_text(64 << 20), "64 MiB");
  EXPECT_EQ(bytes_text((64 << 20) + 1024), "65537 KiB");
  EXPECT_EQ(bytes_text(std::uint64_t{2} << 30), "2 GiB");
  EXPECT_EQ(bytes_text(std::uint64_t{1} << 40), "1024 GiB");
  EXPECT_EQ(bytes_text(0xFFFFFFFFFFFFFFFF), "18446744073709551615 bytes");
}

using Names = std::vector<std::string_view>;

TEST(NearNames, PutsThoseWithFewerEditsFirst) {
  EXPECT_EQ(near_names("process", {"unrelated", "processor", "proces", "process-data"}, 3),
            (Names{"proces", "processor", "process-data"}));
}

TEST(NearNames, CountsInsertionsDeletionsAndReplacementsAlike) {
  EXPECT_EQ(near_names("abc", {"xyz", "abcd", "ab", "axc", "abc"}, 5),
            (Names{"abc", "ab", "abcd", "axc", "xyz"}));
}

TEST(NearNames, PutsThoseThatAreEquallyNearInAlphabeticalOrder) {
  EXPECT_EQ(near_names("a", {"d", "b", "c"}, 3), (Names{"b", "c", "d"}));
}

TEST(NearNames, AreAsManyAsThereAreAtMost) {
  EXPECT_EQ(near_names("a", {}, 3), Names{});
  EXPECT_EQ(near_names("a", {"b"}, 3), Names{"b"});
  EXPECT_EQ(near_names("a", {"b", "c"}, 0), Names{});
}

// A stranger chooses the candidates: a million long names take no time.
TEST(NearNames, LooksAtSomeOfManyOnly) {
  const std::string name(100'000, 'x');
  EXPECT_EQ(near_names("processor", Names(100'000, name), 3), Names(3, name));
}

}  // namespace
}  // namespace mortise
