#include <mortise/services/sql/detail/connection.h>

#include <algorithm>
#include <array>
#include <utility>

#include <mortise/abi/utf8.h>
#include <mortise/contract/text.h>
#include <mortise/services/sql/detail/common_tables.h>
#include <mortise/services/sql/detail/statement.h>

namespace mortise::services::detail {

namespace {

using Kind = SqlError::Kind;

// Steps of SQLite's between two looks at the clock: some microseconds.
constexpr int kStepsBetweenLooks = 1000;
constexpr std::size_t kPrepared = 32;
constexpr std::uint64_t kCommonTables = 32;
constexpr std::uint64_t kCopies = 256;

// What keeps a statement from costing more than its length says. Nesting is bounded by the stack,
// of which a function of the host has 256 KiB.
struct Limit {
  int id;
  int most;
};
constexpr std::array kLimits{
    Limit{SQLITE_LIMIT_COLUMN, 200},
    Limit{SQLITE_LIMIT_EXPR_DEPTH, 100},
    Limit{SQLITE_LIMIT_COMPOUND_SELECT, 20},
    Limit{SQLITE_LIMIT_VDBE_OP, 100'000},
    Limit{SQLITE_LIMIT_FUNCTION_ARG, 50},
    Limit{SQLITE_LIMIT_ATTACHED, 0},
    Limit{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200},
    Limit{SQLITE_LIMIT_VARIABLE_NUMBER, 1000},
    Limit{SQLITE_LIMIT_TRIGGER_DEPTH, 10},
    Limit{SQLITE_LIMIT_WORKER_THREADS, 0},
};

std::unexpected<SqlError> refuse(Kind kind, std::string text) {
  return std::unexpected(SqlError{.kind = kind, .text = std::move(text)});
}

int look_at_clock(void* database) {
  return static_cast<Database*>(database)->deadline().is_over() ? 1 : 0;
}

SqlCell cell(sqlite3_stmt* statement, int column) {
  // The bytes before their number: asking for them may change it.
  const auto bytes = [&](const void* from) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return std::span(static_cast<const std::uint8_t*>(from), size);
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: {
      const std::span text = bytes(sqlite3_column_text(statement, column));
      // SQLite takes any bytes for text, and the contract does not.
      if (abi::check_utf8(text.data(), text.size()) != text.size()) return text;
      return std::string_view(reinterpret_cast<const char*>(text.data()), text.size());
    }
    case SQLITE_BLOB: return bytes(sqlite3_column_blob(statement, column));
    default: return std::monostate();
  }
}

std::size_t size_of(const SqlCell& cell) {
  std::size_t size = sizeof(SqlCell) + sizeof(std::string);
  if (const auto* text = std::get_if<std::string_view>(&cell)) size += text->size();
  if (const auto* blob = std::get_if<std::span<const std::uint8_t>>(&cell)) size += blob->size();
  return size;
}

int limit(std::uint64_t most) { return static_cast<int>(std::min<std::uint64_t>(most, 1 << 30)); }

}  // namespace

std::expected<std::unique_ptr<SqlConnection>, int> SqlConnection::open(const SqlGrant& grant,
                                                                       Deadline deadline) {
  std::unique_ptr<SqlConnection> connection(new SqlConnection(grant));
  auto database =
      Database::open(grant.file, grant.access == Access::read_only ? Database::Open::read_only
                                                                   : Database::Open::create);
  if (!database) return std::unexpected(database.error());
  connection->database_ = *std::move(database);
  if (const int code = connection->set_up(deadline); code != SQLITE_OK)
    return std::unexpected(code);
  return connection;
}

int SqlConnection::set_up(Deadline deadline) {
  sqlite3* raw = database_->get();
  database_->set_deadline(deadline);
  int code = database_->run("PRAGMA foreign_keys = ON");
  // Which also finds out whether it is a database at all.
  std::int64_t page_size = 0;
  if (const StatementHandle asked = database_->prepare("PRAGMA page_size"); asked != nullptr) {
    Use use(asked);
    if (use.step() == SQLITE_ROW) page_size = use.integer(0);
  }
  if (code == SQLITE_OK && page_size > 0) {
    const std::uint64_t pages = grant_.size.count / static_cast<std::uint64_t>(page_size);
    code = database_->run(
        concat("PRAGMA max_page_count = ", std::max<std::uint64_t>(pages, 1)).c_str());
  }
  if (code == SQLITE_OK) code = database_->run("SELECT 1 FROM sqlite_schema");
  schema_ = database_->prepare("SELECT sql FROM sqlite_schema WHERE name = CAST(?1 AS TEXT)");
  // SQLite makes these two by a statement of its own, which no plugin would be allowed, and once.
  database_->run("SELECT 1 FROM json_each('[]'), json_tree('[]')");
  for (const Limit& one : kLimits) sqlite3_limit(raw, one.id, one.most);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, limit(grant_.value.count));
  sqlite3_limit(raw, SQLITE_LIMIT_SQL_LENGTH, limit(grant_.statement.count));
  sqlite3_progress_handler(raw, kStepsBetweenLooks, &look_at_clock, database_.get());
  authorizer_.watch(raw);
  return code;
}

