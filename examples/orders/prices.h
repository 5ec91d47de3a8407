// The plugin that says what is paid for an order.
#pragma once

#include <memory>
#include <string>

#include <mortise/policy/granter.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/result.h>

#include "order.h"

namespace orders {

class Prices {
 public:
  // `total` from `folder`, with what the granter gives it. The engine outlives it.
  static mortise::Result<Prices> load(const mortise::Engine&, const mortise::Granter&,
                                      const std::string& folder);
  Prices(Prices&&) noexcept;
  ~Prices();

  [[nodiscard]] Verdict price(const Order&);

 private:
  // Of the binding's types: see plugins.h.
  struct Pool;
  explicit Prices(std::unique_ptr<Pool> pool);

  std::unique_ptr<Pool> pool_;
};

}  // namespace orders
