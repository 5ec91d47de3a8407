#include <mortise/contract/detail/json_nodes.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <mortise/contract/detail/reading.h>
#include <mortise/contract/text.h>

#define JSON_NOEXCEPTION
#include <nlohmann/json.hpp>

namespace mortise::json::detail {

namespace {

using contract::TextError;
using Json = nlohmann::json;

// Characters of the text, for the parser: it says nowhere how far it is.
struct Cursor {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  const char** furthest;

  reference operator*() const { return *at; }
  Cursor& operator++() {
    *furthest = ++at;
    return *this;
  }
  Cursor operator++(int) {
    Cursor before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at == b.at; }
};

// Makes nodes of what the parser has read. The names of the methods are the library's.
class Builder {
 public:
  explicit Builder(std::string_view text) : text_(text) {
    if (text.starts_with("\xEF\xBB\xBF")) end_ = 3;  // a byte order mark, which the parser skips
  }

  std::expected<Document, TextError> build() {
    furthest_ = text_.data();
    const Cursor begin{.at = furthest_, .furthest = &furthest_};
    const Cursor end{.at = furthest_ + text_.size(), .furthest = &furthest_};
    if (!Json::sax_parse(begin, end, this)) return std::unexpected(std::move(error_));
    // The parser takes a zero byte for the end.
    const std::size_t rest = text_.find_first_not_of(" \t\r\n", end_);
    if (rest != std::string_view::npos)
      return std::unexpected(contract::detail::error_at(
          text_, rest, "this is not JSON: there is something behind the value"));
    return std::move(document_);
  }

  bool null() { return add(Node::Kind::null, {}); }
  bool boolean(bool value) { return add(Node::Kind::boolean, value ? "true" : "false"); }
  bool number_integer(Json::number_integer_t) { return number(); }
  bool number_unsigned(Json::number_unsigned_t) { return number(); }
  bool number_float(Json::number_float_t, const std::string&) { return number(); }
  bool string(std::string& text) { return string(Node::Kind::string, text); }
  bool key(std::string& text) { return string(Node::Kind::key, text); }
  bool binary(Json::binary_t&) { return false; }  // not in texts
  bool start_object(std::size_t) { return open(Node::Kind::object); }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Node::Kind::array); }
  bool end_array() { return close(); }

  bool parse_error(std::size_t read, const std::string&, const Json::exception& error) {
    constexpr int kOutOfRange = 406;
    if (error.id == kOutOfRange) {
      const std::size_t at = begin();
      error_ = contract::detail::error_at(
          text_, at, concat("the number ", escape(number_at(at), 40), " is too large"));
      return false;
    }
    std::string_view what = error.what();
    const std::size_t reason = what.find(" - ");
    if (reason != std::string_view::npos) what.remove_prefix(reason + 3);
    what = what.substr(0, what.find("; last read"));
    const bool whole_token = what.starts_with("unexpected");
    error_ = contract::detail::error_at(
        text_, whole_token ? begin() : read - std::min<std::size_t>(read, 1),
        concat("this is not JSON: ", escape(what, 200)));
    return false;
  }

 private:
  // Where the token that was read begins: behind the one before it, and what stands between them.
  [[nodiscard]] std::size_t begin() const {
    return std::min(text_.find_first_not_of(" \t\r\n,:", end_), text_.size());
  }
  [[nodiscard]] std::string_view number_at(std::size_t at) const {
    return text_.substr(at, text_.find_first_not_of("+-.0123456789eE", at) - at);
  }

  bool add(Node::Kind kind, std::string_view text) {
    document_.nodes.push_back(
        {.kind = kind, .at = begin(), .text = text, .next = document_.nodes.size() + 1});
    end_ = static_cast<std::size_t>(furthest_ - text_.data());
    return true;
  }

  // The parser has read a character more than the number has.
  bool number() {
    const std::size_t at = begin();
    const std::string_view text = number_at(at);
    add(Node::Kind::number, text);
    end_ = at + text.size();
    return true;
  }

  // Where nothing is escaped, the text has it.
  bool string(Node::Kind kind, std::string& decoded) {
    add(kind, {});
    Node& node = document_.nodes.back();
    const std::string_view raw = text_.substr(node.at + 1, end_ - node.at - 2);
    if (raw.size() == decoded.size()) {
      node.text = raw;
    } else {
      document_.strings.push_back(std::move(decoded));
      node.text = document_.strings.back();
    }
    return true;
  }

  bool open(Node::Kind kind) {
    open_.push_back(document_.nodes.size());
    return add(kind, {});
  }

  bool close() {
    document_.nodes[open_.back()].next = document_.nodes.size();
    open_.pop_back();
    end_ = static_cast<std::size_t>(furthest_ - text_.data());
    return true;
  }

  std::string_view text_;
  const char* furthest_ = nullptr;
  std::size_t end_ = 0;  // of the last token
  Document document_;
  std::vector<std::size_t> open_;
  TextError error_;
};

}  // namespace

std::expected<Document, TextError> read_nodes(std::string_view text) {
  if (auto error = contract::detail::not_utf8(text)) return std::unexpected(std::move(*error));
  return Builder(text).build();
}

}  // namespace mortise::json::detail
