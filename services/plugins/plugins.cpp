#include <mortise/services/plugins/plugins.h>

#include <algorithm>
#include <cstdint>
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
#include <mortise/services/plugins/detail/budget.h>
#include <mortise/services/plugins/detail/tree.h>

// Written from wit/plugins.
#include "plugins_world.h"

namespace mortise::services {

namespace {

namespace runner = mortise_::plugins::runner;

using runner::Failure;
using runner::Kind;
using runner::Share;

using detail::bounds;
using detail::is_spent;
using detail::limits_of;
using detail::pay;
using detail::Place;
using detail::Tree;

// ---- Failures ----------------------------------------------------------------------------------

Kind kind_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::bad_component: return Kind::bad_component;
    case Error::Kind::contract_mismatch: return Kind::contract_mismatch;
    case Error::Kind::denied: return Kind::denied;
    case Error::Kind::guest_trap: return Kind::guest_trap;
    case Error::Kind::limit_exceeded: return Kind::limit_exceeded;
    // A host function of a child's may have found another plugin so.
    case Error::Kind::quarantined:
    case Error::Kind::overloaded: return Kind::overloaded;
    case Error::Kind::cancelled: return Kind::cancelled;
    case Error::Kind::misuse: return Kind::misuse;
    case Error::Kind::io: return Kind::io;
    case Error::Kind::internal: return Kind::internal;
  }
  return Kind::internal;
}

using Refusal = std::unexpected<Failure>;

// A guest is told no more than this, however long the names of its child are.
std::string shortened(std::string_view message) {
  constexpr std::size_t kMost = 4000;
  if (message.size() <= kMost) return std::string(message);
  std::size_t end = kMost;
  // Not within a character.
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  return concat(message.substr(0, end), "..");
}

Refusal refuse(Kind kind, std::string_view message) {
  return Refusal({.kind = kind, .limit = std::nullopt, .message = shortened(message)});
}
Refusal refuse_limit(std::string limit, std::string_view message) {
  return Refusal(
      {.kind = Kind::limit_exceeded, .limit = std::move(limit), .message = shortened(message)});
}
// The calling thread has not enough of it. Nothing has run.
bool is_for_want_of_stack(const Error& error) {
  return error.kind() == Error::Kind::misuse && error.limit() == Error::Limit::stack;
}

// What a guest is told: nothing of what the host is written in, nor of the machine.
Refusal refuse(std::string_view plugin, const Error& error) {
  const Kind kind = kind_of(error.kind());
  if (is_for_want_of_stack(error))
    return refuse_limit("stack", concat(plugin,
                                        " was not run: too little of the native stack is left, "
                                        "on which plugins run one upon the other"));
  if (kind == Kind::io || kind == Kind::internal)
    return refuse(kind, concat(plugin, " cannot run: the host is not able to, for now"));
  if (error.limit() == Error::Limit::none) return refuse(kind, error.summary());
  return refuse_limit(std::string(to_string(error.limit())), error.summary());
}

Refusal too_many(std::string_view who, const Tree& tree) {
  return refuse(Kind::overloaded,
                concat(who, " was not made: ", tree.grant().children,
                       " plugins and instances are there already, and no more may be"));
}

// What a child answers goes into the memory of its parent, which would end for want of it. Its
// allocator may take more than it is asked for.
std::optional<Failure> too_large(std::string_view plugin, const CallContext& call,
                                 std::size_t answer) {
  constexpr Bytes kSmall = KiB(64);
  constexpr Bytes kSpare = KiB(128);
  const Bytes left = call.memory_left();
  if (answer <= kSmall.count || answer + kSpare.count <= left.count) return std::nullopt;
  return refuse_limit("memory", concat(plugin, " answers ", bytes_text(answer),
                                       ", for which its parent has no memory: ",
                                       bytes_text(left.count), " are left"))
      .error();
}

// ---- A component that was loaded ---------------------------------------------------------------

// As long as its plugin is there, or an instance of it.
struct Component {
  // Given back in the end, after all else is gone.
  Place place;
  std::optional<Reservation> code;  // none: the host has chosen it
  DynamicPlugin plugin;
  // techbytes:plugins/processor.process-data, if it has that.
  std::optional<DynamicFunction> processor;
};

