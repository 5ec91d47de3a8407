#include <mortise/services/sql/sql.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include <mortise/contract/text.h>
#include <mortise/services/detail/lender.h>
#include <mortise/services/sql/detail/connection.h>

// Written from wit/sql.
#include "sql_world.h"

namespace mortise::services {

namespace {

using detail::Deadline;
using detail::Lender;
using detail::Lent;
using detail::SqlAnswer;
using detail::SqlCell;
using detail::SqlChanges;
using detail::SqlConnection;
using detail::SqlError;
using detail::SqlParameter;
using detail::SqlReader;

namespace wit = mortise_::sql::database;
using WitValue = wit::Value;

// A transaction under way. Its owner uses it, or somebody who has waited for it too long ends it:
// whoever has taken it.
class Open {
 public:
  // `keeps` is what the connection goes back to.
  Open(std::shared_ptr<const void> keeps, Lent<SqlConnection> connection,
       Deadline::Clock::time_point until)
      : keeps_(std::move(keeps)), connection_(std::move(connection)), until_(until) {}
  ~Open() { end(); }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  // Runs `act` on the connection, or says why there is none.
  template <class Act>
  auto use(Deadline deadline, Act&& act) -> std::invoke_result_t<Act, SqlConnection&> {
    const bool mine = !taken_.exchange(true);
    if (!mine || ended_)
      return std::unexpected(SqlError{.kind = SqlError::Kind::limit,
                                      .text = "the transaction took too long, and was undone"});
    connection_->database().set_deadline(deadline);
    auto done = act(*connection_);
    taken_ = false;
    return done;
  }

  // Not while its owner uses it, which takes no longer than a statement may.
  void end_if_late() {
    if (Deadline::Clock::now() >= until_ && !taken_.exchange(true)) end();
  }

 private:
  void end() {
    if (std::exchange(ended_, true)) return;
    if (!connection_->rollback()) connection_.destroy();
    connection_.give_back();
  }

  std::shared_ptr<const void> keeps_;
  Lent<SqlConnection> connection_;
  const Deadline::Clock::time_point until_;
  std::atomic<bool> taken_ = false;
  bool ended_ = false;  // belongs to whoever has taken it
};

// Of all plugins.
class Transactions {
 public:
  void add(const std::shared_ptr<Open>& one) {
    const std::scoped_lock lock(mutex_);
    std::erase_if(all_, [](const auto& other) { return other.expired(); });
    all_.push_back(one);
  }
  void end_late_ones() {
    std::vector<std::shared_ptr<Open>> open;
    {
      const std::scoped_lock lock(mutex_);
      for (const auto& one : all_)
        if (auto alive = one.lock()) open.push_back(std::move(alive));
    }
    for (const auto& one : open) one->end_if_late();
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Open>> all_;
};

}  // namespace

struct Sql::State {
  explicit State(SqlOptions options) : denials("sql", std::move(options.on_denied)) {}

  Denials denials;
  Transactions transactions;

  // What one plugin has of one grant. Safe on any number of threads.
  class Granted;
  // One of a plugin's databases.
  class Connection;
  class Transaction;
  class Databases;
};

class Sql::State::Granted : public std::enable_shared_from_this<Granted> {
 public:
  Granted(std::shared_ptr<State> state, std::string plugin, SqlGrant grant)
      : state_(std::move(state)),
        plugin_(std::move(plugin)),
        grant_(std::move(grant)),
        connections_(std::max<std::size_t>(grant_.connections, 1)) {}

  [[nodiscard]] const SqlGrant& grant() const { return grant_; }
  [[nodiscard]] Deadline deadline(const CallContext& call) const {
    return Deadline::of(call, grant_.time);
  }

  SqlAnswer<Lent<SqlConnection>> take(const Deadline& deadline) {
    const auto make = [&]() -> std::expected<std::unique_ptr<SqlConnection>, int> {
      auto made = SqlConnection::open(grant_, deadline);
      // By the plain pointer: what this is part of outlives it.
      if (made)
        (*made)->database().set_waiting(
            [state = state_.get()] { state->transactions.end_late_ones(); });
      return made;
    };
    const auto is_busy = [](int code) { return (code & 0xFF) == SQLITE_BUSY; };
    // Who has one may become late, or leave off using it, while this waits.
    constexpr std::chrono::milliseconds kBetweenLooks(5);
    std::expected<std::unique_ptr<SqlConnection>, int> connection;
    do {
      if (connections_.is_empty()) state_->transactions.end_late_ones();
      connection = connections_.take(deadline.within(kBetweenLooks), make, SQLITE_BUSY);
    } while (!connection && is_busy(connection.error()) && !deadline.is_over());
    if (!connection)
      return std::unexpected(SqlError{
          .kind = is_busy(connection.error()) ? SqlError::Kind::busy : SqlError::Kind::unavailable,
          .text = concat("the database cannot be used: ", detail::words(connection.error()))});
    (*connection)->database().set_deadline(deadline);
    return Lent<SqlConnection>(connections_, *std::move(connection));
  }

