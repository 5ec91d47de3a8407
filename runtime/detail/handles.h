// What the typed classes hold, without their types: Plugin<W> and Instance<W> are thin shells
// over these.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>

namespace mortise {
struct PluginOptions;
}

namespace mortise::detail {

class PluginCore;
class InstanceCore;
struct GrantedServices;

// Immutable once made: any number of threads may use it at once.
using PluginHandle = std::shared_ptr<const PluginCore>;

struct DeleteInstance {
  void operator()(InstanceCore*) const;
};
using InstanceHandle = std::unique_ptr<InstanceCore, DeleteInstance>;

enum class Form : std::uint8_t { binary, text };

// A world, who answers its imports in their order, and what owns the two; null: static data.
struct WorldOf {
  WorldInfo info;
  std::vector<HostObject> objects;
  std::shared_ptr<const void> keeps;
  std::shared_ptr<const GrantedServices> services;  // null: none
  bool learnt = false;  // from the plugin's own contract: a stranger chose its names
};
// Which world a plugin is to fit: called once, with the contract that was found in it and its name.
using WorldSource =
    std::function<Result<WorldOf>(const contract::Contract&, std::string_view plugin)>;

Result<PluginHandle> load_file(const Engine&, const std::string& path, const WorldSource&,
                               const PluginOptions&);
Result<PluginHandle> load_bytes(const Engine&, std::string_view name,
                                std::span<const std::uint8_t> input, Form, const WorldSource&,
                                const PluginOptions&);

// `objects` answer the imports of the world, in their order.
Result<PluginHandle> load_file(const Engine&, const std::string& path, const WorldInfo&,
                               std::vector<HostObject> objects, const PluginOptions&);
Result<PluginHandle> load_bytes(const Engine&, std::string_view name,
                                std::span<const std::uint8_t> input, Form, const WorldInfo&,
                                std::vector<HostObject> objects, const PluginOptions&);

Result<InstanceHandle> instantiate(const PluginHandle&, const InstanceOptions& = {});

const std::string& name_of(const PluginCore&);
const Limits& limits_of(const PluginCore&);
Bytes code_of(const PluginCore&);
bool has_ended(const InstanceCore&);
Bytes memory_of(const InstanceCore&);
Fuel fuel_used_by(const InstanceCore&);
std::uint64_t lines_dropped_by(const InstanceCore&);

}  // namespace mortise::detail
