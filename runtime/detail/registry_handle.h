// What Registry<W> holds, without its types.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <mortise/runtime/detail/pool_handle.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/version.h>

namespace mortise {
struct RegistryEntry;
}

namespace mortise::detail {

class RegistryCore;
using RegistryHandle = std::shared_ptr<RegistryCore>;

// What learns that nobody has a pool any more.
struct Farewell;
bool wait_for(Farewell&, std::optional<std::chrono::milliseconds> time);

RegistryHandle make_registry();
Result<void> add(RegistryCore&, std::string_view name, const Version&, PoolHandle);
Result<std::shared_ptr<Farewell>> replace(RegistryCore&, std::string_view name, const Version&,
                                          PoolHandle);
Result<std::shared_ptr<Farewell>> remove(RegistryCore&, std::string_view name, const Version&);
Result<void> prefer(RegistryCore&, std::string_view name, const Version&);

// Null: there is none.
PoolHandle find(const RegistryCore&, std::string_view name);
PoolHandle find(const RegistryCore&, std::string_view name, const Version&);
PoolHandle find(const RegistryCore&, std::string_view name, const VersionRequirement&);

std::vector<RegistryEntry> list(const RegistryCore&);

}  // namespace mortise::detail
