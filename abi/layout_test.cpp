#include <mortise/abi/layout.h>

#include <algorithm>
#include <expected>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include <mortise/abi/bool.h>
#include <mortise/abi/char.h>
#include <mortise/abi/fixed_list.h>
#include <mortise/abi/list.h>
#include <mortise/abi/map.h>
#include <mortise/abi/number.h>
#include <mortise/abi/option.h>
#include <mortise/abi/record.h>
#include <mortise/abi/result.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <tests/shapes.h>

namespace {

struct Mixed {
  bool flag = false;
  std::uint64_t wide = 0;
  std::uint16_t narrow = 0;
  std::string text;
  char32_t letter = 0;
};

}  // namespace

template <>
struct mortise::abi::Codec<Mixed>
    : RecordCodec<Mixed, "mixed", Field<"flag", &Mixed::flag>, Field<"wide", &Mixed::wide>,
                  Field<"narrow", &Mixed::narrow>, Field<"text", &Mixed::text>,
                  Field<"letter", &Mixed::letter>> {};

namespace mortise::abi {
namespace {

// ---- The spec's own functions, from the description of a type and at run time ----

std::uint32_t up(std::uint32_t at, std::uint32_t align) { return (at + align - 1) / align * align; }

Layout spec(const Type& type);

// Canonical ABI: alignment_record, elem_size_record, flatten_record.
Layout spec_record(const Type& type) {
  std::uint32_t size = 0;
  std::uint32_t align = 1;
  std::uint32_t flat = 0;
  for (const Member& field : type.members) {
    const Layout layout = spec(*field.type);
    size = up(size, layout.align) + layout.size;
    align = std::max(align, layout.align);
    flat += layout.flat;
  }
  return {.size = up(size, align), .align = align, .flat = flat};
}

// Canonical ABI: alignment_variant, elem_size_variant, flatten_variant, discriminant_type.
Layout spec_variant(const Type& type) {
  const std::uint32_t discriminant = type.members.size() > 256 ? 2 : 1;
  std::uint32_t size = 0;
  std::uint32_t align = discriminant;
  std::uint32_t flat = 0;
  for (const Member& member : type.members) {
    if (member.type == nullptr) continue;
    const Layout layout = spec(*member.type);
    size = std::max(size, layout.size);
    align = std::max(align, layout.align);
    flat = std::max(flat, layout.flat);
  }
  return {.size = up(up(discriminant, align) + size, align), .align = align, .flat = 1 + flat};
}

// Canonical ABI: alignment_flags, elem_size_flags.
Layout spec_flags(const Type& type) {
  if (type.members.size() <= 8) return {1, 1, 1};
  if (type.members.size() <= 16) return {2, 2, 1};
  return {4, 4, 1};
}

// Canonical ABI: alignment_list, elem_size_list, flatten_list, with a length.
Layout spec_fixed_list(const Type& type) {
  const Layout element = spec(*type.members[0].type);
  return {.size = type.length * element.size,
          .align = element.align,
          .flat = type.length * element.flat};
}

Layout spec(const Type& type) {
  switch (type.kind) {
    case Kind::boolean:
    case Kind::s8:
    case Kind::u8: return {1, 1, 1};
    case Kind::s16:
    case Kind::u16: return {2, 2, 1};
    case Kind::s32:
    case Kind::u32:
    case Kind::f32:
    case Kind::character: return {4, 4, 1};
    case Kind::s64:
    case Kind::u64:
    case Kind::f64: return {8, 8, 1};
    case Kind::string:
    case Kind::list:
    case Kind::map: return {8, 4, 2};
    case Kind::fixed_list: return spec_fixed_list(type);
    case Kind::record:
    case Kind::tuple: return spec_record(type);
    case Kind::variant:
    case Kind::enumeration:
    case Kind::option:
    case Kind::result: return spec_variant(type);
    case Kind::flags: return spec_flags(type);
    default: ADD_FAILURE() << "a kind that this test does not know"; return {};
  }
}

template <class... Ts>
void expect_as_the_spec_says() {
  const auto one = []<class T>(const T*, int number) {
    const Layout want = spec(Codec<T>::type);
    const Layout have = Codec<T>::layout;
    EXPECT_TRUE(have == want) << "type " << number << ": size " << have.size << ", align "
                              << have.align << ", flat " << have.flat << "; the spec says "
                              << want.size << ", " << want.align << ", " << want.flat;
  };
  int number = 0;
  (one(static_cast<const Ts*>(nullptr), number++), ...);
}

using testing::Level;
using testing::Permissions;
using testing::Shape;
using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U64 = std::uint64_t;
using Text = std::string;
template <class T, class E>
using Answer = std::expected<T, E>;
template <class T>
using Maybe = std::optional<T>;
using None = std::monostate;

TEST(Layout, OfTuplesAndRecordsIsTheSpecs) {
  expect_as_the_spec_says<std::tuple<U8>, std::tuple<U8, U16>, std::tuple<U16, U8>,
                          std::tuple<U8, U64, U8>, std::tuple<U8, Text, U8>, Mixed,
                          std::tuple<U8, Mixed, U8>, std::tuple<U8, std::tuple<U8, U16>, U8>,
                          std::tuple<bool, char32_t, float, double, std::vector<U64>>>();
}

TEST(Layout, OfOptionsAndResultsIsTheSpecs) {
  expect_as_the_spec_says<
      Maybe<U8>, Maybe<U16>, Maybe<U64>, Maybe<Text>, Maybe<Maybe<U8>>, Maybe<Maybe<U64>>,
      Answer<void, None>, Answer<U8, None>, Answer<void, U64>, Answer<Text, U64>, Answer<U64, Text>,
      Answer<Maybe<U8>, U16>, Answer<Mixed, Text>, Answer<std::tuple<float, float, float>, U64>,
      Answer<Answer<U8, U64>, Maybe<Text>>>();
}

TEST(Layout, OfVariantsEnumsAndFlagsIsTheSpecs) {
  expect_as_the_spec_says<Shape, Level, Permissions, std::tuple<U8, Shape, U8>,
                          std::tuple<Level, U16, Level>, std::tuple<Permissions, U64>, Maybe<Shape>,
                          Maybe<Level>, Answer<Shape, Level>,
                          Answer<Permissions, std::vector<Shape>>>();
}

TEST(Layout, OfFixedListsAndMapsIsTheSpecs) {
  expect_as_the_spec_says<std::array<U8, 5>, std::tuple<U8, std::array<U16, 3>, U8>,
                          std::array<Shape, 2>, std::array<std::array<U64, 2>, 3>,
                          Maybe<std::array<U16, 3>>, std::vector<std::pair<Text, U64>>,
                          std::tuple<U8, std::vector<std::pair<U8, Shape>>>>();
}

TEST(Layout, OfNestedTypesIsTheSpecs) {
  expect_as_the_spec_says<
      std::tuple<Maybe<U8>, U16, Maybe<U64>, U8>, Maybe<std::tuple<U8, Maybe<U64>>>,
      std::vector<std::tuple<Text, Maybe<std::vector<U16>>>>,
      Answer<std::tuple<char32_t, double>, Text>,
      std::tuple<Text, Maybe<std::vector<U16>>, Answer<std::tuple<char32_t, double>, Text>>>();
}

// The spec's numbers for the types that its text takes as examples are beside each codec's test;
// these are some that a mistake would move.
static_assert(Codec<Mixed>::layout == Layout{.size = 32, .align = 8, .flat = 6});
static_assert(Codec<std::tuple<U8, U64, U8>>::layout == Layout{.size = 24, .align = 8, .flat = 3});
static_assert(Codec<Maybe<U64>>::layout == Layout{.size = 16, .align = 8, .flat = 2});
static_assert(Codec<Answer<Text, U64>>::layout == Layout{.size = 16, .align = 8, .flat = 3});

// Of more cases than any type of a test has.
static_assert(discriminant_size(0x100) == 1 && discriminant_size(0x101) == 2);
static_assert(discriminant_size(0x10000) == 2 && discriminant_size(0x10001) == 4);
static_assert(variant_of(std::array<Layout, 0x10001>{}) ==
              Layout{.size = 4, .align = 4, .flat = 1});
static_assert(variant_of([] {
                std::array<Layout, 0x101> payloads{};
                payloads[0x100] = {.size = 5, .align = 1, .flat = 2};
                return payloads;
              }()) == Layout{.size = 8, .align = 2, .flat = 3});
static_assert(payload_offset({.size = 8, .align = 4, .flat = 2}, 0x10001) == 4);
static_assert(payload_offset({.size = 4, .align = 2, .flat = 2}, 0x101) == 2);

TEST(Layout, AlignsToThePowerOfTwo) {
  EXPECT_EQ(align_to(0, 8), 0u);
  EXPECT_EQ(align_to(1, 8), 8u);
  EXPECT_EQ(align_to(8, 8), 8u);
  EXPECT_EQ(align_to(9, 4), 12u);
  EXPECT_EQ(align_to(7, 1), 7u);
}

}  // namespace
}  // namespace mortise::abi