std::vector<Value> processor_arguments(std::string_view input, const runner::MetadataRef& meta) {
  return {Value(input), Value::record({{.name = "name", .value = Value(meta.name)},
                                       {.name = "version", .value = Value(meta.version)},
                                       {.name = "priority", .value = Value(meta.priority)}})};
}

std::optional<DynamicFunction> processor_of(const DynamicPlugin& plugin) {
  const auto found = plugin.find("techbytes:plugins/processor", "process-data");
  if (!found) return std::nullopt;
  const contract::Contract& types = plugin.contract();
  const contract::TypeId result = found->type().result;
  const auto may_be = [&](const Value& value) {
    return contract::check(types, result, value).has_value();
  };
  // No other types than those of the contract take all of these.
  const bool fits = contract::check(types, found->type(), processor_arguments({}, {})) &&
                    result != contract::kNone && may_be(Value::ok(Value(""))) &&
                    may_be(Value::error(Value("")));
  return fits ? std::optional(*found) : std::nullopt;
}

// ---- An instance -------------------------------------------------------------------------------

class Child final : public runner::Instance {
 public:
  Child(std::shared_ptr<const Component> component, DynamicInstance instance, Reservation memory,
        Place place)
      : place_(std::move(place)),
        memory_(std::move(memory)),
        component_(std::move(component)),
        instance_(std::move(instance)) {}

  using Text = Outcome<std::optional<std::string>, Failure>;

  Text call_(CallContext& call, std::string_view expression, const Share& share) override {
    if (auto too_long = too_long_text(expression.size())) return Refusal(*std::move(too_long));
    const auto read = wave::parse_call(expression);
    if (!read) return refuse(Kind::misuse, read.error().message);
    const auto function = plugin().find(read->interface, read->function);
    if (!function) return refuse(plugin().name(), function.error());
    const auto arguments = wave::parse_arguments(plugin().contract(), function->type(), *read);
    if (!arguments) return refuse(Kind::misuse, arguments.error().message);
    Answer answer = run(call, *function, *arguments, share);
    if (!answer) return Refusal(std::move(answer).error());
    if (!*answer) return std::optional<std::string>();
    return hand_over(call, wave::print(**answer));
  }

  Text call_json(CallContext& call, std::string_view name, std::string_view given,
                 const Share& share) override {
    if (auto too_long = too_long_text(name.size() + given.size()))
      return Refusal(*std::move(too_long));
    const auto function = find(name);
    if (!function) return refuse(plugin().name(), function.error());
    const auto arguments = json::parse_arguments(plugin().contract(), function->type(), given);
    if (!arguments) return refuse(Kind::misuse, arguments.error().message);
    Answer answer = run(call, *function, *arguments, share);
    if (!answer) return Refusal(std::move(answer).error());
    if (!*answer) return std::optional<std::string>();
    auto text = json::print(plugin().contract(), function->type().result, **answer);
    // It was lifted as of this type.
    if (!text) return refuse(Kind::internal, text.error().message);
    return hand_over(call, *std::move(text));
  }

  Outcome<std::expected<std::string, std::string>, Failure> process_data(
      CallContext& call, std::string_view input, const runner::MetadataRef& meta,
      const Share& share) override {
    if (!component_->processor)
      return refuse(Kind::contract_mismatch,
                    concat(plugin().name(),
                           " does not export process-data as techbytes:plugins/processor has it"));
    Answer answer = run(call, *component_->processor, processor_arguments(input, meta), share);
    if (!answer) return Refusal(std::move(answer).error());
    // Of the type that was checked.
    const auto& result = *(**answer).get<Value::Result>();
    const auto& text = *result.payload->get<std::string>();
    if (auto failure = too_large(plugin().name(), call, text.size()))
      return Refusal(*std::move(failure));
    if (result.is_ok) return std::expected<std::string, std::string>(text);
    return std::expected<std::string, std::string>(std::unexpected(text));
  }

