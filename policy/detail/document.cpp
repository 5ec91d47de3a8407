#include <mortise/policy/detail/document.h>

#include <algorithm>
#include <optional>

#include <toml++/toml.h>

#include <mortise/contract/text.h>

namespace mortise::policy {

namespace {

// ---- How deep it is ----------------------------------------------------------------------------

// Looks at the nesting before the parser does, which bounds that of arrays and inline tables alone:
// a line of 100 000 dots in a key would be so many tables, and destroying them a stack overflow.
// It is right up to the first error in the text; behind that nobody reads.
class Depth {
 public:
  explicit Depth(std::string_view text) : text_(text) {}

  std::optional<SyntaxError> find_excess() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') next_line();
      if (c == '#')
        skip_comment();
      else if (c == '"' || c == '\'')
        skip_text(c);
      else
        ++at_;
      if (c == '.') ++dots_;
      if (c == '[' || c == '{') ++nesting_;
      if (c == ']' || c == '}') nesting_ -= std::min<std::size_t>(nesting_, 1);
      if (dots_ > kMostDots)
        return error(concat("a line has more than ", kMostDots, " dots outside of texts"));
      if (nesting_ > kMostNesting)
        return error(concat("more than ", kMostNesting, " levels of brackets"));
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] SyntaxError error(std::string message) const {
    const std::string_view line = text_.substr(line_start_, at_ - line_start_);
    // Characters, not bytes: those that go on with one are not counted.
    const auto characters = std::ranges::count_if(
        line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; });
    return {.at = {.line = line_, .column = static_cast<std::uint32_t>(characters)},
            .message = std::move(message)};
  }

  void next_line() {
    ++line_;
    line_start_ = at_ + 1;
    dots_ = 0;
  }

  void skip_comment() {
    while (at_ < text_.size() && text_[at_] != '\n') ++at_;
  }

  // From one quote to the one that ends it; three of them may have lines between them.
  void skip_text(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_).starts_with(three);
    at_ += is_long ? 3 : 1;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && quote == '"') {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') next_line();
        ++at_;
        continue;
      }
      if (text_[at_] == '\n') {
        if (!is_long) return;  // an error, which ends what is read
        next_line();
      } else if (is_long ? text_.substr(at_).starts_with(three) : text_[at_] == quote) {
        at_ += is_long ? 3 : 1;
        // Before its end a long one may have two quotes that are its own.
        for (int own = 0; is_long && own < 2 && at_ < text_.size() && text_[at_] == quote; ++own)
          ++at_;
        return;
      }
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
  std::size_t dots_ = 0;
  std::size_t nesting_ = 0;
};

// ---- From the parser's tree to ours ------------------------------------------------------------

Position position(const toml::source_region& region) {
  return {.line = region.begin.line, .column = region.begin.column};
}

Node node(const toml::node& from);

Table table(const toml::table& from) {
  Table out;
  for (const auto& [key, value] : from)
    out.push_back(
        {.key = std::string(key.str()), .at = position(key.source()), .value = node(value)});
  // As they stand in the file.
  std::ranges::stable_sort(out, [](const Entry& a, const Entry& b) {
    return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
  });
  return out;
}

Instant instant(const toml::date_time& from) {
  using std::chrono::day, std::chrono::month, std::chrono::year, std::chrono::sys_days;
  const sys_days date = year(from.date.year) / month(from.date.month) / day(from.date.day);
  return date + std::chrono::hours(from.time.hour) +
         std::chrono::minutes(from.time.minute - from.offset->minutes) +
         std::chrono::seconds(from.time.second) + std::chrono::nanoseconds(from.time.nanosecond);
}

Node node(const toml::node& from) {
  Node out{.at = position(from.source()), .value = {}};
  if (const auto* one = from.as_boolean()) out.value = one->get();
  if (const auto* one = from.as_integer()) out.value = one->get();
  if (const auto* one = from.as_floating_point()) out.value = one->get();
  if (const auto* one = from.as_string()) out.value = one->get();
  if (from.is_date() || from.is_time()) out.value = LocalTime();
  if (const auto* one = from.as_date_time()) {
    // Within what nanoseconds count.
    const int year = (*one)->date.year;
    if ((*one)->offset && year > 1678 && year < 2262)
      out.value = instant(one->get());
    else
      out.value = LocalTime();
  }
  if (const auto* one = from.as_table()) out.value = table(*one);
  if (const auto* one = from.as_array()) {
    Array all;
    for (const toml::node& element : *one) all.push_back(node(element));
    out.value = std::move(all);
  }
  return out;
}

}  // namespace

std::expected<Table, SyntaxError> parse_document(std::string_view text) {
  if (auto excess = Depth(text).find_excess()) return std::unexpected(*std::move(excess));
  const toml::parse_result read = toml::parse(text);
  if (!read)
    return std::unexpected(SyntaxError{.at = position(read.error().source()),
                                       .message = escape(read.error().description(), 300)});
  return table(read.table());
}

std::string quoted(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += concat('\\', c);
    } else if (byte < 0x20 || byte == 0x7f) {
      out += concat("\\u00", kDigits[byte >> 4U], kDigits[byte & 0xfU]);
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace mortise::policy
