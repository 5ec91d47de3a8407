// What a C++ type is called in WIT: the description that each Codec carries, from which the
// contract that a host expects is built.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mortise::abi {

// The kinds of WIT types. The numbers are written by engine/src/contract.rs too.
enum class Kind : std::uint8_t {
  boolean,
  s8,
  u8,
  s16,
  u16,
  s32,
  u32,
  s64,
  u64,
  f32,
  f64,
  character,
  string,
  list,
  fixed_list,
  map,
  record,
  tuple,
  variant,
  enumeration,
  flags,
  option,
  result,
  own,
  borrow,
  stream,
  future,
  error_context,
};

struct Type;
struct Resource;  // resource.h

// A field, a case, or a nameless part such as the element of a list.
struct Member {
  std::string_view name;
  const Type* type;  // null: a case without a payload
};

// Lives as long as the program; members are in the order of the contract.
struct Type {
  Kind kind;
  std::string_view name;  // as in WIT; empty for types that have none
  std::span<const Member> members;
  std::uint32_t length = 0;            // of a list of fixed length
  const Resource* resource = nullptr;  // of a handle
};

}  // namespace mortise::abi
