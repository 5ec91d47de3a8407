#include "plugins.h"

#include <iostream>

namespace orders {

Failed failure(std::string_view plugin, const mortise::Error& error) {
  std::cerr << error.to_string() << '\n';
  std::string why(mortise::to_string(error.kind()));
  if (error.limit() != mortise::Error::Limit::none)
    why.append(", ").append(mortise::to_string(error.limit()));
  return {.plugin = std::string(plugin), .why = std::move(why)};
}

}  // namespace orders
