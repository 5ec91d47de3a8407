#include <mortise/services/keyvalue/detail/store.h>

#include <algorithm>

#include <mortise/contract/text.h>

namespace mortise::services::detail {

namespace {

using Kind = StoreError::Kind;

// "MKV1": tells the file from others of SQLite's.
constexpr std::int64_t kApplication = 0x4D4B5631;

// Names and keys are blobs: they are compared byte by byte, and may have a NUL in them.
constexpr auto kSchema =
    "CREATE TABLE plugin (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,"
    "  keys INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,"
    "  version INTEGER NOT NULL DEFAULT 0) STRICT;"
    "CREATE TABLE bucket (id INTEGER PRIMARY KEY, plugin INTEGER NOT NULL, name BLOB NOT NULL,"
    "  UNIQUE (plugin, name)) STRICT;"
    "CREATE TABLE entry (bucket INTEGER NOT NULL, key BLOB NOT NULL, version INTEGER NOT NULL,"
    "  value BLOB NOT NULL, PRIMARY KEY (bucket, key)) STRICT, WITHOUT ROWID;"
    "PRAGMA application_id = 0x4D4B5631;";

constexpr std::string_view kNotNow = "the call's time is over";

// How many keys one page of a listing has, and how many bytes.
constexpr std::size_t kPageKeys = 1000;
constexpr std::size_t kPageBytes = std::size_t{256} * 1024;
// How many keys are gone through between two looks at the clock.
constexpr std::size_t kKeysBetweenLooks = 64;
constexpr std::size_t kCursors = 1024;

std::unexpected<StoreError> other(std::string text) {
  return std::unexpected(StoreError{.kind = Kind::other, .text = std::move(text)});
}
std::unexpected<StoreError> failed(int code) {
  return other(concat("the store cannot be used: ", words(code)));
}

std::int64_t number(Database& database, std::string_view statement) {
  const StatementHandle prepared = database.prepare(statement);
  if (prepared == nullptr) return -1;
  Use use(prepared);
  return use.step() == SQLITE_ROW ? use.integer(0) : -1;
}

// Empty, or what is wrong. A file that is not ours is left as it is.
std::string make_schema(Database& database) {
  const auto is_ours = [&] { return number(database, "PRAGMA application_id") == kApplication; };
  const auto is_new = [&] {
    return number(database, "SELECT count(*) FROM sqlite_schema") == 0 &&
           number(database, "PRAGMA application_id") == 0;
  };
  if (is_ours()) return {};
  if (!is_new()) {
    if (is_ours()) return {};  // another process has made it just now
    const int code = sqlite3_errcode(database.get());
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
      return std::string(words(code));
    return "it is a database of something else";
  }
  int code = database.run("PRAGMA journal_mode = WAL");
  if (code == SQLITE_OK) code = database.run("BEGIN IMMEDIATE");
  if (code != SQLITE_OK) return std::string(words(code));
  // Another process may have been faster.
  if (is_new()) code = database.run(kSchema);
  if (code == SQLITE_OK) code = database.run("COMMIT");
  if (code == SQLITE_OK) return {};
  std::string why(words(code));
  database.run("ROLLBACK");
  return why;
}

}  // namespace

// ---- Connections -----------------------------------------------------------------------------

std::expected<std::unique_ptr<KeyvalueConnection>, int> KeyvalueConnection::open(
    const KeyvalueOptions& options) {
  auto database = Database::open(options.file, Database::Open::create);
  if (!database) return std::unexpected(database.error());
  auto connection = std::make_unique<KeyvalueConnection>();
  connection->database = *std::move(database);
  connection->database->set_deadline(Deadline::in(options.patience));
  const int code = connection->database->run(options.durability == Durability::power
                                                 ? "PRAGMA synchronous = FULL"
                                                 : "PRAGMA synchronous = NORMAL");
  if (code != SQLITE_OK) return std::unexpected(code);
  return connection;
}

bool KeyvalueConnection::prepare() {
  bool all = true;
  const auto prepared = [&](std::string_view statement) {
    StatementHandle handle = database->prepare(statement);
    all = all && handle != nullptr;
    return handle;
  };
  begin = prepared("BEGIN IMMEDIATE");
  commit = prepared("COMMIT");
  rollback = prepared("ROLLBACK");
  add_plugin = prepared("INSERT INTO plugin (name) VALUES (?) ON CONFLICT DO NOTHING");
  find_plugin = prepared("SELECT id FROM plugin WHERE name = ?");
  add_bucket = prepared("INSERT INTO bucket (plugin, name) VALUES (?, ?) ON CONFLICT DO NOTHING");
  find_bucket = prepared("SELECT id FROM bucket WHERE plugin = ? AND name = ?");
  get = prepared("SELECT value FROM entry WHERE bucket = ? AND key = ?");
  measure = prepared("SELECT length(value), version FROM entry WHERE bucket = ? AND key = ?");
  put = prepared(
      "INSERT INTO entry (bucket, key, version, value) VALUES (?1, ?2, ?3, ?4)"
      " ON CONFLICT DO UPDATE SET version = excluded.version, value = excluded.value");
  remove = prepared("DELETE FROM entry WHERE bucket = ? AND key = ?");
  // What makes it less is always allowed: a grant may have become smaller than what is there.
  account = prepared(
      "UPDATE plugin SET keys = keys + ?2, bytes = bytes + ?3, version = version + 1"
      " WHERE id = ?1 AND (?2 <= 0 OR keys + ?2 <= ?4) AND (?3 <= 0 OR bytes + ?3 <= ?5)"
      " RETURNING version");
  page = prepared("SELECT key FROM entry WHERE bucket = ? ORDER BY key LIMIT ?");
  page_after = prepared("SELECT key FROM entry WHERE bucket = ? AND key > ? ORDER BY key LIMIT ?");
  return all;
}

KeyvalueFile::KeyvalueFile(KeyvalueOptions options)
    : denials("keyvalue", options.on_denied),
      options_(std::move(options)),
      connections_(std::max<std::size_t>(options_.connections, 1)) {}

std::expected<std::shared_ptr<KeyvalueFile>, std::string> KeyvalueFile::open(
    KeyvalueOptions options) {
  auto connection = KeyvalueConnection::open(options);
  if (!connection) return std::unexpected(std::string(words(connection.error())));
  if (std::string why = make_schema(*(*connection)->database); !why.empty())
    return std::unexpected(std::move(why));
  if (!(*connection)->prepare()) return std::unexpected("it is damaged");
  return std::make_shared<KeyvalueFile>(std::move(options));
}

Answer<Lent<KeyvalueConnection>> KeyvalueFile::take(const CallContext& call) {
  const Deadline deadline = Deadline::of(call, options_.patience);
  const auto make = [&]() -> std::expected<std::unique_ptr<KeyvalueConnection>, int> {
    auto made = KeyvalueConnection::open(options_);
    if (made && !(*made)->prepare()) return std::unexpected(SQLITE_CORRUPT);
    return made;
  };
  auto connection = connections_.take(deadline, make, SQLITE_BUSY);
  if (!connection) return failed(connection.error());
  (*connection)->database->set_deadline(deadline);
  return Lent<KeyvalueConnection>(connections_, *std::move(connection));
}

// ---- What a plugin sees ----------------------------------------------------------------------

// A transaction: undone, unless it was committed.
class Tenant::Write {
 public:
  static Answer<Write> begin(KeyvalueFile& file, const CallContext& call) {
    auto connection = file.take(call);
    if (!connection) return std::unexpected(connection.error());
    if (const int code = Use((*connection)->begin).step(); code != SQLITE_DONE) return failed(code);
    return Write(*std::move(connection));
  }
  Write(Write&& other) noexcept
      : connection_(std::move(other.connection_)), open_(std::exchange(other.open_, false)) {}
  Write& operator=(Write&&) = delete;
  ~Write() {
    if (!open_) return;
    Use(connection_->rollback).step();
    if (sqlite3_get_autocommit(connection_->database->get()) == 0) connection_.destroy();
  }

