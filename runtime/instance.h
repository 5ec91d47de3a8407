// A running plugin: one instance with memory of its own.
#pragma once

#include <cstdint>
#include <utility>

#include <mortise/runtime/call_options.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/world.h>

namespace mortise {

// An instance of world W. The world's interfaces are its methods: instance.processor().
//
// Move-only. One thread at a time; the thread may change between calls. An accessor's result
// (a Processor) refers to the instance and must not outlive it; moving the instance is fine. One
// that was moved from is fit to be destroyed or assigned to alone. A call that fails after it has
// entered the plugin (a trap, a limit, bad data) ends the instance: later calls are refused
// (misuse), and a new one is made in microseconds. A call that the plugin answers with its
// contract's own error is no failure. Destroying it destroys its memory at once; not allowed while
// a call into it is under way.
template <class W>
class Instance : public W::template Accessors<Instance<W>> {
 public:
  Instance(Instance&&) noexcept = default;
  Instance& operator=(Instance&&) noexcept = default;

  // For the accessors of bindings.
  template <class Interface>
  [[nodiscard]] CallTarget<Interface> target(const CallOptions& options) {
    return {*core_, W::Exports::template first<Interface>(), options};
  }

  // A call has failed after it had entered the plugin: there will be no other. False while one is
  // under way.
  [[nodiscard]] bool ended() const { return detail::has_ended(*core_); }
  // Linear memories and tables in use when the last call ended.
  [[nodiscard]] Bytes memory() const { return detail::memory_of(*core_); }
  // Fuel that the last call has used; before the first, making the instance. None, where the plugin
  // was loaded without a limit on fuel: then it is not counted.
  [[nodiscard]] Fuel fuel_used() const { return detail::fuel_used_by(*core_); }
  // Lines that it has printed until its last call ended, and that nobody got: see Wasi::output.
  [[nodiscard]] std::uint64_t lines_dropped() const { return detail::lines_dropped_by(*core_); }

 private:
  template <class>
  friend class Plugin;

  explicit Instance(detail::InstanceHandle core) : core_(std::move(core)) {}

  detail::InstanceHandle core_;
};

}  // namespace mortise
