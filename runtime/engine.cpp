#include <mortise/runtime/engine.h>

#include <utility>

#include <mortise/runtime/detail/engine_core.h>
#include <mortise/runtime/detail/explain.h>

namespace mortise {

Engine::Engine(EngineOptions options)
    : core_(std::make_shared<detail::EngineCore>(std::move(options))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

namespace detail {

EngineCore::~EngineCore() {
  for (mortise_engine_t* engine : engines_) mortise_engine_delete(engine);
}

Result<const mortise_engine_t*> EngineCore::mode(mortise_engine_mode_t mode) {
  const std::scoped_lock lock(mutex_);
  mortise_engine_t*& engine = engines_[mode];
  if (options_.stack.count == 0)
    return std::unexpected(
        Error(Error::Kind::misuse, "EngineOptions::stack must be more than nothing"));
  if (engine == nullptr) {
    EngineError error(mortise_engine_new({.mode = mode,
                                          .experimental_types = options_.experimental_types,
                                          .stack = options_.stack.count},
                                         &engine));
    if (error) return std::unexpected(explain_start(*error));
  }
  return engine;
}

Digest EngineCore::identity(mortise_engine_mode_t mode) {
  const std::scoped_lock lock(mutex_);
  std::optional<Digest>& identity = identities_[mode];
  if (!identity) mortise_engine_identity(engines_[mode], identity.emplace().data());
  return *identity;
}

}  // namespace detail

}  // namespace mortise
