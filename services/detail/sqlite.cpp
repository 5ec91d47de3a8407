#include <mortise/services/detail/sqlite.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace mortise::services::detail {

Deadline Deadline::of(const CallContext& call, std::chrono::milliseconds most) {
  return in(std::min(call.time_left().value_or(most), most));
}

std::expected<std::unique_ptr<Database>, int> Database::open(const std::string& file, Open how) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= how == Open::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (how == Open::create) flags |= SQLITE_OPEN_CREATE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  DatabaseHandle handle(raw);  // there is one after most errors too
  if (code != SQLITE_OK) return std::unexpected(code);
  std::unique_ptr<Database> database(new Database(std::move(handle)));
  sqlite3_busy_handler(raw, &Database::wait, database.get());
  // A file is data: it cannot ask for functions that have effects, nor be written to as a whole.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

int Database::wait(void* database, int tries) {
  const auto& self = *static_cast<Database*>(database);
  const auto left = self.deadline_.at() - Deadline::Clock::now();
  if (left <= left.zero()) return 0;
  if (self.waiting_) self.waiting_();
  // Writes take some microseconds, and longer where the disk is waited for.
  const auto pause = std::chrono::microseconds(tries < 10 ? 50 : 1000);
  std::this_thread::sleep_for(std::min<Deadline::Clock::duration>(left, pause));
  return 1;
}

int Database::run(const char* statements) {
  return sqlite3_exec(get(), statements, nullptr, nullptr, nullptr);
}

StatementHandle Database::prepare(std::string_view statement) {
  sqlite3_stmt* raw = nullptr;
  sqlite3_prepare_v3(get(), statement.data(), static_cast<int>(statement.size()),
                     SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  return StatementHandle(raw);
}

std::string_view words(int result_code) {
  switch (result_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "others were using it until the time was over";
    case SQLITE_FULL: return "it is full";
    case SQLITE_READONLY: return "it cannot be written to";
    case SQLITE_CANTOPEN: return "it cannot be opened";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return "it is damaged";
    case SQLITE_NOMEM: return "there is no memory";
    case SQLITE_IOERR: return "its disk fails";
    default: return "it fails";
  }
}

}  // namespace mortise::services::detail
