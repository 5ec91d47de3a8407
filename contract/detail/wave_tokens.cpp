#include <mortise/contract/detail/wave_tokens.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

#include <mortise/abi/utf8.h>
#include <mortise/contract/text.h>

namespace mortise::wave::detail {

namespace {

constexpr std::string_view kTriple = "\"\"\"";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; }

template <class Predicate>
std::size_t run(std::string_view text, std::size_t from, Predicate holds) {
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  return static_cast<std::size_t>(std::find_if_not(begin, text.end(), holds) - begin);
}

// The size of a char or a string of one line, up to `quote`; 0: it has no end.
std::size_t quoted_size(std::string_view text, char quote) {
  for (std::size_t i = 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == quote) return i + 1;
    if (text[i] == '\\') ++i;
  }
  return 0;
}

}  // namespace

bool is_keyword(std::string_view label) {
  constexpr std::array<std::string_view, 8> kKeywords{"true", "false", "inf", "nan",
                                                      "some", "none",  "ok",  "err"};
  return std::ranges::find(kKeywords, label) != kKeywords.end();
}

bool is_number(std::string_view text) {
  const auto digits = [&](std::size_t from) { return run(text, from, is_digit); };
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits(at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits(at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

void Lexer::skip() {
  while (true) {
    at_ += run(text_, at_, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
    if (!text_.substr(at_).starts_with("//")) return;
    at_ += run(text_, at_, [](char c) { return c != '\n'; });
  }
}

Token Lexer::take(Token::Kind kind, std::size_t size) {
  const Token token{.kind = kind, .at = at_, .text = text_.substr(at_, size)};
  at_ += token.text.size();
  return token;
}

Token Lexer::bad(std::string_view problem, std::size_t size) {
  Token token = take(Token::Kind::bad, size);
  token.problem = problem;
  return token;
}

Token Lexer::next() {
  skip();
  if (at_ == text_.size()) return take(Token::Kind::end, 0);
  const char c = text_[at_];
  if (std::string_view("()[]{}:,").contains(c)) return take(Token::Kind::punctuation, 1);
  if (c == '"' || c == '\'') return quotation();
  if (is_letter(c)) return take(Token::Kind::label, run(text_, at_, is_word));
  if (c == '%') {
    const std::size_t size = run(text_, at_ + 1, is_word);
    return size == 0 ? bad("a label follows after %", 1) : take(Token::Kind::label, 1 + size);
  }
  if (is_digit(c) || c == '-' || c == '+' || c == '.')
    return take(Token::Kind::number,
                run(text_, at_, [](char d) { return is_word(d) || d == '.' || d == '+'; }));
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text_.data());  // bytes as bytes
  return bad("no value begins like this", abi::utf8_length(bytes + at_, text_.size() - at_));
}

Token Lexer::quotation() {
  const std::string_view rest = text_.substr(at_);
  const char quote = rest.front();
  if (rest.starts_with(kTriple)) return multiline();
  const std::size_t size = quoted_size(rest, quote);
  if (size != 0) return take(quote == '"' ? Token::Kind::string : Token::Kind::character, size);
  return bad(quote == '"'
                 ? "the string that begins here does not end on its line: write \\n for the "
                   "end of a line, or \"\"\" around several lines"
                 : "the char that begins here does not end on its line",
             1);
}

Token Lexer::multiline() {
  const std::size_t end = text_.find(kTriple, at_ + kTriple.size());
  if (end == std::string_view::npos) return bad("the \"\"\" that begins here has no end", 3);
  return take(Token::Kind::multiline, end + kTriple.size() - at_);
}

namespace {

// Appends to `out` what an escape stands for: its size, or 0 where it is none.
std::size_t unescape(std::string_view text, std::string& out) {
  if (text.size() < 2) return 0;
  switch (text[1]) {
    case '\\':
    case '\'':
    case '"': out += text[1]; return 2;
    case 't': out += '\t'; return 2;
    case 'n': out += '\n'; return 2;
    case 'r': out += '\r'; return 2;
    case 'u': break;
    default: return 0;
  }
  constexpr std::size_t kMostDigits = 6;
  const std::size_t close = text.substr(0, 4 + kMostDigits).find('}');
  if (close == std::string_view::npos || text[2] != '{') return 0;
  std::uint32_t c = 0;
  const char* const end = text.data() + close;
  const auto [at, error] = std::from_chars(text.data() + 3, end, c, 16);
  if (at != end || error != std::errc{} || (c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF) return 0;
  std::array<char, 4> bytes{};
  char* to = bytes.data();
  abi::encode_utf8(c, to);
  out.append(bytes.data(), to);
  return close + 1;
}

// Appends a part of a text that begins at `at`.
std::expected<void, Problem> append(std::string_view part, std::size_t at, std::string& out) {
  while (!part.empty()) {
    const std::size_t plain = std::min(part.find('\\'), part.size());
    out += part.substr(0, plain);
    part.remove_prefix(plain);
    at += plain;
    if (part.empty()) break;
    const std::size_t size = unescape(part, out);
    if (size == 0)
      return std::unexpected(Problem{
          at,
          concat(
              "`", escape(part.substr(0, std::min(part.find('}'), std::size_t{9}) + 1), 20),
              "` is no escape: there are \\\\ \\\" \\' \\n \\r \\t and \\u{..}, with the number of "
              "a character in hexadecimal")});
    part.remove_prefix(size);
    at += size;
  }
  return {};
}

std::expected<std::string, Problem> decode_multiline(const Token& token) {
  std::string_view rest = token.text.substr(3, token.text.size() - 6);
  std::size_t at = token.at + 3;
  const std::size_t last = rest.rfind('\n');
  const std::size_t first = rest.find('\n');
  if (first == std::string_view::npos || (first != 0 && rest.substr(0, first) != "\r"))
    return std::unexpected(Problem{at, "a line ends after the \"\"\" that a string begins with"});
  const std::string_view indent = rest.substr(last + 1);
  if (indent.find_first_not_of(' ') != std::string_view::npos)
    return std::unexpected(
        Problem{at + rest.size(), "only spaces stand before the \"\"\" that a string ends with"});
  std::string out;
  std::size_t begin = first + 1;
  while (begin <= last) {
    const std::size_t end = rest.find('\n', begin);  // at most `last`
    std::string_view line = rest.substr(begin, end - begin);
    if (!line.starts_with(indent))
      return std::unexpected(
          Problem{at + begin,
                  "a line of a string begins with as many spaces as its last \"\"\" at the least"});
    line.remove_prefix(indent.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (begin != first + 1) out += '\n';
    const auto appended = append(line, at + begin + indent.size(), out);
    if (!appended) return std::unexpected(appended.error());
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::expected<std::string, Problem> decode(const Token& token) {
  if (token.kind == Token::Kind::multiline) return decode_multiline(token);
  std::string out;
  const auto appended = append(token.text.substr(1, token.text.size() - 2), token.at + 1, out);
  if (!appended) return std::unexpected(appended.error());
  return out;
}

}  // namespace mortise::wave::detail
