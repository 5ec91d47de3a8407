#include <mortise/contract/detail/json_reader.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <mortise/abi/utf8.h>
#include <mortise/contract/detail/base64.h>
#include <mortise/contract/detail/json_nodes.h>
#include <mortise/contract/detail/json_writer.h>
#include <mortise/contract/detail/reading.h>
#include <mortise/contract/text.h>

namespace mortise::json::detail {

namespace {

using contract::Contract;
using contract::Function;
using contract::Kind;
using contract::kMaxDepth;
using contract::kNone;
using contract::Member;
using contract::TextError;
using contract::TypeId;
using contract::detail::Given;
using contract::detail::kind_of;
using contract::detail::kNowhere;
using contract::detail::part;
using contract::detail::Read;
using contract::detail::Step;

// Makes values of types out of nodes. Each function reads one node; or keeps the error and returns
// false.
class Reader {
 public:
  Reader(const Contract& contract, std::string_view text, const Document& document)
      : contract_(contract), text_(text), nodes_(document.nodes), members_(contract) {}

  // Recursion as deep as the value, to kMaxDepth.
  bool value(TypeId id, const Step* where, std::size_t at, Value& out) {
    if (depth_ == kMaxDepth) return wrong(at, where, contract::detail::too_deep());
    ++depth_;
    const bool read = of_kind(id, where, at, out);
    --depth_;
    return read;
  }

  bool arguments(const Function& function, std::vector<Value>& out) {
    if (is(0, Node::Kind::object)) return arguments_by_name(function, out);
    if (is(0, Node::Kind::array)) return arguments_in_order(function, out);
    return wrong(0, nullptr,
                 concat("expected the arguments of ", escape(function.name),
                        ", an object or an array, found ", found(0)));
  }

  TextError error() { return std::move(error_); }

 private:
  // ---- Nodes ----

  [[nodiscard]] const Node& node(std::size_t at) const { return nodes_[at]; }
  [[nodiscard]] bool is(std::size_t at, Node::Kind kind) const { return node(at).kind == kind; }
  // The only key of an object, whose value stands behind it; null: it has none or several.
  [[nodiscard]] const Node* only_key(std::size_t at) const {
    if (!is(at, Node::Kind::object) || node(at).next == at + 1) return nullptr;
    return node(at + 2).next == node(at).next ? &node(at + 1) : nullptr;
  }
  // Elements of an array.
  [[nodiscard]] std::size_t size_of(std::size_t at) const {
    std::size_t size = 0;
    for (std::size_t i = at + 1; i < node(at).next; i = node(i).next) ++size;
    return size;
  }

  // ---- Errors ----

  bool wrong(std::size_t at, const Step* where, std::string_view what) {
    error_ = contract::detail::error_at(text_, node(at).at,
                                        concat(contract::detail::path(contract_, where), what));
    return false;
  }
  bool mismatch(TypeId id, const Step* where, std::size_t at, std::string_view found) {
    return wrong(at, where,
                 concat("expected ", describe(contract_, id), ", found ", found, for_example(id)));
  }
  bool mismatch(TypeId id, const Step* where, std::size_t at) {
    return mismatch(id, where, at, found(at));
  }
  [[nodiscard]] std::string for_example(TypeId id) const {
    constexpr std::size_t kLongest = 120;
    return concat("; for example ",
                  escape(write_value(contract_, id, contract::example(contract_, id)), kLongest));
  }
  [[nodiscard]] std::string found(std::size_t at) const {
    constexpr std::size_t kLongest = 40;
    switch (node(at).kind) {
      case Node::Kind::null: return "null";
      case Node::Kind::boolean:
      case Node::Kind::number: return escape(node(at).text, kLongest);
      case Node::Kind::string:
      case Node::Kind::key: return concat("a string \"", escape(node(at).text, kLongest), "\"");
      case Node::Kind::array: return "an array";
      case Node::Kind::object: return "an object";
    }
    return "something";
  }

  // ---- Arguments ----

  bool arguments_in_order(const Function& function, std::vector<Value>& out) {
    std::size_t at = 1;
    for (const Member& param : function.params) {
      if (at == node(0).next) return missing_argument(param);
      const Step step{.before = nullptr, .word = "parameter", .name = param.name};
      if (!value(param.type, &step, at, out.emplace_back())) return false;
      at = node(at).next;
    }
    return at == node(0).next ||
           wrong(at, nullptr,
                 concat(escape(function.name), " takes ", function.params.size(),
                        function.params.size() == 1 ? " argument" : " arguments", ", found ",
                        found(at), " after them"));
  }