 private:
  using Answer = std::expected<DynamicAnswer, Failure>;

  [[nodiscard]] const DynamicPlugin& plugin() const { return component_->plugin; }

  // "techbytes:plugins/processor.process-data", or what is enough of that.
  [[nodiscard]] Result<DynamicFunction> find(std::string_view name) const {
    const auto read = wave::parse_call(concat(name, "()"));
    if (!read) return plugin().find(name);
    return plugin().find(read->interface, read->function);
  }

  [[nodiscard]] std::optional<Failure> too_long_text(std::size_t size) const {
    const Bytes most = component_->place.tree()->grant().text;
    if (size <= most.count) return std::nullopt;
    return refuse_limit("text",
                        concat(plugin().name(), " was not called: a call has ", bytes_text(size),
                               " of text, and may have ", bytes_text(most.count)))
        .error();
  }

  Text hand_over(const CallContext& call, std::string text) const {
    if (auto failure = too_large(plugin().name(), call, text.size()))
      return Refusal(*std::move(failure));
    return std::optional(std::move(text));
  }

  Answer run(CallContext& call, const DynamicFunction& function, std::span<const Value> arguments,
             const Share& share) {
    const CallOptions given = bounds(call, share, plugin().limits());
    const bool had_ended = instance_.ended();
    Result<DynamicAnswer> answer = instance_.call(function, arguments, given);
    if (answer) {
      pay(call, given, instance_.fuel_used());
      return *std::move(answer);
    }
    // One that was refused before it had begun has used nothing.
    if (!had_ended && instance_.ended()) pay(call, given, std::nullopt);
    return refuse(plugin().name(), answer.error());
  }

  // Given back in the end, after the instance is gone.
  Place place_;
  Reservation memory_;
  std::shared_ptr<const Component> component_;
  DynamicInstance instance_;
};

// ---- A plugin ----------------------------------------------------------------------------------

class Loaded final : public runner::Plugin {
 public:
  explicit Loaded(std::shared_ptr<const Component> component) : component_(std::move(component)) {}

  Outcome<std::vector<std::string>, Failure> functions(CallContext& call) override {
    // What one takes in the list.
    constexpr std::size_t kEach = 8;
    std::vector<std::string> out;
    std::size_t size = 0;
    for (const contract::Interface& interface : plugin().contract().exports)
      for (const contract::Function& function : interface.functions) {
        size += interface.name.size() + 1 + function.name.size() + kEach;
        if (auto failure = too_large(plugin().name(), call, size))
          return Refusal(*std::move(failure));
        out.push_back(interface.name.empty() ? function.name
                                             : concat(interface.name, ".", function.name));
      }
    return out;
  }

  Outcome<std::unique_ptr<runner::Instance>, Failure> start(
      CallContext& call, const std::optional<std::uint64_t>& memory, const Share& share) override {
    const Bytes left = call.memory_left();
    const Bytes most = plugin().limits().memory;
    const Bytes given = memory ? Bytes{*memory} : std::min(Bytes{left.count / 2}, most);
    std::optional<Reservation> reserved = given > most ? std::nullopt : call.reserve(given);
    if (!reserved)
      return refuse_limit(
          "memory", concat(plugin().name(), " was not started with ", bytes_text(given.count),
                           " of memory: no more than ", bytes_text(std::min(left, most).count),
                           " can be given to it"));
    std::optional<Place> place = Place::take(component_->place.tree());
    if (!place) return too_many(plugin().name(), *component_->place.tree());
    const CallOptions bounded = bounds(call, share, plugin().limits());
    Result<DynamicInstance> made = plugin().instantiate({.memory = given, .start = bounded});
    if (!made) return not_started(call, bounded, made.error());
    pay(call, bounded, made->fuel_used());
    return std::make_unique<Child>(component_, *std::move(made), *std::move(reserved),
                                   *std::move(place));
  }

 private:
  [[nodiscard]] const DynamicPlugin& plugin() const { return component_->plugin; }

