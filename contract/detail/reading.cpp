#include <mortise/contract/detail/reading.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include <mortise/abi/utf8.h>
#include <mortise/contract/text.h>

namespace mortise::contract::detail {

std::string path(const Contract& contract, const Step* last) {
  std::vector<const Step*> steps;
  for (const Step* step = last; step != nullptr; step = step->before) steps.push_back(step);
  std::string out;
  for (auto it = steps.rbegin(); it != steps.rend(); ++it) {
    const Step& step = **it;
    if (!out.empty()) out += ", ";
    out += step.type == kNone ? std::string(step.word) : describe(contract, step.type);
    if (!step.name.empty()) out += concat(" ", quoted(step.name));
    if (step.index != kNowhere) out += concat(" ", step.index);
  }
  if (!out.empty()) out += ": ";
  return out;
}

TypeId part(const Contract& contract, TypeId id, std::size_t index) {
  if (id >= contract.types.size()) return kNone;
  const std::vector<Member>& members = contract.types[id].members;
  return index < members.size() ? members[index].type : kNone;
}

Kind kind_of(const Contract& contract, TypeId id) {
  return id < contract.types.size() ? contract.types[id].kind : Kind::error_context;
}

const MemberIndex::Entry& MemberIndex::entry(TypeId id) {
  const auto [it, is_new] = entries_.try_emplace(id);
  Entry& entry = it->second;
  if (!is_new) return entry;
  const std::vector<Member>& members = contract_.types[id].members;
  entry.by_name.resize(members.size());
  std::iota(entry.by_name.begin(), entry.by_name.end(), std::size_t{0});
  std::ranges::sort(entry.by_name, {},
                    [&](std::size_t i) { return std::pair(std::string_view(members[i].name), i); });
  for (std::size_t i = 0; i < members.size(); ++i)
    if (kind_of(contract_, members[i].type) != Kind::option) entry.required.push_back(i);
  return entry;
}

std::size_t MemberIndex::find(TypeId id, std::string_view name) {
  const std::vector<Member>& members = contract_.types[id].members;
  const std::vector<std::size_t>& by_name = entry(id).by_name;
  const auto it = std::ranges::lower_bound(
      by_name, name, {}, [&](std::size_t i) -> std::string_view { return members[i].name; });
  return it != by_name.end() && members[*it].name == name ? *it : kNowhere;
}

std::size_t MemberIndex::missing(TypeId record, const std::vector<Given>& given) {
  auto at = given.begin();
  for (const std::size_t needed : entry(record).required) {
    while (at != given.end() && at->member < needed) ++at;
    if (at == given.end() || at->member != needed) return needed;
  }
  return kNowhere;
}

const Given* in_order(std::vector<Given>& given) {
  std::ranges::sort(given, {}, [](const Given& one) { return std::pair(one.member, one.at); });
  const auto twice = std::ranges::adjacent_find(given, {}, &Given::member);
  return twice == given.end() ? nullptr : &*std::next(twice);
}

std::string quoted(std::string_view name) { return concat("`", escape(name, 60), "`"); }

namespace {

std::string_view part_word(Kind kind) {
  return kind == Kind::record ? "field" : kind == Kind::flags ? "flag" : "case";
}

}  // namespace

std::string it_has(std::string_view name, std::vector<std::string_view> names) {
  constexpr std::size_t kShown = 3;
  constexpr std::size_t kLongest = 200;  // of what is compared: its cost is a product of lengths
  const std::size_t total = names.size();
  std::string out;
  std::string_view separator = ": it has ";
  for (const std::string_view near :
       near_names(name.substr(0, kLongest), std::move(names), kShown)) {
    out += concat(separator, quoted(near));
    separator = ", ";
  }
  if (total > kShown) out += concat(" and ", total - kShown, " more");
  return out;
}

std::string has_no(const Contract& contract, TypeId id, std::string_view name) {
  const Type& type = contract.types[id];
  std::vector<std::string_view> names;
  for (const Member& member : type.members) names.push_back(member.name);
  return concat(describe(contract, id), " has no ", part_word(type.kind), " ", quoted(name),
                it_has(name, std::move(names)));
}

std::string is_missing(const Contract& contract, std::string_view word, const Member& member) {
  return concat(word, " ", quoted(member.name), ", ", describe(contract, member.type),
                ", is missing");
}

std::string is_twice(Kind kind, std::string_view name) {
  return concat(part_word(kind), " ", quoted(name), " is there twice");
}

std::string no_values(const Contract& contract, TypeId id) {
  return concat("there are no values of type ", describe(contract, id), " here");
}

std::string too_deep() { return concat("it is nested deeper than ", kMaxDepth, " levels"); }

std::string resource_name(const Type& handle) {
  return handle.name.empty() ? "resource" : handle.name;
}

std::string range_text(std::int64_t least, std::uint64_t most) {
  return concat("from ", least, " to ", most);
}

TextError error_at(std::string_view text, std::size_t offset, std::string_view message) {
  TextError error{.message = {}, .offset = std::min(offset, text.size())};
  std::string_view line = text.substr(0, error.offset);
  error.line += static_cast<std::size_t>(std::ranges::count(line, '\n'));
  line.remove_prefix(line.rfind('\n') + 1);  // npos + 1 is 0
  // Characters begin with bytes that are no tails.
  error.column += static_cast<std::size_t>(std::ranges::count_if(
      line, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80; }));
  error.message = concat("line ", error.line, ", column ", error.column, ": ", message);
  return error;
}

