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

// How the engine is to call it.
mortise_host_t engine_form(const LinkedHost&);

// A resource of the host's as the engine knows it, and what ends its objects.
mortise_resource_t engine_form(const abi::Resource&);
extern const mortise_drop_t kDropObject;

class HostState : public HostView {
 public:
  // With an object for each imported interface. The plugin outlives it.
  static Result<std::unique_ptr<HostState>> make(const PluginCore&);
  ~HostState() { drop_all(); }
  HostState(const HostState&) = delete;
  HostState& operator=(const HostState&) = delete;

  // What the engine hands to the callbacks of engine_form.
  [[nodiscard]] void* context() { return static_cast<HostView*>(this); }
  static HostState& of(HostView& view) { return static_cast<HostState&>(view); }
  static HostState& of(void* context) { return of(*static_cast<HostView*>(context)); }

  // The Error of the function that failed, if it was not the data.
  std::optional<Error> take_failure() { return std::exchange(failure_, std::nullopt); }
  void fail(Error error) { failure_ = std::move(error); }

  void* hold(std::size_t size);
  void let_go(void* held, std::size_t size);

  // ---- Objects of resources that the guest has a handle of, by their representations.

  // From now on the guest owns it. False, and it is destroyed: the host has no memory.
  [[nodiscard]] bool keep(const abi::Resource&, void* object, std::uint32_t& rep);
  // It stays the host's, and the guest may use it until the call ends.
  [[nodiscard]] bool lend(const abi::Resource&, void* object, std::uint32_t& rep);
  void end_loans();
  [[nodiscard]] bool is_lent(const void* object) const;
  // Null: there is none, which is a bug.
  [[nodiscard]] void* take(const abi::Resource&, std::uint32_t rep);
  [[nodiscard]] void* find(const abi::Resource&, std::uint32_t rep) const;
  // Destroys one that the guest gave up; or all, when the instance has ended.
  void drop(const abi::Resource&, std::uint32_t rep);
  void drop_all();

 private:
  struct Object {
    void* object = nullptr;  // null: a free place
    const abi::Resource* resource = nullptr;
    bool owned = false;
  };

  explicit HostState(const PluginCore&);

  bool put(Object, std::uint32_t& rep);

  std::vector<void*> pointers_{};
  std::vector<std::shared_ptr<void>> owned_{};  // by this instance
  std::optional<Error> failure_{};
  // A result waits here until it is lowered. One at a time is the rule, and then it costs nothing.
  alignas(std::max_align_t) std::array<std::byte, 256> place_;
  bool place_taken_ = false;

  std::vector<Object> kept_{};  // by representation
  std::vector<std::uint32_t> free_{};
  std::vector<std::uint32_t> loans_{};
  std::vector<Object> doomed_{};  // dropped by the guest, which still has a loan of them
};

}  // namespace mortise::detail
