// The contract that a host expects, from its bindings.
#pragma once

#include <mortise/contract/model.h>
#include <mortise/runtime/detail/call.h>

namespace mortise::detail {

contract::Contract expected_contract(const WorldInfo&);

}  // namespace mortise::detail