  SqlAnswer<std::shared_ptr<Open>> begin(const CallContext& call) {
    auto connection = take(deadline(call));
    if (!connection) return std::unexpected(std::move(connection).error());
    if (auto begun = (*connection)->begin(); !begun)
      return std::unexpected(std::move(begun).error());
    auto open = std::make_shared<Open>(shared_from_this(), *std::move(connection),
                                       Deadline::Clock::now() + grant_.transaction);
    state_->transactions.add(open);
    return open;
  }

  // What the grant does not allow, or allows no more of.
  void report(const SqlError& error) {
    if (error.kind == SqlError::Kind::denied || error.kind == SqlError::Kind::limit)
      state_->denials.report(
          plugin_, concat(error.text, ", in the database `", escape(grant_.name, 200), "`"));
  }

 private:
  std::shared_ptr<State> state_;
  const std::string plugin_;
  const SqlGrant grant_;
  Lender<SqlConnection> connections_;
};

namespace {

wit::Error refusal(SqlError error) {
  using Error = wit::Error;
  switch (error.kind) {
    case SqlError::Kind::no_such_database: return Error::NoSuchDatabase{};
    case SqlError::Kind::denied: return Error::Denied{std::move(error.text)};
    case SqlError::Kind::invalid: return Error::Invalid{std::move(error.text)};
    case SqlError::Kind::constraint: return Error::Constraint{std::move(error.text)};
    case SqlError::Kind::busy: return Error::Busy{};
    case SqlError::Kind::limit: return Error::Limit{std::move(error.text)};
    case SqlError::Kind::unavailable: break;
  }
  return Error::Unavailable{std::move(error.text)};
}

std::vector<SqlParameter> parameters_of(const ListView<wit::ValueRef>& values) {
  struct Convert {
    SqlParameter operator()(const wit::ValueRef::Null&) const { return std::monostate(); }
    SqlParameter operator()(const wit::ValueRef::Integer& one) const { return one.value; }
    SqlParameter operator()(const wit::ValueRef::Real& one) const { return one.value; }
    SqlParameter operator()(const wit::ValueRef::Text& one) const { return one.value; }
    SqlParameter operator()(const wit::ValueRef::Blob& one) const { return one.value; }
  };
  std::vector<SqlParameter> parameters;
  parameters.reserve(values.size());
  for (const auto& value : values) parameters.push_back(std::visit(Convert(), value));
  return parameters;
}

WitValue value_of(const SqlCell& cell) {
  struct Convert {
    WitValue operator()(std::monostate) const { return WitValue::Null{}; }
    WitValue operator()(std::int64_t one) const { return WitValue::Integer{one}; }
    WitValue operator()(double one) const { return WitValue::Real{one}; }
    WitValue operator()(std::string_view one) const { return WitValue::Text{std::string(one)}; }
    WitValue operator()(std::span<const std::uint8_t> one) const {
      return WitValue::Blob{std::vector(one.begin(), one.end())};
    }
  };
  return std::visit(Convert(), cell);
}

SqlAnswer<wit::Table> query_on(SqlConnection& connection, std::string_view statement,
                               const ListView<wit::ValueRef>& values) {
  wit::Table table;
  const SqlReader reader{
      .columns = [&](std::vector<std::string> names) { table.columns = std::move(names); },
      .row =
          [&](std::span<const SqlCell> cells) {
            std::vector<WitValue>& row = table.rows.emplace_back();
            row.reserve(cells.size());
            for (const SqlCell& cell : cells) row.push_back(value_of(cell));
          }};
  auto done = connection.run(statement, parameters_of(values), &reader);
  if (!done) return std::unexpected(std::move(done).error());
  return table;
}

SqlAnswer<SqlChanges> execute_on(SqlConnection& connection, std::string_view statement,
                                 const ListView<wit::ValueRef>& values) {
  return connection.run(statement, parameters_of(values), nullptr);
}

}  // namespace

class Sql::State::Transaction final : public wit::Transaction {
 public:
  Transaction(std::shared_ptr<Granted> granted, std::shared_ptr<Open> open)
      : granted_(std::move(granted)), open_(std::move(open)) {}

  Outcome<wit::Table, wit::Error> query(CallContext& call, std::string_view statement,
                                        ListView<wit::ValueRef> parameters) override {
    return answer(open_->use(granted_->deadline(call), [&](SqlConnection& connection) {
      return query_on(connection, statement, parameters);
    }));
  }
  Outcome<wit::Changes, wit::Error> execute(CallContext& call, std::string_view statement,
                                            ListView<wit::ValueRef> parameters) override {
    auto done = open_->use(granted_->deadline(call), [&](SqlConnection& connection) {
      return execute_on(connection, statement, parameters);
    });
    if (!done) return answer(SqlAnswer<wit::Changes>(std::unexpected(done.error())));
    return wit::Changes{.rows = done->rows, .last_row_id = done->last_row_id};
  }
  Outcome<void, wit::Error> commit(CallContext& call) {
    auto done = open_->use(granted_->deadline(call),
                           [](SqlConnection& connection) { return connection.commit(); });
    if (done) return {};
    granted_->report(done.error());
    return std::unexpected(refusal(std::move(done).error()));
  }

