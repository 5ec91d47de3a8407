// How a type lies in guest memory.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace mortise::abi {

// Bytes and alignment in linear memory, and the number of core values that the type flattens to.
struct Layout {
  std::uint32_t size;
  std::uint32_t align;
  std::uint32_t flat;

  friend constexpr bool operator==(const Layout&, const Layout&) = default;
};

// Canonical ABI: align_to. `align` is a power of two.
constexpr std::uint32_t align_to(std::uint32_t at, std::uint32_t align) {
  return (at + align - 1) & ~(align - 1);
}

// Canonical ABI: elem_size_record, alignment_record. Appends one field to a record.
constexpr Layout followed_by(Layout record, Layout field) {
  return {.size = align_to(record.size, field.align) + field.size,
          .align = record.align > field.align ? record.align : field.align,
          .flat = record.flat + field.flat};
}

// A record with its tail padding.
constexpr Layout closed(Layout record) {
  return {.size = align_to(record.size, record.align), .align = record.align, .flat = record.flat};
}

inline constexpr Layout kEmpty{.size = 0, .align = 1, .flat = 0};

// The size of a discriminant. Canonical ABI: discriminant_type.
constexpr std::uint32_t discriminant_size(std::size_t cases) {
  if (cases <= 0x100) return 1;
  return cases <= 0x10000 ? 2 : 4;
}

// A variant with these payloads: a discriminant, then the largest of them. kEmpty: a case without
// a payload. Canonical ABI: elem_size_variant, alignment_variant, flatten_variant.
template <std::size_t N>
constexpr Layout variant_of(const std::array<Layout, N>& payloads) {
  Layout most{.size = 0, .align = discriminant_size(N), .flat = 0};
  for (const Layout& payload : payloads) {
    most.size = std::max(most.size, payload.size);
    most.align = std::max(most.align, payload.align);
    most.flat = std::max(most.flat, payload.flat);
  }
  const std::uint32_t payload_at = align_to(discriminant_size(N), most.align);
  return closed({.size = payload_at + most.size, .align = most.align, .flat = 1 + most.flat});
}

// Where the payload of a variant begins.
constexpr std::uint32_t payload_offset(Layout variant, std::size_t cases) {
  return align_to(discriminant_size(cases), variant.align);
}

static_assert(closed(followed_by(followed_by(kEmpty, {1, 1, 1}), {4, 4, 1})) == Layout{8, 4, 2});
static_assert(variant_of<2>({kEmpty, {1, 1, 1}}) == Layout{2, 1, 2});
static_assert(variant_of<2>({{{8, 4, 2}, {8, 8, 1}}}) == Layout{16, 8, 3});

}  // namespace mortise::abi
