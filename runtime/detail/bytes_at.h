// Fields of the files that this library writes, and of what the helper says, at fixed places, as
// this machine lays them out. That there are so many bytes is for the caller to know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace mortise::detail {

template <class T>
T number(std::span<const std::uint8_t> file, std::size_t at) {
  T value{};
  std::memcpy(&value, file.data() + at, sizeof value);
  return value;
}
template <class T>
void put(std::span<std::uint8_t> file, std::size_t at, const T& value) {
  std::memcpy(file.data() + at, &value, sizeof value);
}

}  // namespace mortise::detail
