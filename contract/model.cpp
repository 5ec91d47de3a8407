#include <mortise/contract/model.h>

#include <mortise/contract/text.h>

namespace mortise::contract {

namespace {

// Deeper parts are not worth their place in a message, and hostile types nest without end.
constexpr int kDepth = 5;

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

std::string describe_to(const Contract& contract, TypeId id, int depth);

// "<a, b>", with "_" for what is not there.
std::string arguments(const Contract& contract, const Type& type, int depth) {
  std::string out = "<";
  for (std::size_t i = 0; i < type.members.size(); ++i) {
    if (i != 0) out += ", ";
    const TypeId part = type.members[i].type;
    out += part == kNone ? "_" : describe_to(contract, part, depth - 1);
  }
  if (type.kind == Kind::fixed_list) out += concat(", ", type.length);
  return out + ">";
}

std::string describe_to(const Contract& contract, TypeId id, int depth) {
  if (id >= contract.types.size()) return "nothing";
  if (depth == 0) return "..";
  const Type& type = contract.types[id];
  const std::string_view word = keyword(type.kind);
  switch (type.kind) {
    case Kind::record:
    case Kind::variant:
    case Kind::enumeration:
    case Kind::flags:
      return type.name.empty() ? concat("a ", word) : concat(word, " `", escape(type.name), "`");
    case Kind::own:
    case Kind::borrow: return concat(word, "<", escape(type.name), ">");
    case Kind::result: {
      const bool no_error = type.members.size() == 2 && type.members[1].type == kNone;
      if (!no_error) return concat(word, arguments(contract, type, depth));
      if (type.members[0].type == kNone) return "result";
      return concat("result<", describe_to(contract, type.members[0].type, depth - 1), ">");
    }
    default:
      return type.members.empty() ? std::string(word)
                                  : concat(word, arguments(contract, type, depth));
  }
}

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
  return describe_to(contract, type, kDepth);
}

}  // namespace mortise::contract
