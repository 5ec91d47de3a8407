// The tokens of WAVE.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mortise::wave::detail {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    punctuation,  // one of ()[]{}:,
    number,       // or what begins as one, well-formed or not; "-inf" too
    label,        // or keyword
    character,
    string,
    multiline,
    bad,  // `problem` says why
  };
  Kind kind = Kind::end;
  std::size_t at = 0;
  std::string_view text{};     // with its quotes or its %
  std::string_view problem{};  // lives as long as the program

  [[nodiscard]] bool is(char c) const { return kind == Kind::punctuation && text.front() == c; }
  [[nodiscard]] bool is_label(std::string_view name) const {
    return kind == Kind::label && text == name;
  }
  // A label without its %.
  [[nodiscard]] std::string_view label() const {
    return text.substr(text.starts_with('%') ? 1 : 0);
  }
};

// A label that has to be written with a % where it is a case.
bool is_keyword(std::string_view label);

// Whether WAVE writes numbers so: as JSON does.
bool is_number(std::string_view text);

class Lexer {
 public:
  // Of a text that is UTF-8, from a place in it.
  Lexer(std::string_view text, std::size_t at) : text_(text), at_(at) {}
  Token next();

 private:
  void skip();
  Token take(Token::Kind, std::size_t size);
  Token bad(std::string_view problem, std::size_t size);
  Token quotation();
  Token multiline();

  std::string_view text_;
  std::size_t at_;
};

struct Problem {
  std::size_t at;  // in the text
  std::string message;
};

// What a string, multi-line or not, or a char stands for.
std::expected<std::string, Problem> decode(const Token&);

}  // namespace mortise::wave::detail
