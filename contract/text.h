// Text for messages: putting parts together, and showing what strangers wrote.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mortise {

namespace detail {
inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, char part) { out += part; }
template <std::integral T>
void append(std::string& out, T part) {
  char digits[24];  // NOLINT(modernize-avoid-c-arrays): to_chars writes to one
  const auto end = std::to_chars(std::begin(digits), std::end(digits), part).ptr;
  out.append(std::begin(digits), end);
}
}  // namespace detail

// concat("asked for ", 17, " bytes")
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

// Text that came from a guest or a file, safe to print: control characters, characters that
// change the direction of writing, and bytes that are not UTF-8 become \u{..} and \x...; more
// than `most` bytes are cut, and the cut is shown.
std::string escape(std::string_view text, std::size_t most = 2000);

// The same for text of several lines that our own tools laid out, such as a parser's excerpt: the
// ends of lines stay.
std::string escape_lines(std::string_view text);

// 67108864 -> "64 MiB", 1500 -> "1500 bytes": exact, in the largest unit that allows it.
std::string bytes_text(std::uint64_t bytes);

// The names nearest to `name`, at most `most` of them, those with fewer edits first, then by name.
std::vector<std::string_view> near_names(std::string_view name,
                                         std::vector<std::string_view> candidates,
                                         std::size_t most);

}  // namespace mortise
