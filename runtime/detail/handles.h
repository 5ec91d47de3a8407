// What the typed classes hold, without their types: Plugin<W> and Instance<W> are thin shells
// over these.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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

// Immutable once made: any number of threads may use it at once.
using PluginHandle = std::shared_ptr<const PluginCore>;

struct DeleteInstance {
  void operator()(InstanceCore*) const;
};
using InstanceHandle = std::unique_ptr<InstanceCore, DeleteInstance>;

enum class Form : std::uint8_t { binary, text };

// `objects` answer the imports of the world, in their order.
Result<PluginHandle> load_file(const Engine&, const std::string& path, const WorldInfo&,
                               std::vector<HostObject> objects, const PluginOptions&);
Result<PluginHandle> load_bytes(const Engine&, std::string_view name,
                                std::span<const std::uint8_t> input, Form, const WorldInfo&,
                                std::vector<HostObject> objects, const PluginOptions&);

Result<InstanceHandle> instantiate(const PluginHandle&);

const std::string& name_of(const PluginCore&);
const Limits& limits_of(const PluginCore&);
Bytes memory_of(const InstanceCore&);

}  // namespace mortise::detail
