// Guests in the text format in pieces that tests put together, and failures as plain values.
#pragma once

#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/mortise.h>

namespace mortise::testing {

// An error in the parts that tests compare, all of them at once.
struct Failure {
  Error::Kind kind{};
  Error::Limit limit{};
  std::string message;

  friend bool operator==(const Failure&, const Failure&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Failure& f) {
    return out << to_string(f.kind) << "/" << to_string(f.limit) << ": " << f.message;
  }
};

inline Failure failure(const Error& error) {
  return {.kind = error.kind(), .limit = error.limit(), .message = std::string(error.message())};
}
// Of something that should have failed.
template <class T>
Failure failure(const Result<T>& result) {
  if (result) return {.kind = Error::Kind::internal, .limit = {}, .message = "nothing: it went well"};
  return failure(result.error());
}
template <class T, class E>
Failure failure(const Outcome<T, E>& outcome) {
  if (outcome.failure() == nullptr)
    return {.kind = Error::Kind::internal, .limit = {}, .message = "nothing: it went well"};
  return failure(*outcome.failure());
}

// The value of something that should have gone well.
template <class T>
T good(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());  // ends the test
  return *std::move(result);
}

inline Failure crossed(Error::Limit limit, std::string message) {
  return {.kind = Error::Kind::limit_exceeded, .limit = limit, .message = std::move(message)};
}
inline Failure fails(Error::Kind kind, std::string message) {
  return {.kind = kind, .limit = Error::Limit::none, .message = std::move(message)};
}

// A component of one core module $m with its one instance $i, and what the component exports.
inline std::string component(std::string_view core, std::string_view exports) {
  return concat("(component (core module $m ", core, ") (core instance $i (instantiate $m)) ",
                exports, ")");
}

// A memory, and a realloc that gives out one block after the other and grows the memory for them.
inline constexpr std::string_view kMemory = R"(
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 4096))
  (func $realloc (export "realloc") (param $old i32) (param $had i32) (param $align i32)
      (param $size i32) (result i32) (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                            (i32.sub (i32.const 0) (local.get $align))))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (block $fits
      (br_if $fits (i32.le_u (global.get $next) (i32.mul (memory.size) (i32.const 65536))))
      (br_if $fits (i32.ne (i32.const -1)
        (memory.grow (i32.shr_u (i32.add (local.get $size) (i32.const 65535)) (i32.const 16)))))
      unreachable)
    (local.get $at)))";

// The options of a function that takes or returns data.
inline constexpr std::string_view kWithMemory =
    R"((memory $i "memory") (realloc (func $i "realloc")))";

}  // namespace mortise::testing