  KeyvalueConnection& operator*() const { return *connection_; }
  KeyvalueConnection* operator->() const { return &*connection_; }
  [[nodiscard]] bool is_late() const { return connection_->database->deadline().is_over(); }

  Answer<void> commit() {
    if (const int code = Use(connection_->commit).step(); code != SQLITE_DONE) return failed(code);
    open_ = false;
    return {};
  }

 private:
  explicit Write(Lent<KeyvalueConnection> connection) : connection_(std::move(connection)) {}

  Lent<KeyvalueConnection> connection_;
  bool open_ = true;
};

Tenant::Tenant(std::shared_ptr<KeyvalueFile> file, std::string plugin, KeyvalueGrant grant)
    : file_(std::move(file)), plugin_(std::move(plugin)), grant_(std::move(grant)) {}

std::unexpected<StoreError> Tenant::deny(std::string_view what) {
  file_->denials.report(plugin_, what);
  return other(std::string(what));
}

Answer<void> Tenant::check_key(std::string_view key) {
  if (key.size() <= grant_.key.count) return {};
  return deny(concat("a key of ", bytes_text(key.size()), ": a key may have ",
                     bytes_text(grant_.key.count)));
}

Answer<void> Tenant::check_batch(std::size_t keys) {
  if (keys <= grant_.batch) return {};
  return deny(concat(keys, " keys at once: one call may have ", grant_.batch));
}

Answer<void> Tenant::check_change(const Bucket& bucket, const Change& change) {
  if (grant_.access == Access::read_only) {
    file_->denials.report(plugin_, concat("to write to the bucket `", escape(bucket.name, 200),
                                          "`: it may only read"));
    return std::unexpected(StoreError{.kind = Kind::access_denied});
  }
  if (change.second && change.second->size() > grant_.value.count)
    return deny(concat("a value of ", bytes_text(change.second->size()), ": a value may have ",
                       bytes_text(grant_.value.count)));
  return check_key(change.first);
}

Answer<Tenant::Bucket> Tenant::open(const CallContext& call, std::string_view name) {
  if (std::ranges::find(grant_.buckets, name) == grant_.buckets.end()) {
    file_->denials.report(plugin_, concat("to open the bucket `", escape(name, 200), "`"));
    return std::unexpected(StoreError{.kind = Kind::no_such_store});
  }
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = buckets_.find(name); found != buckets_.end()) return found->second;
  }
  Answer<Bucket> made = make_bucket(call, name);
  if (!made) return made;
  const std::scoped_lock lock(mutex_);
  buckets_.emplace(name, *made);
  return made;
}

