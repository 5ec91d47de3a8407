// A contract that is learnt while the program runs, in the forms that bindings have as static data:
// its types as abi knows them, how they lie in memory, and a world for PluginCore.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <mortise/abi/layout.h>
#include <mortise/abi/resource.h>
#include <mortise/contract/model.h>
#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/dynamic.h>

namespace mortise::detail {

// A resource, and what is told when the guest drops one of the host's.
struct DynamicResource {
  abi::Resource resource;
  const std::function<void(std::uint32_t number)>* dropped = nullptr;  // null: nobody is
  bool is_wasi = false;                                                // the engine's
  bool is_service = false;                                             // a service's
};

struct DynamicType {
  abi::Type type;
  abi::Layout layout;
  std::vector<std::uint32_t> offsets;         // of the parts of records, tuples and map entries
  abi::Layout element = abi::kEmpty;          // of lists and maps
  const DynamicResource* resource = nullptr;  // of handles
  bool in_memory = false;    // some of it lies there even where it is passed as core values
  bool has_handles = false;  // is one, or has some in it
};

struct DynamicParams {
  abi::Layout layout = abi::kEmpty;
  std::vector<std::uint32_t> offsets;
};

// A function of either side.
struct DynamicSignature {
  const contract::Function* function;
  FunctionInfo info;
  DynamicParams params;
  CallShape shape;  // of an exported one

  // What `info` refers to.
  std::vector<abi::Member> members;
  std::vector<const abi::Resource*> param_resources;
  std::vector<const abi::Resource*> result_resources;
};

class DynamicWorld;
class Missing;

// One imported interface, and who answers its functions, in their order.
struct DynamicHost {
  const DynamicWorld* world;
  std::string_view name;
  std::vector<HostFunctionInfo> infos{};
  std::vector<const DynamicSignature*> signatures{};
  std::vector<const DynamicImports::Handler*> handlers{};
};

// Immutable once made; the contract and the imports do not move.
class DynamicWorld {
 public:
  // Errors: bad_component, for types that no value stands for; denied, for imports that nobody
  // provides. `name` is the plugin's, for messages.
  static Result<std::shared_ptr<const DynamicWorld>> make(contract::Contract, DynamicImports,
                                                          const PluginOptions&,
                                                          std::string_view name);
  DynamicWorld(const DynamicWorld&) = delete;
  DynamicWorld& operator=(const DynamicWorld&) = delete;

  [[nodiscard]] const contract::Contract& contract() const { return contract_; }
  [[nodiscard]] const DynamicType& type(contract::TypeId id) const { return types_[id]; }

  // Of the exports, by the number that they are called by.
  [[nodiscard]] const DynamicSignature& function(std::uint32_t number) const {
    return *exports_[number];
  }
  // For PluginCore: all of it belongs to this.
  [[nodiscard]] WorldInfo info() const;
  [[nodiscard]] std::vector<HostObject> objects() const;
  // What is not in the two above, because the plugin's services answer it; null: nothing.
  [[nodiscard]] const std::shared_ptr<const GrantedServices>& services() const { return services_; }

 private:
  DynamicWorld(contract::Contract contract, DynamicImports imports, const PluginOptions&);

  // Says why not.
  std::optional<std::string> lay_out();
  void add_imports(Missing&);
  void add_exports();

  // Whether the imports name something of it.
  [[nodiscard]] bool is_host(std::string_view interface) const;
  [[nodiscard]] bool is_service(std::string_view interface) const;
  // The interfaces that there are, for messages.
  [[nodiscard]] std::vector<std::string_view> provided() const;
  // Whether the engine answers it: the imports have nothing of that interface, in any version.
  [[nodiscard]] bool is_sealed(std::string_view interface, std::string_view item) const;
  const DynamicResource& resource(const contract::Type& handle);
  const DynamicSignature& signature(const contract::Function&);
  std::vector<const abi::Resource*> resources_in(std::span<const contract::TypeId>);

  contract::Contract contract_;
  DynamicImports imports_;
  Wasi::Access wasi_;
  std::shared_ptr<const GrantedServices> services_;

  std::vector<DynamicType> types_;
  std::vector<std::vector<abi::Member>> members_;  // of the types
  // By whether the guest defines them, interface and name.
  std::map<std::tuple<bool, std::string_view, std::string_view>, DynamicResource> resources_;

  std::vector<std::unique_ptr<DynamicSignature>> signatures_;
  std::vector<const DynamicSignature*> exports_;
  std::vector<std::vector<FunctionInfo>> export_infos_;
  std::vector<InterfaceInfo> interfaces_;
  std::vector<std::unique_ptr<DynamicHost>> hosts_;
  std::vector<HostInterfaceInfo> host_interfaces_;
  std::vector<const abi::Resource*> host_resources_;
  std::optional<std::string_view> refused_{};  // why
  std::size_t looked_at_ = 0;                  // types, for their handles
};

}  // namespace mortise::detail
