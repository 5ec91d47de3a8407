#include <mortise/policy/detail/reader.h>

#include <filesystem>
#include <tuple>

#include <mortise/policy/amount.h>

namespace mortise::policy {

namespace {

constexpr std::size_t kShownComplaints = 20;
constexpr std::size_t kShownText = 100;

// What stands there, in few words.
struct Show {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return concat(value); }
  std::string operator()(double) const { return "a fraction"; }
  std::string operator()(const std::string& value) const {
    return concat('"', escape(value, kShownText), '"');
  }
  std::string operator()(Instant) const { return "a moment"; }
  std::string operator()(LocalTime) const { return "a date or time without a zone"; }
  std::string operator()(const Array&) const { return "a list"; }
  std::string operator()(const Table&) const { return "a table"; }
};

}  // namespace

void Reader::reject(const Entry& entry, std::string_view form) {
  complain(entry.value.at, concat("`", escape(entry.key, kShownText), "` is ",
                                  std::visit(Show(), entry.value.value), "; it should be ", form));
}

void Reader::reject_element(const Entry& list, const Node& element, std::string_view form) {
  complain(element.at, concat("`", escape(list.key, kShownText), "` has ",
                              std::visit(Show(), element.value), " in it; it should be ", form));
}

void Reader::unknown(const Entry& entry, const std::vector<std::string_view>& known) {
  const std::string said =
      concat("there is no key `", escape(entry.key, kShownText), "` in ", section(), "; ");
  // The nearest one may be far off.
  for (const std::string_view near : near_names(entry.key, known, 1))
    if (near.substr(0, 1) == std::string_view(entry.key).substr(0, 1))
      return complain(entry.at, concat(said, "did you mean `", near, "`?"));
  std::string names;
  for (const std::string_view name : known)
    names += concat(names.empty() ? "" : ", ", "`", name, "`");
  complain(entry.at, concat(said, "there are ", names));
}

std::string Reader::section() const {
  std::string name;
  for (const std::string& table : tables_)
    name += concat(name.empty() ? "" : ".", escape(table, kShownText));
  return name.empty() ? std::string("the file") : concat("[", name, "]");
}

std::string Reader::path(std::string_view said) const {
  if (folder_.empty()) return std::string(said);
  return (std::filesystem::path(folder_) / said).string();
}

Error Reader::error() {
  std::ranges::stable_sort(complaints_, [](const Complaint& a, const Complaint& b) {
    return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(complaints_.size(), kShownComplaints); ++i) {
    const auto& [at, message] = complaints_[i];
    text += concat(i == 0 ? "" : "\n", file_, ":", at.line, ":", at.column, ": ", message);
  }
  if (complaints_.size() > kShownComplaints)
    text += concat("\nand ", complaints_.size() - kShownComplaints, " errors more");
  return {Error::Kind::misuse, std::move(text)};
}

std::optional<std::chrono::milliseconds> time_in(const Node& node) {
  const auto* said = std::get_if<std::string>(&node.value);
  return said == nullptr ? std::nullopt : parse_time(*said);
}

bool is_none(const Node& node) {
  const auto* said = std::get_if<std::string>(&node.value);
  return said != nullptr && *said == "none";
}

std::optional<Bytes> bytes_in(const Node& node) {
  if (const auto* number = std::get_if<std::int64_t>(&node.value); number && *number > 0)
    return Bytes{static_cast<std::uint64_t>(*number)};
  const auto* said = std::get_if<std::string>(&node.value);
  return said == nullptr ? std::nullopt : parse_bytes(*said);
}

std::optional<std::vector<std::string>> texts_in(Reader& reader, const Entry& entry,
                                                 std::size_t least, std::string_view form) {
  const auto* list = std::get_if<Array>(&entry.value.value);
  if (list == nullptr || list->size() < least) {
    reader.reject(entry, form);
    return std::nullopt;
  }
  std::vector<std::string> out;
  for (const Node& element : *list) {
    if (const auto* text = std::get_if<std::string>(&element.value))
      out.push_back(*text);
    else
      reader.reject_element(entry, element, form);
  }
  return out;
}

std::string any_of(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += concat(i == 0 ? "" : i + 1 == words.size() ? " or " : ", ", '"', words[i], '"');
  return out;
}

}  // namespace mortise::policy
