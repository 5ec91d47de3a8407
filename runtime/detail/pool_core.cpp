#include <mortise/runtime/detail/pool_core.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/runtime/detail/error_body.h>
#include <mortise/runtime/detail/quiet_thread.h>
#include <mortise/runtime/detail/thread_number.h>

namespace mortise::detail {

namespace {

using Kind = Error::Kind;
using State = PoolSlot::State;
using std::chrono::milliseconds;

ErrorBody* unseal(Error error) { return ErrorBody::open(std::move(error)).release(); }

// What a call says of the plugin, if it has not ended its instance: one that was refused, nothing.
Breaker::Verdict verdict_on(const ErrorBody* error) {
  return error == nullptr ? Breaker::Verdict::good : Breaker::Verdict::unclear;
}

// Completions that this thread is to run. One may give an instance back for which the next waits:
// that one runs after it, not within it, or a long queue would use up the stack.
using Completion = std::move_only_function<void()>;
thread_local std::vector<Completion>* t_completions = nullptr;

void run_in_turn(Completion completion) {
  if (t_completions != nullptr) {
    t_completions->push_back(std::move(completion));
    return;
  }
  std::vector<Completion> all;
  all.push_back(std::move(completion));
  t_completions = &all;
  // By number: each may add others.
  for (std::size_t i = 0; i < all.size(); ++i) std::exchange(all[i], nullptr)();
  t_completions = nullptr;
}

// By its only writer, so that no thread waits for another's cache line.
void count(std::atomic<std::uint64_t>& number) {
  number.store(number.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// Far enough away for everyone, and near enough to be added to a time.
constexpr milliseconds kLongest = std::chrono::years(1);

// Each has a slot from the beginning.
constexpr std::uint32_t kMost = 1'000'000;

Result<void> check(const PoolOptions& options, std::string_view plugin) {
  std::string_view wrong;
  if (options.max == 0) wrong = "PoolOptions::max must be more than nothing";
  if (options.min > options.max) wrong = "PoolOptions::min must be no more than max";
  if (options.min > 0 && options.isolation != Isolation::reuse)
    wrong = "PoolOptions::min is for Isolation::reuse: others make an instance for each caller";
  if (options.max > kMost) wrong = "PoolOptions::max must be at most 1000000";
  if (options.retire_after == std::uint64_t{0})
    wrong = "PoolOptions::retire_after must be more than nothing";
  if ((options.retire_after || options.retire_above) && options.isolation != Isolation::reuse)
    wrong =
        "PoolOptions::retire_after and retire_above are for Isolation::reuse: others use no "
        "instance "
        "twice";
  if (options.wait && options.wait->count() < 0) wrong = "PoolOptions::wait must not be negative";
  if (options.breaker && wrong.empty()) wrong = wrong_with(*options.breaker);
  if (wrong.empty()) return {};
  return std::unexpected(Error(Kind::misuse, concat(plugin, ": the pool was not made: ", wrong)));
}

}  // namespace

PoolCore::PoolCore(PluginHandle plugin, const PoolOptions& options)
    : plugin_(std::move(plugin)),
      options_(options),
      pooled_(options.isolation == Isolation::reuse ? nullptr : plugin_->pooled()),
      breaker_(options.breaker ? std::make_unique<Breaker>(*options.breaker, plugin_->name(),
                                                           plugin_->observed())
                               : nullptr),
      slots_(options.max) {}

// Whoever holds an instance or waits keeps the pool: nothing is busy and nobody waits.
PoolCore::~PoolCore() {
  {
    const std::scoped_lock lock(mutex_);
    ends_ = true;
  }
  deadlines_.notify_all();
  if (!watcher_.joinable()) return;
  // The watcher itself may be the one that lets the pool go, in a completion.
  if (watcher_.get_id() == std::this_thread::get_id())
    watcher_.detach();
  else
    watcher_.join();
}

Result<void> PoolCore::warm_up() {
  for (std::uint32_t i = 0; i < options_.min; ++i) {
    slots_[i].state.store(State::busy);
    if (Result<void> filled = fill(slots_[i], {}); !filled) return filled;
    release(slots_[i], State::idle);
  }
  return {};
}

// ---- Slots -----------------------------------------------------------------------------------

[[gnu::hot]] PoolSlot* PoolCore::claim_any(State from) {
  const auto count = static_cast<std::uint32_t>(slots_.size());
  // Each thread begins to look at another one.
  const std::uint32_t home = thread_number() % count;
  for (std::uint32_t i = 0; i < count; ++i) {
    PoolSlot& slot = slots_[home + i < count ? home + i : home + i - count];
    if (slot.claim(from)) return &slot;
  }
  return nullptr;
}

[[gnu::hot]] PoolSlot* PoolCore::claim_if_open(State from) {
  PoolSlot* slot = claim_any(from);
  if (slot != nullptr && waiting_.load() != 0) [[unlikely]] {
    release(*slot, from);
    return nullptr;
  }
  return slot;
}

[[gnu::hot]] PoolSlot* PoolCore::claim() {
  // Only those that are used again are ever idle.
  PoolSlot* slot = options_.isolation == Isolation::reuse ? claim_if_open(State::idle) : nullptr;
  return slot != nullptr ? slot : claim_if_open(State::empty);
}

// A deadline of the wait alone, where the plugin cannot have one: a call says so itself.
[[gnu::hot]] CallOptions PoolCore::startable(CallOptions options) const {
  const Limits& limits = plugin_->limits();
  if (limits.deadline || limits.fuel) return options;
  options.deadline.reset();
  options.stop = {};
  return options;
}

[[gnu::hot]] Result<void> PoolCore::fill(PoolSlot& slot, const CallOptions& options) {
  Result<InstanceHandle> made = instantiate_in(pooled_, plugin_, {.start = startable(options)});
  if (!made) {
    release(slot, State::empty);
    return std::unexpected(std::move(made).error());
  }
  slot.instance = *std::move(made);
  slot.uses = 0;
  count(slot.made);
  if (slot.instance->is_pooled()) count(slot.made_pooled);
  if (options_.min != 0) live_.fetch_add(1, std::memory_order_relaxed);
  return {};
}

[[gnu::hot]] bool PoolCore::is_spent(PoolSlot& slot) {
  InstanceCore& core = *slot.instance;
  if (core.ended() || core.busy()) [[unlikely]] {
    faulted_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  if (options_.isolation != Isolation::reuse) return true;
  const bool too_old = options_.retire_after && slot.uses >= *options_.retire_after;
  const bool too_large = options_.retire_above && core.memory() > *options_.retire_above;
  // A handle that somebody kept would be a way into what is another's by then.
  if (!too_old && !too_large && !core.is_linked()) [[likely]]
    return false;
  retired_.fetch_add(1, std::memory_order_relaxed);
  core.retire();
  return true;
}

[[gnu::hot]] void PoolCore::give_back(PoolSlot& slot, Breaker::Verdict good) {
  ++slot.uses;
  if (breaker_) [[unlikely]]
    settle(slot, good);
  if (!is_spent(slot)) [[likely]] {
    release(slot, State::idle);
    return;
  }
  slot.instance.reset();
  const auto enough = [&] {
    return options_.min == 0 || live_.fetch_sub(1, std::memory_order_relaxed) - 1 >= options_.min;
  };
  if (enough()) {
    release(slot, State::empty);
  } else if (fill(slot, {})) {
    // Where there is no replacement now, the next one who needs it is told why.
    release(slot, State::idle);
  }
}

[[gnu::hot]] void PoolCore::release(PoolSlot& slot, State state) {
  slot.state.store(state);
  const std::uint32_t waiting = waiting_.load();
  if (waiting == 0) [[likely]]
    return;
  serve();
  if ((waiting & kClosed) != 0) {
    const std::scoped_lock lock(mutex_);
    idle_.notify_all();
  }
}

// ---- The breaker -----------------------------------------------------------------------------

[[gnu::hot]] Result<Breaker::Pass> PoolCore::admit() {
  if (!breaker_) [[likely]]
    return Breaker::Pass::usual;
  Result<Breaker::Pass> pass = breaker_->admit();
  if (!pass) quarantined_.fetch_add(1, std::memory_order_relaxed);
  return pass;
}

void PoolCore::settle(Breaker::Pass pass, const Error& error) {
  if (breaker_) breaker_->settle(pass, Breaker::verdict(error.kind()), error.message());
}

// Apart, so that the way without a breaker has no part in it.
[[gnu::noinline]] void PoolCore::settle(PoolSlot& slot, Breaker::Verdict good) {
  const Breaker::Pass pass = std::exchange(slot.pass, Breaker::Pass::usual);
  if (const InstanceCore::Ending* ending = slot.instance->ending())
    breaker_->settle(pass, Breaker::verdict(ending->kind), ending->message);
  else
    breaker_->settle(pass, good);
}

[[gnu::hot]] Result<PoolCore::Taken> PoolCore::let_in(PoolSlot& slot, Breaker::Pass pass,
                                                      const CallOptions& options) {
  if (pass == Breaker::Pass::usual) {
    Result<Breaker::Pass> now = admit();
    if (!now) {
      release(slot, slot.instance ? State::idle : State::empty);
      return std::unexpected(std::move(now).error());
    }
    pass = *now;
  }
  const bool empty = slot.instance == nullptr;
  if (Result<void> filled = empty ? fill(slot, options) : Result<void>(); !filled) {
    // One who asks too late is refused before anything runs: that is no fault.
    const bool too_late = options.deadline && options.deadline->count() <= 0;
    if (breaker_ && too_late)
      breaker_->settle(pass, Breaker::Verdict::unclear);
    else
      settle(pass, filled.error());
    return std::unexpected(std::move(filled).error());
  }
  slot.pass = pass;
  return Taken{.slot = &slot, .made = empty};
}

// ---- Those who wait --------------------------------------------------------------------------

void PoolCore::serve() {
  while (true) {
    std::unique_ptr<Waiter> answered;
    {
      const std::scoped_lock lock(mutex_);
      if (queue_.empty()) return;
      PoolSlot* slot = claim_any(State::idle);
      if (slot == nullptr) slot = claim_any(State::empty);
      if (slot == nullptr) return;
      Waiter* const first = queue_.front();
      queue_.pop_front();
      waiting_.fetch_sub(1);
      first->slot = slot;
      if (first->wake != nullptr) {
        // It cannot go before it has the lock.
        first->wake->notify_one();
        continue;
      }
      answered.reset(first);
    }
    answer(std::move(answered));
  }
}

void PoolCore::answer(std::unique_ptr<Waiter> waiter) {
  run_in_turn([waiter = std::move(waiter)] {
    PoolCore& pool = *waiter->pool;
    if (waiter->slot == nullptr) {
      Error error = waiter->stop.stop_requested() ? pool.cancelled() : pool.overloaded();
      pool.settle(waiter->pass, error);
      waiter->then(std::unexpected(std::move(error)));
      return;
    }
    CallOptions left{.fuel = waiter->fuel, .stop = waiter->stop};
    shorten(left, waiter->ends);
    Result<Taken> taken = pool.let_in(*waiter->slot, waiter->pass, left);
    if (taken)
      waiter->then(Held(waiter->pool, *taken->slot));
    else
      waiter->then(std::unexpected(std::move(taken).error()));
  });
}

Result<PoolSlot*> PoolCore::wait(const Ends& ends, const std::stop_token& stop) {
  std::condition_variable wake;
  Waiter waiter{.ends = ends, .stop = stop, .wake = &wake};
  const std::stop_callback when_stopped(stop, [&] {
    const std::scoped_lock lock(mutex_);
    wake.notify_one();
  });
  std::unique_lock lock(mutex_);
  if ((waiting_.load() & kClosed) != 0) return std::unexpected(closed());
  queue_.push_back(&waiter);
  waiting_.fetch_add(1);
  waited_.fetch_add(1, std::memory_order_relaxed);
  lock.unlock();
  // Somebody may have given one back before anyone could see this one wait.
  serve();
  lock.lock();
  const auto over = [&] { return waiter.slot != nullptr || stop.stop_requested(); };
  if (!ends.wait)
    wake.wait(lock, over);
  else
    wake.wait_until(lock, *ends.wait, over);
  if (!leave(waiter)) return waiter.slot;
  lock.unlock();
  return std::unexpected(stop.stop_requested() ? cancelled() : overloaded());
}

bool PoolCore::leave(Waiter& waiter) {
  if (std::erase(queue_, &waiter) == 0) return false;
  waiting_.fetch_sub(1);
  idle_.notify_all();
  return true;
}

// On the thread that asks for the stop; or before the waiter is in the queue, and then its own
// thread sees that.
void PoolCore::answer_stopped(Waiter& waiter) {
  // Whoever else answers it destroys it, and waits for this first.
  PoolCore& pool = *waiter.pool;
  {
    const std::scoped_lock lock(pool.mutex_);
    if (!pool.leave(waiter)) return;
  }
  answer(std::unique_ptr<Waiter>(&waiter));
}

// What is left of a millisecond is the caller's: it was never to be stopped early.
void PoolCore::shorten(CallOptions& options, const Ends& ends) {
  if (ends.deadline)
    options.deadline = std::chrono::ceil<milliseconds>(*ends.deadline - Clock::now());
}

PoolCore::Ends PoolCore::ends(const CallOptions& options) const {
  const auto deadline = options.deadline ? options.deadline : plugin_->limits().deadline;
  if (!deadline && !options_.wait) return {};
  const Clock::time_point now = Clock::now();
  const auto after = [&](milliseconds time) { return now + std::clamp(time, -kLongest, kLongest); };
  Ends ends;
  if (deadline) ends.deadline = after(*deadline);
  if (options_.wait) ends.wait = after(*options_.wait);
  if (deadline && (!ends.wait || *ends.deadline < *ends.wait)) ends.wait = ends.deadline;
  return ends;
}

Error PoolCore::overloaded() {
  refused_.fetch_add(1, std::memory_order_relaxed);
  return {Kind::overloaded,
          concat(plugin_->name(), ": no instance was free in time: the pool has ", slots_.size(),
                 slots_.size() == 1 ? ", and it was in use" : ", and all were in use",
                 " (PoolOptions::max)")};
}

Error PoolCore::cancelled() const {
  return {Kind::cancelled, concat(plugin_->name(), ": the wait for an instance was cancelled")};
}

Error PoolCore::closed() {
  refused_.fetch_add(1, std::memory_order_relaxed);
  return {Kind::overloaded,
          concat(plugin_->name(), ": the pool takes no new calls: it is being shut down")};
}

// ---- Taking and calling ----------------------------------------------------------------------

[[gnu::hot]] Result<PoolCore::Taken> PoolCore::take(CallOptions& left) {
  Result<Breaker::Pass> pass = admit();
  if (!pass) return std::unexpected(std::move(pass).error());
  PoolSlot* slot = claim();
  if (slot == nullptr) {
    const Ends when = ends(left);
    Result<PoolSlot*> given = wait(when, left.stop);
    if (!given) {
      settle(*pass, given.error());
      return std::unexpected(std::move(given).error());
    }
    slot = *given;
    shorten(left, when);
  }
  return let_in(*slot, *pass, left);
}

[[gnu::hot]] ErrorBody* PoolCore::call(std::uint32_t index, const CallOptions& options,
                                       CallFrame& frame) {
  if (PoolSlot* slot = claim_ready()) [[likely]] {
    ErrorBody* error = slot->instance->call(index, options, frame);
    give_back(*slot, verdict_on(error));
    return error;
  }
  return call_slowly(index, options, frame);
}

// Of the way of a call, what waits or makes an instance: every call of `fresh` comes here.
[[gnu::hot, gnu::noinline]] ErrorBody* PoolCore::call_slowly(std::uint32_t index,
                                                             const CallOptions& options,
                                                             CallFrame& frame) {
  const Observed* observed = plugin_->observed();
  // Nobody else asks: a deadline is kept without.
  const auto now = [&] { return observed == nullptr ? Clock::time_point() : Clock::now(); };
  const Clock::time_point began = now();
  const auto refuse = [&](Error error) {
    if (observed != nullptr) observed->refused(index, error, began, options.trace);
    return unseal(std::move(error));
  };
  if (options_.isolation == Isolation::session)
    return refuse(
        {Kind::misuse, concat(plugin_->name(), ": ", frame.shape.function,
                              " was not called: a pool with Isolation::session is called through "
                              "Pool::take")});
  CallOptions left = options;
  Result<Taken> taken = take(left);
  if (!taken) return refuse(std::move(taken).error());
  PoolSlot& slot = *taken->slot;
  ErrorBody* error = slot.instance->call_after({.waited = now() - began, .resumes = taken->made},
                                               index, left, frame);
  give_back(slot, verdict_on(error));
  return error;
}

[[gnu::hot]] PoolSlot* PoolCore::claim_ready() {
  if (options_.isolation != Isolation::reuse) [[unlikely]]
    return nullptr;
  if (breaker_ && !breaker_->is_closed()) [[unlikely]]
    return nullptr;
  return claim_if_open(State::idle);
}

void PoolCore::take_async(const PoolHandle& self, const CallOptions& options,
                          std::move_only_function<void(Result<Held>)> done) {
  // A completion may let go of the caller's.
  const PoolHandle pool = self;  // NOLINT: a copy of its own
  auto waiter = std::make_unique<Waiter>();
  waiter->pool = pool;
  waiter->ends = pool->ends(options);
  waiter->fuel = options.fuel;
  waiter->stop = options.stop;
  waiter->then = std::move(done);
  Result<Breaker::Pass> pass = pool->admit();
  if (!pass) return waiter->then(std::unexpected(std::move(pass).error()));
  waiter->pass = *pass;
  waiter->slot = pool->claim();
  if (waiter->slot != nullptr) return answer(std::move(waiter));
  if (options.stop.stop_possible())
    waiter->when_stopped.emplace(options.stop, [one = waiter.get()] { answer_stopped(*one); });
  if (std::optional<Error> error = pool->enqueue(waiter)) {
    pool->settle(*pass, *error);
    return waiter->then(std::unexpected(*std::move(error)));
  }
  pool->deadlines_.notify_all();
  pool->serve();
}

std::optional<Error> PoolCore::enqueue(std::unique_ptr<Waiter>& waiter) {
  const std::scoped_lock lock(mutex_);
  if (waiter->stop.stop_requested()) return cancelled();
  if ((waiting_.load() & kClosed) != 0) return closed();
  if (waiter->ends.wait && !start_watching())
    return Error(Kind::io, concat(plugin_->name(),
                                  ": nobody can wait for an instance without blocking: the system "
                                  "starts no thread that would end the wait"));
  queue_.push_back(waiter.release());
  waiting_.fetch_add(1);
  waited_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

bool PoolCore::start_watching() {
  if (watcher_.joinable()) return true;
  std::optional<std::thread> started = start_quiet_thread([this] { watch_deadlines(); });
  if (started) watcher_ = *std::move(started);
  return watcher_.joinable();
}

// The thread that answers those who wait without blocking when they have waited long enough.
void PoolCore::watch_deadlines() {
  const std::weak_ptr<PoolCore> weak = weak_from_this();
  std::unique_lock lock(mutex_);
  while (!ends_) {
    const Clock::time_point now = Clock::now();
    Until next;
    std::unique_ptr<Waiter> late;
    for (Waiter* waiter : queue_) {
      const Until& end = waiter->ends.wait;
      if (waiter->wake != nullptr || !end) continue;
      if (*end <= now) late.reset(waiter);
      if (late) break;
      if (!next || *end < *next) next = end;
    }
    if (!late) {
      if (next)
        deadlines_.wait_until(lock, *next);
      else
        deadlines_.wait(lock);
      continue;
    }
    leave(*late);
    lock.unlock();
    // It has the pool, which may go with it.
    answer(std::move(late));
    if (weak.expired()) return;
    lock.lock();
  }
}

bool PoolCore::drain(std::optional<milliseconds> time) {
  waiting_.fetch_or(kClosed);
  const auto quiet = [this] {
    return queue_.empty() && std::ranges::none_of(slots_, [](const PoolSlot& slot) {
             return slot.state.load() == State::busy;
           });
  };
  std::unique_lock lock(mutex_);
  if (time) return idle_.wait_for(lock, std::min(*time, kLongest), quiet);
  idle_.wait(lock, quiet);
  return true;
}

PoolState PoolCore::state() const {
  PoolState out{.faulted = faulted_.load(std::memory_order_relaxed),
                .retired = retired_.load(std::memory_order_relaxed),
                .waited = waited_.load(std::memory_order_relaxed),
                .refused = refused_.load(std::memory_order_relaxed),
                .quarantined = quarantined_.load(std::memory_order_relaxed)};
  for (const PoolSlot& slot : slots_) {
    out.made += slot.made.load(std::memory_order_relaxed);
    out.pooled += slot.made_pooled.load(std::memory_order_relaxed);
    const State now = slot.state.load(std::memory_order_relaxed);
    out.idle += now == State::idle ? 1 : 0;
    out.busy += now == State::busy ? 1 : 0;
  }
  out.waiting = waiting_.load(std::memory_order_relaxed) & ~kClosed;
  return out;
}

// ---- For pool_handle.h -----------------------------------------------------------------------

Result<PoolHandle> make_pool(const PluginHandle& plugin, const PoolOptions& options) {
  if (Result<void> fine = check(options, plugin->name()); !fine)
    return std::unexpected(std::move(fine).error());
  auto pool = std::make_shared<PoolCore>(plugin, options);
  if (Result<void> warm = pool->warm_up(); !warm) return std::unexpected(std::move(warm).error());
  return pool;
}

Result<Held> take(const PoolHandle& pool, const CallOptions& options) {
  const Observed* observed = pool->plugin()->observed();
  const auto asked = observed != nullptr ? Observed::Clock::now() : Observed::Clock::time_point();
  CallOptions left = options;
  Result<PoolCore::Taken> taken = pool->take(left);
  if (observed != nullptr) observed->taken(taken ? nullptr : &taken.error(), asked, options.trace);
  if (!taken) return std::unexpected(std::move(taken).error());
  return Held(pool, *taken->slot);
}

void take_async(const PoolHandle& pool, const CallOptions& options,
                std::move_only_function<void(Result<Held>)> done) {
  PoolCore::take_async(pool, options, told_first(pool->plugin(), options, std::move(done)));
}

bool drain(PoolCore& pool, std::optional<milliseconds> time) { return pool.drain(time); }

PoolState state_of(const PoolCore& pool) { return pool.state(); }

InstanceCore& Held::core() const { return *slot_->instance; }

void Held::give_back() {
  if (slot_ != nullptr) pool_->give_back(*slot_);
  slot_ = nullptr;
}

[[gnu::hot]] ErrorBody* make_call(PoolCore& pool, std::uint32_t index, const CallOptions& options,
                                  CallFrame& frame) {
  return pool.call(index, options, frame);
}

}  // namespace mortise::detail
