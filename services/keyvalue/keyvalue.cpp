#include <mortise/services/keyvalue/keyvalue.h>

#include <charconv>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <mortise/contract/text.h>
#include <mortise/services/keyvalue/detail/store.h>

// Written from wit/services.
#include "keyvalue_world.h"

namespace mortise::services {

namespace {

using detail::Answer;
using detail::StoreError;
using detail::Tenant;
using detail::Value;

namespace draft = wasi::keyvalue_0_2_0_draft;
namespace draft2 = wasi::keyvalue_0_2_0_draft2;

// The two versions of the package, as far as they differ. A key where a listing goes on is a text
// in the second, and in the first a number that stands for one.
struct Draft {
  using Bucket = draft::store::Bucket;
  using Error = draft::store::Error;
  using KeyResponse = draft::store::KeyResponse;
  using Store = draft::store::Host;
  using Atomics = draft::atomics::Host;
  using Batch = draft::batch::Host;
  using Number = std::uint64_t;
  using Cursor = std::uint64_t;

  static Answer<std::string> read(Tenant& tenant, std::int64_t bucket, Cursor cursor) {
    return tenant.recall(bucket, cursor);
  }
  static Cursor write(Tenant& tenant, std::int64_t bucket, std::string last) {
    return tenant.remember(bucket, std::move(last));
  }
};
struct Draft2 {
  using Bucket = draft2::store::Bucket;
  using Error = draft2::store::Error;
  using KeyResponse = draft2::store::KeyResponse;
  using Store = draft2::store::Host;
  using Atomics = draft2::atomics::Host;
  using Batch = draft2::batch::Host;
  using Number = std::int64_t;
  using Cursor = std::string_view;

  static Answer<std::string> read(Tenant&, std::int64_t, Cursor cursor) {
    return std::string(cursor);
  }
  static std::string write(Tenant&, std::int64_t, std::string last) { return last; }
};

template <class V>
typename V::Error refusal(StoreError error) {
  using Error = typename V::Error;
  switch (error.kind) {
    case StoreError::Kind::no_such_store: return typename Error::NoSuchStore{};
    case StoreError::Kind::access_denied: return typename Error::AccessDenied{};
    case StoreError::Kind::other: break;
  }
  return typename Error::Other{std::move(error.text)};
}

template <class V, class T>
Outcome<T, typename V::Error> outcome(Answer<T> answer) {
  if (!answer) return std::unexpected(refusal<V>(std::move(answer).error()));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return *std::move(answer);
}

// The number that a value is: decimal digits, as other hosts of wasi:keyvalue write it.
template <class Number>
Answer<std::string> sum(std::optional<std::string_view> value, Number delta, Number& out) {
  Number number = 0;
  if (value) {
    const char* const end = value->data() + value->size();  // where from_chars is to arrive
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): it stops at `end`
    const auto read = std::from_chars(value->data(), end, number);
    if (read.ec != std::errc() || read.ptr != end)
      return std::unexpected(StoreError{.text = "the value is no number in decimal digits"});
  }
  if (__builtin_add_overflow(number, delta, &out))
    return std::unexpected(StoreError{.text = "the sum is too large"});
  return concat(out);
}

// ---- The interfaces ----

template <class V>
class Bucket final : public V::Bucket {
 public:
  using Error = typename V::Error;

  Bucket(std::shared_ptr<Tenant> tenant, Tenant::Bucket bucket)
      : tenant_(std::move(tenant)), bucket_(std::move(bucket)) {}

  Outcome<std::optional<Value>, Error> get(CallContext& call, std::string_view key) override {
    return outcome<V>(tenant_->get(call, bucket_, key));
  }
  Outcome<void, Error> set(CallContext& call, std::string_view key,
                           std::span<const std::uint8_t> value) override {
    const Tenant::Change change{key, value};
    return outcome<V>(tenant_->change(call, bucket_, {&change, 1}));
  }
  Outcome<void, Error> delete_(CallContext& call, std::string_view key) override {
    const Tenant::Change change{key, std::nullopt};
    return outcome<V>(tenant_->change(call, bucket_, {&change, 1}));
  }
  Outcome<bool, Error> exists(CallContext& call, std::string_view key) override {
    return outcome<V>(tenant_->exists(call, bucket_, key));
  }
  Outcome<typename V::KeyResponse, Error> list_keys(
      CallContext& call, const std::optional<typename V::Cursor>& cursor) override {
    std::optional<std::string> after;
    if (cursor) {
      Answer<std::string> read = V::read(*tenant_, bucket_.id, *cursor);
      if (!read) return std::unexpected(refusal<V>(std::move(read).error()));
      after = *std::move(read);
    }
    Answer<Tenant::Page> page = tenant_->list(call, bucket_, after);
    if (!page) return std::unexpected(refusal<V>(std::move(page).error()));
    typename V::KeyResponse response{.keys = std::move(page->keys), .cursor = std::nullopt};
    if (page->last) response.cursor = V::write(*tenant_, bucket_.id, *std::move(page->last));
    return response;
  }

