// Everything goes wrong at once, while calls go on: chaos [CALLS [THREADS]].
//
// Calls come from all threads, to a pool that is shut down and replaced again and again by one of a
// plugin that is compiled anew, or comes from a cache that is emptied now and then. Plugins fail,
// loop and lie; calls are cancelled, at any moment, and have little time; the compiler is killed in
// the middle of its work; the disk is full at times; the clock of the day jumps by hours. Each call
// must be answered, once, in one of the ways that a call may end; and in the end nothing may be
// left of it all.
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <semaphore>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/soak/guest.h"
#include "tests/soak/process.h"

namespace {

using mortise::concat;
using mortise::Error;
using mortise::Isolation;
using mortise::Lease;
using mortise::Result;
using mortise::testing::Act;
using mortise::testing::EchoWorld;
using mortise::testing::give_up;
using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Plugin = mortise::Plugin<EchoWorld>;
using Pool = mortise::Pool<EchoWorld>;

// By how much the clock of the day is wrong. It is this program's own: see clock_gettime below.
std::atomic<std::int64_t> g_hours_off = 0;

// One of this program's own, which goes with it.
class Folder {
 public:
  Folder() {
    if (mkdtemp(path_.data()) == nullptr) give_up("there is no room for a cache");
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "mortise-chaos-XXXXXX").string();
};

// A thread that does something over and over, until it is destroyed.
class Evil {
 public:
  Evil(milliseconds pause, std::function<void(std::minstd_rand&)> act)
      : thread_([pause, act = std::move(act)](const std::stop_token& stop) {
          std::minstd_rand random(static_cast<std::uint32_t>(pause.count()));
          while (!stop.stop_requested()) {
            std::this_thread::sleep_for(pause);
            act(random);
          }
        }) {}

 private:
  std::jthread thread_;
};

// The pool that calls go to now.
class Service {
 public:
  explicit Service(Plugin plugin) : pool_(pool_of(plugin)), plugin_(std::move(plugin)) {}

  [[nodiscard]] std::shared_ptr<Pool> pool() const {
    const std::scoped_lock lock(mutex_);
    return pool_;
  }

  // Those who are at the old one are served, or go on without it after some time.
  void replace(std::optional<Plugin> plugin, milliseconds time) {
    std::shared_ptr<Pool> old;
    {
      const std::scoped_lock lock(mutex_);
      if (plugin) plugin_ = *std::move(plugin);
      old = std::exchange(pool_, pool_of(plugin_));
    }
    (void)old->drain(time);
  }

  void drain() {
    if (!pool()->drain(60s)) give_up("a pool that nobody uses is busy");
    if (const auto state = pool()->state(); state.busy != 0 || state.waiting != 0)
      give_up("a pool that was drained is not idle");
  }

 private:
  static std::shared_ptr<Pool> pool_of(const Plugin& plugin) {
    static std::atomic<unsigned> count = 0;
    const auto isolation = ++count % 2 == 0 ? Isolation::reuse : Isolation::fresh;
    auto made = Pool::create(plugin, {.isolation = isolation, .max = 2});
    if (!made) give_up(made.error().to_string());
    return std::make_shared<Pool>(*std::move(made));
  }

  mutable std::mutex mutex_{};
  std::shared_ptr<Pool> pool_;
  Plugin plugin_;
};

// Tokens that somebody stops at some time.
class Stops {
 public:
  std::stop_token next() {
    const std::scoped_lock lock(mutex_);
    return sources_[at_++ % sources_.size()].get_token();
  }
  void stop_one(std::minstd_rand& random) {
    std::stop_source stopped;
    {
      const std::scoped_lock lock(mutex_);
      stopped = std::exchange(sources_[random() % sources_.size()], std::stop_source());
    }
    // Completions run here.
    stopped.request_stop();
  }

 private:
  std::mutex mutex_{};
  std::array<std::stop_source, 16> sources_{};
  std::size_t at_ = 0;
};

// How many calls ended in which way.
struct Count {
  std::atomic<std::uint64_t> asked = 0;
  std::atomic<std::uint64_t> answered = 0;
  std::array<std::atomic<std::uint64_t>, 16> failed{};  // by kind

  [[nodiscard]] std::uint64_t ended() const {
    std::uint64_t out = answered;
    for (const auto& kind : failed) out += kind;
    return out;
  }
};

// One call, which is answered once.
class Call {
 public:
  Call(Count& count, Act act, std::string text) : count_(count), act_(act), text_(std::move(text)) {
    ++count_.asked;
  }
  ~Call() {
    if (answers_ != 1) give_up(concat("a call was answered ", answers_.load(), " times"));
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] std::string_view text() const { return text_; }

  void answer(const Result<std::string>& out) {
    ++answers_;
    if (out) {
      if (act_ != Act::echo || *out != text_)
        give_up(concat("a call was answered with `", *out, "`"));
      ++count_.answered;
      return;
    }
    fail(out.error());
  }
  void refuse(const Error& error) {
    ++answers_;
    fail(error);
  }

 private:
  // What may happen to any call here, besides what it is to do itself.
  void fail(const Error& error) {
    const auto wanted = mortise::testing::expected(act_);
    const bool as_asked = wanted && error.kind() == wanted->kind && error.limit() == wanted->limit;
    const bool by_others = error.kind() == Error::Kind::overloaded ||
                           error.kind() == Error::Kind::cancelled ||
                           error.limit() == Error::Limit::deadline;
    if (!as_asked && !by_others) give_up(concat("a call ended so: ", error.to_string()));
    ++count_.failed[static_cast<std::size_t>(error.kind())];
  }

