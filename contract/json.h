// Values as JSON, for programs that speak it to others.
//
//   bool, integers, floats   true, 1, 1.5; of 64 bits and beyond +-(2^53 - 1) "9007199254740992";
//                            "NaN", "Infinity", "-Infinity"
//   char, string, enum       "x", "text", "case"
//   list<u8>                 a string in base64 (RFC 4648, padded); an array is read too
//   other lists, tuples      [1, 2]
//   record                   {"field": 1}; fields of option type may be left out
//   map                      {"key": 1} where keys are strings and none is there twice, and
//                            [[key, 1], ..] otherwise; both are read
//   variant                  {"case": payload}, or "case" where it has none
//   option                   null, or the value; of an option of an option {"some": value}
//   result                   {"ok": value} or {"error": value}, with null where it has none
//   flags                    ["read", "write"]
//   own, borrow              {"cart": 1}: the resource, and what Value::Handle has for it
//
// Integers of 64 bits are read as numbers and as strings, and exactly. What is unknown, or there
// twice, is an error. Texts are UTF-8 as in RFC 8259, and may be hostile: reading takes time and
// memory as the text is long, and values nest up to kMaxDepth. All functions are safe to call on
// any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::json {

// On one line, without spaces. What is read again is equal. An error where check() has one.
std::expected<std::string, contract::Misfit> print(const contract::Contract&, contract::TypeId,
                                                   const Value&);

// A text that is one value of the type.
std::expected<Value, contract::TextError> parse(const contract::Contract&, contract::TypeId,
                                                std::string_view text);

// All arguments of a function: an object by the names of its parameters, or an array in their
// order. They are returned in their order.
std::expected<std::vector<Value>, contract::TextError> parse_arguments(const contract::Contract&,
                                                                       const contract::Function&,
                                                                       std::string_view text);

}  // namespace mortise::json
