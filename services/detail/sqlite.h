// SQLite, as far as services need it: what closes itself, and calls that end in time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sqlite3.h>

#include <mortise/runtime/host.h>

namespace mortise::services::detail {

// When a call into a service has to be over: when the plugin's call has to, and no later than
// `most` from now.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  Deadline() = default;  // over
  static Deadline of(const CallContext&, std::chrono::milliseconds most);
  static Deadline in(std::chrono::milliseconds time) { return Deadline(Clock::now() + time); }

  // This one, or so long from now, whichever is earlier.
  [[nodiscard]] Deadline within(std::chrono::milliseconds time) const {
    return Deadline(std::min(at_, Clock::now() + time));
  }

  [[nodiscard]] bool is_over() const { return Clock::now() >= at_; }
  [[nodiscard]] Clock::time_point at() const { return at_; }

 private:
  explicit Deadline(Clock::time_point at) : at_(at) {}

  Clock::time_point at_{};
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// One connection, for one thread at a time. Waits for others' locks until its deadline.
class Database {
 public:
  enum class Open : std::uint8_t { read_only, read_write, create };

  // The error is a result code of SQLite's.
  static std::expected<std::unique_ptr<Database>, int> open(const std::string& file, Open);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] sqlite3* get() const { return handle_.get(); }
  void set_deadline(Deadline deadline) { deadline_ = deadline; }
  // Called whenever it waits, before it does.
  void set_waiting(std::function<void()> waiting) { waiting_ = std::move(waiting); }
  [[nodiscard]] const Deadline& deadline() const { return deadline_; }

  // Statements of ours, without results that matter. Answers a result code.
  int run(const char* statements);
  // One that is used many times.
  StatementHandle prepare(std::string_view statement);

 private:
  explicit Database(DatabaseHandle handle) : handle_(std::move(handle)) {}
  static int wait(void* database, int tries);

  DatabaseHandle handle_;
  Deadline deadline_{};
  std::function<void()> waiting_{};
};

// One use of a prepared statement, which can be used again when this is gone. What is bound is
// used, and not copied: it outlives this.
class Use {
 public:
  explicit Use(const StatementHandle& statement) : statement_(statement.get()) {}
  ~Use() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  // The next parameter.
  Use& bind(std::int64_t value) {
    sqlite3_bind_int64(statement_, ++bound_, value);
    return *this;
  }
  Use& bind(std::span<const std::uint8_t> bytes) {
    bind_blob(bytes.data(), bytes.size());
    return *this;
  }
  Use& bind(std::string_view text) {
    bind_blob(text.data(), text.size());
    return *this;
  }

  // SQLITE_ROW, SQLITE_DONE, or why neither.
  int step() { return sqlite3_step(statement_); }

  // Of the row that a step has found, good until the next.
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] std::span<const std::uint8_t> blob(int column) const {
    const void* bytes = sqlite3_column_blob(statement_, column);  // before its size: see there
    return {static_cast<const std::uint8_t*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }
  [[nodiscard]] std::string_view text(int column) const {
    const std::span bytes = blob(column);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // bytes as text
  }

 private:
  void bind_blob(const void* bytes, std::size_t size) {
    // Of nothing a pointer may be null, which would be NULL and not an empty blob.
    if (size == 0)
      sqlite3_bind_zeroblob(statement_, ++bound_, 0);
    else
      sqlite3_bind_blob64(statement_, ++bound_, bytes, size, SQLITE_STATIC);
  }

  sqlite3_stmt* statement_;
  int bound_ = 0;
};

// Why something failed, in words that name no file: they are for plugins too.
std::string_view words(int result_code);

}  // namespace mortise::services::detail
