// Plugins of one contract that work on something one after the other, in the order of their
// priorities, under one deadline.
//
//   mortise::Chain<PluginWorld> chain;
//   chain.add("trim", trim, 1).add("censor", censor, 2);
//   auto end = chain.run({.deadline = 50ms}, [&](auto& member) -> mortise::Result<mortise::Next> {
//     auto out = member.processor().process_data(text, meta);
//     if (auto* failed = out.failure()) return std::unexpected(std::move(*failed));
//     if (!out) return mortise::Next::stop;   // it refuses
//     text = *std::move(out);
//     return mortise::Next::go_on;
//   });
//
// Threads: any number may run a chain at once that nobody changes. All is done on the thread that
// runs it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <mortise/runtime/call_options.h>
#include <mortise/runtime/pool.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/world.h>

namespace mortise {

// What comes after a member.
enum class Next : std::uint8_t { go_on, stop };

struct ChainOptions {
  // Of the whole run: each call gets what is left of it, whatever it asks for. Needs plugins that
  // were loaded with a deadline or fuel. Nothing: each call has its plugin's.
  std::optional<std::chrono::milliseconds> deadline = std::nullopt;
  // Cancels the run, as CallOptions::stop does a call: of all calls that have none of their own,
  // and nobody is asked any more.
  std::stop_token stop{};
  // Of all calls that have none of their own. Outlives the run.
  const TraceContext* trace = nullptr;
  // What becomes of the run when a member fails.
  enum class OnFailure : std::uint8_t {
    stop,
    // A member that is not to be had now (quarantined, overloaded) is left out; else as `stop`.
    skip_unavailable,
    // Whatever fails is left out.
    skip,
  };
  OnFailure on_failure = OnFailure::stop;
};

// How a run ended.
struct ChainEnd {
  enum class How : std::uint8_t {
    finished,  // all members were asked
    stopped,   // `member` was the last that was to be
    failed,    // `member` failed, with `error`
  };
  struct Skipped {
    std::string member;
    Error error;
  };

  How how = How::finished;
  std::string member{};
  std::optional<Error> error{};
  std::vector<Skipped> skipped{};  // in their order

  [[nodiscard]] bool failed() const { return how == How::failed; }
};

// A member in a run. Its accessors are those of its pool, under the deadline of the run.
template <class W>
class ChainMember : public W::template Accessors<ChainMember<W>> {
 public:
  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::int64_t priority() const { return priority_; }

  // What the run has left, to the millisecond; nothing: it has no deadline.
  [[nodiscard]] std::optional<std::chrono::milliseconds> time_left() const {
    if (!until_) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(*until_ - std::chrono::steady_clock::now());
  }

  // For several calls that belong together, or a pool with Isolation::session. Its calls are not
  // under the deadline of the run, but for what they are given of it.
  [[nodiscard]] Result<Lease<W>> take(const CallOptions& options = {}) {
    return pool_.take(bounded(options));
  }

  // For the accessors of bindings.
  template <class Interface>
  [[nodiscard]] CallTarget<Interface> target(const CallOptions& options) {
    return pool_.template target<Interface>(bounded(options));
  }

 private:
  template <class>
  friend class Chain;
  using Until = std::optional<std::chrono::steady_clock::time_point>;

  ChainMember(std::string_view name, std::int64_t priority, const Pool<W>& pool, Until until,
              const ChainOptions& options)
      : name_(name), priority_(priority), pool_(pool), until_(until), options_(options) {}

  CallOptions bounded(CallOptions options) const {
    if (const auto left = time_left())
      options.deadline = options.deadline ? std::min(*options.deadline, *left) : *left;
    if (!options.stop.stop_possible()) options.stop = options_.stop;
    if (options.trace == nullptr) options.trace = options_.trace;
    return options;
  }

  std::string_view name_;
  std::int64_t priority_;
  Pool<W> pool_;
  Until until_;
  const ChainOptions& options_;
};

namespace detail {
// Why a member is not asked any more.
std::optional<Error> chain_over(std::string_view member, const ChainOptions&,
                                std::optional<std::chrono::steady_clock::time_point> until);
bool is_skipped(const Error&, ChainOptions::OnFailure);
}  // namespace detail

template <class W>
class Chain {
 public:
  // Smaller numbers come first, as with `priority: 1`; of equal ones, names in their order; of
  // equal names, who was added first.
  Chain& add(std::string name, Pool<W> pool, std::int64_t priority) {
    Entry entry{.priority = priority, .name = std::move(name), .pool = std::move(pool)};
    const auto at = std::ranges::upper_bound(entries_, entry.key(), {}, &Entry::key);
    entries_.insert(at, std::move(entry));
    return *this;
  }

  // Their names, in the order in which they are asked.
  [[nodiscard]] std::vector<std::string_view> members() const {
    std::vector<std::string_view> out;
    for (const Entry& entry : entries_) out.emplace_back(entry.name);
    return out;
  }

  // Calls `each(ChainMember<W>&)` for one member after the other, which returns a Result<Next>: an
  // Error says that the member has failed. A member whose turn comes after the deadline, or when
  // the run was cancelled, is not asked, and the run has failed (limit_exceeded, cancelled),
  // whatever `on_failure` is.
  template <class Each>
  ChainEnd run(const ChainOptions& options, Each&& each) const {
    const auto start = std::chrono::steady_clock::now();
    std::optional<std::chrono::steady_clock::time_point> until;
    // Far enough away for everyone, and near enough to be added.
    using std::chrono::milliseconds;
    if (options.deadline)
      until = start +
              std::clamp<milliseconds>(*options.deadline, milliseconds(0), std::chrono::years(1));
    ChainEnd end;
    for (const Entry& entry : entries_) {
      ChainMember<W> member(entry.name, entry.priority, entry.pool, until, options);
      std::optional<Error> over = detail::chain_over(entry.name, options, until);
      const bool asked = !over;
      Result<Next> next = asked ? Result<Next>(each(member)) : std::unexpected(*std::move(over));
      if (next && *next == Next::go_on) continue;
      if (!next && asked && detail::is_skipped(next.error(), options.on_failure)) {
        end.skipped.push_back({.member = entry.name, .error = std::move(next).error()});
        continue;
      }
      end.member = entry.name;
      end.how = next ? ChainEnd::How::stopped : ChainEnd::How::failed;
      if (!next) end.error = std::move(next).error();
      break;
    }
    return end;
  }

 private:
  struct Entry {
    std::int64_t priority;
    std::string name;
    Pool<W> pool;

    [[nodiscard]] std::pair<std::int64_t, std::string_view> key() const { return {priority, name}; }
  };

  std::vector<Entry> entries_;
};

}  // namespace mortise
