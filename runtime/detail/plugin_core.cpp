#include <mortise/runtime/detail/plugin_core.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include <mortise/abi/resource.h>
#include <mortise/contract/compare.h>
#include <mortise/contract/detail/decode.h>
#include <mortise/contract/text.h>
#include <mortise/runtime/detail/compile.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/expected.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/detail/file.h>
#include <mortise/runtime/detail/instance_core.h>
#include <mortise/runtime/detail/missing.h>
#include <mortise/runtime/detail/native_code.h>
#include <mortise/runtime/detail/ready.h>
#include <mortise/runtime/detail/services.h>
#include <mortise/runtime/detail/wasi.h>
#include <mortise/runtime/plugin.h>

namespace mortise::detail {

namespace {

using contract::Contract;
using Kind = Error::Kind;

// How many types the check looks at, of one function and of all: a real function has some dozens.
constexpr std::size_t kReflectionBudget = 100'000;
constexpr std::size_t kReflectionBudgetOfAll = 2'000'000;

// clang says it in another way than gcc, and only to the preprocessor.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MORTISE_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(MORTISE_SANITIZED)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Whether the host has an interface, in whatever version.
bool has_interface(const Contract& host, std::string_view interface) {
  return std::ranges::any_of(host.imports, [&](const contract::Interface& one) {
    return same_interface(one.name, interface);
  });
}

// Whether the engine answers it. An interface that the host has is the host's, in the version that
// it has: another one would not be what its author meant.
bool is_sealed(const Contract& expected, std::string_view interface, std::string_view function,
               const Wasi& wasi) {
  return wasi.access == Wasi::Access::sealed && is_wasi(interface, function) &&
         !has_interface(expected, interface);
}

// What to do about imports that nobody provides.
std::string advice(bool only_wasi, const WorldInfo& world, const Wasi& wasi) {
  if (!only_wasi)
    return concat("Build the plugin against the world of this host, ", world.name,
                  ": names, versions and types of imports have to be the same.");
  if (wasi.access == Wasi::Access::none)
    return "Build the plugin without WASI: this host provides none of it.";
  return "Build the plugin without it: of WASI this host provides io, clocks, random, cli, "
         "filesystem and sockets, in versions 0.2.";
}

std::vector<std::string_view> names_of(const std::vector<contract::Interface>& interfaces) {
  std::vector<std::string_view> names;
  for (const contract::Interface& interface : interfaces) names.push_back(interface.name);
  return names;
}

// Every function that the plugin imports is one that the world provides, or the engine.
Result<void> check_imports(const Contract& expected, const Contract& actual, const WorldInfo& world,
                           std::string_view name, const PluginOptions& options) {
  Missing missing(options.gate);
  bool only_wasi = true;
  for (const contract::Interface& interface : actual.imports) {
    const contract::Interface* provided = find(expected.imports, interface.name);
    const auto others = [&] {
      return provided == nullptr ? other_versions(interface.name, names_of(expected.imports))
                                 : std::string();
    };
    for (const contract::Function& function : interface.functions) {
      if (provided != nullptr && find(*provided, function.name) != nullptr) continue;
      if (is_sealed(expected, interface.name, function.name, options.wasi)) continue;
      only_wasi = only_wasi && interface.name.starts_with("wasi:") &&
                  !has_interface(expected, interface.name);
      missing.add(interface.name, function.name, others);
    }
  }
  if (missing.is_empty()) return {};
  return std::unexpected(
      missing.error(name, concat("\n  ", advice(only_wasi, world, options.wasi))));
}

std::string mismatch(std::string_view name, const WorldInfo& world, std::string_view differences) {
  return concat(name, " does not fit world ", world.name, "\n", differences,
                "  The plugin was built against another version of the contract. Rebuild it with "
                "this one, or load it with the host it was built for.");
}

// The engine's own type of one function, in a contract of its own.
Result<Contract> reflect(const mortise_component_t& component, mortise_direction_t direction,
                         std::string_view interface, std::string_view function,
                         std::string_view name, std::size_t budget) {
  mortise_artifact_t* artifact = nullptr;
  const EngineError error(mortise_component_reflect(
      &component, direction, {.interface = bytes(interface), .item = bytes(function)}, budget,
      &artifact));
  if (error) return std::unexpected(explain_component(name, *error, MORTISE_INPUT_BINARY));
  const std::unique_ptr<mortise_artifact_t, decltype(&mortise_artifact_delete)> owned(
      artifact, &mortise_artifact_delete);
  const mortise_bytes_t written = mortise_artifact_contract(artifact);
  auto reflected = contract::detail::decode({written.data, written.size});
  if (!reflected)
    return std::unexpected(
        Error(Kind::internal, concat(name, ": the engine wrote a bad contract")));
  return *std::move(reflected);
}

// One function of `all`, and nothing else.
std::vector<contract::Interface> one_of(const std::vector<contract::Interface>& all,
                                        std::string_view interface, std::string_view function) {
  const contract::Interface* found = find(all, interface);
  const contract::Function* one = found == nullptr ? nullptr : find(*found, function);
  if (one == nullptr) return {};
  return {{.name = found->name, .functions = {*one}}};
}

// What guards memory: the engine's own types of every function that calls will go to or come from.
Result<void> check_reflected(const mortise_component_t& component, const WorldInfo& world,
                             const Contract& expected, std::string_view name) {
  Contract one{.types = expected.types};
  std::size_t left = kReflectionBudgetOfAll;
  const auto check = [&](mortise_direction_t direction, std::string_view interface,
                         std::string_view function) -> Result<void> {
    const Result<Contract> actual =
        reflect(component, direction, interface, function, name, std::min(kReflectionBudget, left));
    if (!actual)
      return std::unexpected(Error(actual.error().kind(), std::string(actual.error().message())));
    left -= std::min(left, actual->types.size());
    const bool exported = direction == MORTISE_EXPORT;
    one.exports = exported ? one_of(expected.exports, interface, function)
                           : std::vector<contract::Interface>();
    one.imports = exported ? std::vector<contract::Interface>()
                           : one_of(expected.imports, interface, function);
    const auto differences = exported ? contract::compare_exports(one, *actual)
                                      : contract::compare_imports(one, *actual);
    if (differences.empty()) return {};
    return std::unexpected(
        Error(Kind::contract_mismatch, mismatch(name, world, explain(differences))));
  };
  for (const InterfaceInfo& interface : world.exports)
    for (const FunctionInfo& function : interface.functions)
      if (Result<void> fine = check(MORTISE_EXPORT, interface.name, function.name); !fine)
        return fine;
  for (const HostInterfaceInfo& interface : world.imports)
    for (const HostFunctionInfo& host : interface.functions)
      if (Result<void> fine = check(MORTISE_IMPORT, interface.name, host.function.name); !fine)
        return fine;
  return {};
}

Result<void> check_contract(const Contract& actual, const mortise_component_t& component,
                            const WorldInfo& world, std::string_view name,
                            const PluginOptions& options) {
  const Contract expected = expected_contract(world);
  if (Result<void> fine = check_imports(expected, actual, world, name, options); !fine) return fine;
  auto differences = contract::compare_exports(expected, actual);
  for (auto& difference : contract::compare_imports(expected, actual))
    differences.push_back(std::move(difference));
  if (!differences.empty())
    return std::unexpected(
        Error(Kind::contract_mismatch, mismatch(name, world, explain(differences))));
  return check_reflected(component, world, expected, name);
}

// The services of a world that was learnt from the plugin's contract: it says nothing of them.
Result<void> check_granted(const Contract& plugin, const mortise_component_t& component,
                           const WorldOf& learnt, std::string_view name) {
  if (learnt.services == nullptr) return {};
  const WorldInfo services{.name = learnt.info.name,
                           .exports = {},
                           .imports = learnt.services->interfaces,
                           .resources = learnt.services->resources};
  const Contract expected = expected_contract(services);
  const auto differences = contract::compare_imports(expected, plugin);
  if (!differences.empty())
    return std::unexpected(
        Error(Kind::contract_mismatch, mismatch(name, services, explain(differences))));
  return check_reflected(component, services, expected, name);
}

// The whole of what a plugin is linked with, if that fits it.
Result<WorldOf> fitting_world(const Contract& plugin, const mortise_component_t& component,
                              const WorldSource& source, const PluginOptions& options,
                              std::string_view name) {
  Result<WorldOf> world = source(plugin, name);
  if (!world) return world;
  // A world that was learnt from the contract need not be compared with it.
  Result<void> fits;
  if (world->learnt) {
    fits = check_reflected(component, world->info, plugin, name);
    if (fits) fits = check_granted(plugin, component, *world, name);
  }
  WorldOf whole = with_services(*std::move(world));
  if (!whole.learnt) fits = check_contract(plugin, component, whole.info, name, options);
  if (!fits) return std::unexpected(std::move(fits).error());
  return whole;
}

Imports imports_of(const WorldInfo& world, std::vector<HostObject> objects) {
  Imports imports{.interfaces = world.imports, .objects = std::move(objects), .functions = {}};
  for (std::size_t i = 0; i < world.imports.size(); ++i)
    for (const HostFunctionInfo& function : world.imports[i].functions)
      imports.functions.push_back(
          {.info = &function, .interface = world.imports[i].name, .object = i});
  return imports;
}

// The engine keeps pointers to the functions of `imports`, and to `lines`; null: without WASI.
Result<void> link(mortise_component_t& component, const WorldInfo& world, const Imports& imports,
                  const WasiLines* lines, std::string_view name) {
  std::vector<mortise_callee_t> callees;
  for (const InterfaceInfo& interface : world.exports)
    for (const FunctionInfo& function : interface.functions)
      callees.push_back(callee(interface, function));
  std::vector<mortise_host_t> hosts;
  for (const LinkedHost& linked : imports.functions) hosts.push_back(engine_form(linked));
  std::vector<mortise_resource_t> resources;
  for (const abi::Resource* resource : world.resources) resources.push_back(engine_form(*resource));
  const mortise_wasi_t wasi = lines == nullptr ? mortise_wasi_t{} : lines->engine_form();
  const EngineError error(mortise_component_link(
      &component, callees.data(), callees.size(), hosts.data(), hosts.size(), resources.data(),
      resources.size(), kDropObject, lines == nullptr ? nullptr : &wasi));
  if (error) return std::unexpected(explain_component(name, *error, MORTISE_INPUT_BINARY));
  return {};
}

Result<void> check_options(const PluginOptions& options, std::string_view name) {
  const Limits& limits = options.limits;
  std::string_view wrong;
  if (limits.deadline && limits.deadline->count() <= 0) wrong = "Limits::deadline";
  if (limits.fuel && limits.fuel->units == 0) wrong = "Limits::fuel";
  if (options.compile_limits.cpu.count() <= 0) wrong = "CompileLimits::cpu";
  if (options.compile_limits.wall.count() <= 0) wrong = "CompileLimits::wall";
  const Wasi& wasi = options.wasi;
  if (wasi.line.count == 0) wrong = "Wasi::line";
  std::string why;
  if (!wrong.empty()) why = concat(wrong, " must be more than nothing");
  if (wasi.line > MiB(1)) why = "Wasi::line must be at most 1 MiB";
  if (wasi.clock.at() < WasiClock::Time{}) why = "Wasi::clock must not be frozen before 1970";
  if (why.empty()) return {};
  return std::unexpected(Error(Kind::misuse, concat(name, " was not loaded: ", why)));
}

Result<PluginHandle> load_input(const Engine& engine, std::string name,
                                std::span<const std::uint8_t> input, Form form,
                                const WorldSource& source, const PluginOptions& options) {
  if (Result<void> fine = check_options(options, name); !fine)
    return std::unexpected(std::move(fine).error());
  if (Result<void> fine = check_services(options.services, name); !fine)
    return std::unexpected(std::move(fine).error());
  if (options.gate.admit)
    if (Result<void> admitted = options.gate.admit(name, input); !admitted)
      return std::unexpected(std::move(admitted).error());
  const std::shared_ptr<EngineCore> core = EngineCore::of(engine);
  const mortise_engine_mode_t mode = mode_for(options.limits);
  Result<const mortise_engine_t*> engine_in_mode = core->mode(mode);
  if (!engine_in_mode) return std::unexpected(std::move(engine_in_mode).error());

  const mortise_engine_t& native = **engine_in_mode;
  Result<Ready> code = ready(*core, native, mode, name, input, form, options);
  if (!code) return std::unexpected(std::move(code).error());
  const Contract& contract = code->compiled.contract;
  Component component = std::move(code->component);

  Result<WorldOf> world = fitting_world(contract, *component, source, options, name);
  if (!world) return std::unexpected(std::move(world).error());
  Imports imports = imports_of(world->info, std::move(world->objects));
  auto lines = options.wasi.access == Wasi::Access::none
                   ? nullptr
                   : std::make_unique<const WasiLines>(name, options.wasi);
  if (Result<void> linked = link(*component, world->info, imports, lines.get(), name); !linked)
    return std::unexpected(std::move(linked).error());
  auto observed = Observed::make(options.observer, name, world->info, world->learnt);
  if (observed) observed->from_cache = code->from_cache;
  return std::make_shared<const PluginCore>(
      std::move(name), options.limits, core, world->info, std::move(world->keeps),
      std::move(imports), std::move(lines), std::move(observed), std::move(component), code->size);
}

// Loads, and tells the observer.
template <class Load>
Result<PluginHandle> watched(const PluginOptions& options, std::string_view name, Load load) {
  if (!options.observer) return load();
  const auto start = Observed::Clock::now();
  Result<PluginHandle> loaded = load();
  const auto duration = Observed::Clock::now() - start;
  if (loaded)
    (*loaded)->observed()->loaded(duration);
  else
    (void)options.observer->loaded(
        {.plugin = {.name = name}, .error = &loaded.error(), .duration = duration});
  return loaded;
}

WorldSource known(const WorldInfo& world, std::vector<HostObject> objects,
                  std::span<const Service> services) {
  return [&world, objects = std::move(objects), services](const Contract& plugin,
                                                          std::string_view) mutable {
    const auto is_host = [&](std::string_view interface) {
      return std::ranges::find(world.imports, interface, &HostInterfaceInfo::name) !=
             world.imports.end();
    };
    return Result<WorldOf>(WorldOf{.info = world,
                                   .objects = std::move(objects),
                                   .keeps = nullptr,
                                   .services = grant(services, plugin, is_host)});
  };
}

}  // namespace

Form form_of(const std::string& path) { return path.ends_with(".wat") ? Form::text : Form::binary; }

Result<Compiled> compile(const EngineCore& core, const mortise_engine_t& engine,
                         mortise_engine_mode_t mode, std::string_view name,
                         std::span<const std::uint8_t> input, Form form,
                         const PluginOptions& options,
                         std::optional<std::chrono::steady_clock::time_point> until) {
  if (options.compile == Compile::ahead) return read_native(input, mode, name);
  const mortise_input_t kind = form == Form::text ? MORTISE_INPUT_TEXT : MORTISE_INPUT_BINARY;
  return options.compile == Compile::in_process
             ? compile_here(engine, input, kind, name, options.compile_limits)
             : compile_apart(core, mode, input, kind, name, options, until);
}

Result<PluginHandle> load_file(const Engine& engine, const std::string& path,
                               const WorldSource& world, const PluginOptions& options) {
  const std::string name = options.name.empty() ? base_name(path) : escape(options.name);
  return watched(options, name, [&]() -> Result<PluginHandle> {
    Result<ByteVector> input = options.compile == Compile::ahead
                                   ? read_native_file(path, name, options.compile_limits)
                                   : read_component(path, name, options.compile_limits);
    if (!input) return std::unexpected(std::move(input).error());
    return load_input(engine, name, *input, form_of(path), world, options);
  });
}

Result<PluginHandle> load_file(const Engine& engine, const std::string& path,
                               const WorldInfo& world, std::vector<HostObject> objects,
                               const PluginOptions& options) {
  return load_file(engine, path, known(world, std::move(objects), options.services), options);
}

Result<PluginHandle> load_bytes(const Engine& engine, std::string_view name,
                                std::span<const std::uint8_t> input, Form form,
                                const WorldSource& world, const PluginOptions& options) {
  const std::string shown = escape(name);
  return watched(options, shown, [&]() -> Result<PluginHandle> {
    if (options.compile != Compile::ahead)
      if (Result<void> fine =
              check_bytes(input, form == Form::binary, shown, options.compile_limits);
          !fine)
        return std::unexpected(std::move(fine).error());
    return load_input(engine, shown, input, form, world, options);
  });
}

Result<PluginHandle> load_bytes(const Engine& engine, std::string_view name,
                                std::span<const std::uint8_t> input, Form form,
                                const WorldInfo& world, std::vector<HostObject> objects,
                                const PluginOptions& options) {
  return load_bytes(engine, name, input, form, known(world, std::move(objects), options.services),
                    options);
}

const mortise_component_t* PluginCore::pooled() const {
  // The pool reserves terabytes, for which sanitizers leave no room.
  if constexpr (kSanitized) return nullptr;
  std::call_once(made_pooled_, [this] {
    mortise_component_t* raw = nullptr;
    const EngineError error(
        mortise_component_pooled(component_.get(), engine_->options().keep_resident, &raw));
    if (error || raw == nullptr) return;
    Component made(raw);
    if (link(*made, world_, imports_, lines_.get(), name_)) pooled_ = std::move(made);
  });
  return pooled_.get();
}

std::uint32_t PluginCore::first_function_of(const abi::Resource& resource) const {
  return std::ranges::find(returned_, &resource, &Returned::resource)->first_function;
}

std::vector<PluginCore::Returned> PluginCore::returned_by(const WorldInfo& world) {
  const auto first_function = [&](std::string_view interface_name) {
    std::uint32_t first = 0;
    for (const InterfaceInfo& interface : world.exports) {
      if (interface.name == interface_name) break;
      first += static_cast<std::uint32_t>(interface.functions.size());
    }
    return first;
  };
  std::vector<Returned> all;
  for (const InterfaceInfo& interface : world.exports)
    for (const FunctionInfo& function : interface.functions)
      for (const abi::Resource* resource : function.result_resources)
        if (resource->of_guest &&
            std::ranges::find(all, resource, &Returned::resource) == all.end())
          all.push_back(
              {.resource = resource, .first_function = first_function(resource->interface)});
  return all;
}

const std::string& name_of(const PluginCore& core) { return core.name(); }
const Limits& limits_of(const PluginCore& core) { return core.limits(); }
Bytes code_of(const PluginCore& core) { return core.code(); }

}  // namespace mortise::detail