  bool arguments_by_name(const Function& function, std::vector<Value>& out) {
    std::map<std::string_view, std::size_t> params;
    for (std::size_t i = 0; i < function.params.size(); ++i)
      params.emplace(function.params[i].name, i);
    std::vector<Given> given;
    for (std::size_t key = 1; key < node(0).next; key = node(key + 1).next) {
      const auto param = params.find(node(key).text);
      if (param == params.end()) return no_such_parameter(function, key);
      given.push_back({param->second, key});
      const Member& member = function.params[param->second];
      const Step step{.before = nullptr, .word = "parameter", .name = member.name};
      if (!value(member.type, &step, key + 1, given.back().value)) return false;
    }
    if (const Given* twice = contract::detail::in_order(given))
      return wrong(
          twice->at, nullptr,
          concat("parameter ", contract::detail::quoted(node(twice->at).text), " is there twice"));
    for (std::size_t i = 0; i < function.params.size(); ++i) {
      if (i == given.size() || given[i].member != i) return missing_argument(function.params[i]);
      out.push_back(std::move(given[i].value));
    }
    return true;
  }

  bool missing_argument(const Member& param) {
    return wrong(0, nullptr,
                 concat(contract::detail::is_missing(contract_, "parameter", param),
                        for_example(param.type)));
  }
  bool no_such_parameter(const Function& function, std::size_t key) {
    std::vector<std::string_view> names;
    for (const Member& param : function.params) names.push_back(param.name);
    return wrong(key, nullptr,
                 concat(escape(function.name), " has no parameter ",
                        contract::detail::quoted(node(key).text),
                        contract::detail::it_has(node(key).text, std::move(names))));
  }

  // ---- Kinds of types ----

  bool of_kind(TypeId id, const Step* where, std::size_t at, Value& out) {
    switch (kind_of(contract_, id)) {
      case Kind::boolean:
        if (!is(at, Node::Kind::boolean)) return mismatch(id, where, at);
        out = node(at).text == "true";
        return true;
      case Kind::s8: return number<std::int8_t>(id, where, at, out);
      case Kind::u8: return number<std::uint8_t>(id, where, at, out);
      case Kind::s16: return number<std::int16_t>(id, where, at, out);
      case Kind::u16: return number<std::uint16_t>(id, where, at, out);
      case Kind::s32: return number<std::int32_t>(id, where, at, out);
      case Kind::u32: return number<std::uint32_t>(id, where, at, out);
      case Kind::s64: return number<std::int64_t>(id, where, at, out);
      case Kind::u64: return number<std::uint64_t>(id, where, at, out);
      case Kind::f32: return number<float>(id, where, at, out);
      case Kind::f64: return number<double>(id, where, at, out);
      case Kind::character: return character(id, where, at, out);
      case Kind::string:
        if (!is(at, Node::Kind::string)) return mismatch(id, where, at);
        out = node(at).text;
        return true;
      case Kind::list:
      case Kind::fixed_list: return list(id, where, at, out);
      case Kind::map: return map(id, where, at, out);
      case Kind::record: return record(id, where, at, out);
      case Kind::tuple: return tuple(id, where, at, out);
      case Kind::variant: return variant(id, where, at, out);
      case Kind::enumeration: return enumeration(id, where, at, out);
      case Kind::flags: return flags(id, where, at, out);
      case Kind::option: return option(id, where, at, out);
      case Kind::result: return result(id, where, at, out);
      case Kind::own:
      case Kind::borrow: return handle(id, where, at, out);
      case Kind::stream:
      case Kind::future:
      case Kind::error_context: break;
    }
    return wrong(at, where, contract::detail::no_values(contract_, id));
  }