  [[nodiscard]] const Tenant::Bucket& bucket() const { return bucket_; }

 private:
  std::shared_ptr<Tenant> tenant_;
  Tenant::Bucket bucket_;
};

// All that plugins have handles of was made here.
template <class V>
const Tenant::Bucket& place(typename V::Bucket& bucket) {
  return static_cast<Bucket<V>&>(bucket).bucket();
}

template <class V>
class Store final : public V::Store {
 public:
  explicit Store(std::shared_ptr<Tenant> tenant) : tenant_(std::move(tenant)) {}

  Outcome<std::unique_ptr<typename V::Bucket>, typename V::Error> open(
      CallContext& call, std::string_view identifier) override {
    Answer<Tenant::Bucket> opened = tenant_->open(call, identifier);
    if (!opened) return std::unexpected(refusal<V>(std::move(opened).error()));
    return std::make_unique<Bucket<V>>(tenant_, *std::move(opened));
  }

 private:
  std::shared_ptr<Tenant> tenant_;
};

template <class V>
class Batch final : public V::Batch {
 public:
  using Error = typename V::Error;
  using Pair = std::tuple<std::string, Value>;

  explicit Batch(std::shared_ptr<Tenant> tenant) : tenant_(std::move(tenant)) {}

  Outcome<std::vector<std::optional<Pair>>, Error> get_many(
      CallContext& call, typename V::Bucket& bucket, ListView<std::string_view> keys) override {
    const std::vector<std::string_view> asked(keys.begin(), keys.end());
    std::vector<std::optional<Pair>> found;
    found.reserve(asked.size());
    Answer<void> all =
        tenant_->get_many(call, place<V>(bucket), asked, [&](std::optional<Value> value) {
          const std::string_view key = asked[found.size()];
          if (value)
            found.emplace_back(Pair(key, *std::move(value)));
          else
            found.emplace_back();
        });
    if (!all) return std::unexpected(refusal<V>(std::move(all).error()));
    return found;
  }
  Outcome<void, Error> set_many(
      CallContext& call, typename V::Bucket& bucket,
      ListView<std::tuple<std::string_view, std::span<const std::uint8_t>>> pairs) override {
    std::vector<Tenant::Change> changes;
    for (const auto& [key, value] : pairs) changes.emplace_back(key, value);
    return outcome<V>(tenant_->change(call, place<V>(bucket), changes));
  }
  Outcome<void, Error> delete_many(CallContext& call, typename V::Bucket& bucket,
                                   ListView<std::string_view> keys) override {
    std::vector<Tenant::Change> changes;
    for (const std::string_view key : keys) changes.emplace_back(key, std::nullopt);
    return outcome<V>(tenant_->change(call, place<V>(bucket), changes));
  }

 private:
  std::shared_ptr<Tenant> tenant_;
};

template <class V>
Outcome<typename V::Number, typename V::Error> increment(Tenant& tenant, CallContext& call,
                                                         typename V::Bucket& bucket,
                                                         std::string_view key,
                                                         typename V::Number delta) {
  typename V::Number result = 0;
  Answer<void> done = tenant.update(
      call, place<V>(bucket), key,
      [&](std::optional<std::string_view> value) { return sum(value, delta, result); });
  if (!done) return std::unexpected(refusal<V>(std::move(done).error()));
  return result;
}

class Atomics final : public draft::atomics::Host {
 public:
  explicit Atomics(std::shared_ptr<Tenant> tenant) : tenant_(std::move(tenant)) {}

  Outcome<std::uint64_t, Draft::Error> increment(CallContext& call, Draft::Bucket& bucket,
                                                 std::string_view key,
                                                 std::uint64_t delta) override {
    return services::increment<Draft>(*tenant_, call, bucket, key, delta);
  }

