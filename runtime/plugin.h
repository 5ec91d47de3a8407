// A loaded plugin: a component that was compiled, checked against a world, and linked.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/gate.h>
#include <mortise/runtime/host.h>
#include <mortise/runtime/instance.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/observer.h>
#include <mortise/runtime/progress.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/service.h>
#include <mortise/runtime/wasi.h>
#include <mortise/runtime/world.h>

namespace mortise {

template <class W>
class Pool;

// Where a component is compiled.
enum class Compile : std::uint8_t {
  // In a child process that CompileLimits bound: for what strangers wrote. Costs about 10 ms.
  isolated,
  // In this process, without bounds on time, memory or recursion: only for components that you
  // would run as native code.
  in_process,
  // Not at all: the file has native code that compile_ahead (ahead.h) made. It runs as it is, so
  // load only what nobody else can have written.
  ahead,
};

struct PluginOptions {
  // What messages call a plugin that is loaded from a file; empty: as the file.
  std::string name{};
  Limits limits{};
  Compile compile = Compile::isolated;
  CompileLimits compile_limits{};
  // Whether its code is looked for in the engine's cache, and kept there (cache.h). False for what
  // comes in numbers from strangers: it would take the place of what is loaded again.
  bool cached = true;
  // What this plugin may import beside what its world does.
  std::vector<Service> services{};
  Wasi wasi{};
  // Told of every call, instance and so on of this plugin; null: nobody.
  std::shared_ptr<Observer> observer = nullptr;
  // Asks the load to end, from any thread: it answers with an Error of kind cancelled, and the
  // helper ends at once. What is compiled in this process is not interrupted.
  std::stop_token stop{};
  // Told how far the helper is, 200 times at most, on the thread that loads. Never, where nothing
  // is compiled, or in this process. Must not throw.
  CompileProgressHandler progress{};
  Gate gate{};
};

// A plugin of world W, where W is a binding such as PluginWorld. Copies share it. All const
// methods may run on any number of threads at once. Keeps what it needs of its engine alive.
template <class W>
class Plugin {
 public:
  // Reads a file, compiles it, checks its contract and links it; runs none of its code. The
  // plugin is called by the file's name in messages, where the options give it no other. A file
  // whose name ends in .wat is text. Cost: milliseconds for small components, seconds for those of
  // 10 MB. Errors: io; bad_component; contract_mismatch, with every difference; denied, for an
  // import that nobody provides; limit_exceeded (compile_..); cancelled.
  [[nodiscard]] static Result<Plugin> load(const Engine& engine, const std::string& path,
                                           const typename W::Imports& imports,
                                           const PluginOptions& options = {}) {
    return wrap(detail::load_file(engine, path, kWorld, objects(imports), options));
  }

  // The same from memory; `bytes` are not needed afterwards. `name` is for messages.
  [[nodiscard]] static Result<Plugin> from_bytes(const Engine& engine, std::string_view name,
                                                 std::span<const std::uint8_t> bytes,
                                                 const typename W::Imports& imports,
                                                 const PluginOptions& options = {}) {
    return wrap(detail::load_bytes(engine, name, bytes, detail::Form::binary, kWorld,
                                   objects(imports), options));
  }

  // The same from the text format (WAT) of a component.
  [[nodiscard]] static Result<Plugin> from_text(const Engine& engine, std::string_view name,
                                                std::string_view text,
                                                const typename W::Imports& imports,
                                                const PluginOptions& options = {}) {
    // Characters read as the bytes that they are.
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return wrap(detail::load_bytes(engine, name, bytes, detail::Form::text, kWorld,
                                   objects(imports), options));
  }

  // A new instance with memory of its own. Runs the plugin's start functions, under its limits.
  // Cost: microseconds. Errors: guest_trap, limit_exceeded, misuse (too little stack), io, and what
  // CallOptions name.
  [[nodiscard]] Result<Instance<W>> instantiate(const InstanceOptions& options = {}) const {
    Result<detail::InstanceHandle> instance = detail::instantiate(core_, options);
    if (!instance) return std::unexpected(std::move(instance).error());
    return Instance<W>(*std::move(instance));
  }

  // What messages call it.
  [[nodiscard]] const std::string& name() const { return detail::name_of(*core_); }
  [[nodiscard]] const Limits& limits() const { return detail::limits_of(*core_); }
  // How much native code it is, which its instances share.
  [[nodiscard]] Bytes code() const { return detail::code_of(*core_); }

 private:
  static std::vector<detail::HostObject> objects(const typename W::Imports& imports) {
    return detail::ImportsOf<W>::objects(imports);
  }
  static constexpr detail::WorldInfo kWorld{.name = W::name,
                                            .exports = W::Exports::info,
                                            .imports = detail::ImportsOf<W>::interfaces(),
                                            .resources = detail::ImportsOf<W>::resources()};

  friend class Pool<W>;
  explicit Plugin(detail::PluginHandle core) : core_(std::move(core)) {}

  static Result<Plugin> wrap(Result<detail::PluginHandle> core) {
    if (!core) return std::unexpected(std::move(core).error());
    return Plugin(*std::move(core));
  }

  detail::PluginHandle core_;
};

}  // namespace mortise
