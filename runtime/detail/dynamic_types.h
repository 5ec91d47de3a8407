// What lowering and lifting of Values share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <mortise/contract/model.h>
#include <mortise/runtime/detail/dynamic_world.h>

namespace mortise::detail::dynamic {

using contract::Kind;
using contract::kNone;
using contract::Member;
using contract::TypeId;

// The object behind a handle of the host's: HostState keeps or lends it.
struct HostNumber {
  std::uint32_t number;
  const DynamicResource* of;
};

// ---- The cases of variants, enums, options and results ----

inline TypeId payload_of(const contract::Type& type, std::size_t which) {
  if (type.kind == Kind::option) return which == 0 ? kNone : type.members[0].type;
  return type.members[which].type;
}
inline std::size_t case_count(const contract::Type& type) {
  return type.kind == Kind::option ? 2 : type.members.size();
}
inline std::string_view case_name(const contract::Type& type, std::size_t which) {
  if (type.kind == Kind::option) return which == 0 ? "none" : "some";
  if (type.kind == Kind::result) return which == 0 ? "ok" : "error";
  return type.members[which].name;
}
inline std::size_t place_of(const contract::Type& type, std::string_view name) {
  const auto found = std::ranges::find(type.members, name, &Member::name);
  return static_cast<std::size_t>(found - type.members.begin());
}

}  // namespace mortise::detail::dynamic
