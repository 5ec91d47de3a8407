// What services cost a plugin: a get from wasi:keyvalue beside the same get from C++, and a message
// that is logged nowhere. Prints both, and the bounds that the project keeps to.
//
//   bench_services FOLDER          where the database is made
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <spdlog/logger.h>
#include <spdlog/sinks/null_sink.h>
#include <sqlite3.h>

#include <mortise/mortise.h>
#include <mortise/services/keyvalue/keyvalue.h>
#include <mortise/services/log/log.h>

#include "bench/measure.h"

namespace {

using bench::fail;

// `fill` writes the keys; `run` gets each in turn, `times` of them.
constexpr std::string_view kGets = R"((component
  (import "wasi:keyvalue/store@0.2.0-draft2" (instance $store
    (type $e (variant (case "no-such-store") (case "access-denied") (case "other" string)))
    (export "error" (type $error (eq $e)))
    (export "bucket" (type $bucket (sub resource)))
    (export "open" (func (param "identifier" string)
      (result (result (own $bucket) (error $error)))))
    (export "[method]bucket.get" (func (param "self" (borrow $bucket)) (param "key" string)
      (result (result (option (list u8)) (error $error)))))
    (export "[method]bucket.set" (func (param "self" (borrow $bucket)) (param "key" string)
      (param "value" (list u8)) (result (result (error $error)))))))
  (core module $mem
    (memory (export "mem") 2)
    (data (i32.const 16) "default")
    (data (i32.const 32) "customer/0000")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536)))
  (core instance $m (instantiate $mem))
  (core func $open (canon lower (func $store "open")
    (memory $m "mem") (realloc (func $m "realloc"))))
  (core func $get (canon lower (func $store "[method]bucket.get")
    (memory $m "mem") (realloc (func $m "realloc"))))
  (core func $set (canon lower (func $store "[method]bucket.set")
    (memory $m "mem") (realloc (func $m "realloc"))))
  (core module $code
    (import "h" "mem" (memory 1))
    (import "h" "open" (func $open (param i32 i32 i32)))
    (import "h" "get" (func $get (param i32 i32 i32 i32)))
    (import "h" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
    (global $bucket (mut i32) (i32.const 0))
    (func $name (param $n i32)
      (i32.store8 (i32.const 41) (i32.add (i32.const 48)
        (i32.rem_u (i32.div_u (local.get $n) (i32.const 1000)) (i32.const 10))))
      (i32.store8 (i32.const 42) (i32.add (i32.const 48)
        (i32.rem_u (i32.div_u (local.get $n) (i32.const 100)) (i32.const 10))))
      (i32.store8 (i32.const 43) (i32.add (i32.const 48)
        (i32.rem_u (i32.div_u (local.get $n) (i32.const 10)) (i32.const 10))))
      (i32.store8 (i32.const 44) (i32.add (i32.const 48)
        (i32.rem_u (local.get $n) (i32.const 10)))))
    (func (export "fill") (param $times i32)
      (call $open (i32.const 16) (i32.const 7) (i32.const 256))
      (global.set $bucket (i32.load offset=4 (i32.const 256)))
      (loop $each
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (call $name (local.get $times))
        (call $set (global.get $bucket) (i32.const 32) (i32.const 13)
          (i32.const 512) (i32.const 100) (i32.const 256))
        (if (i32.load8_u (i32.const 256)) (then unreachable))
        (br_if $each (local.get $times))))
    (func (export "run") (param $times i32)
      (loop $each
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (call $name (local.get $times))
        (call $get (global.get $bucket) (i32.const 32) (i32.const 13) (i32.const 256))
        (if (i32.ne (i32.load offset=12 (i32.const 256)) (i32.const 100)) (then unreachable))
        (br_if $each (local.get $times)))))
  (core instance $i (instantiate $code (with "h" (instance
    (export "mem" (memory $m "mem"))
    (export "open" (func $open)) (export "get" (func $get)) (export "set" (func $set))))))
  (func (export "fill") (param "times" u32) (canon lift (core func $i "fill")))
  (func (export "run") (param "times" u32) (canon lift (core func $i "run"))))
)";

// `run` logs a text of 100 bytes at the level `trace`, `times` times.
constexpr std::string_view kLogs = R"((component
  (import "wasi:logging/logging@0.1.0-draft" (instance $log
    (type $l (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $l)))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
  (core module $mem (memory (export "mem") 1))
  (core instance $m (instantiate $mem))
  (core func $write (canon lower (func $log "log") (memory $m "mem")))
  (core module $code
    (import "h" "log" (func $log (param i32 i32 i32 i32 i32)))
    (func (export "fill") (param i32))
    (func (export "run") (param $times i32)
      (loop $each
        (local.set $times (i32.sub (local.get $times) (i32.const 1)))
        (call $log (i32.const 0) (i32.const 0) (i32.const 10) (i32.const 64) (i32.const 100))
        (br_if $each (local.get $times)))))
  (core instance $i (instantiate $code (with "h" (instance (export "log" (func $write))))))
  (func (export "fill") (param "times" u32) (canon lift (core func $i "fill")))
  (func (export "run") (param "times" u32) (canon lift (core func $i "run"))))
)";

constexpr std::uint32_t kKeys = 1000;

