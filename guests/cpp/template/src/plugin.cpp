// The plugin: what it exports, as bindings/plugin_world_cpp.h declares it. Arguments are its own.
#include "plugin_world_cpp.h"

#include <algorithm>
#include <array>

namespace exports::techbytes::plugins::processor {
namespace {

// The letters of ASCII; all others stay as they are. Compilers make SIMD of it.
constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Made in the memory that the host gets, without a copy.
wit::string processed(std::string_view input, const Metadata& meta) {
  const std::array<std::string_view, 5> head{
      "[Processed by ", meta.name, " v", meta.version, "]: "};
  std::size_t size = input.size();
  for (std::string_view part : head) size += part.size();
  char* text = wit::allocate<char>(size);
  char* end = text;
  for (std::string_view part : head) end = std::ranges::copy(part, end).out;
  std::ranges::transform(input, end, upper);
  return {text, size};
}

}  // namespace

std::expected<wit::string, wit::string> ProcessData(wit::string input, Metadata meta) {
  if (input.empty()) return std::unexpected(wit::string::from_view("Input cannot be empty"));
  return processed(input, meta);
}

}  // namespace exports::techbytes::plugins::processor