std::unexpected<SqlError> SqlConnection::failed(int code) const {
  // What SQLite says is made of the statement and of names in the schema.
  const auto message = [&] { return escape(sqlite3_errmsg(database_->get()), 500); };
  // Whatever came of it.
  if (!authorizer_.refused().empty()) return refuse(Kind::denied, authorizer_.refused());
  switch (code & 0xFF) {
    case SQLITE_READONLY: return refuse(Kind::denied, "to write");
    case SQLITE_CONSTRAINT: return refuse(Kind::constraint, message());
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_SCHEMA: return refuse(Kind::invalid, message());
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return refuse(Kind::busy, {});
    case SQLITE_INTERRUPT: return refuse(Kind::limit, "the statement's time is over");
    case SQLITE_TOOBIG:
      return refuse(Kind::limit,
                    concat("a text or blob has more than ", bytes_text(grant_.value.count),
                           ", or the statement than ", bytes_text(grant_.statement.count)));
    case SQLITE_FULL:
      return refuse(Kind::limit, concat("the database may have ", bytes_text(grant_.size.count)));
    case SQLITE_NOMEM: return refuse(Kind::limit, "there is no memory for it");
    default: return refuse(Kind::unavailable, concat("the database cannot be used: ", words(code)));
  }
}

int SqlConnection::run_own(const char* statement) {
  authorizer_.trust();
  return database_->run(statement);
}

SqlAnswer<SqlConnection::Prepared*> SqlConnection::prepare(std::string_view statement) {
  const auto known = std::ranges::find(prepared_, statement, &Prepared::text);
  if (known != prepared_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, known);
    // It may have to be prepared again, because the schema has changed.
    authorizer_.expect(known->kind, known->replaces);
    return &prepared_.front();
  }
  if (statement.find('\0') != std::string_view::npos)
    return refuse(Kind::invalid, "the statement has a NUL in it");
  if (statement.size() > grant_.statement.count)
    return refuse(Kind::limit, concat("the statement has ", bytes_text(statement.size()),
                                      ": one may have ", bytes_text(grant_.statement.count)));
  const std::vector<Token> tokens = tokens_of(statement);
  const std::string word = first_word(tokens);
  const auto kind = kind_of(word);
  if (word.empty()) return refuse(Kind::invalid, "there is no statement");
  if (!kind) return refuse(Kind::denied, word);
  const CommonTables common = common_tables(tokens);
  if (common.count > kCommonTables || common.copies > kCopies)
    return refuse(Kind::limit, concat("the statement has more than ", kCommonTables,
                                      " common tables (WITH), or names them more often than makes ",
                                      kCopies, " copies"));
  const bool replaces = replaces_rows(tokens);
  authorizer_.expect(*kind, replaces);
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v3(database_->get(), statement.data(), static_cast<int>(statement.size()),
                         SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  StatementHandle handle(raw);
  if (code != SQLITE_OK) return failed(code);
  // `rest` points to where the statement ends within the text.
  const std::string_view more = statement.substr(static_cast<std::size_t>(rest - statement.data()));
  sqlite3_stmt* second = nullptr;
  const int after = sqlite3_prepare_v3(database_->get(), more.data(), static_cast<int>(more.size()),
                                       0, &second, nullptr);
  const bool is_one = second == nullptr && after == SQLITE_OK;
  sqlite3_finalize(second);
  if (!is_one) return refuse(Kind::invalid, "there is more than one statement");
  prepared_.push_front({.text = std::string(statement),
                        .kind = *kind,
                        .replaces = replaces,
                        .handle = std::move(handle),
                        .keeping = authorizer_.keeping()});
  if (prepared_.size() > kPrepared) prepared_.pop_back();
  return &prepared_.front();
}

SqlAnswer<void> SqlConnection::bind(sqlite3_stmt* statement,
                                    std::span<const SqlParameter> parameters) {
  const auto wanted = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
  if (parameters.size() != wanted)
    return refuse(Kind::invalid, concat("the statement has ", wanted, " parameters, and was given ",
                                        parameters.size()));
  int at = 0;
  for (const SqlParameter& parameter : parameters) {
    ++at;
    int code = SQLITE_OK;
    // They are the caller's, and outlive the use of the statement.
    if (const auto* integer = std::get_if<std::int64_t>(&parameter))
      code = sqlite3_bind_int64(statement, at, *integer);
    else if (const auto* real = std::get_if<double>(&parameter))
      code = sqlite3_bind_double(statement, at, *real);
    else if (const auto* text = std::get_if<std::string_view>(&parameter))
      code = sqlite3_bind_text64(statement, at, text->empty() ? "" : text->data(), text->size(),
                                 SQLITE_STATIC, SQLITE_UTF8);
    else if (const auto* blob = std::get_if<std::span<const std::uint8_t>>(&parameter))
      code = blob->empty()
                 ? sqlite3_bind_zeroblob(statement, at, 0)
                 : sqlite3_bind_blob64(statement, at, blob->data(), blob->size(), SQLITE_STATIC);
    if (code != SQLITE_OK) return failed(code);
  }
  return {};
}

