#include <mortise/contract/value.h>

#include <algorithm>
#include <bit>
#include <type_traits>
#include <utility>

#include <mortise/abi/utf8.h>
#include <mortise/contract/detail/reading.h>
#include <mortise/contract/text.h>
#include <mortise/contract/wave.h>

namespace mortise {

Payload::Payload() = default;
Payload::Payload(Value value) : value_(std::make_unique<Value>(std::move(value))) {}
Payload::Payload(const Payload& other)
    : value_(other ? std::make_unique<Value>(*other) : nullptr) {}
Payload::Payload(Payload&&) noexcept = default;
Payload& Payload::operator=(Payload other) noexcept {
  value_.swap(other.value_);
  return *this;
}
Payload::~Payload() = default;

Value::Value() = default;
Value::Value(std::string text) : data_(std::move(text)) {}
Value::Value(std::string_view text) : data_(std::string(text)) {}
Value::Value(const char* text) : data_(std::string(text)) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(Value other) noexcept {
  data_.swap(other.data_);
  return *this;
}
Value::~Value() = default;

template <class T>
Value Value::make(T data) {
  Value value;
  value.data_ = std::move(data);
  return value;
}

Value Value::s8(std::int8_t value) { return value; }
Value Value::u8(std::uint8_t value) { return value; }
Value Value::s16(std::int16_t value) { return value; }
Value Value::u16(std::uint16_t value) { return value; }
Value Value::s32(std::int32_t value) { return value; }
Value Value::u32(std::uint32_t value) { return value; }
Value Value::s64(std::int64_t value) { return value; }
Value Value::u64(std::uint64_t value) { return value; }
Value Value::f32(float value) { return value; }
Value Value::f64(double value) { return value; }
Value Value::character(char32_t value) { return value; }

Value Value::list(std::vector<Value> elements) {
  const auto is_u8 = [](const Value& value) { return value.get<std::uint8_t>() != nullptr; };
  if (elements.empty() || !std::ranges::all_of(elements, is_u8))
    return make(List{std::move(elements)});
  Bytes bytes;
  bytes.reserve(elements.size());
  for (const Value& element : elements) bytes.push_back(*element.get<std::uint8_t>());
  return make(std::move(bytes));
}
Value Value::bytes(Bytes bytes) { return make(std::move(bytes)); }
Value Value::map(std::vector<Entry> entries) { return make(Map{std::move(entries)}); }
Value Value::record(std::vector<Field> fields) { return make(Record{std::move(fields)}); }
Value Value::tuple(std::vector<Value> elements) { return make(Tuple{std::move(elements)}); }
Value Value::variant(std::string name, Payload payload) {
  return make(Variant{std::move(name), std::move(payload)});
}
Value Value::variant(std::string name, Value payload) {
  return variant(std::move(name), Payload(std::move(payload)));
}
Value Value::enumeration(std::string name) { return make(Enum{std::move(name)}); }
Value Value::flags(std::vector<std::string> names) { return make(Flags{std::move(names)}); }
Value Value::some(Value value) { return option(Payload(std::move(value))); }
Value Value::none() { return option({}); }
Value Value::option(Payload payload) { return make(Option{std::move(payload)}); }
Value Value::ok(Payload payload) { return make(Result{true, std::move(payload)}); }
Value Value::ok(Value value) { return ok(Payload(std::move(value))); }
Value Value::error(Payload payload) { return make(Result{false, std::move(payload)}); }
Value Value::error(Value value) { return error(Payload(std::move(value))); }
Value Value::handle(std::string resource, std::uint32_t number) {
  return make(Handle{std::move(resource), number});
}

const Value* Value::find(std::string_view field) const {
  const auto* record = get<Record>();
  if (record == nullptr) return nullptr;
  const auto it = std::ranges::find(record->fields, field, &Field::name);
  return it == record->fields.end() ? nullptr : &it->value;
}

std::span<const Value> Value::elements() const {
  if (const auto* list = get<List>()) return list->elements;
  if (const auto* tuple = get<Tuple>()) return tuple->elements;
  return {};
}

namespace {

bool is_none(const Value& value) {
  const auto* option = value.get<Value::Option>();
  return option != nullptr && !option->payload;
}

bool same(const Payload& a, const Payload& b) { return a && b ? *a == *b : a.get() == b.get(); }

// The fields that are not none, by name.
std::vector<const Value::Field*> sorted(const Value::Record& record) {
  std::vector<const Value::Field*> fields;
  for (const Value::Field& field : record.fields)
    if (!is_none(field.value)) fields.push_back(&field);
  std::ranges::sort(fields, {}, [](const auto* field) {
    return std::pair(std::string_view(field->name), field);
  });
  return fields;
}

bool same(PlainType auto a, decltype(a) b) { return a == b; }
bool same(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}
bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool same(const std::string& a, const std::string& b) { return a == b; }
bool same(const Value::Bytes& a, const Value::Bytes& b) { return a == b; }
bool same(const Value::List& a, const Value::List& b) { return a.elements == b.elements; }
bool same(const Value::Map& a, const Value::Map& b) {
  return std::ranges::equal(a.entries, b.entries, [](const auto& x, const auto& y) {
    return x.key == y.key && x.value == y.value;
  });
}
bool same(const Value::Record& a, const Value::Record& b) {
  return std::ranges::equal(sorted(a), sorted(b), [](const auto* x, const auto* y) {
    return x->name == y->name && x->value == y->value;
  });
}
bool same(const Value::Tuple& a, const Value::Tuple& b) { return a.elements == b.elements; }
bool same(const Value::Variant& a, const Value::Variant& b) {
  return a.name == b.name && same(a.payload, b.payload);
}
bool same(const Value::Enum& a, const Value::Enum& b) { return a.name == b.name; }
bool same(const Value::Flags& a, const Value::Flags& b) {
  const auto names = [](const Value::Flags& flags) {
    std::vector<std::string_view> all(flags.names.begin(), flags.names.end());
    std::ranges::sort(all);
    return all;
  };
  return names(a) == names(b);
}
bool same(const Value::Option& a, const Value::Option& b) { return same(a.payload, b.payload); }
bool same(const Value::Result& a, const Value::Result& b) {
  return a.is_ok == b.is_ok && same(a.payload, b.payload);
}
bool same(const Value::Handle& a, const Value::Handle& b) {
  return a.resource == b.resource && a.number == b.number;
}

bool is_empty_list(const Value& value) {
  const auto* bytes = value.get<Value::Bytes>();
  const auto* list = value.get<Value::List>();
  return (bytes != nullptr && bytes->empty()) || (list != nullptr && list->elements.empty());
}

}  // namespace

bool operator==(const Value& a, const Value& b) {
  if (a.data_.index() != b.data_.index()) return is_empty_list(a) && is_empty_list(b);
  return std::visit([&b]<class T>(const T& of_a) { return same(of_a, *b.get<T>()); }, a.data_);
}

namespace {

struct Describe {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int8_t value) const { return concat("s8 ", int{value}); }
  std::string operator()(std::uint8_t value) const { return concat("u8 ", int{value}); }
  std::string operator()(std::int16_t value) const { return concat("s16 ", value); }
  std::string operator()(std::uint16_t value) const { return concat("u16 ", value); }
  std::string operator()(std::int32_t value) const { return concat("s32 ", value); }
  std::string operator()(std::uint32_t value) const { return concat("u32 ", value); }
  std::string operator()(std::int64_t value) const { return concat("s64 ", value); }
  std::string operator()(std::uint64_t value) const { return concat("u64 ", value); }
  std::string operator()(float value) const { return concat("f32 ", wave::print(value)); }
  std::string operator()(double value) const { return concat("f64 ", wave::print(value)); }
  std::string operator()(char32_t value) const { return concat("char ", wave::print(value)); }
  std::string operator()(const std::string& text) const {
    return concat("a string \"", escape(text, 40), "\"");
  }
  std::string operator()(const Value::Bytes& bytes) const {
    return concat("a list of ", bytes.size(), " u8");
  }
  std::string operator()(const Value::List& list) const {
    return concat("a list of ", list.elements.size());
  }
  std::string operator()(const Value::Map&) const { return "a map"; }
  std::string operator()(const Value::Record&) const { return "a record"; }
  std::string operator()(const Value::Tuple& tuple) const {
    return concat("a tuple of ", tuple.elements.size());
  }
  std::string operator()(const Value::Variant& variant) const {
    return concat("a variant's case ", contract::detail::quoted(variant.name));
  }
  std::string operator()(const Value::Enum& value) const {
    return concat("an enum's case ", contract::detail::quoted(value.name));
  }
  std::string operator()(const Value::Flags&) const { return "flags"; }
  std::string operator()(const Value::Option& option) const {
    return option.payload ? "an option" : "none";
  }
  std::string operator()(const Value::Result& result) const {
    return result.is_ok ? "a result, ok" : "a result, error";
  }
  std::string operator()(const Value::Handle& handle) const {
    return concat("a handle of ", contract::detail::quoted(handle.resource));
  }
};

}  // namespace

