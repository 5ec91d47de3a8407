#include <mortise/services/sql/detail/common_tables.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace mortise::services::detail {

namespace {

constexpr std::uint64_t kCap = std::uint64_t{1} << 32;

// A name or a word in small letters, however it is quoted; or one other character.
struct Token {
  std::string text;
  bool is_name;
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// What is between quotes, of which two in a row stand for one, from `at` past the first.
std::string quoted(std::string_view text, std::size_t& at, char end) {
  std::string out;
  while (at < text.size()) {
    const char c = text[at++];
    if (c == end) {
      if (end == ']' || at == text.size() || text[at] != end) break;
      ++at;
    }
    out += lower(c);
  }
  return out;
}

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> all;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (text.substr(at).starts_with("--")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at).starts_with("/*")) {
      const std::size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else if (c == '"' || c == '`' || c == '\'' || c == '[') {
      ++at;
      all.push_back({.text = quoted(text, at, c == '[' ? ']' : c), .is_name = true});
    } else if (is_word(c)) {
      std::string word;
      while (at < text.size() && is_word(text[at])) word += lower(text[at++]);
      all.push_back({.text = std::move(word), .is_name = true});
    } else {
      ++at;
      if (c != ' ' && !(c >= '\t' && c <= '\r'))
        all.push_back({.text = std::string(1, c), .is_name = false});
    }
  }
  return all;
}

bool is(const Token& token, std::string_view text) { return token.text == text; }

// Whether what follows the AS at `at` begins the statement of a common table.
bool begins_body(const std::vector<Token>& all, std::size_t at) {
  ++at;
  if (at < all.size() && is(all[at], "not")) ++at;
  if (at < all.size() && is(all[at], "materialized")) ++at;
  return at < all.size() && is(all[at], "(");
}

// The name before the AS at `at`, with or without the names of columns between.
const Token* name_before(const std::vector<Token>& all, std::size_t at) {
  if (at == 0) return nullptr;
  std::size_t before = at - 1;
  if (is(all[before], ")")) {
    std::size_t open = 0;
    while (true) {
      if (is(all[before], ")")) ++open;
      if (is(all[before], "(") && --open == 0) break;
      if (before == 0) return nullptr;
      --before;
    }
    if (before == 0) return nullptr;
    --before;
  }
  return all[before].is_name ? &all[before] : nullptr;
}

}  // namespace

CommonTables common_tables(std::string_view statement) {
  const std::vector<Token> all = tokens_of(statement);
  std::map<std::string_view, std::uint64_t> named;
  for (const Token& token : all)
    if (token.is_name) ++named[token.text];
  CommonTables tables;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!is(all[i], "as") || !begins_body(all, i)) continue;
    const Token* name = name_before(all, i);
    if (name == nullptr) continue;
    ++tables.count;
    // One of them is where it is made.
    const std::uint64_t uses = std::max<std::uint64_t>(named[name->text] - 1, 1);
    tables.copies = std::min(tables.copies * uses, kCap);
  }
  return tables;
}

}  // namespace mortise::services::detail
