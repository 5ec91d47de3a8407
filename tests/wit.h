// Types and contracts of WIT, written as expressions, for the tests of contract/.
//
//   const Contract c = exporting("a:b/c", {{"f", {{"x", list(plain(Kind::u8))}}, kNothing}});
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mortise/contract/model.h>

namespace mortise::testing::wit {

using contract::Contract;
using contract::Kind;
using contract::TypeId;

struct Part;

struct Type {
  // After the parts are known: a vector of them does more than clang allows before.
  explicit Type(Kind kind_of_type, std::string name_of_type = "");

  Kind kind;
  std::string name;
  std::vector<Part> parts;
  std::uint32_t length = 0;
  std::string owner{};  // of a handle
};

// A field, a case, a parameter, or a nameless part. No type: a case without a payload.
struct Part {
  std::string name;
  std::optional<Type> type;
};

inline Type::Type(Kind kind_of_type, std::string name_of_type)
    : kind(kind_of_type), name(std::move(name_of_type)) {}

inline constexpr std::nullopt_t kNothing = std::nullopt;

inline Type plain(Kind kind) { return Type(kind); }
inline Type u8() { return plain(Kind::u8); }
inline Type u16() { return plain(Kind::u16); }
inline Type u32() { return plain(Kind::u32); }
inline Type s64() { return plain(Kind::s64); }
inline Type u64() { return plain(Kind::u64); }
inline Type f32() { return plain(Kind::f32); }
inline Type f64() { return plain(Kind::f64); }
inline Type character() { return plain(Kind::character); }
inline Type string() { return plain(Kind::string); }
inline Type named(Kind kind, std::string name, std::vector<Part> parts = {}) {
  Type out(kind, std::move(name));
  out.parts = std::move(parts);
  return out;
}
inline Type of(Kind kind, const std::vector<std::optional<Type>>& types) {
  Type out(kind);
  for (const std::optional<Type>& type : types) out.parts.push_back({.name = "", .type = type});
  return out;
}
inline Type list(const Type& element) { return of(Kind::list, {element}); }
inline Type option(const Type& value) { return of(Kind::option, {value}); }
inline Type tuple(const std::vector<std::optional<Type>>& types) { return of(Kind::tuple, types); }
inline Type result(const std::optional<Type>& ok, const std::optional<Type>& error) {
  return of(Kind::result, {ok, error});
}
inline Type fixed_list(const Type& element, std::uint32_t length) {
  Type out = of(Kind::fixed_list, {element});
  out.length = length;
  return out;
}
inline Type record(std::string name, std::vector<Part> fields) {
  return named(Kind::record, std::move(name), std::move(fields));
}

// Adds a type to a contract, behind those that it is made of.
inline TypeId add(Contract& contract, const std::optional<Type>& type) {
  if (!type) return contract::kNone;
  contract::Type out{
      .kind = type->kind, .name = type->name, .owner = type->owner, .length = type->length};
  for (const Part& part : type->parts)
    out.members.push_back({.name = part.name, .type = add(contract, part.type)});
  contract.types.push_back(std::move(out));
  return static_cast<TypeId>(contract.types.size() - 1);
}

struct Function {
  std::string name;
  std::vector<Part> params{};
  std::optional<Type> result{};
  bool is_async = false;
};

// Adds an interface to the imports or exports of a contract; without a name, functions of the world
// itself.
inline contract::Interface& add_interface(Contract& contract,
                                          std::vector<contract::Interface>& interfaces,
                                          std::string name,
                                          const std::vector<Function>& functions) {
  contract::Interface interface{.name = std::move(name)};
  for (const Function& function : functions) {
    contract::Function out{.name = function.name, .is_async = function.is_async};
    for (const Part& param : function.params)
      out.params.push_back({.name = param.name, .type = add(contract, param.type)});
    out.result = add(contract, function.result);
    interface.functions.push_back(std::move(out));
  }
  interfaces.push_back(std::move(interface));
  return interfaces.back();
}
inline contract::Interface& add_export(Contract& contract, std::string name,
                                       const std::vector<Function>& functions) {
  return add_interface(contract, contract.exports, std::move(name), functions);
}
inline contract::Interface& add_import(Contract& contract, std::string name,
                                       const std::vector<Function>& functions) {
  return add_interface(contract, contract.imports, std::move(name), functions);
}

inline Contract exporting(std::string name, const std::vector<Function>& functions) {
  Contract contract;
  add_export(contract, std::move(name), functions);
  return contract;
}

}  // namespace mortise::testing::wit
