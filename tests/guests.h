// Guests in the text format in pieces that tests put together, and failures as plain values.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <mortise/contract/text.h>
#include <mortise/mortise.h>

#include "tests/support.h"

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
  if (result)
    return {.kind = Error::Kind::internal, .limit = {}, .message = "nothing: it went well"};
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

// ---- Guests that return what they were made with -----------------------------------------------

template <class R>
using Gives = abi::Function<"run", R>;
template <class R, class P>
using Maps = abi::Function<"run", R, abi::Param<"value", P>>;
template <class T>
using Echoes = Maps<T, T>;

// Bytes as the text format writes them.
inline std::string raw(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += concat('\\', kDigits[byte >> 4], kDigits[byte & 15]);
  }
  return out;
}

template <class T>
inline std::string little(T value) {
  return raw({reinterpret_cast<const char*>(&value), sizeof value});  // bytes as bytes
}

inline std::string data(std::uint32_t at, std::string_view escaped) {
  return concat("(data (i32.const ", at, ") \"", escaped, "\")");
}

// A list or string in the return area at 16, with `content` at 32.
inline std::string list_at(std::uint32_t at, std::uint32_t length, std::string_view content = {}) {
  return data(16, little(at) + little(length)) + data(32, raw(content));
}
inline std::string list_of(std::string_view content, std::uint32_t length) {
  return list_at(32, length, content);
}
inline std::string text_of(std::string_view content) {
  return list_of(content, static_cast<std::uint32_t>(content.size()));
}

// run() -> `type`: returns `at`, in a memory of 64 KiB with this in it. `options` are more of those
// of canon lift.
inline std::string returns(std::string_view type, std::string_view memory, std::uint32_t at = 16,
                           std::string_view options = {}) {
  return component(
      concat(R"((memory (export "memory") 1) )", memory,
             R"((func (export "run") (result i32) (i32.const )", at, "))"),
      concat(R"((func (export "run") (result )", type,
             R"() (canon lift (core func $i "run") (memory $i "memory") )", options, "))"));
}

inline constexpr std::string_view kUtf16 = "string-encoding=utf16";
inline constexpr std::string_view kLatin1 = "string-encoding=latin1+utf16";
inline constexpr std::uint32_t kWide = 1U << 31;  // in the length of a latin1+utf16 string

template <class R>
auto result_of(const std::string& wat) {
  return instance_of(load<Gives<R>>(wat)).call().run();
}

inline std::string utf16(std::initializer_list<std::uint16_t> units) {
  std::string out;
  for (const std::uint16_t unit : units)
    out.append(reinterpret_cast<const char*>(&unit), sizeof unit);  // bytes as bytes
  return out;
}

inline std::string returns_utf16(std::initializer_list<std::uint16_t> units) {
  return returns("string", list_of(utf16(units), static_cast<std::uint32_t>(units.size())), 16,
                 kUtf16);
}

// The whole message of a run that returned something it must not.
inline Failure bad_data(std::string_view what) {
  return fails(Error::Kind::guest_trap, concat("guest: run returned bad data: ", what));
}

}  // namespace mortise::testing
