// What the text of a statement says by itself, read as SQLite reads it: what SQLite does not tell
// an authorizer, and what it would be too late to know once SQLite has seen it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/services/sql/sql.h>

namespace mortise::services::detail {

// Letters of ASCII alone are the same in either size, as for SQLite.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// In small letters.
struct Token {
  enum class Kind : std::uint8_t {
    word,    // a name or a word of SQL
    quoted,  // a name or a text, however it is quoted, without the quotes
    other,   // a parameter, or one other character
  };
  std::string text;
  Kind kind;

  // Whether it is this word or character, and not what is quoted.
  [[nodiscard]] bool is(std::string_view what) const {
    return kind != Kind::quoted && text == what;
  }
};

// Where SQLite would see none that is valid, it refuses the statement.
std::vector<Token> tokens_of(std::string_view statement);

// The first word, in capitals; empty: there is none.
std::string first_word(const std::vector<Token>&);

// What a statement is by its first word; nothing: one that no grant allows.
std::optional<SqlStatement> kind_of(std::string_view first_word);

// Whether a statement, a trigger or a table says that rows give way to new ones: INSERT OR REPLACE,
// UPDATE OR REPLACE, REPLACE INTO, ON CONFLICT REPLACE. SQLite tells no authorizer that it deletes
// those.
bool replaces_rows(const std::vector<Token>&);

}  // namespace mortise::services::detail
