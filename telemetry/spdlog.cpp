#include <mortise/telemetry/spdlog.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace mortise {

namespace {

namespace level = ::spdlog::level;
using Clock = std::chrono::steady_clock;

// Whose fault it is: a plugin's own and the load of the host come and go; the rest somebody has to
// mend who has the host's source.
level::level_enum level_of(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::misuse:
    case Error::Kind::io:
    case Error::Kind::internal: return level::err;
    default: return level::warn;
  }
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.:/@+[]").contains(c);
}

// As logfmt reads it.
void quote(std::string& out, std::string_view text) {
  if (!text.empty() && std::ranges::all_of(text, is_plain)) {
    out += text;
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

// Counts the lines of one plugin in the second that is running.
class SpdlogObserver::Tap {
 public:
  bool open(Clock::time_point now, std::uint32_t most, std::uint64_t& left_out) {
    const std::scoped_lock lock(mutex_);
    if (now - began_ >= std::chrono::seconds(1)) {
      began_ = now;
      written_ = 0;
    }
    if (written_ >= most) {
      ++left_out_;
      return false;
    }
    ++written_;
    left_out = std::exchange(left_out_, 0);
    return true;
  }

 private:
  std::mutex mutex_;
  Clock::time_point began_{};
  std::uint32_t written_ = 0;
  std::uint64_t left_out_ = 0;
};

// One line, as it grows.
class SpdlogObserver::Line {
 public:
  explicit Line(std::string_view event) { add("event", event); }

  Line& add(std::string_view key, std::string_view value) {
    if (!text_.empty()) text_ += ' ';
    text_ += key;
    text_ += '=';
    quote(text_, value);
    return *this;
  }
  Line& add(std::string_view key, std::uint64_t value) { return add(key, std::to_string(value)); }
  // Milliseconds, to the microsecond.
  Line& add(std::string_view key, std::chrono::nanoseconds time) {
    const auto us = std::chrono::floor<std::chrono::microseconds>(time).count();
    std::string text = std::to_string(us / 1000);
    if (us % 1000 != 0) text += '.' + std::to_string(1000 + us % 1000).substr(1);
    while (us % 1000 != 0 && text.ends_with('0')) text.pop_back();
    return add(key, text);
  }
  Line& add(const Error& error) {
    add("kind", to_string(error.kind()));
    if (error.limit() != Error::Limit::none) add("limit", to_string(error.limit()));
    return *this;
  }
  // The two parts of a trace that those who search for it know.
  Line& add(const TraceContext* trace) {
    if (trace == nullptr) return *this;
    const TraceContext::Text text = trace->traceparent();
    return add("trace", text.view().substr(3, 32)).add("span", text.view().substr(36, 16));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

SpdlogObserver::SpdlogObserver(std::shared_ptr<::spdlog::logger> logger, SpdlogOptions options)
    : logger_(std::move(logger)),
      options_(std::move(options)),
      of_loads_(std::make_shared<Tap>()) {}
SpdlogObserver::~SpdlogObserver() = default;

// Builds the line only where it will be written. Whatever goes wrong with it, for want of memory or
// in the logger, the plugin goes on.
template <class Build>
void SpdlogObserver::write(void* tap, int at, Build build) const noexcept {
  const auto level = static_cast<level::level_enum>(at);
  if (tap == nullptr || !logger_->should_log(level)) return;
  try {
    std::uint64_t left_out = 0;
    const Clock::time_point now = options_.now ? options_.now() : Clock::now();
    if (!static_cast<Tap*>(tap)->open(now, options_.lines, left_out)) return;
    Line line = build();
    if (left_out > 0) line.add("left_out", left_out);
    logger_->log(level, "{}", line.text());
  } catch (...) {  // NOLINT(bugprone-empty-catch): as it says above
  }
}

std::shared_ptr<void> SpdlogObserver::loaded(const LoadReport& load) noexcept {
  std::shared_ptr<Tap> tap;
  if (load.error == nullptr) {
    try {
      tap = std::make_shared<Tap>();
    } catch (...) {
      return nullptr;  // there is no memory: the plugin goes on, and has no lines
    }
  }
  write(load.error == nullptr ? tap.get() : of_loads_.get(),
        load.error == nullptr ? level::info : level_of(load.error->kind()), [&] {
          Line line("load");
          line.add("plugin", load.plugin.name);
          if (load.error != nullptr) line.add(*load.error);
          line.add("ms", load.duration);
          if (load.from_cache) line.add("from", "cache");
          if (load.error != nullptr) line.add("message", load.error->message());
          return line;
        });
  return tap;
}

void SpdlogObserver::called(const CallReport& call) noexcept {
  if (call.error == nullptr) return;
  write(call.plugin.context, level_of(call.error->kind()), [&] {
    Line line("call");
    line.add("plugin", call.plugin.name);
    if (!call.function.interface.empty()) line.add("interface", call.function.interface);
    line.add("function", call.function.name).add(*call.error);
    line.add("ms", call.duration).add("queued_ms", call.queued).add(call.trace);
    line.add("message", call.error->message());
    return line;
  });
}

void SpdlogObserver::taken(const TakeReport& take) noexcept {
  if (take.error == nullptr) return;
  write(take.plugin.context, level_of(take.error->kind()), [&] {
    Line line("take");
    line.add("plugin", take.plugin.name).add(*take.error).add("ms", take.duration).add(take.trace);
    line.add("message", take.error->message());
    return line;
  });
}

void SpdlogObserver::instance(const InstanceReport& report) noexcept {
  if (report.event != InstanceReport::Event::not_made &&
      report.event != InstanceReport::Event::faulted)
    return;
  // The call that ended one has a line of its own, at the level that it deserves.
  const bool not_made = report.error != nullptr;
  write(report.plugin.context, not_made ? level_of(report.error->kind()) : level::info, [&] {
    Line line("instance");
    line.add("plugin", report.plugin.name).add("change", to_string(report.event));
    if (not_made) line.add(*report.error).add("ms", report.duration);
    line.add("memory", report.memory.count);
    if (not_made) line.add("message", report.error->message());
    return line;
  });
}

void SpdlogObserver::breaker(const BreakerReport& report) noexcept {
  const bool closed = report.state == BreakerReport::State::closed;
  write(report.plugin.context, closed ? level::info : level::warn, [&] {
    Line line("breaker");
    line.add("plugin", report.plugin.name).add("state", to_string(report.state));
    if (closed) return line;
    line.add("faults", std::uint64_t{report.faults});
    line.add("back_off_ms", std::chrono::nanoseconds(report.back_off));
    line.add("last_fault", report.last_fault);
    return line;
  });
}

}  // namespace mortise
