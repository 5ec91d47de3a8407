// All keys of a policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <mortise/policy/detail/document.h>
#include <mortise/policy/policy.h>

namespace mortise::policy {

Result<Policy> read_policy(const Table&, std::string_view name, std::string_view folder);

// "plugins.NAME.log.level": each that there is, for those who describe them.
std::vector<std::string> policy_keys();

}  // namespace mortise::policy
