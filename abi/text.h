// Names of the contract as template arguments: Field<"priority", &Metadata::priority>.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mortise::abi {

template <std::size_t N>
struct FixedString {
  std::array<char, N> data{};

  // NOLINTNEXTLINE(google-explicit-constructor): from a literal, in a template argument list
  consteval FixedString(const char (&text)[N]) {
    for (std::size_t i = 0; i < N; ++i) data[i] = text[i];
  }
  // Without the terminator.
  [[nodiscard]] constexpr std::string_view view() const { return {data.data(), N - 1}; }
};

}  // namespace mortise::abi
