// While the helper compiles: how far it is, that it can be stopped, and on how many threads it
// works.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mortise/mortise.h>
#include <mortise/runtime/ahead.h>

#include "tests/guests.h"
#include "tests/support.h"

namespace mortise::testing {
namespace {

using Kind = Error::Kind;
using Answer = abi::Function<"run", std::uint32_t>;
using Guest = Plugin<World<Answer>>;

// A component of one function that answers 42, and `more` others.
std::string guest(int more) {
  std::string functions;
  for (int i = 0; i < more; ++i)
    functions +=
        concat("(func (param i32) (result i32) (i32.add (local.get 0) (i32.const ", i, ")))");
  return concat("(component (core module $m (func (export \"run\") (result i32) (i32.const 42)) ",
                functions,
                R"()
  (core instance $i (instantiate $m))
  (func (export "run") (result u32) (canon lift (core func $i "run")))))");
}
// That takes longer than a test should.
const std::string& long_guest() {
  static const std::string text = guest(100'000);
  return text;
}

Result<Guest> load(const std::string& text, const PluginOptions& options) {
  return Guest::from_text(engine(), "guest", text, {}, options);
}

const Failure kCancelled = fails(Kind::cancelled, "guest: compiling was cancelled");

TEST(Compiling, SaysHowFarItIs) {
  std::vector<CompileProgress> said;
  const std::thread::id here = std::this_thread::get_id();
  EXPECT_TRUE(load(guest(999), {.progress = [&](const CompileProgress& progress) {
                     EXPECT_EQ(std::this_thread::get_id(), here);
                     said.push_back(progress);
                   }}));
  ASSERT_FALSE(said.empty());
  EXPECT_LE(said.size(), 200U);
  EXPECT_TRUE(std::ranges::is_sorted(said, std::less_equal{}, &CompileProgress::done));
  for (const CompileProgress& progress : said) EXPECT_EQ(progress.total, 1000U);
  EXPECT_EQ(said.back().done, 1000U);
}

TEST(Compiling, IsEndedFromWithin) {
  std::stop_source stop;
  std::uint64_t last = 0;
  const auto plugin = load(
      long_guest(), {.stop = stop.get_token(), .progress = [&](const CompileProgress& progress) {
                       last = progress.done;
                       stop.request_stop();
                     }});
  EXPECT_EQ(failure(plugin), kCancelled);
  EXPECT_LT(last, 100'000U);
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "the helper is left";
  EXPECT_EQ(errno, ECHILD);
}

TEST(Compiling, IsEndedByAnotherThread) {
  std::stop_source stop;
  const std::jthread other([&] { stop.request_stop(); });
  EXPECT_EQ(failure(load(long_guest(), {.stop = stop.get_token()})), kCancelled);
}

// A compiler that says no, slowly, and leaves a file where it was started, and another where it was
// started beside itself.
std::string refusing_compiler(const std::string& folder) {
  std::string path = folder + "/compiler";
  std::ofstream(path) << "#!/bin/sh\ncd " << folder
                      << "\n: > started\nmkdir busy || : > overlap\nsleep 0.05\nrmdir busy\n"
                         "exit 1\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

// A cache of a test's own, and loads of one guest through it, from several threads.
class CompilingTogether : public ::testing::Test {
 protected:
  CompilingTogether() {
    if (::mkdtemp(folder_.data()) == nullptr) std::abort();
    cache_ = good(CodeCache::open({.folder = folder_}));
  }
  ~CompilingTogether() override { std::filesystem::remove_all(folder_); }

  Result<Guest> load_cached(const PluginOptions& options) {
    return Guest::from_text(Engine({.cache = cache_}), "guest", guest(999), {}, options);
  }

  // A load that has begun to compile, and goes on when this ends.
  class Begun {
   public:
    explicit Begun(CompilingTogether& test, std::stop_token stop = {})
        : thread_([this, &test, stop] {
            bool told = false;
            result_ = test.load_cached({.stop = stop, .progress = [&](const CompileProgress&) {
                                          if (std::exchange(told, true)) return;
                                          begun_.release();
                                          goes_on_.acquire();
                                        }});
          }) {
      begun_.acquire();
    }
    ~Begun() {
      if (thread_.joinable()) (void)end();
    }
    Result<Guest> end() {
      goes_on_.release();
      thread_.join();
      return std::move(result_);
    }

   private:
    std::binary_semaphore begun_{0};
    std::binary_semaphore goes_on_{0};
    Result<Guest> result_ = std::unexpected(Error(Kind::internal, "it has not ended"));
    std::thread thread_;
  };

  std::string folder_ = ::testing::TempDir() + "/mortise-XXXXXX";
  std::optional<CodeCache> cache_;
};

// Who waits for another thread that compiles the same.
TEST_F(CompilingTogether, IsNotWaitedForWhereItIsNotWanted) {
  std::stop_source first;
  Begun compiling(*this, first.get_token());
  std::stop_source second;
  const std::jthread other([&] { second.request_stop(); });
  EXPECT_EQ(failure(load_cached({.stop = second.get_token()})), kCancelled);
  first.request_stop();
  EXPECT_EQ(failure(compiling.end()), kCancelled);
  EXPECT_EQ(cache_->state(), (CacheState{.misses = 1}));
}

// The limit is of the whole load: to wait for another thread, and then to compile.
TEST_F(CompilingTogether, IsWaitedForNoLongerThanItMayTake) {
  const Begun compiling(*this);
  const Engine engine({.compiler = refusing_compiler(folder_), .cache = cache_});
  EXPECT_EQ(failure(Guest::from_text(engine, "guest", guest(999), {},
                                     {.compile_limits = {.wall = std::chrono::milliseconds(50)}})),
            crossed(Error::Limit::compile_time,
                    "guest was not compiled within 50 ms (CompileLimits::wall)"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/started"));
}

TEST(Compiling, DoesNotBeginWhereItIsNotWanted) {
  std::stop_source stop;
  stop.request_stop();
  for (const Compile where : {Compile::isolated, Compile::in_process})
    EXPECT_EQ(failure(load(guest(0), {.compile = where, .stop = stop.get_token()})), kCancelled);
}

TEST(Compiling, GoesOnWhereNobodyAsksToStop) {
  const std::stop_source stop;
  EXPECT_TRUE(load(guest(0), {.stop = stop.get_token()}));
}

// Code is the same on any number of threads: it is kept in a cache, and compared.
TEST(Compiling, OnManyThreadsMakesTheSameCode) {
  const std::string path = ::testing::TempDir() + "/threads.wat";
  std::ofstream(path) << guest(500);
  const auto code = [&](std::uint32_t threads) {
    return good(compile_ahead(engine(), path, {.compile_limits = {.threads = threads}}));
  };
  const auto one = code(1);
  EXPECT_EQ(code(2), one);
  EXPECT_EQ(code(7), one);
  EXPECT_EQ(code(0), one);
}

// What they take together is bounded.
TEST(Compiling, OnManyThreadsKeepsToItsLimits) {
  EXPECT_EQ(failure(load(guest(20'000), {.compile_limits = {.memory = MiB(24), .threads = 8}})),
            crossed(Error::Limit::compile_memory,
                    "guest needs more than the 24 MiB of memory that compiling it may "
                    "(CompileLimits::memory)"));
  EXPECT_EQ(failure(load(guest(400'000),
                         {.compile_limits = {.cpu = std::chrono::seconds(1), .threads = 8}})),
            crossed(Error::Limit::compile_time,
                    "guest needs more than the 1 s of processor time that compiling it may "
                    "(CompileLimits::cpu)"));
}

// ---- One thread at a time compiles the same ----------------------------------------------------

TEST_F(CompilingTogether, IsTriedByOneThreadAtATime) {
  const Engine engine({.compiler = refusing_compiler(folder_), .cache = cache_});
  constexpr int kThreads = 8;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        EXPECT_EQ(failure(Guest::from_text(engine, "guest", guest(0), {})),
                  fails(Kind::io,
                        "guest: the compile helper gave no answer (exit status 1); is it of this "
                        "version?"));
      });
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/overlap"));
  EXPECT_EQ(cache_->state(), (CacheState{.misses = kThreads}));
}

// Whether a thread of this process waits for something.
bool waits(pid_t thread) {
  std::ifstream file(concat("/proc/self/task/", thread, "/stat"));
  const std::string line(std::istreambuf_iterator<char>(file), {});
  const std::size_t name_end = line.rfind(") ");
  return name_end != std::string::npos && line[name_end + 2] == 'S';
}

// Where the cache is too small for it, those who wait have it all the same.
TEST_F(CompilingTogether, IsDoneOnceWhereNothingCanBeKept) {
  cache_ = good(CodeCache::open({.folder = folder_, .max = KiB(1)}));
  Begun compiling(*this);
  constexpr std::uint64_t kThreads = 4;
  std::vector<std::jthread> threads;
  std::array<std::atomic<pid_t>, kThreads> ids{};
  for (std::atomic<pid_t>& id : ids)
    threads.emplace_back([&] {
      id = ::gettid();
      EXPECT_TRUE(load_cached({}));
    });
  // For as long as this they have nothing to wait for but the one that compiles.
  constexpr int kTimes = 20;
  for (const std::atomic<pid_t>& id : ids)
    for (int times = 0; times < kTimes; times = id != 0 && waits(id) ? times + 1 : 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(compiling.end());
  threads.clear();
  EXPECT_EQ(cache_->state(), (CacheState{.hits = kThreads, .misses = 1, .unstored = 1}));
}

}  // namespace
}  // namespace mortise::testing
