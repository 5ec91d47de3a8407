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

// A resource of the host's as the engine knows it, and what ends its objects.
mortise_resource_t engine_form(const abi::Resource&);
extern const mortise_drop_t kDropObject;

class HostState {
 public:
  // With an object for each imported interface. The plugin outlives it.
  static Result<std::unique_ptr<HostState>> make(const PluginCore&);

  // The functions of engine_form.
  bool call(const LinkedHost&, const mortise_host_call_t&, const abi::Slot* params,
            abi::Slot* answer);
  bool lower(const LinkedHost&, abi::LowerContext&, std::uint32_t at, const void* result);

  ~HostState() { drop_all(); }
  HostState(const HostState&) = delete;
  HostState& operator=(const HostState&) = delete;

  void* hold(std::size_t size);
  void let_go(void* held, std::size_t size);

  // ---- Objects of resources that the guest has a handle of, by their representations.

  // From now on the guest owns it. False, and it is destroyed: the host has no memory.
  [[nodiscard]] bool keep(const abi::Resource&, void* object, std::uint32_t& rep);
  // It stays the host's, and the guest may use it until the call ends.
  [[nodiscard]] bool lend(const abi::Resource&, void* object, std::uint32_t& rep);
  void end_loans();
  // Null: there is none, which is a bug.
  [[nodiscard]] void* take(const abi::Resource&, std::uint32_t rep);
  [[nodiscard]] void* find(const abi::Resource&, std::uint32_t rep) const;
  // Destroys one that the guest gave up; or all, when the instance has ended.
  void drop(const abi::Resource&, std::uint32_t rep);
  void drop_all();
  bool fail(Error error);
  [[nodiscard]] abi::Fault& fault() { return fault_; }

  // After a call into the plugin that failed. The function in which it did, or null; and its
  // Error, if it was not the data.
  [[nodiscard]] const LinkedHost* failed() const { return failed_; }
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }

 private:
  struct Object {
    void* object = nullptr;  // null: a free place
    const abi::Resource* resource = nullptr;
    bool owned = false;
  };

  explicit HostState(const PluginCore& plugin) : plugin_(plugin) {}

  bool put(Object, std::uint32_t& rep);

  const PluginCore& plugin_;
  std::vector<void*> objects_{};
  std::vector<std::shared_ptr<void>> owned_{};  // by this instance
  const LinkedHost* failed_ = nullptr;
  std::optional<Error> failure_{};
  abi::Fault fault_{};
  // A result waits here until it is lowered. One at a time is the rule, and then it costs nothing.
  alignas(std::max_align_t) std::array<std::byte, 256> place_;
  bool place_taken_ = false;

  std::vector<Object> kept_{};  // by representation
  std::vector<std::uint32_t> free_{};
  std::vector<std::uint32_t> loans_{};
};

}  // namespace mortise::detail
