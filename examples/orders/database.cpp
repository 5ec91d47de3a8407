#include "database.h"

#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <sqlite3.h>

namespace orders {

namespace {

constexpr int kPatience = 5000;  // milliseconds: a plugin may be reading

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

// One statement, run once. The first thing that goes wrong is what end() says.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view text) : database_(database) {
    sqlite3_stmt* made = nullptr;
    note(sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &made, nullptr));
    statement_.reset(made);
  }

  Statement& bind(std::string_view text) {
    note(sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT,
                             SQLITE_UTF8));
    return *this;
  }
  Statement& bind(std::int64_t number) {
    note(sqlite3_bind_int64(statement_.get(), ++bound_, number));
    return *this;
  }

  // True: it answered a row. It is over with that.
  std::expected<bool, std::string> run() {
    if (status_ != SQLITE_OK) return std::unexpected(error_);
    const int status = sqlite3_step(statement_.get());
    if (status == SQLITE_ROW || status == SQLITE_DONE) return status == SQLITE_ROW;
    note(status);
    return std::unexpected(error_);
  }

 private:
  void note(int status) {
    if (status == SQLITE_OK || status_ != SQLITE_OK) return;
    status_ = status;
    error_ = sqlite3_errmsg(database_);
  }

  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  int status_ = SQLITE_OK;
  std::string error_;
};

}  // namespace

void Database::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

std::expected<Database, std::string> Database::open(const std::string& file,
                                                    const std::string& schema) {
  sqlite3* made = nullptr;
  const int status = sqlite3_open(file.c_str(), &made);
  Database database(made);
  if (status != SQLITE_OK) return std::unexpected(file + ": " + sqlite3_errmsg(made));
  sqlite3_busy_timeout(made, kPatience);
  const auto is_there = Statement(made, "SELECT 1 FROM sqlite_master").run();
  if (!is_there) return std::unexpected(file + ": " + is_there.error());
  if (*is_there) return database;

  std::ifstream in(schema);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::unexpected(schema + " cannot be read");
  if (sqlite3_exec(made, text.str().c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return std::unexpected(schema + ": " + sqlite3_errmsg(made));
  return database;
}

std::expected<bool, std::string> Database::has(const std::string& id) {
  return Statement(database_.get(), "SELECT 1 FROM orders WHERE id = ?").bind(id).run();
}

std::expected<bool, std::string> Database::keep(const Order& order, std::int64_t total) {
  sqlite3* const database = database_.get();
  if (const auto begun = Statement(database, "BEGIN IMMEDIATE").run(); !begun) return begun;
  const auto kept = keep_within(order, total);
  const auto ended = Statement(database, kept && *kept ? "COMMIT" : "ROLLBACK").run();
  // A COMMIT that failed leaves the transaction open. What ROLLBACK says is no news then.
  if (!ended) (void)Statement(database, "ROLLBACK").run();
  if (kept && !ended) return std::unexpected(ended.error());
  return kept;
}

std::expected<bool, std::string> Database::keep_within(const Order& order, std::int64_t total) {
  sqlite3* const database = database_.get();
  auto done = Statement(database, "INSERT INTO orders VALUES (?, ?, ?, ?)")
                  .bind(order.id)
                  .bind(order.customer)
                  .bind(order.country)
                  .bind(total)
                  .run();
  if (!done) return done;
  for (const Line& line : order.lines) {
    done = Statement(database, "INSERT INTO order_line VALUES (?, ?, ?, ?)")
               .bind(order.id)
               .bind(line.item)
               .bind(line.count)
               .bind(static_cast<std::int64_t>(line.cents))  // parse_order has seen to it
               .run();
    if (!done) return done;
    done = Statement(database, "UPDATE item SET stock = stock - ?1 WHERE name = ?2 AND stock >= ?1")
               .bind(line.count)
               .bind(line.item)
               .run();
    if (!done) return done;
    if (sqlite3_changes(database) == 0) return false;
  }
  return true;
}

}  // namespace orders
