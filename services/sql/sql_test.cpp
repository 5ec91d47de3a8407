// mortise:sql on databases of SQLite's.
#include <mortise/services/sql/sql.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <mortise/contract/text.h>

#include "sql_world.h"
#include "tests/services/files.h"
#include "tests/services/in_call.h"

namespace mortise::services {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::Folder;
using testing::host_of;
using testing::in_call;

namespace wit = mortise_::sql::database;
using wit::Value;
using Refusal = wit::Error;

std::string words(const Value& value) {
  if (const auto* one = std::get_if<Value::Integer>(&value)) return std::to_string(one->value);
  if (const auto* one = std::get_if<Value::Real>(&value)) return std::to_string(one->value);
  if (const auto* one = std::get_if<Value::Text>(&value)) return concat("'", one->value, "'");
  if (const auto* one = std::get_if<Value::Blob>(&value))
    return concat("blob of ", one->value.size());
  return "null";
}
std::string words(const Refusal& error) {
  if (const auto* one = std::get_if<Refusal::Denied>(&error)) return "denied: " + one->value;
  if (const auto* one = std::get_if<Refusal::Invalid>(&error)) return "invalid: " + one->value;
  if (const auto* one = std::get_if<Refusal::Constraint>(&error))
    return "constraint: " + one->value;
  if (const auto* one = std::get_if<Refusal::Limit>(&error)) return "limit: " + one->value;
  if (const auto* one = std::get_if<Refusal::Unavailable>(&error))
    return "unavailable: " + one->value;
  return std::holds_alternative<Refusal::Busy>(error) ? "busy" : "no-such-database";
}
// "a,b: 1,'x'; 2,null", or why there is none.
std::string words(const Outcome<wit::Table, Refusal>& outcome) {
  if (outcome.refusal() != nullptr) return words(*outcome.refusal());
  std::string text;
  for (const std::string& name : outcome->columns)
    text = concat(text, text.empty() ? "" : ",", name);
  text += ":";
  for (std::size_t i = 0; i < outcome->rows.size(); ++i) {
    std::string row;
    for (const Value& value : outcome->rows[i])
      row = concat(row, row.empty() ? "" : ",", words(value));
    text += concat(i == 0 ? " " : "; ", row);
  }
  return text;
}
std::string words(const Outcome<wit::Changes, Refusal>& outcome) {
  return outcome.refusal() != nullptr ? words(*outcome.refusal()) : concat(outcome->rows, " rows");
}
template <class T>
std::string words(const Outcome<std::unique_ptr<T>, Refusal>& outcome) {
  return outcome.refusal() != nullptr ? words(*outcome.refusal()) : "there is one";
}

using Parameters = std::vector<wit::ValueRef>;

// A database with customers and cards.
class SqlTest : public ::testing::Test {
 protected:
  SqlTest() {
    own("CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE,"
        "  credit REAL);"
        "CREATE TABLE card (id INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT);"
        "CREATE VIEW wallet AS SELECT number FROM card;"
        "CREATE TABLE noted (what TEXT);"
        "CREATE TRIGGER note AFTER UPDATE ON noted BEGIN"
        "  INSERT INTO card (number) VALUES (new.what); END;"
        "INSERT INTO customer VALUES (1, 'Ada', 'ada@example.org', 1.5), (2, 'Bo', NULL, NULL);"
        "INSERT INTO card (number) VALUES ('4000-1234');");
  }

