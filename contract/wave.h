// WAVE, the text form of values that people write: `{name: "x", priority: 1}`.
//
// The format is that of the README of the Rust crate wasm-wave 0.254, and stricter in this: every
// argument of a call is given, and fields that a record does not have and numbers that are too
// large for their type are errors, floats too. Beyond it there are handles, `cart(1)`; maps, as
// lists of pairs: `[("a", 1)]`; and lists of fixed length. docs/guide/values.md shows all types.
//
// What is read may be hostile: it takes time and memory as the text is long, and values nest up to
// kMaxDepth. Errors say where in the text, what is expected there and what is found, and show how
// it is written. All functions are safe to call on any thread.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::wave {

// On one line. What is read again is equal, if the value fits a type. Characters that a terminal
// acts on are escaped. What is deeper than kMaxDepth becomes "..".
std::string print(const Value&);

// A text that is one value of the type.
std::expected<Value, contract::TextError> parse(const contract::Contract&, contract::TypeId,
                                                std::string_view text);

// A call is read in two steps, since only its function says what its arguments are:
// `process-data("hello")`, `[method]cart.total(cart(1))`, or with an interface in front, which may
// have a version: `acme:shop/store.open()`, `acme:shop/store@1.0.0.open()`,
// `acme:shop/store.open@1.0.0()`.
struct Call {
  std::string interface;  // as in a Contract: "acme:shop/store@1.0.0"; empty where there is none
  std::string function;   // "open"
  std::string_view text;  // all of what was read, which has to stay there
  std::size_t arguments = 0;  // where in it the ( of the arguments stands
};
std::expected<Call, contract::TextError> parse_call(std::string_view text);

// Its arguments, in the order of the function's parameters, and all of them.
std::expected<std::vector<Value>, contract::TextError> parse_arguments(const contract::Contract&,
                                                                       const contract::Function&,
                                                                       const Call&);
// The same without a call: `"hello", {name: "x"}`.
std::expected<std::vector<Value>, contract::TextError> parse_arguments(const contract::Contract&,
                                                                       const contract::Function&,
                                                                       std::string_view text);

}  // namespace mortise::wave
