// Calls with Values, in both directions: how they lie in memory is looked up in a DynamicWorld.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <mortise/abi/resource.h>
#include <mortise/contract/model.h>
#include <mortise/contract/value.h>
#include <mortise/runtime/detail/call.h>
#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/dynamic.h>

namespace mortise::detail {

class DynamicWorld;
struct DynamicResource;
struct DynamicSignature;

// Resources of a plugin's that a DynamicInstance holds, by the numbers of their Values.
class DynamicHandles {
 public:
  DynamicHandles() = default;
  DynamicHandles(const DynamicHandles&) = delete;
  DynamicHandles& operator=(const DynamicHandles&) = delete;
  ~DynamicHandles();

  std::uint32_t add(const abi::Resource&, abi::GuestHandle);
  // Null: there is none of this number, or it is another resource.
  [[nodiscard]] abi::GuestHandle* find(const abi::Resource&, std::uint32_t number);
  [[nodiscard]] abi::GuestHandle* find(std::string_view resource, std::uint32_t number);
  void remove(std::uint32_t number);

 private:
  struct Entry {
    const abi::Resource* resource = nullptr;  // null: a free place
    abi::GuestHandle handle{};
  };
  std::vector<Entry> entries_;  // of number 1 and on
  std::vector<std::uint32_t> free_;
};

// What calls of an exported function have in common.
CallShape dynamic_shape(const FunctionInfo&);

// An imported function, as part of the DynamicHost that is the object of its interface.
HostFunctionInfo dynamic_host_function(const FunctionInfo&);

// abi::Resource::destroy of the host's resources.
void drop_host_number(void* object);

// Calls an exported function. The arguments fit its parameters.
Result<DynamicAnswer> dynamic_call(InstanceCore&, const DynamicWorld&, DynamicHandles&,
                                   std::uint32_t number, std::span<const Value> arguments,
                                   const CallOptions&);

// A call that is not made: the observer is told of it.
Error refuse_call(const InstanceCore&, std::uint32_t number, Error, const CallOptions&);

}  // namespace mortise::detail