  // As the host itself.
  void own(const char* statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &database), SQLITE_OK);
    char* message = nullptr;
    ASSERT_EQ(sqlite3_exec(database, statements, nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_close(database);
  }

  SqlGrant grant(Access access = Access::read_write) const {
    return {.name = "shop", .file = file_, .access = access};
  }
  SqlGrant grant(std::vector<SqlTable> tables) const {
    SqlGrant one = grant();
    one.tables = std::move(tables);
    return one;
  }

  Service service(SqlGrant grant) {
    auto made = sql_.for_plugin("pricing", {std::move(grant)});
    EXPECT_TRUE(made) << made.error().to_string();
    return *std::move(made);
  }

  // Runs `act` with a connection, in a call.
  template <class Act>
  void with(const Service& service, Act act) {
    in_call([&](CallContext& call) {
      auto connection = host_of<wit::Host>(service).connection_open(call, "shop");
      ASSERT_TRUE(connection) << words(connection);
      act(call, **connection);
    });
  }
  template <class Act>
  void with(SqlGrant grant, Act act) {
    with(service(std::move(grant)), act);
  }

  // What a query or a change of its own connection answers.
  std::string query(SqlGrant grant, std::string_view statement, const Parameters& parameters = {}) {
    std::string answer;
    with(std::move(grant), [&](CallContext& call, wit::Connection& connection) {
      answer = words(connection.query(call, statement, parameters));
    });
    return answer;
  }
  std::string execute(SqlGrant grant, std::string_view statement,
                      const Parameters& parameters = {}) {
    std::string answer;
    with(std::move(grant), [&](CallContext& call, wit::Connection& connection) {
      answer = words(connection.execute(call, statement, parameters));
    });
    return answer;
  }

  Folder folder_;
  std::string file_ = folder_.file("shop.db");
  std::vector<std::string> denials_;
  Sql sql_{{.on_denied = [this](const Denial& denial) {
    denials_.push_back(concat(denial.plugin, " ", denial.service, ": ", denial.what));
  }}};
};

TEST_F(SqlTest, AnswersRows) {
  EXPECT_EQ(query(grant(Access::read_only), "SELECT id, name, email, credit FROM customer"),
            "id,name,email,credit: 1,'Ada','ada@example.org',1.500000; 2,'Bo',null,null");
  EXPECT_EQ(query(grant(Access::read_only), "SELECT id FROM customer WHERE id > 5"), "id:");
}

TEST_F(SqlTest, PassesEveryKindOfValue) {
  const std::string nul("a\0'b", 4);
  const std::vector<std::uint8_t> blob{0, 255, 1};
  EXPECT_EQ(
      query(grant(), "SELECT ?1, ?2, ?3, ?4, ?5, ?6",
            {wit::ValueRef::Null{}, wit::ValueRef::Integer{INT64_MIN}, wit::ValueRef::Real{0.25},
             wit::ValueRef::Text{nul}, wit::ValueRef::Blob{blob}, wit::ValueRef::Text{""}}),
      concat("?1,?2,?3,?4,?5,?6: null,-9223372036854775808,0.250000,'", nul, "',blob of 3,''"));
  EXPECT_EQ(query(grant(), "SELECT CAST(x'ff41' AS TEXT)"), "CAST(x'ff41' AS TEXT): blob of 2");
}

TEST_F(SqlTest, ChangesRows) {
  with(grant(), [](CallContext& call, wit::Connection& connection) {
    auto inserted = connection.execute(call, "INSERT INTO customer (name) VALUES (?)",
                                       Parameters{wit::ValueRef::Text{"Cy"}});
    ASSERT_TRUE(inserted);
    EXPECT_EQ(inserted->rows, 1U);
    EXPECT_EQ(inserted->last_row_id, 3);
    EXPECT_EQ(words(connection.execute(call, "UPDATE customer SET credit = 2", Parameters{})),
              "3 rows");
    EXPECT_EQ(words(connection.execute(call, "DELETE FROM customer WHERE id > 1", Parameters{})),
              "2 rows");
    EXPECT_EQ(words(connection.query(call, "INSERT INTO customer (name) VALUES ('Di') RETURNING id",
                                     Parameters{})),
              "id: 2");
    EXPECT_EQ(words(connection.execute(call, "SELECT 1", Parameters{})), "0 rows");
  });
}

TEST_F(SqlTest, TakesParametersForValuesAndNothingElse) {
  EXPECT_EQ(query(grant(), "SELECT name FROM customer WHERE name = ?",
                  {wit::ValueRef::Text{"' OR 1=1; DROP TABLE customer; --"}}),
            "name:");
  EXPECT_EQ(query(grant(), "SELECT ?", {}),
            "invalid: the statement has 1 parameters, and was given 0");
  EXPECT_EQ(query(grant(), "SELECT 1", {wit::ValueRef::Null{}}),
            "invalid: the statement has 0 parameters, and was given 1");
}

TEST_F(SqlTest, RunsOneStatementAtATime) {
  EXPECT_EQ(query(grant(), "SELECT 1; DELETE FROM customer"),
            "invalid: there is more than one statement");
  EXPECT_EQ(query(grant(), "SELECT 1; /* and */ nonsense"),
            "invalid: there is more than one statement");
  EXPECT_EQ(query(grant(), "SELECT 1; -- that is all\n ;"), "1: 1");
  EXPECT_EQ(query(grant(), std::string_view("SELECT 1\0; DELETE FROM customer", 31)),
            "invalid: the statement has a NUL in it");
  EXPECT_EQ(query(grant(), " /* nothing */ -- here"), "invalid: there is no statement");
  EXPECT_EQ(query(grant(), "SELECT 2 FRM customer"), "invalid: near \"customer\": syntax error");
  EXPECT_EQ(query(grant(), "SELECT count(*) FROM customer"), "count(*): 2");
}

TEST_F(SqlTest, LeavesNoWayOut) {
  SqlGrant most = grant();
  most.statements.push_back(SqlStatement::create);
  const std::vector<std::pair<std::string_view, std::string_view>> refused = {
      {"ATTACH DATABASE '/tmp/other.db' AS other", "denied: ATTACH"},
      {"/* x */ attach ':memory:' as m", "denied: ATTACH"},
      {"PRAGMA table_info(card)", "denied: PRAGMA"},
      {"PRAGMA writable_schema = ON", "denied: PRAGMA"},
      {"VACUUM INTO '/tmp/copy.db'", "denied: VACUUM"},
      {"BEGIN", "denied: BEGIN"},
      {"COMMIT", "denied: COMMIT"},
      {"ROLLBACK", "denied: ROLLBACK"},
      {"SAVEPOINT s", "denied: SAVEPOINT"},
      {"ANALYZE", "denied: ANALYZE"},
      {"REINDEX", "denied: REINDEX"},
      {"EXPLAIN SELECT 1", "denied: EXPLAIN"},
      {"ALTER TABLE card RENAME TO mine", "denied: ALTER"},
      {"SELECT load_extension('/tmp/x.so')", "denied: to use the function `load_extension`"},
      {"SELECT readfile('/etc/passwd')", "invalid: no such function: readfile"},
      {"SELECT fts3_tokenizer('simple')", "denied: to use the function `fts3_tokenizer`"},
      {"SELECT sqlite_version()", "denied: to use the function `sqlite_version`"},
      {"SELECT zeroblob(1000000000)", "denied: to use the function `zeroblob`"},
      {"SELECT * FROM sqlite_master", "denied: to read the table `sqlite_master`"},
      {"SELECT sql FROM sqlite_schema", "denied: to read the table `sqlite_master`"},
      {"SELECT * FROM sqlite_temp_master", "denied: to use the database `temp`"},
      {"SELECT * FROM sqlite_sequence", "denied: to read the table `sqlite_sequence`"},
      {"SELECT * FROM pragma_table_info('card')", "denied: to write to the table `sqlite_master`"},
      {"SELECT * FROM pragma_database_list", "denied: to write to the table `sqlite_master`"},
      {"SELECT * FROM dbstat", "denied: to write to the table `sqlite_master`"},
      {"INSERT INTO sqlite_master VALUES (1,2,3,4,5)",
       "denied: to write to the table `sqlite_master`"},
      {"UPDATE sqlite_master SET sql = 'x'", "invalid: table sqlite_master may not be modified"},
      {"DELETE FROM sqlite_master", "invalid: table sqlite_master may not be modified"},
      {"DELETE FROM sqlite_sequence", "denied: to write to the table `sqlite_sequence`"},
      {"UPDATE noted SET what = sql FROM sqlite_master",
       "denied: to read the table `sqlite_master`"},
      {"INSERT INTO noted SELECT sql FROM sqlite_master",
       "denied: to read the table `sqlite_master`"},
      {"CREATE TABLE copy AS SELECT * FROM card", "denied: SELECT as a part of CREATE"},
      {"CREATE TEMP TABLE t (x)", "denied: to use the database `temp`"},
      {"CREATE TRIGGER t AFTER INSERT ON card BEGIN DELETE FROM customer; END",
       "denied: to make or drop triggers"},
      {"CREATE TEMP TRIGGER t AFTER INSERT ON card BEGIN SELECT 1; END",
       "denied: to use the database `temp`"},
      {"CREATE VIEW v AS SELECT 1", "denied: to make or drop views"},
      {"CREATE TEMP VIEW v AS SELECT 1", "denied: to use the database `temp`"},
      {"CREATE VIRTUAL TABLE f USING fts5(x)", "denied: to make or drop virtual tables"},
      {"DROP VIEW wallet", "denied: to make or drop views"},
      {"DROP TRIGGER note", "denied: to make or drop triggers"},
      {"DROP TABLE sqlite_sequence", "denied: to drop the table `sqlite_sequence`"},
  };
  with(most, [&](CallContext& call, wit::Connection& connection) {
    for (const auto& [statement, answer] : refused) {
      EXPECT_EQ(words(connection.query(call, statement, Parameters{})), answer) << statement;
      EXPECT_NE(words(connection.execute(call, statement, Parameters{})), "0 rows") << statement;
    }
    EXPECT_EQ(words(connection.query(call, "SELECT count(*) FROM customer", Parameters{})),
              "count(*): 2");
  });
}

TEST_F(SqlTest, ChangesNothingWhereItMayOnlyRead) {
  for (const char* statement :
       {"INSERT INTO customer (name) VALUES ('x')", "UPDATE customer SET name = 'x'",
        "DELETE FROM customer", "WITH x AS (SELECT 1) DELETE FROM customer",
        "REPLACE INTO customer (id, name) VALUES (1, 'x')"})
    EXPECT_EQ(execute(grant(Access::read_only), statement),
              "denied: to write to the table `customer`");
  EXPECT_EQ(execute(grant(Access::read_only), "CREATE TABLE t (x)"), "denied: CREATE and DROP");
  EXPECT_EQ(denials_.front(),
            "pricing sql: to write to the table `customer`, in the database `shop`");
  EXPECT_EQ(sql_.denied(), 6U);
}

TEST_F(SqlTest, ReachesTheTablesThatAreListed) {
  const SqlGrant one = grant({{.name = "customer"}, {.name = "wallet"}});
  EXPECT_EQ(query(one, "SELECT name FROM Customer WHERE id = 1"), "name: 'Ada'");
  for (const char* statement :
       {"SELECT number FROM card", "SELECT 1 FROM card", "SELECT count(*) FROM card",
        "SELECT name FROM customer WHERE EXISTS (SELECT 1 FROM main.card)",
        "SELECT c.name FROM customer c JOIN card ON card.id = c.id",
        "WITH x AS (SELECT number AS n FROM card) SELECT n FROM x",
        "SELECT (SELECT number FROM card)",
        "SELECT name FROM customer UNION SELECT number FROM card",
        // A view is no way around.
        "SELECT number FROM wallet"})
    EXPECT_EQ(query(one, statement), "denied: to read the table `card`") << statement;
  EXPECT_EQ(execute(one, "UPDATE customer SET name = 'x'"),
            "denied: to write to the table `customer`");
}

TEST_F(SqlTest, RunsNoTriggerThatWritesElsewhere) {
  const SqlGrant one = grant({{.name = "noted", .access = Access::read_write}});
  EXPECT_EQ(execute(one, "INSERT INTO noted VALUES ('x')"), "1 rows");
  EXPECT_EQ(execute(one, "UPDATE noted SET what = 'stolen'"),
            "denied: to write to the table `card`");
}

TEST_F(SqlTest, ReachesTheColumnsThatAreListed) {
  const SqlGrant one =
      grant({{.name = "customer", .access = Access::read_write, .columns = {"id", "name"}}});
  EXPECT_EQ(query(one, "SELECT name FROM customer WHERE id = 2"), "name: 'Bo'");
  EXPECT_EQ(query(one, "SELECT count(*) FROM customer"), "count(*): 2");
  constexpr auto kEmail = "denied: to read the column `email` of the table `customer`";
  for (const char* statement :
       {"SELECT * FROM customer", "SELECT EMAIL FROM customer",
        "SELECT name FROM customer ORDER BY email", "SELECT name FROM customer WHERE email > 'a'",
        "SELECT c.email FROM customer AS c", "UPDATE customer SET name = email",
        "UPDATE customer SET name = 'x' RETURNING email"})
    EXPECT_EQ(query(one, statement), kEmail) << statement;
  EXPECT_EQ(execute(one, "UPDATE customer SET name = 'x' WHERE id = 2"), "1 rows");
  EXPECT_EQ(execute(one, "UPDATE customer SET email = 'x'"),
            "denied: to write to the column `email` of the table `customer`");
  EXPECT_EQ(execute(one, "INSERT INTO customer (name) VALUES ('x')"),
            "denied: to write to the table `customer`");
  EXPECT_EQ(execute(one, "DELETE FROM customer"), "denied: to write to the table `customer`");
}

TEST_F(SqlTest, RunsTheStatementsThatAreListed) {
  SqlGrant one = grant();
  one.statements = {SqlStatement::insert};
  EXPECT_EQ(execute(one, "INSERT INTO noted VALUES ('x')"), "1 rows");
  EXPECT_EQ(query(one, "SELECT 1"), "denied: SELECT");
  EXPECT_EQ(execute(one, "UPDATE noted SET what = 1"), "denied: UPDATE");
  EXPECT_EQ(execute(one, "DELETE FROM noted"), "denied: DELETE");
  EXPECT_EQ(execute(one, "INSERT INTO noted SELECT name FROM customer"), "denied: SELECT");
}

// SQLite does not say of a row that gives way to a new one that it is deleted.
TEST_F(SqlTest, ReplacesRowsWhereTheyMayBeDeleted) {
  own("UPDATE customer SET email = 'bo@example.org' WHERE id = 2;");
  constexpr std::array kStatements{
      "UPDATE OR REPLACE customer SET email = 'ada@example.org' WHERE id = 2",
      "update/**/or -- so\n \xEF\xBB\xBFreplace customer SET id = 1 WHERE id = 2",
      "WITH x AS (SELECT $a(/*)) UPDATE OR REPLACE customer SET id = 1 WHERE id = 2",
      "REPLACE INTO customer (id, name) VALUES (1, 'x')",
      "INSERT OR REPLACE INTO customer (id, name) VALUES (1, 'x')",
      "WITH x AS (SELECT 1) REPLACE INTO customer (id, name) VALUES (1, 'x')"};
  SqlGrant columns =
      grant({{.name = "customer", .access = Access::read_write, .columns = {"id", "email"}}});
  SqlGrant keeps = grant({{.name = "customer", .access = Access::read_write}});
  keeps.statements = {SqlStatement::select, SqlStatement::insert, SqlStatement::update};
  for (const char* statement : kStatements) {
    EXPECT_TRUE(execute(columns, statement).starts_with("denied: to ")) << statement;
    EXPECT_TRUE(execute(keeps, statement).starts_with("denied: to replace rows of the table"))
        << statement;
  }
  EXPECT_EQ(query(grant(), "SELECT count(*) FROM customer"), "count(*): 2");
  EXPECT_EQ(execute(columns, kStatements[0]), "denied: to replace rows of the table `customer`");
  EXPECT_EQ(denials_.back(),
            "pricing sql: to replace rows of the table `customer`, in the database `shop`");
  // Not what is called so.
  EXPECT_EQ(execute(keeps, "UPDATE customer SET name = 'or replace into' WHERE id = 0 OR replace"),
            "invalid: no such column: replace");
  EXPECT_EQ(execute(keeps, "UPDATE OR IGNORE customer SET id = 1 WHERE id = 2"), "0 rows");
  EXPECT_EQ(execute(grant(), kStatements[0]), "1 rows");
  EXPECT_EQ(query(grant(), "SELECT id FROM customer"), "id: 2");
}

TEST_F(SqlTest, ReplacesNoRowsByTheSchemaWhereTheyMayNotBeDeleted) {
  own("CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT UNIQUE ON CONFLICT /**/ REPLACE);"
      "INSERT INTO tag VALUES (1, 'a'), (2, 'b');"
      "CREATE TRIGGER merge AFTER INSERT ON noted BEGIN"
      "  UPDATE OR REPLACE customer SET email = new.what WHERE id = 2; END;");
  SqlGrant keeps = grant();
  keeps.statements = {SqlStatement::select, SqlStatement::insert, SqlStatement::update};
  constexpr auto kTag = "denied: to replace rows, as the schema says of `tag`";
  EXPECT_EQ(execute(keeps, "UPDATE tag SET name = 'a' WHERE id = 2"), kTag);
  EXPECT_EQ(execute(keeps, "INSERT INTO tag (name) VALUES ('a')"), kTag);
  EXPECT_EQ(query(keeps, "INSERT INTO tag (name) VALUES ('a') RETURNING id"), kTag);
  EXPECT_EQ(execute(keeps, "INSERT INTO noted VALUES ('ada@example.org')"),
            "denied: to replace rows, as the schema says of `merge`");
  EXPECT_EQ(
      query(keeps, "SELECT (SELECT count(*) FROM tag) + (SELECT count(*) FROM customer) AS n"),
      "n: 4");
  const SqlGrant columns =
      grant({{.name = "tag", .access = Access::read_write, .columns = {"id", "name"}}});
  EXPECT_EQ(execute(columns, "UPDATE tag SET name = 'a' WHERE id = 2"), kTag);
  EXPECT_EQ(execute(grant(), "UPDATE tag SET name = 'a' WHERE id = 2"), "1 rows");
}

TEST_F(SqlTest, LooksAtTheSchemaThatThereIsNow) {
  own("CREATE TABLE tag (name TEXT UNIQUE); INSERT INTO tag VALUES ('a');");
  SqlGrant keeps = grant();
  keeps.statements = {SqlStatement::insert};
  constexpr auto kInsert = "INSERT INTO tag VALUES (?)";
  with(keeps, [&](CallContext& call, wit::Connection& connection) {
    EXPECT_EQ(words(connection.execute(call, kInsert, Parameters{wit::ValueRef::Text{"b"}})),
              "1 rows");
    own("DROP TABLE tag; CREATE TABLE tag (name TEXT UNIQUE ON CONFLICT REPLACE);");
    EXPECT_EQ(words(connection.execute(call, kInsert, Parameters{wit::ValueRef::Text{"b"}})),
              "denied: to replace rows, as the schema says of `tag`");
  });
}

TEST_F(SqlTest, AsksForWhatUpsertsAndForeignKeysDo) {
  SqlGrant one = grant();
  one.statements = {SqlStatement::select, SqlStatement::insert, SqlStatement::remove};
  EXPECT_EQ(execute(one,
                    "INSERT INTO customer (id, name) VALUES (1, 'x')"
                    " ON CONFLICT (id) DO UPDATE SET name = 'x'"),
            "denied: UPDATE");
  own("CREATE TABLE note (of INTEGER REFERENCES customer (id) ON DELETE CASCADE);");
  one = grant({{.name = "customer", .access = Access::read_write}, {.name = "note"}});
  EXPECT_EQ(execute(one, "DELETE FROM customer"), "denied: to write to the table `note`");
}

TEST_F(SqlTest, MakesTablesWhereThatIsGranted) {
  SqlGrant one = grant({{.name = "mine", .access = Access::read_write}});
  EXPECT_EQ(execute(one, "CREATE TABLE mine (x)"), "denied: CREATE and DROP");
  one.statements.push_back(SqlStatement::create);
  with(one, [](CallContext& call, wit::Connection& connection) {
    const auto execute = [&](std::string_view statement) {
      return words(connection.execute(call, statement, Parameters{}));
    };
    EXPECT_EQ(execute("CREATE TABLE IF NOT EXISTS mine (id INTEGER PRIMARY KEY AUTOINCREMENT,"
                      " x TEXT DEFAULT 'a' CHECK (length(x) < 9))"),
              "0 rows");
    EXPECT_EQ(execute("CREATE TABLE IF NOT EXISTS mine (x)"), "0 rows");
    EXPECT_EQ(execute("CREATE INDEX by_x ON mine (x)"), "0 rows");
    EXPECT_EQ(execute("INSERT INTO mine (x) VALUES ('b')"), "1 rows");
    EXPECT_EQ(execute("DROP INDEX by_x"), "0 rows");
    EXPECT_EQ(execute("DROP TABLE mine"), "0 rows");
    EXPECT_EQ(execute("CREATE TABLE other (x)"), "denied: to create the table `other`");
    EXPECT_EQ(execute("DROP TABLE customer"), "denied: to drop the table `customer`");
    EXPECT_EQ(execute("CREATE INDEX c ON customer (email)"),
              "denied: to index the table `customer`");
  });
}

TEST_F(SqlTest, UsesTheFunctionsThatAreListed) {
  SqlGrant one = grant();
  EXPECT_EQ(query(one, "SELECT upper('a'), count(*), max(id) FROM customer WHERE name LIKE '%a%'"),
            "upper('a'),count(*),max(id): 'A',1,1");
  // They may take as long as two texts are, multiplied.
  for (const char* slow : {"instr('a', 'b')", "replace('a', 'b', 'c')", "trim('a', 'b')"})
    EXPECT_TRUE(query(one, concat("SELECT ", slow)).starts_with("denied: to use the function"))
        << slow;
  one.functions = {"zeroblob"};
  EXPECT_EQ(query(one, "SELECT length(zeroblob(10))"), "length(zeroblob(10)): 10");
  EXPECT_EQ(query(one, "SELECT zeroblob(100000000)"),
            "limit: a text or blob has more than 1 MiB, or the statement than 16 KiB");
}

TEST_F(SqlTest, BoundsWhatOneStatementAnswersAndTakes) {
  SqlGrant one = grant();
  one.rows = 3;
  one.answer = KiB(1);
  one.value = KiB(2);
  one.statement = {100};
  EXPECT_EQ(query(one, "SELECT value FROM json_each('[1,2,3]')"), "value: 1; 2; 3");
  EXPECT_EQ(query(one, "SELECT value FROM json_each('[1,2,3,4]')"),
            "limit: the answer has more than 3 rows");
  EXPECT_EQ(query(one, "SELECT printf('%1500d', 1)"), "limit: the answer has more than 1 KiB");
  EXPECT_EQ(query(one, "SELECT length(a || a) FROM (SELECT printf('%1500d', 1) AS a)"),
            "limit: a text or blob has more than 2 KiB, or the statement than 100 bytes");
  EXPECT_EQ(query(one, concat("SELECT 1 -- ", std::string(100, 'x'))),
            "limit: the statement has 112 bytes: one may have 100 bytes");
  const std::string large(3000, 'x');
  EXPECT_EQ(query(one, "SELECT length(?)", {wit::ValueRef::Text{large}}),
            "limit: a text or blob has more than 2 KiB, or the statement than 100 bytes");
}

TEST_F(SqlTest, ChangesNothingWhereTheAnswerIsTooLong) {
  SqlGrant one = grant();
  one.rows = 1;
  EXPECT_EQ(query(one, "UPDATE customer SET name = 'x' RETURNING id"),
            "limit: the answer has more than 1 rows");
  EXPECT_EQ(query(one, "SELECT name FROM customer WHERE id = 1"), "name: 'Ada'");
}

TEST_F(SqlTest, TellsTheHostOfLimitsToo) {
  SqlGrant one = grant(Access::read_only);
  one.rows = 1;
  query(one, "SELECT id FROM customer");
  query(one, "SELECT nothing FROM customer");  // no limit, and no denial
  EXPECT_EQ(denials_, std::vector<std::string>{
                          "pricing sql: the answer has more than 1 rows, in the database `shop`"});
}

TEST_F(SqlTest, EndsStatementsThatTakeTooLong) {
  SqlGrant one = grant();
  one.time = 20ms;
  constexpr auto kLate = "limit: the statement's time is over";
  EXPECT_EQ(query(one,
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                  " SELECT count(*) FROM n"),
            kLate);
  EXPECT_EQ(query(one,
                  "WITH n(i) AS (SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9,0]')) SELECT "
                  "count(*) FROM n a, n b, n c, n d, n e, n f, n g, n h, n i, n j, n k"),
            kLate);
  EXPECT_EQ(execute(one,
                    "INSERT INTO noted WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
                    " FROM n) SELECT i FROM n"),
            kLate);
  EXPECT_EQ(query(grant(), "SELECT count(*) FROM noted"), "count(*): 0");
}

TEST_F(SqlTest, BoundsHowDeepAStatementIs) {
  std::string deep = "SELECT 1";
  for (int i = 0; i < 500; ++i) deep = concat("SELECT * FROM (", deep, ")");
  EXPECT_EQ(query(grant(), deep), "invalid: parser stack overflow");
  std::string sum = "SELECT 1";
  for (int i = 0; i < 500; ++i) sum += "+1";
  EXPECT_EQ(query(grant(), sum), "invalid: Expression tree is too large (maximum depth 100)");
  std::string all = "SELECT 1";
  for (int i = 0; i < 50; ++i) all += " UNION ALL SELECT 1";
  EXPECT_EQ(query(grant(), all), "invalid: too many terms in compound SELECT");
}

constexpr auto kMany =
    "limit: the statement has more than 32 common tables (WITH), or names them more often than "
    "makes 256 copies";

TEST_F(SqlTest, PreparesNoStatementThatUnfoldsWithoutEnd) {
  std::string bomb = "WITH x0 AS (SELECT 1)";
  std::string quoted = "WITH \"x 0\"(a) AS (SELECT 1)";
  std::string chain = bomb;
  for (int i = 1; i < 40; ++i) {
    bomb += concat(", x", i, " AS (SELECT 1 FROM x", i - 1, ", x", i - 1, " AS b)");
    quoted += concat(", [x ", i, "](a) AS NOT MATERIALIZED (SELECT 1 FROM 'X ", i - 1, "', `x ",
                     i - 1, "` AS b)");
    chain += concat(", x", i, " AS (SELECT * FROM x", i - 1, ")");
  }
  EXPECT_EQ(query(grant(), bomb + " SELECT 1 FROM x39"), kMany);
  EXPECT_EQ(query(grant(), quoted + " SELECT 1 FROM [x 39]"), kMany);
  EXPECT_EQ(query(grant(), chain + " SELECT 1 FROM x39"), kMany);
  std::string nested = "SELECT 1";
  for (int i = 0; i < 12; ++i) nested = concat("WITH a AS (", nested, ") SELECT 1 FROM a, a AS b");
  EXPECT_EQ(query(grant(), nested), kMany);
  // What people write is far from it.
  EXPECT_EQ(query(grant(),
                  "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i"
                  " < 3), m AS (SELECT i FROM n) SELECT count(*) FROM n, m, m AS k"),
            "count(*): 27");
}

// What SQLite reads as a parameter, a space or a name.
TEST_F(SqlTest, CountsCommonTablesWhateverStandsBesideThem) {
  // Twelve, each of which names the one before twice.
  const auto bomb = [](std::string_view columns, std::string_view space) {
    std::string text = concat(" x0", columns, space, "AS (SELECT 1)");
    for (int i = 1; i < 12; ++i)
      text +=
          concat(", x", i, columns, space, "AS (SELECT 1 FROM x", i - 1, ", x", i - 1, " AS b)");
    return text + " SELECT 1 FROM x11";
  };
  for (const std::string& statement : {
           concat("WITH y AS (SELECT $y(/*)),", bomb("", " ")),
           concat("WITH y AS (SELECT @y::z(')),", bomb("", " ")),
           concat("WITH", bomb("", " \xEF\xBB\xBF")),
           concat("WITH", bomb("(\")\")", " ")),
       })
    EXPECT_EQ(query(grant(), statement), kMany) << statement;
}

TEST_F(SqlTest, TakesDeepJsonOnTheStackThatThereIs) {
  const std::string deep = std::string(1999, '[') + std::string(1999, ']');
  EXPECT_EQ(query(grant(), "SELECT length(json(?))", {wit::ValueRef::Text{deep}}),
            "length(json(?)): 3998");
  EXPECT_EQ(query(grant(), "SELECT json_patch('{}', '{}')"),
            "denied: to use the function `json_patch`");
}

TEST_F(SqlTest, BoundsTheFile) {
  SqlGrant one = grant();
  one.size = KiB(40);
  const std::string large(100'000, 'x');
  EXPECT_EQ(execute(one, "INSERT INTO noted VALUES (?)", {wit::ValueRef::Text{large}}),
            "limit: the database may have 40 KiB");
}

TEST_F(SqlTest, SaysWhichConstraintIsBroken) {
  EXPECT_EQ(execute(grant(), "UPDATE customer SET email = 'same'"),
            "constraint: UNIQUE constraint failed: customer.email");
  EXPECT_EQ(query(grant(), "SELECT count(*) FROM customer WHERE email = 'same'"), "count(*): 0");
}

TEST_F(SqlTest, KeepsWhatATransactionCommits) {
  with(service(grant()), [&](CallContext& call, wit::Connection& connection) {
    auto transaction = connection.begin(call);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(words((*transaction)->execute(call, "DELETE FROM card", Parameters{})), "1 rows");
    // Others see nothing of it before.
    EXPECT_EQ(words(connection.query(call, "SELECT count(*) FROM card", Parameters{})),
              "count(*): 1");
    EXPECT_EQ(words((*transaction)->query(call, "SELECT count(*) FROM card", Parameters{})),
              "count(*): 0");
  });
}

TEST_F(SqlTest, UndoesATransactionThatIsDropped) {
  const Service one = service(grant());
  with(one, [&](CallContext& call, wit::Connection& connection) {
    auto& host = host_of<wit::Host>(one);
    {
      auto transaction = connection.begin(call);
      ASSERT_TRUE(transaction);
      EXPECT_EQ(words((*transaction)->execute(call, "DELETE FROM card", Parameters{})), "1 rows");
    }
    EXPECT_EQ(words(connection.query(call, "SELECT count(*) FROM card", Parameters{})),
              "count(*): 1");
    auto transaction = connection.begin(call);
    EXPECT_EQ(words((*transaction)->execute(call, "DELETE FROM card", Parameters{})), "1 rows");
    // A statement that fails takes the others with it only if the plugin wants that.
    EXPECT_EQ(words((*transaction)->execute(call, "UPDATE customer SET email = 1", Parameters{})),
              "constraint: UNIQUE constraint failed: customer.email");
    ASSERT_TRUE(host.transaction_commit(call, *std::move(transaction)));
    EXPECT_EQ(words(connection.query(call, "SELECT count(*) FROM card", Parameters{})),
              "count(*): 0");
  });
}

TEST_F(SqlTest, BoundsHowManyTransactionsThereAre) {
  SqlGrant one = grant(Access::read_only);
  one.connections = 1;
  one.time = 20ms;
  with(one, [&](CallContext& call, wit::Connection& connection) {
    auto transaction = connection.begin(call);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(words(connection.begin(call)), "busy");
    EXPECT_EQ(words(connection.query(call, "SELECT 1", Parameters{})), "busy");
  });
}

TEST_F(SqlTest, UndoesATransactionThatHasTheLastConnectionForTooLong) {
  SqlGrant one = grant();
  one.connections = 1;
  one.transaction = 0ms;
  with(one, [&](CallContext& call, wit::Connection& connection) {
    auto transaction = connection.begin(call);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(words(connection.query(call, "SELECT 1", Parameters{})), "1: 1");
    EXPECT_EQ(words((*transaction)->query(call, "SELECT 1", Parameters{})),
              "limit: the transaction took too long, and was undone");
  });
}

TEST_F(SqlTest, UndoesATransactionThatBecomesLateWhileOthersWaitForItsConnection) {
  SqlGrant one = grant();
  one.connections = 1;
  one.transaction = 50ms;
  one.time = 10s;  // it waits for 50 ms, and would for 10 s
  with(one, [&](CallContext& call, wit::Connection& connection) {
    auto transaction = connection.begin(call);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(words(connection.query(call, "SELECT 1", Parameters{})), "1: 1");
    EXPECT_EQ(words((*transaction)->query(call, "SELECT 1", Parameters{})),
              "limit: the transaction took too long, and was undone");
  });
}

TEST_F(SqlTest, UndoesATransactionThatOthersWaitForTooLong) {
  SqlGrant slow = grant();
  slow.transaction = 0ms;
  const Service first = service(slow);
  auto second = sql_.for_plugin("other", {grant()});
  ASSERT_TRUE(second);
  with(first, [&](CallContext& call, wit::Connection& connection) {
    auto transaction = connection.begin(call);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(words((*transaction)->execute(call, "DELETE FROM card", Parameters{})), "1 rows");
    auto other = host_of<wit::Host>(*second).connection_open(call, "shop");
    EXPECT_EQ(words((*other)->execute(call, "INSERT INTO noted VALUES ('mine')", Parameters{})),
              "1 rows");
    constexpr auto kLate = "limit: the transaction took too long, and was undone";
    EXPECT_EQ(words((*transaction)->execute(call, "DELETE FROM card", Parameters{})), kLate);
    auto committed = host_of<wit::Host>(first).transaction_commit(call, *std::move(transaction));
    ASSERT_NE(committed.refusal(), nullptr);
    EXPECT_EQ(words(*committed.refusal()), kLate);
    EXPECT_EQ(words(connection.query(call, "SELECT count(*) FROM card", Parameters{})),
              "count(*): 1");
  });
}

TEST_F(SqlTest, WaitsForOthersNoLongerThanItMay) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  SqlGrant one = grant();
  one.time = 20ms;
  EXPECT_EQ(execute(one, "DELETE FROM card"), "busy");
  EXPECT_EQ(query(one, "SELECT count(*) FROM card"), "count(*): 1");
  sqlite3_close(other);
}

TEST_F(SqlTest, AnswersBusyWhateverWasRefusedBefore) {
  SqlGrant one = grant();
  one.connections = 1;
  one.time = 20ms;
  with(one, [&](CallContext& call, wit::Connection& connection) {
    EXPECT_EQ(words(connection.query(call, "SELECT sqlite_version()", Parameters{})),
              "denied: to use the function `sqlite_version`");
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(words(connection.begin(call)), "busy");
    sqlite3_close(other);
  });
}

TEST_F(SqlTest, OpensNothingThatWasNotGranted) {
  const Service one = service(grant());
  in_call([&](CallContext& call) {
    auto& host = host_of<wit::Host>(one);
    for (const std::string& name : {std::string("other"), file_, std::string(":memory:"),
                                    std::string("shop\0", 5), std::string()})
      EXPECT_EQ(words(host.connection_open(call, name)), "no-such-database");
  });
  EXPECT_EQ(denials_.front(), "pricing sql: to open the database `other`");
}

TEST_F(SqlTest, SaysAtOnceWhichFileCannotBeUsed) {
  SqlGrant one = grant(Access::read_only);
  one.file = folder_.file("none.db");
  const auto made = sql_.for_plugin("pricing", {one});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message(), concat("the database `shop` of pricing, ", one.file,
                                           ": the database cannot be used: it cannot be opened"));
  // Or in use, as by another process.
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  SqlGrant locked = grant();
  locked.time = 20ms;
  const auto busy = sql_.for_plugin("pricing", {locked});
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().message(),
            concat("the database `shop` of pricing, ", file_,
                   ": the database cannot be used: others were using it until the time was over"));
  sqlite3_close(other);
  const auto twice = sql_.for_plugin("pricing", {grant(), grant()});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().kind(), mortise::Error::Kind::misuse);
  EXPECT_EQ(twice.error().message(), "the database `shop` of pricing is granted twice");
}

}  // namespace
}  // namespace mortise::services
