#include <mortise/runtime/detail/services.h>

#include <algorithm>
#include <set>
#include <utility>

#include <mortise/abi/resource.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/wasi.h>

namespace mortise::detail {

namespace {

// A world that has its services in it, and what it refers to.
struct Merged {
  std::vector<HostInterfaceInfo> imports;
  std::vector<const abi::Resource*> resources;
  std::shared_ptr<const void> world;
};

// Whether the plugin has some use for it. One in another version it has none for; but what is said
// of that names the versions that there are.
bool is_imported(const Service& service, const contract::Contract& plugin) {
  return std::ranges::any_of(service.interfaces(), [&](const HostInterfaceInfo& given) {
    return std::ranges::any_of(plugin.imports, [&](const contract::Interface& imported) {
      return same_interface(given.name, imported.name);
    });
  });
}

// Whether a function of it passes a resource that one of these interfaces declares.
bool passes_resource_of(const HostInterfaceInfo& interface,
                        const std::function<bool(std::string_view)>& declares) {
  const auto is_of = [&](const abi::Resource* resource) { return declares(resource->interface); };
  return std::ranges::any_of(interface.functions, [&](const HostFunctionInfo& function) {
    return std::ranges::any_of(function.function.param_resources, is_of) ||
           std::ranges::any_of(function.function.result_resources, is_of);
  });
}

}  // namespace

bool GrantedServices::gives(std::string_view interface) const {
  return std::ranges::find(interfaces, interface, &HostInterfaceInfo::name) != interfaces.end();
}

std::shared_ptr<const GrantedServices> grant(
    std::span<const Service> services, const contract::Contract& plugin,
    const std::function<bool(std::string_view interface)>& is_host) {
  if (services.empty()) return nullptr;
  auto granted = std::make_shared<GrantedServices>();
  for (const Service& service : services) {
    if (!is_imported(service, plugin)) continue;
    for (std::size_t i = 0; i < service.interfaces().size(); ++i) {
      const HostInterfaceInfo& interface = service.interfaces()[i];
      // The host's objects are of another class than the service's.
      if (is_host(interface.name) || passes_resource_of(interface, is_host)) continue;
      granted->interfaces.push_back(interface);
      granted->objects.push_back(service.objects()[i]);
    }
    for (const abi::Resource* resource : service.resources())
      if (!is_host(resource->interface)) granted->resources.push_back(resource);
  }
  if (granted->interfaces.empty()) return nullptr;
  return granted;
}

Result<void> check_services(std::span<const Service> services, std::string_view plugin) {
  std::set<std::string_view> names;
  for (const Service& service : services)
    for (const HostInterfaceInfo& interface : service.interfaces())
      if (!names.insert(interface.name).second)
        return std::unexpected(
            Error(Error::Kind::misuse,
                  concat(plugin, " was not loaded: two of its services give the interface ",
                         interface.name, ": leave one of them out (PluginOptions::services)")));
  return {};
}

WorldOf with_services(WorldOf world) {
  if (world.services == nullptr) return world;
  const GrantedServices& granted = *world.services;
  auto merged = std::make_shared<Merged>();
  merged->imports.assign(world.info.imports.begin(), world.info.imports.end());
  merged->imports.insert(merged->imports.end(), granted.interfaces.begin(),
                         granted.interfaces.end());
  merged->resources.assign(world.info.resources.begin(), world.info.resources.end());
  merged->resources.insert(merged->resources.end(), granted.resources.begin(),
                           granted.resources.end());
  merged->world = std::move(world.keeps);
  world.objects.insert(world.objects.end(), granted.objects.begin(), granted.objects.end());
  world.info.imports = merged->imports;
  world.info.resources = merged->resources;
  world.keeps = std::move(merged);
  return world;
}

std::string other_versions(std::string_view interface, std::vector<std::string_view> names) {
  std::ranges::sort(names);
  const auto [end, last] = std::ranges::unique(names);
  names.erase(end, last);
  std::string versions;
  std::size_t count = 0;
  for (const std::string_view name : names) {
    if (name == interface || !same_interface(name, interface)) continue;
    const std::size_t at = name.find('@');
    if (++count > 1) versions += ", ";
    versions += at == std::string_view::npos ? "none" : escape(name.substr(at + 1), 200);
  }
  if (count == 0) return {};
  return concat(" (this host has it in version", count == 1 ? " " : "s ", versions, ")");
}

}  // namespace mortise::detail
