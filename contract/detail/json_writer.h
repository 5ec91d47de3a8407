// Writes JSON: values of a type.
#pragma once

#include <string>

#include <mortise/contract/model.h>
#include <mortise/contract/value.h>

namespace mortise::json::detail {

// Of a value that fits the type; of another one it is something that shows it.
std::string write_value(const contract::Contract&, contract::TypeId, const Value&);

}  // namespace mortise::json::detail