Answer<Tenant::Bucket> Tenant::make_bucket(const CallContext& call, std::string_view name) {
  auto write = Write::begin(*file_, call);
  if (!write) return std::unexpected(write.error());
  Bucket made{.plugin = 0, .id = 0, .name = std::string(name)};
  const std::string_view plugin = plugin_;
  int code = Use((*write)->add_plugin).bind(plugin).step();
  if (code == SQLITE_DONE) {
    Use use((*write)->find_plugin);
    code = use.bind(plugin).step();
    made.plugin = use.integer(0);
  }
  if (code == SQLITE_ROW) code = Use((*write)->add_bucket).bind(made.plugin).bind(name).step();
  if (code == SQLITE_DONE) {
    Use use((*write)->find_bucket);
    code = use.bind(made.plugin).bind(name).step();
    made.id = use.integer(0);
  }
  if (code != SQLITE_ROW) return failed(code);
  if (auto done = write->commit(); !done) return std::unexpected(done.error());
  return made;
}

Answer<std::optional<Value>> Tenant::get(const CallContext& call, const Bucket& bucket,
                                         std::string_view key) {
  if (auto fine = check_key(key); !fine) return std::unexpected(fine.error());
  auto connection = file_->take(call);
  if (!connection) return std::unexpected(connection.error());
  Use use((*connection)->get);
  const int code = use.bind(bucket.id).bind(key).step();
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) return failed(code);
  const std::span value = use.blob(0);
  return Value(value.begin(), value.end());
}