std::string describe(const Value& value) { return std::visit(Describe{}, value.data()); }

namespace contract {

namespace {

using detail::kNowhere;
using detail::MemberIndex;
using detail::part;
using detail::Step;

class Checker {
 public:
  explicit Checker(const Contract& contract) : contract_(contract), members_(contract) {}

  bool value(TypeId id, const Step* where, const Value& value) {
    if (depth_ == kMaxDepth) return wrong(where, detail::too_deep());
    ++depth_;
    const bool fits = of_kind(id, where, value);
    --depth_;
    return fits;
  }

  bool arguments(const Function& function, std::span<const Value> arguments) {
    if (arguments.size() != function.params.size())
      return wrong(nullptr, concat(escape(function.name), " takes ", function.params.size(),
                                   " arguments, these are ", arguments.size()));
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const Member& param = function.params[i];
      const Step step{.before = nullptr, .word = "parameter", .name = param.name};
      if (!value(param.type, &step, arguments[i])) return false;
    }
    return true;
  }

  std::expected<void, Misfit> outcome(bool fits) {
    if (fits) return {};
    return std::unexpected(Misfit{std::move(message_)});
  }

 private:
  bool wrong(const Step* where, std::string_view what) {
    message_ = concat(detail::path(contract_, where), what);
    return false;
  }
  bool mismatch(TypeId id, const Step* where, const Value& value) {
    return wrong(where, concat("expected ", contract::describe(contract_, id), ", this is ",
                               mortise::describe(value)));
  }

