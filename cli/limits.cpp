#include "limits.h"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <mortise/contract/text.h>

namespace mortise::cli {

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

CLI::ValidationError wrong(std::string_view option, std::string_view said, std::string_view how) {
  return CLI::ValidationError(std::string(option),
                              concat("`", escape(said, 100), "` is not ", how));
}

}  // namespace

void add_limits(CLI::App& app, Limits& limits) {
  app.add_option_function<std::string>(
      "--deadline",
      [&limits](const std::string& said) {
        if (said == "none") {
          limits.deadline.reset();
          return;
        }
        const auto time = amount(said, {{"ms", 1}, {"s", 1000}, {"min", 60'000}});
        if (!time) throw wrong("--deadline", said, "a time such as 50ms, 2s or 1min, or none");
        limits.deadline = std::chrono::milliseconds(static_cast<std::int64_t>(*time));
      },
      "how long a call may take: 50ms, 2s, 1min, none [100ms]");
  app.add_option_function<std::string>(
      "--memory",
      [&limits](const std::string& said) {
        const auto bytes =
            amount(said, {{"", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}});
        if (!bytes) throw wrong("--memory", said, "an amount such as 16MiB or 1GiB");
        limits.memory = {*bytes};
      },
      "what its memories may have: 16MiB, 1GiB [64MiB]");
  app.add_option_function<std::string>(
      "--fuel",
      [&limits](const std::string& said) {
        const auto units =
            amount(said, {{"", 1}, {"k", 1'000}, {"M", 1'000'000}, {"G", 1'000'000'000}});
        if (!units) throw wrong("--fuel", said, "a number of instructions such as 500000 or 10M");
        limits.fuel = Fuel{*units};
      },
      "how many instructions a call may take: 500000, 10M [any]");
}

}  // namespace mortise::cli
