// Millions of calls from all threads, of which one in a hundred fails: soak [CALLS [THREADS]].
//
// Each call must be answered once, and in the way that it was asked to; and after the first tenth
// of them the process must not grow: no memory, no thread, no file. Ends with status 1 and says
// what was wrong, else with 0.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <random>
#include <semaphore>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/soak/guest.h"
#include "tests/soak/process.h"

namespace {

using mortise::CallOptions;
using mortise::concat;
using mortise::Error;
using mortise::Isolation;
using mortise::Lease;
using mortise::Result;
using mortise::testing::Act;
using mortise::testing::EchoWorld;
using mortise::testing::give_up;
using mortise::testing::Held;
using mortise::testing::held;
using mortise::testing::number;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Pool = mortise::Pool<EchoWorld>;

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().to_string());
  return *std::move(result);
}

// How calls ended, of all threads.
struct Count {
  std::atomic<std::uint64_t> answered = 0;
  std::atomic<std::uint64_t> failed = 0;     // as they were to
  std::atomic<std::uint64_t> cancelled = 0;  // of them
};

// How a call that acts so is to end; the result of one that ended otherwise ends the program.
void check(Count& count, Act act, std::string_view text, const Result<std::string>& out) {
  const auto wanted = mortise::testing::expected(act);
  if (out && !wanted && *out == text) {
    ++count.answered;
    return;
  }
  if (!out && wanted && out.error().kind() == wanted->kind &&
      out.error().limit() == wanted->limit) {
    ++count.failed;
    return;
  }
  give_up(concat("a call that was to ", wanted ? "fail" : "answer", " with `", text.substr(0, 1),
                 "` ended so: ", out ? "it answered " : "", out ? *out : out.error().to_string()));
}

// The ways in which a caller gets an instance.
class Callers {
 public:
  explicit Callers(const mortise::Plugin<EchoWorld>& plugin)
      : reuse_(must(Pool::create(
            plugin, {.isolation = Isolation::reuse, .max = 4, .min = 1, .retire_after = 10'000}))),
        fresh_(must(Pool::create(plugin, {.isolation = Isolation::fresh, .max = 4}))),
        session_(must(Pool::create(plugin, {.isolation = Isolation::session, .max = 4}))) {}

  // `n` chooses the way. Most go to instances that are used again, as in a service.
  void call(Count& count, std::uint32_t n, Act act, std::string_view text) {
    const CallOptions options{.deadline = act == Act::spin ? 2ms : 60'000ms};
    if (act == Act::echo && n % 1000 == 7) return cancel(count);
    switch (n % 100) {
      case 0:
      case 1:
      case 2: return check(count, act, text, fresh_.call(options).run(text));
      case 3: return in_session(count, act, text, options);
      case 4:
      case 5:
      case 6: return later(count, act, text, options);
      default: return check(count, act, text, reuse_.call(options).run(text));
    }
  }

  void drain() {
    for (Pool* pool : {&reuse_, &fresh_, &session_}) {
      pool->drain();
      if (const auto state = pool->state(); state.busy != 0 || state.waiting != 0)
        give_up("a pool that was drained is not idle");
    }
  }

 private:
  void in_session(Count& count, Act act, std::string_view text, const CallOptions& options) {
    auto lease = must(session_.take({.deadline = 60s}));
    check(count, Act::echo, "hello", lease->call({.deadline = 60s}).run(std::string_view("hello")));
    --count.answered;  // that one was not asked for
    check(count, act, text, lease->call(options).run(text));
  }

  // By a completion, which another thread may run.
  void later(Count& count, Act act, std::string_view text, const CallOptions& options) {
    std::binary_semaphore done(0);
    reuse_.take_async({.deadline = 60s}, [&](Result<Lease<EchoWorld>> lease) {
      if (!lease) give_up(lease.error().to_string());
      check(count, act, text, (*lease)->call(options).run(text));
      done.release();
    });
    done.acquire();
  }

  // One that never returns, until it is cancelled from another thread.
  void cancel(Count& count) {
    std::stop_source stop;
    const std::jthread asks([&] {
      std::this_thread::sleep_for(1ms);
      stop.request_stop();
    });
    const auto out =
        reuse_.call({.deadline = 60s, .stop = stop.get_token()}).run(std::string_view("s"));
    if (out || out.error().kind() != Error::Kind::cancelled)
      give_up(out ? "a call that was cancelled has answered" : out.error().to_string());
    ++count.cancelled;
  }

  Pool reuse_;
  Pool fresh_;
  Pool session_;
};

// One thread's share of the calls, the same in each run.
void run_share(Callers& callers, Count& count, std::uint64_t calls, std::uint32_t seed) {
  std::minstd_rand random(seed);
  const auto& acts = mortise::testing::kActs;
  std::string text;
  for (std::uint64_t i = 0; i < calls; ++i) {
    const auto n = static_cast<std::uint32_t>(random());
    const bool fault = n % 100 == 50;
    const Act act = fault ? acts[1 + random() % (acts.size() - 1)] : Act::echo;
    text.assign(1 + random() % 64, 'x');
    text.front() = mortise::testing::letter(act);
    callers.call(count, static_cast<std::uint32_t>(random()), act, text);
  }
}

void run_all(Callers& callers, Count& count, std::uint64_t calls, unsigned threads,
             std::uint32_t seed) {
  std::vector<std::jthread> running;
  for (unsigned i = 0; i < threads; ++i) {
    const std::uint64_t share = calls / threads + (i < calls % threads ? 1 : 0);
    running.emplace_back([&, share, i] { run_share(callers, count, share, seed + i); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t calls = argc > 1 ? number(argv[1]) : 10'000'000;
  const auto threads = static_cast<unsigned>(
      argc > 2 ? number(argv[2]) : 2 * std::max(1U, std::thread::hardware_concurrency()));

  const mortise::Engine engine;
  const auto plugin = must(mortise::Plugin<EchoWorld>::from_text(
      engine, "guest", mortise::testing::echo_guest(), {},
      {.limits = {.deadline = 60s, .memory = mortise::MiB(2)}}));
  Callers callers(plugin);
  Count count;

  const auto begin = std::chrono::steady_clock::now();
  run_all(callers, count, calls / 10, threads, 1);
  const Held before = held();
  run_all(callers, count, calls - calls / 10, threads, 1'000'001);
  const Held after = held();
  callers.drain();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;

  const std::uint64_t ended = count.answered + count.failed + count.cancelled;
  std::printf(
      "%llu calls from %u threads in %.1f s: %llu answered, %llu failed as they were to, %llu "
      "cancelled\n%.1f MiB after the first tenth, %.1f MiB at the end; threads %llu, %llu; files "
      "%llu, %llu\n",
      static_cast<unsigned long long>(calls), threads, took.count(),
      static_cast<unsigned long long>(count.answered),
      static_cast<unsigned long long>(count.failed),
      static_cast<unsigned long long>(count.cancelled), static_cast<double>(before.kib) / 1024,
      static_cast<double>(after.kib) / 1024, static_cast<unsigned long long>(before.threads),
      static_cast<unsigned long long>(after.threads), static_cast<unsigned long long>(before.files),
      static_cast<unsigned long long>(after.files));
  if (ended != calls) give_up(concat("of ", calls, " calls ", ended, " were answered"));
  // What heaps and stacks of threads differ by from moment to moment.
  constexpr std::uint64_t kNoise = 8 << 10;
  if (after.kib > before.kib + kNoise) give_up("the process has grown");
  if (after.threads > before.threads) give_up("threads were left behind");
  if (after.files > before.files) give_up("files were left open");
  return 0;
}
