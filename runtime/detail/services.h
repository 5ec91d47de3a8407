// The services of one plugin: which of their interfaces it gets.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/service.h>

namespace mortise::detail {

// What is left of the services after those that the plugin does not import, and what is the host's.
// Immutable.
struct GrantedServices {
  std::vector<HostInterfaceInfo> interfaces;
  std::vector<HostObject> objects;  // in their order
  std::vector<const abi::Resource*> resources;

  [[nodiscard]] bool gives(std::string_view interface) const;
};

// `is_host` says of the name of an interface that the host answers it itself.
std::shared_ptr<const GrantedServices> grant(
    std::span<const Service>, const contract::Contract& plugin,
    const std::function<bool(std::string_view interface)>& is_host);

// Error: misuse, where two give the same interface.
Result<void> check_services(std::span<const Service>, std::string_view plugin);

// The world together with its services, as one world.
WorldOf with_services(WorldOf);

// " (this host has it in version 0.2.0)": for an interface that is not there, the versions that
// are, of those names; empty where there are none.
std::string other_versions(std::string_view interface, std::vector<std::string_view> names);

}  // namespace mortise::detail
