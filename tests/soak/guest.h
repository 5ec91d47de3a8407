// The guest of these programs: it echoes a text, and fails in the way that the text begins with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <mortise/mortise.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {

using Echo = Maps<std::string, std::string_view>;
using EchoWorld = World<Echo>;

enum class Act : std::uint8_t { echo, trap, spin, recurse, grow, lie };
inline constexpr std::array kActs{Act::echo,    Act::trap, Act::spin,
                                  Act::recurse, Act::grow, Act::lie};

// What begins the text that makes it act so.
inline char letter(Act act) { return "etsrgl"[static_cast<std::size_t>(act)]; }

// How a call that acts so fails.
struct Expected {
  Error::Kind kind;
  Error::Limit limit = Error::Limit::none;
};
inline std::optional<Expected> expected(Act act) {
  using Kind = Error::Kind;
  using Limit = Error::Limit;
  switch (act) {
    case Act::echo: return std::nullopt;
    case Act::trap: return Expected{.kind = Kind::guest_trap};
    case Act::spin: return Expected{.kind = Kind::limit_exceeded, .limit = Limit::deadline};
    case Act::recurse: return Expected{.kind = Kind::limit_exceeded, .limit = Limit::stack};
    case Act::grow: return Expected{.kind = Kind::limit_exceeded, .limit = Limit::memory};
    case Act::lie: return Expected{.kind = Kind::guest_trap};
  }
  return std::nullopt;
}

inline std::string echo_guest() {
  return component(concat(kMemory, R"(
    (func $recurse (call $recurse) (call $recurse))
    (func $is (param $text i32) (param $letter i32) (result i32)
      (i32.eq (i32.load8_u (local.get $text)) (local.get $letter)))
    (func (export "run") (param $text i32) (param $size i32) (result i32) (local $at i32)
      (local.set $at (call $realloc (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 8)))
      (i32.store (local.get $at) (local.get $text))
      (i32.store offset=4 (local.get $at) (local.get $size))
      (if (call $is (local.get $text) (i32.const 0x74)) (then unreachable))
      (if (call $is (local.get $text) (i32.const 0x73)) (then (loop $l (br $l))))
      (if (call $is (local.get $text) (i32.const 0x72)) (then (call $recurse)))
      (if (call $is (local.get $text) (i32.const 0x67)) (then
        (loop $l (br_if $l (i32.ne (i32.const -1) (memory.grow (i32.const 1)))))
        unreachable))
      (if (call $is (local.get $text) (i32.const 0x6c)) (then
        (i32.store (local.get $at) (i32.const -8))))
      (local.get $at))
    (func (export "after") (param i32) (global.set $next (i32.const 4096))))"),
                   concat(R"((func (export "run") (param "value" string) (result string)
      (canon lift (core func $i "run") (post-return (func $i "after")) )",
                          kWithMemory, "))"));
}

}  // namespace mortise::testing