  [[nodiscard]] Refusal not_started(const CallContext& call, const CallOptions& given,
                                    const Error& error) const {
    if (!is_spent(given) && !is_for_want_of_stack(error)) pay(call, given, std::nullopt);
    return refuse(plugin().name(), error);
  }

  std::shared_ptr<const Component> component_;
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
    const auto load = [&](PluginOptions options) {
      if (const auto& admit = tree_->grant().admit)
        options.gate.admit = [&](std::string_view, auto component) {
          return admit(listed->first, component);
        };
      return DynamicPlugin::load(tree_->engine(), listed->second, {}, options);
    };
    return make(call, concat(parent_.plugin, "/", escape(name, 100)), grants, From::list, load);
  }

  Made plugin_compile(CallContext& call, std::span<const std::uint8_t> component,
                      ListView<std::string_view> grants) override {
    if (!tree_->grant().bytes) return deny("to load a component of its own");
    const auto load = [&](const PluginOptions& options) {
      return DynamicPlugin::from_bytes(tree_->engine(), options.name, component, {}, options);
    };
    return make(call, concat(parent_.plugin, "/component"), grants, From::bytes, load);
  }

 private:
  // Where a component comes from.
  enum class From : std::uint8_t { list, bytes };

  [[nodiscard]] std::uint32_t levels() const { return tree_->grant().depth - parent_.level; }

  Refusal deny(std::string_view what) const {
    if (tree_->grant().on_denied)
      tree_->grant().on_denied({.plugin = parent_.plugin, .service = kPlugins, .what = what});
    return refuse(Kind::denied, concat(parent_.plugin, " is not allowed ", what));
  }

  // What a child may use that is given these grants.
  std::expected<PluginOptions, Failure> allow(const CallContext& call, const std::string& name,
                                              ListView<std::string_view> grants) {
    const PluginsGrant& grant = tree_->grant();
    PluginOptions options{.name = name,
                          .limits = limits_of(call, grant.limits),
                          .compile_limits = grant.compile,
                          .wasi = grant.wasi};
    // Nobody who names what he has needs more, and the list may be as long as his memory.
    if (grants.size() > parent_.services.size() + 1)
      return deny(concat("to give a plugin ", grants.size(), " services: it has ",
                         parent_.services.size() + 1, " itself"));
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
    options.stop = call.stop();
    return options;
  }

  template <class Load>
  Made make(CallContext& call, const std::string& name, ListView<std::string_view> grants,
            From from, Load load) {
    if (levels() == 0)
      return refuse_limit("depth", concat(name, " was not loaded: plugins run plugins at most ",
                                          tree_->grant().depth, " levels deep"));
    auto options = allow(call, name, grants);
    if (!options) return Refusal(std::move(options).error());
    if (options->compile_limits.wall.count() <= 0)
      return refuse_limit("deadline", concat(name, " was not loaded: its deadline had passed"));
    if (from == From::bytes)
      options->compile_limits.code = std::min(options->compile_limits.code, call.memory_left());
    std::optional<Place> place = Place::take(tree_);
    if (!place) return too_many(name, *tree_);
    Result<DynamicPlugin> made = load(*options);
    if (!made) return not_loaded(name, made.error());
    std::optional<Reservation> code;
    if (from == From::bytes && !(code = call.reserve(made->code())))
      return refuse_limit(
          "memory",
          concat(name, " was not loaded: its code takes ", bytes_text(made->code().count),
                 ", and its parent has ", bytes_text(call.memory_left().count), " of memory left"));
    const auto processor = processor_of(*made);
    return std::make_unique<Loaded>(std::make_shared<const Component>(
        *std::move(place), std::move(code), *std::move(made), processor));
  }

  Refusal not_loaded(std::string_view name, const Error& error) const {
    // A child that reaches for more than it was given: somebody keeps an eye on that.
    if (error.kind() == Error::Kind::denied && tree_->grant().on_denied) {
      std::string what(error.summary());
      for (const std::string& note : error.notes()) what += concat(" ", note);
      what = shortened(what);
      tree_->grant().on_denied({.plugin = parent_.plugin, .service = kPlugins, .what = what});
    }
    return refuse(name, error);
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
