// Refuses what the catalogue does not have: items that are not there, that have another price by
// now, or that are too few. It reads the table `item`, and says what it did in the log.
#include "stock_cpp.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace exports::acme::orders::validator {
namespace {

namespace logging = ::wasi::logging::logging;
namespace sql = ::mortise::sql::database;

struct Item {
  std::int64_t cents;
  std::int64_t stock;
};
// Nothing: there is none of that name.
using Found = std::expected<std::optional<Item>, sql::Error>;

const std::int64_t* integer(const sql::Value& value) {
  const auto* found = std::get_if<sql::Value::Integer>(&value.variants);
  return found == nullptr ? nullptr : &found->value;
}

Found find(const sql::Connection& shop, std::string_view name) {
  const sql::Value parameters[] = {{sql::Value::Text{wit::string::from_view(name)}}};
  auto table = shop.Query("SELECT cents, stock FROM item WHERE name = ?1", parameters);
  if (!table) return std::unexpected(std::move(table.error()));
  if (table->rows.empty()) return std::nullopt;
  const auto& row = table->rows[0];
  const std::int64_t* cents = integer(row[0]);
  const std::int64_t* stock = integer(row[1]);
  if (cents == nullptr || stock == nullptr || *cents < 0 || *stock < 0)
    return std::unexpected(sql::Error{
        sql::Error::Unavailable{wit::string::from_view("the catalogue is not one of numbers")}});
  return Item{.cents = *cents, .stock = *stock};
}

std::string quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

// What is wrong with a line, if something is. `wanted` of the item by it and the lines before.
std::optional<std::string> reason(const ::acme::orders::types::Line& line, std::uint64_t wanted,
                                  const std::optional<Item>& item) {
  const std::string name = quoted(line.item);
  if (line.count == 0) return "none of " + name + " is ordered";
  if (!item) return "there is no " + name;
  // Neither is below zero.
  if (line.cents != static_cast<std::uint64_t>(item->cents))
    return name + " costs " + std::to_string(item->cents) + " cents by now";
  if (wanted > static_cast<std::uint64_t>(item->stock))
    return "of " + name + " there are " + std::to_string(item->stock);
  return std::nullopt;
}

std::expected<std::vector<std::string>, sql::Error> reasons_against(const Order& order) {
  auto shop = sql::Connection::Open("shop");
  if (!shop) return std::unexpected(std::move(shop.error()));
  std::vector<std::string> reasons;
  // An item may be in several lines.
  std::map<std::string_view, std::uint64_t> wanted;
  for (const auto& line : order.lines) {
    Found item = find(*shop, line.item);
    if (!item) return std::unexpected(std::move(item.error()));
    const std::uint64_t all = wanted[line.item] += line.count;
    if (auto wrong = reason(line, all, *item)) reasons.push_back(*std::move(wrong));
  }
  if (order.lines.empty()) reasons.emplace_back("nothing is ordered");
  return reasons;
}

// For the operator.
struct Words {
  std::string operator()(const sql::Error::NoSuchDatabase&) { return "no database is granted"; }
  std::string operator()(const sql::Error::Busy&) { return "the database is busy"; }
  template <class Case>
  std::string operator()(const Case& error) {
    return error.value.to_string();
  }
};

Error failed(const sql::Error& error) {
  const std::string why = std::visit(Words(), error.variants);
  logging::Log(logging::Level::kError, "stock", why);
  return {Error::Failed{wit::string::from_view(why)}};
}

Error refused(const std::vector<std::string>& reasons) {
  auto list = wit::vector<wit::string>::allocate(reasons.size());
  for (std::size_t i = 0; i < reasons.size(); ++i)
    list.initialize(i, wit::string::from_view(reasons[i]));
  return {Error::Refused{std::move(list)}};
}

}  // namespace

std::expected<void, Error> Validate(Order order) {
  const auto reasons = reasons_against(order);
  if (!reasons) return std::unexpected(failed(reasons.error()));
  const std::string said = order.id.to_string() + ": " + std::to_string(order.lines.size()) +
                           " lines, " + std::to_string(reasons->size()) + " wrong";
  logging::Log(logging::Level::kInfo, "stock", said);
  if (!reasons->empty()) return std::unexpected(refused(*reasons));
  return {};
}

}  // namespace exports::acme::orders::validator
