// Values of any type of WIT, for programs that learn of types while they run.
//
//   Value meta = Value::record({{"name", "x"}, {"priority", Value::u32(1)}});
//   if (const Value* priority = meta.find("priority"))
//     if (const auto* number = priority->get<std::uint32_t>()) use(*number);
//
// A value knows of what kind it is, and not its type: check() says whether it fits one. wave.h and
// json.h write and read values as text. Copies copy all of a value; copying, comparing and
// destroying one recurse as deep as it is.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <mortise/contract/model.h>

namespace mortise {

class Value;

// A value or none, as in std::optional, within the value that it belongs to.
class Payload {
 public:
  Payload();  // none
  explicit Payload(Value);
  Payload(const Payload&);
  Payload(Payload&&) noexcept;
  Payload& operator=(Payload) noexcept;
  ~Payload();

  explicit operator bool() const { return value_ != nullptr; }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return value_.get(); }
  // Null: none.
  [[nodiscard]] const Value* get() const { return value_.get(); }

 private:
  std::unique_ptr<Value> value_;
};

namespace detail {
template <class T, class... Us>
concept OneOf = (std::same_as<T, Us> || ...);
}  // namespace detail

// C++'s types that a value is made of as they are.
template <class T>
concept PlainType =
    detail::OneOf<T, bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                  std::uint32_t, std::int64_t, std::uint64_t, float, double, char32_t>;

class Value {
 public:
  struct Field;
  struct Entry;

  // What a value may be, besides bool, the numbers, char32_t for char, and std::string.

  // A list<u8>, at a byte each: a list is this and no List where all of its elements are u8.
  using Bytes = std::vector<std::uint8_t>;
  struct List {  // of fixed length too
    std::vector<Value> elements;
  };
  // In the order of whoever made it, and keys that are there twice stay there twice.
  struct Map {
    std::vector<Entry> entries;
  };
  // In any order. Fields of option type may be left out where they are none.
  struct Record {
    std::vector<Field> fields;
  };
  struct Tuple {
    std::vector<Value> elements;
  };
  struct Variant {
    std::string name;  // of the case
    Payload payload;
  };
  struct Enum {
    std::string name;  // of the case
  };
  struct Flags {
    std::vector<std::string> names;  // of those that are set, in any order
  };
  struct Option {
    Payload payload;
  };
  struct Result {
    bool is_ok;
    Payload payload;
  };
  // A resource, owned or borrowed: a number that stands for it within one instance, in a table
  // that whoever makes the calls keeps.
  struct Handle {
    std::string resource;  // the name of its type: "cart"; "resource" where nobody knows it
    std::uint32_t number;
  };
  using Data =
      std::variant<bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                   std::uint32_t, std::int64_t, std::uint64_t, float, double, char32_t, std::string,
                   Bytes, List, Map, Record, Tuple, Variant, Enum, Flags, Option, Result, Handle>;

  // False.
  Value();
  // Of C++'s types that say of which kind they are: a std::uint32_t is a u32, and a literal 1 is an
  // s32. There is one NaN in WIT: all of them become it.
  template <PlainType T>
  Value(T value);                // NOLINT(google-explicit-constructor): as in a variant
  Value(std::string text);       // NOLINT(google-explicit-constructor)
  Value(std::string_view text);  // NOLINT(google-explicit-constructor)
  Value(const char* text);       // NOLINT(google-explicit-constructor)
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(Value) noexcept;
  ~Value();

  // By the names of WIT, for literals.
  static Value s8(std::int8_t);
  static Value u8(std::uint8_t);
  static Value s16(std::int16_t);
  static Value u16(std::uint16_t);
  static Value s32(std::int32_t);
  static Value u32(std::uint32_t);
  static Value s64(std::int64_t);
  static Value u64(std::uint64_t);
  static Value f32(float);
  static Value f64(double);
  static Value character(char32_t);

  static Value list(std::vector<Value> elements);
  static Value bytes(Bytes bytes);
  static Value map(std::vector<Entry> entries);
  static Value record(std::vector<Field> fields);
  static Value tuple(std::vector<Value> elements);
  static Value variant(std::string name, Payload payload = {});
  static Value variant(std::string name, Value payload);
  static Value enumeration(std::string name);
  static Value flags(std::vector<std::string> names);
  static Value some(Value);
  static Value none();
  static Value option(Payload);
  static Value ok(Payload = {});
  static Value ok(Value);
  static Value error(Payload = {});
  static Value error(Value);
  static Value handle(std::string resource, std::uint32_t number);

  // The value as one of the types above; null where it is of another.
  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&data_);
  }
  // All of them, to std::visit.
  [[nodiscard]] const Data& data() const { return data_; }
  // The field of a record; null where it has none of that name, or the value is no record.
  [[nodiscard]] const Value* find(std::string_view field) const;
  // The elements of a list that is not Bytes, or of a tuple; of other values there are none.
  [[nodiscard]] std::span<const Value> elements() const;

  // Numbers are compared by their bits: NaN is equal to NaN, and 0 is not equal to -0. The order of
  // fields and flags says nothing, and a field that is none says no more than one that is left out.
  friend bool operator==(const Value& a, const Value& b);

 private:
  template <class T>
  static Value make(T data);

  Data data_;
};

struct Value::Field {
  std::string name;
  Value value;
};
struct Value::Entry {
  Value key;
  Value value;
};

template <PlainType T>
Value::Value(T value) : data_(value) {
  if constexpr (std::floating_point<T>)
    if (std::isnan(value)) data_ = std::numeric_limits<T>::quiet_NaN();
}

// For messages: `a string "x"`, `u32 1`, `a record`.
std::string describe(const Value&);

namespace contract {

// How deep values nest that check() accepts and wave.h and json.h read. A value is one level, and
// each that it is made of lies one deeper.
inline constexpr int kMaxDepth = kMaxNesting;

// Why a value is not one of a type.
struct Misfit {
  // The way into it, and what is wrong there: "record `metadata`, field `priority`: expected u32,
  // this is a string "x"".
  std::string message;
};

// Whether a value is one of a type, all the way down. What is not: streams, futures and error
// contexts, which no Value stands for; and text that is not UTF-8.
std::expected<void, Misfit> check(const Contract&, TypeId, const Value&);
// The same for the arguments of a function, in the order of its parameters.
std::expected<void, Misfit> check(const Contract&, const Function&, std::span<const Value>);

// A value of the type, to show what one looks like. Of a type that is deeper than kMaxDepth or has
// more than a thousand parts it is cut, and does not fit then.
Value example(const Contract&, TypeId);

// What is wrong with a text, and where: `line` and `column` count from 1, in characters.
struct TextError {
  std::string message;  // begins with "line 1, column 24: "
  std::size_t offset = 0;
  std::size_t line = 1;
  std::size_t column = 1;
};

// The line of the text that an error speaks of, and a ^ below the place; of a long line, a part.
std::string excerpt(std::string_view text, const TextError&);

}  // namespace contract
}  // namespace mortise
