#include <mortise/contract/wave.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <iterator>

#include <mortise/abi/utf8.h>
#include <mortise/contract/detail/reading.h>
#include <mortise/contract/detail/wave_reader.h>
#include <mortise/contract/detail/wave_tokens.h>
#include <mortise/contract/text.h>

namespace mortise::wave {

namespace {

using contract::Contract;
using contract::Function;
using contract::kMaxDepth;
using contract::TextError;
using contract::TypeId;
using contract::detail::kNowhere;

class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}

  void operator()(bool value) { out_ += value ? "true" : "false"; }
  template <std::integral T>
  void operator()(T value) {
    out_ += concat(value);
  }
  template <std::floating_point T>
  void operator()(T value) {
    if (std::isfinite(value)) {
      out_ += contract::detail::number_text(value);
    } else {
      out_ += std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
    }
  }
  void operator()(char32_t value) {
    char bytes[4];  // NOLINT(modernize-avoid-c-arrays): encode_utf8 writes to one
    char* end = std::begin(bytes);
    abi::encode_utf8(value, end);
    text('\'', std::string_view(std::begin(bytes), end));
  }
  void operator()(const std::string& value) { text('"', value); }
  void operator()(const Value::Bytes& bytes) {
    sequence("[", "]", bytes, [&](std::uint8_t byte) { out_ += concat(byte); });
  }
  void operator()(const Value::List& list) {
    sequence("[", "]", list.elements, [&](const Value& element) { print(element); });
  }
  void operator()(const Value::Map& map) {
    sequence("[", "]", map.entries, [&](const Value::Entry& entry) {
      out_ += '(';
      print(entry.key);
      out_ += ", ";
      print(entry.value);
      out_ += ')';
    });
  }
  void operator()(const Value::Record& record) {
    std::string_view separator = "{";
    for (const auto& [name, value] : record.fields) {
      const auto* option = value.get<Value::Option>();
      if (option != nullptr && !option->payload) continue;
      out_ += concat(separator, name, ": ");
      print(value);
      separator = ", ";
    }
    out_ += separator == "{" ? "{:}" : "}";
  }
  void operator()(const Value::Tuple& tuple) {
    sequence("(", ")", tuple.elements, [&](const Value& element) { print(element); });
  }
  void operator()(const Value::Variant& variant) {
    label(variant.name);
    payload(variant.payload);
  }
  void operator()(const Value::Enum& value) { label(value.name); }
  void operator()(const Value::Flags& flags) {
    sequence("{", "}", flags.names, [&](const std::string& name) { out_ += name; });
  }
  void operator()(const Value::Option& option) {
    out_ += option.payload ? "some" : "none";
    payload(option.payload);
  }
  void operator()(const Value::Result& result) {
    out_ += result.is_ok ? "ok" : "err";
    payload(result.payload);
  }
  void operator()(const Value::Handle& handle) {
    label(handle.resource);
    out_ += concat("(", handle.number, ")");
  }

  void print(const Value& value) {
    if (depth_ == kMaxDepth) {
      out_ += "..";
      return;
    }
    ++depth_;
    std::visit(*this, value.data());
    --depth_;
  }

 private:
  template <class Range, class Each>
  void sequence(std::string_view open, std::string_view close, const Range& range, Each each) {
    out_ += open;
    bool first = true;
    for (const auto& element : range) {
      if (!first) out_ += ", ";
      first = false;
      each(element);
    }
    out_ += close;
  }

  void label(std::string_view name) {
    if (detail::is_keyword(name)) out_ += '%';
    out_ += name;
  }

  void payload(const Payload& payload) {
    if (!payload) return;
    out_ += '(';
    print(*payload);
    out_ += ')';
  }

  // What escape() does to characters is what WAVE calls an escape.
  void text(char quote, std::string_view value) {
    constexpr std::string_view kSpecial = "\\\n\r\t";
    out_ += quote;
    while (!value.empty()) {
      const std::size_t plain =
          std::min({value.find_first_of(kSpecial), value.find(quote), value.size()});
      out_ += escape(value.substr(0, plain), kNowhere);
      if (plain == value.size()) break;
      const char c = value[plain];
      out_ += '\\';
      out_ += c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : c;
      value.remove_prefix(plain + 1);
    }
    out_ += quote;
  }

  std::string& out_;
  int depth_ = 0;
};

// "open", or "[method]cart.total"
bool is_function_name(std::string_view name) {
  if (name.starts_with('[')) {
    const std::size_t close = name.find(']');
    if (close == std::string_view::npos) return false;
    name.remove_prefix(close + 1);
  } else if (name.contains('.')) {
    return false;
  }
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !name.empty() && is_letter(name.front()) &&
         name.find_first_of("@:/[]") == std::string_view::npos;
}

// Tells function and interface of a name apart.
void split(std::string_view name, Call& call) {
  constexpr auto kNpos = std::string_view::npos;
  const std::size_t version = name.find('@');
  const std::size_t slash = name.find('/') == kNpos ? 0 : name.find('/');
  // The dot before the function.
  std::size_t dot = name.find(".[");
  if (dot == kNpos && name.starts_with('[')) {
    call.function = name;
    return;
  }
  if (dot == kNpos && version != kNpos) {
    dot = name.rfind('.', version);
    if (dot != kNpos && dot < slash) dot = kNpos;
  }
  if (dot == kNpos) dot = name.rfind('.');
  if (dot == kNpos) {
    call.function = name;
    return;
  }
  call.interface = name.substr(0, dot);
  std::string_view function = name.substr(dot + 1);
  const std::size_t behind = function.find('@');
  if (behind != kNpos) call.interface += function.substr(behind);
  call.function = function.substr(0, behind);
}

}  // namespace

std::string print(const Value& value) {
  std::string out;
  Printer(out).print(value);
  return out;
}

std::expected<Value, TextError> parse(const Contract& contract, TypeId type,
                                      std::string_view text) {
  return detail::read_value(contract, type, text);
}

std::expected<Call, TextError> parse_call(std::string_view text) {
  if (auto error = contract::detail::not_utf8(text)) return std::unexpected(std::move(*error));
  constexpr std::string_view kOfNames =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_:/.@+[]";
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const std::size_t end = std::min(text.find_first_not_of(kOfNames, begin), text.size());
  Call call{.interface = {}, .function = {}, .text = text};
  split(text.substr(begin, end - begin), call);
  if (!is_function_name(call.function))
    return std::unexpected(contract::detail::error_at(
        text, begin,
        "expected the name of a function and its arguments, as in process-data(..) or "
        "techbytes:plugins/processor.process-data(..)"));
  const detail::Token open = detail::Lexer(text, end).next();
  if (!open.is('('))
    return std::unexpected(
        contract::detail::error_at(text, open.at, concat("expected `(` after ", call.function)));
  call.arguments = open.at;
  return call;
}

std::expected<std::vector<Value>, TextError> parse_arguments(const Contract& contract,
                                                             const Function& function,
                                                             const Call& call) {
  return detail::read_arguments(contract, function, detail::Form::call, call.text, call.arguments);
}

std::expected<std::vector<Value>, TextError> parse_arguments(const Contract& contract,
                                                             const Function& function,
                                                             std::string_view text) {
  return detail::read_arguments(contract, function, detail::Form::bare, text, 0);
}

}  // namespace mortise::wave