SqlAnswer<void> SqlConnection::read(sqlite3_stmt* statement, const SqlReader* reader) {
  std::uint64_t rows = 0;
  std::uint64_t left = grant_.answer.count;
  std::vector<SqlCell> cells(static_cast<std::size_t>(sqlite3_column_count(statement)));
  while (true) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return failed(code);
    if (reader == nullptr) continue;
    if (++rows > grant_.rows)
      return refuse(Kind::limit, concat("the answer has more than ", grant_.rows, " rows"));
    std::uint64_t size = sizeof(std::vector<SqlCell>);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i] = cell(statement, static_cast<int>(i));
      size += size_of(cells[i]);
    }
    if (size > left)
      return refuse(Kind::limit,
                    concat("the answer has more than ", bytes_text(grant_.answer.count)));
    left -= size;
    reader->row(cells);
  }
}

SqlAnswer<SqlChanges> SqlConnection::run_prepared(Prepared& prepared, const SqlReader* reader) {
  sqlite3_stmt* statement = prepared.handle.get();
  if (reader != nullptr) {
    std::vector<std::string> names;
    for (int i = 0; i < sqlite3_column_count(statement); ++i)
      names.push_back(escape(sqlite3_column_name(statement, i), 200));
    reader->columns(std::move(names));
  }
  if (auto done = read(statement, reader); !done) return std::unexpected(done.error());
  SqlChanges changes;
  if (sqlite3_stmt_readonly(statement) == 0 && prepared.kind != SqlStatement::create) {
    changes.rows = static_cast<std::uint64_t>(sqlite3_changes64(database_->get()));
    changes.last_row_id = sqlite3_last_insert_rowid(database_->get());
  }
  return changes;
}

SqlAnswer<void> SqlConnection::check_kept(const std::set<std::string>& keeping) {
  authorizer_.trust();
  for (const std::string& name : keeping) {
    Use made_by(schema_);
    made_by.bind(name);
    int code = SQLITE_OK;
    while ((code = made_by.step()) == SQLITE_ROW)
      if (replaces_rows(tokens_of(made_by.text(0))))
        return refuse(Kind::denied,
                      concat("to replace rows, as the schema says of `", escape(name, 200), "`"));
    if (code != SQLITE_DONE) return failed(code);
  }
  return {};
}

SqlAnswer<SqlChanges> SqlConnection::run(std::string_view text,
                                         std::span<const SqlParameter> parameters,
                                         const SqlReader* reader) {
  auto prepared = prepare(text);
  if (!prepared) return std::unexpected(prepared.error());
  sqlite3_stmt* statement = (*prepared)->handle.get();
  const Use use((*prepared)->handle);
  if (auto bound = bind(statement, parameters); !bound) return std::unexpected(bound.error());
  if (sqlite3_stmt_readonly(statement) != 0) return run_prepared(**prepared, reader);

  // A frame of our own: SQLite would keep what a statement has changed that we break off.
  const bool within = sqlite3_get_autocommit(database_->get()) == 0;
  if (const int code = run_own(within ? "SAVEPOINT statement" : "BEGIN IMMEDIATE");
      code != SQLITE_OK)
    return failed(code);
  authorizer_.expect((*prepared)->kind, (*prepared)->replaces);
  sqlite3_set_last_insert_rowid(database_->get(), 0);
  auto done = run_prepared(**prepared, reader);
  sqlite3_reset(statement);
  // Now that the schema cannot change before it is kept; and it may have been prepared again.
  (*prepared)->keeping.insert(authorizer_.keeping().begin(), authorizer_.keeping().end());
  if (done)
    if (auto kept = check_kept((*prepared)->keeping); !kept)
      done = std::unexpected(std::move(kept).error());
  if (done) {
    const int code = run_own(within ? "RELEASE statement" : "COMMIT");
    if (code == SQLITE_OK) return done;
    done = failed(code);
  }
  run_own(within ? "ROLLBACK TO statement; RELEASE statement" : "ROLLBACK");
  return done;
}

SqlAnswer<void> SqlConnection::begin() {
  // Where it may write it does so at once: later the others might have been faster.
  const int code =
      run_own(grant_.access == Access::read_write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
  if (code != SQLITE_OK) return failed(code);
  return {};
}

SqlAnswer<void> SqlConnection::commit() {
  if (const int code = run_own("COMMIT"); code != SQLITE_OK) return failed(code);
  return {};
}

bool SqlConnection::rollback() {
  if (sqlite3_get_autocommit(database_->get()) == 0) {
    // It needs no time that others could take.
    database_->set_deadline(Deadline::in(std::chrono::seconds(1)));
    run_own("ROLLBACK");
  }
  return sqlite3_get_autocommit(database_->get()) != 0;
}

}  // namespace mortise::services::detail
