// Plugins by name and version, for hosts that add, replace and remove them while calls go on.
//
//   mortise::Registry<PluginWorld> plugins;
//   plugins.add("analytics", {.major = 1}, pool);
//   if (auto found = plugins.find("analytics")) found->processor().process_data(input, meta);
//
// Threads: every method is safe on any thread at any time. Readers do not fight over anything: a
// thread looks into one of 16 copies of the table, under a lock of its own, and what it gets counts
// its users apart from those of the other copies.
//
// No call is lost by a change. Whoever has found a pool keeps it, and calls it as long as it likes;
// who asks after the change finds the new one. The old one goes with the last who has it, and
// Retired says when.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/runtime/detail/registry_handle.h>
#include <mortise/runtime/pool.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/version.h>

namespace mortise {

struct RegistryEntry {
  std::string name;
  Version version;
  bool current = false;  // what is found by the name alone

  friend bool operator==(const RegistryEntry&, const RegistryEntry&) = default;
};

// A pool that a registry has no longer.
class Retired {
 public:
  // Comes back when nobody has it any more that got it from the registry, with calls and leases;
  // or when the time is up: then it is false, and they go on. The pool is gone then, unless the
  // host has kept it itself. Without a time it waits for as long as it takes.
  bool wait(std::optional<std::chrono::milliseconds> time = std::nullopt) {
    return detail::wait_for(*farewell_, time);
  }

 private:
  template <class>
  friend class Registry;
  explicit Retired(std::shared_ptr<detail::Farewell> farewell) : farewell_(std::move(farewell)) {}

  std::shared_ptr<detail::Farewell> farewell_;
};

// Copies are the same registry. Changing it costs in proportion to how many plugins it has.
template <class W>
class Registry {
 public:
  // Errors: misuse, for a version that is there.
  Result<void> add(std::string_view name, const Version& version, const Pool<W>& pool) {
    return detail::add(*core_, name, version, pool.core_);
  }

  // Puts another pool in the place of one. Errors: misuse, for a version that is not there.
  Result<Retired> replace(std::string_view name, const Version& version, const Pool<W>& pool) {
    return retired(detail::replace(*core_, name, version, pool.core_));
  }

  // Errors: misuse, for a version that is not there.
  Result<Retired> remove(std::string_view name, const Version& version) {
    return retired(detail::remove(*core_, name, version));
  }

  // Makes a version what is found by the name alone, until it is removed. Errors: misuse, for a
  // version that is not there.
  Result<void> prefer(std::string_view name, const Version& version) {
    return detail::prefer(*core_, name, version);
  }

  // The version that is preferred; else the highest, of releases if there are any. Nothing: there
  // is none of that name, which may come from a stranger.
  [[nodiscard]] std::optional<Pool<W>> find(std::string_view name) const {
    return found(detail::find(*core_, name));
  }
  // That very version.
  [[nodiscard]] std::optional<Pool<W>> find(std::string_view name, const Version& version) const {
    return found(detail::find(*core_, name, version));
  }
  // The highest that will do.
  [[nodiscard]] std::optional<Pool<W>> find(std::string_view name,
                                            const VersionRequirement& requirement) const {
    return found(detail::find(*core_, name, requirement));
  }

  // All, by name, then version.
  [[nodiscard]] std::vector<RegistryEntry> list() const { return detail::list(*core_); }

 private:
  static std::optional<Pool<W>> found(detail::PoolHandle pool) {
    if (!pool) return std::nullopt;
    return Pool<W>(std::move(pool));
  }
  static Result<Retired> retired(Result<std::shared_ptr<detail::Farewell>> farewell) {
    if (!farewell) return std::unexpected(std::move(farewell).error());
    return Retired(*std::move(farewell));
  }

  detail::RegistryHandle core_ = detail::make_registry();
};

}  // namespace mortise
