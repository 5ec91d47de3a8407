// What the targets of both text forms share. An input is
//
//   the number of a type                       2 bytes: the seed that random_values.h makes it of
//   what is read: a value, or the arguments    1 byte: Way
//   of a function that has two of such types
//   nothing                                    1 byte
//   the text                                   the rest
//
// Whatever the text is, reading ends, with a place and a message if not with a value. A value fits
// the type, and printed in either form it is read again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fuzz/see.h>
#include <fuzz/types.h>
#include <mortise/contract/json.h>
#include <mortise/contract/wave.h>
#include <tests/heap.h>
#include <tests/random_values.h>

namespace mortise::fuzz {

enum class Way : std::uint8_t { value, call, arguments };
inline constexpr std::size_t kWays = 3;

using Values = std::expected<std::vector<Value>, contract::TextError>;

inline void check_value(const contract::Contract& contract, contract::TypeId type,
                        const Value& value) {
  const auto fits = check(contract, type, value);
  require(fits.has_value(), "a value was accepted that does not fit");
  const std::string in_wave = wave::print(value);
  const auto from_wave = wave::parse(contract, type, in_wave);
  require(from_wave && *from_wave == value, "in WAVE it comes back as another value");
  require(wave::print(*from_wave) == in_wave, "in WAVE it is printed otherwise the next time");
  const auto in_json = json::print(contract, type, value);
  require(in_json.has_value(), "a value that fits is not printed as JSON");
  const auto from_json = json::parse(contract, type, *in_json);
  require(from_json && *from_json == value, "in JSON it comes back as another value");
  require(is_utf8(in_wave) && is_utf8(*in_json), "what is printed is not UTF-8");
}

inline void check_error(const contract::TextError& error, std::string_view text) {
  require(error.offset <= text.size() && error.line >= 1 && error.column >= 1,
          "an error is outside of the text");
  require(is_utf8(error.message) && error.message.starts_with("line "),
          "an error does not say where it is");
  require(error.message.size() < 10'000, "an error is long");
  require(is_utf8(contract::excerpt(text, error)), "an excerpt is not UTF-8");
}

// Reads what an input says by `read(subject, way, text)`: whether it was accepted.
template <class Read>
bool read_input(std::span<const std::uint8_t> input, Read read) {
  const auto byte = [&](std::size_t i) { return i < input.size() ? std::size_t{input[i]} : 0; };
  const Subject subject((byte(0) + 256 * byte(1)) % kTypes);
  const auto way = static_cast<Way>(byte(2) % kWays);
  const std::span<const std::uint8_t> rest = input.subspan(std::min<std::size_t>(4, input.size()));
  const std::string text(rest.begin(), rest.end());
  const Values values = [&] {
    // Memory as the text is long.
    const testing::HeapLimit heap((std::size_t{1} << 15U) + 256 * text.size());
    return read(subject, way, text);
  }();
  if (!values) {
    check_error(values.error(), text);
    return false;
  }
  require(values->size() == (way == Way::value ? 1 : 2), "there are more or fewer arguments");
  for (std::size_t i = 0; i < values->size(); ++i)
    check_value(subject.contract, subject.function.params[i].type, (*values)[i]);
  return true;
}

inline Values one(std::expected<Value, contract::TextError> value) {
  if (!value) return std::unexpected(std::move(value.error()));
  return std::vector<Value>{std::move(*value)};
}

// An input that is accepted, with a text of `print(subject, way, values)`.
template <class Print>
std::vector<std::uint8_t> sample_input(std::size_t kind, std::uint64_t seed, Print print) {
  const auto way = static_cast<Way>(kind % kWays);
  const std::size_t number = kind / kWays;
  const Subject subject(number);
  testing::RandomValues random(seed);
  std::vector<Value> values;
  for (const contract::Member& param : subject.function.params)
    values.push_back(random.value(subject.contract, param.type));
  const std::string text = print(subject, way, values);
  std::vector<std::uint8_t> input{static_cast<std::uint8_t>(number),
                                  static_cast<std::uint8_t>(number >> 8U),
                                  static_cast<std::uint8_t>(way), 0};
  input.insert(input.end(), text.begin(), text.end());
  return input;
}

}  // namespace mortise::fuzz
