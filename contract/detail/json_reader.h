// Reads JSON: values of a type, and arguments of a function.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::json::detail {

// Texts may be anything. See json.h.
std::expected<Value, contract::TextError> read_value(const contract::Contract&, contract::TypeId,
                                                     std::string_view text);
std::expected<std::vector<Value>, contract::TextError> read_arguments(const contract::Contract&,
                                                                      const contract::Function&,
                                                                      std::string_view text);

}  // namespace mortise::json::detail
