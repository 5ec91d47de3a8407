// Functions by the names that people write.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <mortise/contract/model.h>

namespace mortise::contract {

struct FoundFunction {
  const Interface* interface;
  const Function* function;
  std::uint32_t number;  // among all functions of all the interfaces, in their order
};

// A function by its name alone, where only one interface has it or it is the world's own; or by its
// interface too, as "acme:shop/store@1.0.0", "acme:shop/store" or "store". Else why there is none,
// with the names that are near, for behind the name of who `has` ("exports", "imports") it.
std::expected<FoundFunction, std::string> look_up(const std::vector<Interface>&,
                                                  std::string_view interface,
                                                  std::string_view function, std::string_view has);

}  // namespace mortise::contract