Answer<bool> Tenant::exists(const CallContext& call, const Bucket& bucket, std::string_view key) {
  const Answer<std::int64_t> found = version(call, bucket, key);
  if (!found) return std::unexpected(found.error());
  return *found != 0;
}

Answer<std::int64_t> Tenant::version(const CallContext& call, const Bucket& bucket,
                                     std::string_view key) {
  if (auto fine = check_key(key); !fine) return std::unexpected(fine.error());
  auto connection = file_->take(call);
  if (!connection) return std::unexpected(connection.error());
  Use use((*connection)->measure);
  const int code = use.bind(bucket.id).bind(key).step();
  if (code == SQLITE_DONE) return 0;
  if (code != SQLITE_ROW) return failed(code);
  return use.integer(1);
}

Answer<Tenant::Page> Tenant::list(const CallContext& call, const Bucket& bucket,
                                  std::optional<std::string_view> after) {
  auto connection = file_->take(call);
  if (!connection) return std::unexpected(connection.error());
  Use use(after ? (*connection)->page_after : (*connection)->page);
  use.bind(bucket.id);
  if (after) use.bind(*after);
  // One more than a page says whether there are more.
  use.bind(static_cast<std::int64_t>(kPageKeys + 1));
  Page page;
  std::size_t bytes = 0;
  while (true) {
    const int code = use.step();
    if (code == SQLITE_DONE) return page;
    if (code != SQLITE_ROW) return failed(code);
    if (page.keys.size() == kPageKeys || bytes > kPageBytes) break;
    page.keys.emplace_back(use.text(0));
    bytes += page.keys.back().size();
  }
  page.last = page.keys.back();
  return page;
}

Answer<void> Tenant::get_many(const CallContext& call, const Bucket& bucket,
                              std::span<const std::string_view> keys,
                              const std::function<void(std::optional<Value>)>& take) {
  if (auto fine = check_batch(keys.size()); !fine) return fine;
  auto connection = file_->take(call);
  if (!connection) return std::unexpected(connection.error());
  std::uint64_t left = grant_.answer.count;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (auto fine = check_key(keys[i]); !fine) return fine;
    if (i % kKeysBetweenLooks == 0 && (*connection)->database->deadline().is_over())
      return other(std::string(kNotNow));
    Use use((*connection)->get);
    const int code = use.bind(bucket.id).bind(keys[i]).step();
    if (code != SQLITE_DONE && code != SQLITE_ROW) return failed(code);
    const std::span value = code == SQLITE_ROW ? use.blob(0) : std::span<const std::uint8_t>();
    if (value.size() > left)
      return deny(concat("an answer of more than ", bytes_text(grant_.answer.count)));
    left -= value.size();
    if (code == SQLITE_ROW)
      take(Value(value.begin(), value.end()));
    else
      take(std::nullopt);
  }
  return {};
}

Answer<void> Tenant::account(KeyvalueConnection& connection, const Bucket& bucket,
                             std::int64_t keys, std::int64_t bytes, std::int64_t& version) {
  Use use(connection.account);
  // Larger than any file.
  const auto most = [](std::uint64_t count) {
    return static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX / 2));
  };
  const int code = use.bind(bucket.plugin)
                       .bind(keys)
                       .bind(bytes)
                       .bind(most(grant_.keys))
                       .bind(most(grant_.bytes.count))
                       .step();
  if (code == SQLITE_ROW) {
    version = use.integer(0);
    return {};
  }
  if (code != SQLITE_DONE) return failed(code);
  return deny(
      concat("to keep more than ", grant_.keys, " keys or ", bytes_text(grant_.bytes.count)));
}

