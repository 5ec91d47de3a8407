// Reading a document by tables of keys: what is not in a table is unknown, and all that is wrong is
// said at once, each with its place and with what would be right.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/contract/text.h>
#include <mortise/policy/detail/document.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>

namespace mortise::policy {

// Where in a document it is, and what is wrong with it.
class Reader {
 public:
  // `folder`: where relative paths start from; empty: they stay as they are.
  Reader(std::string_view file, std::string_view folder) : file_(file), folder_(folder) {}

  void complain(Position at, std::string message) {
    complaints_.push_back({.at = at, .message = std::move(message)});
  }
  // Of a value: "`deadline` is 50; it should be a time".
  void reject(const Entry&, std::string_view form);
  // The same of an element of a list.
  void reject_element(const Entry& list, const Node& element, std::string_view form);
  void unknown(const Entry&, const std::vector<std::string_view>& known);

  // The table that is read, for messages: "[plugins.pricing.log]".
  [[nodiscard]] std::string section() const;
  void enter(std::string_view table) { tables_.emplace_back(table); }
  void leave() { tables_.pop_back(); }

  [[nodiscard]] std::string path(std::string_view said) const;

  [[nodiscard]] bool is_fine() const { return complaints_.empty(); }
  // All complaints, in their order in the document.
  [[nodiscard]] Error error();

 private:
  struct Complaint {
    Position at;
    std::string message;
  };

  std::string file_;
  std::string folder_;
  std::vector<std::string> tables_;
  std::vector<Complaint> complaints_;
};

// A key of a table that becomes a T.
template <class T>
struct Key {
  std::string_view name;
  void (*read)(Reader&, const Entry&, T& out);
  // Where it is a table itself: adds the keys of that, behind `path`.
  void (*list)(const std::string& path, std::vector<std::string>& out) = nullptr;
};

// In the order of the keys, not of the document.
template <class Keys, class T>
void read_table(Reader& reader, const Table& table, const Keys& keys, T& out) {
  for (const auto& key : keys) {
    const auto entry = std::ranges::find(table, key.name, &Entry::key);
    if (entry != table.end()) key.read(reader, *entry, out);
  }
  std::vector<std::string_view> names;
  for (const auto& key : keys) names.push_back(key.name);
  for (const Entry& entry : table)
    if (std::ranges::find(names, entry.key) == names.end()) reader.unknown(entry, names);
}

template <class Keys>
void list_keys(const Keys& keys, const std::string& path, std::vector<std::string>& out) {
  for (const auto& key : keys) {
    const std::string whole = path.empty() ? std::string(key.name) : concat(path, ".", key.name);
    if (key.list == nullptr)
      out.push_back(whole);
    else
      key.list(whole, out);
  }
}
template <const auto& Keys>
void list(const std::string& path, std::vector<std::string>& out) {
  list_keys(Keys, path, out);
}
// Of tables by name.
template <const auto& Keys>
void list_named(const std::string& path, std::vector<std::string>& out) {
  list_keys(Keys, concat(path, ".NAME"), out);
}

// The table that an entry should be, entered. Null: it is none, and that was said.
class Entered {
 public:
  Entered(Reader& reader, const Entry& entry, std::string_view form = "a table")
      : reader_(reader), table_(std::get_if<Table>(&entry.value.value)) {
    if (table_ == nullptr) reader.reject(entry, form);
    reader_.enter(entry.key);
  }
  ~Entered() { reader_.leave(); }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

  [[nodiscard]] const Table* table() const { return table_; }

