// How a type lies in guest memory.
#pragma once

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

// A variant of at most 256 cases, whose discriminant is one byte (Canonical ABI:
// elem_size_variant), with the largest layout of its payloads.
constexpr Layout variant_of(Layout a, Layout b) {
  const std::uint32_t align = a.align > b.align ? a.align : b.align;
  const std::uint32_t payload = a.size > b.size ? a.size : b.size;
  return {.size = align_to(align_to(1, align) + payload, align),
          .align = align,
          .flat = 1 + (a.flat > b.flat ? a.flat : b.flat)};
}

// Where the payload of such a variant begins.
constexpr std::uint32_t payload_offset(Layout variant) { return align_to(1, variant.align); }

static_assert(closed(followed_by(followed_by(kEmpty, {1, 1, 1}), {4, 4, 1})) == Layout{8, 4, 2});
static_assert(variant_of(kEmpty, {1, 1, 1}) == Layout{2, 1, 2});
static_assert(variant_of({8, 4, 2}, {8, 8, 1}) == Layout{16, 8, 3});

}  // namespace mortise::abi
