#include <mortise/services/sql/detail/authorizer.h>

#include <algorithm>
#include <array>

#include <mortise/contract/text.h>
#include <mortise/services/sql/detail/statement.h>

namespace mortise::services::detail {

namespace {

// Those that look at their arguments and at nothing else, in bounds that SQLITE_LIMIT_LENGTH sets;
// the time of day and chance are no secrets.
// Without json_patch, which needs nearly all of the stack for values that are nested deep; and
// without instr, replace and the trims, which can take as long as the lengths of two texts
// multiplied, and look at no clock meanwhile. In the order of their names.
constexpr std::array<std::string_view, 95> kComputing{
    "->",
    "->>",
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "avg",
    "ceil",
    "ceiling",
    "changes",
    "char",
    "coalesce",
    "cos",
    "count",
    "cume_dist",
    "current_date",
    "current_time",
    "current_timestamp",
    "date",
    "datetime",
    "degrees",
    "dense_rank",
    "exp",
    "first_value",
    "floor",
    "format",
    "glob",
    "group_concat",
    "hex",
    "ifnull",
    "iif",
    "json",
    "json_array",
    "json_array_length",
    "json_each",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "julianday",
    "lag",
    "last_insert_rowid",
    "last_value",
    "lead",
    "length",
    "like",
    "likelihood",
    "likely",
    "ln",
    "log",
    "log10",
    "log2",
    "lower",
    "max",
    "min",
    "mod",
    "nth_value",
    "ntile",
    "nullif",
    "percent_rank",
    "pi",
    "pow",
    "power",
    "printf",
    "quote",
    "radians",
    "random",
    "rank",
    "round",
    "row_number",
    "sign",
    "sin",
    "sqrt",
    "strftime",
    "substr",
    "substring",
    "sum",
    "tan",
    "time",
    "total",
    "trunc",
    "typeof",
    "unicode",
    "unixepoch",
    "unlikely",
    "upper",
};
static_assert(std::ranges::is_sorted(kComputing));

// Names are the same in letters of either size, of ASCII alone, as for SQLite.
bool same(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}
bool begins(std::string_view name, std::string_view with) {
  return same(name.substr(0, with.size()), with);
}

// What SQLite keeps, or makes of what it keeps.
bool is_internal(std::string_view table) {
  return begins(table, "sqlite_") || begins(table, "pragma_") || same(table, "dbstat") ||
         same(table, "bytecode") || same(table, "tables_used");
}

std::string quoted(std::string_view name) { return concat("`", escape(name, 200), "`"); }

std::string_view verb(SqlStatement kind) {
  switch (kind) {
    case SqlStatement::select: return "SELECT";
    case SqlStatement::insert: return "INSERT";
    case SqlStatement::update: return "UPDATE";
    case SqlStatement::remove: return "DELETE";
    case SqlStatement::create: return "CREATE and DROP";
  }
  return {};
}

}  // namespace

void Authorizer::watch(sqlite3* database) { sqlite3_set_authorizer(database, &ask, this); }

int Authorizer::ask(void* self, int action, const char* first, const char* second,
                    const char* database, const char* by) {
  const auto text = [](const char* of) { return of == nullptr ? std::string_view() : of; };
  auto& me = *static_cast<Authorizer*>(self);
  if (!me.kind_) return SQLITE_OK;
  return me.allows(action, text(first), text(second), text(database), text(by)) ? SQLITE_OK
                                                                                : SQLITE_DENY;
}

bool Authorizer::refuse(std::string what) {
  if (refused_.empty()) refused_ = std::move(what);
  return false;
}

bool Authorizer::may(SqlStatement kind) const {
  return std::ranges::find(grant_.statements, kind) != grant_.statements.end();
}

bool Authorizer::may_remove_from(std::string_view table) const {
  if (!may(SqlStatement::remove)) return false;
  return !grant_.tables || std::ranges::any_of(*grant_.tables, [&](const SqlTable& one) {
    return same(one.name, table) && one.columns.empty();
  });
}

bool Authorizer::allows(int action, std::string_view first, std::string_view second,
                        std::string_view database, std::string_view by) {
  if (kind_ == SqlStatement::create && !may(SqlStatement::create))
    return refuse(std::string(verb(SqlStatement::create)));
  // What making and dropping is made of. No statement of this kind can name such a table to read
  // or write it, but by a SELECT in it.
  const bool in_schema = kind_ == SqlStatement::create && !has_select_ && begins(first, "sqlite_");
  const auto write = [&](SqlStatement kind, std::string_view column) {
    if (in_schema) return true;
    // Dropping a table is deleting what is in it.
    if (kind_ == SqlStatement::create && kind == SqlStatement::remove && !has_select_)
      return allows_schema(first, "drop");
    return allows_write(kind, first, column, by);
  };
  if (!database.empty() && !same(database, "main"))
    return refuse(concat("to use the database ", quoted(database)));
  switch (action) {
    case SQLITE_SELECT:
      has_select_ = true;
      if (kind_ == SqlStatement::create) return refuse("SELECT as a part of CREATE");
      return may(SqlStatement::select) || refuse("SELECT");
    case SQLITE_READ: return in_schema || allows_table(first, second, Access::read_only);
    case SQLITE_INSERT: return write(SqlStatement::insert, {});
    case SQLITE_DELETE: return write(SqlStatement::remove, {});
    case SQLITE_UPDATE: return write(SqlStatement::update, second);
    case SQLITE_FUNCTION: return allows_function(second);
    // In bounds of time, as all.
    case SQLITE_RECURSIVE: return true;
    case SQLITE_CREATE_TABLE: return allows_schema(first, "create");
    case SQLITE_DROP_TABLE: return allows_schema(first, "drop");
    case SQLITE_CREATE_INDEX:
    case SQLITE_DROP_INDEX: return allows_schema(second, "index");
    // A part of making an index.
    case SQLITE_REINDEX: return kind_ == SqlStatement::create || refuse("REINDEX");
    case SQLITE_CREATE_VIEW:
    case SQLITE_DROP_VIEW: return refuse("to make or drop views");
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_DROP_TRIGGER: return refuse("to make or drop triggers");
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE: return refuse("to make or drop virtual tables");
    default: return refuse("what this statement does");
  }
}

bool Authorizer::allows_write(SqlStatement kind, std::string_view table, std::string_view column,
                              std::string_view by) {
  if (!may(kind)) return refuse(std::string(verb(kind)));
  if (!allows_table(table, column, Access::read_write)) return false;
  if (kind == SqlStatement::remove || may_remove_from(table)) return true;
  // Also of a trigger's statement, which does as the one that set it off.
  if (replaces_) return refuse(concat("to replace rows of the table ", quoted(table)));
  keeping_.emplace(table);
  if (!by.empty()) keeping_.emplace(by);
  return true;
}

bool Authorizer::allows_schema(std::string_view table, std::string_view verb_of) {
  if (!may(SqlStatement::create)) return refuse(std::string(verb(SqlStatement::create)));
  const auto whole = [&](const SqlTable& one) { return one.columns.empty(); };
  if (grant_.access == Access::read_write && !is_internal(table) &&
      (!grant_.tables || std::ranges::any_of(*grant_.tables, [&](const SqlTable& one) {
        return same(one.name, table) && one.access == Access::read_write && whole(one);
      })))
    return true;
  return refuse(concat("to ", verb_of, " the table ", quoted(table)));
}

bool Authorizer::allows_table(std::string_view table, std::string_view column, Access access) {
  const std::string_view to = access == Access::read_only ? "to read" : "to write to";
  const auto refuse_table = [&] { return refuse(concat(to, " the table ", quoted(table))); };
  if (is_internal(table)) return refuse_table();
  if (access == Access::read_write && grant_.access == Access::read_only) return refuse_table();
  if (!grant_.tables) return true;
  // Functions that answer tables are named like those; what they are given was read before.
  if (access == Access::read_only && (same(table, "json_each") || same(table, "json_tree")))
    return true;
  const auto found = std::ranges::find_if(
      *grant_.tables, [&](const SqlTable& one) { return same(one.name, table); });
  if (found == grant_.tables->end()) return refuse_table();
  if (access == Access::read_write && found->access == Access::read_only) return refuse_table();
  if (found->columns.empty()) return true;
  // That it has rows, and how many, may be known to whoever may read any of it.
  if (column.empty()) return access == Access::read_only || refuse_table();
  if (std::ranges::any_of(found->columns, [&](const auto& one) { return same(one, column); }))
    return true;
  return refuse(concat(to, " the column ", quoted(column), " of the table ", quoted(table)));
}

bool Authorizer::allows_function(std::string_view name) {
  std::string small(name);
  std::ranges::transform(small, small.begin(), lower);
  if (std::ranges::binary_search(kComputing, std::string_view(small))) return true;
  if (std::ranges::find(grant_.functions, small) != grant_.functions.end()) return true;
  return refuse(concat("to use the function ", quoted(name)));
}

}  // namespace mortise::services::detail
