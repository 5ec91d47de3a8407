// The host's side of one instance: whom its imports go to, and what the last call of one has left.
// The untyped half of a call from a plugin to the host.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <mortise/abi/fault.h>
#include <mortise/engine.h>
#include <mortise/runtime/detail/host_call.h>
#include <mortise/runtime/error.h>

namespace mortise::detail {

class PluginCore;

// A host function as the engine knows it: the context of its callbacks. Part of the plugin.
struct LinkedHost {
  const HostFunctionInfo* info;
  std::string_view interface;
  std::size_t object;  // number of the interface among the world's imports
};

// How the engine is to call it.
mortise_host_t engine_form(const LinkedHost&);

class HostState {
 public:
  // With an object for each imported interface. The plugin outlives it.
  static Result<std::unique_ptr<HostState>> make(const PluginCore&);

  // The functions of engine_form.
  bool call(const LinkedHost&, const mortise_host_call_t&, const abi::Slot* params,
            abi::Slot* answer);
  bool lower(const LinkedHost&, abi::LowerContext&, std::uint32_t at, const void* result);

  void* hold(std::size_t size);
  void let_go(void* held, std::size_t size);
  bool fail(Error error);
  [[nodiscard]] abi::Fault& fault() { return fault_; }

  // After a call into the plugin that failed. The function in which it did, or null; and its
  // Error, if it was not the data.
  [[nodiscard]] const LinkedHost* failed() const { return failed_; }
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

 private:
  explicit HostState(const PluginCore& plugin) : plugin_(plugin) {}

  const PluginCore& plugin_;
  std::vector<void*> objects_{};
  std::vector<std::shared_ptr<void>> owned_{};  // by this instance
  const LinkedHost* failed_ = nullptr;
  std::optional<Error> failure_{};
  abi::Fault fault_{};
  // A result waits here until it is lowered. One at a time is the rule, and then it costs nothing.
  alignas(std::max_align_t) std::array<std::byte, 256> place_;
  bool place_taken_ = false;
};

}  // namespace mortise::detail
