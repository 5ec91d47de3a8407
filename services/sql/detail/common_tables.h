// How much work the common tables of a statement are (WITH name AS (..)): SQLite puts the text of
// one wherever it is named, while it prepares the statement, and no limit of its own ends that.
// Fourteen that each name the one before twice take megabytes, thirty all that there is.
#pragma once

#include <cstdint>
#include <vector>

#include <mortise/services/sql/detail/statement.h>

namespace mortise::services::detail {

struct CommonTables {
  std::uint64_t count = 0;
  // At most so many copies are made of any of them; capped at 2^32.
  std::uint64_t copies = 1;
};

// Counts too much rather than too little: whatever is called like one of them is counted as a use.
CommonTables common_tables(const std::vector<Token>& statement);

}  // namespace mortise::services::detail
