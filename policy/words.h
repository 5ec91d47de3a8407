// A policy in words: what it grants, how what it does not grant would be granted. For people, and
// for what they approve.
//
// All texts are safe to print.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <mortise/policy/policy.h>

namespace mortise {

// A grant, or a part of one, and what it is.
struct Granted {
  std::string grant;  // "keyvalue", "sql orders"
  std::string what;   // "read and write keys in the bucket `prices`"

  friend bool operator==(const Granted&, const Granted&) = default;
};

// All that a plugin may do beyond computing, the same for the same grants. Values of settings are
// not in it: they may be secrets.
std::vector<Granted> grants_of(const Policy&, const PluginPolicy&);

// "deadline 100 ms", "memory 64 MiB" and so on.
std::vector<std::string> limits_of(const PluginPolicy&);

// Which grant an interface is part of: "keyvalue". Empty: of none, or in a version that there is
// not.
std::string_view grant_with(std::string_view interface);

// All interfaces that a grant gives.
std::vector<std::string_view> interfaces_with(std::string_view grant);

// Whether it is of the WASI that is sealed, and needs no grant.
bool is_sealed_wasi(std::string_view interface);

// Whether the plugin gets the interface by the policy.
bool is_granted(const PluginPolicy&, std::string_view interface);

// "policy.toml does not grant keyvalue: add `[plugins.pricing.keyvalue]`". Empty, where a policy
// could not.
std::string how_to_grant(const Policy&, std::string_view plugin, std::string_view interface);

}  // namespace mortise