  Count& count_;
  Act act_;
  std::string text_;
  std::atomic<int> answers_ = 0;
};

void run_share(Service& service, Stops& stops, Count& count, std::uint64_t calls,
               std::uint32_t seed) {
  std::minstd_rand random(seed);
  const auto& acts = mortise::testing::kActs;
  for (std::uint64_t i = 0; i < calls; ++i) {
    const Act act = random() % 20 == 0 ? acts[1 + random() % (acts.size() - 1)] : Act::echo;
    std::string text(1 + random() % 64, 'x');
    text.front() = mortise::testing::letter(act);
    const mortise::CallOptions options{.deadline = milliseconds(1 + random() % 5),
                                       .stop = stops.next()};
    const auto pool = service.pool();
    if (random() % 2 == 0) {
      Call call(count, act, std::move(text));
      call.answer(pool->call(options).run(call.text()));
      continue;
    }
    // Nobody waits for this one: it may be answered on any thread, also after the pool is gone.
    auto call = std::make_shared<Call>(count, act, std::move(text));
    pool->take_async(options, [call, options](Result<Lease<EchoWorld>> lease) {
      if (!lease) return call->refuse(lease.error());
      call->answer((*lease)->call(options).run(call->text()));
    });
  }
}

// A compiler of this program's that is at work, if there is one.
void kill_a_child() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream of_task(task.path() / "children");
    for (pid_t child = 0; of_task >> child;) kill(child, SIGKILL);
  }
}

void fill_the_disk(bool full) {
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = full ? 0 : limit.rlim_max;
  setrlimit(RLIMIT_FSIZE, &limit);
}

}  // namespace

// The C library's, with a clock of the day that is wrong by whole hours.
extern "C" int clock_gettime(clockid_t clock, timespec* out) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, out));
  if (result == 0 && clock == CLOCK_REALTIME) out->tv_sec += 3600 * g_hours_off.load();
  return result;
}

int main(int argc, char** argv) {
  const std::uint64_t calls = argc > 1 ? mortise::testing::number(argv[1]) : 1'000'000;
  const auto threads =
      static_cast<unsigned>(argc > 2 ? mortise::testing::number(argv[2])
                                     : 2 * std::max(1U, std::thread::hardware_concurrency()));
  // A full disk is an error of the write that finds it so.
  (void)std::signal(SIGXFSZ, SIG_IGN);

  const Folder folder;
  auto cache = mortise::CodeCache::open({.folder = folder.path()});
  if (!cache) give_up(cache.error().to_string());
  const mortise::Engine engine({.cache = *cache});
  const std::string guest = mortise::testing::echo_guest();
  const auto load = [&] {
    return Plugin::from_text(engine, "guest", guest, {},
                             {.limits = {.deadline = 60s, .memory = mortise::MiB(2)}});
  };
  auto first = load();
  if (!first) give_up(first.error().to_string());
  Service service(*std::move(first));
  Stops stops;
  Count count;
  std::atomic<std::uint64_t> reloads = 0;
  std::atomic<std::uint64_t> failed_reloads = 0;

  const auto before = mortise::testing::held();
  {
    const Evil cancels(1ms, [&](std::minstd_rand& random) { stops.stop_one(random); });
    const Evil shuts_down(5ms, [&](std::minstd_rand& random) {
      service.replace(std::nullopt, milliseconds(random() % 4));
    });
    const Evil reloads_it(20ms, [&](std::minstd_rand& random) {
      auto plugin = load();
      ++(plugin ? reloads : failed_reloads);
      if (plugin) return service.replace(*std::move(plugin), milliseconds(random() % 4));
      if (plugin.error().kind() != Error::Kind::io) give_up(plugin.error().to_string());
    });
    const Evil empties(110ms, [&](std::minstd_rand&) { (void)cache->clear(); });
    const Evil kills(70ms, [&](std::minstd_rand&) { kill_a_child(); });
    const Evil fills(30ms, [&](std::minstd_rand& random) { fill_the_disk(random() % 2 == 0); });
    const Evil turns(3ms, [&](std::minstd_rand& random) {
      g_hours_off = static_cast<std::int64_t>(random() % 48) - 24;
    });
    // Joined first.
    std::vector<std::jthread> running;
    for (unsigned i = 0; i < threads; ++i) {
      const std::uint64_t share = calls / threads + (i < calls % threads ? 1 : 0);
      running.emplace_back([&, share, i] { run_share(service, stops, count, share, 1 + i); });
    }
  }
  fill_the_disk(false);
  service.drain();
  // Pools that were replaced have a thread each that answers those who waited in vain.
  for (int i = 0; i < 60'000 && count.ended() < calls; ++i) std::this_thread::sleep_for(1ms);
  const auto after = mortise::testing::held();

  std::printf("%llu calls from %u threads: %llu answered",
              static_cast<unsigned long long>(count.asked), threads,
              static_cast<unsigned long long>(count.answered));
  for (std::size_t kind = 0; kind < count.failed.size(); ++kind) {
    const std::string_view name = to_string(static_cast<Error::Kind>(kind));
    if (count.failed[kind] != 0)
      std::printf(", %llu %.*s", static_cast<unsigned long long>(count.failed[kind]),
                  static_cast<int>(name.size()), name.data());
  }
  const auto kept = cache->state();
  std::printf("; %llu reloads, %llu of them from the cache, and %llu that failed\n",
              static_cast<unsigned long long>(reloads), static_cast<unsigned long long>(kept.hits),
              static_cast<unsigned long long>(failed_reloads));
  if (count.ended() != calls)
    give_up(concat("of ", calls, " calls ", count.ended(), " were answered"));
  if (after.files > before.files) give_up("files were left open");
  const auto found = cache->verify();
  if (!found) give_up(found.error().to_string());
  if (found->removed + found->leftovers != 0) give_up("the cache has files that are no good");
  return 0;
}
