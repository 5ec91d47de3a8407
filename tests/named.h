// A record with text in it, owned and borrowed, for tests of what crosses a call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <mortise/mortise.h>

namespace mortise::testing {

struct Named {
  std::uint8_t tag = 0;
  std::string name;
};
struct NamedRef {
  std::uint8_t tag = 0;
  std::string_view name;
};

}  // namespace mortise::testing

template <>
struct mortise::abi::Codec<mortise::testing::Named>
    : RecordCodec<testing::Named, "named", Field<"tag", &testing::Named::tag>,
                  Field<"name", &testing::Named::name>> {};
template <>
struct mortise::abi::Codec<mortise::testing::NamedRef>
    : RecordCodec<testing::NamedRef, "named", Field<"tag", &testing::NamedRef::tag>,
                  Field<"name", &testing::NamedRef::name>> {};
template <>
struct mortise::abi::Viewed<mortise::testing::Named> {
  using type = testing::NamedRef;
};
