// The file behind wasi:keyvalue, and what one plugin sees of it: without the types of the contract,
// which has them in several versions.
#pragma once

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mortise/services/detail/lender.h>
#include <mortise/services/detail/sqlite.h>
#include <mortise/services/keyvalue/keyvalue.h>

namespace mortise::services::detail {

struct StoreError {
  enum class Kind : std::uint8_t { no_such_store, access_denied, other };
  Kind kind = Kind::other;
  std::string text{};  // of `other`
};
template <class T>
using Answer = std::expected<T, StoreError>;
using Value = std::vector<std::uint8_t>;

// A connection with the statements that are used all the time.
struct KeyvalueConnection {
  // The error is a result code.
  static std::expected<std::unique_ptr<KeyvalueConnection>, int> open(const KeyvalueOptions&);
  bool prepare();

  std::unique_ptr<Database> database;
  StatementHandle begin, commit, rollback;
  StatementHandle add_plugin, find_plugin, add_bucket, find_bucket;
  StatementHandle get, measure, put, remove, account, page, page_after;
};

// The file, for all plugins. Safe on any number of threads.
class KeyvalueFile {
 public:
  // Makes it if need be. The error says what is wrong with it.
  static std::expected<std::shared_ptr<KeyvalueFile>, std::string> open(KeyvalueOptions);
  explicit KeyvalueFile(KeyvalueOptions);

  // A connection, until the call is over.
  Answer<Lent<KeyvalueConnection>> take(const CallContext&);

  Denials denials;

 private:
  KeyvalueOptions options_;
  Lender<KeyvalueConnection> connections_;
};

// What one plugin sees. Safe on any number of threads.
class Tenant {
 public:
  struct Bucket {
    std::int64_t plugin;
    std::int64_t id;
    std::string name;
  };
  struct Page {
    std::vector<std::string> keys;
    std::optional<std::string> last;  // there are more after it
  };
  // A key with its new value; none: it is removed.
  using Change = std::pair<std::string_view, std::optional<std::span<const std::uint8_t>>>;

  Tenant(std::shared_ptr<KeyvalueFile>, std::string plugin, KeyvalueGrant);

  Answer<Bucket> open(const CallContext&, std::string_view name);

  Answer<std::optional<Value>> get(const CallContext&, const Bucket&, std::string_view key);
  Answer<bool> exists(const CallContext&, const Bucket&, std::string_view key);
  Answer<Page> list(const CallContext&, const Bucket&, std::optional<std::string_view> after);
  // One after the other, in the order of the keys; `take` gets each.
  Answer<void> get_many(const CallContext&, const Bucket&, std::span<const std::string_view> keys,
                        const std::function<void(std::optional<Value>)>& take);

  // All of them, or none.
  Answer<void> change(const CallContext&, const Bucket&, std::span<const Change>);
  // Gives a key the value that `next` makes of the one it has.
  using Next = std::function<Answer<std::string>(std::optional<std::string_view>)>;
  Answer<void> update(const CallContext&, const Bucket&, std::string_view key, const Next& next);

  // When it was written last; 0: there is none. No two writes of a plugin's are alike.
  Answer<std::int64_t> version(const CallContext&, const Bucket&, std::string_view key);
  // If it still has that version; else false.
  Answer<bool> swap(const CallContext&, const Bucket&, std::string_view key, std::int64_t version,
                    std::span<const std::uint8_t> value);

  // Cursors that have to be numbers. The oldest are forgotten.
  std::uint64_t remember(std::int64_t bucket, std::string last);
  Answer<std::string> recall(std::int64_t bucket, std::uint64_t cursor);

 private:
  class Write;

  std::unexpected<StoreError> deny(std::string_view what);
  Answer<void> check_key(std::string_view key);
  Answer<void> check_batch(std::size_t keys);
  Answer<void> check_change(const Bucket&, const Change&);
  Answer<Bucket> make_bucket(const CallContext&, std::string_view name);
  // Within a write.
  Answer<void> apply(KeyvalueConnection&, const Bucket&, const Change&);
  Answer<void> account(KeyvalueConnection&, const Bucket&, std::int64_t keys, std::int64_t bytes,
                       std::int64_t& version);

  std::shared_ptr<KeyvalueFile> file_;
  const std::string plugin_;
  const KeyvalueGrant grant_;

  std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;  // that were opened
  std::map<std::uint64_t, std::pair<std::int64_t, std::string>> cursors_;
  std::uint64_t last_cursor_ = 0;
};

}  // namespace mortise::services::detail
