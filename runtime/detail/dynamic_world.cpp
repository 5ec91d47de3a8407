#include <mortise/runtime/detail/dynamic_world.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <mortise/abi/cases.h>
#include <mortise/abi/context.h>
#include <mortise/contract/text.h>
#include <mortise/contract/value.h>
#include <mortise/runtime/detail/dynamic_call.h>
#include <mortise/runtime/detail/missing.h>
#include <mortise/runtime/detail/services.h>
#include <mortise/runtime/detail/wasi.h>

namespace mortise::detail {

namespace {

using contract::Kind;
using contract::kNone;
using contract::TypeId;

// A flat count from here on is only known to be too large for core values.
constexpr std::uint32_t kManyFlat = 1000;

// How many types with handles all functions together may be made of, counted for each of them.
constexpr std::size_t kMostLookedAt = 2'000'000;

// A layout whose numbers cannot run over: sizes are kept in 64 bits until they were checked.
struct Wide {
  std::uint64_t size = 0;
  std::uint32_t align = 1;
  std::uint64_t flat = 0;
};

std::uint64_t aligned(std::uint64_t at, std::uint32_t align) {
  return (at + align - 1) / align * align;
}

std::uint32_t number_size(Kind kind) {
  switch (kind) {
    case Kind::boolean:
    case Kind::s8:
    case Kind::u8: return 1;
    case Kind::s16:
    case Kind::u16: return 2;
    case Kind::s64:
    case Kind::u64:
    case Kind::f64: return 8;
    default: return 4;
  }
}

std::uint32_t flags_size(std::size_t count) {
  if (count <= 8) return 1;
  return count <= 16 ? 2 : 4;
}

}  // namespace

// ---- Types -----------------------------------------------------------------------------------

std::optional<std::string> DynamicWorld::lay_out() {
  const std::size_t count = contract_.types.size();
  types_.reserve(count);
  members_.reserve(count);
  for (const contract::Type& type : contract_.types) {
    // Types refer to types before them, and are not nested deeper than contract::kMaxNesting.
    const auto layout_of = [&](TypeId id) { return id == kNone ? abi::kEmpty : types_[id].layout; };
    auto& members = members_.emplace_back();
    for (const contract::Member& member : type.members)
      members.push_back({.name = member.name,
                         .type = member.type == kNone ? nullptr : &types_[member.type].type});
    DynamicType out{.type = {.kind = type.kind,
                             .name = type.name,
                             .members = members,
                             .length = type.length,
                             .resource = nullptr},
                    .layout = abi::kEmpty,
                    .offsets = {}};

    const auto record = [&](std::span<const contract::Member> parts) {
      Wide wide;
      for (const contract::Member& part : parts) {
        const abi::Layout layout = layout_of(part.type);
        wide.size = aligned(wide.size, layout.align);
        out.offsets.push_back(static_cast<std::uint32_t>(wide.size));
        wide.size += layout.size;
        wide.align = std::max(wide.align, layout.align);
        wide.flat += layout.flat;
      }
      wide.size = aligned(wide.size, wide.align);
      return wide;
    };
    const auto cases = [&](std::span<const contract::Member> all) {
      const std::uint32_t discriminant = abi::discriminant_size(all.size());
      Wide most{.size = 0, .align = discriminant, .flat = 0};
      for (const contract::Member& one : all) {
        const abi::Layout layout = layout_of(one.type);
        most.size = std::max<std::uint64_t>(most.size, layout.size);
        most.align = std::max(most.align, layout.align);
        most.flat = std::max<std::uint64_t>(most.flat, layout.flat);
      }
      const std::uint64_t payload_at = aligned(discriminant, most.align);
      out.offsets.push_back(static_cast<std::uint32_t>(payload_at));
      most.size = aligned(payload_at + most.size, most.align);
      most.flat += 1;
      return most;
    };

    Wide wide;
    switch (type.kind) {
      case Kind::stream:
      case Kind::future:
      case Kind::error_context: return "no value stands for streams, futures and error contexts";
      case Kind::string: wide = {.size = 8, .align = 4, .flat = 2}; break;
      case Kind::list:
        out.element = layout_of(type.members[0].type);
        wide = {.size = 8, .align = 4, .flat = 2};
        break;
      case Kind::map: {
        const Wide entry = record(type.members);
        if (entry.size > abi::kMaxBytes) return "a type is larger than any memory";
        out.element = {.size = static_cast<std::uint32_t>(entry.size),
                       .align = entry.align,
                       .flat = kManyFlat};
        wide = {.size = 8, .align = 4, .flat = 2};
        break;
      }
      case Kind::fixed_list: {
        out.element = layout_of(type.members[0].type);
        wide = {.size = std::uint64_t{type.length} * out.element.size,
                .align = out.element.align,
                .flat = std::uint64_t{type.length} * out.element.flat};
        break;
      }
      case Kind::record:
      case Kind::tuple: wide = record(type.members); break;
      case Kind::variant:
      case Kind::enumeration:
      case Kind::result: wide = cases(type.members); break;
      case Kind::option: {
        const std::vector<contract::Member> both{{.name = {}, .type = kNone}, type.members[0]};
        wide = cases(both);
        break;
      }
      case Kind::flags: {
        if (type.members.size() > 32) return "a type has more than 32 flags";
        const std::uint32_t size = flags_size(type.members.size());
        wide = {.size = size, .align = size, .flat = 1};
        break;
      }
      case Kind::own:
      case Kind::borrow: {
        out.resource = &resource(type);
        out.type.resource = &out.resource->resource;
        wide = {.size = 4, .align = 4, .flat = 1};
        break;
      }
      default: {
        const std::uint32_t size = number_size(type.kind);
        wide = {.size = size, .align = size, .flat = 1};
      }
    }
    if (wide.size > abi::kMaxBytes) return "a type is larger than any memory";
    out.in_memory = type.kind == Kind::string || type.kind == Kind::list || type.kind == Kind::map;
    out.has_handles = out.resource != nullptr;
    for (const contract::Member& member : type.members) {
      if (member.type == kNone) continue;
      out.in_memory = out.in_memory || types_[member.type].in_memory;
      out.has_handles = out.has_handles || types_[member.type].has_handles;
    }
    out.layout = {
        .size = static_cast<std::uint32_t>(wide.size),
        .align = wide.align,
        .flat = static_cast<std::uint32_t>(std::min<std::uint64_t>(wide.flat, kManyFlat))};
    types_.push_back(std::move(out));
  }
  return std::nullopt;
}

const DynamicResource& DynamicWorld::resource(const contract::Type& handle) {
  // The owner as engine/src/contract/mod.rs writes it.
  constexpr std::string_view kImport = "import";
  constexpr std::string_view kExport = "export";
  std::string_view interface = handle.owner;
  const bool of_guest = interface.starts_with(kExport);
  interface.remove_prefix(std::min(interface.size(), kImport.size()));
  if (interface.starts_with(' ')) interface.remove_prefix(1);
  const auto [place, is_new] =
      resources_.try_emplace({of_guest, interface, std::string_view(handle.name)});
  DynamicResource& out = place->second;
  if (!is_new) return out;
  out.resource = {.interface = interface,
                  .name = handle.name,
                  .of_guest = of_guest,
                  .destroy = of_guest ? nullptr : &drop_host_number};
  const auto found = imports_.resources_.find({std::string(interface), handle.name});
  if (!of_guest && found != imports_.resources_.end()) out.dropped = &found->second;
  out.is_wasi = !of_guest && is_sealed(interface, handle.name);
  out.is_service = !of_guest && is_service(interface);
  return out;
}

// All that come up, each once, in the order of their types: how the engine counts them too.
std::vector<const abi::Resource*> DynamicWorld::resources_in(std::span<const TypeId> of) {
  std::vector<const abi::Resource*> all;
  std::set<TypeId> seen;
  std::set<const abi::Resource*> listed;
  std::vector<TypeId> left(of.rbegin(), of.rend());
  while (!left.empty()) {
    const TypeId id = left.back();
    left.pop_back();
    if (id == kNone || !types_[id].has_handles || !seen.insert(id).second) continue;
    // Functions share types, and a stranger's contract may have many of both.
    if (++looked_at_ > kMostLookedAt) {
      refused_ = "it has too many types with handles";
      return all;
    }
    if (const DynamicResource* one = types_[id].resource;
        one != nullptr && listed.insert(&one->resource).second) {
      if (one->is_wasi)
        refused_ = "a function of it passes a resource of WASI, and no value stands for those";
      if (one->is_service)
        refused_ = "a function of it passes a resource of a service, and no value stands for those";
      all.push_back(&one->resource);
    }
    const auto& members = contract_.types[id].members;
    for (auto member = members.rbegin(); member != members.rend(); ++member)
      left.push_back(member->type);
  }
  return all;
}

const DynamicSignature& DynamicWorld::signature(const contract::Function& function) {
  auto out = std::make_unique<DynamicSignature>();
  out->function = &function;
  std::vector<TypeId> ids;
  bool in_memory = false;
  Wide wide;
  for (const contract::Member& param : function.params) {
    const DynamicType& type = types_[param.type];
    ids.push_back(param.type);
    out->members.push_back({.name = param.name, .type = &type.type});
    wide.size = aligned(wide.size, type.layout.align);
    out->params.offsets.push_back(static_cast<std::uint32_t>(wide.size));
    wide.size += type.layout.size;
    wide.align = std::max(wide.align, type.layout.align);
    wide.flat += type.layout.flat;
    in_memory = in_memory || type.in_memory;
  }
  wide.size = aligned(wide.size, wide.align);
  if (wide.size > abi::kMaxBytes)
    refused_ = "the parameters of a function are larger than any memory";
  out->params.layout = {
      .size = static_cast<std::uint32_t>(wide.size),
      .align = wide.align,
      .flat = static_cast<std::uint32_t>(std::min<std::uint64_t>(wide.flat, kManyFlat))};
  out->param_resources = resources_in(ids);
  const DynamicType* result = function.result == kNone ? nullptr : &types_[function.result];
  if (result != nullptr) out->result_resources = resources_in(std::span(&function.result, 1));
  out->info = {.name = function.name,
               .params = out->members,
               .result = result == nullptr ? nullptr : &result->type,
               .flat_params = out->params.layout.flat,
               .has_self = false,
               .lowers_handles = !out->param_resources.empty(),
               .params_in_memory = in_memory || out->params.layout.flat > abi::kMaxFlatParams,
               .result_in_memory = result != nullptr && result->layout.flat > abi::kMaxFlatResults,
               .param_resources = out->param_resources,
               .result_resources = out->result_resources};
  out->shape = dynamic_shape(out->info);
  signatures_.push_back(std::move(out));
  return *signatures_.back();
}

bool DynamicWorld::is_host(std::string_view interface) const {
  const auto names_it = [&](const auto& one) { return one.first.first == interface; };
  return std::ranges::any_of(imports_.functions_, names_it) ||
         std::ranges::any_of(imports_.resources_, names_it);
}

bool DynamicWorld::is_service(std::string_view interface) const {
  return services_ != nullptr && services_->gives(interface);
}

std::vector<std::string_view> DynamicWorld::provided() const {
  std::vector<std::string_view> names;
  for (const auto& [name, handler] : imports_.functions_) names.push_back(name.first);
  if (services_ != nullptr)
    for (const HostInterfaceInfo& interface : services_->interfaces)
      names.push_back(interface.name);
  return names;
}

// As PluginCore has it for worlds that were known before.
bool DynamicWorld::is_sealed(std::string_view interface, std::string_view item) const {
  const auto is_of_host = [&](const auto& one) {
    return same_interface(one.first.first, interface);
  };
  const auto is_of_service = [&](const HostInterfaceInfo& one) {
    return same_interface(one.name, interface);
  };
  return wasi_ == Wasi::Access::sealed && is_wasi(interface, item) &&
         (services_ == nullptr || std::ranges::none_of(services_->interfaces, is_of_service)) &&
         std::ranges::none_of(imports_.functions_, is_of_host) &&
         std::ranges::none_of(imports_.resources_, is_of_host);
}

// ---- The world -------------------------------------------------------------------------------

void DynamicWorld::add_exports() {
  for (const contract::Interface& interface : contract_.exports) {
    auto& infos = export_infos_.emplace_back();
    for (const contract::Function& function : interface.functions) {
      const DynamicSignature& made = signature(function);
      exports_.push_back(&made);
      infos.push_back(made.info);
    }
  }
  for (std::size_t i = 0; i < export_infos_.size(); ++i)
    interfaces_.push_back({.name = contract_.exports[i].name, .functions = export_infos_[i]});
}

void DynamicWorld::add_imports(Missing& missing) {
  for (const contract::Interface& interface : contract_.imports) {
    if (is_service(interface.name)) continue;
    auto host = std::make_unique<DynamicHost>(DynamicHost{.world = this, .name = interface.name});
    for (const contract::Function& function : interface.functions) {
      const auto found = imports_.functions_.find({interface.name, function.name});
      const bool named = found != imports_.functions_.end();
      if (!named && is_sealed(interface.name, function.name)) continue;
      if (!named && !imports_.others_) {
        missing.add(interface.name, function.name,
                    [&] { return other_versions(interface.name, provided()); });
        continue;
      }
      const DynamicSignature& made = signature(function);
      host->signatures.push_back(&made);
      host->handlers.push_back(named ? &found->second : &imports_.others_);
      host->infos.push_back(dynamic_host_function(made.info));
    }
    hosts_.push_back(std::move(host));
  }
  for (const auto& [name, one] : resources_) {
    if (one.resource.of_guest || one.is_wasi || one.is_service) continue;
    if (one.dropped == nullptr && !imports_.others_)
      missing.add(one.resource.interface, concat("resource ", one.resource.name));
    host_resources_.push_back(&one.resource);
  }
  for (const auto& host : hosts_)
    host_interfaces_.push_back({.name = host->name, .functions = host->infos});
}

DynamicWorld::DynamicWorld(contract::Contract contract, DynamicImports imports,
                           const PluginOptions& options)
    : contract_(std::move(contract)),
      imports_(std::move(imports)),
      wasi_(options.wasi.access),
      services_(grant(options.services, contract_,
                      [this](std::string_view interface) { return is_host(interface); })) {}

Result<std::shared_ptr<const DynamicWorld>> DynamicWorld::make(contract::Contract contract,
                                                               DynamicImports imports,
                                                               const PluginOptions& options,
                                                               std::string_view name) {
  const std::shared_ptr<DynamicWorld> world(
      new DynamicWorld(std::move(contract), std::move(imports), options));
  std::optional<std::string> why = world->lay_out();
  Missing missing(options.gate);
  if (!why) {
    world->add_exports();
    world->add_imports(missing);
    if (world->refused_) why = std::string(*world->refused_);
  }
  if (why)
    return std::unexpected(
        Error(Error::Kind::bad_component, concat(name, " cannot be called by name: ", *why)));
  if (!missing.is_empty())
    return std::unexpected(missing.error(
        name, "", "\n  Provide it (DynamicImports), or build the plugin without it."));
  return world;
}

WorldInfo DynamicWorld::info() const {
  return {.name = "of its own",
          .exports = interfaces_,
          .imports = host_interfaces_,
          .resources = host_resources_};
}

std::vector<HostObject> DynamicWorld::objects() const {
  std::vector<HostObject> all;
  for (const auto& host : hosts_) all.push_back({.shared = host.get()});
  return all;
}

}  // namespace mortise::detail
