// A variant, an enum and flags for tests, in the form of generated code.
//
//   variant shape { circle(f32), none, named(string) }
//   enum level { debug, info, error }
//   flags permissions { read, write, exec }
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <mortise/abi/enum.h>
#include <mortise/abi/flags.h>
#include <mortise/abi/number.h>
#include <mortise/abi/string.h>
#include <mortise/abi/variant.h>

namespace mortise::testing {

struct ShapeRefCases {
  struct Circle {
    float value = 0;
    friend bool operator==(const Circle&, const Circle&) = default;
  };
  struct None {
    friend bool operator==(const None&, const None&) = default;
  };
  struct Named {
    std::string_view value;
    friend bool operator==(const Named&, const Named&) = default;
  };
};

// Cases that have nothing to borrow are those of the borrowed form.
struct ShapeCases {
  using Circle = ShapeRefCases::Circle;
  using None = ShapeRefCases::None;
  struct Named {
    std::string value;
    friend bool operator==(const Named&, const Named&) = default;
  };
};

// variant shape, borrowed: as a parameter, and viewed in a result.
struct ShapeRef : ShapeRefCases,
                  std::variant<ShapeRefCases::Circle, ShapeRefCases::None, ShapeRefCases::Named> {
  using variant::variant;
};

// variant shape
struct Shape : ShapeCases, std::variant<ShapeCases::Circle, ShapeCases::None, ShapeCases::Named> {
  using variant::variant;
  operator ShapeRef() const { return abi::same_case<ShapeRef>(*this); }  // NOLINT: borrowing
};

enum class Level : std::uint8_t { debug, info, error };

class Permissions : public Flags<Permissions, 3> {
 public:
  using Flags::Flags;
  static const Permissions read, write, exec;
};
inline constexpr Permissions Permissions::read{0x1};
inline constexpr Permissions Permissions::write{0x2};
inline constexpr Permissions Permissions::exec{0x4};

// An exception leaves it without a value.
inline Shape valueless() {
  struct Refuses {
    operator Shape::Named() const { throw 1; }  // NOLINT: the exception itself does not matter
  };
  Shape shape;
  try {
    shape.emplace<Shape::Named>(Refuses());
  } catch (int) {
    return shape;
  }
  return shape;
}

// "c007": a name for each number, for types with many of them.
consteval abi::FixedString<5> numbered(std::size_t i) {
  const auto digit = [](std::size_t n) { return static_cast<char>('0' + n % 10); };
  const char name[5] = {'c', digit(i / 100), digit(i / 10), digit(i), '\0'};  // NOLINT: as it takes
  return name;
}

}  // namespace mortise::testing

template <>
struct mortise::abi::Codec<mortise::testing::Shape>
    : VariantCodec<testing::Shape, "shape", Case<"circle", testing::Shape::Circle>,
                   Case<"none", testing::Shape::None>, Case<"named", testing::Shape::Named>> {};
template <>
struct mortise::abi::Codec<mortise::testing::ShapeRef>
    : VariantCodec<testing::ShapeRef, "shape", Case<"circle", testing::ShapeRef::Circle>,
                   Case<"none", testing::ShapeRef::None>, Case<"named", testing::ShapeRef::Named>> {
};
template <>
struct mortise::abi::Viewed<mortise::testing::Shape> {
  using type = testing::ShapeRef;
};
template <>
struct mortise::abi::Codec<mortise::testing::Level>
    : EnumCodec<testing::Level, "level", "debug", "info", "error"> {};
template <>
struct mortise::abi::Codec<mortise::testing::Permissions>
    : FlagsCodec<testing::Permissions, "permissions", "read", "write", "exec"> {};
