#include <mortise/contract/detail/json_writer.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/abi/utf8.h>
#include <mortise/contract/detail/base64.h>
#include <mortise/contract/detail/reading.h>
#include <mortise/contract/text.h>

namespace mortise::json::detail {

namespace {

using contract::Contract;
using contract::Kind;
using contract::kMaxDepth;
using contract::kNone;
using contract::TypeId;
using contract::detail::kind_of;
using contract::detail::kNowhere;
using contract::detail::part;

class Writer {
 public:
  explicit Writer(const Contract& contract) : contract_(contract), members_(contract) {}

  void value(TypeId id, const Value& value) {
    if (depth_ == kMaxDepth) return append("null");
    ++depth_;
    std::visit([&](const auto& data) { write(id, data); }, value.data());
    --depth_;
  }

  std::string take() { return std::move(out_); }

 private:
  void append(std::string_view text) { out_ += text; }

  void write(TypeId, bool value) { append(value ? "true" : "false"); }

  template <std::integral T>
  void write(TypeId, T value) {
    // What every reader of JSON has exactly, as it may have no numbers but f64.
    constexpr std::int64_t kMost = (std::int64_t{1} << 53) - 1;
    const bool exact = std::cmp_less_equal(value, kMost) && std::cmp_greater_equal(value, -kMost);
    append(exact ? concat(value) : concat("\"", value, "\""));
  }
  template <std::floating_point T>
  void write(TypeId, T value) {
    // Many readers take -0 for an integer, and an integer has no sign at 0.
    if (value == 0 && std::signbit(value)) return append("-0.0");
    if (std::isfinite(value)) return append(contract::detail::number_text(value));
    append(std::isnan(value) ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  }
  void write(TypeId, char32_t value) {
    std::array<char, 4> bytes{};
    char* end = bytes.data();
    abi::encode_utf8(value, end);
    string({bytes.data(), end});
  }
  void write(TypeId, const std::string& value) { string(value); }
  void write(TypeId, const Value::Bytes& bytes) {
    append("\"");
    append(contract::detail::to_base64(bytes));
    append("\"");
  }
  void write(TypeId id, const Value::List& list) {
    const TypeId element = part(contract_, id, 0);
    if (list.elements.empty() && kind_of(contract_, element) == Kind::u8) return append("\"\"");
    sequence("[", "]", list.elements, [&](const Value& each) { value(element, each); });
  }
  void write(TypeId id, const Value::Map& map) {
    const TypeId key = part(contract_, id, 0);
    const TypeId mapped = part(contract_, id, 1);
    if (is_object(key, map))
      return sequence("{", "}", map.entries, [&](const Value::Entry& entry) {
        value(key, entry.key);
        append(":");
        value(mapped, entry.value);
      });
    sequence("[", "]", map.entries, [&](const Value::Entry& entry) {
      append("[");
      value(key, entry.key);
      append(",");
      value(mapped, entry.value);
      append("]");
    });
  }
  void write(TypeId id, const Value::Record& record) {
    sequence("{", "}", record.fields, [&](const Value::Field& field) {
      member(field.name, type_of(id, field.name), field.value);
    });
  }
  void write(TypeId id, const Value::Tuple& tuple) {
    std::size_t i = 0;
    sequence("[", "]", tuple.elements,
             [&](const Value& each) { value(part(contract_, id, i++), each); });
  }
  void write(TypeId id, const Value::Variant& variant) {
    if (!variant.payload) return string(variant.name);
    append("{");
    member(variant.name, type_of(id, variant.name), *variant.payload);
    append("}");
  }
  void write(TypeId, const Value::Enum& value) { string(value.name); }
  void write(TypeId, const Value::Flags& flags) {
    sequence("[", "]", flags.names, [&](const std::string& name) { string(name); });
  }
  void write(TypeId id, const Value::Option& option) {
    const TypeId type = part(contract_, id, 0);
    if (!option.payload) return append("null");
    if (kind_of(contract_, type) != Kind::option) return value(type, *option.payload);
    append("{");
    member("some", type, *option.payload);
    append("}");
  }
  void write(TypeId id, const Value::Result& result) {
    append("{");
    const std::string_view side = result.is_ok ? "ok" : "error";
    if (result.payload) {
      member(side, part(contract_, id, result.is_ok ? 0 : 1), *result.payload);
    } else {
      append(concat("\"", side, "\":null"));
    }
    append("}");
  }
  void write(TypeId, const Value::Handle& handle) {
    append("{");
    string(handle.resource);
    append(concat(":", handle.number, "}"));
  }

  // The type of a field or a payload.
  TypeId type_of(TypeId id, std::string_view name) {
    if (id >= contract_.types.size()) return kNone;
    const std::size_t at = members_.find(id, name);
    return at == kNowhere ? kNone : contract_.types[id].members[at].type;
  }

  bool is_object(TypeId key, const Value::Map& map) const {
    if (kind_of(contract_, key) != Kind::string) return false;
    std::vector<std::string_view> keys;
    for (const Value::Entry& entry : map.entries) {
      const auto* text = entry.key.get<std::string>();
      if (text == nullptr) return false;
      keys.push_back(*text);
    }
    std::ranges::sort(keys);
    return std::ranges::adjacent_find(keys) == keys.end();
  }

  template <class Range, class Each>
  void sequence(std::string_view open, std::string_view close, const Range& range, Each each) {
    append(open);
    bool first = true;
    for (const auto& element : range) {
      if (!first) append(",");
      first = false;
      each(element);
    }
    append(close);
  }

  void member(std::string_view name, TypeId type, const Value& mapped) {
    string(name);
    append(":");
    value(type, mapped);
  }

  // What is not UTF-8 is in no value that fits.
  void string(std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    append("\"");
    for (const char c : text) {
      const auto byte = static_cast<std::uint8_t>(c);
      switch (c) {
        case '"': append("\\\""); break;
        case '\\': append("\\\\"); break;
        case '\n': append("\\n"); break;
        case '\r': append("\\r"); break;
        case '\t': append("\\t"); break;
        default:
          if (byte >= 0x20) {
            out_ += c;
          } else {
            append("\\u00");
            out_ += kHex[byte >> 4U];
            out_ += kHex[byte & 15U];
          }
      }
    }
    append("\"");
  }

  const Contract& contract_;
  contract::detail::MemberIndex members_;
  int depth_ = 0;
  std::string out_;
};

}  // namespace

std::string write_value(const Contract& contract, TypeId type, const Value& value) {
  Writer writer(contract);
  writer.value(type, value);
  return writer.take();
}

}  // namespace mortise::json::detail
