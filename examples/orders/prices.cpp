#include "prices.h"

#include <utility>
#include <variant>
#include <vector>

#include <mortise/runtime/pool.h>

#include "plugins.h"
#include "pricing.h"

namespace orders {

namespace {

using acme::orders::Pricing;
using acme::orders::pricer::Error;
using acme::orders::types::LineRef;

constexpr const char* kPlugin = "total";

// The plugin is a stranger's: what it answers need not make a sum that somebody can pay.
Verdict sum(std::vector<acme::orders::pricer::Step> steps) {
  Accepted out{.steps = {}, .total = 0};
  for (auto& [what, cents] : steps) {
    if (__builtin_add_overflow(out.total, cents, &out.total))
      return Failed{.plugin = kPlugin, .why = "its steps have no sum"};
    out.steps.push_back({.what = std::move(what), .cents = cents});
  }
  if (out.total < 0) return Failed{.plugin = kPlugin, .why = "its steps are less than nothing"};
  return out;
}

}  // namespace

struct Prices::Pool {
  mortise::Pool<Pricing> plugin;
};

Prices::Prices(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}
Prices::Prices(Prices&&) noexcept = default;
Prices::~Prices() = default;

mortise::Result<Prices> Prices::load(const mortise::Engine& engine, const mortise::Granter& granter,
                                     const std::string& folder) {
  auto pool = load_pool<Pricing>(engine, granter, folder, kPlugin);
  if (!pool) return std::unexpected(std::move(pool).error());
  return Prices(std::make_unique<Pool>(*std::move(pool)));
}

Verdict Prices::price(const Order& order) {
  const auto lines = borrowed_lines<LineRef>(order);
  auto out = pool_->plugin.pricer().price({order.id, order.customer, order.country, lines}, {});
  if (out) return sum(*std::move(out));
  if (auto* failed = out.failure()) return failure(kPlugin, *failed);
  if (auto* refused = std::get_if<Error::Refused>(out.refusal()))
    return Refused{{std::move(refused->value)}};
  return Failed{.plugin = kPlugin, .why = std::get<Error::Failed>(*out.refusal()).value};
}

}  // namespace orders
