// Uses each service of its host.
#include "user_cpp.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace exports::test::user::task {

namespace {

namespace config = ::wasi::config::store;
namespace keyvalue = ::wasi::keyvalue;
namespace logging = ::wasi::logging::logging;
namespace sql = ::mortise::sql::database;

using Lines = std::vector<std::string>;

// What has to be there: else the test fails.
template <class T>
T need(T answer) {
  if (!answer) std::abort();
  return answer;
}

std::span<const uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
std::string text(const wit::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void use_keyvalue(Lines& seen) {
  const auto bucket = need(keyvalue::store::Open("default"));
  need(bucket->Set("apple", bytes("red")));
  seen.push_back("apple: " + text(**need(bucket->Get("apple"))));
  seen.push_back(*need(bucket->Exists("pear")) ? "pear: true" : "pear: false");
  need(keyvalue::atomics::Increment(*bucket, "count", 40));
  seen.push_back("count: " +
                 std::to_string(*need(keyvalue::atomics::Increment(*bucket, "count", 2))));

  auto stale = need(keyvalue::atomics::Cas::New(*bucket, "apple"));
  need(bucket->Set("apple", bytes("green")));
  auto swapped = keyvalue::atomics::Swap(std::move(*stale), bytes("blue"));
  if (swapped) std::abort();
  auto& failed = std::get<keyvalue::atomics::CasError::CasFailed>(swapped.error().variants);
  seen.push_back("now: " + text(**need(failed.value.Current())));
  need(keyvalue::atomics::Swap(std::move(failed.value), bytes("blue")));

  const std::string_view names[] = {"apple", "pear"};
  const auto both = need(keyvalue::batch::GetMany(*bucket, names));
  if ((*both)[1]) std::abort();
  const auto& [key, value] = *(*both)[0];
  seen.push_back("batch: " + key.to_string() + " " + text(value));
  std::string keys = "keys:";
  for (const wit::string& one : need(bucket->ListKeys(std::nullopt))->keys)
    keys += " " + one.to_string();
  seen.push_back(keys);
  const auto other = keyvalue::store::Open("other");
  if (other || other.error().variants.index() != 0) std::abort();
}

sql::Value value(std::string_view text) { return {sql::Value::Text{wit::string::from_view(text)}}; }

void use_sql(Lines& seen) {
  const auto shop = need(sql::Connection::Open("shop"));
  const sql::Value item[] = {value("o'apple"), {sql::Value::Real{0.5}}};
  const auto inserted = need(shop->Execute("INSERT INTO item (name, price) VALUES (?, ?)", item));
  seen.push_back("row: " + std::to_string(inserted->last_row_id));
  const auto table = need(shop->Query("SELECT name, price FROM item ORDER BY id", {}));
  const auto& name = std::get<sql::Value::Text>(table->rows[1][0].variants).value;
  seen.push_back("item: " + name.to_string() + " of " + std::to_string(table->rows.size()));
  {
    const auto undone = need(shop->Begin());
    need(undone->Execute("DELETE FROM item", {}));
  }
  auto done = need(shop->Begin());
  const sql::Value only[] = {value("o'apple")};
  need(done->Execute("DELETE FROM item WHERE name = ?", only));
  need(sql::Transaction::Commit(std::move(*done)));
  const auto count = need(shop->Query("SELECT count(*) FROM item", {}));
  seen.push_back("left: " +
                 std::to_string(std::get<sql::Value::Integer>(count->rows[0][0].variants).value));
  const auto denied = shop->Query("SELECT secret FROM card", {});
  if (denied) std::abort();
  seen.push_back("denied: " +
                 std::get<sql::Error::Denied>(denied.error().variants).value.to_string());
}

}  // namespace

std::expected<wit::vector<wit::string>, wit::string> Run() {
  logging::Log(logging::Level::kDebug, "task", "nobody wants to know");
  logging::Log(logging::Level::kInfo, "task", "begins\nnow");
  Lines seen;
  seen.push_back("greeting: " + (*need(config::Get("greeting")))->to_string());
  if (*need(config::Get("none"))) std::abort();
  use_keyvalue(seen);
  use_sql(seen);
  auto lines = wit::vector<wit::string>::allocate(seen.size());
  for (std::size_t i = 0; i < seen.size(); ++i)
    lines.initialize(i, wit::string::from_view(seen[i]));
  return lines;
}

void Fail() {
  const auto shop = need(sql::Connection::Open("shop"));
  const auto transaction = need(shop->Begin());
  need(transaction->Execute("DELETE FROM item", {}));
  std::abort();
}

}  // namespace exports::test::user::task
