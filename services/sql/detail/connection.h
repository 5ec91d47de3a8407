// A connection of one plugin's: statements that are its own, in the bounds of its grant. Without
// the types of the contract's binding.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <mortise/services/detail/sqlite.h>
#include <mortise/services/sql/detail/authorizer.h>
#include <mortise/services/sql/sql.h>

namespace mortise::services::detail {

struct SqlError {
  enum class Kind : std::uint8_t {
    no_such_database,
    denied,
    invalid,
    constraint,
    busy,
    limit,
    unavailable,
  };
  Kind kind;
  std::string text{};
};
template <class T>
using SqlAnswer = std::expected<T, SqlError>;

// Of a parameter: it stays the caller's.
using SqlParameter = std::variant<std::monostate, std::int64_t, double, std::string_view,
                                  std::span<const std::uint8_t>>;
// Of a column: good until the next row.
using SqlCell = SqlParameter;

struct SqlChanges {
  std::uint64_t rows = 0;
  std::int64_t last_row_id = 0;
};

// Gets the names of the columns, once, and the cells of each row. Answers its size in memory.
struct SqlReader {
  std::function<void(std::vector<std::string>)> columns;
  std::function<void(std::span<const SqlCell>)> row;
};

// For one thread at a time.
class SqlConnection {
 public:
  // The grant outlives it. The error is a result code.
  static std::expected<std::unique_ptr<SqlConnection>, int> open(const SqlGrant&, Deadline);
  SqlConnection(const SqlConnection&) = delete;
  SqlConnection& operator=(const SqlConnection&) = delete;

  [[nodiscard]] Database& database() { return *database_; }

  // One statement, whose rows go to `reader`; null: they are not wanted. After an error nothing has
  // changed.
  SqlAnswer<SqlChanges> run(std::string_view statement, std::span<const SqlParameter> parameters,
                            const SqlReader* reader);

  SqlAnswer<void> begin();
  SqlAnswer<void> commit();
  // False: it is in no state to be used again.
  [[nodiscard]] bool rollback();

 private:
  struct Prepared {
    std::string text;
    SqlStatement kind;
    bool replaces;  // rows
    StatementHandle handle;
    std::set<std::string> keeping;  // as of the authorizer
  };

  explicit SqlConnection(const SqlGrant& grant) : grant_(grant), authorizer_(grant) {}

  int set_up(Deadline);
  SqlAnswer<Prepared*> prepare(std::string_view statement);
  SqlAnswer<void> bind(sqlite3_stmt*, std::span<const SqlParameter>);
  SqlAnswer<void> read(sqlite3_stmt*, const SqlReader*);
  SqlAnswer<SqlChanges> run_prepared(Prepared&, const SqlReader*);
  // Whether no row was removed that may not be: where the schema says that rows give way to new
  // ones, SQLite asks nobody.
  SqlAnswer<void> check_kept(const std::set<std::string>& keeping);
  // As our own, and not the plugin's.
  int run_own(const char* statement);
  [[nodiscard]] std::unexpected<SqlError> failed(int code) const;

  const SqlGrant& grant_;
  Authorizer authorizer_;  // before the database, which asks it
  std::unique_ptr<Database> database_;
  StatementHandle schema_;        // what a table or trigger was made by
  std::list<Prepared> prepared_;  // the last used first
};

}  // namespace mortise::services::detail
