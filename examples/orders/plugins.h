// What both kinds of plugins have in common. Their bindings are two headers, which both have the
// order in them: each is included where its plugins are called, and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/policy/granter.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/error.h>
#include <mortise/runtime/plugin.h>
#include <mortise/runtime/pool.h>
#include <mortise/runtime/result.h>

#include "order.h"

namespace orders {

// The plugin FOLDER/NAME/build/NAME.wasm, where `mortise build` puts it, with what the policy says.
// Its instances are kept: orders are no secrets from each other here, and a plugin that starts
// children starts them once. One that fails is replaced.
template <class World>
mortise::Result<mortise::Pool<World>> load_pool(const mortise::Engine& engine,
                                                const mortise::Granter& granter,
                                                const std::string& folder,
                                                const std::string& name) {
  auto options = granter.options_for(name);
  if (!options) return std::unexpected(std::move(options).error());
  const std::string file = folder + "/" + name + "/build/" + name + ".wasm";
  auto plugin = mortise::Plugin<World>::load(engine, file, {}, *std::move(options));
  if (!plugin) return std::unexpected(std::move(plugin).error());
  return mortise::Pool<World>::create(*plugin, {.isolation = mortise::Isolation::reuse});
}

// For the length of a call.
template <class LineRef>
std::vector<LineRef> borrowed_lines(const Order& order) {
  std::vector<LineRef> out;
  for (const Line& line : order.lines)
    out.push_back({.item = line.item, .count = line.count, .cents = line.cents});
  return out;
}

// The kind is for whoever sent the order; the whole of it goes to the operator, on stderr.
Failed failure(std::string_view plugin, const mortise::Error&);

}  // namespace orders
