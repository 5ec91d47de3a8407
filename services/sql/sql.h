// mortise:sql for plugins: databases of SQLite's, a statement at a time, with parameters.
//
//   mortise::services::Sql sql({});
//   auto orders = sql.for_plugin("pricing", {{.name = "orders", .file = "orders.db",
//                                             .tables = {{{.name = "customer"}}}}});
//   auto plugin = mortise::Plugin<PluginWorld>::load(engine, "pricing.wasm", {},
//                                                    {.services = {*orders}});
//
// A plugin may do what its grant says, and all else is refused before it runs, by SQLite's own
// account of what a statement will do: nothing outside of the tables listed, no PRAGMA, no ATTACH,
// no trigger, view or virtual table made, no function that does more than compute, no transaction
// but those of the contract. Triggers and views that are there are looked into, and tables for rows
// that give way to new ones (ON CONFLICT REPLACE). The contract is wit/sql/sql.wit:
// mortise:sql/database@0.1.0.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <mortise/runtime/limits.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/service.h>
#include <mortise/services/access.h>
#include <mortise/services/denial.h>

namespace mortise::services {

enum class SqlStatement : std::uint8_t {
  select,
  insert,
  update,
  remove,  // DELETE, and wherever rows give way to new ones: REPLACE
  create,  // CREATE and DROP of tables and indexes
};

// A table, or a view: of one also what it reads has to be granted.
struct SqlTable {
  std::string name;
  Access access = Access::read_only;
  // Empty: all. Else rows can be read and, where that is granted, updated in these alone, and
  // neither inserted nor deleted, which concerns the others too.
  std::vector<std::string> columns{};
};

struct SqlGrant {
  // What the plugin opens it as.
  std::string name;
  // Made if it is not there and may be written to.
  std::string file;
  Access access = Access::read_only;
  // Nothing: all, as `access` says.
  std::optional<std::vector<SqlTable>> tables = std::nullopt;
  std::vector<SqlStatement> statements = {SqlStatement::select, SqlStatement::insert,
                                          SqlStatement::update, SqlStatement::remove};
  // Functions of SQLite's beside those that only compute, by their names in small letters.
  std::vector<std::string> functions{};

  // Of one statement: how long it may run, where the plugin's call does not end earlier; what it
  // may answer; the longest text or blob in it; its own length.
  std::chrono::milliseconds time = std::chrono::seconds(1);
  std::uint64_t rows = 1000;
  Bytes answer = MiB(4);
  Bytes value = MiB(1);
  Bytes statement = KiB(16);

  // How long a transaction may last: others cannot write meanwhile. When it is over, and someone
  // waits for it, it is undone.
  std::chrono::milliseconds transaction = std::chrono::seconds(5);
  // Transactions and other statements at the same time, of all instances.
  std::size_t connections = 4;
  // What the file may grow to.
  Bytes size = MiB(256);
};

struct SqlOptions {
  OnDenied on_denied{};
};

// One for the process. Safe on any number of threads; copies are the same one.
class Sql {
 public:
  explicit Sql(SqlOptions);

  // Errors: io, for a file that cannot be opened; misuse, for two grants of one name.
  [[nodiscard]] Result<Service> for_plugin(const std::string& plugin,
                                           std::vector<SqlGrant> grants) const;

  // How often plugins were refused what they have no grant for, or no more of.
  [[nodiscard]] std::uint64_t denied() const;

 private:
  struct State;

  std::shared_ptr<State> state_;
};

}  // namespace mortise::services
