// What Pool<W> and Lease<W> hold, without their types.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <mortise/runtime/call_options.h>
#include <mortise/runtime/detail/handles.h>
#include <mortise/runtime/result.h>

namespace mortise {
struct PoolOptions;
struct PoolState;
}  // namespace mortise

namespace mortise::detail {

class PoolCore;
class PoolSlot;
using PoolHandle = std::shared_ptr<PoolCore>;

// An instance that was taken. Gives it back.
class Held {
 public:
  Held(PoolHandle pool, PoolSlot& slot) : pool_(std::move(pool)), slot_(&slot) {}
  Held(Held&& other) noexcept
      : pool_(std::move(other.pool_)), slot_(std::exchange(other.slot_, nullptr)) {}
  Held& operator=(Held&& other) noexcept {
    if (this != &other) {
      give_back();
      pool_ = std::move(other.pool_);
      slot_ = std::exchange(other.slot_, nullptr);
    }
    return *this;
  }
  ~Held() { give_back(); }

  [[nodiscard]] InstanceCore& core() const;

 private:
  void give_back();

  PoolHandle pool_;
  PoolSlot* slot_;  // null: it was moved from
};

Result<PoolHandle> make_pool(const PluginHandle&, const PoolOptions&);
Result<Held> take(const PoolHandle&, const CallOptions&);
void take_async(const PoolHandle&, const CallOptions&,
                std::move_only_function<void(Result<Held>)> done);
bool drain(PoolCore&, std::optional<std::chrono::milliseconds> time);
PoolState state_of(const PoolCore&);

}  // namespace mortise::detail
