// The plugins that look at an order before it is taken.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <mortise/policy/granter.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/result.h>

#include "order.h"

namespace orders {

class Validators {
 public:
  // `stock` and `limits` from `folder`, with what the granter gives them. The engine outlives it.
  static mortise::Result<Validators> load(const mortise::Engine&, const mortise::Granter&,
                                          const std::string& folder);
  Validators(Validators&&) noexcept;
  ~Validators();

  // Asks one after the other. Nothing: none has anything against it; else what the first said that
  // has, and nobody is asked after it.
  [[nodiscard]] std::optional<Verdict> validate(const Order&) const;

 private:
  // Of the binding's types: see plugins.h.
  struct Chain;
  explicit Validators(std::unique_ptr<const Chain> chain);

  std::unique_ptr<const Chain> chain_;
};

}  // namespace orders
