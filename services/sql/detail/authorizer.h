// Whether a statement stays within a grant.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <mortise/services/sql/sql.h>

namespace mortise::services::detail {

// Asked by SQLite for each thing that a statement will do, while it is prepared. For one thread at
// a time, as its connection.
class Authorizer {
 public:
  // The grant outlives it.
  explicit Authorizer(const SqlGrant& grant) : grant_(grant) {}
  Authorizer(const Authorizer&) = delete;
  Authorizer& operator=(const Authorizer&) = delete;

  void watch(sqlite3*);

  // From now on statements are a plugin's, of this kind; or, after `trust`, our own.
  void expect(SqlStatement kind) {
    kind_ = kind;
    has_select_ = false;
    refused_.clear();
  }
  void trust() { kind_.reset(); }

  // What the last statement was refused for: "to read the table `card`".
  [[nodiscard]] const std::string& refused() const { return refused_; }

 private:
  static int ask(void* self, int action, const char* first, const char* second,
                 const char* database, const char* by);
  bool allows(int action, std::string_view first, std::string_view second,
              std::string_view database);
  bool allows_schema(std::string_view table, std::string_view verb);
  bool allows_table(std::string_view table, std::string_view column, Access);
  bool allows_function(std::string_view name);
  bool may(SqlStatement) const;
  bool refuse(std::string what);

  const SqlGrant& grant_;
  std::optional<SqlStatement> kind_;  // nothing: our own
  bool has_select_ = false;
  std::string refused_;
};

}  // namespace mortise::services::detail
