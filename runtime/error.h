// Why something failed: whose fault it is, what exactly, and what to do.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mortise {

namespace detail {
struct ErrorBody;
}

// One pointer wide, move-only; empty only after it was moved from. Text from guests and files is
// escaped already: messages are safe to print and log.
class [[nodiscard]] Error {
 public:
  // What the caller should do about it.
  enum class Kind : std::uint8_t {
    bad_component,      // not a component, or one that cannot run here; rebuild the plugin
    contract_mismatch,  // built against another contract; rebuild the plugin, or the host
    denied,             // it asks for what it was not granted; an operator decides
    guest_trap,         // the plugin's bug; its instance is gone, the next one is not affected
    limit_exceeded,     // the plugin wanted more than its limits; `limit` says which
    overloaded,         // no instance of a pool was free in time; retry later, and not at once
    cancelled,          // whoever asked for it does not want it any more
    quarantined,        // it failed too often, and is left alone for a while; do without it
    misuse,             // the host's bug: a call that cannot be made, data that is not valid
    io,                 // the machine: a file, a process or memory; see the message
    internal,           // a bug in Mortise: please report it
  };

  // Which limit was crossed.
  enum class Limit : std::uint8_t {
    none,
    deadline,
    fuel,
    memory,
    stack,
    handles,
    lift,
    compile_size,
    compile_memory,
    compile_time,
    compile_depth,
    compile_code,
  };

  // A function of the plugin that was running.
  struct Frame {
    std::string function;  // empty: unknown, or stripped
    std::string file;      // empty: no debug information
    std::uint32_t line = 0;
    std::uint32_t index = 0;  // of the function in its module
  };

  Error(Kind kind, std::string message);
  Error(Error&&) noexcept;
  Error& operator=(Error&&) noexcept;
  ~Error();

  [[nodiscard]] Kind kind() const;
  // `none` unless the kind is limit_exceeded; or misuse, where the calling thread has too little of
  // its `stack` left.
  [[nodiscard]] Limit limit() const;
  // One or more lines; names the plugin, the function and the limit, and in the end what of this
  // library sets it: "(Limits::memory)".
  [[nodiscard]] std::string_view message() const;
  // The message without what is for those alone who write the host: for people who use it.
  [[nodiscard]] std::string_view summary() const;
  // The plugin's functions, innermost first. Empty unless the plugin trapped.
  [[nodiscard]] std::span<const Frame> backtrace() const;
  // Added by whoever passed the error on, innermost first.
  [[nodiscard]] std::span<const std::string> notes() const;
  Error& note(std::string text) &;

  // Everything, in lines: message, backtrace, notes.
  [[nodiscard]] std::string to_string() const;
  // What of that comes after the message: empty, or from the end of the message's line on.
  [[nodiscard]] std::string details() const;

 private:
  friend struct detail::ErrorBody;
  explicit Error(std::unique_ptr<detail::ErrorBody> body);

  std::unique_ptr<detail::ErrorBody> body_;
};

// "guest_trap" and so on: for logs and metrics.
std::string_view to_string(Error::Kind);
std::string_view to_string(Error::Limit);

}  // namespace mortise