  template <class T>
  bool plain(TypeId id, const Step* where, const Value& value) {
    return value.get<T>() != nullptr || mismatch(id, where, value);
  }

  bool of_kind(TypeId id, const Step* where, const Value& value) {
    switch (detail::kind_of(contract_, id)) {
      case Kind::boolean: return plain<bool>(id, where, value);
      case Kind::s8: return plain<std::int8_t>(id, where, value);
      case Kind::u8: return plain<std::uint8_t>(id, where, value);
      case Kind::s16: return plain<std::int16_t>(id, where, value);
      case Kind::u16: return plain<std::uint16_t>(id, where, value);
      case Kind::s32: return plain<std::int32_t>(id, where, value);
      case Kind::u32: return plain<std::uint32_t>(id, where, value);
      case Kind::s64: return plain<std::int64_t>(id, where, value);
      case Kind::u64: return plain<std::uint64_t>(id, where, value);
      case Kind::f32: return plain<float>(id, where, value);
      case Kind::f64: return plain<double>(id, where, value);
      case Kind::character: return character(id, where, value);
      case Kind::string: return string(id, where, value);
      case Kind::list:
      case Kind::fixed_list: return list(id, where, value);
      case Kind::map: return map(id, where, value);
      case Kind::record: return record(id, where, value);
      case Kind::tuple: return tuple(id, where, value);
      case Kind::variant: return variant(id, where, value);
      case Kind::enumeration: return enumeration(id, where, value);
      case Kind::flags: return flags(id, where, value);
      case Kind::option: return option(id, where, value);
      case Kind::result: return result(id, where, value);
      case Kind::own:
      case Kind::borrow: return handle(id, where, value);
      case Kind::stream:
      case Kind::future:
      case Kind::error_context: break;
    }
    return wrong(where, detail::no_values(contract_, id));
  }

  bool character(TypeId id, const Step* where, const Value& value) {
    const auto* c = value.get<char32_t>();
    if (c == nullptr) return mismatch(id, where, value);
    return (*c < 0xD800 || (*c > 0xDFFF && *c <= 0x10FFFF)) ||
           wrong(where, concat("expected char, ", std::uint32_t{*c}, " is no scalar value"));
  }

  bool string(TypeId id, const Step* where, const Value& value) {
    const auto* text = value.get<std::string>();
    if (text == nullptr) return mismatch(id, where, value);
    const std::size_t good = abi::check_utf8(text->data(), text->size());
    return good == text->size() || wrong(where, concat("the text is not UTF-8 at its byte ", good));
  }

  bool list(TypeId id, const Step* where, const Value& value) {
    const TypeId element = part(contract_, id, 0);
    const auto* bytes = value.get<Value::Bytes>();
    const auto* list = value.get<Value::List>();
    if (bytes == nullptr && list == nullptr) return mismatch(id, where, value);
    const std::size_t size = bytes != nullptr ? bytes->size() : list->elements.size();
    const Type& type = contract_.types[id];
    if (type.kind == Kind::fixed_list && size != type.length) return mismatch(id, where, value);
    if (bytes != nullptr)
      return size == 0 || detail::kind_of(contract_, element) == Kind::u8 ||
             mismatch(id, where, value);
    for (std::size_t i = 0; i < size; ++i) {
      const Step step{.before = where, .word = "element", .index = i};
      if (!this->value(element, &step, list->elements[i])) return false;
    }
    return true;
  }