 private:
  std::shared_ptr<Tenant> tenant_;
};

// A key, and the version that it had.
class Cas final : public draft2::atomics::Cas {
 public:
  Cas(std::shared_ptr<Tenant> tenant, Tenant::Bucket bucket, std::string_view key,
      std::int64_t version)
      : tenant_(std::move(tenant)), bucket_(std::move(bucket)), key_(key), version_(version) {}

  Outcome<std::optional<Value>, Draft2::Error> current(CallContext& call) override {
    return outcome<Draft2>(tenant_->get(call, bucket_, key_));
  }

  Answer<bool> swap(CallContext& call, std::span<const std::uint8_t> value) {
    return tenant_->swap(call, bucket_, key_, version_, value);
  }
  // The same key as it is now.
  Answer<std::unique_ptr<draft2::atomics::Cas>> again(CallContext& call) {
    const Answer<std::int64_t> version = tenant_->version(call, bucket_, key_);
    if (!version) return std::unexpected(version.error());
    return std::make_unique<Cas>(tenant_, bucket_, key_, *version);
  }

 private:
  std::shared_ptr<Tenant> tenant_;
  Tenant::Bucket bucket_;
  std::string key_;
  std::int64_t version_;
};

class Atomics2 final : public draft2::atomics::Host {
 public:
  using CasError = draft2::atomics::CasError;

  explicit Atomics2(std::shared_ptr<Tenant> tenant) : tenant_(std::move(tenant)) {}

  Outcome<std::unique_ptr<draft2::atomics::Cas>, Draft2::Error> cas_new(
      CallContext& call, Draft2::Bucket& bucket, std::string_view key) override {
    return outcome<Draft2>(Cas(tenant_, place<Draft2>(bucket), key, 0).again(call));
  }
  Outcome<std::int64_t, Draft2::Error> increment(CallContext& call, Draft2::Bucket& bucket,
                                                 std::string_view key,
                                                 std::int64_t delta) override {
    return services::increment<Draft2>(*tenant_, call, bucket, key, delta);
  }
  Outcome<void, CasError> swap(CallContext& call, std::unique_ptr<draft2::atomics::Cas> cas,
                               std::span<const std::uint8_t> value) override {
    const auto fail = [](StoreError error) {
      return std::unexpected(CasError(CasError::StoreError{refusal<Draft2>(std::move(error))}));
    };
    auto& mine = static_cast<Cas&>(*cas);  // all that plugins have handles of was made here
    Answer<bool> swapped = mine.swap(call, value);
    if (!swapped) return fail(std::move(swapped).error());
    if (*swapped) return {};
    auto again = mine.again(call);
    if (!again) return fail(std::move(again).error());
    return std::unexpected(CasError(CasError::CasFailed{*std::move(again)}));
  }

 private:
  std::shared_ptr<Tenant> tenant_;
};

}  // namespace

Keyvalue::Keyvalue(std::shared_ptr<detail::KeyvalueFile> file) : file_(std::move(file)) {}

Result<Keyvalue> Keyvalue::open(KeyvalueOptions options) {
  const std::string name = escape(options.file);
  auto file = detail::KeyvalueFile::open(std::move(options));
  if (!file)
    return std::unexpected(
        mortise::Error(mortise::Error::Kind::io,
                       concat("the key-value store ", name, " cannot be used: ", file.error())));
  return Keyvalue(*std::move(file));
}

Service Keyvalue::for_plugin(std::string plugin, KeyvalueGrant grant) const {
  const auto tenant = std::make_shared<Tenant>(file_, std::move(plugin), std::move(grant));
  return Service::of<mortise_::services::Keyvalue>(
      {.keyvalue_0_2_0_draft_store = std::make_shared<Store<Draft>>(tenant),
       .keyvalue_0_2_0_draft_atomics = std::make_shared<Atomics>(tenant),
       .keyvalue_0_2_0_draft_batch = std::make_shared<Batch<Draft>>(tenant),
       .keyvalue_0_2_0_draft2_store = std::make_shared<Store<Draft2>>(tenant),
       .keyvalue_0_2_0_draft2_atomics = std::make_shared<Atomics2>(tenant),
       .keyvalue_0_2_0_draft2_batch = std::make_shared<Batch<Draft2>>(tenant)});
}

std::uint64_t Keyvalue::denied() const { return file_->denials.count(); }

}  // namespace mortise::services