Answer<void> Tenant::apply(KeyvalueConnection& connection, const Bucket& bucket,
                           const Change& change) {
  const auto& [key, value] = change;
  std::optional<std::int64_t> old;
  {
    Use use(connection.measure);
    const int code = use.bind(bucket.id).bind(key).step();
    if (code != SQLITE_DONE && code != SQLITE_ROW) return failed(code);
    if (code == SQLITE_ROW) old = use.integer(0);
  }
  if (!value && !old) return {};
  const auto key_size = static_cast<std::int64_t>(key.size());
  std::int64_t keys = 0;
  std::int64_t bytes = 0;
  if (old) {
    --keys;
    bytes -= key_size + *old;
  }
  if (value) {
    ++keys;
    bytes += key_size + static_cast<std::int64_t>(value->size());
  }
  std::int64_t version = 0;
  if (auto fine = account(connection, bucket, keys, bytes, version); !fine) return fine;
  const int code =
      value ? Use(connection.put).bind(bucket.id).bind(key).bind(version).bind(*value).step()
            : Use(connection.remove).bind(bucket.id).bind(key).step();
  if (code != SQLITE_DONE) return failed(code);
  return {};
}

Answer<void> Tenant::change(const CallContext& call, const Bucket& bucket,
                            std::span<const Change> changes) {
  if (auto fine = check_batch(changes.size()); !fine) return fine;
  for (const Change& change : changes)
    if (auto fine = check_change(bucket, change); !fine) return fine;
  auto write = Write::begin(*file_, call);
  if (!write) return std::unexpected(write.error());
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i % kKeysBetweenLooks == kKeysBetweenLooks - 1 && write->is_late())
      return other(std::string(kNotNow));
    if (auto fine = apply(**write, bucket, changes[i]); !fine) return fine;
  }
  return write->commit();
}

Answer<void> Tenant::update(const CallContext& call, const Bucket& bucket, std::string_view key,
                            const Next& next) {
  if (auto fine = check_change(bucket, {key, std::nullopt}); !fine) return fine;
  auto write = Write::begin(*file_, call);
  if (!write) return std::unexpected(write.error());
  Answer<std::string> value;
  {
    Use use((*write)->get);
    const int code = use.bind(bucket.id).bind(key).step();
    if (code != SQLITE_DONE && code != SQLITE_ROW) return failed(code);
    value = next(code == SQLITE_ROW ? std::optional(use.text(0)) : std::nullopt);
  }
  if (!value) return std::unexpected(value.error());
  // Characters as bytes.
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(value->data()), value->size());
  if (auto fine = apply(**write, bucket, {key, bytes}); !fine) return fine;
  return write->commit();
}

Answer<bool> Tenant::swap(const CallContext& call, const Bucket& bucket, std::string_view key,
                          std::int64_t version, std::span<const std::uint8_t> value) {
  const Change change{key, value};
  if (auto fine = check_change(bucket, change); !fine) return std::unexpected(fine.error());
  auto write = Write::begin(*file_, call);
  if (!write) return std::unexpected(write.error());
  {
    Use use((*write)->measure);
    const int code = use.bind(bucket.id).bind(key).step();
    if (code != SQLITE_DONE && code != SQLITE_ROW) return failed(code);
    if ((code == SQLITE_ROW ? use.integer(1) : 0) != version) return false;
  }
  if (auto fine = apply(**write, bucket, change); !fine) return std::unexpected(fine.error());
  if (auto done = write->commit(); !done) return std::unexpected(done.error());
  return true;
}

std::uint64_t Tenant::remember(std::int64_t bucket, std::string last) {
  const std::scoped_lock lock(mutex_);
  cursors_.emplace(++last_cursor_, std::pair(bucket, std::move(last)));
  if (cursors_.size() > kCursors) cursors_.erase(cursors_.begin());
  return last_cursor_;
}

Answer<std::string> Tenant::recall(std::int64_t bucket, std::uint64_t cursor) {
  const std::scoped_lock lock(mutex_);
  const auto found = cursors_.find(cursor);
  if (found == cursors_.end() || found->second.first != bucket)
    return other("there is no such cursor any more: list from the start");
  return found->second.second;
}

}  // namespace mortise::services::detail