  bool map(TypeId id, const Step* where, const Value& value) {
    const auto* map = value.get<Value::Map>();
    if (map == nullptr) return mismatch(id, where, value);
    for (std::size_t i = 0; i < map->entries.size(); ++i) {
      const Step entry{.before = where, .word = "entry", .index = i};
      const Step key{.before = &entry, .word = "the key"};
      const Step mapped{.before = &entry, .word = "the value"};
      if (!this->value(part(contract_, id, 0), &key, map->entries[i].key) ||
          !this->value(part(contract_, id, 1), &mapped, map->entries[i].value))
        return false;
    }
    return true;
  }

  bool record(TypeId id, const Step* where, const Value& value) {
    const auto* record = value.get<Value::Record>();
    if (record == nullptr) return mismatch(id, where, value);
    const Step in{.before = where, .word = {}, .type = id};
    const std::vector<Member>& members = contract_.types[id].members;
    std::vector<detail::Given> given;
    for (const Value::Field& field : record->fields) {
      const std::size_t at = members_.find(id, field.name);
      if (at == kNowhere) return wrong(where, detail::has_no(contract_, id, field.name));
      const Step step{.before = &in, .word = "field", .name = field.name};
      if (!this->value(members[at].type, &step, field.value)) return false;
      given.push_back({at, given.size()});
    }
    if (const auto* twice = detail::in_order(given))
      return wrong(&in, detail::is_twice(Kind::record, members[twice->member].name));
    const std::size_t missing = members_.missing(id, given);
    return missing == kNowhere ||
           wrong(&in, detail::is_missing(contract_, "field", members[missing]));
  }

  bool tuple(TypeId id, const Step* where, const Value& value) {
    const auto* tuple = value.get<Value::Tuple>();
    const std::vector<Member>& members = contract_.types[id].members;
    if (tuple == nullptr || tuple->elements.size() != members.size())
      return mismatch(id, where, value);
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Step step{.before = where, .word = "element", .index = i};
      if (!this->value(members[i].type, &step, tuple->elements[i])) return false;
    }
    return true;
  }

  bool payload(TypeId type, const Step& where, const Payload& payload) {
    if (type == kNone)
      return !payload ||
             wrong(&where, concat("expected no payload, this is ", mortise::describe(*payload)));
    if (!payload)
      return wrong(&where, concat("expected ", contract::describe(contract_, type),
                                  ", this has no payload"));
    return value(type, &where, *payload);
  }

  bool variant(TypeId id, const Step* where, const Value& value) {
    const auto* variant = value.get<Value::Variant>();
    if (variant == nullptr) return mismatch(id, where, value);
    const std::size_t at = members_.find(id, variant->name);
    if (at == kNowhere) return wrong(where, detail::has_no(contract_, id, variant->name));
    const Step in{.before = where, .word = {}, .type = id};
    const Step step{.before = &in, .word = "case", .name = variant->name};
    return payload(contract_.types[id].members[at].type, step, variant->payload);
  }

  bool enumeration(TypeId id, const Step* where, const Value& value) {
    const auto* enumeration = value.get<Value::Enum>();
    if (enumeration == nullptr) return mismatch(id, where, value);
    return members_.find(id, enumeration->name) != kNowhere ||
           wrong(where, detail::has_no(contract_, id, enumeration->name));
  }

  bool flags(TypeId id, const Step* where, const Value& value) {
    const auto* flags = value.get<Value::Flags>();
    if (flags == nullptr) return mismatch(id, where, value);
    std::vector<std::string_view> names;
    for (const std::string& name : flags->names) {
      if (members_.find(id, name) == kNowhere)
        return wrong(where, detail::has_no(contract_, id, name));
      names.push_back(name);
    }
    std::ranges::sort(names);
    const auto twice = std::ranges::adjacent_find(names);
    const Step in{.before = where, .word = {}, .type = id};
    return twice == names.end() || wrong(&in, detail::is_twice(Kind::flags, *twice));
  }

  bool option(TypeId id, const Step* where, const Value& value) {
    const auto* option = value.get<Value::Option>();
    if (option == nullptr) return mismatch(id, where, value);
    const Step step{.before = where, .word = "the value"};
    return !option->payload || this->value(part(contract_, id, 0), &step, *option->payload);
  }

