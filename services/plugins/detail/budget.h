// What a child may use: of what its parent's call has left what it is given, and who pays.
#pragma once

#include <optional>

#include <mortise/runtime/host.h>
#include <mortise/runtime/instance.h>
#include <mortise/runtime/limits.h>

// Written from wit/plugins.
#include "plugins_world.h"

namespace mortise::services::detail {

// Of one call: what was asked for, where its parent has it and the grant allows it.
CallOptions bounds(const CallContext&, const mortise_::plugins::runner::Share&, const Limits&);

// What is compiled for a child can be bounded in whatever its parent is bounded in; by how much,
// each call says.
Limits limits_of(const CallContext&, Limits);

// Before anything of it has run. The call that it is for is not to be charged for it.
bool is_spent(const CallOptions& given);

// Pays for what a child has done: what it used, or, where it failed, all that it was given.
void pay(const CallContext&, const CallOptions& given, std::optional<Fuel> used);

}  // namespace mortise::services::detail