 private:
  Reader& reader_;
  const Table* table_;
};

// ---- Values ------------------------------------------------------------------------------------

template <class T, class M>
T owner_of(M T::*);
template <class T, class M>
M member_of(M T::*);
template <auto Member>
using Owner = decltype(owner_of(Member));
template <auto Member>
using Value = decltype(member_of(Member));

// A number, at least `Least` and at most `Most`.
template <auto Member, std::int64_t Least = 1,
          std::int64_t Most = std::int64_t{std::numeric_limits<std::int32_t>::max()}>
void number(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto* said = std::get_if<std::int64_t>(&entry.value.value);
  if (said == nullptr || *said < Least || *said > Most)
    return reader.reject(entry, concat("a number from ", Least, " to ", Most));
  out.*Member = static_cast<Value<Member>>(*said);
}

template <auto Member>
void flag(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto* said = std::get_if<bool>(&entry.value.value);
  if (said == nullptr) return reader.reject(entry, "true or false");
  out.*Member = *said;
}

template <auto Member>
void path(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto* said = std::get_if<std::string>(&entry.value.value);
  if (said == nullptr || said->empty() || said->contains('\0'))
    return reader.reject(entry, "the path of a file");
  out.*Member = reader.path(*said);
}

std::optional<std::chrono::milliseconds> time_in(const Node&);
inline constexpr std::string_view kTime = "a time such as \"50ms\", \"2s\" or \"1min\"";

template <auto Member>
void time(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto said = time_in(entry.value);
  if (!said) return reader.reject(entry, kTime);
  out.*Member = *said;
}

bool is_none(const Node&);

template <auto Member>
void time_or_none(Reader& reader, const Entry& entry, Owner<Member>& out) {
  if (is_none(entry.value)) return (out.*Member).reset();
  const auto said = time_in(entry.value);
  if (!said) return reader.reject(entry, concat(kTime, ", or \"none\""));
  out.*Member = *said;
}

std::optional<Bytes> bytes_in(const Node&);
inline constexpr std::string_view kBytes = "an amount such as \"64KiB\", \"16MiB\" or \"1GiB\"";

template <auto Member, std::uint64_t Most = UINT64_MAX>
void bytes(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto said = bytes_in(entry.value);
  if (!said) return reader.reject(entry, kBytes);
  if (said->count > Most) return reader.reject(entry, concat("at most \"", Most >> 20U, "MiB\""));
  out.*Member = *said;
}

// Texts, and at least `Least` of them.
std::optional<std::vector<std::string>> texts_in(Reader&, const Entry&, std::size_t least,
                                                 std::string_view form);

template <auto Member, std::size_t Least>
void texts(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const std::string_view form = Least > 0 ? "a list of texts, one at least" : "a list of texts";
  if (auto said = texts_in(reader, entry, Least, form)) out.*Member = *std::move(said);
}

// A word for each value of an enum.
template <class E>
struct Word {
  std::string_view word;
  E value;
};

// "\"a\", \"b\" or \"c\""
std::string any_of(const std::vector<std::string_view>& words);

template <class Words>
std::string any_word(const Words& words) {
  std::vector<std::string_view> all;
  for (const auto& word : words) all.push_back(word.word);
  return any_of(all);
}

template <class Words>
auto word_in(const Node& node, const Words& words)
    -> std::optional<decltype(std::begin(words)->value)> {
  const auto* said = std::get_if<std::string>(&node.value);
  if (said == nullptr) return std::nullopt;
  for (const auto& word : words)
    if (word.word == *said) return word.value;
  return std::nullopt;
}

template <auto Member, const auto& Words>
void choice(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto said = word_in(entry.value, Words);
  if (!said) return reader.reject(entry, any_word(Words));
  out.*Member = *said;
}

// ---- Tables in tables --------------------------------------------------------------------------

template <auto Member, const auto& Keys>
void section(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const Entered entered(reader, entry);
  if (entered.table() != nullptr) read_table(reader, *entered.table(), Keys, out.*Member);
}

// What is optional: a table, or false where the defaults have one.
template <auto Member, const auto& Keys>
void grant(Reader& reader, const Entry& entry, Owner<Member>& out) {
  const auto* given = std::get_if<bool>(&entry.value.value);
  if (given != nullptr && !*given) return (out.*Member).reset();
  const Entered entered(reader, entry, "a table, or false");
  if (entered.table() == nullptr) return;
  if (!(out.*Member)) (out.*Member).emplace();
  read_table(reader, *entered.table(), Keys, *(out.*Member));
}

}  // namespace mortise::policy
