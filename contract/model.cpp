#include <mortise/contract/model.h>

#include <cstddef>
#include <utility>

#include <mortise/contract/text.h>

namespace mortise::contract {

namespace {

// Deeper or further parts are not worth their place in a message, and hostile types nest without
// end, or have a thousand parts of a thousand parts.
constexpr int kDepth = 5;
constexpr std::size_t kLength = 200;

std::string_view keyword(Kind kind) {
  switch (kind) {
    case Kind::boolean: return "bool";
    case Kind::s8: return "s8";
    case Kind::u8: return "u8";
    case Kind::s16: return "s16";
    case Kind::u16: return "u16";
    case Kind::s32: return "s32";
    case Kind::u32: return "u32";
    case Kind::s64: return "s64";
    case Kind::u64: return "u64";
    case Kind::f32: return "f32";
    case Kind::f64: return "f64";
    case Kind::character: return "char";
    case Kind::string: return "string";
    case Kind::list:
    case Kind::fixed_list: return "list";
    case Kind::map: return "map";
    case Kind::record: return "record";
    case Kind::tuple: return "tuple";
    case Kind::variant: return "variant";
    case Kind::enumeration: return "enum";
    case Kind::flags: return "flags";
    case Kind::option: return "option";
    case Kind::result: return "result";
    case Kind::own: return "own";
    case Kind::borrow: return "borrow";
    case Kind::stream: return "stream";
    case Kind::future: return "future";
    case Kind::error_context: return "error-context";
  }
  return "an unknown type";
}

std::string_view with_article(Kind kind) {
  switch (kind) {
    case Kind::record: return "a record";
    case Kind::variant: return "a variant";
    case Kind::enumeration: return "an enum";
    default: return keyword(kind);
  }
}

// Appends to one text, to see how long all of it has become.
class Description {
 public:
  explicit Description(const Contract& contract) : contract_(contract) {}

  void type(TypeId id, int depth) {
    if (id >= contract_.types.size()) return append("nothing");
    if (depth == 0) return append("..");
    const Type& type = contract_.types[id];
    switch (type.kind) {
      case Kind::record:
      case Kind::variant:
      case Kind::enumeration:
      case Kind::flags:
        return append(type.name.empty() ? std::string(with_article(type.kind))
                                        : concat(keyword(type.kind), " `", escape(type.name), "`"));
      case Kind::own:
      case Kind::borrow:
        return append(
            concat(keyword(type.kind), "<", type.name.empty() ? "_" : escape(type.name), ">"));
      default: append(keyword(type.kind)); return arguments(type, depth - 1);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void append(std::string_view part) { text_ += part; }

  // "<a, b>", with "_" for what is not there; of a result, without its sides that are not there.
  void arguments(const Type& type, int depth) {
    std::size_t count = type.members.size();
    if (type.kind == Kind::result)
      while (count > 0 && type.members[count - 1].type == kNone) --count;
    if (count == 0) return;
    for (std::size_t i = 0; i < count; ++i) {
      append(i == 0 ? "<" : ", ");
      if (text_.size() > kLength) {
        append("..");
        break;
      }
      const TypeId part = type.members[i].type;
      if (part == kNone) {
        append("_");
      } else {
        this->type(part, depth);
      }
    }
    if (type.kind == Kind::fixed_list) append(concat(", ", type.length));
    append(">");
  }

  const Contract& contract_;
  std::string text_;
};

template <class Range>
auto find_named(const Range& range, std::string_view name) {
  for (const auto& item : range)
    if (item.name == name) return &item;
  return static_cast<decltype(&*range.begin())>(nullptr);
}

}  // namespace

const Interface* find(const std::vector<Interface>& interfaces, std::string_view name) {
  return find_named(interfaces, name);
}

const Function* find(const Interface& interface, std::string_view name) {
  return find_named(interface.functions, name);
}

std::string describe(const Contract& contract, TypeId type) {
  Description description(contract);
  description.type(type, kDepth);
  return description.take();
}

}  // namespace mortise::contract