  template <std::integral T>
  bool number(TypeId id, const Step* where, std::size_t at, T& out) {
    const bool is_text = sizeof(T) == 8 && is(at, Node::Kind::string);
    if (!is_text && !is(at, Node::Kind::number)) return mismatch(id, where, at);
    const Read read = contract::detail::read_number(node(at).text, out);
    if (read == Read::too_large)
      return mismatch(id, where, at,
                      concat(found(at), ", which is not ", contract::detail::range_text<T>()));
    return read == Read::good || mismatch(id, where, at);
  }
  template <std::floating_point T>
  bool number(TypeId id, const Step* where, std::size_t at, T& out) {
    using Limits = std::numeric_limits<T>;
    const std::string_view text = node(at).text;
    if (is(at, Node::Kind::string)) {
      out = text == "NaN" ? Limits::quiet_NaN() : Limits::infinity();
      if (text == "-Infinity") out = -out;
      return text == "NaN" || text == "Infinity" || text == "-Infinity" || mismatch(id, where, at);
    }
    if (!is(at, Node::Kind::number)) return mismatch(id, where, at);
    const Read read = contract::detail::read_number(text, out);
    if (read == Read::too_large)
      return mismatch(id, where, at, concat(found(at), ", which is too large for it"));
    return read == Read::good || mismatch(id, where, at);
  }
  template <class T>
  bool number(TypeId id, const Step* where, std::size_t at, Value& out) {
    T value{};
    if (!number(id, where, at, value)) return false;
    out = value;
    return true;
  }

  bool character(TypeId id, const Step* where, std::size_t at, Value& out) {
    const std::string_view text = node(at).text;
    const auto* byte = reinterpret_cast<const std::uint8_t*>(text.data());  // bytes as bytes
    if (!is(at, Node::Kind::string) || text.empty() ||
        abi::utf8_length(byte, text.size()) != text.size())
      return mismatch(id, where, at);
    out = abi::decode_utf8(byte);
    return true;
  }

  // How many elements there have to be; kNowhere: any number.
  [[nodiscard]] std::size_t length_of(TypeId id) const {
    const contract::Type& type = contract_.types[id];
    return type.kind == Kind::fixed_list ? type.length
           : type.kind == Kind::tuple    ? type.members.size()
                                         : kNowhere;
  }

  // `item(node, step)` for each element of an array that has as many as it has to.
  template <class Item>
  bool each(TypeId id, const Step* where, std::size_t array, Item item) {
    if (!is(array, Node::Kind::array)) return mismatch(id, where, array);
    const std::size_t length = length_of(id);
    if (const std::size_t size = size_of(array); length != kNowhere && size != length)
      return mismatch(id, where, array,
                      concat("an array of ", size, size == 1 ? " element" : " elements"));
    std::size_t index = 0;
    for (std::size_t at = array + 1; at < node(array).next; at = node(at).next) {
      const Step step{.before = where, .word = "element", .index = index++};
      if (!item(at, step)) return false;
    }
    return true;
  }

  bool list(TypeId id, const Step* where, std::size_t at, Value& out) {
    const TypeId element = part(contract_, id, 0);
    if (kind_of(contract_, element) == Kind::u8) return bytes(id, where, at, out);
    std::vector<Value> elements;
    if (!each(id, where, at, [&](std::size_t item, const Step& step) {
          return value(element, &step, item, elements.emplace_back());
        }))
      return false;
    out = Value::list(std::move(elements));
    return true;
  }

  bool bytes(TypeId id, const Step* where, std::size_t at, Value& out) {
    Value::Bytes bytes;
    if (is(at, Node::Kind::string)) {
      if (!contract::detail::from_base64(node(at).text, bytes))
        return mismatch(id, where, at, concat(found(at), ", which is not base64"));
      if (const std::size_t length = length_of(id); length != kNowhere && bytes.size() != length)
        return mismatch(id, where, at, concat("base64 of ", bytes_text(bytes.size())));
    } else if (!each(id, where, at, [&](std::size_t item, const Step& step) {
                 return number(part(contract_, id, 0), &step, item, bytes.emplace_back());
               })) {
      return false;
    }
    out = Value::bytes(std::move(bytes));
    return true;
  }

  bool tuple(TypeId id, const Step* where, std::size_t at, Value& out) {
    std::vector<Value> elements;
    if (!each(id, where, at, [&](std::size_t item, const Step& step) {
          return value(part(contract_, id, step.index), &step, item, elements.emplace_back());
        }))
      return false;
    out = Value::tuple(std::move(elements));
    return true;
  }

