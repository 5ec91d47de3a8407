#include <mortise/services/sql/detail/common_tables.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>

namespace mortise::services::detail {

namespace {

constexpr std::uint64_t kCap = std::uint64_t{1} << 32;

bool is_name(const Token& token) { return token.kind != Token::Kind::other; }

// Whether what follows the AS at `at` begins the statement of a common table.
bool begins_body(const std::vector<Token>& all, std::size_t at) {
  ++at;
  if (at < all.size() && all[at].is("not")) ++at;
  if (at < all.size() && all[at].is("materialized")) ++at;
  return at < all.size() && all[at].is("(");
}

// The name before the AS at `at`, with or without the names of columns between.
const Token* name_before(const std::vector<Token>& all, std::size_t at) {
  if (at == 0) return nullptr;
  std::size_t before = at - 1;
  if (all[before].is(")")) {
    std::size_t open = 0;
    while (true) {
      if (all[before].is(")")) ++open;
      if (all[before].is("(") && --open == 0) break;
      if (before == 0) return nullptr;
      --before;
    }
    if (before == 0) return nullptr;
    --before;
  }
  return is_name(all[before]) ? &all[before] : nullptr;
}

}  // namespace

CommonTables common_tables(const std::vector<Token>& all) {
  std::map<std::string_view, std::uint64_t> named;
  for (const Token& token : all)
    if (is_name(token)) ++named[token.text];
  CommonTables tables;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].is("as") || !begins_body(all, i)) continue;
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
