#include <mortise/policy/amount.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <limits>

#include <mortise/contract/text.h>

namespace mortise {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// A whole number with one of these units behind it.
std::optional<std::uint64_t> amount(std::string_view text, std::initializer_list<Unit> units) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || number == 0) return std::nullopt;
  const std::string_view rest(at, static_cast<std::size_t>(end - at));
  for (const Unit& unit : units)
    if (rest == unit.name && number <= std::numeric_limits<std::int64_t>::max() / unit.factor)
      return number * unit.factor;
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_time(std::string_view text) {
  // Longer than that is a slip, and clocks count in nanoseconds.
  constexpr std::chrono::milliseconds kMost = std::chrono::years(100);
  const auto found = amount(text, {{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}});
  if (!found || *found > static_cast<std::uint64_t>(kMost.count())) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*found));
}

std::optional<Bytes> parse_bytes(std::string_view text) {
  const auto found = amount(text, {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}});
  if (!found) return std::nullopt;
  return Bytes{*found};
}

std::optional<Fuel> parse_fuel(std::string_view text) {
  const auto found = amount(text, {{"", 1}, {"k", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}});
  if (!found) return std::nullopt;
  return Fuel{*found};
}

std::string time_text(std::chrono::milliseconds time) {
  constexpr std::array kUnits{Unit{.name = " h", .factor = 3'600'000},
                              Unit{.name = " min", .factor = 60'000},
                              Unit{.name = " s", .factor = 1000}};
  const auto count = static_cast<std::uint64_t>(time.count());
  for (const Unit& unit : kUnits)
    if (count >= unit.factor && count % unit.factor == 0)
      return concat(count / unit.factor, unit.name);
  return concat(count, " ms");
}

}  // namespace mortise
