#include <mortise/contract/json.h>

#include <utility>

#include <mortise/contract/detail/json_reader.h>
#include <mortise/contract/detail/json_writer.h>

namespace mortise::json {

using contract::Contract;
using contract::Function;
using contract::Misfit;
using contract::TextError;
using contract::TypeId;

std::expected<std::string, Misfit> print(const Contract& contract, TypeId type,
                                         const Value& value) {
  if (auto fits = check(contract, type, value); !fits)
    return std::unexpected(std::move(fits.error()));
  return detail::write_value(contract, type, value);
}

std::expected<Value, TextError> parse(const Contract& contract, TypeId type,
                                      std::string_view text) {
  return detail::read_value(contract, type, text);
}

std::expected<std::vector<Value>, TextError> parse_arguments(const Contract& contract,
                                                             const Function& function,
                                                             std::string_view text) {
  return detail::read_arguments(contract, function, text);
}

}  // namespace mortise::json
