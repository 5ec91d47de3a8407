// Reads WAVE: values of a type, and arguments of a function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::wave::detail {

// Texts may be anything. See wave.h.
std::expected<Value, contract::TextError> read_value(const contract::Contract&, contract::TypeId,
                                                     std::string_view text);

// With or without the parentheses of a call around them.
enum class Form : std::uint8_t { call, bare };

// From a place in a text, where the ( stands in a call, to its end.
std::expected<std::vector<Value>, contract::TextError> read_arguments(const contract::Contract&,
                                                                      const contract::Function&,
                                                                      Form, std::string_view text,
                                                                      std::size_t from);

}  // namespace mortise::wave::detail
