// Checking UTF-8, alone and while it is copied. RFC 3629: no overlong forms, no surrogates, at
// most U+10FFFF.
//
// Most text is ASCII, so that is what runs fast: in blocks, which the compiler turns into vector
// instructions. The rest is decoded one scalar value at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

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

// What follows works on the bytes from `at` to `end` of a text, and copies them from `from` to the
// same place in `to` if kCopy.

// A vector on every machine, and a larger one that is two of them where the processor has no such.
using Block16 [[gnu::vector_size(16)]] = std::uint64_t;
using Block32 [[gnu::vector_size(32)]] = std::uint64_t;

// One block. Its bits are added to `seen`.
template <bool kCopy, class Block>
[[gnu::always_inline]] inline void take(Block& seen, std::uint8_t* to, const std::uint8_t* from,
                                        std::size_t at) {
  Block block;
  std::memcpy(&block, from + at, sizeof block);
  if constexpr (kCopy) std::memcpy(to + at, &block, sizeof block);
  seen |= block;
}

// Whether all bytes seen are ASCII.
template <class Block>
[[gnu::always_inline]] inline bool ascii(const Block& seen) {
  std::uint64_t any = 0;
  if constexpr (std::is_integral_v<Block>) {
    any = seen;
  } else {
    for (std::size_t i = 0; i < sizeof seen / sizeof any; ++i) any |= seen[i];
  }
  return (any & 0x8080808080808080) == 0;
}

// Up to 64 bytes, in blocks of which the last overlaps the one before: byte by byte, the end of a
// short text would cost more than the rest. Copies all of it, ASCII or not.
template <bool kCopy>
[[gnu::hot]] bool ascii_short(std::uint8_t* to, const std::uint8_t* from, std::size_t at,
                              std::size_t end) {
  const std::size_t n = end - at;
  if (n >= 16) {
    Block16 seen{};
    for (; end - at > 16; at += 16) take<kCopy>(seen, to, from, at);
    take<kCopy>(seen, to, from, end - 16);
    return ascii(seen);
  }
  const auto both_ends = [&]<class Block>(Block seen) {
    take<kCopy>(seen, to, from, at);
    take<kCopy>(seen, to, from, end - sizeof(Block));
    return ascii(seen);
  };
  if (n >= 8) return both_ends(std::uint64_t{});
  if (n >= 4) return both_ends(std::uint32_t{});
  if (n >= 2) return both_ends(std::uint16_t{});
  return n == 0 || both_ends(std::uint8_t{});
}

// Step by step, to the first step that is not all ASCII, or is more than what is left.
template <bool kCopy, class Block, std::size_t... I>
[[gnu::always_inline]] inline std::size_t ascii_steps(std::uint8_t* to, const std::uint8_t* from,
                                                      std::size_t at, std::size_t end,
                                                      std::index_sequence<I...>) {
  constexpr std::size_t kStep = sizeof...(I) * sizeof(Block);
  for (; end - at >= kStep; at += kStep) {
    Block seen{};
    (take<kCopy>(seen, to, from, at + I * sizeof(Block)), ...);
    if (!ascii(seen)) break;
  }
  return at;
}

// As fast as memcpy, which is half again as fast as with the vectors that every x86-64 has.
#if defined(__x86_64__)
template <bool kCopy>
[[gnu::target("avx2")]] std::size_t ascii_avx2(std::uint8_t* to, const std::uint8_t* from,
                                               std::size_t end) {
  return ascii_steps<kCopy, Block32>(to, from, 0, end, std::make_index_sequence<8>{});
}
inline bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
#else
template <bool kCopy>
std::size_t ascii_avx2(std::uint8_t*, const std::uint8_t*, std::size_t) {
  return 0;
}
inline bool has_avx2() { return false; }
#endif

struct Utf8Part {
  std::size_t end;
  bool valid;
};

// One scalar value after the other, up to the next run of ASCII that is worth a step, the end, or
// what is not UTF-8. Copies nothing.
[[gnu::noinline]] inline Utf8Part utf8_part(const std::uint8_t* from, std::size_t at,
                                            std::size_t end) {
  std::size_t plain = 0;
  while (at < end && plain < 64) {
    std::uint64_t word = 0;
    if (end - at >= 8) {
      take<false>(word, nullptr, from, at);
      if (ascii(word)) {
        at += 8;
        plain += 8;
        continue;
      }
    }
    const std::size_t length = utf8_length(from + at, end - at);
    if (length == 0) return {at, false};
    at += length;
    plain = length == 1 ? plain + 1 : 0;
  }
  return {at, true};
}

// The same as utf8_scan.
template <bool kCopy>
[[gnu::noinline]] std::size_t utf8_long(std::uint8_t* to, const std::uint8_t* from, std::size_t n) {
  std::size_t at = n >= 512 && has_avx2() ? ascii_avx2<kCopy>(to, from, n) : 0;
  while (true) {
    at = ascii_steps<kCopy, Block16>(to, from, at, n, std::make_index_sequence<4>{});
    if (n - at <= 64) break;
    const Utf8Part part = utf8_part(from, at, n);
    if constexpr (kCopy) std::memcpy(to + at, from + at, part.end - at);
    at = part.end;
    if (!part.valid) return at;
  }
  return ascii_short<kCopy>(to, from, at, n) ? n : utf8_part(from, at, n).end;
}

// The first byte that is not UTF-8, or `n`.
template <bool kCopy>
std::size_t utf8_scan(std::uint8_t* to, const std::uint8_t* from, std::size_t n) {
  if (n > 64) return utf8_long<kCopy>(to, from, n);
  return ascii_short<kCopy>(to, from, 0, n) ? n : utf8_part(from, 0, n).end;
}

}  // namespace detail

// The first byte that is not UTF-8, or `n` if all of it is.
inline std::size_t check_utf8(const void* from, std::size_t n) {
  return detail::utf8_scan<false>(nullptr, static_cast<const std::uint8_t*>(from), n);
}

// The same while copying to `to`, which has room for `n` bytes. What was copied
// past the first bad byte is unspecified.
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