  bool result(TypeId id, const Step* where, const Value& value) {
    const auto* result = value.get<Value::Result>();
    if (result == nullptr) return mismatch(id, where, value);
    const Step step{.before = where, .word = result->is_ok ? "the ok value" : "the error value"};
    return payload(part(contract_, id, result->is_ok ? 0 : 1), step, result->payload);
  }

  bool handle(TypeId id, const Step* where, const Value& value) {
    const auto* handle = value.get<Value::Handle>();
    return (handle != nullptr && handle->resource == detail::resource_name(contract_.types[id])) ||
           mismatch(id, where, value);
  }

  const Contract& contract_;
  MemberIndex members_;
  int depth_ = 0;
  std::string message_;
};

// Makes values that are as small as shows what the type is.
class Example {
 public:
  explicit Example(const Contract& contract) : contract_(contract) {}

  Value of(TypeId id) {
    if (depth_ == kMaxDepth || parts_ == kMostParts) return "..";
    ++parts_;
    ++depth_;
    Value value = of_kind(id);
    --depth_;
    return value;
  }

 private:
  static constexpr int kMostParts = 1000;

  Value of_kind(TypeId id) {
    switch (detail::kind_of(contract_, id)) {
      case Kind::boolean: return true;
      case Kind::s8: return Value::s8(1);
      case Kind::u8: return Value::u8(1);
      case Kind::s16: return Value::s16(1);
      case Kind::u16: return Value::u16(1);
      case Kind::s32: return Value::s32(1);
      case Kind::u32: return Value::u32(1);
      case Kind::s64: return Value::s64(1);
      case Kind::u64: return Value::u64(1);
      case Kind::f32: return 1.5F;
      case Kind::f64: return 1.5;
      case Kind::character: return U'x';
      case Kind::string: return "text";
      case Kind::list: return Value::list(elements(id, 1));
      case Kind::fixed_list: return Value::list(elements(id, contract_.types[id].length));
      case Kind::map: return Value::map({{of(part(contract_, id, 0)), of(part(contract_, id, 1))}});
      case Kind::record: return record(contract_.types[id]);
      case Kind::tuple: return tuple(contract_.types[id]);
      case Kind::variant: return variant(contract_.types[id]);
      case Kind::enumeration: return Value::enumeration(first_name(id));
      case Kind::flags: return Value::flags({first_name(id)});
      case Kind::option: return Value::some(of(part(contract_, id, 0)));
      case Kind::result:
        if (const TypeId ok = part(contract_, id, 0); ok != kNone) return Value::ok(of(ok));
        return Value::ok();
      case Kind::own:
      case Kind::borrow: return Value::handle(detail::resource_name(contract_.types[id]), 1);
      case Kind::stream:
      case Kind::future:
      case Kind::error_context: break;
    }
    return "..";
  }

  [[nodiscard]] bool full() const { return parts_ == kMostParts; }

  std::vector<Value> elements(TypeId id, std::size_t count) {
    std::vector<Value> all;
    for (std::size_t i = 0; i < count && !full(); ++i) all.push_back(of(part(contract_, id, 0)));
    return all;
  }

  Value record(const Type& type) {
    std::vector<Value::Field> fields;
    for (const Member& member : type.members) {
      if (full()) break;
      fields.push_back({member.name, of(member.type)});
    }
    return Value::record(std::move(fields));
  }

  Value tuple(const Type& type) {
    std::vector<Value> elements;
    for (const Member& member : type.members) {
      if (full()) break;
      elements.push_back(of(member.type));
    }
    return Value::tuple(std::move(elements));
  }

  // The first case that has a payload says more than one that has none.
  Value variant(const Type& type) {
    for (const Member& member : type.members)
      if (member.type != kNone) return Value::variant(member.name, of(member.type));
    return Value::variant(type.members.empty() ? "" : type.members.front().name);
  }

  [[nodiscard]] std::string first_name(TypeId id) const {
    const std::vector<Member>& members = contract_.types[id].members;
    return members.empty() ? "" : members.front().name;
  }

  const Contract& contract_;
  int depth_ = 0;
  int parts_ = 0;
};

}  // namespace

std::expected<void, Misfit> check(const Contract& contract, TypeId type, const Value& value) {
  Checker checker(contract);
  return checker.outcome(checker.value(type, nullptr, value));
}

std::expected<void, Misfit> check(const Contract& contract, const Function& function,
                                  std::span<const Value> arguments) {
  Checker checker(contract);
  return checker.outcome(checker.arguments(function, arguments));
}

Value example(const Contract& contract, TypeId type) { return Example(contract).of(type); }

}  // namespace contract
}  // namespace mortise
