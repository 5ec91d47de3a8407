// What was approved: a file that says of each plugin which component it was, and what it was
// granted, when somebody looked at it. `mortise audit --approve` writes it; it is meant to be kept
// with the policy, and read in reviews. With `locked` in a policy nothing else is loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/policy/policy.h>
#include <mortise/runtime/result.h>

namespace mortise {

// Of one plugin. Hashes are SHA-256, as 64 digits.
struct Approved {
  std::string component;  // of the file
  std::string contract;   // of all that its types are, whatever their order
  std::vector<std::string> exports{};
  std::vector<std::string> imports{};
  std::vector<std::string> grants{};  // in words: "keyvalue: read keys in .."
  // Components that it may run by name.
  std::map<std::string, std::string, std::less<>> children{};

  friend bool operator==(const Approved&, const Approved&) = default;
};

struct Lock {
  std::map<std::string, Approved, std::less<>> plugins{};

  // Errors: io; misuse, with all that is wrong with it, as of a policy.
  [[nodiscard]] static Result<Lock> read(const std::string& path);
  [[nodiscard]] static Result<Lock> parse(std::string_view text, std::string_view name);
  // As TOML, the same for the same lock.
  [[nodiscard]] std::string text() const;
  // In place of what is there, at once. Error: io.
  [[nodiscard]] Result<void> write(const std::string& path) const;
  // Changes what is there, or an empty one, and writes it: one process after the other, so that
  // none undoes what another has written meanwhile. Errors: as of read and write.
  [[nodiscard]] static Result<void> change(const std::string& path,
                                           const std::function<void(Lock&)>& change);
};

[[nodiscard]] std::string component_hash(std::span<const std::uint8_t> component);
// Of a file, which is not kept in memory. Errors: io, for what is no regular file, too.
[[nodiscard]] Result<std::string> component_hash(const std::string& path);
[[nodiscard]] std::string contract_hash(const contract::Contract&);

// What would be approved of it now. Reads the components that it may run by name. Errors: io.
[[nodiscard]] Result<Approved> approval(std::string component_hash, const contract::Contract&,
                                        const Policy&, const PluginPolicy&);

// What differs, in words, safe to print: "imports wasi:keyvalue/store@0.2.0-draft, and did not".
[[nodiscard]] std::vector<std::string> changes(const Approved& then, const Approved& now);

// As in Approved::grants.
[[nodiscard]] std::vector<std::string> grant_lines(const Policy&, const PluginPolicy&);
// Those that were not approved.
[[nodiscard]] std::vector<std::string> beyond(const std::vector<std::string>& approved,
                                              const std::vector<std::string>& granted);

}  // namespace mortise
