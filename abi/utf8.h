// Checking UTF-8, alone and while it is copied. RFC 3629: no overlong forms, no surrogates, at
// most U+10FFFF.
//
// Most text is ASCII, so that is what runs fast: 64 bytes a step, which the compiler turns into
// vector instructions. The rest is decoded one scalar value at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mortise::abi {

// One scalar value at the start of `n` bytes: the length it takes, or 0 where they are not UTF-8.
constexpr std::size_t utf8_length(const std::uint8_t* p, std::size_t n) {
  const std::uint8_t lead = p[0];
  if (lead < 0x80) return 1;
  const auto tail = [&](std::size_t i) { return (p[i] & 0xC0) == 0x80; };
  if (lead < 0xC2) return 0;  // a tail byte, or overlong
  if (lead < 0xE0) return n >= 2 && tail(1) ? 2 : 0;
  if (lead < 0xF0) {
    if (n < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && p[1] < 0xA0) return 0;   // overlong
    if (lead == 0xED && p[1] >= 0xA0) return 0;  // a surrogate
    return 3;
  }
  if (lead > 0xF4 || n < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
  if (lead == 0xF0 && p[1] < 0x90) return 0;   // overlong
  if (lead == 0xF4 && p[1] >= 0x90) return 0;  // beyond U+10FFFF
  return 4;
}

namespace detail {

inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

// Copies a block of 64 bytes if `to` is not null. True if all of it is ASCII.
inline bool ascii_block(std::uint8_t* to, const std::uint8_t* from) {
  std::array<std::uint64_t, 8> words;
  std::memcpy(words.data(), from, sizeof words);
  if (to != nullptr) std::memcpy(to, words.data(), sizeof words);
  std::uint64_t any = 0;
  for (const std::uint64_t w : words) any |= w;
  return (any & kHighBits) == 0;
}

// The first byte that is not UTF-8, or `n`.
template <bool kCopy>
std::size_t utf8_scan(std::uint8_t* to, const std::uint8_t* from, std::size_t n) {
  std::size_t i = 0;
  while (i < n) {
    while (n - i >= 64) {
      if (!ascii_block(kCopy ? to + i : nullptr, from + i)) break;
      i += 64;
    }
    // Up to the next run of ASCII that is worth a block, or the end.
    std::size_t plain = 0;
    while (i < n && plain < 64) {
      if (n - i >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + i, sizeof word);
        if ((word & kHighBits) == 0) {
          if constexpr (kCopy) std::memcpy(to + i, &word, sizeof word);
          i += 8;
          plain += 8;
          continue;
        }
      }
      const std::size_t length = utf8_length(from + i, n - i);
      if (length == 0) return i;
      if constexpr (kCopy) std::memcpy(to + i, from + i, length);
      i += length;
      plain = length == 1 ? plain + 1 : 0;
    }
  }
  return n;
}

}  // namespace detail

// The first byte that is not UTF-8, or `n` if all of it is.
inline std::size_t check_utf8(const void* from, std::size_t n) {
  return detail::utf8_scan<false>(nullptr, static_cast<const std::uint8_t*>(from), n);
}

// The same while copying to `to`, which has room for `n` bytes. What was copied past the first bad
// byte is unspecified.
inline std::size_t copy_utf8(void* to, const void* from, std::size_t n) {
  return detail::utf8_scan<true>(static_cast<std::uint8_t*>(to),
                                 static_cast<const std::uint8_t*>(from), n);
}

// Decodes the scalar value at `p`, which is valid UTF-8, and moves past it.
constexpr char32_t decode_utf8(const std::uint8_t*& p) {
  const char32_t lead = *p++;
  if (lead < 0x80) return lead;
  const auto tail = [&p] { return static_cast<char32_t>(*p++ & 0x3F); };
  if (lead < 0xE0) {
    const char32_t a = (lead & 0x1F) << 6;
    return a | tail();
  }
  if (lead < 0xF0) {
    char32_t c = (lead & 0x0F) << 12;
    c |= tail() << 6;
    return c | tail();
  }
  char32_t c = (lead & 0x07) << 18;
  c |= tail() << 12;
  c |= tail() << 6;
  return c | tail();
}

// Writes scalar value `c` and moves past it: 1 to 4 bytes.
constexpr void encode_utf8(char32_t c, char*& to) {
  const auto put = [&to](char32_t byte) { *to++ = static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

constexpr std::size_t utf8_size(char32_t c) {
  return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

}  // namespace mortise::abi
