// WASI for plugins that import it: what the standard libraries of most languages ask of a system.
//
// It is sealed. A plugin that imports WASI 0.2, in whatever 0.2.x, loads and reaches nothing of the
// machine: no environment, no arguments, no files; standard input is at its end, the network denies
// all that is asked of it. What is left for the host to choose is here, with defaults that are safe
// for a stranger's plugin.
//
//   auto plugin = mortise::Plugin<ShopWorld>::load(engine, "shop.wasm", {},
//       {.wasi = {.output = [](const mortise::WasiLine& line) { log(line.plugin, line.text); }}});
//
// An interface of WASI that the world of the host has is answered by the host: see host.h.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include <mortise/runtime/limits.h>

namespace mortise {

// What time it is for a plugin. Its monotonic clock counts from a second before its instance was
// made, whichever is chosen.
class WasiClock {
 public:
  using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

  // The default. The real time, to the millisecond, when a call first looks; then the clocks stand
  // still until the next call, except that a sleep moves them by the time that was asked for. A
  // plugin can tell the date, and cannot time itself: what it could learn of its neighbours from
  // how long its own instructions take is out of its reach.
  static constexpr WasiClock per_call() { return {Kind::per_call, {}}; }
  // The real time, to the nanosecond. For plugins that are trusted not to spy by it.
  static constexpr WasiClock real() { return {Kind::real, {}}; }
  // Each instance begins at `at`, between 1970 and 2554, and only a sleep moves its clocks. A sleep
  // takes no time. For results that are the same every time.
  static constexpr WasiClock frozen(Time at = Time{}) { return {Kind::frozen, at}; }

  // For the library.
  enum class Kind : std::uint8_t { per_call, real, frozen };
  [[nodiscard]] constexpr Kind kind() const { return kind_; }
  [[nodiscard]] constexpr Time at() const { return at_; }

 private:
  constexpr WasiClock(Kind kind, Time at) : kind_(kind), at_(at) {}

  Kind kind_;
  Time at_;
};

// Where a plugin's random numbers come from.
class WasiRandom {
 public:
  // The default: the system, which is good enough for keys.
  static constexpr WasiRandom system() { return {false, 0}; }
  // The same numbers for each instance. They are no secret.
  static constexpr WasiRandom seeded(std::uint64_t seed) { return {true, seed}; }

  // For the library.
  [[nodiscard]] constexpr bool is_seeded() const { return is_seeded_; }
  [[nodiscard]] constexpr std::uint64_t seed() const { return seed_; }

 private:
  constexpr WasiRandom(bool is_seeded, std::uint64_t seed) : is_seeded_(is_seeded), seed_(seed) {}

  bool is_seeded_;
  std::uint64_t seed_;
};

// A line that a plugin printed. Good until the function that got it returns.
struct WasiLine {
  enum class Stream : std::uint8_t {
    out,
    err,
    notice,  // not the plugin's: how many more lines it printed in a call
  };

  std::string_view plugin;  // its name
  Stream stream;
  // UTF-8, safe to print and log: without the end of the line, with control characters (but for
  // tabs) and bytes that are not UTF-8 as \u{..} and \x.., and with how much of it was cut.
  std::string_view text;
};

// Who gets what plugins print: any function of a WasiLine, or nobody.
//
// It runs on the thread that calls the plugin, in the middle of that call, on several at once where
// several do; the plugin waits for it, and deadlines do not stop it, so it should not wait for
// anything. An exception that comes out of it is lost.
class WasiOutput {
 public:
  WasiOutput() = default;
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, WasiOutput> &&
             std::invocable<const std::remove_cvref_t<F>&, const WasiLine&>)
  WasiOutput(F&& take)  // NOLINT(google-explicit-constructor): {.output = [](..) {..}}
      : take_([take = std::forward<F>(take)](const WasiLine& line) {
#if defined(__cpp_exceptions)
          try {
            take(line);
          } catch (...) {  // NOLINT(bugprone-empty-catch): it would have to cross the plugin
          }
#else
          take(line);
#endif
        }) {
  }

  // For the library.
  [[nodiscard]] const std::function<void(const WasiLine&)>& function() const { return take_; }

 private:
  std::function<void(const WasiLine&)> take_{};
};

struct Wasi {
  // none: there is no WASI, and a plugin that imports some is refused (denied), with the names.
  enum class Access : std::uint8_t { none, sealed };

  Access access = Access::sealed;
  WasiClock clock = WasiClock::per_call();
  WasiRandom random = WasiRandom::system();

  // What plugins print on standard output and standard error, in lines; one that has not ended when
  // the call does is a line too. By default it is dropped, and counted (Instance::lines_dropped).
  WasiOutput output{};
  // The most lines of one call, of both streams. Those after them are dropped and counted, and a
  // last one, a notice, says how many.
  std::uint32_t lines = 100;
  // The most bytes of one line; the rest of it is cut. At most 1 MiB: an instance keeps as much for
  // each stream.
  Bytes line = KiB(4);
};

}  // namespace mortise
