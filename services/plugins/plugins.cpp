#include <mortise/services/plugins/plugins.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/contract/json.h>
#include <mortise/contract/text.h>
#include <mortise/contract/wave.h>
#include <mortise/runtime/dynamic.h>

// Written from wit/plugins.
#include "plugins_world.h"

namespace mortise::services {

namespace {

namespace runner = mortise_::plugins::runner;

using runner::Failure;
using runner::Kind;
using runner::Share;
using std::chrono::milliseconds;

// ---- Failures ----------------------------------------------------------------------------------

Kind kind_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::bad_component: return Kind::bad_component;
    case Error::Kind::contract_mismatch: return Kind::contract_mismatch;
    case Error::Kind::denied: return Kind::denied;
    case Error::Kind::guest_trap: return Kind::guest_trap;
    case Error::Kind::limit_exceeded: return Kind::limit_exceeded;
    case Error::Kind::overloaded: return Kind::overloaded;
    case Error::Kind::cancelled: return Kind::cancelled;
    case Error::Kind::misuse: return Kind::misuse;
    case Error::Kind::io: return Kind::io;
    case Error::Kind::internal: return Kind::internal;
  }
  return Kind::internal;
}

using Refusal = std::unexpected<Failure>;

Refusal refuse(Kind kind, std::string message) {
  return Refusal({.kind = kind, .limit = std::nullopt, .message = std::move(message)});
}
// What a guest is told: nothing of what the host is written in.
Refusal refuse(const Error& error) {
  std::optional<std::string> limit;
  if (error.limit() != Error::Limit::none) limit = to_string(error.limit());
  return Refusal({.kind = kind_of(error.kind()),
                  .limit = std::move(limit),
                  .message = std::string(error.summary())});
}
Refusal refuse_limit(std::string limit, std::string message) {
  return Refusal(
      {.kind = Kind::limit_exceeded, .limit = std::move(limit), .message = std::move(message)});
}

// ---- One plugin that runs others, and all that it runs -----------------------------------------

// What all levels share: of one instance of the plugin that was granted this.
class Tree {
 public:
  Tree(const Engine& engine, std::shared_ptr<const PluginsGrant> grant)
      : engine_(engine), grant_(std::move(grant)) {}

  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] const PluginsGrant& grant() const { return *grant_; }

  // False: there are as many children as there may be.
  bool add_child() {
    if (children_.fetch_add(1) < grant_->children) return true;
    children_.fetch_sub(1);
    return false;
  }
  void remove_child() { children_.fetch_sub(1); }

 private:
  const Engine& engine_;
  std::shared_ptr<const PluginsGrant> grant_;
  std::atomic<std::uint32_t> children_ = 0;
};

// One of the children that there may be.
class Place {
 public:
  static std::optional<Place> take(std::shared_ptr<Tree> tree) {
    if (!tree->add_child()) return std::nullopt;
    return Place(std::move(tree));
  }
  Place(Place&&) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (tree_) tree_->remove_child();
  }

  [[nodiscard]] const std::shared_ptr<Tree>& tree() const { return tree_; }

 private:
  explicit Place(std::shared_ptr<Tree> tree) : tree_(std::move(tree)) {}

  std::shared_ptr<Tree> tree_;
};

Refusal too_many(std::string_view who, const Tree& tree) {
  return refuse(Kind::overloaded,
                concat(who, " was not started: ", tree.grant().children,
                       " plugins and instances are there already, and no more may be"));
}

// ---- What a child may use ----------------------------------------------------------------------