std::optional<TextError> not_utf8(std::string_view text) {
  const std::size_t good = abi::check_utf8(text.data(), text.size());
  if (good == text.size()) return std::nullopt;
  return error_at(text, good, "the text is not UTF-8");
}

namespace {

// Where people would write the number so, all its digits; else with an exponent.
template <class T>
std::string text_of(T value) {
  std::array<char, 64> text{};
  const T magnitude = std::fabs(value);
  const bool plain = value == 0 || (magnitude >= T(1e-5) && magnitude < T(1e16));
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  return {text.data(), end.ptr};
}

// Whether the number, which is not 0, is 1 at least. It is in the form of JSON.
bool is_large(std::string_view text) {
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  std::string_view digits = text.substr(0, e);
  if (digits.starts_with('-')) digits.remove_prefix(1);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t first = digits.find_first_of("123456789");
  // The power of ten of the first digit, without the exponent: of at most the size of the text.
  const auto size = [](std::size_t n) { return static_cast<std::int64_t>(n); };
  const std::int64_t power = first < point ? size(point - first) - 1 : size(point) - size(first);
  std::string_view exponent = text.substr(std::min(e + 1, text.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::int64_t value = 0;
  if (!exponent.empty() && read_number(exponent, value) == Read::too_large)
    return !exponent.starts_with('-');
  return value >= -power;
}

template <class T>
Read read_float(std::string_view text, T& out) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [at, error] = std::from_chars(begin, end, out);
  if (at != end) return Read::malformed;
  if (error == std::errc{}) return Read::good;
  if (error != std::errc::result_out_of_range) return Read::malformed;
  if (is_large(text)) return Read::too_large;
  out = text.starts_with('-') ? T(-0.0) : T(0);
  return Read::good;
}

}  // namespace

std::string number_text(float value) { return text_of(value); }
std::string number_text(double value) { return text_of(value); }
Read read_number(std::string_view text, float& out) { return read_float(text, out); }
Read read_number(std::string_view text, double& out) { return read_float(text, out); }

}  // namespace mortise::contract::detail

namespace mortise::contract {

std::string excerpt(std::string_view text, const TextError& error) {
  constexpr std::size_t kBefore = 60;
  constexpr std::size_t kAfter = 20;
  const auto is_tail = [&](std::size_t i) {
    return i < text.size() && (static_cast<std::uint8_t>(text[i]) & 0xC0) == 0x80;
  };
  const std::size_t at = std::min(error.offset, text.size());
  std::size_t begin = text.substr(0, at).rfind('\n') + 1;  // npos + 1 is 0
  std::size_t end = std::min(text.find('\n', at), text.size());
  if (at - begin > kBefore) begin = at - kBefore;
  if (end - at > kAfter) end = at + kAfter;
  while (begin < at && is_tail(begin)) ++begin;
  while (end > at && is_tail(end)) --end;
  const std::string before = escape(text.substr(begin, at - begin));
  const auto width = std::ranges::count_if(
      before, [](char c) { return (static_cast<std::uint8_t>(c) & 0xC0) != 0x80; });
  return concat(before, escape(text.substr(at, end - at)), "\n",
                std::string(static_cast<std::size_t>(width), ' '), "^");
}

}  // namespace mortise::contract
