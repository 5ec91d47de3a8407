#include <mortise/runtime/dynamic.h>

#include <utility>

#include <mortise/contract/look_up.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/dynamic_call.h>
#include <mortise/runtime/detail/dynamic_world.h>
#include <mortise/runtime/resource.h>

namespace mortise {

namespace {

using detail::DynamicWorld;
using Kind = Error::Kind;

}  // namespace

// ---- DynamicPlugin ---------------------------------------------------------------------------

DynamicPlugin::DynamicPlugin(detail::PluginHandle core,
                             std::shared_ptr<const detail::DynamicWorld> world)
    : core_(std::move(core)), world_(std::move(world)) {}

namespace {

// Learns the contract on the way.
struct Learning {
  DynamicImports imports;
  const PluginOptions& options;
  std::shared_ptr<const DynamicWorld> world = nullptr;

  detail::WorldSource source() {
    return [this](const contract::Contract& contract,
                  std::string_view name) -> Result<detail::WorldOf> {
      auto made = DynamicWorld::make(contract, std::move(imports), options, name);
      if (!made) return std::unexpected(std::move(made).error());
      world = *std::move(made);
      return detail::WorldOf{.info = world->info(),
                             .objects = world->objects(),
                             .keeps = world,
                             .services = world->services(),
                             .learnt = true};
    };
  }
};

}  // namespace

Result<DynamicPlugin> DynamicPlugin::load(const Engine& engine, const std::string& path,
                                          DynamicImports imports, const PluginOptions& options) {
  Learning learning{.imports = std::move(imports), .options = options};
  Result<detail::PluginHandle> core = detail::load_file(engine, path, learning.source(), options);
  if (!core) return std::unexpected(std::move(core).error());
  return DynamicPlugin(*std::move(core), learning.world);
}

Result<DynamicPlugin> DynamicPlugin::from_bytes(const Engine& engine, std::string_view name,
                                                std::span<const std::uint8_t> bytes,
                                                DynamicImports imports,
                                                const PluginOptions& options) {
  Learning learning{.imports = std::move(imports), .options = options};
  Result<detail::PluginHandle> core =
      detail::load_bytes(engine, name, bytes, detail::Form::binary, learning.source(), options);
  if (!core) return std::unexpected(std::move(core).error());
  return DynamicPlugin(*std::move(core), learning.world);
}

Result<DynamicPlugin> DynamicPlugin::from_text(const Engine& engine, std::string_view name,
                                               std::string_view text, DynamicImports imports,
                                               const PluginOptions& options) {
  Learning learning{.imports = std::move(imports), .options = options};
  // Characters read as the bytes that they are.
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  Result<detail::PluginHandle> core =
      detail::load_bytes(engine, name, bytes, detail::Form::text, learning.source(), options);
  if (!core) return std::unexpected(std::move(core).error());
  return DynamicPlugin(*std::move(core), learning.world);
}

const contract::Contract& DynamicPlugin::contract() const { return world_->contract(); }

Result<DynamicFunction> DynamicPlugin::find(std::string_view function) const {
  return find({}, function);
}

Result<DynamicFunction> DynamicPlugin::find(std::string_view interface,
                                            std::string_view function) const {
  const auto found = contract::look_up(contract().exports, interface, function, "exports");
  if (!found) return std::unexpected(Error(Kind::misuse, concat(name(), " ", found.error())));
  return DynamicFunction(found->interface->name, *found->function, found->number, *world_);
}

Result<DynamicInstance> DynamicPlugin::instantiate(const InstanceOptions& options) const {
  Result<detail::InstanceHandle> core = detail::instantiate(core_, options);
  if (!core) return std::unexpected(std::move(core).error());
  return DynamicInstance(*std::move(core), world_);
}

// ---- DynamicInstance -------------------------------------------------------------------------

DynamicInstance::DynamicInstance(detail::InstanceHandle core,
                                 std::shared_ptr<const detail::DynamicWorld> world)
    : world_(std::move(world)),
      handles_(std::make_shared<detail::DynamicHandles>()),
      core_(std::move(core)) {}

DynamicInstance::DynamicInstance(DynamicInstance&&) noexcept = default;
DynamicInstance& DynamicInstance::operator=(DynamicInstance&& other) noexcept {
  // The instance goes before what its handles refer to.
  if (this != &other) {
    core_ = std::move(other.core_);
    handles_ = std::move(other.handles_);
    world_ = std::move(other.world_);
  }
  return *this;
}
DynamicInstance::~DynamicInstance() = default;

Result<DynamicAnswer> DynamicInstance::call(const DynamicFunction& function,
                                            std::span<const Value> arguments,
                                            const CallOptions& options) {
  const auto refusal = [&](std::string_view why) {
    return Error(Kind::misuse, concat("`", function.type().name, "` was not called: ", why));
  };
  if (function.world_ != world_.get())
    return std::unexpected(refusal("it is a function of another plugin"));
  if (auto fits = contract::check(world_->contract(), function.type(), arguments); !fits)
    return std::unexpected(
        detail::refuse_call(*core_, function.number_, refusal(fits.error().message), options));
  // A function of the host may destroy this in the middle of the call.
  const auto handles = handles_;
  return detail::dynamic_call(*core_, *world_, *handles, function.number_, arguments, options);
}

Result<void> DynamicInstance::drop(const Value::Handle& handle, const CallOptions& options) {
  abi::GuestHandle* found = handles_->find(handle.resource, handle.number);
  if (found == nullptr)
    return std::unexpected(Error(Kind::misuse, concat("there is no ", escape(handle.resource, 100),
                                                      " ", handle.number, " to drop")));
  Result<void> dropped = detail::drop_handle(*found, handle.resource, options);
  if (found->instance == nullptr) handles_->remove(handle.number);
  return dropped;
}

bool DynamicInstance::ended() const { return detail::has_ended(*core_); }
Bytes DynamicInstance::memory() const { return detail::memory_of(*core_); }
Fuel DynamicInstance::fuel_used() const { return detail::fuel_used_by(*core_); }
std::uint64_t DynamicInstance::lines_dropped() const { return detail::lines_dropped_by(*core_); }

}  // namespace mortise
