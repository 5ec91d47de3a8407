#include "limits.h"

#include <string>
#include <string_view>

#include <mortise/contract/text.h>
#include <mortise/policy/amount.h>

namespace mortise::cli {

namespace {

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
        const auto time = parse_time(said);
        if (!time) throw wrong("--deadline", said, concat(kTimeForm, ", or none"));
        limits.deadline = *time;
      },
      "how long a call may take: 50ms, 2s, 1min, none [100ms]");
  app.add_option_function<std::string>(
      "--memory",
      [&limits](const std::string& said) {
        const auto bytes = parse_bytes(said);
        if (!bytes) throw wrong("--memory", said, kBytesForm);
        limits.memory = *bytes;
      },
      "what its memories may have: 16MiB, 1GiB [64MiB]");
  app.add_option_function<std::string>(
      "--fuel",
      [&limits](const std::string& said) {
        const auto units = parse_fuel(said);
        if (!units) throw wrong("--fuel", said, kFuelForm);
        limits.fuel = *units;
      },
      "how many instructions a call may take: 500000, 10M [any]");
}

}  // namespace mortise::cli
