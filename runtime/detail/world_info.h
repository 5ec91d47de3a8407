// What the contract of a world looks like to code that does not know its types.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <mortise/abi/function.h>
#include <mortise/abi/resource.h>

namespace mortise::detail {

using Resources = std::span<const abi::Resource* const>;

struct FunctionInfo {
  std::string_view name;
  std::span<const abi::Member> params;
  const abi::Type* result;
  std::uint32_t flat_params;
  bool has_self;
  bool lowers_handles;  // besides self
  bool params_in_memory;
  bool result_in_memory;
  Resources param_resources;
  Resources result_resources;
};
template <class F>
inline constexpr FunctionInfo kFunctionInfo{.name = F::name,
                                            .params = F::params,
                                            .result = F::result,
                                            .flat_params = F::flat_params,
                                            .has_self = F::has_self,
                                            .lowers_handles = F::lowers_handles,
                                            .params_in_memory = F::params_in_memory,
                                            .result_in_memory = F::result_in_memory,
                                            .param_resources = F::param_resources,
                                            .result_resources = F::result_resources};
struct InterfaceInfo {
  std::string_view name;
  std::span<const FunctionInfo> functions;
};
struct HostInterfaceInfo;  // host_call.h
struct WorldInfo {
  std::string_view name;
  std::span<const InterfaceInfo> exports;
  std::span<const HostInterfaceInfo> imports;
  Resources resources;  // of the host's
};

}  // namespace mortise::detail
