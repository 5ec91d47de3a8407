// The other two string encodings of the canonical ABI, to and from UTF-8: UTF-16, and Latin-1
// where every character fits in a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <mortise/abi/context.h>
#include <mortise/abi/utf8.h>

namespace mortise::abi {

// Set in the length of a latin1+utf16 string that is UTF-16. Canonical ABI: UTF16_TAG.
inline constexpr std::uint32_t kUtf16Tag = std::uint32_t{1} << 31;

// What a valid UTF-8 text needs in the other encodings.
struct Utf16Measure {
  std::uint64_t units = 0;  // UTF-16 code units
  bool latin1 = true;       // every character is at most U+00FF, so `units` bytes do
};

inline Utf16Measure measure_utf16(std::string_view text) {
  Utf16Measure measure;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xC0) == 0x80) continue;  // counted with its lead byte
    measure.units += byte >= 0xF0 ? 2 : 1;
    measure.latin1 &= byte < 0xC4;  // C3 BF is U+00FF
  }
  return measure;
}

// Writes valid UTF-8 as UTF-16, or as Latin-1 where `measure_utf16` said that it fits.
inline void write_utf16(std::byte* to, std::string_view text) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());  // bytes as bytes
  const auto* const end = p + text.size();
  const auto put = [&to](char32_t unit) {
    const auto u = static_cast<std::uint16_t>(unit);
    std::memcpy(to, &u, sizeof u);
    to += sizeof u;
  };
  while (p != end) {
    const char32_t c = decode_utf8(p);
    if (c < 0x10000) {
      put(c);
    } else {
      put(0xD800 + ((c - 0x10000) >> 10));
      put(0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
}

inline void write_latin1(std::byte* to, std::string_view text) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());  // bytes as bytes
  const auto* const end = p + text.size();
  while (p != end) *to++ = static_cast<std::byte>(decode_utf8(p));
}

// Calls `each` with every scalar value of `units` code units. Returns the first unit that is
// half of no pair, or `units`.
template <class Each>
std::size_t decode_utf16(const std::byte* from, std::size_t units, Each&& each) {
  for (std::size_t i = 0; i < units; ++i) {
    const char32_t unit = read<std::uint16_t>(from + 2 * i);
    if (unit < 0xD800 || unit > 0xDFFF) {
      each(unit);
      continue;
    }
    if (unit > 0xDBFF || i + 1 == units) return i;
    const char32_t low = read<std::uint16_t>(from + 2 * (i + 1));
    if (low < 0xDC00 || low > 0xDFFF) return i;
    each(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
    ++i;
  }
  return units;
}

}  // namespace mortise::abi
