// Engine, behind its handle: one Wasmtime engine for each way in which code can be stopped, made
// when the first plugin needs it.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>

#include <mortise/engine.h>
#include <mortise/runtime/detail/cache_entry.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/result.h>

namespace mortise::detail {

class EngineCore {
 public:
  explicit EngineCore(EngineOptions options) : options_(std::move(options)) {}
  EngineCore(const EngineCore&) = delete;
  EngineCore& operator=(const EngineCore&) = delete;
  ~EngineCore();

  static std::shared_ptr<EngineCore> of(const Engine& engine) { return engine.core_; }

  const EngineOptions& options() const { return options_; }

  // Lives as long as this. Errors: io.
  Result<const mortise_engine_t*> mode(mortise_engine_mode_t);
  // What code of the engine in that mode, which there is, can be told from other code by.
  Digest identity(mortise_engine_mode_t);

  // Null: it has none.
  CacheCore* cache() const { return options_.cache ? options_.cache->core_.get() : nullptr; }

 private:
  EngineOptions options_;
  std::mutex mutex_;
  std::array<mortise_engine_t*, 3> engines_{};
  std::array<std::optional<Digest>, 3> identities_{};
};

}  // namespace mortise::detail
