// What one plugin is granted beside what its world imports.
//
// A world says what every plugin of it may call. Services are given plugin by plugin, so that the
// world stays as it is, and whoever runs the plugins decides which of them gets what:
//
//   auto store = mortise::Service::of<KeyvalueWorld>({.store = .., .batch = ..});
//   auto plugin = mortise::Plugin<PluginWorld>::load(engine, "pricing.wasm", {},
//                                                    {.services = {store}});
//
// A plugin may import what its services give, and need not. Names, versions and types are checked
// as those of the world's imports are. An interface that the world imports is the world's, and a
// service's other interfaces that pass resources of it are then not given either. Two services of
// one plugin that give the same interface are misuse. What a plugin imports and nobody gives it is
// denied.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include <mortise/runtime/detail/host_call.h>

namespace mortise {

namespace detail {

// What a binding says of the imports of its world. One that has none need not say so.
template <class W>
struct ImportsOf {
  static constexpr std::span<const HostInterfaceInfo> interfaces() {
    if constexpr (requires { typename W::HostInterfaces; }) {
      return W::HostInterfaces::info;
    } else {
      return {};
    }
  }
  // Nor one without resources of the host's.
  static constexpr Resources resources() {
    if constexpr (requires { typename W::HostResources; }) {
      return W::HostResources::info;
    } else {
      return {};
    }
  }
  static std::vector<HostObject> objects(const typename W::Imports& imports) {
    if constexpr (requires { typename W::HostInterfaces; }) {
      return W::HostInterfaces::objects(imports);
    } else {
      return {};
    }
  }
};

}  // namespace detail

// Interfaces, and who answers them. Copies share what the imports share; a plugin keeps alive what
// it was given.
class Service {
 public:
  // Of a world that only imports: its binding, and an object for each interface, which chooses by
  // its type who owns it (host.h).
  template <class W>
  [[nodiscard]] static Service of(const typename W::Imports& imports) {
    static_assert(W::Exports::info.empty(), "the world of a service only imports");
    return Service(detail::ImportsOf<W>::interfaces(), detail::ImportsOf<W>::resources(),
                   detail::ImportsOf<W>::objects(imports));
  }

  // For the library.
  [[nodiscard]] std::span<const detail::HostInterfaceInfo> interfaces() const {
    return interfaces_;
  }
  [[nodiscard]] detail::Resources resources() const { return resources_; }
  [[nodiscard]] const std::vector<detail::HostObject>& objects() const { return objects_; }

 private:
  Service(std::span<const detail::HostInterfaceInfo> interfaces, detail::Resources resources,
          std::vector<detail::HostObject> objects)
      : interfaces_(interfaces), resources_(resources), objects_(std::move(objects)) {}

  // Static data of the binding.
  std::span<const detail::HostInterfaceInfo> interfaces_;
  detail::Resources resources_;
  // In the order of the interfaces.
  std::vector<detail::HostObject> objects_;
};

}  // namespace mortise
