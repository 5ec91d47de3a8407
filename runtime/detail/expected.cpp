#include <mortise/runtime/detail/expected.h>

#include <string>
#include <utility>

#include <mortise/abi/resource.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/host_call.h>

namespace mortise::detail {

namespace {

using contract::Contract;
using contract::TypeId;

TypeId add(Contract& contract, const abi::Type* type);

// As engine/src/contract/mod.rs writes it.
std::string owner(const abi::Resource& resource) {
  const std::string_view word = resource.of_guest ? "export" : "import";
  return resource.interface.empty() ? std::string(word) : concat(word, " ", resource.interface);
}

std::vector<contract::Member> members(Contract& contract, std::span<const abi::Member> all) {
  std::vector<contract::Member> out;
  for (const abi::Member& member : all)
    out.push_back({.name = std::string(member.name), .type = add(contract, member.type)});
  return out;
}

// The names of a result's two sides are for error paths, not of the contract.
TypeId add(Contract& contract, const abi::Type* type) {
  if (type == nullptr) return contract::kNone;
  contract::Type out{.kind = type->kind,
                     .name = std::string(type->name),
                     .owner = type->resource == nullptr ? "" : owner(*type->resource),
                     .length = type->length};
  out.members = members(contract, type->members);
  if (type->kind == abi::Kind::result)
    for (contract::Member& side : out.members) side.name.clear();
  contract.types.push_back(std::move(out));
  return static_cast<TypeId>(contract.types.size() - 1);
}

}  // namespace

Contract expected_contract(const WorldInfo& world) {
  Contract out;
  const auto add_function = [&](contract::Interface& interface, const FunctionInfo& function) {
    contract::Function f{.name = std::string(function.name)};
    f.params = members(out, function.params);
    f.result = add(out, function.result);
    interface.functions.push_back(std::move(f));
  };
  for (const InterfaceInfo& info : world.exports) {
    contract::Interface interface{.name = std::string(info.name)};
    for (const FunctionInfo& function : info.functions) add_function(interface, function);
    out.exports.push_back(std::move(interface));
  }
  for (const HostInterfaceInfo& info : world.imports) {
    contract::Interface interface{.name = std::string(info.name)};
    for (const HostFunctionInfo& host : info.functions) add_function(interface, host.function);
    out.imports.push_back(std::move(interface));
  }
  return out;
}

}  // namespace mortise::detail
