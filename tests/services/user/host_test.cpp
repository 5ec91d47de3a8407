// A plugin that uses each service, in one language: tests/matrix/run.py has built it.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sqlite3.h>

#include <mortise/mortise.h>
#include <mortise/services/config/config.h>
#include <mortise/services/keyvalue/keyvalue.h>
#include <mortise/services/log/log.h>
#include <mortise/services/sql/sql.h>

#include "plain.h"
#include "tests/services/files.h"

namespace mortise::services {
namespace {

using std::chrono_literals::operator""s;
using test::user::Plain;

class UserTest : public ::testing::Test {
 protected:
  UserTest() {
    sink_->set_pattern("%l: %v");
    own("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL);"
        "CREATE TABLE card (secret TEXT); INSERT INTO item (name) VALUES ('pear');");
  }

  // As the host itself: what the first row says, if there is one.
  std::string own(const char* statement) {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(folder_.file("shop.db").c_str(), &database), SQLITE_OK);
    std::string text;
    const auto take = [](void* out, int, char** values, char**) {
      *static_cast<std::string*>(out) = values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(database, statement, take, &text, nullptr), SQLITE_OK);
    sqlite3_close(database);
    return text;
  }

  std::vector<Service> services() {
    const Log log({.logger = logger_});
    auto keyvalue = Keyvalue::open({.file = folder_.file("state.db")});
    EXPECT_TRUE(keyvalue) << keyvalue.error().to_string();
    auto sql = Sql({}).for_plugin("user",
                                  {{.name = "shop",
                                    .file = folder_.file("shop.db"),
                                    .access = Access::read_write,
                                    .tables = {{{.name = "item", .access = Access::read_write}}}}});
    EXPECT_TRUE(sql) << sql.error().to_string();
    return {log.for_plugin("user", {}), config({{"greeting", "hello"}}),
            keyvalue->for_plugin("user", {}), *sql};
  }

  Instance<Plain> plugin() {
    const char* const path = std::getenv("MORTISE_MATRIX_COMPONENT");
    EXPECT_NE(path, nullptr) << "run.py names it";
    auto plugin = Plugin<Plain>::load(engine_, path, {},
                                      {.limits = {.deadline = 30s}, .services = services()});
    EXPECT_TRUE(plugin) << plugin.error().to_string();
    auto instance = plugin->instantiate();
    EXPECT_TRUE(instance) << instance.error().to_string();
    return *std::move(instance);
  }

  testing::Folder folder_;
  std::ostringstream log_;
  std::shared_ptr<spdlog::sinks::ostream_sink_st> sink_ =
      std::make_shared<spdlog::sinks::ostream_sink_st>(log_);
  std::shared_ptr<spdlog::logger> logger_ = std::make_shared<spdlog::logger>("user", sink_);
  const Engine engine_;
};

TEST_F(UserTest, UsesEachService) {
  auto instance = plugin();
  const auto seen = instance.task().run();
  ASSERT_TRUE(seen) << (seen.refusal() != nullptr ? *seen.refusal() : seen.failure()->to_string());
  EXPECT_EQ(*seen, (std::vector<std::string>{"greeting: hello", "apple: red", "pear: false",
                                             "count: 42", "now: green", "batch: apple blue",
                                             "keys: apple count", "row: 2", "item: o'apple of 2",
                                             "left: 1", "denied: to read the table `card`"}));
  EXPECT_EQ(log_.str(), "info: plugin=\"user\" context=\"task\" message=\"begins\\u{a}now\"\n");
}

TEST_F(UserTest, LosesItsTransactionWhenItFails) {
  auto instance = plugin();
  const auto failed = instance.task().fail();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind(), Error::Kind::guest_trap);
  EXPECT_EQ(own("SELECT count(*) FROM item"), "1");
  // Nobody has to wait for it.
  EXPECT_EQ(own("DELETE FROM item RETURNING name"), "pear");
}

}  // namespace
}  // namespace mortise::services
