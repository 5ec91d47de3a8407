// Types by their numbers, for targets whose types are no C++ types.
#pragma once

#include <algorithm>
#include <cstddef>

#include <mortise/contract/model.h>
#include <tests/random_values.h>

namespace mortise::fuzz {

// So many have every kind of type in them.
inline constexpr std::size_t kTypes = 512;

// A function with two parameters of types that random_values.h makes of a number.
struct Subject {
  explicit Subject(std::size_t number) {
    testing::RandomValues random(number);
    const int levels = static_cast<int>(1 + number % 6);
    for (const char* name : {"first", "second"})
      function.params.push_back({.name = name, .type = random.type(contract, levels)});
    function.name = "f";
  }

  contract::Contract contract{};
  contract::Function function{};
};

// Whether there is a type of each kind that has values.
inline bool types_have_every_kind() {
  for (std::size_t kind = 0; kind <= static_cast<std::size_t>(contract::Kind::borrow); ++kind) {
    bool found = false;
    for (std::size_t number = 0; number < kTypes && !found; ++number)
      found = std::ranges::any_of(Subject(number).contract.types, [&](const auto& type) {
        return type.kind == static_cast<contract::Kind>(kind);
      });
    if (!found) return false;
  }
  return true;
}

}  // namespace mortise::fuzz
