// The shop's own connection to its database: what plugins may see of it, the policy says.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "order.h"

struct sqlite3;

namespace orders {

// For one thread at a time.
class Database {
 public:
  // Makes the file if it is not there, with the tables that the file `schema` has in it. Errors are
  // the operator's to read.
  static std::expected<Database, std::string> open(const std::string& file,
                                                   const std::string& schema);

  std::expected<bool, std::string> has(const std::string& id);

  // Keeps the order and takes its items out of the stock, or changes nothing: false, where by now
  // there are too few of one.
  std::expected<bool, std::string> keep(const Order&, std::int64_t total);

 private:
  struct Close {
    void operator()(sqlite3*) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::expected<bool, std::string> keep_within(const Order&, std::int64_t total);

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace orders
