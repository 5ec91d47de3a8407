#include "validators.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include <mortise/runtime/chain.h>

#include "plugins.h"
#include "validation.h"

namespace orders {

namespace {

using acme::orders::Validation;
using acme::orders::types::LineRef;
using acme::orders::validator::Error;

struct Named {
  const char* name;
  std::int64_t priority;
};
// `limits` counts what it is asked, so it comes last.
constexpr Named kValidators[] = {{"stock", 1}, {"limits", 2}};

// Of all validators together.
constexpr std::chrono::seconds kDeadline(2);

Verdict verdict(std::string_view plugin, Error said) {
  if (auto* refused = std::get_if<Error::Refused>(&said)) return Refused{std::move(refused->value)};
  return Failed{.plugin = std::string(plugin), .why = std::get<Error::Failed>(said).value};
}

}  // namespace

struct Validators::Chain {
  mortise::Chain<Validation> members;
};

Validators::Validators(std::unique_ptr<const Chain> chain) : chain_(std::move(chain)) {}
Validators::Validators(Validators&&) noexcept = default;
Validators::~Validators() = default;

mortise::Result<Validators> Validators::load(const mortise::Engine& engine,
                                             const mortise::Granter& granter,
                                             const std::string& folder) {
  auto chain = std::make_unique<Chain>();
  for (const auto& [name, priority] : kValidators) {
    auto pool = load_pool<Validation>(engine, granter, folder, name);
    if (!pool) return std::unexpected(std::move(pool).error());
    chain->members.add(name, *std::move(pool), priority);
  }
  return Validators(std::move(chain));
}

std::optional<Verdict> Validators::validate(const Order& order) const {
  const auto lines = borrowed_lines<LineRef>(order);
  std::optional<Verdict> said;
  auto end = chain_->members.run(
      {.deadline = kDeadline}, [&](auto& member) -> mortise::Result<mortise::Next> {
        auto out = member.validator().validate({order.id, order.customer, order.country, lines});
        if (auto* failed = out.failure()) return std::unexpected(std::move(*failed));
        if (out) return mortise::Next::go_on;
        said = verdict(member.name(), std::move(*out.refusal()));
        return mortise::Next::stop;
      });
  if (end.failed()) said = failure(end.member, *end.error);
  return said;
}

}  // namespace orders
