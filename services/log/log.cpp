#include <mortise/services/log/log.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string_view>
#include <utility>

#include <spdlog/logger.h>

#include <mortise/contract/text.h>
#include <mortise/services/log/raw_text.h>

// Written from wit/services.
#include "log_world.h"

namespace mortise::services {

namespace {

static_assert(static_cast<int>(LogLevel::trace) == static_cast<int>(spdlog::level::trace));
static_assert(static_cast<int>(LogLevel::critical) == static_cast<int>(spdlog::level::critical));

// So much a second, and at most a second's worth at once.
class Rate {
 public:
  explicit Rate(std::uint64_t per_second)
      : per_second_(static_cast<double>(per_second)), left_(per_second_) {}

  void refill(std::chrono::duration<double> since) {
    left_ = std::min(per_second_, left_ + since.count() * per_second_);
  }
  [[nodiscard]] bool has(double amount) const { return amount <= left_; }
  void take(double amount) { left_ -= amount; }

 private:
  double per_second_;
  double left_;
};

// name="text", as much of it as `most` bytes hold.
void append_field(std::string& line, std::string_view name, std::string_view text, Bytes most) {
  if (!line.empty()) line += ' ';
  line += name;
  line += "=\"";
  const std::string_view kept = text.substr(0, most.count);
  // What stands in the text is told from what escape makes of it, and from the end of the field.
  std::string quoted;
  quoted.reserve(kept.size());
  for (const char c : kept) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  line += escape(quoted, SIZE_MAX);
  line += '"';
  if (kept.size() < text.size()) line += concat(" ", name, "-cut=", text.size() - kept.size());
}

}  // namespace

struct Log::State {
  explicit State(LogOptions options)
      : logger(std::move(options.logger)), denials("log", std::move(options.on_denied)) {}

  std::shared_ptr<spdlog::logger> logger;
  Denials denials;
  std::atomic<std::uint64_t> dropped = 0;
};

// Where the messages of one plugin go.
class Log::Sink {
 public:
  Sink(std::shared_ptr<State> state, std::string plugin, const LogGrant& grant)
      : state_(std::move(state)),
        plugin_(std::move(plugin)),
        grant_(grant),
        messages_(grant.messages_per_second),
        bytes_(grant.bytes_per_second.count) {}

  void log(LogLevel level, RawText context, RawText message) {
    const auto as = static_cast<spdlog::level::level_enum>(level);
    if (level < grant_.level || !state_->logger->should_log(as)) [[likely]]
      return;
    const std::uint64_t size = std::min<std::uint64_t>(message.bytes.size(), grant_.message.count) +
                               std::min<std::uint64_t>(context.bytes.size(), grant_.context.count);
    const std::uint64_t dropped = take(size);
    if (dropped == kNotNow) return;
    if (dropped > 0) log_dropped(dropped);
    std::string line;
    append_field(line, "plugin", plugin_, {200});
    append_field(line, "context", context.bytes, grant_.context);
    append_field(line, "message", message.bytes, grant_.message);
    state_->logger->log(as, spdlog::string_view_t(line));
  }

 private:
  static constexpr std::uint64_t kNotNow = UINT64_MAX;

  // Makes room for a message. Answers how many were dropped since the last one; kNotNow: this one
  // is.
  std::uint64_t take(std::uint64_t size) {
    {
      const std::scoped_lock lock(mutex_);
      const auto now = std::chrono::steady_clock::now();
      messages_.refill(now - at_);
      bytes_.refill(now - at_);
      at_ = now;
      if (messages_.has(1) && bytes_.has(static_cast<double>(size))) {
        messages_.take(1);
        bytes_.take(static_cast<double>(size));
        return std::exchange(dropped_, 0);
      }
      state_->dropped.fetch_add(1, std::memory_order_relaxed);
      if (++dropped_ > 1) return kNotNow;
    }
    // Once for all that are dropped in a row: who audits is not to be flooded either.
    state_->denials.report(plugin_, concat("to log more ", rates()));
    return kNotNow;
  }

  void log_dropped(std::uint64_t dropped) {
    std::string line;
    append_field(line, "plugin", plugin_, {200});
    line += concat(" dropped=", dropped, " message=\"more ", rates(), " were dropped\"");
    state_->logger->log(spdlog::level::warn, spdlog::string_view_t(line));
  }

  [[nodiscard]] std::string rates() const {
    return concat("than ", grant_.messages_per_second, " messages or ",
                  bytes_text(grant_.bytes_per_second.count), " a second");
  }

  const std::shared_ptr<State> state_;
  const std::string plugin_;
  const LogGrant grant_;

  std::mutex mutex_;
  std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::now();
  Rate messages_;
  Rate bytes_;
  std::uint64_t dropped_ = 0;
};

// An interface as its binding has it, but for the texts, which are looked at only if they are
// wanted.
template <class Wit>
class Log::Interface {
 public:
  explicit Interface(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}

  static constexpr std::string_view interface = Wit::interface;

  using Level = std::tuple_element_t<0, typename Wit::Log::Values>;
  static_assert(std::tuple_size_v<typename Wit::Log::Values> == 3);

  Result<void> log(CallContext&, Level level, RawText context, RawText message) {
    sink_->log(static_cast<LogLevel>(level), context, message);
    return {};
  }

  using Write = abi::Function<"log", void, abi::Param<"level", Level>,
                              abi::Param<"context", RawText>, abi::Param<"message", RawText>>;
  using Functions = HostFunctions<Implements<Write, &Interface::log>>;

 private:
  std::shared_ptr<Sink> sink_;
};

struct Log::World {
  using Unversioned = Interface<wasi::logging::logging::Host>;
  using Draft = Interface<wasi::logging_0_1_0_draft::logging::Host>;

  static constexpr std::string_view name = mortise_::services::Log::name;
  struct Imports {
    Host<Unversioned> unversioned;
    Host<Draft> draft;
  };
  using HostInterfaces = mortise::HostInterfaces<&Imports::unversioned, &Imports::draft>;
  using Exports = mortise::Exports<>;
};

Log::Log(LogOptions options) : state_(std::make_shared<State>(std::move(options))) {}

Service Log::for_plugin(std::string plugin, const LogGrant& grant) const {
  const auto sink = std::make_shared<Sink>(state_, std::move(plugin), grant);
  return Service::of<World>({.unversioned = std::make_shared<World::Unversioned>(sink),
                             .draft = std::make_shared<World::Draft>(sink)});
}

std::uint64_t Log::dropped() const { return state_->dropped.load(std::memory_order_relaxed); }

}  // namespace mortise::services