template <class T>
std::optional<T> least(std::optional<T> a, std::optional<T> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

std::optional<milliseconds> time_of(const Share& share) {
  constexpr milliseconds kLong = std::chrono::years(1);
  if (!share.time) return std::nullopt;
  const auto asked = std::min(*share.time, static_cast<std::uint64_t>(kLong.count()));
  return milliseconds(asked);
}

std::optional<Fuel> fuel_of(const Share& share) {
  if (!share.fuel) return std::nullopt;
  return Fuel(*share.fuel);
}

// Of one call: what was asked for, where its parent has it and the grant allows it.
CallOptions bounds(const CallContext& call, const Share& share, const Limits& limits) {
  CallOptions out;
  // Code that nothing can stop cannot be given less; then the parent is such code itself.
  if (limits.deadline || limits.fuel) {
    out.deadline = least(least(time_of(share), call.time_left()), limits.deadline);
    out.stop = call.stop();
  }
  if (limits.fuel) out.fuel = least(least(fuel_of(share), call.fuel_left()), limits.fuel);
  return out;
}

// What is compiled for a child: it can be bounded in whatever its parent is bounded in.
Limits limits_of(const CallContext& call, Limits limits) {
  if (call.time_left() && !limits.deadline) limits.deadline = call.time_left();
  if (call.fuel_left() && !limits.fuel) limits.fuel = call.fuel_left();
  return limits;
}

// Pays for what a child has done: what it used, or, where it failed, all that it was given.
void pay(const CallContext& call, const CallOptions& given, std::optional<Fuel> used) {
  if (given.fuel) call.charge(used.value_or(*given.fuel));
}

// ---- An instance -------------------------------------------------------------------------------

class Child final : public runner::Instance {
 public:
  Child(DynamicPlugin plugin, DynamicInstance instance, Reservation memory, Place place)
      : place_(std::move(place)),
        memory_(std::move(memory)),
        plugin_(std::move(plugin)),
        instance_(std::move(instance)) {}

  using Text = Outcome<std::optional<std::string>, Failure>;

  Text call_(CallContext& call, std::string_view expression, const Share& share) override {
    const auto read = wave::parse_call(expression);
    if (!read) return refuse(Kind::misuse, read.error().message);
    const auto function = plugin_.find(read->interface, read->function);
    if (!function) return refuse(function.error());
    const auto arguments = wave::parse_arguments(plugin_.contract(), function->type(), *read);
    if (!arguments) return refuse(Kind::misuse, arguments.error().message);
    Answer answer = run(call, *function, *arguments, share);
    if (!answer) return Refusal(std::move(answer).error());
    if (!*answer) return std::optional<std::string>();
    return std::optional(wave::print(**answer));
  }

  Text call_json(CallContext& call, std::string_view name, std::string_view given,
                 const Share& share) override {
    const auto function = find(name);
    if (!function) return refuse(function.error());
    const auto arguments = json::parse_arguments(plugin_.contract(), function->type(), given);
    if (!arguments) return refuse(Kind::misuse, arguments.error().message);
    Answer answer = run(call, *function, *arguments, share);
    if (!answer) return Refusal(std::move(answer).error());
    if (!*answer) return std::optional<std::string>();
    auto text = json::print(plugin_.contract(), function->type().result, **answer);
    // It was lifted as of this type.
    if (!text) return refuse(Kind::internal, text.error().message);
    return std::optional(*std::move(text));
  }

  Outcome<std::expected<std::string, std::string>, Failure> process_data(
      CallContext& call, std::string_view input, const runner::MetadataRef& meta,
      const Share& share) override {
    const auto function = plugin_.find("techbytes:plugins/processor", "process-data");
    if (!function) return refuse(Kind::contract_mismatch, std::string(function.error().summary()));
    const std::vector<Value> arguments{
        Value(input), Value::record({{.name = "name", .value = Value(meta.name)},
                                     {.name = "version", .value = Value(meta.version)},
                                     {.name = "priority", .value = Value(meta.priority)}})};
    if (!is_processor(*function, arguments))
      return refuse(Kind::contract_mismatch, concat(plugin_.name(),
                                                    " exports another process-data than "
                                                    "techbytes:plugins/processor has"));
    Answer answer = run(call, *function, arguments, share);
    if (!answer) return Refusal(std::move(answer).error());
    // Of the type that was checked.
    const auto& result = *(**answer).get<Value::Result>();
    const auto& text = *result.payload->get<std::string>();
    if (result.is_ok) return std::expected<std::string, std::string>(text);
    return std::expected<std::string, std::string>(std::unexpected(text));
  }

 private:
  using Answer = std::expected<DynamicAnswer, Failure>;

  // "techbytes:plugins/processor.process-data", or what is enough of that.
  [[nodiscard]] Result<DynamicFunction> find(std::string_view name) const {
    const auto read = wave::parse_call(concat(name, "()"));
    if (!read) return plugin_.find(name);
    return plugin_.find(read->interface, read->function);
  }

  [[nodiscard]] bool is_processor(const DynamicFunction& function,
                                  std::span<const Value> arguments) const {
    const contract::Contract& types = plugin_.contract();
    const contract::TypeId result = function.type().result;
    return contract::check(types, function.type(), arguments) && result != contract::kNone &&
           contract::check(types, result, Value::ok(Value(""))) &&
           contract::check(types, result, Value::error(Value("")));
  }

  Answer run(CallContext& call, const DynamicFunction& function, std::span<const Value> arguments,
             const Share& share) {
    const CallOptions given = bounds(call, share, plugin_.limits());
    Result<DynamicAnswer> answer = instance_.call(function, arguments, given);
    pay(call, given, answer ? std::optional(instance_.fuel_used()) : std::nullopt);
    if (!answer) return refuse(answer.error());
    return *std::move(answer);
  }

  // Given back in the end, after the instance is gone.
  Place place_;
  Reservation memory_;
  DynamicPlugin plugin_;
  DynamicInstance instance_;
};

// ---- A plugin ----------------------------------------------------------------------------------

class Loaded final : public runner::Plugin {
 public:
  Loaded(DynamicPlugin plugin, Place place)
      : place_(std::move(place)), plugin_(std::move(plugin)) {}

  Result<std::vector<std::string>> functions(CallContext&) override {
    std::vector<std::string> out;
    for (const contract::Interface& interface : plugin_.contract().exports)
      for (const contract::Function& function : interface.functions)
        out.push_back(interface.name.empty() ? function.name
                                             : concat(interface.name, ".", function.name));
    return out;
  }

  Outcome<std::unique_ptr<runner::Instance>, Failure> start(
      CallContext& call, const std::optional<std::uint64_t>& memory, const Share& share) override {
    const Bytes left = call.memory_left();
    const Bytes most = plugin_.limits().memory;
    const Bytes given = memory ? Bytes{*memory} : std::min(Bytes{left.count / 2}, most);
    std::optional<Reservation> reserved = given > most ? std::nullopt : call.reserve(given);
    if (!reserved)
      return refuse_limit(
          "memory", concat(plugin_.name(), " was not started with ", bytes_text(given.count),
                           " of memory: no more than ", bytes_text(std::min(left, most).count),
                           " can be given to it"));
    std::optional<Place> place = Place::take(place_.tree());
    if (!place) return too_many(plugin_.name(), *place_.tree());
    const CallOptions bounded = bounds(call, share, plugin_.limits());
    Result<DynamicInstance> made = plugin_.instantiate({.memory = given, .start = bounded});
    pay(call, bounded, made ? std::optional(made->fuel_used()) : std::nullopt);
    if (!made) return refuse(made.error());
    return std::make_unique<Child>(plugin_, *std::move(made), *std::move(reserved),
                                   *std::move(place));
  }

 private:
  Place place_;
  DynamicPlugin plugin_;
};

// ---- The interface -----------------------------------------------------------------------------

constexpr std::string_view kPlugins = "plugins";

using Granted = std::map<std::string, Service, std::less<>>;

// A plugin that runs others, so many levels below the first, and what it has itself.
struct Parent {
  std::string plugin;
  std::uint32_t level;
  Granted services;
};

Service service_of(std::shared_ptr<Tree> tree, Parent parent);

// Of one instance of it.
class Runner final : public runner::Host {
 public:
  Runner(std::shared_ptr<Tree> tree, Parent parent)
      : tree_(std::move(tree)), parent_(std::move(parent)) {}

  Result<runner::Left> what_is_left(CallContext& call) override {
    runner::Left out;
    out.memory = call.memory_left().count;
    out.levels = levels();
    if (const auto fuel = call.fuel_left()) out.fuel = fuel->units;
    if (const auto time = call.time_left()) out.time = static_cast<std::uint64_t>(time->count());
    return out;
  }

  using Made = Outcome<std::unique_ptr<runner::Plugin>, Failure>;

  Made plugin_load(CallContext& call, std::string_view name,
                   ListView<std::string_view> grants) override {
    const auto listed = tree_->grant().listed.find(name);
    if (listed == tree_->grant().listed.end())
      return deny(concat("to load the plugin `", escape(name, 100), "`, which is not listed"));
    return make(call, concat(parent_.plugin, "/", escape(name, 100)), grants,
                [&](DynamicImports imports, PluginOptions options) {
                  if (const auto& admit = tree_->grant().admit)
                    options.gate.admit = [&](std::string_view, auto component) {
                      return admit(listed->first, component);
                    };
                  return DynamicPlugin::load(tree_->engine(), listed->second, std::move(imports),
                                             options);
                });
  }

  Made plugin_compile(CallContext& call, std::span<const std::uint8_t> component,
                      ListView<std::string_view> grants) override {
    if (!tree_->grant().bytes) return deny("to load a component of its own");
    const std::string name = concat(parent_.plugin, "/component");
    return make(call, name, grants, [&](DynamicImports imports, const PluginOptions& options) {
      return DynamicPlugin::from_bytes(tree_->engine(), name, component, std::move(imports),
                                       options);
    });
  }

 private:
  [[nodiscard]] std::uint32_t levels() const { return tree_->grant().depth - parent_.level; }

  Refusal deny(std::string what) const {
    if (tree_->grant().on_denied)
      tree_->grant().on_denied({.plugin = parent_.plugin, .service = kPlugins, .what = what});
    return refuse(Kind::denied, concat(parent_.plugin, " is not allowed ", what));
  }

  template <class Load>
  Made make(CallContext& call, const std::string& name, ListView<std::string_view> grants,
            Load load) {
    const PluginsGrant& grant = tree_->grant();
    if (levels() == 0)
      return refuse_limit("depth", concat(name, " was not loaded: plugins run plugins at most ",
                                          grant.depth, " levels deep"));
    PluginOptions options{.limits = limits_of(call, grant.limits),
                          .compile_limits = grant.compile,
                          .wasi = grant.wasi};
    Parent child{.plugin = name, .level = parent_.level + 1, .services = {}};
    bool runs_others = false;
    for (const std::string_view asked : grants) {
      if (asked == kPlugins) {
        runs_others = true;
        continue;
      }
      const auto service = parent_.services.find(asked);
      if (service == parent_.services.end())
        return deny(
            concat("to give a plugin `", escape(asked, 100), "`, which it does not have itself"));
      child.services.insert(*service);
    }
    for (const auto& [_, service] : child.services) options.services.push_back(service);
    if (runs_others) options.services.push_back(service_of(tree_, std::move(child)));
    if (const auto time = call.time_left())
      options.compile_limits.wall = std::min(options.compile_limits.wall, *time);
    std::optional<Place> place = Place::take(tree_);
    if (!place) return too_many(name, *tree_);
    Result<DynamicPlugin> made = load(DynamicImports(), options);
    if (!made) return refuse(made.error());
    return std::make_unique<Loaded>(*std::move(made), *std::move(place));
  }

  std::shared_ptr<Tree> tree_;
  Parent parent_;
};

Service service_of(std::shared_ptr<Tree> tree, Parent parent) {
  return Service::of<mortise_::plugins::Plugins>(
      {.runner = PerInstance<runner::Host>(
           [tree = std::move(tree),
            parent = std::move(parent)](std::string_view) -> Result<std::unique_ptr<runner::Host>> {
             return std::make_unique<Runner>(tree, parent);
           })});
}

}  // namespace

Service plugins(const Engine& engine, std::string plugin, PluginsGrant grant) {
  const auto shared = std::make_shared<const PluginsGrant>(std::move(grant));
  Parent first{.plugin = std::move(plugin), .level = 0, .services = shared->services};
  return Service::of<mortise_::plugins::Plugins>(
      {.runner = PerInstance<runner::Host>(
           [&engine, shared,
            first = std::move(first)](std::string_view) -> Result<std::unique_ptr<runner::Host>> {
             return std::make_unique<Runner>(std::make_shared<Tree>(engine, shared), first);
           })});
}

}  // namespace mortise::services
