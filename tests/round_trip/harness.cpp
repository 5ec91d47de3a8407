#include "tests/round_trip/harness.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>

namespace mortise::testing {
namespace {

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): no threads
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::ofstream& calls() {
  static std::ofstream file;
  return file;
}

// Shared by all tests: loading it takes as long as most of them.
struct Loaded {
  Heard heard;
  std::shared_ptr<echo::Host> host = answers(heard);
  Engine engine{{.experimental_types = true}};
  // No deadline that a busy machine could miss.
  Result<Plugin<RoundTrip>> plugin =
      Plugin<RoundTrip>::load(engine, MORTISE_GUEST_DIR "/round_trip.wasm", {.echo = host},
                              {.limits = {.deadline = std::chrono::minutes(5)}});
};

Loaded& loaded() {
  static auto* const all = new Loaded;  // until the program ends
  return *all;
}

Instance<RoundTrip> instance() {
  const auto& plugin = loaded().plugin;
  if (!plugin) throw std::runtime_error(plugin.error().to_string());  // ends the test
  auto made = plugin->instantiate();
  if (!made) throw std::runtime_error(made.error().to_string());
  return *std::move(made);
}

// Where two texts part, and what is around it.
std::string around(const std::string& text, std::size_t at) {
  constexpr std::size_t kShown = 400;
  if (text.size() <= 2 * kShown) return text;
  const std::size_t from = at < kShown ? 0 : at - kShown;
  return "(of " + std::to_string(text.size()) + " characters, from " + std::to_string(from) + ") " +
         text.substr(from, 2 * kShown);
}

}  // namespace

const Plan& plan() {
  static const Plan plan{
      .seed = number_of("MORTISE_ROUND_TRIP_SEED", 1),
      .cases = static_cast<int>(number_of("MORTISE_ROUND_TRIP_CASES", MORTISE_ROUND_TRIP_CASES))};
  return plan;
}

Guests::Guests() : one_(instance()), other_(instance()) {}
Heard& Guests::heard() { return loaded().heard; }

void note(std::string_view interface, std::string_view function, std::string_view arguments,
          std::string_view answer) {
  calls() << interface << '.' << function << '\t' << arguments << '\t' << answer << '\n';
}

Random random_of(std::string_view function, int number) {
  // FNV-1a: the same numbers with every compiler.
  std::uint64_t seed = 0xcbf29ce484222325U;
  const auto add = [&](std::uint64_t part) { seed = (seed ^ part) * 0x100000001b3U; };
  for (const char c : function) add(static_cast<unsigned char>(c));
  add(plan().seed);
  add(static_cast<std::uint64_t>(number));
  return Random(seed);
}

bool same(std::string_view how, std::string_view function, int number, const std::string& given,
          const std::string& expected, const std::string& got) {
  if (got == expected) return true;
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(got, expected).in1 - got.begin());
  ADD_FAILURE() << how << ": " << function << ", case " << number << " of seed " << plan().seed
                << "\n  given:    " << around(given, at) << "\n  expected: " << around(expected, at)
                << "\n  got:      " << around(got, at);
  return false;
}

}  // namespace mortise::testing

// The file that it writes its calls to, for the oracle, is its argument.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    mortise::testing::calls().open(argv[1]);
    if (!mortise::testing::calls()) return std::cerr << "cannot write " << argv[1] << '\n', 2;
  }
  const int result = RUN_ALL_TESTS();
  if (argc > 1) {
    mortise::testing::calls().close();
    if (!mortise::testing::calls()) return std::cerr << "cannot write " << argv[1] << '\n', 2;
  }
  return result;
}
