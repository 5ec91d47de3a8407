// One model of contracts: what a component imports and exports, or what a host expects of it.
//
// Built from a component (detail/decode.h), or from the bindings of a world
// (runtime/detail/expected.h). Plain values: copy them, compare them with compare.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/abi/type.h>

namespace mortise::contract {

using abi::Kind;

// Index into Contract::types.
using TypeId = std::uint32_t;
inline constexpr TypeId kNone = std::numeric_limits<TypeId>::max();

// A field, case, parameter or nameless part.
struct Member {
  std::string name;
  TypeId type = kNone;  // kNone: a case without a payload
};

struct Type {
  Kind kind{};
  std::string name;               // empty where unknown, or where the kind has none
  std::string owner{};            // of a handle, where its resource is: "import acme:shop/store"
  std::uint32_t length = 0;       // of a list of fixed length
  std::vector<Member> members{};  // of a result: ok, error
};

struct Function {
  std::string name;
  bool is_async = false;
  std::vector<Member> params{};
  TypeId result = kNone;
};

// A type that an interface gives a name, by which others link to it. A resource is an own handle.
struct Declared {
  std::string name;
  TypeId type = kNone;
  bool used = true;  // false: no function speaks of it, and a plugin that imports it need not
};

// The functions of one interface; without a name, those of the world itself.
struct Interface {
  std::string name;  // as in "techbytes:plugins/processor"
  std::vector<Function> functions{};
  std::vector<Declared> types{};  // none where nobody asked for them
};

// Types refer to types that stand before them, and what was read is nested at most kMaxNesting
// deep: recursion over types needs no other bound.
inline constexpr std::size_t kMaxNesting = 100;
struct Contract {
  std::vector<Type> types{};
  std::vector<Interface> imports{};
  std::vector<Interface> exports{};
};

// Null: there is none of that name.
const Interface* find(const std::vector<Interface>&, std::string_view name);
const Function* find(const Interface&, std::string_view name);

// A type as WIT writes it where it is used: "u32", "list<string>", "record `metadata`".
std::string describe(const Contract&, TypeId);

}  // namespace mortise::contract
