#include <mortise/contract/detail/decode.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include <mortise/contract/detail/form.h>

namespace mortise::contract::detail {

namespace {

// `types` is how many types there are to refer to.
TypeId type_id(Reader& in, std::size_t types) {
  const TypeId id = in.number();
  if (id != kNone && id >= types) in.fail();
  return id;
}

std::vector<Member> members(Reader& in, std::size_t types) {
  std::vector<Member> all(in.count(8));
  for (Member& member : all) {
    member.name = in.text();
    member.type = type_id(in, types);
  }
  return all;
}

// How many members a kind has; more than that for the kinds that may have any number.
constexpr std::size_t kAny = 99;
std::size_t arity(Kind kind) {
  switch (kind) {
    case Kind::list:
    case Kind::fixed_list:
    case Kind::option:
    case Kind::stream:
    case Kind::future: return 1;
    case Kind::map:
    case Kind::result: return 2;
    case Kind::record:
    case Kind::tuple:
    case Kind::variant:
    case Kind::enumeration:
    case Kind::flags: return kAny;
    default: return 0;
  }
}

Type type(Reader& in, std::size_t types) {
  Type out;
  const std::uint8_t kind = in.byte();
  if (kind > static_cast<std::uint8_t>(Kind::error_context)) {
    in.fail();
    return out;
  }
  out.kind = static_cast<Kind>(kind);
  out.name = in.text();
  out.owner = in.text();
  out.length = in.number();
  out.members = members(in, types);
  const std::size_t expected = arity(out.kind);
  if (expected != kAny && expected != out.members.size()) in.fail();
  return out;
}

std::vector<Interface> interfaces(Reader& in, std::size_t types) {
  std::vector<Interface> all(in.count(12));
  for (Interface& interface : all) {
    interface.name = in.text();
    interface.functions.resize(in.count(13));
    for (Function& function : interface.functions) {
      function.name = in.text();
      function.is_async = in.byte() != 0;
      function.params = members(in, types);
      function.result = type_id(in, types);
    }
    interface.types.resize(in.count(9));
    for (Declared& declared : interface.types) {
      declared.name = in.text();
      declared.type = type_id(in, types);
      if (declared.type == kNone) in.fail();
      declared.used = in.byte() != 0;
    }
  }
  return all;
}

}  // namespace

std::optional<Contract> decode(std::span<const std::uint8_t> bytes) {
  Reader in(bytes);
  Contract contract;
  const std::uint32_t types = in.count(17);
  contract.types.reserve(types);
  std::vector<std::size_t> nesting;
  for (std::uint32_t i = 0; i < types && in.ok(); ++i) {
    contract.types.push_back(type(in, contract.types.size()));
    if (!in.ok()) break;
    std::size_t deepest = 0;
    for (const Member& member : contract.types.back().members)
      if (member.type != kNone) deepest = std::max(deepest, nesting[member.type]);
    nesting.push_back(deepest + 1);
    if (nesting.back() > kMaxNesting) in.fail();
  }
  contract.imports = interfaces(in, contract.types.size());
  contract.exports = interfaces(in, contract.types.size());
  if (!in.ok() || !in.done()) return std::nullopt;
  return contract;
}

}  // namespace mortise::contract::detail
