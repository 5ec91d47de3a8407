#include <mortise/services/sql/detail/statement.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace mortise::services::detail {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_word(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Reads from its first character on, and is then behind the last.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char next() const { return text_[at_]; }
  [[nodiscard]] bool next_is(std::string_view what) const {
    return text_.substr(at_).starts_with(what);
  }

  // A byte order mark is a space, though its bytes are those of words.
  bool skip_space() {
    if (next_is(kByteOrderMark)) return skip(kByteOrderMark.size());
    return is_space(next()) && skip(1);
  }
  bool skip_comment() {
    if (next_is("--")) return skip_past("\n");
    // What begins it is no part of what ends it.
    return next_is("/*") && skip(2) && skip_past("*/");
  }

  Token word() {
    Token token{.text = {}, .kind = Token::Kind::word};
    while (!is_at_end() && is_word(next())) take(token);
    return token;
  }
  // Of two of `end` in a row the pair stands for one.
  Token quoted(char end) {
    Token token{.text = {}, .kind = Token::Kind::quoted};
    skip(1);
    while (!is_at_end()) {
      if (next() == end) {
        skip(1);
        if (end == ']' || is_at_end() || next() != end) break;
      }
      take(token);
    }
    return token;
  }
  // $name, @name, :name and #name. Such a name may have "::" in it, and end with what is in
  // parentheses, quotes and comments among it, up to a space.
  Token parameter() {
    Token token = other();
    bool is_named = false;
    while (!is_at_end()) {
      if (is_word(next())) {
        is_named = true;
        take(token);
      } else if (next_is("::")) {
        take(token);
        take(token);
      } else {
        break;
      }
    }
    if (!is_named || !next_is("(")) return token;
    while (!is_at_end() && next() != ')' && !is_space(next())) take(token);
    if (next_is(")")) take(token);
    return token;
  }
  Token other() {
    Token token{.text = {}, .kind = Token::Kind::other};
    take(token);
    return token;
  }

 private:
  bool skip(std::size_t count) {
    at_ += count;
    return true;
  }
  bool skip_past(std::string_view what) {
    const std::size_t found = text_.find(what, at_);
    at_ = found == std::string_view::npos ? text_.size() : found + what.size();
    return true;
  }
  void take(Token& token) { token.text += lower(text_[at_++]); }

  std::string_view text_;
  std::size_t at_ = 0;
};

bool has(std::span<const Token> all, std::span<const std::string_view> words) {
  return !std::ranges::search(all, words, &Token::is).empty();
}

}  // namespace

std::vector<Token> tokens_of(std::string_view statement) {
  std::vector<Token> all;
  Scanner scanner(statement);
  while (!scanner.is_at_end()) {
    if (scanner.skip_space() || scanner.skip_comment()) continue;
    const char c = scanner.next();
    if (c == '"' || c == '`' || c == '\'' || c == '[')
      all.push_back(scanner.quoted(c == '[' ? ']' : c));
    else if (c == '$' || c == '@' || c == ':' || c == '#')
      all.push_back(scanner.parameter());
    else
      all.push_back(is_word(c) ? scanner.word() : scanner.other());
  }
  return all;
}

std::string first_word(const std::vector<Token>& all) {
  std::string word;
  if (all.empty() || all.front().kind != Token::Kind::word) return word;
  for (const char c : all.front().text) {
    if (!is_letter(c)) break;
    word += upper(c);
  }
  return word;
}

std::optional<SqlStatement> kind_of(std::string_view word) {
  // A WITH may come before any of the four: the authorizer tells which.
  if (word == "SELECT" || word == "VALUES" || word == "WITH") return SqlStatement::select;
  if (word == "INSERT" || word == "REPLACE") return SqlStatement::insert;
  if (word == "UPDATE") return SqlStatement::update;
  if (word == "DELETE") return SqlStatement::remove;
  if (word == "CREATE" || word == "DROP") return SqlStatement::create;
  return std::nullopt;
}

bool replaces_rows(const std::vector<Token>& all) {
  using Words = std::array<std::string_view, 3>;
  // REPLACE is the name of a function and may be that of a column; INSERT, UPDATE and INTO are not.
  return has(all, Words{"insert", "or", "replace"}) || has(all, Words{"update", "or", "replace"}) ||
         has(all, Words{"on", "conflict", "replace"}) ||
         has(all, std::array<std::string_view, 2>{"replace", "into"});
}

}  // namespace mortise::services::detail
