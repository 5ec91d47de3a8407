// Whether a statement stays within a grant.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
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

  // From now on statements are a plugin's, of this kind, in which rows give way to new ones or do
  // not; or, after `trust`, our own.
  void expect(SqlStatement kind, bool replaces) {
    kind_ = kind;
    replaces_ = replaces;
    has_select_ = false;
    refused_.clear();
    keeping_.clear();
  }
  void trust() {
    kind_.reset();
    refused_.clear();
  }

  // What the last statement was refused for: "to read the table `card`".
  [[nodiscard]] const std::string& refused() const { return refused_; }

  // The tables that the last statement writes to and may remove no row of, and the triggers by
  // which it does: none of them may say that rows give way to new ones.
  [[nodiscard]] const std::set<std::string>& keeping() const { return keeping_; }

 private:
  static int ask(void* self, int action, const char* first, const char* second,
                 const char* database, const char* by);
  bool allows(int action, std::string_view first, std::string_view second,
              std::string_view database, std::string_view by);
  bool allows_write(SqlStatement kind, std::string_view table, std::string_view column,
                    std::string_view by);
  bool allows_schema(std::string_view table, std::string_view verb);
  bool allows_table(std::string_view table, std::string_view column, Access);
  bool allows_function(std::string_view name);
  bool may(SqlStatement) const;
  bool may_remove_from(std::string_view table) const;
  bool refuse(std::string what);

  const SqlGrant& grant_;
  std::optional<SqlStatement> kind_;  // nothing: our own
  bool replaces_ = false;
  bool has_select_ = false;
  std::string refused_;
  std::set<std::string> keeping_;
};

}  // namespace mortise::services::detail
