// A small order service. orders FOLDER < ORDERS: an order in, a verdict out, a line of JSON each.
//
// FOLDER has orders.toml, which says what plugins may do, shop.sql, which the database is made of,
// and plugins/. What is kept is kept there.
#include <cstddef>
#include <expected>
#include <iostream>
#include <string>
#include <utility>

#include <mortise/policy/granter.h>
#include <mortise/policy/policy.h>
#include <mortise/runtime/cache.h>
#include <mortise/runtime/engine.h>

#include "database.h"
#include "order.h"
#include "prices.h"
#include "validators.h"

namespace {

using orders::Accepted;
using orders::Order;
using orders::Refused;
using orders::Verdict;

class Service {
 public:
  // Errors are the operator's to read.
  static std::expected<Service, std::string> open(const mortise::Engine& engine,
                                                  const std::string& folder) {
    // Before the plugins, which are granted a part of it.
    auto database = orders::Database::open(folder + "/shop.db", folder + "/shop.sql");
    if (!database) return std::unexpected(database.error());
    auto policy = mortise::Policy::read(folder + "/orders.toml");
    if (!policy) return std::unexpected(policy.error().to_string());
    auto granter = mortise::Granter::make(engine, *std::move(policy));
    if (!granter) return std::unexpected(granter.error().to_string());
    const std::string plugins = folder + "/plugins";
    auto validators = orders::Validators::load(engine, *granter, plugins);
    if (!validators) return std::unexpected(validators.error().to_string());
    auto prices = orders::Prices::load(engine, *granter, plugins);
    if (!prices) return std::unexpected(prices.error().to_string());
    return Service(*std::move(database), *std::move(validators), *std::move(prices));
  }

  // Error: the database's. The order was not taken, and the next one would not be either.
  std::expected<Verdict, std::string> take(const Order& order) {
    const auto known = database_.has(order.id);
    if (!known) return std::unexpected(known.error());
    if (*known) return Refused{{"there is an order of this id"}};
    if (auto said = validators_.validate(order)) return *std::move(said);
    Verdict verdict = prices_.price(order);
    const auto* accepted = std::get_if<Accepted>(&verdict);
    if (accepted == nullptr) return verdict;
    const auto kept = database_.keep(order, accepted->total);
    if (!kept) return std::unexpected(kept.error());
    if (!*kept) return Refused{{"it was sold meanwhile"}};
    return verdict;
  }

 private:
  Service(orders::Database database, orders::Validators validators, orders::Prices prices)
      : database_(std::move(database)),
        validators_(std::move(validators)),
        prices_(std::move(prices)) {}

  orders::Database database_;
  orders::Validators validators_;
  orders::Prices prices_;
};

int fail(const std::string& why) {
  std::cerr << "orders: " << why << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail("usage: orders FOLDER < ORDERS");
  auto cache = mortise::CodeCache::open();
  if (!cache) return fail(cache.error().to_string());
  const mortise::Engine engine({.cache = *std::move(cache)});
  auto service = Service::open(engine, argv[1]);
  if (!service) return fail(service.error());

  std::string text;
  for (std::size_t line = 1; std::getline(std::cin, text); ++line) {
    const auto order = orders::parse_order(text);
    if (!order) {
      std::cout << orders::print_malformed(line, order.error()) << '\n';
      continue;
    }
    const auto verdict = service->take(*order);
    if (!verdict) return fail(verdict.error());
    std::cout << orders::print_verdict(order->id, *verdict) << '\n';
  }
  return std::cout.flush() ? 0 : fail("the verdicts cannot be written");
}