 private:
  template <class T>
  Outcome<T, wit::Error> answer(SqlAnswer<T> done) {
    if (done) return *std::move(done);
    granted_->report(done.error());
    return std::unexpected(refusal(std::move(done).error()));
  }

  std::shared_ptr<Granted> granted_;
  std::shared_ptr<Open> open_;
};

class Sql::State::Connection final : public wit::Connection {
 public:
  explicit Connection(std::shared_ptr<Granted> granted) : granted_(std::move(granted)) {}

  Outcome<wit::Table, wit::Error> query(CallContext& call, std::string_view statement,
                                        ListView<wit::ValueRef> parameters) override {
    auto table = with(call, [&](SqlConnection& connection) {
      return query_on(connection, statement, parameters);
    });
    if (!table) return std::unexpected(refusal(std::move(table).error()));
    return *std::move(table);
  }
  Outcome<wit::Changes, wit::Error> execute(CallContext& call, std::string_view statement,
                                            ListView<wit::ValueRef> parameters) override {
    auto done = with(call, [&](SqlConnection& connection) {
      return execute_on(connection, statement, parameters);
    });
    if (!done) return std::unexpected(refusal(std::move(done).error()));
    return wit::Changes{.rows = done->rows, .last_row_id = done->last_row_id};
  }
  Outcome<std::unique_ptr<wit::Transaction>, wit::Error> begin(CallContext& call) override {
    auto open = granted_->begin(call);
    if (!open) return std::unexpected(refusal(std::move(open).error()));
    return std::make_unique<Transaction>(granted_, *std::move(open));
  }

 private:
  template <class Act>
  auto with(const CallContext& call, Act&& act) -> std::invoke_result_t<Act, SqlConnection&> {
    auto connection = granted_->take(granted_->deadline(call));
    if (!connection) return std::unexpected(std::move(connection).error());
    auto done = act(**connection);
    if (!done) granted_->report(done.error());
    // Nothing is left open, but where the disk failed.
    if (!(*connection)->rollback()) connection->destroy();
    return done;
  }

  std::shared_ptr<Granted> granted_;
};

// The databases of one plugin.
class Sql::State::Databases final : public wit::Host {
 public:
  Databases(std::shared_ptr<State> state, std::string plugin)
      : state_(std::move(state)), plugin_(std::move(plugin)) {}

  Granted& add(SqlGrant grant) {
    return *all_.emplace_back(std::make_shared<Granted>(state_, plugin_, std::move(grant)));
  }

  Outcome<std::unique_ptr<wit::Connection>, wit::Error> connection_open(
      CallContext&, std::string_view name) override {
    const auto found = std::ranges::find(
        all_, name, [](const auto& one) -> std::string_view { return one->grant().name; });
    if (found == all_.end()) {
      state_->denials.report(plugin_, concat("to open the database `", escape(name, 200), "`"));
      return std::unexpected(wit::Error(wit::Error::NoSuchDatabase{}));
    }
    return std::make_unique<Connection>(*found);
  }

  Outcome<void, wit::Error> transaction_commit(
      CallContext& call, std::unique_ptr<wit::Transaction> transaction) override {
    // All that plugins have handles of was made here.
    return static_cast<Transaction&>(*transaction).commit(call);
  }

 private:
  std::shared_ptr<State> state_;
  const std::string plugin_;
  std::vector<std::shared_ptr<Granted>> all_;
};

Sql::Sql(SqlOptions options) : state_(std::make_shared<State>(std::move(options))) {}

Result<Service> Sql::for_plugin(const std::string& plugin, std::vector<SqlGrant> grants) const {
  const auto databases = std::make_shared<State::Databases>(state_, plugin);
  std::set<std::string> names;
  for (SqlGrant& grant : grants) {
    const std::string named =
        concat("the database `", escape(grant.name, 200), "` of ", escape(plugin, 200));
    if (!names.insert(grant.name).second)
      return std::unexpected(Error(Error::Kind::misuse, concat(named, " is granted twice")));
    const std::string file = escape(grant.file);
    // That a file is missing is found out now.
    State::Granted& granted = databases->add(std::move(grant));
    auto connection = granted.take(Deadline::in(granted.grant().time));
    if (!connection)
      return std::unexpected(
          Error(Error::Kind::io, concat(named, ", ", file, ": ", connection.error().text)));
  }
  return Service::of<mortise_::sql::Client>({.database = databases});
}

std::uint64_t Sql::denied() const { return state_->denials.count(); }

}  // namespace mortise::services