// The two functions of those plugins.
class Guest {
 public:
  static constexpr std::string_view interface = "";
  using Fill = mortise::abi::Function<"fill", void, mortise::abi::Param<"times", std::uint32_t>>;
  using Run = mortise::abi::Function<"run", void, mortise::abi::Param<"times", std::uint32_t>>;
  using Functions = mortise::Functions<Fill, Run>;

  explicit Guest(mortise::CallTarget<Guest> target) : target_(target) {}
  [[nodiscard]] mortise::Result<void> fill(std::uint32_t times) const {
    return target_.call<Fill>({times});
  }
  [[nodiscard]] mortise::Result<void> run(std::uint32_t times) const {
    return target_.call<Run>({times});
  }

 private:
  mortise::CallTarget<Guest> target_;
};
struct World {
  static constexpr std::string_view name = "bench:services/world";
  struct Imports {};
  using Exports = mortise::Exports<Guest>;
  template <class Instance>
  class Accessors {
   public:
    Guest guest() { return Guest(static_cast<Instance&>(*this).template target<Guest>({})); }
  };
};

mortise::Instance<World> start(const mortise::Engine& engine, std::string_view wat,
                               mortise::Service service) {
  auto plugin = mortise::Plugin<World>::from_text(
      engine, "bench", wat, {},
      {.limits = {.deadline = std::chrono::seconds(60)}, .services = {std::move(service)}});
  if (!plugin) fail(plugin.error().to_string());
  auto instance = plugin->instantiate();
  if (!instance) fail(instance.error().to_string());
  return *std::move(instance);
}

// The same gets, from the same file, as a program would make them.
class Plain {
 public:
  explicit Plain(const std::string& file) {
    if (sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        nullptr) != SQLITE_OK)
      fail("the database cannot be opened");
    sqlite3_prepare_v3(database_, "SELECT value FROM entry WHERE bucket = ? AND key = ?", -1,
                       SQLITE_PREPARE_PERSISTENT, &get_, nullptr);
  }
  ~Plain() {
    sqlite3_finalize(get_);
    sqlite3_close(database_);
  }
  Plain(const Plain&) = delete;
  Plain& operator=(const Plain&) = delete;

  std::vector<std::uint8_t> get(std::string_view key) {
    sqlite3_bind_int64(get_, 1, 1);
    sqlite3_bind_blob(get_, 2, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
    if (sqlite3_step(get_) != SQLITE_ROW) fail("a key is not there");
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(get_, 0));
    std::vector<std::uint8_t> value(bytes, bytes + sqlite3_column_bytes(get_, 0));
    sqlite3_reset(get_);
    return value;
  }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* get_ = nullptr;
};

// Nanoseconds for one of `times`: the median of rounds, in which both sides take turns.
template <class A, class B>
std::pair<double, double> medians(std::uint32_t times, A&& a, B&& b) {
  constexpr int kRounds = 101;
  std::vector<double> of_a;
  std::vector<double> of_b;
  const auto timed = [&](auto& act) {
    const auto start = std::chrono::steady_clock::now();
    act();
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
    return time.count() / times;
  };
  for (int i = 0; i < kRounds; ++i) {
    of_a.push_back(timed(a));
    of_b.push_back(timed(b));
  }
  std::ranges::nth_element(of_a, of_a.begin() + kRounds / 2);
  std::ranges::nth_element(of_b, of_b.begin() + kRounds / 2);
  return {of_a[kRounds / 2], of_b[kRounds / 2]};
}

void keyvalue(const mortise::Engine& engine, const std::string& folder) {
  const std::string file = folder + "/bench_services.db";
  auto store = mortise::services::Keyvalue::open({.file = file});
  if (!store) fail(store.error().to_string());
  auto instance = start(engine, kGets, store->for_plugin("bench", {}));
  if (!instance.guest().fill(kKeys)) fail("the keys cannot be written");
  Plain plain(file);
  std::vector<std::string> keys;
  for (std::uint32_t i = 0; i < kKeys; ++i) {
    std::string digits = std::to_string(i);
    digits.insert(0, 4 - digits.size(), '0');
    keys.push_back("customer/" + digits);
  }
  std::size_t sum = 0;
  const auto [in_cpp, in_plugin] = medians(
      kKeys,
      [&] {
        for (const std::string& key : keys) sum += plain.get(key).size();
      },
      [&] {
        if (!instance.guest().run(kKeys)) fail("a get failed");
      });
  if (sum == 0) fail("there are no values");
  std::printf("keyvalue get: %.0f ns from a plugin, %.0f ns in C++: %.2f times (at most 1.5)\n",
              in_plugin, in_cpp, in_plugin / in_cpp);
}

void log(const mortise::Engine& engine) {
  constexpr std::uint32_t kTimes = 10'000;
  const mortise::services::Log logs(
      {.logger = std::make_shared<spdlog::logger>(
           "bench", std::make_shared<spdlog::sinks::null_sink_mt>())});
  auto instance = start(engine, kLogs, logs.for_plugin("bench", {}));
  const auto once = [&] {
    if (!instance.guest().run(kTimes)) fail("a message failed");
  };
  const double filtered = medians(kTimes, once, once).first;
  std::printf("log, below the level: %.0f ns (less than 200)\n", filtered);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("usage: bench_services FOLDER");
  const mortise::Engine engine;
  keyvalue(engine, argv[1]);
  log(engine);
  return 0;
}