  bool map(TypeId id, const Step* where, std::size_t at, Value& out) {
    if (is(at, Node::Kind::object) && kind_of(contract_, part(contract_, id, 0)) == Kind::string)
      return map_by_key(id, where, at, out);
    std::vector<Value::Entry> entries;
    if (!each(id, where, at, [&](std::size_t item, const Step& step) {
          return entry(id, step, item, entries.emplace_back());
        }))
      return false;
    out = Value::map(std::move(entries));
    return true;
  }
  bool entry(TypeId id, const Step& element, std::size_t at, Value::Entry& out) {
    if (!is(at, Node::Kind::array) || size_of(at) != 2)
      return mismatch(id, element.before, at,
                      concat(found(at), " for an entry, which is an array of key and value"));
    const Step step{.before = element.before, .word = "entry", .index = element.index};
    const Step key{.before = &step, .word = "the key"};
    const Step mapped{.before = &step, .word = "the value"};
    return value(part(contract_, id, 0), &key, at + 1, out.key) &&
           value(part(contract_, id, 1), &mapped, node(at + 1).next, out.value);
  }
  bool map_by_key(TypeId id, const Step* where, std::size_t at, Value& out) {
    std::vector<Value::Entry> entries;
    std::vector<std::pair<std::string_view, std::size_t>> keys;
    for (std::size_t key = at + 1; key < node(at).next; key = node(key + 1).next) {
      keys.emplace_back(node(key).text, key);
      Value::Entry& entry = entries.emplace_back(Value(node(key).text), Value());
      const Step step{.before = where, .word = "key", .name = node(key).text};
      if (!value(part(contract_, id, 1), &step, key + 1, entry.value)) return false;
    }
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(
        keys, [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != keys.end())
      return wrong(std::next(twice)->second, where,
                   concat("key ", contract::detail::quoted(twice->first), " is there twice"));
    out = Value::map(std::move(entries));
    return true;
  }

  bool record(TypeId id, const Step* where, std::size_t at, Value& out) {
    if (!is(at, Node::Kind::object)) return mismatch(id, where, at);
    const std::vector<Member>& members = contract_.types[id].members;
    const Step in{.before = where, .word = {}, .type = id};
    std::vector<Given> fields;
    for (std::size_t key = at + 1; key < node(at).next; key = node(key + 1).next) {
      Given& given = fields.emplace_back(members_.find(id, node(key).text), key);
      if (given.member == kNowhere) return has_no(id, where, key);
      const Member& member = members[given.member];
      const Step step{.before = &in, .word = "field", .name = member.name};
      if (!value(member.type, &step, key + 1, given.value)) return false;
    }
    if (const Given* twice = contract::detail::in_order(fields))
      return wrong(twice->at, &in,
                   contract::detail::is_twice(Kind::record, members[twice->member].name));
    const std::size_t missing = members_.missing(id, fields);
    if (missing != kNowhere)
      return wrong(at, &in,
                   concat(contract::detail::is_missing(contract_, "field", members[missing]),
                          for_example(id)));
    std::vector<Value::Field> named;
    for (Given& given : fields)
      named.push_back({members[given.member].name, std::move(given.value)});
    out = Value::record(std::move(named));
    return true;
  }

  bool has_no(TypeId id, const Step* where, std::size_t at) {
    return wrong(at, where,
                 concat(contract::detail::has_no(contract_, id, node(at).text), for_example(id)));
  }

  bool variant(TypeId id, const Step* where, std::size_t at, Value& out) {
    const Node* key = only_key(at);
    if (key == nullptr && !is(at, Node::Kind::string)) return mismatch(id, where, at);
    const std::size_t name_at = key == nullptr ? at : at + 1;
    const std::size_t index = members_.find(id, node(name_at).text);
    if (index == kNowhere) return has_no(id, where, name_at);
    const Member& member = contract_.types[id].members[index];
    const Step in{.before = where, .word = {}, .type = id};
    const Step step{.before = &in, .word = "case", .name = member.name};
    if (key == nullptr) {
      if (member.type != kNone)
        return wrong(at, &step,
                     concat("expected a payload, ", describe(contract_, member.type),
                            ", found none", for_example(id)));
      out = Value::variant(member.name);
      return true;
    }
    if (member.type == kNone)
      return wrong(at + 2, &step,
                   concat("expected no payload, found ", found(at + 2), "; write \"",
                          escape(member.name), "\""));
    Value payload;
    if (!value(member.type, &step, at + 2, payload)) return false;
    out = Value::variant(member.name, std::move(payload));
    return true;
  }

  bool enumeration(TypeId id, const Step* where, std::size_t at, Value& out) {
    if (!is(at, Node::Kind::string)) return mismatch(id, where, at);
    if (members_.find(id, node(at).text) == kNowhere) return has_no(id, where, at);
    out = Value::enumeration(std::string(node(at).text));
    return true;
  }

  bool flags(TypeId id, const Step* where, std::size_t at, Value& out) {
    std::vector<Given> given;
    if (!each(id, where, at, [&](std::size_t item, const Step& step) {
          if (!is(item, Node::Kind::string))
            return wrong(
                item, &step,
                concat("expected the name of a flag, found ", found(item), for_example(id)));
          given.push_back({members_.find(id, node(item).text), item});
          return given.back().member != kNowhere || has_no(id, where, item);
        }))
      return false;
    const std::vector<Member>& members = contract_.types[id].members;
    const Step in{.before = where, .word = {}, .type = id};
    if (const Given* twice = contract::detail::in_order(given))
      return wrong(twice->at, &in,
                   contract::detail::is_twice(Kind::flags, members[twice->member].name));
    std::vector<std::string> names;
    for (const Given& flag : given) names.push_back(members[flag.member].name);
    out = Value::flags(std::move(names));
    return true;
  }

  bool option(TypeId id, const Step* where, std::size_t at, Value& out) {
    if (is(at, Node::Kind::null)) {
      out = Value::none();
      return true;
    }
    const TypeId type = part(contract_, id, 0);
    if (kind_of(contract_, type) == Kind::option) {
      const Node* key = only_key(at);
      if (key == nullptr || key->text != "some") return mismatch(id, where, at);
      at += 2;
    }
    const Step step{.before = where, .word = {}, .type = id};
    Value value;
    if (!this->value(type, &step, at, value)) return false;
    out = Value::some(std::move(value));
    return true;
  }

  bool result(TypeId id, const Step* where, std::size_t at, Value& out) {
    const Node* key = only_key(at);
    const bool is_ok = key != nullptr && key->text == "ok";
    if (key == nullptr || (!is_ok && key->text != "error")) return mismatch(id, where, at);
    const TypeId type = part(contract_, id, is_ok ? 0 : 1);
    const Step step{.before = where, .word = is_ok ? "the ok value" : "the error value"};
    Payload payload;
    if (type == kNone) {
      if (!is(at + 2, Node::Kind::null))
        return wrong(at + 2, &step, concat("expected null, found ", found(at + 2)));
    } else {
      Value value;
      if (!this->value(type, &step, at + 2, value)) return false;
      payload = Payload(std::move(value));
    }
    out = is_ok ? Value::ok(std::move(payload)) : Value::error(std::move(payload));
    return true;
  }

  // {"cart": 1}
  bool handle(TypeId id, const Step* where, std::size_t at, Value& out) {
    std::string name = contract::detail::resource_name(contract_.types[id]);
    const Node* key = only_key(at);
    if (key == nullptr || key->text != name) return mismatch(id, where, at);
    std::uint32_t number = 0;
    if (!is(at + 2, Node::Kind::number) ||
        contract::detail::read_number(node(at + 2).text, number) != Read::good)
      return wrong(
          at + 2, where,
          concat("expected the number of a handle, found ", found(at + 2), for_example(id)));
    out = Value::handle(std::move(name), number);
    return true;
  }

  const Contract& contract_;
  std::string_view text_;
  const std::vector<Node>& nodes_;
  contract::detail::MemberIndex members_;
  int depth_ = 0;
  TextError error_;
};

}  // namespace

std::expected<Value, TextError> read_value(const Contract& contract, TypeId type,
                                           std::string_view text) {
  const auto document = read_nodes(text);
  if (!document) return std::unexpected(document.error());
  Reader reader(contract, text, *document);
  Value value;
  if (!reader.value(type, nullptr, 0, value)) return std::unexpected(reader.error());
  return value;
}

std::expected<std::vector<Value>, TextError> read_arguments(const Contract& contract,
                                                            const Function& function,
                                                            std::string_view text) {
  const auto document = read_nodes(text);
  if (!document) return std::unexpected(document.error());
  Reader reader(contract, text, *document);
  std::vector<Value> arguments;
  if (!reader.arguments(function, arguments)) return std::unexpected(reader.error());
  return arguments;
}

}  // namespace mortise::json::detail
