#include <mortise/runtime/dynamic.h>

#include <algorithm>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/dynamic_call.h>
#include <mortise/runtime/detail/dynamic_world.h>
#include <mortise/runtime/resource.h>

namespace mortise {

namespace {

using detail::DynamicWorld;
using Kind = Error::Kind;

std::string_view without_version(std::string_view interface) {
  return interface.substr(0, interface.find('@'));
}

// "`a`, `b` and 3 more".
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i)
    out += concat(i == 0 ? "" : ", ", "`", escape(names[i], 100), "`");
  if (names.size() > kShown) out += concat(" and ", names.size() - kShown, " more");
  return out;
}

}  // namespace

// ---- DynamicPlugin ---------------------------------------------------------------------------

DynamicPlugin::DynamicPlugin(detail::PluginHandle core,
                             std::shared_ptr<const detail::DynamicWorld> world)
    : core_(std::move(core)), world_(std::move(world)) {}

namespace {

// Learns the contract on the way.
struct Learning {
  DynamicImports imports;
  Wasi::Access wasi;
  std::shared_ptr<const DynamicWorld> world = nullptr;

  detail::WorldSource source() {
    return [this](const contract::Contract& contract,
                  std::string_view name) -> Result<detail::WorldOf> {
      auto made = DynamicWorld::make(contract, std::move(imports), wasi, name);
      if (!made) return std::unexpected(std::move(made).error());
      world = *std::move(made);
      return detail::WorldOf{.info = world->info(), .objects = world->objects(), .keeps = world};
    };
  }
};

}  // namespace

Result<DynamicPlugin> DynamicPlugin::load(const Engine& engine, const std::string& path,
                                          DynamicImports imports, const PluginOptions& options) {
  Learning learning{.imports = std::move(imports), .wasi = options.wasi.access};
  Result<detail::PluginHandle> core = detail::load_file(engine, path, learning.source(), options);
  if (!core) return std::unexpected(std::move(core).error());
  return DynamicPlugin(*std::move(core), learning.world);
}

Result<DynamicPlugin> DynamicPlugin::from_bytes(const Engine& engine, std::string_view name,
                                                std::span<const std::uint8_t> bytes,
                                                DynamicImports imports,
                                                const PluginOptions& options) {
  Learning learning{.imports = std::move(imports), .wasi = options.wasi.access};
  Result<detail::PluginHandle> core =
      detail::load_bytes(engine, name, bytes, detail::Form::binary, learning.source(), options);
  if (!core) return std::unexpected(std::move(core).error());
  return DynamicPlugin(*std::move(core), learning.world);
}

Result<DynamicPlugin> DynamicPlugin::from_text(const Engine& engine, std::string_view name,
                                               std::string_view text, DynamicImports imports,
                                               const PluginOptions& options) {
  Learning learning{.imports = std::move(imports), .wasi = options.wasi.access};
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
  std::vector<DynamicFunction> found;
  std::vector<std::string> owners;
  std::vector<std::string_view> names;
  bool has_interface = interface.empty();
  std::uint32_t number = 0;
  for (const contract::Interface& one : contract().exports) {
    const bool meant =
        interface.empty() || one.name == interface || without_version(one.name) == interface;
    has_interface = has_interface || meant;
    for (const contract::Function& type : one.functions) {
      if (meant) {
        names.push_back(type.name);
        if (type.name == function) {
          found.push_back(DynamicFunction(one.name, type, number, *world_));
          owners.push_back(one.name.empty() ? type.name : concat(one.name, ".", type.name));
        }
      }
      ++number;
    }
  }
  if (found.size() == 1) return found.front();
  // A function of the world has no other name than this.
  if (const auto own = std::ranges::find(found, "", &DynamicFunction::interface);
      own != found.end())
    return *own;
  const auto refuse = [&](std::string why) -> Result<DynamicFunction> {
    return std::unexpected(Error(Kind::misuse, concat(name(), " ", why)));
  };
  if (found.size() > 1)
    return refuse(concat("has more than one function `", escape(function, 100),
                         "`: say which with its interface: ", listed(owners)));
  if (!has_interface) {
    std::vector<std::string> all;
    for (const contract::Interface& one : contract().exports)
      if (!one.name.empty()) all.push_back(one.name);
    return refuse(concat("does not export the interface `", escape(interface, 100), "`",
                         all.empty() ? ": it exports none" : concat(": it exports ", listed(all))));
  }
  std::vector<std::string> near;
  for (const std::string_view one : near_names(function, names, 3)) near.emplace_back(one);
  return refuse(concat("exports no function `", escape(function, 100), "`",
                       near.empty() ? std::string() : concat("; near it: ", listed(near))));
}

Result<DynamicInstance> DynamicPlugin::instantiate() const {
  Result<detail::InstanceHandle> core = detail::instantiate(core_);
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
  const auto refuse = [&](std::string_view why) -> Result<DynamicAnswer> {
    return std::unexpected(
        Error(Kind::misuse, concat("`", function.type().name, "` was not called: ", why)));
  };
  if (function.world_ != world_.get()) return refuse("it is a function of another plugin");
  if (auto fits = contract::check(world_->contract(), function.type(), arguments); !fits)
    return refuse(fits.error().message);
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

Bytes DynamicInstance::memory() const { return detail::memory_of(*core_); }
Fuel DynamicInstance::fuel_used() const { return detail::fuel_used_by(*core_); }
std::uint64_t DynamicInstance::lines_dropped() const { return detail::lines_dropped_by(*core_); }

}  // namespace mortise
