// mortise:plugins for plugins: those that run plugins.
//
//   auto runner = mortise::services::plugins(engine, "pipeline",
//                                            {.listed = {{"tax", "tax.wasm"}}});
//   auto plugin = mortise::Plugin<PluginWorld>::load(engine, "pipeline.wasm", {},
//                                                    {.services = {runner}});
//
// A child has no more than its parent. Its calls take fuel and time of the parent's call that makes
// them, and its memory is kept from the parent as long as it lives; so what the host granted to the
// first of them bounds all of a tree, however it is shared out below. All the fuel that a child was
// given is charged when it fails, and what it used when it does not. It gets services that its
// parent has and names, the same ones: of a child's keys in a store its parent is the owner.
//
// A child that fails is an answer to its parent, with the kind of the error. A parent that ends
// takes its children along. Children run on the thread of the call, so each level needs its share
// of the native stack, and a call for which there is not enough left is such an answer too.
//
// docs/guide/plugins-that-run-plugins.md shows all of it.
//
// Fuel counts what guests do: compiling, and reading and writing values as text, take time alone.
// Give the first of them a deadline too.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include <mortise/runtime/engine.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/service.h>
#include <mortise/runtime/wasi.h>
#include <mortise/services/denial.h>

namespace mortise::services {

// What one plugin may run.
struct PluginsGrant {
  // Files of components, by the names that it loads them by. A file is read at each load.
  std::map<std::string, std::string, std::less<>> listed{};
  // It may bring components of its own, as bytes. The memory of the native code is its own.
  bool bytes = false;
  // The services that it has itself, by the names that it gives them to its children by. With
  // "plugins" a child may run plugins too: the same ones, as this grant has them.
  std::map<std::string, Service, std::less<>> services{};
  // Levels of children below it.
  std::uint32_t depth = 4;
  // Loaded plugins and instances of an instance of it, on all levels together, at once.
  std::uint32_t children = 16;
  // For each child, where its parent has more: one call's deadline and fuel, an instance's memory,
  // and what it answers, which as text becomes up to six times as large on its way.
  Limits limits{.lift = MiB(8)};
  // The longest call as text. Its values may take the host sixty times as much while they are made.
  Bytes text = MiB(1);
  // For each component that it brings or names. Compiling takes no more than the call's time.
  CompileLimits compile{};
  // What the plugin has itself: not more. Lines are counted for each call of a child.
  Wasi wasi{};
  // Looks at the component of each that is listed, by its name there, whenever it is loaded. Of its
  // error the plugin is told the message, which names nothing of the machine; `on_denied` the notes
  // too.
  std::function<Result<void>(std::string_view name, std::span<const std::uint8_t> component)>
      admit{};
  // Told of what it and its children ask for and must not have.
  OnDenied on_denied{};
};

// `plugin` is its name: in messages a child is called "pipeline/tax". The engine outlives all that
// was given it. Safe on any number of threads.
[[nodiscard]] Service plugins(const Engine& engine, std::string plugin, PluginsGrant grant);

}  // namespace mortise::services
