// The engine that plugins run in: native code, the clock of deadlines, the compiler.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <mortise/runtime/cache.h>
#include <mortise/runtime/limits.h>

namespace mortise {

namespace detail {
class EngineCore;
}

struct EngineOptions {
  // What a plugin may use of the calling thread's stack. A call is refused on a thread that has
  // less left than this and 64 KiB more, so threads that call plugins need stacks to match.
  Bytes stack = KiB(512);

  // Plugins may use list<T, N> and map<K, V>, types that Wasmtime calls experimental: they have not
  // been tried by as many strangers as the others.
  bool experimental_types = false;

  // Memory of pools with Isolation::fresh or ::session is put back into its first state by the
  // engine, page by page, and kept, where the kernel (Linux 6.7 or newer) says which pages were
  // written and there is no swap: twice as fast. False: it is given back to the system each time,
  // and comes back empty. See docs/decisions/10-pooling.md for what the difference rests on.
  bool keep_resident = true;

  // The helper that compiles strangers' components, mortise-compile. Empty: the environment
  // variable MORTISE_COMPILER, else where it was installed.
  std::string compiler{};

  // Where compiled code is kept, and looked for (cache.h). Nothing: each load compiles.
  std::optional<CodeCache> cache = std::nullopt;
};

// Safe to use from any number of threads at once. There is no global one: make one in main(), and
// one is enough. Starts nothing until a plugin is loaded, and holds one sleeping thread from the
// first call with a deadline on. Plugins keep what they need of it alive.
class Engine {
 public:
  explicit Engine(EngineOptions options = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

 private:
  friend class detail::EngineCore;
  std::shared_ptr<detail::EngineCore> core_;
};

}  // namespace mortise
