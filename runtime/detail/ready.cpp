#include <mortise/runtime/detail/ready.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/cache_core.h>
#include <mortise/runtime/detail/explain.h>
#include <mortise/runtime/plugin.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;
using Clock = std::chrono::steady_clock;

// Of a plugin's name, what is kept with its code: where it is longer, that is shown.
constexpr std::size_t kMostName = 200;

Result<Component> component_of(const mortise_engine_t& engine, const Compiled& made,
                               std::string_view name, Compile how) {
  mortise_component_t* raw = nullptr;
  const EngineError error(mortise_component_new(
      &engine, {.data = made.code.data(), .size = made.code.size()}, made.footprint, &raw));
  if (!error) return Component(raw);
  if (how == Compile::ahead)
    return std::unexpected(
        Error(Kind::bad_component,
              concat(name, " is native code that this host cannot run: ",
                     escape(text(mortise_error_message(error.get()))), "; compile it again")));
  return std::unexpected(explain_component(name, *error, MORTISE_INPUT_BINARY));
}

// What all code is compiled in one way from.
struct Source {
  EngineCore& core;
  const mortise_engine_t& engine;
  mortise_engine_mode_t mode;
  std::string_view name;
  std::span<const std::uint8_t> input;
  Form form;
  const PluginOptions& options;
  bool wants_code = false;  // in Ready::compiled, also of what is kept
};

// What was compiled, ready to be linked.
Result<Ready> taken(const Source& from, Compiled made, bool from_cache) {
  Result<Component> component = component_of(from.engine, made, from.name, from.options.compile);
  if (!component) return std::unexpected(std::move(component).error());
  const Bytes size{made.code.size()};
  return Ready{.compiled = std::move(made),
               .component = *std::move(component),
               .size = size,
               .from_cache = from_cache};
}

// With its code, for whoever keeps that. `until`: when its time is up.
Result<Ready> compiled(const Source& from, std::optional<Clock::time_point> until) {
  Result<Compiled> made = compile(from.core, from.engine, from.mode, from.name, from.input,
                                  from.form, from.options, until);
  if (!made) return std::unexpected(std::move(made).error());
  return taken(from, *std::move(made), false);
}

Result<Ready> without_code(Result<Ready> made) {
  if (made) made->compiled.code = {};
  return made;
}

// In-process compiling keeps all debug information, and the helper does not.
CacheKey key_of(const Source& from) {
  const Digest engine = from.core.identity(from.mode);
  const std::array<std::uint8_t, 2> how{static_cast<std::uint8_t>(from.form),
                                        static_cast<std::uint8_t>(from.options.compile)};
  const std::array<std::span<const std::uint8_t>, 3> parts{from.input, engine, how};
  return make_key(parts);
}

// Nothing: it is not kept, or is no good.
std::optional<Result<Ready>> kept(CacheCore& cache, const CacheKey& key, const Source& from,
                                  bool& bad) {
  std::optional<KeptEntry> entry = cache.find(key, bad);
  if (!entry) return std::nullopt;
  const EntryParts parts = entry->parts();
  if (std::optional<Error> larger =
          too_much_code(parts.code.size(), from.name, from.options.compile_limits)) {
    cache.hit();
    return std::unexpected(*std::move(larger));
  }
  std::optional<Compiled> read = compiled_form(parts.contract, parts.footprint);
  if (!read) {
    cache.remove(key);
    bad = true;
    return std::nullopt;
  }
  if (from.wants_code) {
    read->code.assign(parts.code.begin(), parts.code.end());
    read->form.assign(parts.contract.begin(), parts.contract.end());
  }
  mortise_component_t* component = nullptr;
  // It is what was stored, and was known to load then: there is no memory for it, or the like.
  if (const EngineError error(
          mortise_component_take(&from.engine, entry->code.release(), parts.footprint, &component));
      error)
    return std::nullopt;
  cache.hit();
  return Ready{.compiled = *std::move(read),
               .component = Component(component),
               .size = Bytes{parts.code.size()},
               .from_cache = true};
}

// What another thread compiled, where it could not be kept.
Result<Ready> handed(CacheCore& cache, const Source& from, const Compiled& made) {
  cache.hit();
  if (std::optional<Error> larger =
          too_much_code(made.code.size(), from.name, from.options.compile_limits))
    return std::unexpected(*std::move(larger));
  return taken(from, made, true);
}

Result<Ready> compiled_and_kept(CacheCore& cache, CacheCore::Turn& turn, const CacheKey& key,
                                const Source& from, std::optional<Clock::time_point> until) {
  Result<Ready> made = compiled(from, until);
  const std::string name = escape(from.name, kMostName);
  // Not before it is known to load.
  if (made && !cache.keep(key, {.footprint = made->compiled.footprint,
                                .code = made->compiled.code,
                                .contract = made->compiled.form,
                                .name = name}))
    turn.hand_on(std::make_shared<const Compiled>(made->compiled));
  return made;
}

Result<Ready> through(CacheCore& cache, const Source& from) {
  const CacheKey key = key_of(from);
  bool bad = false;
  if (std::optional<Result<Ready>> found = kept(cache, key, from, bad)) return *std::move(found);
  const CompileLimits& limits = from.options.compile_limits;
  // In this process nothing bounds the time of compiling, nor that of waiting for it.
  const bool bounded = from.options.compile == Compile::isolated;
  const Clock::time_point until =
      end_of(bounded ? limits : CompileLimits{.wall = std::chrono::milliseconds::max()});
  while (true) {
    CacheCore::Turn turn(cache, key, until, from.options.stop);
    // Also where it is this thread's turn: the one before may have ended since.
    if (std::optional<Result<Ready>> found = kept(cache, key, from, bad)) return *std::move(found);
    if (from.options.stop.stop_requested())
      return std::unexpected(cancelled(from.name, "compiling"));
    if (turn.mine()) {
      cache.missed(bad);
      return compiled_and_kept(cache, turn, key, from, until);
    }
    if (const std::shared_ptr<const Compiled> made = turn.handed())
      return handed(cache, from, *made);
    if (Clock::now() >= until) return std::unexpected(out_of_time(from.name, "compiled", limits));
  }
}

}  // namespace

Result<Ready> ready(EngineCore& core, const mortise_engine_t& engine, mortise_engine_mode_t mode,
                    std::string_view name, std::span<const std::uint8_t> input, Form form,
                    const PluginOptions& options) {
  if (options.stop.stop_requested()) return std::unexpected(cancelled(name, "compiling"));
  const Source from{core, engine, mode, name, input, form, options};
  CacheCore* const cache = core.cache();
  if (cache == nullptr || !options.cached || options.compile == Compile::ahead)
    return without_code(compiled(from, {}));
  return without_code(through(*cache, from));
}

Result<Compiled> ready_code(EngineCore& core, const mortise_engine_t& engine,
                            mortise_engine_mode_t mode, std::string_view name,
                            std::span<const std::uint8_t> input, Form form,
                            const PluginOptions& options) {
  CacheCore* const cache = core.cache();
  if (cache == nullptr || !options.cached)
    return compile(core, engine, mode, name, input, form, options);
  if (options.stop.stop_requested()) return std::unexpected(cancelled(name, "compiling"));
  Result<Ready> made = through(*cache, {core, engine, mode, name, input, form, options, true});
  if (!made) return std::unexpected(std::move(made).error());
  return std::move(made->compiled);
}

}  // namespace mortise::detail
